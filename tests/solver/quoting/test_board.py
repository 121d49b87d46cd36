"""The plan in force: asking changes nothing, what is quoted can be held, and the checker always agrees."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.catalogue import StockRow
from models.contract import Contract, ResourceConstraint, ServiceItemKind, SlaTerm
from models.issues import SolveError
from models.option import SlaOption
from models.order import Load
from models.plan import Cost, Plan, ReasonCode, VisitKind
from models.promise import Mode, SameVisit
from models.resource import CostRates
from solver.check import check, recompute_cost
from solver.quoting.board import Board
from tests.builders import (
    a_catalogue,
    a_contract,
    a_depot,
    a_place,
    a_planned_day,
    a_policy,
    a_problem,
    a_rider,
    a_service,
    a_service_catalogue,
    a_stock,
    a_store,
    a_van,
    an_item,
    at,
    between,
)
from tests.solver.market import Market, quote, without_times

FETCH = ServiceItemKind.STORE_PICKUP


def three_items(contract_id: str = "C-1") -> Contract:
    """Rice for one door, milk and a cake for another."""
    return a_contract(
        contract_id,
        [
            an_item("i-rice"),
            an_item("i-milk", goods=[("MILK", 2)], place=a_place(6), also=(FETCH,)),
            an_item("i-cake", goods=[("CAKE", 1)], place=a_place(6)),
        ],
    )


def before_seven() -> Market:
    """Twenty minutes before anybody's shift begins: nothing has started."""
    return Market.opened(a_problem(now=at("06:40"), freeze_until=at("06:40")))


def by_mode(options: tuple[SlaOption, ...], mode: Mode) -> SlaOption:
    return next(option for option in options if all(promise.mode is mode for promise in option.promises))


# -- taking over a plan


def test_a_plan_in_force_is_read_and_written_back_as_it_was() -> None:
    day = a_planned_day()
    assert Board.of(day.problem).plan() == day.plan


def test_an_empty_board_has_an_empty_plan() -> None:
    assert Board.of(a_problem()).plan() == Plan()


# -- asking


@pytest.mark.parametrize("contract", [a_contract("C-9"), three_items("C-9")])
def test_a_quote_changes_nothing(contract: Contract) -> None:
    market = Market.opened(a_planned_day().problem)
    before = market.board.plan()
    first = market.quote(contract)
    assert market.board.plan() == before
    assert without_times(market.quote(contract)) == without_times(first)


def test_fitting_changes_nothing() -> None:
    market = Market.opened(a_planned_day().problem)
    contract = three_items("C-9")
    before = market.board.plan()
    for option in market.quote(contract).options:
        assert market.fit(contract, option) == market.fit(contract, option)
        assert market.board.plan() == before


def test_asking_what_a_plan_would_be_without_an_item_changes_nothing() -> None:
    market = Market.opened(a_planned_day().problem)
    before = market.board.plan()
    for _ in range(2):
        (route,) = market.board.without([("C-4", "i-first")], now=market.now)
        assert route.version == 2
        assert len(route.visits) == 6
        assert market.board.plan() == before


def test_a_quote_says_for_whom_and_how_long_it_stands() -> None:
    market = Market.opened(a_problem())
    answer = market.quote(three_items())
    assert (answer.contract_id, answer.contract_revision, answer.complete) == ("C-1", 1, True)
    assert answer.expire_time - answer.create_time == timedelta(seconds=120)
    assert len({option.option_id for option in answer.options}) == len(answer.options)


# -- holding


def test_a_fit_keeps_promises_and_fee() -> None:
    market = Market.opened(a_problem())
    contract = three_items()
    for option in market.quote(contract).options:
        fit = market.fit(contract, option)
        assert fit is not None
        assert fit.contract.promises == fit.option.promises == option.promises
        assert fit.option.fee == option.fee


def test_what_is_quoted_costs_what_it_then_adds_to_the_plan() -> None:
    contract = three_items()
    num_options = len(Market.opened(a_planned_day().problem).quote(replaced(contract)).options)
    assert num_options > 2
    for n in range(num_options):
        market = Market.opened(a_planned_day().problem)
        before = market.board.plan().cost
        option = market.quote(replaced(contract)).options[n]
        fit = market.fit(replaced(contract), option)
        assert fit is not None
        market.agree(fit)
        operating = fit.option.cost.model_copy(update={"expected_compensation": 0})
        assert market.board.plan().cost - before == operating


def replaced(contract: Contract) -> Contract:
    return contract.model_copy(update={"contract_id": "C-9"})


@pytest.mark.parametrize("contract", [a_contract("C-9"), three_items("C-9")])
def test_an_option_nobody_interferes_with_can_be_held_until_it_expires(contract: Contract) -> None:
    market = Market.opened(a_planned_day().problem)
    answer = market.quote(contract)
    assert answer.options
    for option in answer.options:
        assert market.board.fit(contract, option, now=answer.expire_time) is not None, option.option_id


def test_a_fit_goes_to_another_vehicle_when_the_quoted_one_is_taken() -> None:
    sharp = SlaTerm(windows=(between("07:40", "07:45"),))
    market = Market.opened(a_problem())
    first, second = (a_contract(f"C-{n}", [an_item(sla=sharp, place=a_place(n), goods=[("RICE", 4)])]) for n in (3, 6))
    option = by_mode(market.quote(second).options, Mode.RIDER)
    rival = by_mode(market.quote(first).options, Mode.RIDER)
    assert option.assignments[0].resource_id == rival.assignments[0].resource_id
    market.take(first, rival)
    fit = market.fit(second, option)
    assert fit is not None
    assert fit.option.assignments[0].resource_id != option.assignments[0].resource_id
    market.agree(fit)


def test_what_has_become_much_dearer_no_longer_fits() -> None:
    rates = {"rates": CostRates(per_km=5000, per_hour=20_000, per_use=9000)}
    sharp = SlaTerm(windows=(between("07:40", "07:45"),))
    market = Market.opened(a_problem(catalogue=a_catalogue(riders=(a_rider("R-1"), a_rider("R-2", **rates)))))
    first, second = (a_contract(f"C-{n}", [an_item(sla=sharp, place=a_place(n), goods=[("RICE", 4)])]) for n in (3, 6))
    option = by_mode(market.quote(second).options, Mode.RIDER)
    market.take(first, by_mode(market.quote(first).options, Mode.RIDER))
    assert market.fit(second, option) is None


@pytest.mark.parametrize(("percent", "amount", "fits"), [(0, 0, False), (0, 10**6, True), (1000, 0, True)])
def test_how_much_dearer_is_the_policys_tolerance(percent: int, amount: int, fits: bool) -> None:
    policy = a_policy(hold_tolerance_percent=percent, hold_tolerance_amount=amount)
    sharp = SlaTerm(windows=(between("07:40", "07:45"),))
    riders = (a_rider("R-1"), a_rider("R-2", rates=CostRates(per_km=150, per_hour=3500, per_use=250)))
    market = Market.opened(a_problem(catalogue=a_catalogue(riders=riders, policy=policy)))
    first, second = (a_contract(f"C-{n}", [an_item(sla=sharp, place=a_place(n), goods=[("RICE", 4)])]) for n in (3, 6))
    option = by_mode(market.quote(second).options, Mode.RIDER)
    market.take(first, by_mode(market.quote(first).options, Mode.RIDER))
    assert (market.fit(second, option) is not None) is fits


def test_what_somebody_else_took_the_stock_of_no_longer_fits() -> None:
    rows = tuple(row.model_copy(update={"on_hand": 1}) for row in a_stock() if row.site_id == "STORE")
    market = Market.opened(a_problem(stock=rows))
    first, second = a_contract("C-1"), a_contract("C-2")
    option = market.quote(second).options[0]
    market.take(first)
    assert market.fit(second, option) is None


def test_what_is_held_too_late_for_its_window_no_longer_fits() -> None:
    market = Market.opened(a_problem())
    contract = a_contract("C-1", [an_item(sla=SlaTerm(windows=(between("07:00", "07:20"),)))])
    option = by_mode(market.quote(contract).options, Mode.RIDER)
    assert market.board.fit(contract, option, now=at("07:20")) is None


def test_nothing_departs_before_the_hold_to_the_microsecond() -> None:
    """The solver counts whole seconds; a hold in the middle of one must not plan into its first half."""
    market = Market.opened(a_problem())
    market.now += timedelta(microseconds=400_000)
    contract = a_contract("C-1", created_time=market.now)
    for option in market.quote(contract).options:
        other = Market.opened(replace(market.problem, now=market.now, freeze_until=market.now))
        other.take(contract, option)


# -- changing


def test_every_option_of_a_contract_makes_a_valid_plan() -> None:
    contract = three_items("C-9")
    options = Market.opened(a_planned_day().problem).quote(contract).options
    assert len({tuple(promise.mode for promise in option.promises) for option in options}) > 2
    for n in range(len(options)):
        market = Market.opened(a_planned_day().problem)
        market.take(contract, market.quote(contract).options[n])


def test_a_contract_that_leaves_gives_everything_back() -> None:
    market = before_seven()
    market.take(a_contract("C-0", [an_item(place=a_place(5))]))
    before = market.board.plan()
    contract = three_items()
    first = market.quote(contract)
    for option in first.options:
        market.take(contract, option)
        market.leave("C-1")
        after = market.board.plan()
        visits = [route.visits for route in after.routes if route.visits]
        assert visits == [route.visits for route in before.routes if route.visits]
        assert (after.assignments, after.cost) == (before.assignments, before.cost)
    assert without_times(market.quote(contract)) == without_times(first)


def test_everybody_may_leave_again() -> None:
    market = before_seven()
    for n in range(6):
        market.take(three_items(f"C-{n}"))
    for n in (3, 0, 5, 1, 4, 2):
        market.leave(f"C-{n}")
    assert market.board.plan().cost == Cost()
    assert not any(route.visits for route in market.board.plan().routes)


def test_visits_after_those_that_leave_close_up_and_their_assignments_follow() -> None:
    market = before_seven()
    first = market.take(a_contract("C-1", [an_item(place=a_place(3))]))
    market.take(a_contract("C-2", [an_item(place=a_place(6))]))
    before = {each.contract_id: each.planned_start for each in market.board.plan().assignments}
    market.leave(first.contract_id)
    (left,) = market.board.plan().assignments
    assert left.planned_start < before["C-2"]


def test_a_vehicle_that_has_departed_for_an_item_has_started_it() -> None:
    day = a_planned_day()
    board = Board.of(day.problem)
    departs = day.visits("R-1")[6].depart
    second = timedelta(seconds=1)
    assert not board.started("C-4", "i-first", now=departs - second)
    assert board.started("C-4", "i-first", now=departs)
    assert board.started("C-1", "i-cake", now=day.problem.now)
    for unrouted in (("C-1", "i-tissues"), ("C-2", "i-book"), ("C-9", "i-none")):
        assert not board.started(*unrouted, now=day.problem.now)


def test_it_has_begun_at_the_customer_when_the_vehicle_leaves_for_that_visit() -> None:
    day = a_planned_day()
    board = Board.of(day.problem)
    delivery = day.visits("R-1")[7]
    assert board.begun_at_customer("C-4", now=delivery.depart - timedelta(seconds=1)) == {}
    assert board.begun_at_customer("C-4", now=delivery.depart) == {"i-first": delivery.start}


def test_what_has_started_does_not_leave() -> None:
    day = a_planned_day()
    with pytest.raises(SolveError) as error:
        Board.of(day.problem).without([("C-1", "i-leeks")], now=day.problem.now)
    assert [(issue.code, issue.path) for issue in error.value.issues] == [("VISIT_STARTED", "C-1/i-leeks")]


def test_goods_and_what_was_to_be_collected_with_them_leave_at_once() -> None:
    """With the goods gone the rider could set out for the collection this very second; it goes all the same."""
    problem = a_problem(catalogue=a_service_catalogue(), now=at("07:00"), freeze_until=at("07:00"))
    market = Market.opened(problem)
    old = a_service("i-old", ServiceItemKind.COLLECTION, place=a_place(4), load=Load(weight_g=900, ambient_cm3=900))
    together = (SameVisit(item_ids=("i-rice", "i-old")),)
    market.take(a_contract("C-1", [an_item(), old], same_visits=together))
    market.now += timedelta(minutes=3)
    market.leave("C-1")
    assert market.board.plan().cost == Cost()


def test_a_session_of_no_length_takes_nothing() -> None:
    call = a_service("i-call", ServiceItemKind.REMOTE_SESSION)
    market = Market.opened(a_problem(catalogue=a_service_catalogue()))
    market.take(a_contract("C-1", [call]))
    assert [each.uses for each in market.board.plan().assignments] == [()]


def test_what_two_people_carry_goes_by_a_crew_of_two_though_it_is_dearer() -> None:
    alone, two = a_van("V-1"), a_van("V-2", crew_size=2, rates=CostRates(per_km=310, per_hour=9000, per_use=9000))
    sofa, rice = an_item("i-sofa", constraint=ResourceConstraint(crew=2)), an_item("i-rice")
    catalogue = a_catalogue(riders=(), vans=(alone, two), carriers=(), pools=())
    market = Market.opened(a_problem(catalogue=catalogue))
    market.take(a_contract("C-1", [rice]))
    market.take(a_contract("C-2", [sofa]))
    assert [each.resource_id for each in market.board.plan().assignments] == ["V-1", "V-2"]
    smaller = catalogue.model_copy(update={"vans": (alone,)})
    refused = Market.opened(a_problem(catalogue=smaller)).quote(a_contract("C-2", [sofa]))
    assert refused.options == ()
    assert ReasonCode.CREW_TOO_SMALL in {each.code for refusal in refused.refusals for each in refusal.reasons}


def test_what_leaves_has_no_routes_if_it_was_not_routed() -> None:
    day = a_planned_day()
    assert Board.of(day.problem).without([("C-1", "i-tissues"), ("C-2", "i-book")], now=day.problem.now) == ()


def test_no_quote_and_no_hold_touches_what_has_been_departed_for() -> None:
    day = a_planned_day()
    market = Market.opened(day.problem)
    started = {route.resource_id: [v for v in route.visits if v.depart <= market.now] for route in day.plan.routes}
    assert sum(len(visits) for visits in started.values()) > 4
    for n in range(5):
        market.now += timedelta(minutes=1)
        market.take(a_contract(f"D-{n}", [an_item(place=a_place(3 + n % 3))]))
        for route in market.board.plan().routes:
            frozen = started.get(route.resource_id, [])
            assert list(route.visits[: len(frozen)]) == frozen


def test_ten_contracts_one_after_another_keep_all_promises() -> None:
    market = Market.opened(a_problem())
    for n in range(10):
        market.now += timedelta(minutes=3)
        items = [an_item(f"i-{k}", place=a_place(2 + (n + k) % 5), goods=[("LEEKS", 1)]) for k in range(1 + n % 3)]
        market.take(a_contract(f"C-{n}", items, created_time=market.now))
    visits = [visit for route in market.board.plan().routes for visit in route.visits]
    assert sum(visit.kind is VisitKind.DELIVERY for visit in visits) > 5


def test_a_plan_can_be_handed_to_another_board() -> None:
    market = Market.opened(a_problem())
    for n in range(4):
        market.take(three_items(f"C-{n}"))
    snapshot = market.snapshot()
    twin = Board.of(snapshot)
    assert twin.plan() == market.board.plan()
    contract = three_items("C-9")
    assert quote(twin, contract, now=market.now) == market.quote(contract)


def test_a_version_counts_every_change_of_its_route() -> None:
    market = Market.opened(a_problem(catalogue=a_catalogue(riders=(a_rider("R-1"),))))
    for n in range(3):
        contract = a_contract(f"C-{n}", [an_item(place=a_place(3 + n))])
        market.take(contract, by_mode(market.quote(contract).options, Mode.RIDER))
        (route,) = market.board.plan().routes
        assert route.version == n + 1


# -- where there is nothing


@pytest.mark.parametrize(
    "missing",
    [
        {"riders": (), "vans": (), "carriers": (), "pools": ()},
        {"sites": ()},
        {"sites": (), "riders": (), "vans": (), "carriers": (), "pools": ()},
    ],
)
def test_without_resources_there_is_no_option_and_it_is_said_why(missing: dict[str, Any]) -> None:
    problem = a_problem(catalogue=a_catalogue(**missing), stock=())
    answer = quote(Board.of(problem), three_items(), now=at("07:00"))
    assert answer.options == ()
    assert answer.refusals
    codes = {reason.code for refusal in answer.refusals for reason in refusal.reasons}
    assert ReasonCode.NO_RESOURCE in codes
    assert not codes & {ReasonCode.WINDOW_MISSED, ReasonCode.SHIFT_OVER, ReasonCode.UNREACHABLE}
    assert all(reason.count <= reason.total for refusal in answer.refusals for reason in refusal.reasons)


def test_without_vehicles_carriers_and_counters_are_left() -> None:
    problem = a_problem(catalogue=a_catalogue(riders=(), vans=(), pools=()))
    answer = quote(Board.of(problem), a_contract("C-1", [an_item(also=(FETCH,))]), now=at("07:00"))
    assert {option.promises[0].mode for option in answer.options} == {Mode.CARRIER, Mode.PICKUP}
    for refusal in answer.refusals:
        assert [reason.code for reason in refusal.reasons] == [ReasonCode.NO_RESOURCE]


def test_with_empty_shelves_every_site_is_counted() -> None:
    answer = quote(Board.of(a_problem(stock=())), a_contract(), now=at("07:00"))
    assert answer.options == ()
    counts = {
        (refusal.mode, reason.code, reason.count, reason.total)
        for refusal in answer.refusals
        for reason in refusal.reasons
        if refusal.mode is not Mode.PICKUP
    }
    assert counts == {(mode, ReasonCode.NO_STOCK, 2, 2) for mode in (Mode.RIDER, Mode.VAN, Mode.CARRIER)}


def test_after_everybody_has_gone_home_only_parcels_are_left() -> None:
    answer = quote(Board.of(a_problem()), a_contract(), now=at("19:00"))
    assert {promise.mode for option in answer.options for promise in option.promises} == {Mode.CARRIER}


def test_an_item_without_goods_is_no_reason_to_fall_over() -> None:
    item = an_item("i-nothing", goods=())
    market = Market.opened(a_problem())
    assert market.quote(a_contract("C-1", [item])).options


def test_a_contract_that_takes_all_there_is_leaves_nothing() -> None:
    rows = (StockRow(site_id="STORE", sku_id="RICE", on_hand=2),)
    sites = (a_store(), a_depot())
    market = Market.opened(a_problem(stock=rows, catalogue=a_catalogue(sites=sites)))
    market.take(a_contract("C-1", [an_item(goods=[("RICE", 2)])]))
    answer = market.quote(a_contract("C-2"))
    assert answer.options == ()
    problem = market.snapshot()
    assert check(problem, market.board.plan()) == ()
    assert recompute_cost(problem, market.board.plan()) == market.board.plan().cost


# -- what is put back on a scratch copy


def one_rider() -> Market:
    """One rider's morning with rice for three doors."""
    catalogue = a_catalogue(riders=(a_rider("R-1"),), vans=(), carriers=(), pools=())
    market = Market.opened(a_problem(catalogue=catalogue, now=at("07:00")))
    for n, name in enumerate(("C-1", "C-2", "C-3")):
        market.take(a_contract(name, [an_item(f"i-{name}", place=a_place(3 + n))]))
    return market


def without_contract(market: Market, contract_id: str, **catalogue: Any) -> Board:
    """A scratch copy from which a contract is gone."""
    changed = market.problem.catalogue.model_copy(update=catalogue)
    loose, keys = market.board.with_out_of_order(changed), [(contract_id, f"i-{contract_id}")]
    loose.adopt(routes=loose.without(keys, now=market.now), removed=keys)
    return loose


@pytest.mark.parametrize("contract_id", ["C-1", "C-2", "C-3"])
def test_what_is_put_back_stands_on_the_board_as_its_plan_says(contract_id: str) -> None:
    market = one_rider()
    loose = without_contract(market, contract_id)
    assert loose.keep_promises(market.contracts[contract_id], now=market.now, picked={}) == ()
    plan, problem = loose.plan(), market.snapshot()
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    assert Board.of(replace(problem, initial_plan=plan)).plan() == plan


def test_what_cannot_be_put_back_leaves_the_board_as_it_was() -> None:
    market = one_rider()
    loose = without_contract(market, "C-2", unavailable_ids=frozenset({"R-1"}))
    before = loose.plan()
    refused = loose.keep_promises(market.contracts["C-2"], now=market.now, picked={})
    assert {reason.code for each in refused for reason in each.reasons} == {ReasonCode.OUT_OF_ORDER}
    assert loose.plan() == before
    assert without_contract(market, "C-2").keep_promises(market.contracts["C-2"], now=market.now, picked={}) == ()
