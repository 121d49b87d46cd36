"""Plans without a server: `servanda plan`, `servanda check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.options import AsJson, WorldFolder, after, load
from server.cli.printing import print_json, print_text, print_violations
from server.exit_codes import ExitCode

if TYPE_CHECKING:
    from scenarios.batch import PlannedWorld

app = typer.Typer()


@app.command()
def plan(
    world: WorldFolder,
    *,
    orders: Annotated[Path | None, typer.Option(help="JSON file of orders.", show_default=False)] = None,
    num_orders: Annotated[int, typer.Option(min=1, max=100_000, help="Without a file: so many generated ones.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of the generated orders and of the search.")] = 1,
    seconds: Annotated[float, typer.Option(min=0, help="Each of the two searches ends after that time.")] = 30,
    iterations: Annotated[int, typer.Option(min=0, help="The search ends after so many steps at the latest.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=0, help="Of planning contracts together; 0: one after another.")] = 3,
    out: Annotated[Path, typer.Option(help="Where to write the plan.")] = Path("plan.json"),
    as_json: AsJson = False,
) -> int:
    """Plan orders in one go: form contracts, plan them together, search the routes once more, check."""
    from rich.console import Console

    from scenarios.batch import plan_file, plan_world
    from scenarios.generate_orders import generate_morning
    from scenarios.json_files import check_writable, read_orders, write_plan

    check_writable(out)
    loaded = load(world)
    wanted = read_orders(orders) if orders else generate_morning(loaded, seed=seed, num_orders=num_orders)
    with Console(stderr=True).status(f"Planning {len(wanted)} orders"):
        planned = plan_world(
            loaded, wanted, seed=seed, iterations=iterations, rounds=rounds, budget=lambda: after(seconds)
        )
    write_plan(out, plan_file(loaded, planned.problem, planned.plan))
    if as_json:
        print_json(_plan_document(planned, out))
    else:
        _print_plan(planned, loaded.catalogue.policy.currency, out)
    return ExitCode.BUSINESS_NO if planned.violations else ExitCode.DONE


def _plan_document(planned: "PlannedWorld", out: Path) -> dict[str, Any]:
    return {
        "contracts": len(planned.problem.contracts),
        "refused": planned.refused,
        "violations": planned.violations,
        "cost_first_come": planned.assigned.first_come[-1],
        "cost_before": planned.problem.initial_plan.cost,
        "cost_after": planned.plan.cost,
        "out": str(out),
    }


def _print_plan(planned: "PlannedWorld", currency: str, out: Path) -> None:
    from server.tables import cost_table, wide_console

    costs = {"planned together": planned.problem.initial_plan.cost, "replanned": planned.plan.cost}
    wide_console().print(cost_table(costs, currency))
    print_text(f"{len(planned.problem.contracts)} contracts, {len(planned.refused)} refused; written to {out}")
    print_violations(planned.violations)


@app.command()
def check(
    world: WorldFolder,
    plan_json: Annotated[Path, typer.Argument(metavar="PLAN", help="File that `plan` or the demo wrote.")],
    *,
    as_json: AsJson = False,
) -> int:
    """Verify a plan by the independent checker."""
    from scenarios.batch import check_file
    from scenarios.json_files import read_plan

    stored = read_plan(plan_json)
    violations = check_file(load(world), stored)
    if as_json:
        print_json({"violations": violations, "cost": stored.plan.cost})
    else:
        print_violations(violations)
    return ExitCode.BUSINESS_NO if violations else ExitCode.DONE
