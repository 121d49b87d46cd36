"""The demo's result as one plain page."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from models.base import Model
from models.plan import Plan
from scenarios.stories import Told
from scenarios.world import World


class Figures(Model):
    """`result.json`: counts, money in minor units, milliseconds and seconds.

    Parameters
    ----------
    declined, refused
        Contracts whose customer took no option, and those that there was no option for.
    cost_before_replan, cost_after_replan
        Of the same open contracts, summed over all replans.
    stories_ok
        Stories whose customer got what he must.
    """

    orders: int
    contracts: int
    options: int
    confirmed: int
    declined: int
    refused: int
    checker_violations: int
    cost_before_replan: int
    cost_after_replan: int
    promises_moved: int
    stories_ok: int
    quote_p50_ms: float
    quote_p99_ms: float
    seconds: float


def write_summary(file: Path, *, world: World, figures: Figures, stories: Sequence[Told], plan: Plan) -> None:
    """Write the page. It needs no network and no script."""
    pages = Environment(loader=PackageLoader("scenarios"), autoescape=select_autoescape(), trim_blocks=True)
    busy = sorted((route for route in plan.routes if route.visits), key=lambda route: -len(route.visits))
    text = pages.get_template("summary.html").render(
        world=world,
        zone=world.catalogue.zone,
        currency=world.catalogue.policy.currency,
        figures=figures.model_dump(),
        stories=stories,
        cost=plan.cost,
        routes=busy,
    )
    file.write_text(text, encoding="utf-8")
