"""Contracts come, take what they are offered, and some go again, while time moves on: no rule is ever broken."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.contract import Contract, Precedence, ServiceItem, ServiceItemKind, SlaTerm
from models.order import Channel, Load
from models.place import Place
from models.plan import COST_KINDS
from models.promise import SameVisit
from models.timing import TimeWindow
from solver.replan import replan
from tests.builders import a_contract, a_place, a_problem, a_service, a_service_catalogue, an_item, at, skus
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
            opens = market.now + timedelta(minutes=draw(st.integers(-10, 120)))
            closes = opens + timedelta(seconds=draw(st.integers(600, 20_000)))
            changes["sla"] = SlaTerm(windows=(TimeWindow(earliest=opens, latest=closes),))
        found.append(an_item(f"i-{n}", goods=[(each, draw(st.integers(1, 3))) for each in sku_ids], **changes))
    return found


@st.composite
def contracts(draw: st.DrawFn, *, market: Market, number: int) -> Contract:
    """Sometimes with an order between its items, sometimes with a visit that they have to share."""
    drawn = draw(items(market=market))
    drawn += draw(services(place=drawn[0].place))
    links: dict[str, Any] = {}
    if len(drawn) > 1:
        link = draw(st.sampled_from(["none", "none", "precedence", "same visit"]))
        first, second, *_ = drawn if draw(st.booleans()) else reversed(drawn)
        if link == "precedence":
            lag = timedelta(minutes=draw(st.integers(0, 90)))
            links["precedences"] = (Precedence(before_item_id=first.item_id, after_item_id=second.item_id, lag=lag),)
        if link == "same visit":
            drawn = [item.model_copy(update={"place": drawn[0].place}) for item in drawn]
            links["same_visits"] = (SameVisit(item_ids=(first.item_id, second.item_id)),)
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
        )
        for n, kind in enumerate(kinds)
    ]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_happens_every_plan_is_valid_and_every_cost_is_right(data: st.DataObject) -> None:
    problem = a_problem(catalogue=a_service_catalogue(), now=at("06:40"), freeze_until=at("06:40"))
    market = Market.opened(problem)
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
