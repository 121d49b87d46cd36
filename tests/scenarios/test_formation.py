"""Orders become contracts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import Catalogue
from models.contract import Contract, ContractStatus, JoinReason, Precedence, ServiceItemKind
from models.issues import Conflict, InputError, Issue, IssueCode
from models.order import Channel, Identity, Load, Method, Order, OrderLine, Sku, Temperature
from models.place import Place
from models.policy import Policy, ServiceLevel
from models.promise import Mode
from models.resource import ResourceKind
from models.timing import TimeWindow
from scenarios.formation import Formed, Register, detach, form
from scenarios.identity import Known
from scenarios.legible import LegibleOrder
from scenarios.order_checks import legible_issues

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class FlatStreets:
    """One crossing; everything west of Greenwich is off the map."""

    def snap(self, place: Place, *, max_snap_m: int, path: str = "place") -> Place:
        distance = 1000 if place.lon < 0 else 7
        if distance > max_snap_m:
            raise InputError(Issue(code=IssueCode.PLACE_NOT_REACHABLE, path=path, message="off the map"))
        return place.model_copy(update={"street_node_id": 1, "snap_distance_m": distance})


def a_policy() -> Policy:
    return Policy(
        currency="CNY",
        service_levels=(ServiceLevel(service_level_id="within-hour", name="Within the hour", modes=(Mode.RIDER,)),),
        picking_per_line=50,
        handling_per_item={Mode.RIDER: 100},
        residual_cv={Mode.RIDER: 0.2},
        co2_g_per_km={ResourceKind.RIDER: 10},
        co2_g_per_parcel=100,
        customer_setup=MINUTE,
        customer_handover=2 * MINUTE,
    )


def a_catalogue() -> Catalogue:
    skus = (
        Sku(
            sku_id="cake",
            name="Cake",
            category="Food",
            temperature=Temperature.FROZEN,
            weight_g=800,
            volume_cm3=2000,
            max_on_board=90 * MINUTE,
        ),
        Sku(
            sku_id="ice",
            name="Ice",
            category="Food",
            temperature=Temperature.FROZEN,
            weight_g=80,
            volume_cm3=200,
            max_on_board=40 * MINUTE,
        ),
        Sku(sku_id="tissues", name="Tissues", category="Home", weight_g=300, volume_cm3=1500),
        Sku(sku_id="soap", name="Soap", category="Home", weight_g=100, volume_cm3=100),
        Sku(sku_id="sofa", name="Sofa", category="Home", weight_g=40_000, volume_cm3=900_000, crew=2),
    )
    return Catalogue(timezone="Asia/Shanghai", skus=skus, sites=(), policy=a_policy())


def an_order(order_id: str = "o1", *skus: str, phone: str = "1", member: str | None = None, **fields: Any) -> Order:
    lines = [OrderLine(line_id=f"l{n}", sku_id=sku, quantity=n) for n, sku in enumerate(skus or ("soap",), start=1)]
    known: dict[str, Any] = {
        "order_id": order_id,
        "channel": Channel.APP,
        "placed_time": NOW,
        "identity": Identity(member_id=member, phone=phone or None),
        "lines": tuple(lines),
        "place": Place(lat=31.2, lon=121.5),
    }
    return Order(**{**known, **fields})


def ids(prefix: str = "id") -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def formed(
    *orders: Order, register: Register | None = None, now: datetime = NOW, policy: Policy | None = None
) -> Formed:
    return form(
        orders,
        register or Register(),
        tenant_id="t",
        catalogue=a_catalogue().model_copy(update={"policy": policy or a_policy()}),
        streets=FlatStreets(),
        now=now,
        new_id=ids(),
    )


def a_contract(*orders: Order, **changes: Any) -> Contract:
    (contract,) = form(
        orders, Register(), tenant_id="t", catalogue=a_catalogue(), streets=FlatStreets(), now=NOW, new_id=ids("c")
    ).contracts
    return contract.model_copy(update=changes)


def a_register(contract: Contract, *orders: Order, held: bool = False) -> Register:
    """The ledger after `orders` became `contract`, which holds their phone 1."""
    return Register(
        customers=(Known(contract.customer_id, ("phone:1",)),),
        contracts_by_customer_id={contract.customer_id: (contract,)},
        held_ids=frozenset({contract.contract_id} if held else ()),
        orders={order.order_id: order for order in orders},
    )


def issues_of(*orders: Order, register: Register | None = None) -> tuple[Issue, ...]:
    with pytest.raises(InputError) as caught:
        formed(*orders, register=register)
    return caught.value.issues


# what a contract says


def test_an_order_becomes_an_item_per_temperature() -> None:
    (contract,) = formed(an_order("o1", "cake", "tissues", "soap")).contracts
    assert [item.item_id for item in contract.items] == ["o1.ambient", "o1.frozen"]
    ambient, frozen = contract.items
    assert ambient.demand_ids == ("o1.l2", "o1.l3")
    assert ambient.load == Load(weight_g=2 * 300 + 3 * 100, ambient_cm3=2 * 1500 + 3 * 100)
    assert frozen.load == Load(weight_g=800, frozen_cm3=2000)
    assert ambient.place.street_node_id == 1
    assert ambient.service_duration == 2 * MINUTE
    assert [(each.demand_id, each.line_id, each.quantity) for each in contract.demands] == [
        ("o1.l1", "l1", 1),
        ("o1.l2", "l2", 2),
        ("o1.l3", "l3", 3),
    ]


def test_what_takes_two_people_does_not_hold_up_what_one_can_carry() -> None:
    (contract,) = formed(an_order("o1", "cake", "soap", "sofa", "tissues")).contracts
    assert [(item.item_id, item.constraint.crew) for item in contract.items] == [
        ("o1.ambient", 1),
        ("o1.ambient.crew-2", 2),
        ("o1.frozen", 1),
    ]


@pytest.mark.parametrize(
    ("method", "kind", "also"),
    [
        (Method.ANY, ServiceItemKind.DELIVERY, (ServiceItemKind.STORE_PICKUP,)),
        (Method.DELIVERY, ServiceItemKind.DELIVERY, ()),
        (Method.STORE_PICKUP, ServiceItemKind.STORE_PICKUP, ()),
    ],
)
def test_the_method_says_what_the_item_may_be(
    method: Method, kind: ServiceItemKind, also: tuple[ServiceItemKind, ...]
) -> None:
    (contract,) = formed(an_order(method=method)).contracts
    assert (contract.items[0].kind, contract.items[0].also) == (kind, also)


def test_many_pieces_take_longer_at_the_door_by_their_square_root() -> None:
    slower = a_policy().model_copy(update={"customer_handover_per_root_piece": 3 * MINUTE})
    order = an_order().model_copy(update={"lines": (OrderLine(line_id="l1", sku_id="soap", quantity=49),)})
    (contract,) = formed(order, policy=slower).contracts
    assert [item.service_duration for item in contract.items] == [(2 + 3 * 7) * MINUTE]


def test_the_wish_and_the_limit_of_an_order_become_terms_of_its_items() -> None:
    window = TimeWindow(earliest=NOW, latest=NOW + 60 * MINUTE)
    evening = TimeWindow(earliest=NOW + 600 * MINUTE, latest=NOW + 720 * MINUTE)
    (contract,) = formed(an_order(service_level_id="within-hour", windows=(window, evening))).contracts
    assert contract.items[0].sla.service_level_id == "within-hour"
    assert contract.items[0].sla.windows == (window, evening)


def test_a_new_contract_is_a_draft_of_revision_one() -> None:
    found = formed(an_order())
    (contract,) = found.contracts
    assert (contract.status, contract.revision, contract.created_time) == (ContractStatus.DRAFT, 1, NOW)
    assert contract.orders[0].reasons == (JoinReason.FIRST_ORDER,)
    assert found.contract_id_by_order_id == {"o1": contract.contract_id}
    assert found.new_keys == {contract.customer_id: ("phone:1",)}


# who joins whom


def test_orders_of_one_call_and_one_customer_become_one_contract() -> None:
    orders = an_order("o1", phone="1"), an_order("o2", phone="1", member="A"), an_order("o3", phone="", member="A")
    (contract,) = formed(*orders).contracts
    assert [order.reasons for order in contract.orders] == [
        (JoinReason.FIRST_ORDER,),
        (JoinReason.SAME_PHONE,),
        (JoinReason.SAME_MEMBER,),
    ]


def test_an_order_that_is_connected_only_through_others_says_so() -> None:
    orders = an_order("o1", phone="1"), an_order("o2", phone="", member="A"), an_order("o3", phone="1", member="A")
    (contract,) = formed(*orders).contracts
    assert contract.orders[1].reasons == (JoinReason.SAME_CUSTOMER,)
    assert contract.orders[2].reasons == (JoinReason.SAME_MEMBER, JoinReason.SAME_PHONE)


def test_orders_of_two_customers_become_two_contracts() -> None:
    assert len(formed(an_order("o1", phone="1"), an_order("o2", phone="2")).contracts) == 2


def test_a_later_order_joins_the_draft() -> None:
    first = an_order("o1")
    before = a_contract(first)
    found = formed(an_order("o2"), register=a_register(before, first), now=NOW + 29 * MINUTE)
    (contract,) = found.contracts
    assert (contract.contract_id, contract.revision) == (before.contract_id, 2)
    assert [order.order_id for order in contract.orders] == ["o1", "o2"]
    assert contract.orders[1].reasons == (JoinReason.SAME_PHONE,)
    assert found.contract_id_by_order_id == {"o2": before.contract_id}


def test_an_order_makes_a_quoted_contract_a_draft_again() -> None:
    first = an_order("o1")
    before = a_contract(first, status=ContractStatus.QUOTED, revision=2)
    (contract,) = formed(an_order("o2"), register=a_register(before, first)).contracts
    assert (contract.status, contract.revision) == (ContractStatus.DRAFT, 3)


def test_a_contract_is_closed_to_others_when_the_merge_window_ends() -> None:
    first = an_order("o1")
    before = a_contract(first)
    (contract,) = formed(an_order("o2"), register=a_register(before, first), now=NOW + 30 * MINUTE).contracts
    assert contract.contract_id != before.contract_id
    assert contract.linked_contract_ids == ()
    assert contract.customer_id == before.customer_id


def test_beside_an_active_contract_a_linked_one_is_opened() -> None:
    first = an_order("o1")
    before = a_contract(first, status=ContractStatus.ACTIVE)
    (contract,) = formed(an_order("o2"), register=a_register(before, first)).contracts
    assert contract.linked_contract_ids == (before.contract_id,)
    assert contract.orders[0].reasons == (JoinReason.FIRST_ORDER,)


def test_nothing_joins_a_contract_that_is_held() -> None:
    first = an_order("o1")
    before = a_contract(first, status=ContractStatus.QUOTED)
    (contract,) = formed(an_order("o2"), register=a_register(before, first, held=True)).contracts
    assert contract.linked_contract_ids == (before.contract_id,)


def test_an_order_with_contradicting_keys_is_served_apart_and_reported() -> None:
    first = an_order("o1", phone="1", member="A")
    before = a_contract(first)
    register = Register(
        customers=(Known(before.customer_id, ("member:A", "phone:1")),),
        contracts_by_customer_id={before.customer_id: (before,)},
        orders={"o1": first},
    )
    found = formed(an_order("o2", phone="1", member="B"), register=register)
    assert found.contracts[0].customer_id != before.customer_id
    assert [issue.code for issue in found.issues] == [IssueCode.IDENTITY_CONFLICT]


def test_an_order_that_came_before_is_left_where_it_is() -> None:
    first = an_order("o1")
    before = a_contract(first)
    found = formed(first, register=a_register(before, first))
    assert found.contracts == ()
    assert found.contract_id_by_order_id == {}


def test_a_conflict_names_the_order_by_its_place_in_the_call() -> None:
    first = an_order("o1")
    before = a_contract(first)
    orders = first, an_order("o2", phone="2", member="A"), an_order("o3", phone="2", member="B")
    found = formed(*orders, register=a_register(before, first))
    assert [issue.path for issue in found.issues] == ["orders[1].identity.phone", "orders[2].identity.phone"]


@given(st.permutations([("o1", "1", None), ("o2", "2", "A"), ("o3", "1", "A"), ("o4", "4", None), ("o5", "5", "B")]))
def test_the_order_of_arrival_does_not_change_who_shares_a_contract(
    arrival: list[tuple[str, str, str | None]],
) -> None:
    found = formed(*(an_order(order_id, phone=phone, member=member) for order_id, phone, member in arrival))
    together = {frozenset(order.order_id for order in contract.orders) for contract in found.contracts}
    assert together == {frozenset({"o1", "o2", "o3"}), frozenset({"o4"}), frozenset({"o5"})}


# what is refused


def test_all_issues_of_a_call_come_together() -> None:
    past = TimeWindow(earliest=NOW - MINUTE, latest=NOW)
    issues = issues_of(
        an_order("o1", "soup", "tissues"),
        an_order("o2", service_level_id="within-our", windows=(past,)),
        an_order("o3", place=Place(lat=31.2, lon=-1)),
        an_order("o1"),
    )
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.ID_DUPLICATE, "orders[3].order_id"),
        (IssueCode.SKU_UNKNOWN, "orders[0].lines[0].sku_id"),
        (IssueCode.SERVICE_LEVEL_UNKNOWN, "orders[1].service_level_id"),
        (IssueCode.WINDOW_IN_THE_PAST, "orders[1].windows[0].latest"),
        (IssueCode.PLACE_NOT_REACHABLE, "orders[2].place"),
    ]


def test_an_unknown_sku_gets_the_nearest_one_as_a_hint() -> None:
    (issue,) = issues_of(an_order("o1", "tisues"))
    assert issue.message == "sku_id (tisues) must be one of the 5 SKUs of this world"
    assert issue.hint == "did you mean tissues?"


def test_an_unknown_service_level_lists_those_that_exist() -> None:
    (issue,) = issues_of(an_order(service_level_id="yesterday"))
    assert issue.message == "service_level_id (yesterday) must be one of within-hour"


def test_a_window_that_ends_now_is_in_the_past() -> None:
    (issue,) = issues_of(an_order(windows=(TimeWindow(earliest=NOW - MINUTE, latest=NOW),)))
    assert issue.message == f"latest ({NOW.isoformat()}) must be > now ({NOW.isoformat()})"


def test_a_window_that_ends_a_moment_later_is_not() -> None:
    window = TimeWindow(earliest=NOW - MINUTE, latest=NOW + timedelta(microseconds=1))
    assert formed(an_order(windows=(window,))).contracts


def test_only_when_all_windows_are_over_they_are_in_the_past() -> None:
    def ending(minutes: int) -> TimeWindow:
        return TimeWindow(earliest=NOW + (minutes - 1) * MINUTE, latest=NOW + minutes * MINUTE)

    (contract,) = formed(an_order(windows=(ending(-5), ending(5)))).contracts
    assert contract.items[0].sla.windows == (ending(-5), ending(5))
    (issue,) = issues_of(an_order(windows=(ending(-9), ending(-5))))
    assert (issue.code, issue.path) == (IssueCode.WINDOW_IN_THE_PAST, "orders[0].windows[1].latest")


def test_an_order_id_cannot_come_back_with_another_content() -> None:
    first = an_order("o1")
    register = a_register(a_contract(first), first)
    with pytest.raises(Conflict) as caught:
        formed(an_order("o1", "cake"), register=register)
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.ORDER_ALREADY_SUBMITTED, "orders[0].order_id")
    assert issue.message == "content of order o1 must equal what was submitted before; differs in lines"


def test_an_order_id_that_comes_back_beside_bad_input_is_bad_input() -> None:
    first = an_order("o1")
    issues = issues_of(an_order("o1", "cake"), an_order("o2", "soup"), register=a_register(a_contract(first), first))
    assert [issue.code for issue in issues] == [IssueCode.ORDER_ALREADY_SUBMITTED, IssueCode.SKU_UNKNOWN]


def lines_of(sku_id: str, *quantities: int) -> tuple[OrderLine, ...]:
    return tuple(OrderLine(line_id=f"l{n}", sku_id=sku_id, quantity=each) for n, each in enumerate(quantities))


def test_an_order_may_be_as_heavy_as_a_load_can_be() -> None:
    (contract,) = formed(an_order(lines=lines_of("cake", 100_000, 25_000))).contracts
    assert contract.items[0].load == Load(weight_g=10**8, frozen_cm3=25 * 10**7)


def test_an_order_that_is_heavier_is_refused() -> None:
    (issue,) = issues_of(an_order(), an_order("o2", lines=lines_of("cake", 100_000, 25_001)))
    assert (issue.code, issue.path) == (IssueCode.VALUE_INVALID, "orders[1].lines")
    assert issue.message == "weight_g of the FROZEN goods (100000800) must be <= 100000000"
    assert issue.hint == "split the order"


def test_what_is_legible_of_an_order_is_checked_although_the_rest_is_not() -> None:
    broken = LegibleOrder.model_validate(
        {
            "order_id": "o1",
            "lines": [{"line_id": "", "sku_id": "soup", "quantity": 0}, {"sku_id": 7}, {"quantity": 2}],
            "place": {"lat": 31.2, "lon": -1},
            "service_level_id": "yesterday",
            "windows": [{"earliest": NOW - MINUTE, "latest": NOW}],
            "colour": "red",
        }
    )
    again = LegibleOrder.model_validate({"order_id": "o1", "place": {"lat": 91, "lon": -1}, "windows": "soon"})
    issues = legible_issues([broken, again], catalogue=a_catalogue(), streets=FlatStreets(), now=NOW)
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.ID_DUPLICATE, "orders[1].order_id"),
        (IssueCode.SKU_UNKNOWN, "orders[0].lines[0].sku_id"),
        (IssueCode.SERVICE_LEVEL_UNKNOWN, "orders[0].service_level_id"),
        (IssueCode.WINDOW_IN_THE_PAST, "orders[0].windows[0].latest"),
        (IssueCode.PLACE_NOT_REACHABLE, "orders[0].place"),
    ]


def test_ids_too_long_to_be_joined_are_refused() -> None:
    (issue,) = issues_of(an_order("o" * 60))
    assert (issue.code, issue.path) == (IssueCode.VALUE_INVALID, "orders[0].lines[0].line_id")
    assert issue.message == "length of order_id.line_id.service and order_id.temperature (68) must be <= 64"


def test_lines_whose_joined_ids_clash_are_refused() -> None:
    lines = tuple(OrderLine(line_id=line_id, sku_id="soap", quantity=1) for line_id in ("b.c",))
    others = tuple(OrderLine(line_id=line_id, sku_id="soap", quantity=1) for line_id in ("c",))
    (issue,) = issues_of(an_order("a", lines=lines), an_order("a.b", lines=others))
    assert issue.code is IssueCode.ID_DUPLICATE


# detaching


def test_a_detached_order_gets_a_contract_of_its_own() -> None:
    contract = a_contract(an_order("o1"), an_order("o2", "cake", "soap"), status=ContractStatus.QUOTED, revision=4)
    remaining, alone = detach(contract, "o2", now=NOW + MINUTE, new_id=ids("new"))
    assert (remaining.contract_id, remaining.revision, remaining.status) == ("c2", 5, ContractStatus.DRAFT)
    assert [item.item_id for item in remaining.items] == ["o1.ambient"]
    assert (alone.contract_id, alone.revision, alone.status) == ("new1", 1, ContractStatus.DRAFT)
    assert [item.item_id for item in alone.items] == ["o2.ambient", "o2.frozen"]
    assert [each.demand_id for each in alone.demands] == ["o2.l1", "o2.l2"]
    assert alone.orders[0].reasons == (JoinReason.FIRST_ORDER,)
    assert alone.created_time == NOW + MINUTE


def test_the_order_that_is_left_is_the_first_one_then() -> None:
    remaining, _ = detach(a_contract(an_order("o1"), an_order("o2")), "o1", now=NOW, new_id=ids())
    assert [(order.order_id, order.reasons) for order in remaining.orders] == [("o2", (JoinReason.FIRST_ORDER,))]


def test_links_between_items_that_part_are_dropped() -> None:
    link = Precedence(before_item_id="o1.ambient", after_item_id="o2.ambient", lag=MINUTE)
    contract = a_contract(an_order("o1"), an_order("o2"), precedences=(link,))
    remaining, alone = detach(contract, "o2", now=NOW, new_id=ids())
    assert remaining.precedences == alone.precedences == ()


@pytest.mark.parametrize("status", [ContractStatus.ACTIVE, ContractStatus.CANCELED])
def test_nothing_is_detached_from_an_agreed_contract(status: ContractStatus) -> None:
    contract = a_contract(an_order("o1"), an_order("o2"), status=status)
    with pytest.raises(Conflict) as caught:
        detach(contract, "o2", now=NOW, new_id=ids())
    assert caught.value.issues[0].code is IssueCode.ORDER_NOT_DETACHABLE
    assert f"status ({status}) must be DRAFT or QUOTED" in caught.value.issues[0].message


def test_the_only_order_of_a_contract_cannot_be_detached() -> None:
    with pytest.raises(Conflict) as caught:
        detach(a_contract(an_order("o1")), "o1", now=NOW, new_id=ids())
    assert caught.value.issues[0].message.endswith("number of orders (1) must be >= 2")


def test_what_is_detached_and_what_remains_is_everything() -> None:
    contract = a_contract(*(an_order(f"o{n}", "cake", "soap") for n in range(4)))
    for gone in (order.order_id for order in contract.orders):
        remaining, alone = detach(contract, gone, now=NOW, new_id=ids())
        assert sorted(each.item_id for each in (*remaining.items, *alone.items)) == sorted(
            each.item_id for each in contract.items
        )


FOOD, CLEANING, PAPER = ({"goods_class": each} for each in ("food", "cleaning", "paper"))


def a_classed_catalogue(*pairs: tuple[str, str]) -> Catalogue:
    """Cake and ice are food, soap is a cleaning agent, tissues are paper, the sofa is nothing."""
    changes = {"cake": FOOD, "ice": FOOD, "soap": CLEANING, "tissues": PAPER}
    skus = tuple(
        sku.model_copy(update={**changes.get(sku.sku_id, {}), "temperature": Temperature.AMBIENT})
        for sku in a_catalogue().skus
    )
    return a_catalogue().model_copy(
        update={"skus": skus, "policy": a_policy().model_copy(update={"keep_apart": pairs})}
    )


def goods_by_item(order: Order, *pairs: tuple[str, str]) -> dict[str, tuple[set[str], tuple[str, ...]]]:
    """Of every item the goods and their classes."""
    (contract,) = form(
        [order],
        Register(),
        tenant_id="t",
        catalogue=a_classed_catalogue(*pairs),
        streets=FlatStreets(),
        now=NOW,
        new_id=ids(),
    ).contracts
    return {
        item.item_id: ({demand.sku_id for demand in contract.demands_of(item)}, item.goods_classes)
        for item in contract.items
    }


def test_goods_that_must_not_travel_together_become_items_of_their_own() -> None:
    order = an_order("o1", "cake", "soap", "ice", "tissues")
    assert goods_by_item(order) == {
        "o1.ambient": ({"cake", "soap", "ice", "tissues"}, ("cleaning", "food", "paper")),
    }
    assert goods_by_item(order, ("food", "cleaning")) == {
        "o1.ambient": ({"cake", "ice", "tissues"}, ("food", "paper")),
        "o1.ambient.apart-2": ({"soap"}, ("cleaning",)),
    }
    assert goods_by_item(order, ("cleaning", "food"), ("paper", "food"), ("paper", "cleaning")) == {
        "o1.ambient": ({"cake", "ice"}, ("food",)),
        "o1.ambient.apart-2": ({"soap"}, ("cleaning",)),
        "o1.ambient.apart-3": ({"tissues"}, ("paper",)),
    }


def test_what_takes_two_people_is_kept_apart_among_itself_only() -> None:
    assert goods_by_item(an_order("o1", "cake", "sofa", "soap"), ("food", "cleaning")).keys() == {
        "o1.ambient",
        "o1.ambient.apart-2",
        "o1.ambient.crew-2",
    }


def test_who_fetches_an_order_may_carry_all_of_it() -> None:
    order = an_order("o1", "cake", "soap", method=Method.STORE_PICKUP)
    assert goods_by_item(order, ("food", "cleaning")) == {"o1.ambient": ({"cake", "soap"}, ("cleaning", "food"))}


def test_an_id_that_gets_too_long_by_keeping_goods_apart_is_an_issue() -> None:
    """64 characters with `.ambient`; of nothing longer is anything said where nothing is apart."""
    order = an_order("o" * 56, "cake", "soap")
    assert goods_by_item(order).keys() == {f"{'o' * 56}.ambient"}
    with pytest.raises(InputError) as error:
        goods_by_item(order, ("food", "cleaning"))
    assert {issue.code for issue in error.value.issues} == {IssueCode.VALUE_INVALID}


def test_goods_travel_no_longer_than_the_most_delicate_of_them_may() -> None:
    (contract,) = formed(an_order("o1", "cake", "ice", "soap")).contracts
    bounds = {item.item_id: item.max_on_board for item in contract.items}
    assert bounds == {"o1.frozen": 40 * MINUTE, "o1.ambient": None}
