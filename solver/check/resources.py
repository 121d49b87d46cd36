"""R8: the vehicle, technician, carrier or desk may do the item."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from models.plan import Violation
from models.resource import Carrier, Desk, ResourcePool
from solver.check.case import Case, Placed, Resource
from solver.check.codes import ViolationCode, violation


def skills_suffice(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        if not placed.item.constraint.skills or placed.resource is None:
            continue
        skills = () if isinstance(placed.resource, Carrier) else placed.resource.skills
        has = {each.skill: each.level for each in skills}
        for wanted in placed.item.constraint.skills:
            level = has.get(wanted.skill, 0)
            if level < wanted.level:
                yield violation(
                    ViolationCode.SKILL_MISSING,
                    placed.path,
                    f"{wanted.skill} of {placed.resource.resource_id} (level {level}) must be >= level {wanted.level}",
                )


def kinds_are_allowed(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        kinds, resource = placed.item.constraint.kinds, placed.resource
        if kinds and resource and resource.kind not in kinds:
            yield violation(
                ViolationCode.RESOURCE_KIND_NOT_ALLOWED,
                placed.path,
                f"kind of {resource.resource_id} ({resource.kind}) must be one of ({', '.join(kinds)})",
            )


def resources_are_allowed(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        allowed, resource = placed.item.constraint.allowed_ids, placed.resource
        if allowed and resource and resource.resource_id not in allowed:
            yield violation(
                ViolationCode.RESOURCE_NOT_ALLOWED,
                placed.path,
                f"resource ({resource.resource_id}) must be one of those allowed ({', '.join(allowed)})",
            )


def resources_are_not_excluded(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        excluded, resource = placed.item.constraint.excluded_ids, placed.resource
        if resource and resource.resource_id in excluded:
            yield violation(
                ViolationCode.RESOURCE_EXCLUDED,
                placed.path,
                f"resource ({resource.resource_id}) must be none of those excluded ({', '.join(excluded)})",
            )


def pools_are_shared(case: Case) -> Iterator[Violation]:
    pools_by_resource_id: defaultdict[str, list[ResourcePool]] = defaultdict(list)
    for pool in case.problem.catalogue.pools:
        for resource_id in pool.resource_ids:
            pools_by_resource_id[resource_id].append(pool)
    for placed in case.placed:
        pools = pools_by_resource_id.get(placed.resource.resource_id, []) if placed.resource else []
        channel = placed.item.channel
        if pools and not any(not pool.channels or channel in pool.channels for pool in pools):
            open_to = sorted({each for pool in pools for each in pool.channels})
            yield violation(
                ViolationCode.POOL_NOT_SHARED,
                placed.path,
                f"channel ({channel}) must be one that a pool of {placed.assignment.resource_id} is open to "
                f"({', '.join(open_to)})",
            )


def crews_are_large_enough(case: Case) -> Iterator[Violation]:
    crew_by_sku_id = {sku.sku_id: sku.crew for sku in case.problem.catalogue.skus}
    for placed in case.placed:
        if placed.resource is None:
            continue
        least, comes = _people_wanted(placed, crew_by_sku_id), _people(placed.resource)
        if comes < least:
            yield violation(
                ViolationCode.CREW_TOO_SMALL,
                placed.path,
                f"people of {placed.resource.resource_id} ({comes}) must be >= those whom it takes ({least})",
            )


def _people_wanted(placed: Placed, crew_by_sku_id: Mapping[str, int]) -> int:
    """By the item's constraint, and by the goods that it hands over."""
    demands = placed.demands if placed.hands_over_goods else ()
    return max([placed.item.constraint.crew, *(crew_by_sku_id.get(each.sku_id, 1) for each in demands)])


def _people(resource: Resource) -> int:
    return 1 if isinstance(resource, Carrier | Desk) else resource.crew_size


RULES = (
    skills_suffice,
    kinds_are_allowed,
    resources_are_allowed,
    resources_are_not_excluded,
    pools_are_shared,
    crews_are_large_enough,
)
