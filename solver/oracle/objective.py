"""R14: what a plan costs, to the minor unit, rounded as in the plan: once per route and kind."""

from collections.abc import Iterator

from ortools.sat.python import cp_model

from solver.oracle.question import BASE, Question, Tour
from solver.oracle.variables import Literal, TourVariables, Variables

Sum = cp_model.LinearExpr


def cost_of(model: cp_model.CpModel, question: Question, variables: Variables) -> cp_model.LinearExpr:
    """The cost of the plan, as an expression to be minimised."""
    routes = [part for tour in question.tours for part in _route(model, tour, variables)]
    return Sum.sum([*routes, *_items(question, variables)])


def _items(question: Question, variables: Variables) -> Iterator[cp_model.LinearExpr]:
    """Picking, handling and what carriers charge."""
    policy = question.problem.catalogue.policy
    for job in question.jobs:
        fixed = job.num_lines * policy.picking_per_line + policy.handling_per_item.get(job.mode, 0)
        for way, literal in variables.taken[job.key].items():
            yield (fixed + way.tariff) * literal


def _route(model: cp_model.CpModel, tour: Tour, variables: Variables) -> Iterator[cp_model.LinearExpr]:
    own, rates = variables.tours[tour.resource_id], tour.mobile.rates
    metres = Sum.weighted_sum([own.arcs[arc.tail, arc.head] for arc in tour.arcs], [arc.travel_m for arc in tour.arcs])
    most_m = max((arc.travel_m for arc in tour.arcs), default=0) * (len(tour.nodes) + 1)
    most_s = max(0, tour.shift[1] - tour.shift[0])
    yield rates.per_use * own.used
    yield _rounded(model, rates.per_km, metres, 1000, most=most_m)
    yield _rounded(model, rates.per_hour, _work_s(model, tour, own), 3600, most=most_s)
    if tour.shift[1] > tour.regular_end:
        most_s = tour.shift[1] - tour.regular_end
        overtime_s = model.new_int_var(0, most_s, f"{tour.resource_id} overtime")
        model.add(overtime_s >= own.end - tour.regular_end).only_enforce_if(own.used)
        yield _rounded(model, rates.per_overtime_hour, overtime_s, 3600, most=most_s)


def _rounded(
    model: cp_model.CpModel, rate: int, amount: cp_model.LinearExprT, per: int, *, most: int
) -> cp_model.LinearExpr:
    """`amount * rate / per` to the nearest minor unit, halves up, of an expression that costs: its least value."""
    if not rate:
        return Sum.sum([])
    cost = model.new_int_var(0, rate * most // per + 1, "rounded")
    model.add(2 * per * cost >= 2 * rate * amount - per + 1)
    return 1 * cost


def _work_s(model: cp_model.CpModel, tour: Tour, own: TourVariables) -> cp_model.LinearExpr:
    """Travel, set-up and service."""
    terms = [(own.visited[node.idx], node.service_s) for node in tour.nodes]
    terms += [(own.arcs[arc.tail, arc.head], arc.travel_s + arc.setup_s) for arc in tour.arcs]
    terms += _set_up_again(model, tour, own)
    return Sum.weighted_sum([literal for literal, _ in terms], [seconds for _, seconds in terms])


def _set_up_again(model: cp_model.CpModel, tour: Tour, own: TourVariables) -> Iterator[tuple[Literal, int]]:
    """Behind a break, at a place where the visit before was, too."""
    for arc in tour.arcs:
        again_s = arc.rested_setup_s - arc.setup_s
        if arc.head != BASE and again_s and own.rests:
            again = model.new_bool_var(f"{tour.resource_id} again {arc.tail}-{arc.head}")
            for rests in own.rests:
                model.add(again >= own.arcs[arc.tail, arc.head] + rests[arc.tail] - 1)
            yield again, again_s
