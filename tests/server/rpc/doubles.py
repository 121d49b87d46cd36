"""A server on a real socket with use cases of the test's choosing, and a client that calls it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import grpc
from google.longrunning.operations_pb2_grpc import OperationsStub
from google.rpc.status_pb2 import Status
from servanda.v1.contract_service_pb2_grpc import ContractServiceStub
from servanda.v1.order_service_pb2_grpc import OrderServiceStub
from servanda.v1.plan_service_pb2_grpc import PlanServiceStub
from servanda.v1.policy_service_pb2_grpc import PolicyServiceStub
from servanda.v1.resource_service_pb2_grpc import ResourceServiceStub
from servanda.v1.scenario_service_pb2_grpc import ScenarioServiceStub
from servanda.v1.simulation_service_pb2_grpc import SimulationServiceStub

from models.issues import Issue, IssueCode, NotFound
from scenarios.world import World
from server.app import Parts
from server.background import in_background
from server.clock import Clock, SimulatedClock
from server.config import LogLevel, Settings
from server.ledger import Ledger, StoredOperation
from server.promising import Promising
from server.rpc.status import DETAILS_KEY, issues_in
from tests.builders import at
from tests.server.promising.builders import TOKEN_KEY, a_world
from tests.server.rpc.searches import nothing


class FakePromising:
    """Answers by the functions it was given; keeps operations in a dict."""

    def __init__(self, **answers: Callable[..., Any]) -> None:
        self._operations: dict[str, StoredOperation] = {}
        self.__dict__.update(answers)

    def expire_overdue(self) -> None:
        """Holds nothing, so nothing ever ends."""

    def mend(self) -> None:
        """Has lost nothing, so there is nothing to find a place for."""

    def legible_issues(self, _orders: object) -> tuple[Issue, ...]:
        """Knows no world, so nothing is wrong for it."""
        return ()

    def remember_operation(self, operation: StoredOperation) -> None:
        self._operations[operation.operation_id] = operation

    def operation(self, operation_id: str) -> StoredOperation:
        if operation_id not in self._operations:
            raise NotFound(Issue(code=IssueCode.OPERATION_NOT_FOUND, path="name", message=operation_id))
        return self._operations[operation_id]

    def operations(self, after: str = "", *, limit: int) -> tuple[StoredOperation, ...]:
        return tuple(self._operations[each] for each in sorted(self._operations) if each > after)[:limit]


class Client:
    """Stubs of every service."""

    def __init__(self, address: str, channel: grpc.Channel) -> None:
        self.address = address
        self.channel = channel
        self.orders = OrderServiceStub(channel)
        self.contracts = ContractServiceStub(channel)
        self.plans = PlanServiceStub(channel)
        self.resources = ResourceServiceStub(channel)
        self.policy = PolicyServiceStub(channel)
        self.scenarios = ScenarioServiceStub(channel)
        self.simulation = SimulationServiceStub(channel)
        self.operations: Any = OperationsStub(channel)


Build = Callable[..., Parts]


def a_fake(promising: object) -> Build:
    """Builds a server on a fake, without any ledger."""

    def build(settings: Settings, *, address: str) -> Parts:
        ledger = SimpleNamespace(close=nothing)
        return Parts(a_world(), cast(Ledger, ledger), SimulatedClock(at("07:00")), cast(Promising, promising))

    return build


def a_tiny_shop(clock: Clock | None = None, *, its_world: World | None = None) -> Build:
    """Builds a server on the real use cases and a real ledger over a tiny world."""

    def build(settings: Settings, *, address: str) -> Parts:
        world, its_clock = its_world or a_world(), clock or SimulatedClock(at("07:00"))
        ledger = Ledger.open(settings.database_url, tenant_id="tenant", exclusive=True, address=address)
        with ledger.transaction() as tx:
            started = int(tx.meta("test_starts") or 0)
            tx.set_meta("test_starts", str(started + 1))
        ids = count(1)
        promising = Promising(
            tenant_id="tenant",
            world=world,
            ledger=ledger,
            clock=its_clock,
            ids=lambda: f"id{started}-{next(ids):04}",
            token_key=TOKEN_KEY,
        )
        return Parts(world, ledger, its_clock, promising)

    return build


@contextmanager
def a_server(build: Build, *, folder: Path, **settings: Any) -> Iterator[Client]:
    """A client of a server that listens on a free port of the loopback."""
    known = {"world": folder, "database_url": f"sqlite:///{folder / 'ledger.db'}", "log_level": LogLevel.ERROR}
    chosen = Settings(**{**known, "address": "127.0.0.1:0", **settings})
    with in_background(chosen, build=build) as server, grpc.insecure_channel(server.address) as channel:
        yield Client(server.address, channel)


def refusal(call: Callable[[], object]) -> tuple[grpc.StatusCode, Sequence[Issue]]:
    """The status of a call that has to fail, and the issues in its details."""
    try:
        call()
    except grpc.RpcError as error:
        failed = cast(grpc.Call, error)
        trailers = dict(failed.trailing_metadata() or ())
        details = trailers.get(DETAILS_KEY, b"")
        assert isinstance(details, bytes)
        return failed.code(), issues_in(Status.FromString(details))
    raise AssertionError("the call has to fail")


def says(*issues: Issue, error: type[Exception]) -> Callable[..., Any]:
    """An answer that is an error."""

    def answer(*_: object, **__: object) -> Any:
        raise error(*issues)

    return answer


def gives(answer: object) -> Callable[..., Any]:
    return partial(_given, answer)


def _given(answer: object, *_: object, **__: object) -> object:
    return answer
