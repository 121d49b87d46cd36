"""`servanda report`."""

from pathlib import Path
from typing import Annotated

import typer

from models.language import Language
from server.cli.options import AsJson, Lang, load
from server.cli.printing import print_json, print_text
from server.exit_codes import ExitCode

app = typer.Typer()


@app.command()
def report(
    plan_json: Annotated[Path, typer.Argument(metavar="PLAN", help="File that `plan` or the demo wrote.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="Where to write the page.")],
    world: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the plan's world; without it that of the demo.")
    ] = None,
    lang: Lang = Language.EN,
    as_json: AsJson = False,
) -> int:
    """Write a plan as one page with map, timeline, cost, load and reasons that opens without a network."""
    from scenarios.batch import check_file
    from scenarios.json_files import check_writable, read_plan
    from scenarios.report import write_report
    from server.paths import demo_world

    check_writable(out)
    stored, loaded = read_plan(plan_json), load(world or demo_world())
    violations = check_file(loaded, stored)
    write_report(out, world=loaded, stored=stored, violations=violations, language=lang)
    if as_json:
        print_json({"out": str(out), "violations": violations})
    else:
        print_text(f"written to {out}; {len(violations)} violations")
    return ExitCode.BUSINESS_NO if violations else ExitCode.DONE
