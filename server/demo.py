"""A morning in central Shanghai against a running server, and the groceries story in full."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from models.contract import ContractStatus
from models.option import Quote, SlaOption
from models.order import Order, Temperature
from models.plan import Violation
from models.plan_file import PlanFile
from models.promise import Mode
from scenarios.batch import check_file
from scenarios.generate_orders import generate_orders, groceries_story
from scenarios.json_files import write_plan
from scenarios.simulate import Outcome, Result, Simulation
from scenarios.summary import Figures, write_summary
from scenarios.world import World, load_world
from server.client import ServerClient
from server.exit_codes import ServerUnreachable
from server.paths import cache_dir

WORLD = Path(__file__).parent.parent / "scenarios" / "worlds" / "shanghai-center"
STORY_HOUR = timedelta(hours=2, minutes=20)
"""After the start: in the middle of the morning, when riders are on their way."""

_START_TIMEOUT_S = 120
_CALL_TIMEOUT_S = 60


@dataclass(frozen=True)
class Terms:
    """What a demo plays: `num_orders` from `start` to `end` (after the horizon's start)."""

    num_orders: int = 600
    seed: int = 1
    iterations: int = 800
    start: timedelta = timedelta(hours=1)
    end: timedelta = timedelta(hours=6)


@dataclass(frozen=True)
class Played:
    """How a demo went: `wrong` lists what must not be, in words."""

    figures: Figures
    quote: Quote | None
    chosen: SlaOption | None
    wrong: tuple[str, ...]


def run_demo(out: Path, *, terms: Terms, show: Callable[[World, Played], None]) -> Played:
    """Play the morning, write `result.json`, `plan.json` and `summary.html` into a folder.

    Parameters
    ----------
    show
        Prints the story and the figures.
    """
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    world = load_world(WORLD, cache_dir=cache_dir())
    start, end = world.horizon.start + terms.start, world.horizon.start + terms.end
    morning = generate_orders(world, seed=terms.seed, num_orders=terms.num_orders, start=start, end=end)
    story = groceries_story(world, at=start + STORY_HOUR)
    orders = tuple(sorted((*morning, *story), key=lambda order: order.placed_time))
    with _server(start) as address, ServerClient(address, timeout_s=_CALL_TIMEOUT_S) as server:
        result = _play(server, orders, story, terms=terms, start=start, end=end)
        stored = _plan_file(server, world, now=end)
    violations = (*result.violations, *check_file(world, stored))
    figures = _figures(result, violations, server.quote_seconds, seconds=time.monotonic() - began)
    played = _judge(world, story, result, figures, violations)
    (out / "result.json").write_text(json.dumps(figures.model_dump(), indent=2) + "\n")
    write_plan(out / "plan.json", stored)
    write_summary(out / "summary.html", world=world, figures=figures, quote=played.quote, plan=stored.plan)
    show(world, played)
    return played


@contextmanager
def _server(start: datetime) -> Iterator[str]:
    """A server of its own process on simulated time; gives its address once it is ready."""
    with TemporaryDirectory(prefix="servanda-demo-") as folder, (Path(folder) / "server.log").open("w+") as log:
        command = [sys.executable, "-m", "server", "serve", "--json", "--world", str(WORLD)]
        command += ["--db", str(Path(folder) / "ledger.db"), "--address", "127.0.0.1:0", "--log-level", "warning"]
        command += ["--simulated-from", start.isoformat()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
            try:
                yield _address(process, log.name)
            finally:
                process.terminate()
                process.wait(timeout=_START_TIMEOUT_S)


def _address(process: "subprocess.Popen[str]", log: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        said = Path(log).read_text()[-2000:]
        raise ServerUnreachable("the server of the demo", f"it ended while starting: {said}")
    return str(json.loads(line)["address"])


def _play(
    server: ServerClient,
    orders: Sequence[Order],
    story: Sequence[Order],
    *,
    terms: Terms,
    start: datetime,
    end: datetime,
) -> Result:
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("Morning", total=(end - start).total_seconds(), said="")

        def on_progress(now: datetime, result: Result) -> None:
            clock = now.astimezone(tz=None) if now.tzinfo is None else now
            said = f"{result.num_orders} orders, {result.count(Outcome.CONFIRMED)} contracts confirmed"
            progress.update(bar, completed=(clock - start).total_seconds(), said=said)

        last = story[-1]
        simulation = Simulation(
            server,
            seed=terms.seed,
            iterations=terms.iterations,
            patience={order.order_id: last.placed_time - order.placed_time + timedelta(minutes=1) for order in story},
            always_buys=frozenset(order.order_id for order in story),
            on_progress=on_progress,
        )
        return simulation.run(orders, start=start, end=end)


def _plan_file(server: ServerClient, world: World, *, now: datetime) -> PlanFile:
    return PlanFile(
        world=world.name,
        fingerprint=world.fingerprint,
        horizon=world.horizon,
        now=now,
        freeze_until=now,
        stock=world.stock,
        contracts=server.contracts([ContractStatus.ACTIVE]),
        plan=server.plan(),
    )


def _figures(
    result: Result, violations: Sequence[Violation], quote_seconds: Sequence[float], *, seconds: float
) -> Figures:
    percent = quantiles(quote_seconds, n=100, method="inclusive")
    return Figures(
        orders=result.num_orders,
        contracts=len(result.outcome_by_contract_id),
        options=result.num_options,
        confirmed=result.count(Outcome.CONFIRMED),
        declined=result.count(Outcome.DECLINED),
        refused=result.count(Outcome.REFUSED),
        checker_violations=len(violations),
        cost_before_replan=sum(each.cost_before.total for each in result.replans),
        cost_after_replan=sum(each.cost_after.total for each in result.replans),
        promises_moved=sum(len(each.promises_moved) for each in result.replans),
        quote_p50_ms=round(percent[49] * 1000, 2),
        quote_p99_ms=round(percent[98] * 1000, 2),
        seconds=round(seconds, 1),
    )


# -- did everybody get what he must?


def _judge(
    world: World, story: Sequence[Order], result: Result, figures: Figures, violations: Sequence[Violation]
) -> Played:
    contract_ids = {result.contract_id_by_order_id[order.order_id] for order in story}
    contract_id = min(contract_ids)
    quote, chosen = result.quote_by_contract_id.get(contract_id), result.chosen_by_contract_id.get(contract_id)
    wrong = [f"{each.path}: {each.code}: {each.message}" for each in violations[:20]]
    if figures.promises_moved:
        wrong.append(f"promises moved by replans must be 0, and are {figures.promises_moved}")
    if len(contract_ids) != 1:
        wrong.append(f"the story's three orders must be in 1 contract, and are in {len(contract_ids)}")
    if quote is None or chosen is None:
        wrong.append("the story's contract must be quoted and confirmed, and is not")
    else:
        wrong += _story_mistakes(world, story, quote, chosen)
    return Played(figures, quote, chosen, tuple(wrong))


def _story_mistakes(world: World, story: Sequence[Order], quote: Quote, chosen: SlaOption) -> Iterator[str]:
    _, vegetables, tissues = (order.order_id for order in story)
    if len(quote.options) < 3:
        yield f"the story must have at least 3 options, and has {len(quote.options)}"
    for option in (*quote.options, chosen):
        for promise in option.promises:
            if promise.item_id.startswith(tissues) and promise.mode is not Mode.PICKUP:
                yield f"the tissues must wait at a counter, and come by {promise.mode}"
        yield from _warm_cakes(world, option)
    if not any(_within_the_hour(option, vegetables) for option in quote.options):
        yield "one option must bring the vegetables within the hour, and none does"


def _within_the_hour(option: SlaOption, order_id: str) -> bool:
    return any(each.item_id.startswith(order_id) and each.service_level_id == "within-hour" for each in option.promises)


def _warm_cakes(world: World, option: SlaOption) -> Iterator[str]:
    for each in option.assignments:
        if each.item_id.endswith(".frozen"):
            vehicle = world.catalogue.vehicle_by_id.get(each.resource_id or "")
            if Temperature.FROZEN not in world.catalogue.site_by_id[each.site_id or ""].temperatures:
                yield f"the cake must come from a frozen zone, and comes from {each.site_id}"
            if vehicle is None or not vehicle.capacity.frozen_cm3:
                yield f"the cake must travel in a cold box, and travels with {each.resource_id}"
