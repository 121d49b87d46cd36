"""An item's visits as the kernels want them."""

from datetime import timedelta

from models.contract import Contract, ServiceItem, ServiceItemKind
from models.plan import VisitKind
from models.resource import Site
from models.timing import seconds_of
from solver.alternatives.alternative import Source, Window
from solver.instance import Instance
from solver.kernels.arrays import NO_VISIT, Request
from solver.live_routes import RoutedWork, Stop

_VisitFields = tuple[int, int, int, int, int, int]
"""One half of a `Request`: node, place, earliest, latest, service and set-up."""


def routed_work(
    contract: Contract, item: ServiceItem, source: Source, *, window: Window, instance: Instance
) -> RoutedWork | None:
    """An item's visits as the kernels want them; None if its site does not open again."""
    key = (contract.contract_id, item.item_id)
    at_customer = _at_customer(item, window, instance)
    site = source.site
    if site is None:
        request = Request(NO_VISIT, 0, 0, 0, 0, 0, *at_customer, instance.load_of(item))
        return RoutedWork(key, request, (Stop(VisitKind.SERVICE, item.place, True),))
    from_s = max(source.ready_s, _least_pickup(item, window[0], seconds_of(site.handover_duration)))
    at_site = _at_site(site, item, instance, from_s=from_s)
    if at_site is None:
        return None
    if item.kind is ServiceItemKind.COLLECTION:
        first, then = at_customer, at_site
        stops = Stop(VisitKind.PICKUP, item.place, True), Stop(VisitKind.DELIVERY, site.place, False)
    else:
        first, then = at_site, at_customer
        stops = Stop(VisitKind.PICKUP, site.place, False), Stop(VisitKind.DELIVERY, item.place, True)
    request = Request(*first, *then, instance.load_of(item), apart=instance.apart_of(item))
    return RoutedWork(key, _in_time(request, item), stops)


def _at_customer(item: ServiceItem, window: Window, instance: Instance) -> _VisitFields:
    return (
        instance.node(item.place),
        instance.place_idx(item.place),
        *window,
        seconds_of(item.service_duration),
        instance.customer_setup_s(item.place),
    )


def _at_site(site: Site, item: ServiceItem, instance: Instance, *, from_s: int) -> _VisitFields | None:
    span = instance.opening_span(site.site_id, from_s)
    if span is None:
        return None
    opens_s, closes_s = max(from_s, span[0]), span[1]
    if item.kind is ServiceItemKind.COLLECTION:  # its place among the returns is one of that day
        closes_s = min(closes_s, instance.midnight_after_s(opens_s))
    return (
        instance.node(site.place),
        instance.place_idx(site.place),
        opens_s,
        closes_s - 1,
        seconds_of(site.handover_duration),
        seconds_of(site.setup_duration),
    )


def _least_pickup(item: ServiceItem, delivery_s: int, service_s: int) -> int:
    """When goods may come on board at the earliest, so that they need not wait there for the delivery's window."""
    return 0 if item.max_on_board is None else delivery_s - item.max_on_board // timedelta(seconds=1) - service_s


def _in_time(request: Request, item: ServiceItem) -> Request:
    """The request of goods that may be on board for so long only."""
    if item.max_on_board is None:
        return request
    least = _least_pickup(item, request.delivery_earliest, request.pickup_service)
    return request._replace(
        pickup_earliest=max(request.pickup_earliest, least), max_on_board=item.max_on_board // timedelta(seconds=1)
    )
