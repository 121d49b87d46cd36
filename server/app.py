"""The composition root: the one place that knows everybody."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic

import grpc
import structlog
from google.longrunning import operations_pb2
from google.longrunning.operations_pb2_grpc import add_OperationsServicer_to_server
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from servanda.v1 import (
    contract_service_pb2,
    order_service_pb2,
    plan_service_pb2,
    policy_service_pb2,
    resource_service_pb2,
    scenario_service_pb2,
    simulation_service_pb2,
)
from servanda.v1.contract_service_pb2_grpc import add_ContractServiceServicer_to_server
from servanda.v1.order_service_pb2_grpc import add_OrderServiceServicer_to_server
from servanda.v1.plan_service_pb2_grpc import add_PlanServiceServicer_to_server
from servanda.v1.policy_service_pb2_grpc import add_PolicyServiceServicer_to_server
from servanda.v1.resource_service_pb2_grpc import add_ResourceServiceServicer_to_server
from servanda.v1.scenario_service_pb2_grpc import add_ScenarioServiceServicer_to_server
from servanda.v1.simulation_service_pb2_grpc import add_SimulationServiceServicer_to_server
from ulid import ULID

from scenarios.world import World, load_world, read_policy
from server.address import address_in_use, check_address, with_port
from server.clock import Clock, SimulatedClock, WallClock
from server.config import Settings
from server.evaluations import EvaluationRecords, Evaluations, Workshop
from server.jobs import ReplanRecords, Replans, Searches
from server.ledger import Ledger
from server.ledger.database import ledger_url, sqlite_file
from server.logs import configure_logs
from server.night import prices, replan
from server.paths import cache_dir
from server.policy_watch import PolicyWatch, tell_policy
from server.promising import Promising
from server.promising.core import WORLD_META
from server.rpc.contract_service import ContractService, Limits
from server.rpc.operations_service import OperationsService
from server.rpc.order_service import OrderService
from server.rpc.outcome import Outcome
from server.rpc.plan_service import PlanService
from server.rpc.policy_service import PolicyService
from server.rpc.resource_service import ResourceService
from server.rpc.scenario_service import ScenarioService
from server.rpc.simulation_service import SimulationService
from server.solver_process import SolverProcess
from server.started import ClockKind, Started
from server.token_key import token_key
from server.turn import Turn
from server.whatif import evaluate_task
from solver.kernels.warm_up import warm_up

_log = structlog.get_logger("server")
_SIMULATED_TIME = "simulated_time"
_WORLD_FOLDER = "world_folder"


@dataclass(frozen=True)
class Parts:
    """What the calls work on. Everything here belongs to the thread of the turn.

    Parameters
    ----------
    new_ledger
        Whether the database was empty.
    """

    world: World
    ledger: Ledger
    clock: Clock
    promising: Promising
    new_ledger: bool = False


@dataclass(frozen=True)
class Serving:
    """A server that answers at `address`."""

    address: str
    parts: Parts
    turn: Turn


def build(settings: Settings, *, address: str = "") -> Parts:
    """Everything below gRPC, from the world's files and the ledger.

    Parameters
    ----------
    address
        Where this process answers; told to those who find the database locked.
    """
    world = load_world(settings.world, cache_dir=cache_dir())
    ledger = Ledger.open(settings.database_url, tenant_id=settings.tenant_id, exclusive=True, address=address)
    try:
        clock = _clock(settings, ledger)
        new_ledger = _is_new(ledger)
        promising = Promising(
            tenant_id=settings.tenant_id,
            world=world,
            ledger=ledger,
            clock=clock,
            ids=lambda: str(ULID()),
            token_key=token_key(_key_file(settings.database_url)),
        )
        _note_start(settings, ledger, clock)
        tell_policy(promising.take_policy(read_policy(settings.world, skus=world.catalogue.skus)))
    except BaseException:
        ledger.close()
        raise
    return Parts(world, ledger, clock, promising, new_ledger)


def _note_start(settings: Settings, ledger: Ledger, clock: Clock) -> None:
    """So that a command which is told the ledger alone finds the world, and its time."""
    with ledger.transaction() as tx:
        tx.set_meta(_WORLD_FOLDER, str(settings.world.resolve()))
        if settings.simulated_start is not None:
            tx.set_meta(_SIMULATED_TIME, clock.now().isoformat())


def _is_new(ledger: Ledger) -> bool:
    with ledger.transaction() as tx:
        return tx.meta(WORLD_META) is None


def _key_file(database_url: str) -> Path | None:
    url = ledger_url(database_url)
    return Path(f"{sqlite_file(url)}.token-key") if url.get_backend_name() == "sqlite" else None


def _clock(settings: Settings, ledger: Ledger) -> Clock:
    if settings.simulated_start is None:
        return WallClock()
    with ledger.transaction() as tx:
        kept = tx.meta(_SIMULATED_TIME)
    return SimulatedClock(max(settings.simulated_start, datetime.fromisoformat(kept or "2000-01-01T00:00+00:00")))


@dataclass(frozen=True)
class Left:
    """What a ledger says of the server that had it last; nothing, if none had."""

    world: Path | None
    simulated_time: datetime | None


def left_in(database_url: str, *, tenant_id: str) -> Left:
    """See `Left`.

    Raises
    ------
    Conflict
        LEDGER_LOCKED: a server has it.
    """
    with Ledger.open(database_url, tenant_id=tenant_id, exclusive=True) as ledger, ledger.transaction() as tx:
        folder, simulated = tx.meta(_WORLD_FOLDER), tx.meta(_SIMULATED_TIME)
    return Left(Path(folder) if folder else None, datetime.fromisoformat(simulated) if simulated else None)


def advance(clock: SimulatedClock, ledger: Ledger, instant: datetime) -> None:
    """Set a simulated clock forward, for this run and for those to come."""
    clock.advance_to(instant)
    with ledger.transaction() as tx:
        tx.set_meta(_SIMULATED_TIME, clock.now().isoformat())


Build = Callable[..., Parts]
"""`build`, or what stands for it in a test."""


def run(settings: Settings, *, began: float, on_ready: Callable[[Started], None]) -> None:
    """Serve until SIGTERM or SIGINT; a second signal does not wait for the calls under way.

    Parameters
    ----------
    began
        When the start began, by the monotonic clock.
    on_ready
        Called once the server is ready.
    """
    asyncio.run(_serve_until_told(settings, began, on_ready))


async def _serve_until_told(settings: Settings, began: float, on_ready: Callable[[Started], None]) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for each in signals:
        loop.add_signal_handler(each, told.set)
    async with serving(settings) as server:
        started = await server.turn.insist(partial(started_state, settings, server.parts, address=server.address))
        on_ready(started.model_copy(update={"seconds": round(monotonic() - began, 2)}))
        await told.wait()
        _log.info("stopping", grace_s=settings.grace.total_seconds())
        for each in signals:
            loop.remove_signal_handler(each)


def started_state(settings: Settings, parts: Parts, *, address: str) -> Started:
    """Where the server listens and in what state it is; the seconds of its start are left at 0."""
    horizon, now, policy = parts.world.horizon, parts.clock.now(), parts.promising.policy_state()
    return Started(
        address=address,
        world=parts.world.name,
        folder=str(settings.world),
        timezone=parts.world.catalogue.timezone,
        fingerprint=parts.world.fingerprint,
        database=ledger_url(settings.database_url).difference_update_query(["timeout"]).render_as_string(),
        new_database=parts.new_ledger,
        clock=ClockKind.SIMULATED if isinstance(parts.clock, SimulatedClock) else ClockKind.WALL,
        now=now,
        horizon=horizon,
        within_horizon=horizon.start <= now < horizon.end,
        policy=policy.fingerprint,
        policy_time=policy.effective_time,
        policy_is_the_file=policy.fingerprint == policy.file_fingerprint,
        taken_over=parts.promising.standing(),
        seconds=0,
    )


@asynccontextmanager
async def serving(settings: Settings, *, build: Build = build) -> AsyncIterator[Serving]:
    """A server for the length of the block: ready at its begin, gone at its end."""
    configure_logs(settings.log_level)
    async with AsyncExitStack() as ending:
        server, address = _bound(settings)
        turn = Turn(capacity=settings.queue_size)
        ending.push_async_callback(asyncio.to_thread, turn.close)
        parts = await turn.insist(partial(build, settings, address=address))
        ending.callback(parts.ledger.close)
        # Once more, since it has to end before the ledger is closed.
        ending.push_async_callback(asyncio.to_thread, turn.close)
        replans = await _replans(parts, turn)
        ending.push_async_callback(replans.close)
        evaluations = await _evaluations(parts, turn, settings)
        ending.push_async_callback(evaluations.close)
        stopping = asyncio.Event()
        policy_watch = PolicyWatch(parts.promising, turn, folder=settings.world, skus=parts.world.catalogue.skus)
        names = _register(
            server,
            parts,
            turn,
            replans=replans,
            evaluations=evaluations,
            policy_watch=policy_watch,
            settings=settings,
            stopping=stopping,
        )
        ready = await _report_health(server, names)
        await server.start()
        ending.push_async_callback(_stop, server, ready, stopping=stopping, grace_s=settings.grace.total_seconds())
        await turn.insist(warm_up)
        letting_go = asyncio.create_task(_let_go(parts.promising, turn, settings.expiry_interval.total_seconds()))
        ending.callback(letting_go.cancel)
        watching = asyncio.create_task(policy_watch.watch(settings.policy_interval.total_seconds()))
        ending.callback(watching.cancel)
        for name in ("", *names):
            await ready.set(name, health_pb2.HealthCheckResponse.SERVING)
        _warn_outside_horizon(parts)
        _log.info("ready", address=address, world=parts.world.name, fingerprint=parts.world.fingerprint)
        yield Serving(address, parts, turn)


def _warn_outside_horizon(parts: Parts) -> None:
    horizon, now = parts.world.horizon, parts.clock.now()
    if not horizon.start <= now < horizon.end:
        span = f"[{horizon.start.isoformat()}, {horizon.end.isoformat()})"
        _log.warning(
            "outside the world's horizon, where it knows no hours and no shifts", now=now.isoformat(), horizon=span
        )


async def _let_go(promising: Promising, turn: Turn, interval_s: float) -> None:
    """Give back what overdue holds have, also while nobody calls."""
    while True:
        await asyncio.sleep(interval_s)
        try:
            await turn.look(promising.expire_overdue)
        except Exception:
            _log.exception("overdue holds could not be let go; the next call or turn tries again")


def _bound(settings: Settings) -> tuple[grpc.aio.Server, str]:
    """A server that has its port and does not answer yet."""
    if not check_address(settings.address, allow_remote=settings.allow_remote_without_authentication):
        _log.warning("without authentication, beyond this machine", address=settings.address)
    options = [
        # What gRPC refuses by itself comes without details: leave it the messages that are larger by far.
        ("grpc.max_receive_message_length", 4 * settings.max_message_bytes),
        # Otherwise Linux lets a second server share the port, and every other call goes to it.
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.aio.server(interceptors=[Outcome(most_bytes=settings.max_message_bytes)], options=options)
    try:
        port = server.add_insecure_port(settings.address)
    except RuntimeError as error:
        raise address_in_use(settings.address, str(error).split(";")[0]) from error
    return server, with_port(settings.address, port)


async def _replans(parts: Parts, turn: Turn) -> Replans:
    replans = Replans(
        promising=parts.promising,
        turn=turn,
        records=ReplanRecords(parts.promising, parts.clock),
        solver=SolverProcess(warm_up=warm_up),
        searches=Searches(replan, prices),
        clock=parts.clock,
    )
    await replans.go_on()
    return replans


async def _evaluations(parts: Parts, turn: Turn, settings: Settings) -> Evaluations:
    workshop = Workshop(
        new_process=partial(SolverProcess, warm_up=warm_up),
        evaluate=evaluate_task,
        folder=settings.world,
        cache_dir=cache_dir(),
        watch_interval_s=settings.watch_interval.total_seconds(),
    )
    evaluations = Evaluations(
        promising=parts.promising,
        turn=turn,
        records=EvaluationRecords(parts.promising, parts.clock),
        workshop=workshop,
        clock=parts.clock,
    )
    await evaluations.go_on()
    return evaluations


def _register(
    server: grpc.aio.Server,
    parts: Parts,
    turn: Turn,
    *,
    replans: Replans,
    evaluations: Evaluations,
    policy_watch: PolicyWatch,
    settings: Settings,
    stopping: asyncio.Event,
) -> Sequence[str]:
    """Put every service on the server; gives their names."""
    promising = parts.promising
    limits = Limits(
        search_s=settings.max_search.total_seconds(), watch_interval_s=settings.watch_interval.total_seconds()
    )
    currency = parts.world.catalogue.policy.currency
    add_OrderServiceServicer_to_server(OrderService(promising, turn), server)
    add_ContractServiceServicer_to_server(ContractService(promising, turn, limits=limits, stopping=stopping), server)
    plans = PlanService(promising, turn, replans=replans, currency=currency, search_s=limits.search_s)
    add_PlanServiceServicer_to_server(plans, server)
    add_ResourceServiceServicer_to_server(ResourceService(promising, turn), server)
    add_PolicyServiceServicer_to_server(PolicyService(promising, turn, watch=policy_watch), server)
    scenarios = ScenarioService(promising, turn, evaluations=evaluations, stopping=stopping)
    add_ScenarioServiceServicer_to_server(scenarios, server)
    operations = OperationsService(promising, turn, replans=replans, evaluations=evaluations)
    add_OperationsServicer_to_server(operations, server)
    files = [order_service_pb2, contract_service_pb2, plan_service_pb2, resource_service_pb2, policy_service_pb2]
    files += [scenario_service_pb2, operations_pb2]
    if isinstance(parts.clock, SimulatedClock):
        simulation = SimulationService(parts.clock, turn, advance=partial(advance, parts.clock, parts.ledger))
        add_SimulationServiceServicer_to_server(simulation, server)
        files.append(simulation_service_pb2)
    return [service.full_name for file in files for service in file.DESCRIPTOR.services_by_name.values()]


async def _report_health(server: grpc.aio.Server, names: Sequence[str]) -> health.aio.HealthServicer:
    """Health and reflection; not serving until somebody says so."""
    servicer = health.aio.HealthServicer()
    for name in ("", *names):
        await servicer.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return servicer


async def _stop(
    server: grpc.aio.Server, ready: health.aio.HealthServicer, *, stopping: asyncio.Event, grace_s: float
) -> None:
    """Take no more calls, end the watches, and give the other calls time to finish."""
    await ready.enter_graceful_shutdown()
    stopping.set()
    await server.stop(grace_s)
