"""What a stop costs the customer: by a published ladder, whatever the plan looks like."""

import math
from collections.abc import Sequence
from datetime import datetime

from models.catalogue import Catalogue
from models.fee import DistanceStep
from models.place import Place
from models.policy import ServiceLevel
from solver.geometry import crow_flies_m


class Fees:
    """The fees of one catalogue; they depend on place, time and service level, and on nothing else."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._distance_by_point: dict[tuple[float, float], float] = {}

    def fee(self, level: ServiceLevel, place: Place, *, opens: datetime) -> int:
        """In minor units, at least 0.

        Parameters
        ----------
        place
            The customer's: its distance to the nearest site counts, not that to the site which delivers.
        opens
            When the promised window does.
        """
        distance_m = self.distance_m(place)
        fee = level.fee + amount_at(level.fee_ladder.by_distance, distance_m)
        local = opens.astimezone(self._catalogue.zone).time()
        hours = [step.amount for step in level.fee_ladder.by_hour if step.from_time <= local]
        fee += hours[-1] if hours else 0
        return max(0, fee - self.discount(level, distance_m))

    def discount(self, level: ServiceLevel, distance_m: float) -> int:
        """For flexibility: the largest published amount that is at most the customer's share."""
        share = self._catalogue.policy.flexibility.share * self.saving(level, distance_m)
        return max((each for each in self._catalogue.policy.flexibility.amounts if each <= share), default=0)

    def saving(self, level: ServiceLevel, distance_m: float) -> float:
        """What the wide window of a level saves on average, see `FlexibilityDiscount`."""
        if level.narrowing is None or level.slot_duration is None:
            return 0.0
        stop_cost = amount_at(self._catalogue.policy.flexibility.stop_cost, distance_m)
        return stop_cost * (1 - math.sqrt(level.narrowing.width / level.slot_duration))

    def distance_m(self, place: Place) -> float:
        """As the crow flies to the nearest site; 0 in a world without sites."""
        point = (place.lat, place.lon)
        if point not in self._distance_by_point:
            distances = (crow_flies_m(site.place, place) for site in self._catalogue.sites)
            self._distance_by_point[point] = min(distances, default=0.0)
        return self._distance_by_point[point]


def amount_at(steps: Sequence[DistanceStep], distance_m: float) -> int:
    """Of the last step that is reached; 0 before the first."""
    reached = [step.amount for step in steps if step.from_m <= distance_m]
    return reached[-1] if reached else 0
