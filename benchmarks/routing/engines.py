"""Engines by name, made only when they are asked for."""

from collections.abc import Sequence
from importlib import import_module

from benchmarks.routing.protocol import RoutingEngine
from models.issues import InputError, Issue, IssueCode

OWN = "servanda"
"""The name of the engine that the others are peers of."""

ENGINES: dict[str, tuple[str, str]] = {
    OWN: ("benchmarks.routing.own", "Servanda"),
    "pyvrp": ("benchmarks.routing.peer_pyvrp", "PyVrp"),
    "vroom": ("benchmarks.routing.peer_vroom", "Vroom"),
    "ortools": ("benchmarks.routing.peer_ortools", "OrTools"),
    "commiv": ("benchmarks.routing.peer_commiv", "Commiv"),
}
"""By name: the module and the class. The order is that of the tables."""


def load_engine(name: str) -> RoutingEngine:
    """An engine, with all that it imports.

    Raises
    ------
    InputError
        REFERENCE_DANGLING: there is no such engine. ENGINE_NOT_INSTALLED: it needs the extra.
    """
    if name not in ENGINES:
        raise InputError(_unknown(name))
    module, of = ENGINES[name]
    try:
        engine: RoutingEngine = getattr(import_module(module), of)()
    except ImportError as error:
        raise InputError(_not_installed(name, error)) from error
    return engine


def check_engines(names: Sequence[str]) -> tuple[Issue, ...]:
    """What is wrong with any of them."""
    issues = list[Issue]()
    for name in dict.fromkeys(names):
        try:
            load_engine(name)
        except InputError as error:
            issues += error.issues
    return tuple(issues)


def _unknown(name: str) -> Issue:
    return Issue(
        code=IssueCode.REFERENCE_DANGLING,
        path="--engine",
        message=f"engine ({name}) must be one of {', '.join(ENGINES)}",
        hint="correct the name",
    )


def _not_installed(name: str, error: ImportError) -> Issue:
    return Issue(
        code=IssueCode.ENGINE_NOT_INSTALLED,
        path="--engine",
        message=f"engine ({name}) must be installed, and is not: {error}",
        hint="install the extra: pip install 'servanda[engines]'",
    )
