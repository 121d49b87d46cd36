"""Figures, and the machine that they were measured on."""

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import numba
import numpy as np

WORLD = Path(__file__).parents[1] / "scenarios" / "worlds" / "shanghai-center"

Figures = dict[str, Any]


def machine() -> Figures:
    """What a reader has to know to compare; `load` is how many programs wanted a core meanwhile."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numba": numba.__version__,
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def percentiles_ms(seconds: Iterable[float]) -> Figures:
    """Number, median, 99th percentile and maximum, in milliseconds."""
    values = 1000 * np.array(list(seconds))
    return {
        "n": len(values),
        "p50_ms": round(float(np.percentile(values, 50)), 3),
        "p99_ms": round(float(np.percentile(values, 99)), 3),
        "max_ms": round(float(values.max()), 3),
    }


def seconds_taken(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def show(figures: Figures, *, as_json: bool) -> None:
    """On standard output: one JSON document, or a line per figure."""
    text = json.dumps(figures, indent=2) if as_json else "\n".join(_lines(figures))
    sys.stdout.write(text + "\n")


def _lines(figures: Figures, indent: str = "") -> Iterable[str]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name:<{24 - len(indent)}} {value}"
