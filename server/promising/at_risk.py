"""What can be promised anew to a customer whose items lost their place in the plan."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from models.contract import Contract, ServiceItem
from models.promise import Promise
from models.timing import EARLIEST_INSTANT, LATEST_INSTANT, TimeWindow

_END_OF_TIME = LATEST_INSTANT - timedelta(seconds=1)
_NEVER = TimeWindow(earliest=EARLIEST_INSTANT, latest=EARLIEST_INSTANT)


def at_risk_part(contract: Contract, item_ids: Collection[str], begun: Mapping[str, datetime]) -> Contract:
    """The lost items of a contract, to be promised again beside promises that stand.

    Each wishes for the service level that was promised. What has to come before or after an item that
    keeps its promise is limited to windows that leave it as it is.

    Parameters
    ----------
    begun
        When service starts at items that somebody has set out for: what comes behind one of them need not
        wait for the end of its promised window.
    """
    part = contract.part(item_ids)
    promises = {promise.item_id: promise for promise in contract.promises}
    latest = {promise.item_id: promise.window.latest for promise in contract.promises} | dict(begun)
    items = tuple(_beside(item, contract, item_ids, promises, latest) for item in part.items)
    return part.model_copy(update={"items": items, "promises": ()})


def _beside(
    item: ServiceItem,
    contract: Contract,
    lost: Collection[str],
    promises: Mapping[str, Promise],
    latest: Mapping[str, datetime],
) -> ServiceItem:
    low, high = EARLIEST_INSTANT, _END_OF_TIME
    for link in contract.precedences:
        if link.after_item_id == item.item_id and link.before_item_id not in lost:
            before = contract.item(link.before_item_id)
            low = max(low, latest[before.item_id] + before.service_duration + link.lag)
        if link.before_item_id == item.item_id and link.after_item_id not in lost:
            high = min(high, promises[link.after_item_id].window.earliest - item.service_duration - link.lag)
    windows = item.sla.windows if (low, high) == (EARLIEST_INSTANT, _END_OF_TIME) else _within(item, low, high)
    wish = promises[item.item_id].service_level_id
    sla = item.sla.model_copy(update={"windows": windows, "service_level_id": wish})
    return item.model_copy(update={"sla": sla})


def _within(item: ServiceItem, low: datetime, high: datetime) -> tuple[TimeWindow, ...]:
    """The item's limit between two instants; without any room, a window that nothing lies in."""
    limits = item.sla.windows or (TimeWindow(earliest=EARLIEST_INSTANT, latest=_END_OF_TIME),)
    cut = ((max(each.earliest, low), min(each.latest, high)) for each in limits)
    return tuple(TimeWindow(earliest=a, latest=b) for a, b in cut if a <= b) or (_NEVER,)
