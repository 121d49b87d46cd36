"""How long the report of a plan takes to open in Chromium: from the navigation until every chart is drawn."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from benchmarks.browser import find_programs, open_browser
from benchmarks.figures import WORLD, Figures, machine, seconds_taken, show
from models.language import Language
from scenarios.batch import check_file
from scenarios.json_files import read_plan
from scenarios.report import write_report
from scenarios.world import load_world
from server.paths import cache_dir

LIMIT_MS = 2000


def measure(plan: Path, *, world: Path, times: int) -> Figures:
    """Each time in a tab that has just shown nothing; the first is the one with nothing compiled by the browser."""
    programs = find_programs()
    if programs is None:
        raise typer.BadParameter("Chromium must be there, and is not: apt-get install chromium chromium-driver")
    loaded, stored = load_world(world, cache_dir=cache_dir()), read_plan(plan)
    violations = check_file(loaded, stored)
    with tempfile.TemporaryDirectory() as folder, open_browser(programs) as page:
        file = Path(folder) / "report.html"
        seconds = seconds_taken(
            lambda: write_report(file, world=loaded, stored=stored, violations=violations, language=Language.EN)
        )
        ready_ms = []
        for _ in range(times):
            page.open(file)
            ready_ms.append(int(page.ask("document.body.dataset.ready")))
        size = file.stat().st_size
    return {
        "machine": machine(),
        "contracts": len(stored.contracts),
        "visits": sum(len(route.visits) for route in stored.plan.routes),
        "page_mb": round(size / 1e6, 2),
        "write_s": round(seconds, 2),
        "first_open_ms": ready_ms[0],
        "median_open_ms": median(ready_ms),
        "max_open_ms": max(ready_ms),
        "limit_ms": LIMIT_MS,
    }


def main(
    plan: Annotated[Path, typer.Argument(help="File that `plan` or the demo wrote.")],
    world: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the plan's world.")] = WORLD,
    times: Annotated[int, typer.Option(min=1, help="How often to open it.")] = 9,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write the page of a plan and time how long it takes to open."""
    show(measure(plan, world=world, times=times), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)
