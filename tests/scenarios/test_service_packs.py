"""Services that come with goods."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.catalogue import Catalogue
from models.contract import Contract, Precedence, ServiceItem, ServiceItemKind, order_by_precedence
from models.issues import InputError, Issue, IssueCode
from models.issues import issues_of as issues_of_model
from models.order import Channel, Identity, Load, Method, Order, OrderLine, Sku, Temperature
from models.place import Place
from models.policy import PackItem, Policy, ServiceLevel, ServicePack
from models.promise import Mode, SameStart, SameVisit
from models.resource import ResourceKind, SkillLevel
from models.timing import TimeWindow
from scenarios.formation import Register, detach, form

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOME = Place(lat=31.2, lon=121.5)

TRADE_IN = PackItem(
    name="trade-in",
    kind=ServiceItemKind.COLLECTION,
    service_duration=5 * MINUTE,
    load=Load(weight_g=200, ambient_cm3=500),
    with_delivery=True,
)
MIGRATION = PackItem(
    name="migration",
    kind=ServiceItemKind.REMOTE_SESSION,
    service_duration=20 * MINUTE,
    skills=(SkillLevel(skill="data", level=2),),
    service_level_id="session",
    after_delivery=True,
    lag=10 * MINUTE,
)
GUIDE = PackItem(name="guide", kind=ServiceItemKind.DIGITAL, service_duration=0 * MINUTE)
MOUNTING = PackItem(
    name="mounting",
    kind=ServiceItemKind.TECHNICIAN_VISIT,
    service_duration=45 * MINUTE,
    skills=(SkillLevel(skill="mounting"),),
    tools=("drill", "ladder"),
    crew=2,
    after_delivery=True,
)
OLD_BOX = TRADE_IN.model_copy(update={"name": "old-box"})
PACKS = (
    ServicePack(category="phones", items=(TRADE_IN, MIGRATION, GUIDE)),
    ServicePack(category="screens", items=(MOUNTING,)),
)


class FlatStreets:
    """One crossing, near everything."""

    def snap(self, place: Place, *, max_snap_m: int, path: str = "place") -> Place:
        assert max_snap_m > 7, path
        return place.model_copy(update={"street_node_id": 1, "snap_distance_m": 7})


def a_policy(*packs: ServicePack) -> Policy:
    modes = (Mode.RIDER, Mode.VAN, Mode.TECHNICIAN, Mode.REMOTE, Mode.DIGITAL)
    return Policy(
        currency="CNY",
        service_levels=(
            ServiceLevel(service_level_id="any", name="Any", modes=modes),
            ServiceLevel(service_level_id="session", name="Session", modes=(Mode.REMOTE,)),
        ),
        service_packs=packs,
        picking_per_line=50,
        handling_per_item=dict.fromkeys(modes, 100),
        residual_cv=dict.fromkeys(modes, 0.2),
        co2_g_per_km={ResourceKind.RIDER: 10},
        co2_g_per_parcel=100,
        customer_setup=MINUTE,
        customer_handover=2 * MINUTE,
    )


def a_catalogue(*packs: ServicePack) -> Catalogue:
    def sku(sku_id: str, category: str, temperature: Temperature = Temperature.AMBIENT) -> Sku:
        return Sku(sku_id=sku_id, name=sku_id, category=category, temperature=temperature, weight_g=300, volume_cm3=900)

    skus = (
        sku("phone", "phones"),
        sku("screen", "screens"),
        sku("soap", "home"),
        sku("cake", "bakery", Temperature.FROZEN),
    )
    return Catalogue(timezone="Asia/Shanghai", skus=skus, sites=(), policy=a_policy(*(packs or PACKS)))


def an_order(order_id: str = "o1", *goods: tuple[str, int], **fields: Any) -> Order:
    lines = [OrderLine(line_id=f"l{n}", sku_id=sku, quantity=pieces) for n, (sku, pieces) in enumerate(goods, start=1)]
    known: dict[str, Any] = {
        "order_id": order_id,
        "channel": Channel.APP,
        "placed_time": NOW,
        "identity": Identity(phone="1"),
        "lines": tuple(lines),
        "place": HOME,
        "method": Method.DELIVERY,
    }
    return Order(**{**known, **fields})


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"id{next(numbers)}"


def a_contract(*orders: Order, packs: Sequence[ServicePack] = ()) -> Contract:
    (contract,) = form(
        orders,
        Register(),
        tenant_id="t",
        catalogue=a_catalogue(*packs),
        streets=FlatStreets(),
        now=NOW,
        new_id=ids(),
    ).contracts
    return contract


def issues_of(*orders: Order, packs: Sequence[ServicePack] = ()) -> tuple[Issue, ...]:
    with pytest.raises(InputError) as caught:
        a_contract(*orders, packs=packs)
    return caught.value.issues


def item_ids(contract: Contract) -> list[str]:
    return [item.item_id for item in contract.items]


# what goods bring along


def test_a_phone_brings_the_services_of_its_category() -> None:
    contract = a_contract(an_order("o1", ("phone", 1)))
    assert [(item.item_id, item.kind) for item in contract.items] == [
        ("o1.ambient", ServiceItemKind.DELIVERY),
        ("o1.l1.trade-in", ServiceItemKind.COLLECTION),
        ("o1.l1.migration", ServiceItemKind.REMOTE_SESSION),
        ("o1.l1.guide", ServiceItemKind.DIGITAL),
    ]


def test_goods_of_another_category_bring_nothing() -> None:
    contract = a_contract(an_order("o1", ("soap", 1)))
    assert item_ids(contract) == ["o1.ambient"]
    assert not contract.precedences
    assert not contract.same_visits


def test_a_service_is_done_where_the_goods_go_and_knows_them() -> None:
    contract = a_contract(an_order("o1", ("soap", 1), ("screen", 2), channel=Channel.LIVESTREAM))
    goods, mounting = contract.items
    assert mounting == ServiceItem(
        item_id="o1.l2.mounting",
        kind=ServiceItemKind.TECHNICIAN_VISIT,
        channel=Channel.LIVESTREAM,
        for_demand_ids=("o1.l2",),
        place=goods.place,
        service_duration=45 * MINUTE,
        constraint=mounting.constraint,
    )
    assert mounting.place.street_node_id == 1
    assert mounting.constraint.skills == MOUNTING.skills
    assert mounting.constraint.tools == ("drill", "ladder")
    assert mounting.constraint.crew == 2


def test_a_line_of_many_pieces_has_one_service_of_each_kind() -> None:
    contract = a_contract(an_order("o1", ("phone", 7)))
    assert len(contract.items) == 4


def test_two_lines_have_their_services_each() -> None:
    contract = a_contract(an_order("o1", ("screen", 1), ("screen", 1)))
    assert item_ids(contract) == ["o1.ambient", "o1.l1.mounting", "o1.l2.mounting"]


def test_a_collection_takes_back_as_many_pieces_as_were_bought() -> None:
    contract = a_contract(an_order("o1", ("phone", 3)))
    assert contract.item("o1.l1.trade-in").load == Load(weight_g=600, ambient_cm3=1500)
    assert contract.item("o1.l1.guide").load == Load()


def test_the_level_of_a_service_is_that_of_the_pack_and_not_of_the_order() -> None:
    contract = a_contract(an_order("o1", ("phone", 1), service_level_id="any"))
    assert contract.item("o1.ambient").sla.service_level_id == "any"
    assert contract.item("o1.l1.migration").sla.service_level_id == "session"
    assert contract.item("o1.l1.guide").sla.service_level_id is None


def test_the_window_of_an_order_limits_what_comes_with_the_goods_and_nothing_after_them() -> None:
    window = TimeWindow(earliest=NOW, latest=NOW + 60 * MINUTE)
    contract = a_contract(an_order("o1", ("phone", 1), windows=(window,)))
    assert contract.item("o1.l1.trade-in").sla.windows == (window,)
    assert contract.item("o1.l1.migration").sla.windows == ()


# how it hangs together


def test_what_comes_after_the_delivery_waits_for_the_goods_of_its_line() -> None:
    contract = a_contract(an_order("o1", ("cake", 1), ("phone", 1)))
    assert contract.precedences == (
        Precedence(before_item_id="o1.ambient", after_item_id="o1.l2.migration", lag=10 * MINUTE),
    )


def test_what_comes_with_the_delivery_is_done_at_the_same_visit() -> None:
    contract = a_contract(an_order("o1", ("cake", 1), ("phone", 1)))
    assert contract.same_visits == (SameVisit(item_ids=("o1.ambient", "o1.l2.trade-in")),)


def test_all_collections_of_one_delivery_are_one_visit() -> None:
    packs = (ServicePack(category="phones", items=(TRADE_IN, OLD_BOX)),)
    contract = a_contract(an_order("o1", ("phone", 1), ("phone", 1)), packs=packs)
    assert contract.same_visits == (
        SameVisit(item_ids=("o1.ambient", "o1.l1.trade-in", "o1.l1.old-box", "o1.l2.trade-in", "o1.l2.old-box")),
    )


def test_technicians_who_come_with_the_goods_start_with_their_delivery() -> None:
    fitting = MOUNTING.model_copy(update={"name": "fitting", "after_delivery": False, "same_start": True})
    hanging = fitting.model_copy(update={"name": "hanging"})
    packs = (ServicePack(category="screens", items=(fitting, hanging)),)
    window = TimeWindow(earliest=NOW, latest=NOW + 60 * MINUTE)
    contract = a_contract(an_order("o1", ("screen", 1), windows=(window,)), packs=packs)
    ids = ("o1.ambient", "o1.l1.fitting", "o1.l1.hanging")
    assert contract.same_starts == (SameStart(item_ids=ids),)
    assert all(contract.item(item_id).sla.windows == (window,) for item_id in ids)
    fetched = a_contract(an_order("o1", ("screen", 1), method=Method.STORE_PICKUP), packs=packs)
    assert item_ids(fetched) == ["o1.ambient"]
    assert fetched.same_starts == ()


def test_a_delivery_that_may_become_a_pickup_keeps_its_collection() -> None:
    contract = a_contract(an_order("o1", ("phone", 1), method=Method.ANY))
    assert "o1.l1.trade-in" in item_ids(contract)


def test_an_order_that_is_fetched_at_a_store_has_no_visit_for_a_collection() -> None:
    contract = a_contract(an_order("o1", ("phone", 1), method=Method.STORE_PICKUP))
    assert item_ids(contract) == ["o1.ambient", "o1.l1.migration", "o1.l1.guide"]
    assert contract.same_visits == ()
    assert [link.before_item_id for link in contract.precedences] == ["o1.ambient"]


# joining and detaching


def test_an_order_that_joins_brings_its_services_and_links() -> None:
    contract = a_contract(an_order("o1", ("phone", 1)), an_order("o2", ("screen", 1)))
    assert item_ids(contract)[4:] == ["o2.ambient", "o2.l1.mounting"]
    assert [link.after_item_id for link in contract.precedences] == ["o1.l1.migration", "o2.l1.mounting"]


def test_an_order_joins_a_contract_that_has_services_already() -> None:
    first = an_order("o1", ("phone", 1))
    before = a_contract(first)
    register = Register(contracts_by_customer_id={before.customer_id: (before,)}, orders={"o1": first})
    found = form(
        [an_order("o2", ("screen", 1))],
        register,
        tenant_id="t",
        catalogue=a_catalogue(),
        streets=FlatStreets(),
        now=NOW,
        new_id=lambda: before.customer_id,
    )
    (contract,) = found.contracts
    assert contract.same_visits == before.same_visits
    assert contract.precedences[:1] == before.precedences
    assert len(contract.precedences) == 2


def test_a_detached_order_takes_its_services_and_links_along() -> None:
    contract = a_contract(an_order("o1", ("phone", 1)), an_order("o2", ("phone", 1), ("screen", 1)))
    remaining, alone = detach(contract, "o2", now=NOW, new_id=ids())
    expected = a_contract(an_order("o2", ("phone", 1), ("screen", 1)))
    assert (alone.items, alone.precedences, alone.same_visits) == (
        expected.items,
        expected.precedences,
        expected.same_visits,
    )
    assert item_ids(remaining) == ["o1.ambient", "o1.l1.trade-in", "o1.l1.migration", "o1.l1.guide"]
    assert len(remaining.precedences) == len(remaining.same_visits) == 1


def test_ids_that_begin_alike_do_not_mix_up_whose_service_it_is() -> None:
    lines = (OrderLine(line_id="b", sku_id="screen", quantity=1),)
    contract = a_contract(an_order("a", ("screen", 1)), an_order("a.l1", lines=lines))
    remaining, alone = detach(contract, "a.l1", now=NOW, new_id=ids())
    assert item_ids(remaining) == ["a.ambient", "a.l1.mounting"]
    assert item_ids(alone) == ["a.l1.ambient", "a.l1.b.mounting"]


LINES = st.lists(
    st.tuples(st.sampled_from(["phone", "screen", "soap", "cake"]), st.integers(1, 9)), min_size=1, max_size=4
)
PACK_ITEMS = st.lists(
    st.sampled_from([TRADE_IN, OLD_BOX, MIGRATION, GUIDE, MOUNTING]), min_size=1, max_size=5, unique_by=lambda x: x.name
)


@given(
    bought=st.lists(st.tuples(LINES, st.sampled_from(Method)), min_size=2, max_size=4),
    packs=st.tuples(PACK_ITEMS, PACK_ITEMS),
    data=st.data(),
)
def test_links_never_dangle_nor_form_a_cycle_and_nothing_is_lost_by_detaching(
    bought: list[tuple[list[tuple[str, int]], Method]],
    packs: tuple[list[PackItem], list[PackItem]],
    data: st.DataObject,
) -> None:
    orders = [an_order(f"o{n}", *lines, method=method) for n, (lines, method) in enumerate(bought)]
    known = [
        ServicePack(category=category, items=tuple(items))
        for category, items in zip(("phones", "bakery"), packs, strict=True)
    ]
    whole = a_contract(*orders, packs=known)
    gone = data.draw(st.sampled_from([order.order_id for order in orders]))
    parts = detach(whole, gone, now=NOW, new_id=ids())
    for contract in (whole, *parts):
        assert_links_hold(contract)
    for name in ("items", "precedences", "same_visits", "demands"):
        assert sorted(map(repr, getattr(whole, name))) == sorted(repr(x) for part in parts for x in getattr(part, name))


def assert_links_hold(contract: Contract) -> None:
    item_by_id = {item.item_id: item for item in contract.items}
    demand_ids = {demand.demand_id for demand in contract.demands}
    assert len(order_by_precedence(contract)) == len(item_by_id) == len(contract.items)
    for link in contract.precedences:
        assert item_by_id[link.before_item_id].demand_ids
        assert set(item_by_id[link.after_item_id].for_demand_ids) <= set(item_by_id[link.before_item_id].demand_ids)
    for visit in contract.same_visits:
        goods, *collections = (item_by_id[item_id] for item_id in visit.item_ids)
        assert goods.kind is ServiceItemKind.DELIVERY
        assert {each.kind for each in collections} == {ServiceItemKind.COLLECTION}
        assert {each.place for each in collections} == {goods.place}
    for item in contract.items:
        assert bool(item.demand_ids) != bool(item.for_demand_ids)
        assert demand_ids.issuperset(item.demand_ids + item.for_demand_ids)
        assert len(item.item_id) <= 64


# what is refused


def test_ids_too_long_to_name_a_service_are_refused() -> None:
    assert a_contract(an_order("o" * 51, ("phone", 1)))
    (issue,) = issues_of(an_order("o" * 52, ("phone", 1)))
    assert (issue.code, issue.path) == (IssueCode.VALUE_INVALID, "orders[0].lines[0].line_id")
    assert issue.message == "length of order_id.line_id.service and order_id.temperature (65) must be <= 64"


def test_more_goods_than_a_load_can_count_are_refused() -> None:
    (issue,) = issues_of(an_order("o1", ("soap", 100_000), ("screen", 100_000), ("soap", 100_000), ("soap", 100_000)))
    assert (issue.code, issue.path) == (IssueCode.VALUE_INVALID, "orders[0].lines")
    assert issue.message == "weight_g of the AMBIENT goods (120000000) must be <= 100000000"


def test_more_to_take_back_than_a_load_can_count_is_refused() -> None:
    heavy = TRADE_IN.model_copy(update={"load": Load(weight_g=10_000)})
    (issue,) = issues_of(an_order("o1", ("phone", 10_001)), packs=(ServicePack(category="phones", items=(heavy,)),))
    assert (issue.path, issue.message) == (
        "orders[0].lines[0].quantity",
        "weight_g of trade-in (100010000) must be <= 100000000",
    )


# what a policy cannot say


def wrong_policy(*packs: dict[str, Any]) -> list[tuple[IssueCode, str, str]]:
    """Issues of a policy with those packs that sells delivery and sessions alone."""
    policy = a_policy().model_dump(mode="json") | {"service_packs": packs}
    levels = [("hour", ["RIDER"]), ("session", ["REMOTE"])]
    policy["service_levels"] = [{"service_level_id": each, "name": each, "modes": modes} for each, modes in levels]
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate(policy)
    return [(issue.code, issue.path, issue.message) for issue in issues_of_model(caught.value)]


def a_pack(*items: dict[str, Any]) -> dict[str, Any]:
    return {
        "category": "phones",
        "items": [{"name": f"n{n}", "service_duration": "PT5M", **each} for n, each in enumerate(items)],
    }


def test_a_service_level_that_is_not_on_sale_is_refused_with_those_that_are() -> None:
    wish = {"kind": "REMOTE_SESSION", "service_level_id": "sesion"}
    assert wrong_policy(a_pack({"kind": "COLLECTION"}, wish)) == [
        (
            IssueCode.SERVICE_LEVEL_UNKNOWN,
            "service_packs[0].items[1].service_level_id",
            "service_level_id (sesion) must be one of hour, session",
        )
    ]


def test_a_service_level_that_cannot_promise_the_service_is_refused() -> None:
    assert wrong_policy(a_pack({"kind": "REMOTE_SESSION", "service_level_id": "hour"})) == [
        (
            IssueCode.VALUE_INVALID,
            "service_packs[0].items[0].service_level_id",
            "modes of hour (RIDER) must have one of REMOTE, by which a REMOTE_SESSION is done",
        )
    ]


def test_services_that_no_level_promises_are_refused_together() -> None:
    rule = "must have a service level with one of the modes {}; none on sale has one"
    assert wrong_policy(a_pack({"kind": "TECHNICIAN_VISIT"}, {"kind": "DIGITAL"})) == [
        (IssueCode.FIELD_REQUIRED, "service_packs[0].items[0].kind", f"a TECHNICIAN_VISIT {rule.format('TECHNICIAN')}"),
        (IssueCode.FIELD_REQUIRED, "service_packs[0].items[1].kind", f"a DIGITAL {rule.format('DIGITAL')}"),
    ]


@pytest.mark.parametrize(
    ("item", "field", "message"),
    [
        (
            {"kind": "DELIVERY"},
            "kind",
            "kind (DELIVERY) must be one of TECHNICIAN_VISIT, COLLECTION, REMOTE_SESSION, DIGITAL",
        ),
        (
            {"kind": "COLLECTION", "tools": ["drill", "ladder"]},
            "tools",
            "tools (drill, ladder) need kind TECHNICIAN_VISIT, not COLLECTION",
        ),
        (
            {"kind": "REMOTE_SESSION", "crew": 2},
            "crew",
            "crew (2) needs kind TECHNICIAN_VISIT or COLLECTION, not REMOTE_SESSION",
        ),
        (
            {"kind": "REMOTE_SESSION", "load": {"weight_g": 5}},
            "load",
            "load (weight_g=5 ambient_cm3=0 chilled_cm3=0 frozen_cm3=0) needs kind COLLECTION, not REMOTE_SESSION",
        ),
        (
            {"kind": "REMOTE_SESSION", "with_delivery": True},
            "with_delivery",
            "with_delivery (True) needs kind COLLECTION, not REMOTE_SESSION",
        ),
        (
            {"kind": "COLLECTION", "with_delivery": True, "after_delivery": True},
            "with_delivery",
            "with_delivery (True) and after_delivery (True) exclude each other",
        ),
        (
            {"kind": "COLLECTION", "same_start": True},
            "same_start",
            "same_start (True) needs kind TECHNICIAN_VISIT, not COLLECTION",
        ),
        (
            {"kind": "TECHNICIAN_VISIT", "same_start": True, "after_delivery": True},
            "same_start",
            "same_start (True) and after_delivery (True) exclude each other",
        ),
        (
            {"kind": "REMOTE_SESSION", "lag": "PT10M"},
            "lag",
            "lag (0:10:00) needs after_delivery (True), not False",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and each.isidentifier() else "",
)
def test_a_service_has_only_what_its_kind_can_use(item: dict[str, Any], field: str, message: str) -> None:
    assert wrong_policy(a_pack(item)) == [(IssueCode.VALUE_INVALID, f"service_packs[0].items[0].{field}", message)]


def test_names_and_categories_of_packs_are_distinct() -> None:
    twice = {"kind": "COLLECTION", "name": "n"}
    ((code, path, _),) = wrong_policy(a_pack(twice, twice))
    assert (code, path) == (IssueCode.ID_DUPLICATE, "service_packs[0]")
    ((code, path, _),) = wrong_policy(a_pack({"kind": "COLLECTION"}), a_pack({"kind": "COLLECTION"}))
    assert (code, path) == (IssueCode.ID_DUPLICATE, "service_packs")
