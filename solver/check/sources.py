"""R3: the site the goods come from has them, may send them and reaches that far. Without goods there is no site."""

from collections import defaultdict
from collections.abc import Iterator

from models.plan import Violation
from models.promise import Mode
from solver.check.case import Case, Placed
from solver.check.codes import ViolationCode, violation
from solver.check.ways import crow_distance_m

MODES_WITHOUT_SITE = (Mode.TECHNICIAN, Mode.REMOTE, Mode.DIGITAL)


def sites_exist(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        if placed.site is None and placed.assignment.mode not in MODES_WITHOUT_SITE:
            yield violation(
                ViolationCode.SITE_UNKNOWN,
                placed.path,
                f"site ({placed.assignment.site_id}) must be one of the {len(case.problem.catalogue.sites)} "
                "of the catalogue",
            )


def sites_are_there_for_goods(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        mode, site_id = placed.assignment.mode, placed.assignment.site_id
        if mode in MODES_WITHOUT_SITE and site_id is not None:
            yield violation(ViolationCode.SITE_UNEXPECTED, placed.path, f"site ({site_id}) of a {mode} must be none")


def sites_are_allowed(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        allowed, site_id = placed.item.constraint.allowed_site_ids, placed.assignment.site_id
        if allowed and site_id is not None and site_id not in allowed:
            yield violation(
                ViolationCode.SITE_NOT_ALLOWED,
                placed.path,
                f"site ({site_id}) must be one of those allowed ({', '.join(allowed)})",
            )


def skus_exist(case: Case) -> Iterator[Violation]:
    skus = case.problem.catalogue.sku_by_id
    for placed in case.placed:
        for demand in placed.demands:
            if demand.sku_id not in skus:
                yield violation(
                    ViolationCode.SKU_UNKNOWN,
                    placed.path,
                    f"SKU ({demand.sku_id}) must be one of the {len(skus)} of the catalogue",
                )


def sites_have_the_zone(case: Case) -> Iterator[Violation]:
    for placed, sku, _ in case.goods:
        if placed.site and sku.temperature not in placed.site.temperatures:
            yield violation(
                ViolationCode.SITE_WITHOUT_ZONE,
                placed.path,
                f"temperature of {sku.sku_id} ({sku.temperature}) must be a zone of {placed.site.site_id} "
                f"({', '.join(placed.site.temperatures)})",
            )


def stock_is_enough(case: Case) -> Iterator[Violation]:
    taken: defaultdict[tuple[str | None, str], int] = defaultdict(int)
    for placed, sku, quantity in case.goods:
        if not case.asked_by_key[placed.key].is_at_risk:  # else it is known that the goods may be missing
            taken[placed.assignment.site_id, sku.sku_id] += quantity
    on_hand = dict.fromkeys(taken, 0)
    # A world has tens of thousands of rows: one quick test drops most of them.
    sku_ids = {sku_id for _, sku_id in taken}
    for row in [row for row in case.problem.stock if row.sku_id in sku_ids]:
        if (row.site_id, row.sku_id) in on_hand:
            on_hand[row.site_id, row.sku_id] = row.on_hand
    for (site_id, sku_id), quantity in taken.items():
        if quantity > on_hand[site_id, sku_id]:
            yield violation(
                ViolationCode.STOCK_EXCEEDED,
                f"stock[{site_id}/{sku_id}]",
                f"pieces taken ({quantity}) must be <= on hand ({on_hand[site_id, sku_id]})",
            )


def places_are_within_the_radius(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        radius_m = None if placed.is_collection else _radius_m(placed)
        if placed.site is None or radius_m is None:
            continue
        distance_m = crow_distance_m(placed.site.place, placed.item.place)
        if distance_m > radius_m:
            yield violation(
                ViolationCode.OUT_OF_RADIUS,
                placed.path,
                f"distance from {placed.site.site_id} ({distance_m:.1f} m) must be <= its radius for "
                f"{placed.assignment.mode} ({radius_m} m)",
            )


def _radius_m(placed: Placed) -> int | None:
    if placed.site is None or placed.resource is None:
        return None
    radius_m = placed.site.radius_m.get(placed.resource.kind)
    return None if radius_m is None else radius_m + placed.item.constraint.extra_radius_m


RULES = (
    sites_exist,
    sites_are_there_for_goods,
    sites_are_allowed,
    skus_exist,
    sites_have_the_zone,
    stock_is_enough,
    places_are_within_the_radius,
)
