"""How the kernels are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

_njit: Any = numba.njit  # its stubs do not know `_nrt`


def compiled(function: F) -> F:
    """Compile on first use and keep it on disk. The interpreter lock is let go while it runs.

    Kernels allocate nothing: room is handed in. So they need no counting of references, which costs
    about a tenth of the search where named tuples of arrays are passed on (`_nrt`).
    """
    kernel: F = _njit(cache=True, nogil=True, _nrt=False)(function)
    return kernel


def inlined(function: F) -> F:
    """Like `compiled`, and copied into its callers: for what is called in their innermost loops."""
    kernel: F = _njit(cache=True, nogil=True, _nrt=False, inline="always")(function)
    return kernel
