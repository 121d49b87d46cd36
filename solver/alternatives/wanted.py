"""What an alternative has to respect beyond its own item."""

from dataclasses import dataclass

from models.promise import Promise
from solver.alternatives.alternative import Window


@dataclass(frozen=True)
class Wanted:
    """What an alternative has to respect beyond its own item.

    Parameters
    ----------
    not_before_s
        From precedence: the promised window starts no earlier.
    vehicle_idx, window
        To share a visit: that vehicle, and for items that must share it, that window.
    behind
        To be collected in that visit: behind that position of the route. Else it would be cheapest
        to fetch it first, on the way to the goods.
    promise
        From a hold: exactly this mode, level and window.
    """

    not_before_s: int = 0
    vehicle_idx: int | None = None
    window: Window | None = None
    behind: int = 0
    promise: Promise | None = None
