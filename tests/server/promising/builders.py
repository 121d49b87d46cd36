"""A tiny world with a server's use cases on top, and short ways to play a customer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

from models.catalogue import Catalogue, StockRow
from models.contract import Contract
from models.issues import InputError, Issue, IssueCode
from models.option import Quote, SlaOption
from models.order import Channel, Identity, Order, OrderLine
from models.place import Place
from models.promise import Mode
from models.reservation import Reservation
from models.timing import Horizon
from models.travel import TravelTables
from scenarios.streets import Streets
from scenarios.world import World
from server.clock import SimulatedClock
from server.ledger import Ledger
from server.promising import Promising
from tests.builders import a_catalogue, a_place, a_stock, at, travel_tables

TOKEN_KEY = b"a key of thirty-two bytes length"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class TinyStreets:
    """The street of `tests.builders`; places there are snapped already, any other is off the map."""

    def snap(self, place: Place, *, max_snap_m: int, path: str = "place") -> Place:
        if place.street_node_id is None:
            message = f"distance to the nearest street must be <= max_snap_m ({max_snap_m} m)"
            raise InputError(Issue(code=IssueCode.PLACE_NOT_REACHABLE, path=path, message=message))
        return place

    def tables(self) -> TravelTables:
        return travel_tables()


def a_world(
    *, catalogue: Catalogue | None = None, stock: Sequence[StockRow] | None = None, fingerprint: str = "tiny"
) -> World:
    return World(
        folder=Path("tiny"),
        name="Tiny",
        catalogue=catalogue or a_catalogue(),
        stock=a_stock() if stock is None else tuple(stock),
        horizon=Horizon(start=at("06:00"), end=at("00:00", days=1)),
        streets=cast(Streets, TinyStreets()),
        fingerprint=fingerprint,
        policy_fingerprint="policy",
    )


def a_site_stock(site_id: str, **pieces: int) -> tuple[StockRow, ...]:
    return tuple(StockRow(site_id=site_id, sku_id=sku_id, on_hand=n) for sku_id, n in pieces.items())


def an_order(order_id: str = "o1", *skus: str, member: str = "m1", crossing: int = 4, **fields: Any) -> Order:
    lines = (OrderLine(line_id=sku.lower(), sku_id=sku, quantity=1) for sku in skus or ("RICE",))
    known: dict[str, Any] = {
        "order_id": order_id,
        "channel": Channel.APP,
        "placed_time": at("07:00"),
        "identity": Identity(member_id=member),
        "lines": tuple(lines),
        "place": a_place(crossing),
    }
    return Order(**{**known, **fields})


@dataclass
class Shop:
    """The use cases of one tenant, and a clock to turn."""

    url: str
    world: World = field(default_factory=a_world)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(at("07:00")))
    tenant_id: str = "tenant"
    ids: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.requests = count(1)
        self.ledger = Ledger.open(self.url, tenant_id=self.tenant_id)
        self.promising = Promising(
            tenant_id=self.tenant_id,
            world=self.world,
            ledger=self.ledger,
            clock=self.clock,
            ids=lambda: f"id{next(self.ids):04}",
            token_key=TOKEN_KEY,
        )

    def restarted(self) -> "Shop":
        """Another process on the same ledger, at the same time."""
        return Shop(self.url, world=self.world, clock=self.clock, tenant_id=self.tenant_id, ids=count(1000))

    def request_id(self) -> str:
        return f"{id(self)}-{next(self.requests)}"

    def later(self, duration: timedelta) -> None:
        self.clock.advance_to(self.clock.now() + duration)

    def submitted(self, *orders: Order) -> Contract:
        """The contract of the last of the orders."""
        done = self.promising.submit(orders, request_id=self.request_id())
        return self.promising.contract(done[-1].contract_id)

    def quoted(self, *orders: Order) -> Quote:
        return self.promising.quote(self.submitted(*(orders or (an_order(),))).contract_id)

    def held(self, *orders: Order, mode: Mode = Mode.RIDER) -> Reservation:
        option = option_by(self.quoted(*orders), mode)
        return self.promising.hold(option.token, request_id=self.request_id())

    def confirmed(self, *orders: Order, mode: Mode = Mode.RIDER) -> Contract:
        held = self.held(*orders, mode=mode)
        return self.promising.confirm(held.reservation_id, request_id=self.request_id())

    def event_types(self) -> list[str]:
        return [event.event_type for event in self.promising.events(limit=1000)]

    def books(self) -> "Books":
        """Everything that a hold takes."""
        with self.ledger.transaction() as tx:
            return Books(
                reserved=tx.reserved(),
                capacity=sum(tx.used_capacity().values()),
                num_assignments=len(tx.assignments()),
                num_visits=sum(len(route.visits) for route in tx.routes()),
            )


@dataclass(frozen=True)
class Books:
    reserved: dict[tuple[str, str], int]
    capacity: int
    num_assignments: int
    num_visits: int


EMPTY = Books(reserved={}, capacity=0, num_assignments=0, num_visits=0)


def option_by(quote: Quote, mode: Mode) -> SlaOption:
    """The first option that does everything in this mode."""
    for option in quote.options:
        if {promise.mode for promise in option.promises} == {mode}:
            return option
    modes = [[promise.mode.value for promise in option.promises] for option in quote.options]
    raise AssertionError(f"no option by {mode}: {modes}, {quote.refusals}")
