"""Which sites the goods of an item could come from, or go to."""

from collections.abc import Iterator

from models.contract import ServiceItem
from models.plan import ReasonCode
from models.resource import ResourceKind, Site
from solver.alternatives.alternative import Source, Window
from solver.alternatives.look import Look
from solver.alternatives.tally import Tally
from solver.instance import MIDNIGHT
from solver.kernels.arrays import NEVER

MAX_SOURCES = 4
"""Sites tried for a routed item: the nearest that have what it needs."""

_FETCHING = (ResourceKind.RIDER, ResourceKind.VAN)
"""Who comes to the site: it has to be open once more when the goods are picked."""


def sources(look: Look, tally: Tally, *, kind: ResourceKind | None) -> Iterator[tuple[Site, Source]]:
    """Sites that have the goods, nearest first, within the radius that they deliver in.

    Parameters
    ----------
    kind
        Who brings the goods; None if they are fetched at a counter.
    """
    instance = look.inquiry.instance
    tally.total = len(instance.catalogue.sites)
    tally.reasons.update(look.facts.site_reasons)
    for distance_m, site in look.facts.sites:
        if kind is not None and distance_m > _reach_m(site, kind, look.item):
            tally.rule_out(site.site_id, ReasonCode.OUT_OF_RADIUS)
        elif kind is None and not site.counter_places:
            tally.rule_out(site.site_id, ReasonCode.NO_COUNTER)
        elif isinstance(source := _source(look, site), ReasonCode):
            tally.rule_out(site.site_id, source)
        elif kind in _FETCHING and instance.opening_span(site.site_id, source.ready_s) is None:
            tally.rule_out(site.site_id, ReasonCode.SITE_CLOSED)
        else:
            yield site, source


def taking_in(look: Look, site: Site, window: Window, *, tally: Tally) -> Source | None:
    """A site that takes in what is collected in a window, on the day on which it is open next."""
    instance = look.inquiry.instance
    tally.total = len(instance.catalogue.sites)
    day = instance.day_at_site(site.site_id, window[0])
    if day is None:
        tally.rule_out(site.site_id, ReasonCode.SITE_CLOSED)
        return None
    use = look.inquiry.availability.returned(site, instance.local_instant(day, MIDNIGHT))
    if use is None:
        tally.rule_out(site.site_id, ReasonCode.RETURNS_FULL)
        return None
    return Source(site, window[0], (use,))


def _reach_m(site: Site, kind: ResourceKind, item: ServiceItem) -> int:
    """How far a site delivers an item by a kind of resource."""
    radius_m = site.radius_m.get(kind)
    return NEVER if radius_m is None else radius_m + item.constraint.extra_radius_m


def _source(look: Look, site: Site) -> Source | ReasonCode:
    """Asked once a look, whatever the level and mode."""
    if site.site_id not in look.sources:
        look.sources[site.site_id] = _find_source(look, site)
    return look.sources[site.site_id]


def _find_source(look: Look, site: Site) -> Source | ReasonCode:
    inquiry, kept = look.inquiry, look.kept
    if not inquiry.availability.has_stock(site.site_id, look.facts.demands):
        return ReasonCode.NO_STOCK
    if kept is not None and kept.site == site:
        return kept
    # In a plan of many contracts some ask later than the moment that it can be changed from.
    from_s = max(inquiry.now_s, inquiry.asked_s)
    picked = inquiry.availability.picking(site, len(look.item.demand_ids), from_s=from_s)
    if picked is not None:
        return Source(site, *picked)
    closed = inquiry.instance.opening_span(site.site_id, inquiry.now_s) is None
    return ReasonCode.SITE_CLOSED if closed else ReasonCode.PICKING_FULL
