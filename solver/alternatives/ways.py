"""Which service levels and modes an item could be done by."""

from collections.abc import Collection, Iterator

from models.contract import GOODS_KINDS, ServiceItemKind
from models.policy import ServiceLevel
from models.promise import Mode
from solver.alternatives.look import Look

KINDS_BY_MODE = {
    Mode.RIDER: {ServiceItemKind.DELIVERY, ServiceItemKind.COLLECTION},
    Mode.VAN: {ServiceItemKind.DELIVERY, ServiceItemKind.COLLECTION},
    Mode.CARRIER: {ServiceItemKind.DELIVERY},
    Mode.PICKUP: {ServiceItemKind.STORE_PICKUP},
    Mode.TECHNICIAN: {ServiceItemKind.TECHNICIAN_VISIT},
    Mode.REMOTE: {ServiceItemKind.REMOTE_SESSION},
    Mode.DIGITAL: {ServiceItemKind.DIGITAL},
}
"""What each mode can do."""

TRAVELLING = (Mode.RIDER, Mode.VAN, Mode.TECHNICIAN)
"""Modes of which somebody comes: only then can items start together."""


def ways(look: Look) -> Iterator[tuple[ServiceLevel, Mode]]:
    """Levels and modes that could be asked about: goods have many, a service has its own."""
    item, wanted = look.item, look.wanted
    kinds = {item.kind, *item.also}
    asked = GOODS_KINDS if kinds & GOODS_KINDS else kinds
    promise = wanted.promise
    kind = None if wanted.vehicle_idx is None else look.inquiry.instance.vehicles[wanted.vehicle_idx].kind.value
    for level in _levels(look, asked):
        for mode in level.modes:
            if promise is not None and (promise.service_level_id, promise.mode) != (level.service_level_id, mode):
                continue
            if kind in (None, mode.value) and KINDS_BY_MODE[mode] & asked:
                yield level, mode


def may_be_done_by(mode: Mode, look: Look) -> bool:
    """Whether the customer wants the item done so."""
    item = look.item
    return mode not in look.inquiry.wish.unwanted_modes and bool(KINDS_BY_MODE[mode] & {item.kind, *item.also})


def _levels(look: Look, asked: Collection[ServiceItemKind]) -> tuple[ServiceLevel, ...]:
    """The level that is wished for, if it can do such items; else every level."""
    inquiry = look.inquiry
    own = look.item.sla.service_level_id if inquiry.only_wished else None
    wished = inquiry.policy.service_level(own or inquiry.wish.service_level_id or "")
    if wished is not None and any(KINDS_BY_MODE[mode] & set(asked) for mode in wished.modes):
        return (wished,)
    return inquiry.policy.service_levels
