"""How the kernels are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba.core import ir, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NopythonTypeInference

F = TypeVar("F", bound=Callable[..., Any])

# Numba's own types say little: its stubs do not know `_nrt`, and nothing of what is below.
_njit: Any = numba.njit
_types: Any = types
_passes: Any = DefaultPassBuilder
_register: Any = register_pass


@_register(mutates_CFG=False, analysis_only=False)
class _NoneFromTheEnd(FunctionPass):
    """Takes every index for what it is: no element is counted from the end of an array.

    Otherwise each access asks whether its index is negative, which costs more than the access.
    """

    _name = "none_from_the_end"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        for block in state.func_ir.blocks.values():
            for statement in block.body:
                access = statement.value if isinstance(statement, ir.Assign) else statement
                if isinstance(access, ir.SetItem) or getattr(access, "op", None) == "getitem":
                    signature = state.calltypes.pop(access)
                    if isinstance(signature.args[0], types.Array):
                        array, index, *value = signature.args
                        signature = signature.replace(args=(array, _unsigned(index), *value))
                    state.calltypes[access] = signature
        return True


def _unsigned(index: Any) -> Any:
    if isinstance(index, _types.BaseTuple):
        return _types.Tuple.from_types(tuple(map(_unsigned, index)))
    return types.uint64 if isinstance(index, types.Integer) else index


class _Compiler(CompilerBase):
    def define_pipelines(self) -> list[Any]:
        passes = _passes.define_nopython_pipeline(self.state)
        passes.add_pass_after(_NoneFromTheEnd, NopythonTypeInference)
        passes.finalize()
        return [passes]


# Kernels allocate nothing: room is handed in. So they need no counting of references, which costs about a tenth of
# the search where named tuples of arrays are passed on (`_nrt`). Nothing divides by what may be 0, so no division
# asks for that. A kernel that says nothing of `forceinline` would take it over from whoever is compiled around it.
_OPTIONS = {
    "cache": True,
    "nogil": True,
    "_nrt": False,
    "error_model": "numpy",
    "forceinline": False,
    "pipeline_class": _Compiler,
}
_NO_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(function: F) -> F:
    """Compile on first use and keep it on disk. The interpreter lock is let go while it runs."""
    kernel: F = _njit(**_OPTIONS)(function)
    return kernel


def inner(function: F) -> F:
    """Like `compiled`, for what only kernels call: it has no way in from Python, which takes long to compile."""
    kernel: F = _njit(**_OPTIONS, **_NO_WRAPPERS)(function)
    return kernel


def merged(function: F) -> F:
    """Like `inner`, and part of its callers' machine code: a call hands over every array of every named tuple."""
    kernel: F = _njit(**{**_OPTIONS, "forceinline": True}, **_NO_WRAPPERS)(function)
    return kernel


def inlined(function: F) -> F:
    """Like `compiled`, and copied into its callers before they are compiled: it is not compiled on its own."""
    kernel: F = _njit(**_OPTIONS, inline="always")(function)
    return kernel
