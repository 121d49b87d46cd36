"""A refused wish gets the nearest things that work; each is taken here for real, on a board of its own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.contract import Contract, ResourceConstraint, ServiceItemKind, SlaTerm
from models.counter_offer import Wish
from models.option import Relaxation, ShiftChange, WayOut
from models.plan import Violation
from models.promise import Mode, SameVisit
from models.resource import CostRates, ResourceKind
from models.timing import Interval
from solver.quoting import ways_out
from solver.quoting.board import agreed
from solver.quoting.part import Verdict
from solver.quoting.shifts import with_shifts
from solver.stop import after_calls
from tests.builders import (
    a_catalogue,
    a_contract,
    a_place,
    a_policy,
    a_problem,
    a_rider,
    a_stock,
    a_store,
    an_item,
    at,
    between,
)
from tests.solver.market import Market

HOUR = SlaTerm(service_level_id="hour")
LATE_RIDER = a_rider("R-1", shift=Interval(start=at("08:30"), end=at("15:00")))
AT_HOME = a_rider("R-2", on_call=True, rates=CostRates(per_km=130, per_hour=2999, per_use=900))


def a_market(*, stock: Any = None, **changes: Any) -> Market:
    """An empty board at 07:00; the changes are the catalogue's."""
    catalogue = a_catalogue(**{"pools": (), **changes})
    return Market.opened(a_problem(catalogue=catalogue, stock=a_stock() if stock is None else stock))


def ways_of(market: Market, contract: Contract) -> dict[Relaxation, WayOut]:
    """By relaxation, after each was taken."""
    found = market.quote(contract).ways_out
    for way in found:
        take(market, contract, way)
    by_relaxation = {way.relaxation: way for way in found}
    assert len(by_relaxation) == len(found)
    return by_relaxation


def take(market: Market, contract: Contract, way: WayOut) -> Contract:
    """Agree on the way out in a world that has the shift change, and find it to cost what was said."""
    changes = [way.shift_change] if way.shift_change else []
    catalogue = with_shifts(market.problem.catalogue, changes)
    other = Market.opened(replace(market.snapshot(), catalogue=catalogue))
    before = other.board.plan().cost
    fit = other.fit(contract, way.option)
    assert fit is not None, f"{way.relaxation} does not work"
    taken = other.agree(fit)
    cost = other.board.plan().cost - before
    assert cost == way.option.cost.model_copy(update={"expected_compensation": 0})
    assert taken.promises == way.option.promises
    return taken


def modes(way: WayOut) -> set[Mode]:
    return {promise.mode for promise in way.option.promises}


# -- whether there are any


def test_a_wish_that_is_met_has_no_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways_out.Search, "run", lambda _: pytest.fail("nobody has to search"))
    quote = a_market().quote(a_contract("C-1", [an_item(sla=HOUR)]))
    assert any(option.meets_wish for option in quote.options)
    assert quote.ways_out == ()


def test_a_policy_that_shows_none_gets_none() -> None:
    market = a_market(riders=(LATE_RIDER,), policy=a_policy(max_ways_out=0))
    assert market.quote(a_contract("C-1", [an_item(sla=HOUR)])).ways_out == ()


def test_no_more_are_shown_than_the_policy_says_and_these_are_the_nearest() -> None:
    changes: dict[str, Any] = {"riders": (LATE_RIDER, AT_HOME)}
    contract = a_contract("C-1", [an_item(sla=HOUR, also=(ServiceItemKind.STORE_PICKUP,))])
    every = a_market(**changes).quote(contract).ways_out
    assert len(every) > 1
    assert a_market(**changes, policy=a_policy(max_ways_out=1)).quote(contract).ways_out == every[:1]


def test_the_search_ends_when_the_caller_has_no_more_time() -> None:
    market = a_market(riders=(LATE_RIDER, AT_HOME))
    contract = a_contract("C-1", [an_item(sla=HOUR)])
    stopped = market.board.quote(contract, now=market.now, quote_id="q", stop=after_calls(1))
    assert [way.relaxation for way in stopped.ways_out] == [Relaxation.LATER_PROMISE]
    assert not stopped.complete


def test_nothing_changes_on_the_board_that_is_asked() -> None:
    market = a_market(riders=(LATE_RIDER, AT_HOME))
    market.take(a_contract("C-0"))
    before = market.board.plan()
    assert market.quote(a_contract("C-1", [an_item(sla=HOUR)])).ways_out
    assert market.board.plan() == before
    assert market.quote(a_contract("C-1", [an_item(sla=HOUR)])) == market.quote(a_contract("C-1", [an_item(sla=HOUR)]))


def test_what_the_checker_refuses_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = a_contract("C-1", [an_item(sla=HOUR)])
    market = a_market(riders=(LATE_RIDER,))
    said = market.quote(contract).ways_out[0].option.cost
    price = said.total - said.expected_compensation
    refused = Verdict((Violation(code="X", path="", message=""),), price)
    for verdict, shown in ((Verdict((), price), 1), (refused, 0), (Verdict((), price + 1), 0)):
        monkeypatch.setattr(ways_out, "judge", lambda *_, verdict=verdict, **__: verdict)
        assert len(market.quote(contract).ways_out) == shown


# -- later, or fetched


def test_later_is_the_nearest_option_that_misses_the_wish() -> None:
    market = a_market(riders=(LATE_RIDER,), vans=())
    contract = a_contract("C-1", [an_item(sla=HOUR)])
    way = ways_of(market, contract)[Relaxation.LATER_PROMISE]
    assert way.item_id == "i-rice"
    assert [promise.window for promise in way.option.promises] == [between("08:00", "10:00")]
    assert way.minutes_later == 120, "10:00 instead of 08:00"
    assert way.shift_change is None
    assert way.option.amended == ()
    cheapest = min(option.cost.total for option in market.quote(contract).options)
    assert way.extra_cost == way.option.cost.total - cheapest


def test_a_limit_that_nothing_lies_in_is_moved_as_far_as_it_takes() -> None:
    market = a_market(riders=(LATE_RIDER,), vans=(), carriers=())
    limit = SlaTerm(windows=(between("07:00", "08:20"),))
    contract = a_contract("C-1", [an_item(sla=limit)])
    assert market.quote(contract).options == ()
    way = ways_of(market, contract)[Relaxation.LATER_PROMISE]
    (promise,), (item,) = way.option.promises, way.option.amended
    assert promise.window == between("08:00", "10:00")
    assert item.sla.windows == (promise.window,)
    assert way.minutes_later == 100
    assert way.extra_cost == way.option.cost.total, "there is no option to compare it with"


def test_who_wants_it_brought_may_fetch_it() -> None:
    market = a_market(riders=(), vans=(), carriers=())
    contract = a_contract("C-1", [an_item()])
    assert market.quote(contract).options == ()
    way = ways_of(market, contract)[Relaxation.PICKUP]
    assert modes(way) == {Mode.PICKUP}
    assert [item.also for item in way.option.amended] == [(ServiceItemKind.STORE_PICKUP,)]
    taken = take(market, contract, way)
    assert taken.items == way.option.amended


def test_a_pickup_is_as_late_as_the_goods_are_there() -> None:
    market = a_market(riders=(), vans=(), carriers=())
    item = an_item(sla=HOUR, also=(ServiceItemKind.STORE_PICKUP,))
    way = ways_of(market, a_contract("C-1", [item]))[Relaxation.PICKUP]
    assert way.minutes_later == 0
    assert way.option.amended == ()


# -- other sources, and apart


def test_a_site_that_was_ruled_out_is_allowed_as_well() -> None:
    stock = [row for row in a_stock() if row.site_id != "DEPOT"]
    item = an_item(constraint=ResourceConstraint(allowed_site_ids=("DEPOT",)))
    way = ways_of(a_market(stock=stock), a_contract("C-1", [item]))[Relaxation.OTHER_SOURCE]
    assert [each.constraint.allowed_site_ids for each in way.option.amended] == [("DEPOT", "STORE")]
    assert [each.site_id for each in way.option.assignments] == ["STORE"]


@pytest.mark.parametrize(("extra_m", "works"), [(1198, False), (1199, True)])
def test_a_site_may_deliver_beyond_its_radius_as_far_as_the_policy_says(extra_m: int, works: bool) -> None:
    store = a_store(radius_m={ResourceKind.RIDER: 0, ResourceKind.VAN: 0, ResourceKind.CARRIER: 0})
    market = a_market(sites=(store,), policy=a_policy(max_extra_radius_m=extra_m))
    ways = ways_of(market, a_contract("C-1", [an_item()]))
    assert (Relaxation.OTHER_SOURCE in ways) is works
    if works:
        (item,) = ways[Relaxation.OTHER_SOURCE].option.amended
        assert item.constraint.extra_radius_m == 1199, "no farther than it takes"


def test_what_was_to_come_together_may_come_apart() -> None:
    """The cake comes by van only, the milk by rider only: a van has no chilled compartment here."""
    items = [
        an_item("i-cake", goods=[("CAKE", 1)]),
        an_item("i-rice", constraint=ResourceConstraint(kinds=(ResourceKind.RIDER,))),
    ]
    together = SameVisit(item_ids=("i-cake", "i-rice"))
    contract = a_contract("C-1", items, same_visits=(together,))
    market = a_market()
    assert market.quote(contract).options == ()
    way = ways_of(market, contract)[Relaxation.SPLIT]
    assert way.option.apart == (together,)
    assert take(market, contract, way).same_visits == ()


# -- people


def test_one_rider_on_call_is_called_in_at_the_price_of_that_rider() -> None:
    market = a_market(riders=(LATE_RIDER, AT_HOME, AT_HOME.model_copy(update={"resource_id": "R-3"})))
    contract = a_contract("C-1", [an_item(sla=HOUR)])
    way = ways_of(market, contract)[Relaxation.ON_CALL]
    assert way.shift_change == ShiftChange(resource_id="R-2", call_in=True)
    assert way.minutes_later == 0
    assert way.option.meets_wish
    assert way.option.cost.use == 900
    assert way.relaxation is market.quote(contract).ways_out[0].relaxation, "what is not late comes first"


def test_somebody_on_call_who_could_not_help_is_not_called() -> None:
    far = AT_HOME.model_copy(update={"start_place": a_place(8), "end_place": None, "shift": LATE_RIDER.shift})
    market = a_market(riders=(LATE_RIDER, far))
    assert Relaxation.ON_CALL not in ways_of(market, a_contract("C-1", [an_item(sla=HOUR)]))


def test_overtime_is_no_longer_than_it_takes() -> None:
    tired = a_rider("R-1", shift=Interval(start=at("06:00"), end=at("07:10")), max_overtime=timedelta(hours=2))
    market = a_market(riders=(tired,), vans=())
    contract = a_contract("C-1", [an_item(sla=HOUR)])
    way = ways_of(market, contract)[Relaxation.OVERTIME]
    change = way.shift_change
    assert change is not None
    assert timedelta(0) < change.overtime < timedelta(hours=2)
    shorter = change.model_copy(update={"overtime": change.overtime - timedelta(minutes=5)})
    less = Market.opened(replace(market.snapshot(), catalogue=with_shifts(market.problem.catalogue, [shorter])))
    assert less.fit(contract, way.option) is None


def test_nobody_stays_longer_than_was_offered() -> None:
    tired = a_rider("R-1", shift=Interval(start=at("06:00"), end=at("07:10")), max_overtime=timedelta(minutes=5))
    market = a_market(riders=(tired,), vans=())
    assert Relaxation.OVERTIME not in ways_of(market, a_contract("C-1", [an_item(sla=HOUR)]))


def test_after_the_shift_change_a_new_quote_has_it() -> None:
    market = a_market(riders=(LATE_RIDER, AT_HOME))
    contract = a_contract("C-1", [an_item(sla=HOUR)])
    way = ways_of(market, contract)[Relaxation.ON_CALL]
    assert way.shift_change is not None
    catalogue = with_shifts(market.problem.catalogue, [way.shift_change])
    other = Market.opened(replace(market.snapshot(), catalogue=catalogue))
    met = [option for option in other.quote(contract).options if option.meets_wish]
    assert [(option.promises, option.cost.total) for option in met] == [(way.option.promises, way.option.cost.total)]


# -- counter-offers


def test_a_fee_that_is_too_low_is_told_what_it_takes() -> None:
    market = a_market()
    contract = a_contract("C-1", [an_item()])
    quote = market.board.quote(contract, now=market.now, quote_id="q", wish=Wish(max_fee=1))
    assert quote.options == ()
    dearer = next(way for way in quote.ways_out if way.relaxation is Relaxation.HIGHER_FEE)
    assert dearer.extra_fee == dearer.option.fee > 1
    take(market, contract, dearer)


def test_an_end_that_is_too_early_is_told_the_next() -> None:
    market = a_market(riders=(LATE_RIDER,), vans=(), carriers=())
    contract = a_contract("C-1", [an_item()])
    quote = market.board.quote(contract, now=market.now, quote_id="q", wish=Wish(latest_end=at("08:00")))
    later = next(way for way in quote.ways_out if way.relaxation is Relaxation.LATER_PROMISE)
    assert later.minutes_later == 120
    take(market, contract, later)


def test_what_is_agreed_holds_the_amended_items() -> None:
    item = an_item()
    wider = item.model_copy(update={"also": (ServiceItemKind.STORE_PICKUP,)})
    contract = a_contract("C-1", [item])
    option = a_market().quote(contract).options[0].model_copy(update={"amended": (wider,)})
    assert agreed(contract, option).items == (wider,)
