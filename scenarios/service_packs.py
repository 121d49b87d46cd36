"""The services that come with goods: a trade-in with the new phone, a technician after the screen.

Which services come with which goods is data: `Policy.service_packs`, by the category of the SKU.
Each line of an order whose goods have a pack gets one item for each entry of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from models.catalogue import Catalogue
from models.contract import Precedence, ResourceConstraint, ServiceItem, SlaTerm
from models.order import Method, Order, OrderLine
from models.place import Place
from models.policy import PackItem, Policy
from models.promise import SameStart, SameVisit


@dataclass(frozen=True)
class Services:
    """Items that come with the goods of one order, and how they hang on them."""

    items: tuple[ServiceItem, ...] = ()
    precedences: tuple[Precedence, ...] = ()
    same_visits: tuple[SameVisit, ...] = ()
    same_starts: tuple[SameStart, ...] = ()


def services_of(order: Order, goods: Sequence[ServiceItem], place: Place, *, catalogue: Catalogue) -> Services:
    """What the packs of the catalogue's policy add to an order.

    Collections that come with the delivery of the same goods are one stop, so they are one group
    however many they are; so are technicians who come at the very time of it. An order that is fetched
    at a store has no delivery, and goes without them.

    Parameters
    ----------
    goods
        The items that hand over the order's lines.
    place
        The order's, on the street network.
    """
    found = [
        _Found(line, pack_item, goods_item)
        for line in order.lines
        for goods_item in goods
        if _demand_id(order, line) in goods_item.demand_ids
        for pack_item in pack_items(catalogue.sku_by_id[line.sku_id].category, catalogue.policy)
        if not (_needs_delivery(pack_item) and order.method is Method.STORE_PICKUP)
    ]
    return Services(
        items=tuple(_item(order, each, place) for each in found),
        precedences=tuple(_precedences(order, found)),
        same_visits=tuple(_same_visits(order, found)),
        same_starts=tuple(_same_starts(order, found)),
    )


def pack_items(category: str, policy: Policy) -> tuple[PackItem, ...]:
    """What comes with goods of a category."""
    pack = policy.service_pack(category)
    return pack.items if pack else ()


@dataclass(frozen=True)
class _Found:
    line: OrderLine
    pack_item: PackItem
    goods: ServiceItem = field(repr=False)


def _demand_id(order: Order, line: OrderLine) -> str:
    return f"{order.order_id}.{line.line_id}"


def _item_id(order: Order, found: _Found) -> str:
    return f"{_demand_id(order, found.line)}.{found.pack_item.name}"


def _item(order: Order, found: _Found, place: Place) -> ServiceItem:
    each = found.pack_item
    return ServiceItem(
        item_id=_item_id(order, found),
        kind=each.kind,
        channel=order.channel,
        for_demand_ids=(_demand_id(order, found.line),),
        place=place,
        load=each.load.times(found.line.quantity),
        service_duration=each.service_duration,
        goods_classes=(each.goods_class,) if each.goods_class else (),
        constraint=ResourceConstraint(skills=each.skills, tools=each.tools, crew=each.crew),
        # The order's windows limit when goods are handed over, and with them what comes along.
        sla=SlaTerm(service_level_id=each.service_level_id, windows=order.windows if _needs_delivery(each) else ()),
    )


def _precedences(order: Order, found: Iterable[_Found]) -> Iterator[Precedence]:
    for each in found:
        if each.pack_item.after_delivery:
            yield Precedence(
                before_item_id=each.goods.item_id, after_item_id=_item_id(order, each), lag=each.pack_item.lag
            )


def _needs_delivery(pack_item: PackItem) -> bool:
    """Whether it comes with the delivery, or not at all."""
    return pack_item.with_delivery or pack_item.same_start


def _same_visits(order: Order, found: Iterable[_Found]) -> Iterator[SameVisit]:
    for item_ids in _with_their_goods(order, (each for each in found if each.pack_item.with_delivery)):
        yield SameVisit(item_ids=item_ids)


def _same_starts(order: Order, found: Iterable[_Found]) -> Iterator[SameStart]:
    for item_ids in _with_their_goods(order, (each for each in found if each.pack_item.same_start)):
        yield SameStart(item_ids=item_ids)


def _with_their_goods(order: Order, found: Iterable[_Found]) -> Iterator[tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for each in found:
        groups.setdefault(each.goods.item_id, []).append(_item_id(order, each))
    for goods_id, item_ids in groups.items():
        yield goods_id, *item_ids
