"""Changes of demand: what happens to the orders of a morning.

Every draw belongs to an order and to the position of its change, so the same seed gives the same
customers in base and scenario, and who is there with a small factor is there with a larger one.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from random import Random

from models.issues import InputError
from models.order import Channel, Identity, Order, OrderLine
from models.place import Place
from models.scenario import MultiplyDemand, OrdersWhere, Promotion, ShiftDemand
from models.timing import TimeWindow
from scenarios.whatif.changing import Contradiction, DemandStep, Variant, check_known, contradicts, lies_in, unknown
from scenarios.world import World

_SOONER_OR_LATER = timedelta(minutes=30)
_STREETS_AWAY_M = 150
_DEPOSITS_WITHIN = timedelta(minutes=10)
_MOST_ID = 58
"""Of an order's id, so that there is room for a number behind it."""


def multiply_demand(variant: Variant, change: MultiplyDemand, position: int) -> Variant:
    return _with(variant, lambda seed: partial(_multiplied, change, change.factor, variant.world, f"{seed}/{position}"))


def shift_demand(variant: Variant, change: ShiftDemand, position: int) -> Variant:
    return _with(variant, lambda seed: partial(_shifted, change, variant.world, f"{seed}/{position}"))


def promotion(variant: Variant, change: Promotion, position: int) -> Variant:
    known = variant.catalogue.sku_by_id
    check_known("sku_ids", change.sku_ids, what="SKU", known=known)
    if change.gift_sku_id is not None and change.gift_sku_id not in known:
        raise Contradiction(unknown("gift_sku_id", what="SKU", value=change.gift_sku_id, known=known))
    if change.deposit_time is not None and change.balance_time is not None:
        _check_in_horizon(change.deposit_time, "deposit_time", variant.world)
        _check_in_horizon(change.balance_time, "balance_time", variant.world)
    return _with(variant, lambda seed: partial(_promoted, change, variant.world, f"{seed}/{position}"))


def _with(variant: Variant, step: Callable[[int], DemandStep]) -> Variant:
    return replace(variant, demand=(*variant.demand, step))


def _check_in_horizon(clock: time, field: str, world: World) -> None:
    instant, horizon = _instant(clock, world), world.horizon
    if not horizon.start <= instant < horizon.end:
        message = f"{field} ({instant.isoformat()}) must be in [{horizon.start.isoformat()}, {horizon.end.isoformat()})"
        raise Contradiction(contradicts(field, message=message, hint="choose a time of the day that is planned"))


def _instant(clock: time, world: World) -> datetime:
    return datetime.combine(world.horizon.start.astimezone(world.catalogue.zone), clock, world.catalogue.zone)


def is_meant(order: Order, where: OrdersWhere, world: World) -> bool:
    """Whether a change is about an order."""
    clock = order.placed_time.astimezone(world.catalogue.zone).time()
    return (
        (not where.channels or order.channel in where.channels)
        and (where.from_time is None or clock >= where.from_time)
        and (where.until_time is None or clock < where.until_time)
        and lies_in(where.area, order.place)
    )


def _multiplied(
    where: OrdersWhere, factor: float, world: World, key: str, orders: Sequence[Order]
) -> tuple[Order, ...]:
    def times(order: Order) -> Iterator[Order]:
        draw = _random(key, order, "multiply").random()
        number = math.floor(factor) + (draw < factor - math.floor(factor))
        yield from (_another(order, n, world, key) if n else order for n in range(number))

    return tuple(each for order in orders for each in (times(order) if is_meant(order, where, world) else (order,)))


def _another(order: Order, number: int, world: World, key: str) -> Order:
    """The same basket for somebody else, some streets away, half an hour sooner or later."""
    random = _random(key, order, f"another {number}")
    by = timedelta(seconds=round(random.uniform(-1, 1) * _SOONER_OR_LATER.total_seconds()))
    new = _moved(order, by, world)
    order_id, identity = f"{order.order_id[:_MOST_ID]}+{number}", _somebody_else(order.identity, number)
    place = _nearby(order.place, world, random)
    return new.model_copy(update={"order_id": order_id, "identity": identity, "place": place})


def _somebody_else(identity: Identity, number: int) -> Identity:
    """Keys that are nobody's yet; customers who order twice still do."""

    def other(value: str | None) -> str | None:
        return None if value is None else f"{value[:120]}+{number}"

    open_ids: dict[Channel, str] = {channel: f"{each[:120]}+{number}" for channel, each in identity.open_ids.items()}
    return Identity(member_id=other(identity.member_id), phone=other(identity.phone), open_ids=open_ids)


def _nearby(place: Place, world: World, random: Random) -> Place:
    """A door some streets away; the same one, if no street is there."""
    metres, angle = random.uniform(30, _STREETS_AWAY_M), random.uniform(0, 2 * math.pi)
    lat = place.lat + metres * math.sin(angle) / 111_195
    lon = place.lon + metres * math.cos(angle) / (111_195 * max(0.01, math.cos(math.radians(place.lat))))
    found = place.model_copy(update={"lat": round(lat, 6), "lon": round(lon, 6)})
    try:
        world.snap(found)
    except InputError:
        return place
    return found


def _moved(order: Order, by: timedelta, world: World) -> Order:
    """Placed at another time, its windows moved along; not out of the horizon."""
    first, last = world.horizon.start, world.horizon.end - timedelta(seconds=1)
    by = max(first, min(last, order.placed_time + by)) - order.placed_time
    windows = tuple(TimeWindow(earliest=each.earliest + by, latest=each.latest + by) for each in order.windows)
    return order.model_copy(update={"placed_time": order.placed_time + by, "windows": windows})


def _shifted(change: ShiftDemand, world: World, key: str, orders: Sequence[Order]) -> tuple[Order, ...]:
    def shifted(order: Order) -> Order:
        if not is_meant(order, change, world) or _random(key, order, "shift").random() >= change.share:
            return order
        moved = _moved(order, change.by, world)
        return moved.model_copy(update={"channel": change.to_channel or order.channel})

    return tuple(map(shifted, orders))


def _promoted(change: Promotion, world: World, key: str, orders: Sequence[Order]) -> tuple[Order, ...]:
    promoted = [order for order in orders if is_meant(order, change, world) and _sells(order, change.sku_ids)]
    ids = {order.order_id for order in promoted}
    others = [order for order in orders if order.order_id not in ids]
    more = _multiplied(OrdersWhere(), change.factor, world, key, promoted)
    with_gifts = [_with_gift(order, change) for order in more]
    return (*others, *_presold(with_gifts, change, world, key))


def _sells(order: Order, sku_ids: tuple[str, ...]) -> bool:
    return any(line.sku_id in sku_ids for line in order.lines)


def _with_gift(order: Order, change: Promotion) -> Order:
    if change.gift_sku_id is None:
        return order
    line = OrderLine(line_id=_free_line_id(order), sku_id=change.gift_sku_id, quantity=change.gift_quantity)
    return order.model_copy(update={"lines": (*order.lines, line)})


def _free_line_id(order: Order) -> str:
    taken, number = {line.line_id for line in order.lines}, 1
    while (found := f"gift-{number}") in taken:
        number += 1
    return found


def _presold(orders: Iterable[Order], change: Promotion, world: World, key: str) -> Iterator[Order]:
    """Known from the deposit on, delivered from the balance on; who does not pay it gets nothing."""
    if change.deposit_time is None or change.balance_time is None:
        yield from orders
        return
    deposit, balance = (_instant(each, world) for each in (change.deposit_time, change.balance_time))
    latest = min(balance + change.deliver_within, world.horizon.end)
    for order in orders:
        random = _random(key, order, "pre-sale")
        if random.random() < change.balance_paid:
            placed = deposit + timedelta(seconds=round(random.random() * _DEPOSITS_WITHIN.total_seconds()))
            windows = (TimeWindow(earliest=balance, latest=latest),)
            yield order.model_copy(update={"placed_time": placed, "windows": windows, "service_level_id": None})


def _random(key: str, order: Order, purpose: str) -> Random:
    return Random(f"{key}/{order.order_id}/{purpose}")
