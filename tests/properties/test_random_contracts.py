"""Contracts come, take what they are offered, and some go again, while time moves on: no rule is ever broken."""

from datetime import time, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.area import Area
from models.catalogue import Catalogue
from models.contract import Contract, Precedence, ResourceConstraint, ServiceItem, ServiceItemKind, SlaTerm
from models.opening import PublicHolidays, Weekday, WorkingDays
from models.order import Channel, Load, classes_of, shortest_on_board
from models.place import Place
from models.plan import COST_KINDS
from models.problem import Problem
from models.promise import SameStart, SameVisit
from models.resource import Break, Carrier, Site, TravelProfile
from models.timing import Interval, TimeWindow
from models.traffic import TrafficSpell
from models.zone import Corner
from solver.instance import Mobile
from solver.replanning.replan import replan
from tests.builders import (
    a_contract,
    a_place,
    a_problem,
    a_service,
    a_service_catalogue,
    a_square,
    a_stock,
    an_item,
    at,
    skus,
)
from tests.solver.market import Market

KINDS = (ServiceItemKind.DELIVERY, ServiceItemKind.STORE_PICKUP)
SERVICES = tuple(kind for kind in ServiceItemKind if kind not in KINDS)


@st.composite
def items(draw: st.DrawFn, *, market: Market) -> list[ServiceItem]:
    """One to three, at one door or at several, some with a limit to when they may come."""
    one_door = a_place(draw(st.integers(1, 8)), snap_distance_m=draw(st.integers(0, 40)))
    found = []
    for n in range(draw(st.integers(1, 3))):
        sku_ids = draw(st.lists(st.sampled_from([sku.sku_id for sku in skus()]), min_size=1, max_size=2, unique=True))
        kind, other = draw(st.permutations(KINDS))
        changes: dict[str, Any] = {
            "kind": kind,
            "also": (other,) if draw(st.booleans()) else (),
            "channel": draw(st.sampled_from(Channel)),
            "place": one_door if draw(st.booleans()) else a_place(draw(st.integers(1, 9))),
            "service_duration": timedelta(seconds=draw(st.integers(0, 300))),
        }
        if draw(st.booleans()):
            changes["sla"] = SlaTerm(windows=draw(windows(market=market)))
        goods = [(each, draw(st.integers(1, 3))) for each in sku_ids]
        crew = max(market.problem.catalogue.sku_by_id[each].crew for each in sku_ids)
        changes["constraint"] = ResourceConstraint(crew=crew)
        bound = shortest_on_board(market.problem.catalogue.sku_by_id[each] for each in sku_ids)
        changes["goods_classes"] = classes_of(market.problem.catalogue.sku_by_id[each] for each in sku_ids)
        found.append(an_item(f"i-{n}", goods=goods, max_on_board=bound, **changes))
    return found


@st.composite
def windows(draw: st.DrawFn, *, market: Market) -> tuple[TimeWindow, ...]:
    """One or two that lie apart."""
    clock, found = market.now + timedelta(minutes=draw(st.integers(-10, 120))), []
    for _ in range(draw(st.integers(1, 2))):
        found.append(TimeWindow(earliest=clock, latest=clock + timedelta(seconds=draw(st.integers(600, 20_000)))))
        clock = found[-1].latest + timedelta(minutes=draw(st.integers(1, 120)))
    return tuple(found)


@st.composite
def contracts(draw: st.DrawFn, *, market: Market, number: int) -> Contract:
    """Sometimes with an order between its items, with a visit that they share, or a start."""
    drawn = draw(items(market=market))
    drawn += draw(services(place=drawn[0].place))
    links: dict[str, Any] = {}
    if len(drawn) > 1:
        link = draw(st.sampled_from(["none", "none", "precedence", "same visit", "same start"]))
        first, second, *_ = drawn if draw(st.booleans()) else reversed(drawn)
        if link == "precedence":
            lag = timedelta(minutes=draw(st.integers(0, 90)))
            links["precedences"] = (Precedence(before_item_id=first.item_id, after_item_id=second.item_id, lag=lag),)
        if link == "same visit":
            drawn = [item.model_copy(update={"place": drawn[0].place}) for item in drawn]
            links["same_visits"] = (SameVisit(item_ids=(first.item_id, second.item_id)),)
        if link == "same start":
            links["same_starts"] = (SameStart(item_ids=(first.item_id, second.item_id)),)
    return a_contract(f"C-{number}", drawn, created_time=market.now, **links)


@st.composite
def services(draw: st.DrawFn, *, place: Place) -> list[ServiceItem]:
    """None to two that come with the goods."""
    kinds = draw(st.lists(st.sampled_from(SERVICES), max_size=2))
    return [
        a_service(
            f"s-{n}",
            kind,
            minutes=draw(st.integers(0, 90)),
            place=place,
            load=Load(weight_g=900, ambient_cm3=4000) if kind is ServiceItemKind.COLLECTION else Load(),
            constraint=ResourceConstraint(crew=draw(st.sampled_from([1, 1, 1, 2]))),
        )
        for n, kind in enumerate(kinds)
    ]


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Shifts with breaks, some of them short and extended.

    Goods must not travel for long, or together with others, or take two. Sites close at noon, or take in
    little; the carrier has zones, quotas and days off; streets are slow at times.
    """
    catalogue = a_service_catalogue()
    mobiles = {
        name: tuple(draw(shifts(mobile)) for mobile in getattr(catalogue, name))
        for name in ("riders", "vans", "technicians")
    }
    bounds = st.none() | st.timedeltas(timedelta(minutes=3), timedelta(minutes=40))
    crews = st.sampled_from([1, 1, 1, 2])
    classes = st.sampled_from([None, None, "food", "paint"])
    goods = tuple(
        sku.model_copy(update={"max_on_board": draw(bounds), "crew": draw(crews), "goods_class": draw(classes)})
        for sku in catalogue.skus
    )
    return a_service_catalogue(
        **mobiles,
        skus=goods,
        policy=catalogue.policy.model_copy(update={"keep_apart": (("food", "paint"),)}),
        holidays=PublicHolidays(country="CN"),
        traffic=draw(traffic()),
        sites=tuple(draw(sites(site)) for site in catalogue.sites),
        carriers=tuple(draw(carriers(carrier)) for carrier in catalogue.carriers),
    )


@st.composite
def traffic(draw: st.DrawFn) -> tuple[TrafficSpell, ...]:
    """None to three spells of the morning, any length, any speed; everywhere or in one area."""
    ring = [
        Corner(lat=lat, lon=121.4 + 0.0042 * at) for lat, at in ((31.0, 2.5), (31.5, 2.5), (31.5, 6.5), (31.0, 6.5))
    ]
    areas = [None, Area(ring=tuple(ring)), Area(center=ring[0].model_copy(update={"lat": 31.2}), radius_m=700)]
    area = draw(st.sampled_from(areas))
    ends = draw(st.lists(st.times(time(6), time(11)), max_size=6, unique=True))
    return tuple(
        TrafficSpell(
            profiles=tuple(draw(st.sets(st.sampled_from(TravelProfile), min_size=1))),
            start=min(one, other).replace(microsecond=0),
            end=max(one, other).replace(microsecond=0) if draw(st.booleans()) else time(0),
            speed_percent=draw(st.integers(10, 100)),
            area=area,
        )
        for one, other in zip(ends[::2], ends[1::2], strict=False)
        if one.replace(microsecond=0) != other.replace(microsecond=0)
    )


@st.composite
def sites(draw: st.DrawFn, site: Site) -> Site:
    hours = st.sampled_from([site.hours, "Mo-Fr 07:00-12:00, 13:00-20:00", "24/7", "06:00-09:00"])
    returns = st.none() | st.integers(0, 3)
    return site.model_copy(update={"hours": draw(hours), "returns_per_day": draw(returns)})


@st.composite
def carriers(draw: st.DrawFn, carrier: Carrier) -> Carrier:
    weekdays = draw(st.lists(st.sampled_from(Weekday), min_size=1, unique=True))
    ends = draw(st.lists(st.integers(1, 9), min_size=2, max_size=4, unique=True))
    terms = st.none() | st.integers(0, 4)
    zones = tuple(
        a_square(f"Z-{n}", ends=each, transit_days=draw(terms), tariff_base=draw(terms), daily_quota=draw(terms))
        for n, each in enumerate(pairwise(sorted(ends)))
    )
    changes = {
        "collects": WorkingDays(weekdays=tuple(weekdays), on_holidays=draw(st.booleans())),
        "zones": zones if draw(st.booleans()) else (),
        "daily_quota": draw(st.integers(0, 5)),
    }
    return carrier.model_copy(update=changes)


@st.composite
def shifts(draw: st.DrawFn, mobile: Mobile) -> Mobile:
    ends = mobile.shift.start + timedelta(minutes=draw(st.sampled_from([150, 300, 480])))
    breaks, clock = [], mobile.shift.start
    for _ in range(draw(st.integers(0, 2))):
        opens = clock + timedelta(minutes=draw(st.integers(0, 120)))
        window = TimeWindow(earliest=opens, latest=opens + timedelta(seconds=draw(st.integers(0, 5000))))
        rest = Break(window=window, duration=timedelta(seconds=draw(st.integers(1, 2400))))
        clock = rest.latest_end
        breaks.append(rest)
    ends = max(ends, clock + timedelta(seconds=1))
    overtime = timedelta(seconds=draw(st.sampled_from([0, 0, 1800, 3599])))
    changes = {
        "shift": Interval(start=mobile.shift.start, end=ends),
        "breaks": breaks,
        "max_overtime": timedelta(hours=1),
        "overtime": overtime,
        "crew_size": draw(st.integers(1, 2)),
        "rates": mobile.rates.model_copy(update={"per_overtime_hour": 4999}),
    }
    return type(mobile).model_validate({**dict(mobile), **changes})


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """What only one of the sites has makes baskets come in parts, if the policy lets them."""
    catalogue = draw(catalogues())
    rules = {"max_split": draw(st.integers(1, 4)), "divide_lines": draw(st.booleans())}
    policy = catalogue.policy.model_copy(update=rules)
    stock = tuple(row.model_copy(update={"on_hand": draw(st.sampled_from([0, 1, 2, 20, 20]))}) for row in a_stock())
    return a_problem(
        catalogue=catalogue.model_copy(update={"policy": policy}),
        stock=stock,
        now=at("06:40"),
        freeze_until=at("06:40"),
    )


@settings(max_examples=100)
@given(st.data())
def test_whatever_happens_every_plan_is_valid_and_every_cost_is_right(data: st.DataObject) -> None:
    market = Market.opened(data.draw(problems(), label="problem"))
    for number in range(data.draw(st.integers(1, 7), label="steps")):
        market.now += timedelta(microseconds=data.draw(st.integers(0, 1_500_000_000), label="waits"))
        act = data.draw(st.sampled_from(["come", "come", "come", "go", "replan"]), label="act")
        if act == "come":
            come(market, data, number)
        elif act == "go":
            go(market, data)
        else:
            improve(market, seed=number)
        look(market)


def come(market: Market, data: st.DataObject, number: int) -> None:
    """Quote, and take any of the options; or be told why there is none."""
    contract = data.draw(contracts(market=market, number=number), label="contract")
    before = market.board.plan()
    quote = market.quote(contract)
    assert market.board.plan() == before
    assert quote.options or quote.refusals
    if not quote.options:
        return
    option = data.draw(st.sampled_from(quote.options), label="option")
    agreed = market.take(contract, option)
    assert agreed.promises == option.promises
    assert tuple(item for item in agreed.items if item.split_of) == option.parts
    costs = market.board.plan().cost - before.cost
    assert costs.total == option.cost.total - option.cost.expected_compensation


def go(market: Market, data: st.DataObject) -> None:
    """One contract of which nothing has started leaves."""
    free = [
        contract_id
        for contract_id, contract in market.contracts.items()
        if not any(market.board.started(contract_id, item.item_id, now=market.now) for item in contract.items)
    ]
    if free:
        market.leave(data.draw(st.sampled_from(free), label="leaves"))


def improve(market: Market, *, seed: int) -> None:
    problem = market.snapshot()
    plan = replan(problem, seed=seed, iterations=60)
    assert plan.cost.total <= problem.initial_plan.cost.total
    if plan is not problem.initial_plan:
        market.adopt(plan)


def look(market: Market) -> None:
    """Beyond what the checker says of every change: nothing is negative, and nobody is half in the plan."""
    plan = market.board.plan()
    assert all(getattr(plan.cost, kind) >= 0 for kind in COST_KINDS)
    left = market.board._availability
    assert min(left._free_stock.values()) >= 0
    assert min(left._used.values(), default=0) >= 0
    planned = {(each.contract_id, each.item_id) for each in plan.assignments}
    agreed = {(each.contract_id, item.item_id) for each in market.contracts.values() for item in each.items}
    assert planned == agreed
