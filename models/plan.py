"""Who does what when, what it costs, and what is not in the plan and why."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.money import MinorUnits
from models.place import Place
from models.promise import Mode
from models.timing import Instant


class CapacityKind(StrEnum):
    """What a capacity cell counts, and the length of its bucket."""

    PICKING = "PICKING"
    """Picker-seconds at a site in a `Policy.pick_bucket`."""
    COUNTER = "COUNTER"
    """Places at a site's counter in a `Policy.counter_bucket`."""
    CARRIER = "CARRIER"
    """Parcels of a carrier on a local day."""
    CARRIER_ZONE = "CARRIER_ZONE"
    """Parcels of a carrier into one of its zones, dispatched on a local day."""
    RETURNS = "RETURNS"
    """Collected items that a site takes in on a local day."""
    DESK = "DESK"
    """Sessions that a desk holds at one time, in a `Policy.desk_bucket`."""


class CapacityUse(Model):
    """An amount taken out of one capacity cell (`kind`, `owner_id`, `bucket_start`)."""

    kind: CapacityKind
    owner_id: Id
    bucket_start: Instant
    amount: Annotated[int, Field(ge=1)]


class Assignment(Model):
    """Who does one item, from where, and with which capacity.

    Parameters
    ----------
    site_id
        Where the goods come from, or where what is collected goes to; None without goods.
    resource_id
        The vehicle, technician, carrier or desk; None for `PICKUP` and `DIGITAL`.
    ready_time
        When the goods are picked: the end of the last picking bucket that is used; without
        picking, the start of the promised window.
    planned_start
        When service starts by the plan; for `PICKUP` the earliest time the goods can be
        fetched, for `CARRIER` the start of the arrival hours, for `DIGITAL` that of the window.
    uses
        Capacity taken; stock follows from the item's demands and `site_id`.
    """

    contract_id: Id
    item_id: Id
    mode: Mode
    site_id: Id | None = None
    resource_id: Id | None = None
    ready_time: Instant
    planned_start: Instant
    uses: tuple[CapacityUse, ...] = ()


class VisitKind(StrEnum):
    """Goods come on board, goods leave, or neither (a technician at work)."""

    PICKUP = "PICKUP"
    DELIVERY = "DELIVERY"
    SERVICE = "SERVICE"


class Visit(Model):
    """One stop of a vehicle for one item.

    Parameters
    ----------
    depart
        When the vehicle sets out for it, from the previous visit or from its start.
    arrival
        `depart` plus travel; `depart` is the last second from which it is there by then. Set-up follows,
        unless the previous visit was at the same place.
    start, end
        The service. A vehicle that is early waits before it departs.
    """

    contract_id: Id
    item_id: Id
    kind: VisitKind
    place: Place
    depart: Instant
    arrival: Instant
    start: Instant
    end: Instant


class PlacedBreak(Model):
    """A break of a vehicle's shift as it is taken: where the vehicle stands, before it departs again."""

    start: Instant
    end: Instant


class Route(Model):
    """The visits of one vehicle in their order.

    Parameters
    ----------
    breaks
        Those of the shift, in order; of a route without visits none. Who has no visits takes breaks
        as early as they may start.
    version
        Counts up with every published change.
    distance_m, work_s
        Sums over the route: metres travelled; seconds of travel, set-up and service, which are
        what an hour's rate pays. Both include the way to `end_place`, where there is one.
    """

    resource_id: Id
    version: Annotated[int, Field(ge=0)] = 0
    visits: tuple[Visit, ...] = ()
    breaks: tuple[PlacedBreak, ...] = ()
    distance_m: Annotated[int, Field(ge=0)] = 0
    work_s: Annotated[int, Field(ge=0)] = 0

    @property
    def way_home_s(self) -> int:
        """Seconds to `end_place`: what is left of the work when all visits are done."""
        visits = sum((visit.end - visit.depart for visit in self.visits), timedelta())
        return max(0, self.work_s - visits // timedelta(seconds=1))


class Cost(Model):
    """Money by kind, in minor units of the policy's currency.

    Parameters
    ----------
    travel, labour, use
        Of routes: kilometres, hours, and once per vehicle that is used; each is rounded
        half up once per route.
    overtime
        Of routes: hours behind the shift's end, on top of labour; rounded likewise.
    expected_compensation
        Of an option: what lateness will cost on average. Not part of a plan's cost.
    """

    travel: MinorUnits = 0
    labour: MinorUnits = 0
    use: MinorUnits = 0
    overtime: MinorUnits = 0
    picking: MinorUnits = 0
    handling: MinorUnits = 0
    carrier: MinorUnits = 0
    expected_compensation: MinorUnits = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, kind) for kind in COST_KINDS)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(**{kind: getattr(self, kind) + getattr(other, kind) for kind in COST_KINDS})

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(**{kind: getattr(self, kind) - getattr(other, kind) for kind in COST_KINDS})


COST_KINDS = tuple(Cost.model_fields)


class ReasonCode(StrEnum):
    """The first constraint that rules a site or a resource out. Stable by promise."""

    # sites
    SITE_NOT_ALLOWED = "SITE_NOT_ALLOWED"
    NO_TEMPERATURE_ZONE = "NO_TEMPERATURE_ZONE"
    NO_STOCK = "NO_STOCK"
    OUT_OF_RADIUS = "OUT_OF_RADIUS"
    SITE_CLOSED = "SITE_CLOSED"
    PICKING_FULL = "PICKING_FULL"
    NO_COUNTER = "NO_COUNTER"
    COUNTER_FULL = "COUNTER_FULL"
    RETURNS_FULL = "RETURNS_FULL"
    # vehicles
    RESOURCE_NOT_ALLOWED = "RESOURCE_NOT_ALLOWED"
    POOL_NOT_SHARED = "POOL_NOT_SHARED"
    SKILL_MISSING = "SKILL_MISSING"
    CREW_TOO_SMALL = "CREW_TOO_SMALL"
    NO_COMPARTMENT = "NO_COMPARTMENT"
    LOAD_FULL = "LOAD_FULL"
    KEPT_APART = "KEPT_APART"
    ON_CALL = "ON_CALL"
    ON_BOARD_TOO_LONG = "ON_BOARD_TOO_LONG"
    UNREACHABLE = "UNREACHABLE"
    SHIFT_OVER = "SHIFT_OVER"
    WINDOW_MISSED = "WINDOW_MISSED"
    # carriers
    GOODS_NOT_ACCEPTED = "GOODS_NOT_ACCEPTED"
    CUT_OFF_MISSED = "CUT_OFF_MISSED"
    QUOTA_FULL = "QUOTA_FULL"
    OUT_OF_ZONE = "OUT_OF_ZONE"
    # technicians and desks
    TOOL_MISSING = "TOOL_MISSING"
    DESK_CLOSED = "DESK_CLOSED"
    DESK_FULL = "DESK_FULL"
    # anything
    OUT_OF_ORDER = "OUT_OF_ORDER"
    METHOD_NOT_WANTED = "METHOD_NOT_WANTED"
    OUTSIDE_LIMIT = "OUTSIDE_LIMIT"
    PRECEDENCE = "PRECEDENCE"
    KIND_NOT_PLANNED = "KIND_NOT_PLANNED"
    NO_RESOURCE = "NO_RESOURCE"
    NOT_TOGETHER = "NOT_TOGETHER"
    FEE_ABOVE_LIMIT = "FEE_ABOVE_LIMIT"
    SPLIT_LIMIT = "SPLIT_LIMIT"
    TIME_RAN_OUT = "TIME_RAN_OUT"


class ReasonCount(Model):
    """`count` of `total` sites or resources are ruled out by `code` first; one of them by name."""

    code: ReasonCode
    count: Annotated[int, Field(ge=1)]
    total: Annotated[int, Field(ge=1)]
    example_id: str = ""


class Unplanned(Model):
    """An item that is not in the plan, and why."""

    contract_id: Id
    item_id: Id
    reasons: Annotated[tuple[ReasonCount, ...], Field(min_length=1)]


class Plan(Model):
    """The answer to one problem. `cost` is what the checker recomputes, to the unit."""

    routes: tuple[Route, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    cost: Cost = Cost()


class Violation(Model):
    """A rule that a plan breaks, found by the checker."""

    code: str
    path: str
    message: str
