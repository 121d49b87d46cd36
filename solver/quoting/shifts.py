"""What a change of shift makes of the catalogue."""

from collections.abc import Iterable
from typing import Any

from models.catalogue import Catalogue
from models.option import ShiftChange

_MOBILES = ("riders", "vans", "technicians")


def with_shifts(catalogue: Catalogue, changes: Iterable[ShiftChange]) -> Catalogue:
    """The catalogue after these changes; nobody is sent home, and no overtime gets shorter."""
    by_id = {change.resource_id: change for change in changes}
    groups = {name: tuple(_changed(each, by_id) for each in getattr(catalogue, name)) for name in _MOBILES}
    return catalogue.model_copy(update=groups)


def _changed(mobile: Any, change_by_id: dict[str, ShiftChange]) -> Any:
    change = change_by_id.get(mobile.resource_id)
    if change is None:
        return mobile
    shift = {"on_call": mobile.on_call and not change.call_in, "overtime": max(mobile.overtime, change.overtime)}
    return mobile.model_copy(update=shift)
