"""A morning in central Shanghai against a running server, its stories in full, a night, and a what-if."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from models.contract import ContractStatus
from models.disturbance import ReplanReport
from models.language import Language
from models.morning import ClosedStore, Figures, Morning, RefusedContract
from models.order import Order
from models.plan import Violation
from models.plan_file import PlanFile
from scenarios.batch import check_file
from scenarios.generate_orders import generate_orders
from scenarios.json_files import check_writable, write_plan
from scenarios.papers import render
from scenarios.replan_times import REPLAN_EVERY
from scenarios.report import write_report
from scenarios.simulate import Outcome, Result, Simulation
from scenarios.stories import Story, Told, all_stories, retold, tell
from scenarios.whatif import Budget
from scenarios.whatif.busiest_store import without_busiest_store
from scenarios.world import World, load_world
from server.client import Replanned, ServerClient
from server.exit_codes import ServerUnreachable
from server.jobs import ReplanTerms
from server.paths import cache_dir, demo_world

REPORT = "report.html"
STORY_HOUR = timedelta(hours=2, minutes=20)
"""After the start: in the middle of the morning, when riders are on their way."""

NIGHT_ID = "night"
_NIGHT_ITERATIONS = 2000
_NIGHT_LIMIT = timedelta(seconds=40)
"""Of the search, and once more for the prices: what is left of it then is not searched, and the report says so."""
_WHAT_IF_SEEDS = 3

_START_TIMEOUT_S = 120
_CALL_TIMEOUT_S = 60


@dataclass(frozen=True)
class Terms:
    """What a demo plays: `num_orders` from `start` to `end` (after the horizon's start); `language` is the report's."""

    num_orders: int = 600
    seed: int = 1
    iterations: int = 800
    language: Language = Language.EN
    start: timedelta = timedelta(hours=1)
    end: timedelta = timedelta(hours=6)


@dataclass(frozen=True)
class Night:
    """What the night's replan did, and its report."""

    done: Replanned
    report: ReplanReport


@dataclass(frozen=True)
class Played:
    """How a demo went: `wrong` lists what must not be, in words; `closed_store` is None if no store has work left."""

    figures: Figures
    stories: tuple[Told, ...]
    night: Night
    closed_store: ClosedStore | None
    wrong: tuple[str, ...]


def run_demo(out: Path, *, terms: Terms, show: Callable[[World, Played], None]) -> Played:
    """Play the morning, its night and a what-if, and write what came of them.

    Into the folder: `result.json`, `plan.json`, `report.html` and `papers.html`.

    Parameters
    ----------
    show
        Prints the stories and the figures.
    """
    began = time.monotonic()
    _make_folder(out)
    world = load_world(demo_world(), cache_dir=cache_dir())
    start, end = world.horizon.start + terms.start, world.horizon.start + terms.end
    morning = generate_orders(world, seed=terms.seed, num_orders=terms.num_orders, start=start, end=end)
    stories = all_stories(world, at=start + STORY_HOUR)
    told_orders = [order for story in stories for order in story.orders]
    orders = tuple(sorted((*morning, *told_orders), key=lambda order: order.placed_time))
    with _server(start) as address, ServerClient(address, timeout_s=_CALL_TIMEOUT_S) as server:
        result = _play(server, orders, stories, terms=terms, start=start, end=end)
        night = _night(server, terms)
        stored = _plan_file(server, world, now=end)
    violations = (*result.violations, *check_file(world, stored))
    closed_store = _what_if(world, stored)
    told = tuple(tell(story, world, result, stored) for story in stories)
    seconds = time.monotonic() - began
    figures = _figures(result, told, night.done, violations, server.quote_seconds, seconds=seconds)
    wrong = (*_wrong(figures, told, violations), *_wrong_in(closed_store))
    played = Played(figures, told, night, closed_store, wrong)
    (out / "result.json").write_text(json.dumps(figures.model_dump(), indent=2) + "\n")
    stored = stored.model_copy(update={"morning": _morning(result, played)})
    write_plan(out / "plan.json", stored)
    papers = [paper for each in told if each.contract for paper in each.contract.documents]
    (out / "papers.html").write_text(render(papers, world.catalogue), encoding="utf-8")
    write_report(out / REPORT, world=world, stored=stored, violations=violations, language=terms.language)
    show(world, played)
    return played


def _make_folder(out: Path) -> None:
    with suppress(OSError):
        out.mkdir(parents=True, exist_ok=True)
    check_writable(out / "result.json")


@contextmanager
def _server(start: datetime) -> Iterator[str]:
    """A server of its own process on simulated time; gives its address once it is ready."""
    with TemporaryDirectory(prefix="servanda-demo-") as folder, (Path(folder) / "server.log").open("w+") as log:
        command = [sys.executable, "-m", "server", "serve", "--json", "--world", str(demo_world())]
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
    stories: Sequence[Story],
    *,
    terms: Terms,
    start: datetime,
    end: datetime,
) -> Result:
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("Morning", total=(end - start).total_seconds(), said="")

        def on_progress(now: datetime, result: Result) -> None:
            said = f"{result.num_orders} orders, {result.count(Outcome.CONFIRMED)} contracts confirmed"
            progress.update(bar, completed=(now - start).total_seconds(), said=said)

        simulation = Simulation(
            server,
            seed=terms.seed,
            iterations=terms.iterations,
            patience={order_id: patience for story in stories for order_id, patience in _patience(story)},
            always_buys=frozenset(order.order_id for story in stories for order in story.orders),
            on_progress=on_progress,
        )
        # What comes in the last half hour is left for the night to replan.
        return simulation.run(orders, start=start, end=end - REPLAN_EVERY)


def _night(server: ServerClient, terms: Terms) -> Night:
    """One long replan with the prices of the promises, as `servanda replan` asks for it."""
    asked = ReplanTerms(
        request_id=NIGHT_ID, seed=terms.seed, iterations=_NIGHT_ITERATIONS, time_limit=_NIGHT_LIMIT, prices=True
    )
    with Console(stderr=True).status("The night"):
        return Night(server.replan_by(asked), server.replan_report(NIGHT_ID))


def _what_if(world: World, stored: PlanFile) -> ClosedStore | None:
    """On the plan that the night left."""
    with Console(stderr=True).status("What if the busiest store closed"):
        return without_busiest_store(
            world, stored, seeds=range(1, _WHAT_IF_SEEDS + 1), budget=Budget(iterations=_NIGHT_ITERATIONS, offers=0)
        )


def _patience(story: Story) -> Iterator[tuple[str, timedelta]]:
    """A customer of a story decides a minute after the last of the orders."""
    for order in story.orders:
        yield order.order_id, story.orders[-1].placed_time - order.placed_time + timedelta(minutes=1)


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


def _wrong(figures: Figures, told: Sequence[Told], violations: Sequence[Violation]) -> Iterator[str]:
    yield from (f"{each.path}: {each.code}: {each.message}" for each in violations[:20])
    if figures.promises_moved:
        yield f"promises moved by replans must be 0, and are {figures.promises_moved}"
    for each in told:
        yield from (f"{each.story.title}: {mistake}" for mistake in each.wrong)


def _wrong_in(closed_store: ClosedStore | None) -> Iterator[str]:
    if closed_store is not None and closed_store.checker_violations:
        yield f"{closed_store.scenario}: violations must be 0, and are {closed_store.checker_violations}"


def _morning(result: Result, played: Played) -> Morning:
    order_ids: dict[str, list[str]] = {}
    for order_id, contract_id in result.contract_id_by_order_id.items():
        order_ids.setdefault(contract_id, []).append(order_id)
    refused = tuple(
        RefusedContract(
            contract_id=contract_id,
            order_ids=tuple(order_ids[contract_id]),
            refusals=result.quote_by_contract_id[contract_id].refusals,
        )
        for contract_id, outcome in result.outcome_by_contract_id.items()
        if outcome is Outcome.REFUSED
    )
    return Morning(
        figures=played.figures,
        stories=tuple(map(retold, played.stories)),
        refused=refused,
        night=played.night.report,
        closed_store=played.closed_store,
    )


def _figures(
    result: Result,
    told: Sequence[Told],
    night: Replanned,
    violations: Sequence[Violation],
    quote_seconds: Sequence[float],
    *,
    seconds: float,
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
        promises_moved=sum(len(each.promises_moved) for each in (*result.replans, night)),
        stories_ok=sum(not each.wrong for each in told),
        quote_p50_ms=round(percent[49] * 1000, 2),
        quote_p99_ms=round(percent[98] * 1000, 2),
        seconds=round(seconds, 1),
    )
