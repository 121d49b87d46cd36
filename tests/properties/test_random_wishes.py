"""Whatever is wished for and refused on whatever plan, every way out that is shown works and costs what was said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from benchmarks.wishes import Taken, take
from models.contract import Contract, ResourceConstraint, ServiceItem, ServiceItemKind, SlaTerm
from models.problem import Problem
from models.promise import SameVisit
from models.resource import ResourceKind, Rider
from models.timing import Interval, TimeWindow
from tests.builders import a_catalogue, a_contract, a_place, a_policy, a_problem, a_rider, a_store, an_item, at
from tests.properties.test_random_contracts import traffic
from tests.solver.market import Market

GOODS = ("RICE", "LEEKS", "EGGS", "MILK", "CAKE")
BROUGHT, FETCHED = ServiceItemKind.DELIVERY, ServiceItemKind.STORE_PICKUP


@st.composite
def riders(draw: st.DrawFn) -> tuple[Rider, ...]:
    """Some at work for a while, some on call, some of whom could stay longer."""

    def rider(number: int) -> Rider:
        start = at("06:00") + timedelta(minutes=draw(st.integers(0, 90)))
        end = start + timedelta(minutes=draw(st.sampled_from([45, 70, 100, 400])))
        return a_rider(
            f"R-{number}",
            start_place=a_place(draw(st.integers(1, 8))),
            shift=Interval(start=start, end=end),
            on_call=draw(st.booleans()),
            max_overtime=timedelta(minutes=draw(st.sampled_from([0, 7, 30, 90, 120]))),
        )

    return tuple(rider(number) for number in range(1, draw(st.integers(1, 4)) + 1))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    radius_m = draw(st.sampled_from([500, 1500, 2500]))
    store = a_store(radius_m={ResourceKind.RIDER: radius_m})
    catalogue = a_catalogue()
    return a_problem(
        catalogue=a_catalogue(
            riders=draw(riders()),
            vans=catalogue.vans[: draw(st.integers(0, 1))],
            carriers=catalogue.carriers[: draw(st.integers(0, 1))],
            pools=(),
            traffic=draw(traffic()),
            sites=(store, *catalogue.sites[1:]),
            policy=a_policy(max_extra_radius_m=draw(st.sampled_from([0, 1000])), max_ways_out=10),
        )
    )


@st.composite
def wishes(draw: st.DrawFn, *, number: int, market: Market) -> Contract:
    items = [draw(items_wished_for(n, market)) for n in range(draw(st.sampled_from([1, 1, 2])))]
    links: dict[str, Any] = {}
    if len(items) > 1 and draw(st.booleans()):
        items = [item.model_copy(update={"place": items[0].place}) for item in items]
        links["same_visits"] = (SameVisit(item_ids=tuple(item.item_id for item in items)),)
    return a_contract(f"C-{number}", items, created_time=market.now, **links)


@st.composite
def items_wished_for(draw: st.DrawFn, number: int, market: Market) -> ServiceItem:
    kind = draw(st.sampled_from([BROUGHT, BROUGHT, BROUGHT, FETCHED]))
    sites = draw(st.sampled_from([(), (), (), (), ("DEPOT",), ("STORE",)]))
    return an_item(
        f"i-{number}",
        goods=[(draw(st.sampled_from(GOODS)), draw(st.integers(1, 3)))],
        kind=kind,
        also=(FETCHED,) if kind is BROUGHT and draw(st.booleans()) else (),
        place=a_place(draw(st.sampled_from([2, 3, 4, 5, 6, 9]))),
        sla=SlaTerm(
            service_level_id=draw(st.sampled_from([None, "hour", "hour", "hour", "slot"])),
            windows=draw(limits(market)),
        ),
        constraint=ResourceConstraint(allowed_site_ids=sites),
    )


@st.composite
def limits(draw: st.DrawFn, market: Market) -> Sequence[TimeWindow]:
    if draw(st.integers(0, 4)):
        return ()
    earliest = market.now + timedelta(minutes=draw(st.integers(0, 60)))
    return (TimeWindow(earliest=earliest, latest=earliest + timedelta(minutes=draw(st.integers(5, 90)))),)


@settings(max_examples=60)
@given(st.data())
def test_every_way_out_works_and_costs_what_was_said(data: st.DataObject) -> None:
    market = Market.opened(data.draw(problems(), label="problem"))
    for number in range(data.draw(st.integers(1, 5), label="contracts")):
        market.now += timedelta(seconds=data.draw(st.integers(0, 1200), label="waits"))
        contract = data.draw(wishes(number=number, market=market), label="contract")
        quote = market.quote(contract)
        assert not quote.ways_out or not any(option.meets_wish for option in quote.options)
        snapshot = replace(market.snapshot(), stock=market.problem.stock)
        for way in quote.ways_out:
            event(way.relaxation)
            assert take(snapshot, contract, way, now=market.now) == Taken(works=True, cost_off=False), way.relaxation
        by_nearness = [way.minutes_later for way in quote.ways_out]
        assert by_nearness == sorted(by_nearness)
        if quote.options:
            market.take(contract)
