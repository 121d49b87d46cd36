"""A routing problem in words: what is to be done, in which ways, and who is there to do it.

Everything that is a choice is one of several ways or windows. The search knows alternatives only:
`solver.routing.expanding` makes them.

Times are seconds from the horizon's start. Costs are in one unit, whole numbers; a rate per metre
or second is in the same unit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENDLESS = 2**40
"""A time that never comes; also the latest that may be stated."""

Table = NDArray[np.integer] | NDArray[np.floating]


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Bounds of the start of service, both inclusive."""

    earliest: int = 0
    latest: int = ENDLESS


@dataclass(frozen=True, slots=True)
class LateStep:
    """To start up to `seconds` behind a window costs `cost`, whatever of it is used."""

    seconds: int
    cost: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Where something is done, and when it may be.

    Parameters
    ----------
    place
        Visits in a row at one place are one stop, and set up once. None: the node's number.
    windows
        Its service starts in one of them.
    service, service_by_kind
        Seconds; those for a kind of vehicle go before those for all.
    ladder
        What it costs to start behind a window; without steps no start behind one is allowed. Each step reaches
        further and costs more than the one before.
    is_hub
        So much is fetched here that two jobs are not near one another because both begin here: the search
        looks for neighbours at the other end of the way.
    """

    node: int
    place: int | None = None
    windows: tuple[Window, ...] = (Window(),)
    service: int = 0
    service_by_kind: tuple[tuple[str, int], ...] = ()
    setup: int = 0
    ladder: tuple[LateStep, ...] = ()
    is_hub: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A pickup and a delivery on one vehicle, or one visit alone.

    Parameters
    ----------
    pickup
        None: `delivery` is all there is to visit.
    load
        By dimension: on board from the pickup to the delivery. What a visit alone takes on board stays there to
        the end. Empty: nothing.
    max_on_board
        The longest time from the end of the pickup to the start of the delivery. None: any.
    goods
        The class of what is on board, which may have to be kept apart from another. None: of no class.
    """

    delivery: Stop
    pickup: Stop | None = None
    load: tuple[int, ...] = ()
    max_on_board: int | None = None
    goods: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do a job: a part, and what one vehicle does beside it.

    Parameters
    ----------
    delivery, pickup, load, max_on_board, goods
        Of its first part, and mostly the only one: see `Part`.
    extra_cost
        What this way costs beside the driving.
    vehicles
        Ids of those that may do it this way. None: all that may do the job.
    more
        Further parts. Several pickups for one delivery are parts with the same delivery; each of them is a visit
        of its own, with its own service.
    at_once
        The deliveries of all parts are one stop: they follow one another, with nothing from elsewhere between.
    """

    delivery: Stop
    pickup: Stop | None = None
    load: tuple[int, ...] = ()
    max_on_board: int | None = None
    extra_cost: int = 0
    vehicles: frozenset[str] | None = None
    goods: str | None = None
    more: tuple[Part, ...] = ()
    at_once: bool = False

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them, the first one first."""
        return (Part(self.delivery, self.pickup, self.load, self.max_on_board, self.goods), *self.more)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done once, in one of several ways, by one vehicle.

    Parameters
    ----------
    vehicles
        Ids of those that may do it: skills, zones, temperature and radius are decided before. None: all.
    refusal
        The price of not doing it. None: it has to be done.
    home, disturbance
        Who was to do it, and what it costs if somebody else does.
    pinned
        It stays with `home`.
    """

    job_id: str
    ways: tuple[Way, ...]
    vehicles: frozenset[str] | None = None
    refusal: int | None = None
    home: str | None = None
    disturbance: int = 0
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """It begins within its window, where the vehicle stands then."""

    earliest: int
    latest: int
    duration: int


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of a route: the pickup of a part of a job in one of its ways, or else its delivery or only visit."""

    job_id: str
    way: int = 0
    is_pickup: bool = False
    part: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """A visit that the vehicle has set out for: it stays, in its order, with this start of service."""

    step: Step
    start: int


@dataclass(frozen=True, slots=True)
class OnBoard:
    """Goods that are on board when a vehicle starts in the middle of its route, since then."""

    job_id: str
    way: int = 0
    since: int = 0
    part: int = 0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Who does jobs.

    Parameters
    ----------
    start
        The node where it starts at `shift_start`; in the middle of a route wherever it is free next.
    end
        None: wherever its last visit is.
    shift_end, regular_end
        The end with overtime, and the end without (None: the same).
    capacity
        By dimension of the load; one without an entry has no room.
    profile
        Which of the tables it goes by.
    kind
        Decides the service of stops that name it.
    cost_m, cost_s
        Per metre; per second of travel, set-up and service.
    cost_wait
        Per second of waiting, on leaving as late as nothing suffers; with goods on board it has left.
    cost_use, cost_overtime
        For the first visit; per second behind `regular_end`, on top.
    max_span
        The longest time from leaving the start to the end. None: any.
    breaks
        That it still takes. Those of an idle vehicle count as taken.
    begun
        Visits that it has set out for.
    on_board
        Goods that were picked up before its start. Those picked up in `begun` need no mention.
    planned
        How it was to go on: where the search begins, as far as it can be kept.
    is_down
        It does nothing any more but what has begun.
    """

    vehicle_id: str
    start: int
    end: int | None = None
    shift_start: int = 0
    shift_end: int = ENDLESS
    regular_end: int | None = None
    capacity: tuple[int, ...] = ()
    profile: int = 0
    kind: str = ""
    cost_m: int = 0
    cost_s: int = 0
    cost_wait: int = 0
    cost_use: int = 0
    cost_overtime: int = 0
    max_span: int | None = None
    breaks: tuple[Break, ...] = ()
    begun: tuple[Begun, ...] = ()
    on_board: tuple[OnBoard, ...] = ()
    planned: tuple[Step, ...] = ()
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class Spell:
    """From `since` to `until` (excluded) a profile has this many per cent of the speed of its table.

    What is slower is the speed, not the way: nobody who leaves later is there earlier.
    """

    since: int
    until: int
    percent: int
    profile: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A whole problem. The order of jobs and vehicles means nothing.

    Parameters
    ----------
    seconds, metres
        From node (row) to node (column), a table per profile: [profiles, nodes, nodes]. -1: there is no way.
    now
        Nothing departs before.
    traffic
        When streets are slow; those of one profile do not overlap.
    apart
        Pairs of classes of goods that are never on board together.
    """

    vehicles: tuple[Vehicle, ...]
    jobs: tuple[Job, ...]
    seconds: Table
    metres: Table
    now: int = 0
    traffic: tuple[Spell, ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
