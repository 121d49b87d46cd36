"""One way to do an item, and what it is made of."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from models.contract import ServiceItem
from models.plan import CapacityUse
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import Carrier, Desk, Site
from solver.live_routes import RoutedWork

Window = tuple[int, int]
"""Earliest and latest start of service, both inclusive, in seconds."""

PromiseKey = tuple[Mode, str, Window]
"""What the customer sees of an alternative: mode, service level and window."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """Where an item goes on a vehicle: its visits behind these positions of the route."""

    vehicle_idx: int
    work: RoutedWork
    pickup_after: int
    delivery_after: int

    @property
    def position(self) -> tuple[int, int, int]:
        return self.vehicle_idx, self.pickup_after, self.delivery_after


class Source(NamedTuple):
    """A site that has the goods: when they are picked, and the picking cells that takes.

    For a collection, the site that the goods go to; without goods there is no site, and `ready_s`
    is the start of the promised window.
    """

    site: Site | None
    ready_s: int
    uses: tuple[CapacityUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to do an item. `cost_units` is what it adds now, all kinds of cost together."""

    item: ServiceItem
    mode: Mode
    level: ServiceLevel
    window: Window
    source: Source
    uses: tuple[CapacityUse, ...]
    cost_units: int
    insertion: Insertion | None = None
    performer: Carrier | Desk | None = None
    start_s: int | None = None
    """Planned start, where no route decides it and it is not that of the window, or where others start with it."""
    fee: int = 0
    """What its stop costs the customer, if nothing dearer is done there."""
    co2_mg: int = 0
    """Milligrams that it adds now."""

    @property
    def site_id(self) -> str | None:
        return self.source.site.site_id if self.source.site else None

    @property
    def stop_key(self) -> object:
        """Equal for items that are fetched, posted or sent together; for those on a vehicle, see its route."""
        together = self.item.item_id if self.mode is Mode.REMOTE else self.site_id
        came = self.window if self.mode is Mode.CARRIER else None  # two days are two parcels
        return self.mode, self.performer and self.performer.resource_id, together, came

    @property
    def promise_key(self) -> PromiseKey:
        return self.mode, self.level.service_level_id, self.window

    @property
    def source_key(self) -> Hashable:
        """What the customer sees, and what it takes goods and capacity from."""
        return self.promise_key, self.site_id, self.performer and self.performer.resource_id
