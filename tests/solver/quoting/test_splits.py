"""Baskets that no single site holds come in parts, and what hangs on them hangs on the parts."""

from datetime import timedelta
from typing import Any

from models.catalogue import StockRow
from models.contract import Contract, ContractStatus, Precedence, ServiceItem, ServiceItemKind, SlaTerm
from models.option import Archetype, SlaOption
from models.plan import Plan, ReasonCode
from models.promise import SameStart, SameVisit
from models.resource import ResourceKind
from solver.quoting.board import agreed
from solver.quoting.splits import Splitter, with_parts
from solver.replanning.replan import replan
from tests.builders import (
    a_contract,
    a_depot,
    a_place,
    a_problem,
    a_service,
    a_service_catalogue,
    a_sku,
    a_store,
    an_item,
    skus,
)
from tests.solver.market import Market

SHELF = a_store(site_id="SHELF", place=a_place(3), counter_places=0)
"""A third site, between the depot and the customer at crossing 4."""
CAT_FOOD = (
    a_sku("FREEZE", attributes={"line": "freeze_dried"}),
    a_sku("STAPLE", attributes={"line": "staple"}),
    a_sku("PILLS", attributes={"line": "supplement"}),
    a_sku("TUNA", attributes={"line": "staple"}),
)
LOAD = a_sku().load(1)


def a_basket(*goods: tuple[str, int], item_id: str = "i-cat", **changes: Any) -> ServiceItem:
    """A delivery to crossing 4; every SKU here is as heavy as the next."""
    demand_ids = tuple(f"{item_id}:{sku_id}:{quantity}" for sku_id, quantity in goods)
    load = LOAD.times(sum(quantity for _, quantity in goods))
    return an_item(item_id, goods=(), load=load, **{"demand_ids": demand_ids, **changes})


def a_market(*stock: tuple[str, str, int], catalogue: dict[str, Any] | None = None, **policy: Any) -> Market:
    """Three sites with only that stock, and a policy that splits by `line` into three parcels at most."""
    world = a_service_catalogue()
    rules = {"max_split": 3, "split_by": "line", **policy}
    fields = {
        "skus": (*skus(), *CAT_FOOD),
        "sites": (a_store(), a_depot(), SHELF),
        "policy": world.policy.model_copy(update=rules),
    }
    rows = tuple(StockRow(site_id=site, sku_id=sku, on_hand=pieces) for site, sku, pieces in stock)
    opened = a_problem(catalogue=a_service_catalogue(**{**fields, **(catalogue or {})}), stock=rows)
    return Market.opened(opened)


SCATTERED = (("STORE", "FREEZE", 5), ("DEPOT", "STAPLE", 5), ("SHELF", "PILLS", 5))
BASKET = (("FREEZE", 1), ("STAPLE", 1), ("PILLS", 2))


def splitter(market: Market, contract: Contract) -> Splitter:
    return Splitter(contract, market.board.instance, market.board._availability)


def parts_of(contract: Contract) -> list[dict[str, int]]:
    """Pieces by SKU of each part."""
    return [
        {demand.sku_id: demand.quantity for demand in contract.demands_of(item)}
        for item in contract.items
        if item.split_of
    ]


def splits(market: Market, *items: ServiceItem, **links: Any) -> list[list[dict[str, int]]]:
    contract = a_contract("C-1", items, **links)
    return [parts_of(each) for each in splitter(market, contract).splits([item.item_id for item in items])]


def cheapest(options: tuple[SlaOption, ...]) -> SlaOption:
    return min(options, key=lambda option: option.cost.total)


# -- when


def test_a_basket_that_no_site_holds_is_offered_in_parts_from_sites_that_do() -> None:
    market = a_market(*SCATTERED)
    contract = market.take(a_contract("C-1", [a_basket(*BASKET)]))
    assert [item.item_id for item in contract.items] == ["i-cat.p1", "i-cat.p2", "i-cat.p3"]
    assert {item.split_of for item in contract.items} == {"i-cat"}
    assert sorted(each.site_id or "" for each in market.board.plan().assignments) == ["DEPOT", "SHELF", "STORE"]


def test_each_part_is_as_heavy_as_its_own_goods() -> None:
    market = a_market(*SCATTERED)
    contract = market.take(a_contract("C-1", [a_basket(*BASKET)]))
    assert sorted(item.load.weight_g for item in contract.items) == [500, 500, 1000]


def test_each_part_takes_as_long_at_the_door_as_its_own_pieces() -> None:
    market = a_market(*SCATTERED, customer_handover_per_root_piece=timedelta(seconds=10))
    basket = a_basket(("FREEZE", 1), ("PILLS", 3), service_duration=timedelta(seconds=80))
    (split, *_) = splitter(market, a_contract("C-1", [basket])).splits(["i-cat"])
    assert [item.service_duration for item in split.items] == [
        timedelta(seconds=70),
        timedelta(seconds=60) + 3**0.5 * timedelta(seconds=10),
    ]


def test_what_a_site_holds_stays_whole() -> None:
    market = a_market(*SCATTERED, ("STORE", "STAPLE", 1), ("STORE", "PILLS", 2))
    quote = market.quote(a_contract("C-1", [a_basket(*BASKET)]))
    assert quote.options
    assert all(option.parts == () for option in quote.options)


def test_what_one_site_can_bring_too_late_comes_from_two_in_time() -> None:
    """The depot has everything and lets no rider come as far as that."""
    far = a_depot(radius_m={ResourceKind.RIDER: 10})
    stock = (*SCATTERED, ("DEPOT", "FREEZE", 5), ("DEPOT", "PILLS", 5), ("STORE", "STAPLE", 5), ("SHELF", "STAPLE", 5))
    market = a_market(*stock, catalogue={"sites": (a_store(), far, SHELF)})
    basket = a_basket(*BASKET, sla=SlaTerm(service_level_id="hour"))
    options = market.quote(a_contract("C-1", [basket])).options
    in_time = [option for option in options if option.meets_wish]
    assert in_time
    assert all(option.parts for option in in_time)
    assert any(not option.parts for option in options)


def test_where_the_policy_does_not_split_the_basket_is_refused() -> None:
    market = a_market(*SCATTERED, max_split=1)
    quote = market.quote(a_contract("C-1", [a_basket(*BASKET)]))
    assert quote.options == ()
    assert {reason.code for refusal in quote.refusals for reason in refusal.reasons} >= {ReasonCode.NO_STOCK}


def test_what_is_agreed_is_not_parted_any_more() -> None:
    market = a_market(*SCATTERED)
    lost = a_contract("C-1", [a_basket(*BASKET)], status=ContractStatus.ACTIVE)
    assert splitter(market, lost).scattered() == ()
    assert splitter(market, lost).splits(["i-cat"]) == ()


# -- how


def test_goods_are_parted_by_the_attribute_that_the_policy_names() -> None:
    stock = [("STORE", sku.sku_id, 5) for sku in CAT_FOOD]
    by_line, *_ = splits(a_market(*stock), a_basket(*BASKET, ("TUNA", 1)))
    assert by_line == [{"FREEZE": 1}, {"STAPLE": 1, "TUNA": 1}, {"PILLS": 2}]


def test_goods_are_parted_over_as_few_sites_as_hold_them() -> None:
    market = a_market(*SCATTERED, ("SHELF", "FREEZE", 5), split_by=None)
    assert splits(market, a_basket(*BASKET))[0] == [{"FREEZE": 1, "PILLS": 2}, {"STAPLE": 1}]


def test_goods_of_one_attribute_that_no_site_holds_are_parted_further() -> None:
    market = a_market(*SCATTERED, ("SHELF", "TUNA", 5))
    found = splits(market, a_basket(("STAPLE", 1), ("TUNA", 1), ("FREEZE", 1)))
    assert found == [[{"STAPLE": 1}, {"TUNA": 1}, {"FREEZE": 1}]]


def test_more_groups_than_parcels_are_parted_by_site() -> None:
    market = a_market(*SCATTERED, ("SHELF", "FREEZE", 5), max_split=2)
    assert splits(market, a_basket(*BASKET)) == [[{"FREEZE": 1, "PILLS": 2}, {"STAPLE": 1}]]


def test_two_lines_of_one_sku_count_against_one_stock() -> None:
    market = a_market(("STORE", "STAPLE", 3), ("DEPOT", "STAPLE", 3), ("SHELF", "PILLS", 1))
    basket = a_basket(("STAPLE", 2), ("STAPLE", 3), ("PILLS", 1))
    assert splits(market, basket)[0] == [{"STAPLE": 2}, {"STAPLE": 3}, {"PILLS": 1}]


def test_parcels_of_the_same_order_count_as_well() -> None:
    market = a_market(*SCATTERED, ("STORE", "RICE", 1))
    rice = an_item("i-rice")
    assert splits(market, a_basket(*BASKET), rice) == []
    assert len(splits(a_market(*SCATTERED, max_split=4), a_basket(*BASKET), rice)) > 0


def test_two_baskets_of_one_order_share_its_parcels() -> None:
    market = a_market(*SCATTERED, max_split=4)
    one, two = a_basket(("FREEZE", 1), ("PILLS", 1)), a_basket(("FREEZE", 2), ("STAPLE", 1), item_id="i-dog")
    assert splits(market, one, two) == [[{"FREEZE": 1}, {"PILLS": 1}, {"FREEZE": 2}, {"STAPLE": 1}]]
    market = a_market(*SCATTERED, max_split=3)
    assert splits(market, one, two) == [[{"FREEZE": 1}, {"PILLS": 1}]]


def test_pieces_of_a_line_come_from_several_sites_by_leave_of_the_policy() -> None:
    stock = (("STORE", "STAPLE", 3), ("DEPOT", "STAPLE", 2))
    assert splits(a_market(*stock), a_basket(("STAPLE", 5))) == []
    market = a_market(*stock, divide_lines=True)
    contract = market.take(a_contract("C-1", [a_basket(("STAPLE", 5))]))
    assert sorted(item.quantities["i-cat:STAPLE:5"] for item in contract.items) == [2, 3]
    assert contract.demands[0].quantity == 5


def test_ids_of_parts_are_new_and_never_too_long() -> None:
    market = a_market(*SCATTERED, max_split=5)
    name = "i" * 64
    basket = a_basket(("FREEZE", 1), ("PILLS", 1))
    taken = an_item("i-cat.p1", goods=(), kind=ServiceItemKind.DIGITAL)
    (split, *_) = splitter(market, a_contract("C-1", [basket, taken])).splits(["i-cat"])
    assert [item.item_id for item in split.items] == ["i-cat.p2", "i-cat.p3", "i-cat.p1"]
    demands = a_contract("C-1", [basket]).demands
    long = a_contract("C-1", [basket.model_copy(update={"item_id": name})], demands=demands)
    (split, *_) = splitter(market, long).splits([name])
    assert len({item.item_id for item in split.items}) == 2
    assert {len(item.item_id) for item in split.items} == {63}


# -- why not


def test_lines_that_nobody_has_are_counted_and_one_is_named() -> None:
    market = a_market(("STORE", "FREEZE", 5), ("DEPOT", "STAPLE", 5))
    quote = market.quote(a_contract("C-1", [a_basket(*BASKET)]))
    assert quote.options == ()
    (reason,) = next(refusal.reasons for refusal in quote.refusals if refusal.mode is None)
    assert (reason.code, reason.count, reason.total, reason.example_id) == (ReasonCode.NO_STOCK, 1, 3, "PILLS")


def test_what_would_take_too_many_parcels_says_what_is_left_over() -> None:
    market = a_market(*SCATTERED, max_split=2)
    quote = market.quote(a_contract("C-1", [a_basket(*BASKET)]))
    assert quote.options == ()
    (reason,) = next(refusal.reasons for refusal in quote.refusals if refusal.mode is None)
    assert (reason.code, reason.count, reason.total) == (ReasonCode.SPLIT_LIMIT, 1, 3)


def test_each_part_that_cannot_come_says_why() -> None:
    """All goods are there, and one of the sites sends nothing."""
    closed = SHELF.model_copy(update={"pickers": 0})
    market = a_market(*SCATTERED, catalogue={"sites": (a_store(), a_depot(), closed)})
    quote = market.quote(a_contract("C-1", [a_basket(*BASKET)]))
    assert quote.options == ()
    pills = [refusal for refusal in quote.refusals if refusal.item_id == "i-cat.p3"]
    assert {ReasonCode.PICKING_FULL, ReasonCode.NO_STOCK} <= {each.code for one in pills for each in one.reasons}


# -- together


def test_one_vehicle_fetches_the_parts_and_hands_them_over_at_one_stop() -> None:
    market = a_market(*SCATTERED)
    contract = a_contract("C-1", [a_basket(*BASKET)])
    options = market.quote(contract).options
    together = next(option for option in options if Archetype.CONSOLIDATED in option.archetypes)
    assert together.num_stops < len(together.promises)
    accepted = market.take(contract, together)
    (group, *_) = accepted.same_visits
    on_it = [each for each in market.board.plan().assignments if each.item_id in group.item_ids]
    assert len({each.resource_id for each in on_it}) == 1
    assert len({each.site_id for each in on_it}) == len(on_it) > 1


def test_a_split_that_is_agreed_is_held_replanned_and_given_back_like_anything_else() -> None:
    market = a_market(*SCATTERED)
    market.take(a_contract("C-1", [a_basket(*BASKET)]))
    market.take(a_contract("C-2", [a_basket(*BASKET, place=a_place(5))]))
    plan = replan(market.snapshot(), seed=1, iterations=50)
    market.adopt(plan)
    market.leave("C-1")
    market.leave("C-2")
    assert market.board.plan() == Plan(routes=market.board.plan().routes)
    assert market.board._availability.pieces("SHELF", "PILLS") == 5


# -- what hangs on it

NIGHT = timedelta(hours=8)
VISIT = ServiceItemKind.TECHNICIAN_VISIT


def links(contract: Contract) -> set[tuple[str, str]]:
    return {(link.before_item_id, link.after_item_id) for link in contract.precedences}


def split_with(*services: ServiceItem, **more: Any) -> Contract:
    """The basket in three parts, with what comes with it."""
    contract = a_contract("C-1", [a_basket(*BASKET), *services], **more)
    market = a_market(*SCATTERED)
    return splitter(market, contract).splits(["i-cat"])[0]


def test_a_service_waits_for_the_part_that_has_its_goods() -> None:
    fitting = a_service("i-fit", VISIT, for_demand_ids=("i-cat:STAPLE:1",))
    lag = Precedence(before_item_id="i-cat", after_item_id="i-fit", lag=NIGHT)
    split = split_with(fitting, precedences=(lag,))
    assert split.precedences == (Precedence(before_item_id="i-cat.p2", after_item_id="i-fit", lag=NIGHT),)


def test_what_names_no_goods_waits_for_every_part() -> None:
    split = split_with(
        a_service("i-fit", VISIT),
        a_service("i-ring", VISIT),
        precedences=(
            Precedence(before_item_id="i-cat", after_item_id="i-fit", lag=NIGHT),
            Precedence(before_item_id="i-ring", after_item_id="i-cat", lag=NIGHT),
        ),
    )
    parts = [f"i-cat.p{n}" for n in (1, 2, 3)]
    assert links(split) == {*((part, "i-fit") for part in parts), *(("i-ring", part) for part in parts)}


def test_what_is_collected_goes_with_the_part_that_has_its_goods() -> None:
    old = [
        a_service(f"i-old-{n}", ServiceItemKind.COLLECTION, for_demand_ids=(f"i-cat:{sku}:1",))
        for n, sku in enumerate(("STAPLE", "FREEZE", "STAPLE"))
    ]
    visit = SameVisit(item_ids=("i-cat", *(item.item_id for item in old)))
    split = split_with(*old, same_visits=(visit,))
    assert [group.item_ids for group in split.same_visits] == [
        ("i-cat.p2", "i-old-0", "i-old-2"),
        ("i-cat.p1", "i-old-1"),
    ]


def test_two_baskets_that_come_together_come_together_in_parts() -> None:
    contract = a_contract(
        "C-1",
        [a_basket(("FREEZE", 1), ("PILLS", 1)), an_item("i-rice")],
        same_visits=(SameVisit(item_ids=("i-cat", "i-rice")),),
    )
    split = splitter(a_market(*SCATTERED), contract).splits(["i-cat"])[0]
    assert [group.item_ids for group in split.same_visits] == [("i-cat.p1", "i-cat.p2", "i-rice")]


def test_who_starts_with_goods_starts_with_the_part_that_has_them() -> None:
    basket = a_basket(("FREEZE", 1), ("PILLS", 1))
    fitter = a_service("i-fit", ServiceItemKind.TECHNICIAN_VISIT, for_demand_ids=("i-cat:PILLS:1",))
    together = SameStart(item_ids=("i-cat", "i-fit"))
    contract = a_contract("C-1", [basket, fitter], same_starts=(together,))
    split = splitter(a_market(*SCATTERED), contract).splits(["i-cat"])[0]
    with_pills = next(item.item_id for item in split.items if item.demand_ids == ("i-cat:PILLS:1",))
    assert split.same_starts == (SameStart(item_ids=(with_pills, "i-fit")),)


def test_the_bound_of_a_part_is_that_of_its_own_goods() -> None:
    bound = timedelta(minutes=40)
    goods = tuple(sku.model_copy(update={"max_on_board": bound} if sku.sku_id == "PILLS" else {}) for sku in CAT_FOOD)
    market = a_market(*SCATTERED, catalogue={"skus": (*skus(), *goods)})
    contract = a_contract("C-1", [a_basket(("FREEZE", 1), ("PILLS", 1), max_on_board=bound)])
    split = splitter(market, contract).splits(["i-cat"])[0]
    bounds = {item.demand_ids: item.max_on_board for item in split.items}
    assert bounds == {("i-cat:PILLS:1",): bound, ("i-cat:FREEZE:1",): None}


def test_the_classes_of_a_part_are_those_of_its_own_goods() -> None:
    classes = {"PILLS": "drugs", "FREEZE": "food"}
    goods = tuple(sku.model_copy(update={"goods_class": classes.get(sku.sku_id)}) for sku in CAT_FOOD)
    market = a_market(*SCATTERED, catalogue={"skus": (*skus(), *goods)})
    contract = a_contract("C-1", [a_basket(("FREEZE", 1), ("PILLS", 1), goods_classes=("drugs", "food"))])
    split = splitter(market, contract).splits(["i-cat"])[0]
    found = {item.demand_ids: item.goods_classes for item in split.items}
    assert found == {("i-cat:PILLS:1",): ("drugs",), ("i-cat:FREEZE:1",): ("food",)}


def test_parts_are_agreed_once() -> None:
    market = a_market(*SCATTERED)
    contract = a_contract("C-1", [a_basket(*BASKET)])
    option = cheapest(market.quote(contract).options)
    once = agreed(contract, option)
    assert agreed(once, option) == once
    assert with_parts(contract, ()) is contract


def test_a_part_is_read_back_as_it_was_written() -> None:
    market = a_market(*SCATTERED)
    contract = agreed(
        a_contract("C-1", [a_basket(*BASKET)]), cheapest(market.quote(a_contract("C-1", [a_basket(*BASKET)])).options)
    )
    assert Contract.model_validate_json(contract.model_dump_json()) == contract
