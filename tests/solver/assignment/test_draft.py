"""A draft: what is put in fits, what is taken back leaves no trace, gains are true."""

from models.contract import Contract
from models.plan import Plan
from models.promise import Mode
from solver.assignment.candidates import Candidate, Guide
from solver.assignment.draft import Draft, narrowed, numbered
from solver.check import check, recompute_cost
from tests.builders import a_contract, a_place, a_problem, a_stock, an_item
from tests.solver.assignment.candidates import a_draft
from tests.solver.market import Market

OF_STORE = {("STORE", "RICE"): 1}


def contracts(count: int = 4) -> list[Contract]:
    return [a_contract(f"C-{n}", [an_item(place=a_place(3 + n % 4))]) for n in range(count)]


def filled(draft: Draft) -> Draft:
    for contract_id in draft.contracts:
        assert draft.put_best(contract_id, Guide())
    return draft


def seen(draft: Draft) -> tuple[Plan, dict[str, Candidate]]:
    return draft.board.plan().model_copy(update={"routes": draft.plan().routes}), dict(draft.taken)


def looked_at(draft: Draft) -> Plan:
    """The draft's plan, once the checker has nothing against it."""
    plan = draft.plan()
    problem = a_problem(stock=draft.problem.stock, contracts=draft.agreed())
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    return plan


def test_everything_put_in_is_a_valid_plan() -> None:
    draft = filled(a_draft(contracts()))
    plan = looked_at(draft)
    assert len(plan.assignments) == 4
    assert {route.version for route in plan.routes} == {1}
    assert plan.unplanned == ()


def test_what_is_undone_leaves_no_trace() -> None:
    draft = filled(a_draft(contracts()))
    before = seen(draft)
    draft.begin()
    draft.take_out("C-0", "C-2")
    draft.put_best("C-2", Guide())
    draft.undo()
    assert seen(draft) == before
    looked_at(draft)


def test_the_gain_is_what_the_plan_costs_less() -> None:
    draft = filled(a_draft(contracts()))
    cost = draft.board.plan().cost.total
    draft.begin()
    draft.take_out("C-1", "C-3")
    assert draft.gain() == (-2, 0, cost - draft.board.plan().cost.total)
    draft.put_best("C-3", Guide())
    assert draft.gain() == (-1, 0, cost - draft.board.plan().cost.total)


def test_what_a_contract_costs_is_what_is_saved_without_it() -> None:
    draft = filled(a_draft(contracts()))
    before = seen(draft)
    price = draft.price("C-1")
    assert seen(draft) == before
    cost = draft.board.plan().cost.total
    draft.take_out("C-1")
    assert draft.board.plan().cost.total == cost - price


def test_candidates_are_found_as_if_nobody_else_took_anything() -> None:
    draft = a_draft(contracts(2), stock=a_stock(1))
    alone = draft.candidates("C-1")
    assert draft.put(next(each for each in alone if each.stock == OF_STORE))
    again = [each.assignments[0].site_id for each in draft.candidates("C-0")]
    assert "STORE" in again
    assert all(each.assignments[0].site_id == "DEPOT" for each in [*free_for(draft, "C-0")])


def free_for(draft: Draft, contract_id: str) -> list[Candidate]:
    """What a contract really gets by itself."""
    draft.begin()
    draft.put_best(contract_id, Guide())
    found = [draft.taken[contract_id]]
    draft.undo()
    return found


def test_the_same_promise_is_found_from_each_site() -> None:
    draft = a_draft(contracts(1))
    by_promise: dict[object, set[str | None]] = {}
    for each in draft.candidates("C-0"):
        promise = each.contract.promises[0]
        if promise.mode is Mode.RIDER:
            key = (promise.service_level_id, promise.window.earliest)
            by_promise.setdefault(key, set()).add(each.assignments[0].site_id)
    assert {"STORE", "DEPOT"} in by_promise.values()


def test_a_candidate_is_put_in_from_its_own_site_and_with_its_own_promise() -> None:
    for n in range(len(a_draft(contracts(1)).candidates("C-0"))):
        draft = a_draft(contracts(1))
        candidate = draft.candidates("C-0")[n]
        assert draft.put(candidate)
        (assignment,) = draft.plan().assignments
        assert assignment.site_id == candidate.assignments[0].site_id
        assert draft.agreed()[0].promises == candidate.contract.promises
        assert draft.board.plan().cost.total == candidate.price
        looked_at(draft)


def test_a_candidate_whose_goods_are_gone_is_not_put_in() -> None:
    draft = a_draft(contracts(2), stock=a_stock(1))
    of_the_store = {
        c: next(x for x in draft.candidates(c) if x.assignments[0].site_id == "STORE") for c in draft.contracts
    }
    assert draft.put(of_the_store["C-0"])
    assert not draft.put(of_the_store["C-1"])
    assert draft.score()[0] == 1


def test_a_guide_lets_go_what_is_worth_more_to_others() -> None:
    def site(guide: Guide) -> str | None:
        draft = a_draft(contracts(1))
        draft.put_best("C-0", guide)
        return draft.plan().assignments[0].site_id

    cheapest = site(Guide())
    assert cheapest is not None
    assert site(Guide({(cheapest, "RICE"): 10_000.0})) != cheapest


def test_items_are_bound_to_the_site_they_were_chosen_from() -> None:
    candidate = a_draft(contracts(1)).candidates("C-0")[0]
    (item,) = narrowed(candidate).items
    assert item.constraint.allowed_site_ids == (candidate.assignments[0].site_id,)


def test_who_gets_nothing_is_told_why() -> None:
    draft = a_draft(contracts(1), stock=())
    assert not draft.put_best("C-0", Guide())
    (left,) = draft.plan().unplanned
    assert (left.contract_id, left.reasons[0].code) == ("C-0", "NO_STOCK")
    looked_at(draft)


def test_only_what_changed_has_a_new_version() -> None:
    market = Market.opened(a_problem())
    market.take(a_contract("C-1"))
    before = market.board.plan()
    assert numbered(before, before) == before
    moved = before.routes[0].model_copy(update={"version": 9, "work_s": 1})
    after = numbered(before.model_copy(update={"routes": (moved, *before.routes[1:])}), before)
    assert after.routes[0].version == before.routes[0].version + 1
    assert after.routes[1:] == before.routes[1:]
