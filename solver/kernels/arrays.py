"""The arrays that all kernels share.

R vehicles, N visits, P positions of a route, D load dimensions. Position 0 of a route is the
vehicle's start, positions 1..length[r] are its visits, position length[r]+1 is its end.
Times are seconds from the horizon's start; costs are in `COST_UNITS` to the minor unit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

COST_UNITS = 3_600_000
"""One minor unit: a rate per km (metres x 3600) and a rate per hour (seconds x 1000) share it."""

NEVER = 2**60
"""Later than every time, dearer than every cost."""

NO_VISIT = -1
"""Node of the first visit of a request that has only one."""

OPEN_END = -1
"""Node of the end of a route that ends wherever its last visit is."""

START_PLACE, END_PLACE = -1, -2
"""Start and end are places of their own: the first stop always sets up."""

FIRST_BREAK = -3
"""Place of a break, this one and every one below: each is a place of its own, so that a stop ends with it."""

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


FREE_FLOW = 100
"""Per cent of the speed that the tables are made with."""

STEP_START, STEP_PERCENT = 0, 1
"""Rows of `Travel.traffic`."""

BORDER_FROM, BORDER_TO = 0, 1
"""Rows of `Travel.border`."""

NO_BORDER: I64 = np.zeros((2, 1, 0), dtype=np.int64)
"""`Travel.border` where whatever is slow is slow everywhere."""

NO_TRAFFIC: I64 = np.zeros((1, 2, 0), dtype=np.int64)
"""`Travel.traffic` where all streets are always free."""


class Travel(NamedTuple):
    """int32 [profiles, n, n] each: seconds on free streets, and metres; a negative entry is unreachable.

    `duration` and `distance` are [profile, origin, destination], the other two the same turned
    round: [profile, destination, origin]. Ways to one node that are looked up in a row then lie
    in one row, and not on as many pages of memory.

    `traffic` [profiles, 2, steps]: from when on which speed holds, in per cent of that on free streets. The
    first step begins at -NEVER; those that a profile does not need begin at NEVER. Without steps, all streets
    are always free.

    `border` [2, profiles, n]: seconds on free streets from a node to the nearest one outside the area in which a
    profile is slow, and from there to the node. Outside they are 0; where the profile is slow everywhere, NEVER.
    Of length 0 if there is no such area.
    """

    duration: I32
    distance: I32
    duration_to: I32
    distance_to: I32
    traffic: I64
    border: I64


class Fleet(NamedTuple):
    """Per vehicle: [R], and capacity [R, D]. Costs per metre, second and use in `COST_UNITS`.

    `shift_end` is that with overtime; `cost_overtime` is paid on top for each second behind `regular_end`.
    `max_span` bounds the time from leaving the start, which may be as late as nothing suffers, to the end
    (NEVER: nothing does); in traffic, from leaving the start as it is planned. `cost_wait` is paid for each second
    of that time that is neither work nor a break.
    """

    profile: I64
    start_node: I64
    end_node: I64
    shift_start: I64
    shift_end: I64
    regular_end: I64
    capacity: I64
    cost_m: I64
    cost_s: I64
    cost_use: I64
    cost_overtime: I64
    max_span: I64
    cost_wait: I64


class Visits(NamedTuple):
    """Per visit: [N], and load [N, D], positive where goods come on board.

    Bit d of `apart` is set if dimension d must be empty while goods of the visit are on board. Such a dimension
    counts what is of one class of goods. Classes exclude each other mutually, so that it is enough to look at
    what a request finds on board.

    `place` numbers places, so that set-up is spent once per stop there; `earliest` and `latest`
    bound the start of service. A delivery whose goods may be on board for `bound` seconds only (from
    the end of their pickup to its start) names that `pickup`; for all others `bound` is NEVER.

    A break is a visit that belongs to its vehicle for good: no node (it is taken where the vehicle
    stands), its duration as service, and a place from FIRST_BREAK downwards.
    """

    node: I64
    place: I64
    earliest: I64
    latest: I64
    service: I64
    setup: I64
    load: I64
    pickup: I64
    bound: I64
    apart: I64


class Routes(NamedTuple):
    """Per vehicle and position: [R, P], load [R, P, D]; length [R].

    `start` is the start of service, `leg_s` the seconds of travel and set-up that lead to a
    position (in traffic, of who leaves as late as the start allows; on the way to the end, at once) and
    `leg_m` its metres, `latest_start` the latest start that keeps every later
    window and the shift (Savelsbergh's forward slack), `load` what is on board afterwards. `node` and
    `place` are those of the visit, of the start or of the end; a break has the node of what precedes it.
    """

    length: I64
    visit: I64
    start: I64
    leg_s: I64
    leg_m: I64
    latest_start: I64
    node: I64
    place: I64
    load: I64


class Request(NamedTuple):
    """A pickup and a delivery on one vehicle, not yet in a route; load [D].

    With `pickup_node` NO_VISIT it is one visit without load: the delivery's fields are its own.
    `max_on_board` is how long the load may be on board, from the end of the pickup to the start of the
    delivery. `apart` is as in `Visits`.
    """

    pickup_node: int
    pickup_place: int
    pickup_earliest: int
    pickup_latest: int
    pickup_service: int
    pickup_setup: int
    delivery_node: int
    delivery_place: int
    delivery_earliest: int
    delivery_latest: int
    delivery_service: int
    delivery_setup: int
    load: I64
    max_on_board: int = NEVER
    apart: int = 0
