"""Changes of riders, vans and technicians."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from models.issues import issues_of
from models.resource import MobileResource, ResourceKind, ResourcePool, Rider, SkillLevel, Technician, Van
from models.scenario import AddResources, MobilesWhere, RemoveResources, Retrain, ShiftTimes
from models.timing import Interval, TimeWindow
from scenarios.whatif.changing import (
    LIST_BY_KIND,
    Contradiction,
    Variant,
    Wrong,
    check_known,
    contradicts,
    evenly,
    meant,
    there,
)

_Mobile = TypeVar("_Mobile", bound=MobileResource)


def add_resources(variant: Variant, change: AddResources) -> Variant:
    catalogue = variant.catalogue
    present = {each.resource_id: each for each in there(catalogue, change.kind)}
    check_known("like", change.like, what=f"{change.kind.lower()} at work", known=present)
    check_known("at_sites", change.at_sites, what="site", known=catalogue.site_by_id)
    ready = [each for each in present.values() if not each.on_call] or [*present.values()]
    if not ready:
        message = f"number of {LIST_BY_KIND[change.kind]} that new ones can be like (0) must be >= 1"
        raise Contradiction(contradicts("kind", message=message, hint="they can only be like somebody who is there"))
    models = [present[each] for each in change.like] or [ready[n] for n in evenly(change.count, len(ready))]
    taken = set(catalogue.resource_ids())
    added, pools = [], catalogue.pools
    for n in range(change.count):
        model = models[n % len(models)]
        new = _like(model, _free_id(model.resource_id, taken), n, change, variant)
        taken.add(new.resource_id)
        added.append(new)
        pools = tuple(_joined(pool, model.resource_id, new.resource_id) for pool in pools)
    key = LIST_BY_KIND[change.kind]
    return variant.with_catalogue(**{key: (*getattr(catalogue, key), *added), "pools": pools})


def _like(model: _Mobile, resource_id: str, n: int, change: AddResources, variant: Variant) -> _Mobile:
    update: dict[str, Any] = {"resource_id": resource_id, "name": f"{model.name} ({resource_id})"}
    if change.at_sites:
        place = variant.catalogue.site_by_id[change.at_sites[n % len(change.at_sites)]].place
        update |= {"start_place": place, "end_place": None if model.end_place is None else place}
    return model.model_copy(update=update)


def _free_id(model_id: str, taken: set[str]) -> str:
    number = 1
    while (found := f"{model_id[:58]}+{number}") in taken:
        number += 1
    return found


def _joined(pool: ResourcePool, model_id: str, new_id: str) -> ResourcePool:
    if model_id not in pool.resource_ids:
        return pool
    return pool.model_copy(update={"resource_ids": (*pool.resource_ids, new_id)})


def remove_resources(variant: Variant, change: RemoveResources) -> Variant:
    found = meant(change, variant.catalogue)
    count = len(found) if change.count is None else change.count
    if count > len(found):
        message = f"count ({count}) must be <= number of {LIST_BY_KIND[change.kind]} that are meant ({len(found)})"
        raise Contradiction(contradicts("count", message=message, hint="remove fewer, or mean more of them"))
    gone = {found[n].resource_id for n in evenly(count, len(found))}
    return variant.with_catalogue(unavailable_ids=variant.catalogue.unavailable_ids | gone)


def retrain(variant: Variant, change: Retrain) -> Variant:
    if change.tools and change.kind is not ResourceKind.TECHNICIAN:
        message = f"tools ({', '.join(change.tools)}) need kind TECHNICIAN, not {change.kind}"
        raise Contradiction(contradicts("tools", message=message, hint="remove the tools, or change the kind"))
    return _each(variant, change, lambda mobile: _trained(mobile, change))


def _trained(mobile: _Mobile, change: Retrain) -> _Mobile:
    levels = {each.skill: each.level for each in mobile.skills}
    for each in change.skills:
        levels[each.skill] = max(each.level, levels.get(each.skill, 0))
    skills = tuple(SkillLevel(skill=skill, level=level) for skill, level in levels.items())
    update: dict[str, Any] = {"skills": skills}
    if isinstance(mobile, Technician):
        update["tools"] = tuple(dict.fromkeys((*mobile.tools, *change.tools)))
    return mobile.model_copy(update=update)


def shift_times(variant: Variant, change: ShiftTimes) -> Variant:
    return _each(variant, change, lambda mobile: _shifted(mobile, change))


def _shifted(mobile: _Mobile, change: ShiftTimes) -> _Mobile:
    """A validated copy: a shift that ends before it starts, or before a break, is found here."""
    start, end = mobile.shift.start + change.start_by, mobile.shift.end + change.end_by
    if start >= end:
        message = f"start of the shift of {mobile.resource_id} ({_said(start)}) must be < its end ({_said(end)})"
        raise Contradiction(contradicts(message=message, hint="move its start or its end by less"))
    breaks = tuple(each.model_copy(update={"window": _moved(each.window, change.start_by)}) for each in mobile.breaks)
    fields = {name: getattr(mobile, name) for name in type(mobile).model_fields}
    try:
        return type(mobile)(**{**fields, "shift": Interval(start=start, end=end), "breaks": breaks})
    except ValidationError as error:
        found = (issue.model_copy(update={"path": ""}) for issue in issues_of(error))
        raise Contradiction(
            *(Wrong((), each.model_copy(update={"message": f"{mobile.resource_id}: {each.message}"})) for each in found)
        ) from error


def _said(instant: Any) -> str:
    return str(instant.isoformat(timespec="minutes"))


def _moved(window: TimeWindow, by: timedelta) -> TimeWindow:
    return TimeWindow(earliest=window.earliest + by, latest=window.latest + by)


def _each(variant: Variant, change: MobilesWhere, changed: Callable[[Any], Rider | Van | Technician]) -> Variant:
    """Everybody whom the change is about, changed; all that speaks against it is reported together."""
    new: dict[str, Rider | Van | Technician] = {}
    wrong = list[Wrong]()
    for each in meant(change, variant.catalogue):
        try:
            new[each.resource_id] = changed(each)
        except Contradiction as error:
            wrong += error.wrong
    if wrong:
        raise Contradiction(*wrong)
    key = LIST_BY_KIND[change.kind]
    everybody = getattr(variant.catalogue, key)
    return variant.with_catalogue(**{key: tuple(new.get(each.resource_id, each) for each in everybody)})
