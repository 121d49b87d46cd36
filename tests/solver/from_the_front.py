"""Imported before all else where kernels are not compiled: whoever counts from the end of an array fails.

Compiled, they take an index for what it is: a negative one would be in front of the array.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from solver.kernels import breaks, insertion, ruin_recreate, schedule, traffic


class FromTheFront(np.ndarray[Any, Any]):
    """An array without negative indices."""

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(_counted(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(_counted(index), value)


def _counted(index: Any) -> Any:
    for each in index if isinstance(index, tuple) else (index,):
        if isinstance(each, int | np.integer) and each < 0:
            raise IndexError(f"an index must not be negative, and one of {index} is")
    return index


def _counting(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return type(value)._make(map(_counting, value))
    return value.view(FromTheFront) if isinstance(value, np.ndarray) else value


def _strict(kernel: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any) -> Any:
        if isinstance(arguments[0][0], FromTheFront):
            return kernel(*arguments)
        return kernel(*map(_counting, arguments))

    return called


# Those that are called from Python; whom they call in their own module they find there, strict as well.
for module, names in (
    (traffic, ("arrive", "leave", "start_after", "leave_for")),
    (schedule, ("refresh", "mend", "relink", "insert_pair", "insert_visit", "remove_visit", "route_cost")),
    (breaks, ("settle",)),
    (insertion, ("scan",)),
    (ruin_recreate, ("improve",)),
):
    for name in names:
        setattr(module, name, _strict(getattr(module, name)))
