"""The bridge between the ids and instants outside and the indices and seconds inside."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from opening_hours import OpeningHours, State
from shapely import Polygon

from models.catalogue import Catalogue
from models.contract import ResourceConstraint, ServiceItem
from models.order import LOAD_DIMENSIONS, Channel, Load
from models.place import Place
from models.plan import ReasonCode
from models.problem import Problem
from models.resource import ResourceKind, Technician, Vehicle
from models.timing import Horizon, seconds_of
from models.travel import PROFILES, TravelTables
from solver.geometry import place_key
from solver.kernels.arrays import COST_UNITS, I64, NEVER, OPEN_END, Fleet, Travel
from solver.traffic import border_of, traffic_of

Mobile = Vehicle | Technician
"""Everybody who travels; a vehicle index counts all of them, riders first, technicians last."""

Span = tuple[int, int]
"""Seconds `[start, end)` from the horizon's start."""

MIDNIGHT = time(0)


def load_row(load: Load, counts: Iterable[int] = ()) -> I64:
    """The amounts of a load, and behind them how much is of each class of goods that is kept apart from another."""
    return np.array([*(getattr(load, name) for name in LOAD_DIMENSIONS), *counts], dtype=np.int64)


def capacity_of(mobile: Mobile) -> Load:
    """A technician carries no goods."""
    return Load() if isinstance(mobile, Technician) else mobile.capacity


@dataclass(frozen=True)
class Instance:
    """What does not change while contracts come and go: resources, travel and hours.

    Parameters
    ----------
    reasons_by_asked
        Filled while items are looked at: who could not do what a channel and a constraint ask for, in order or not.
    """

    catalogue: Catalogue
    horizon: Horizon
    tables: TravelTables
    travel: Travel
    fleet: Fleet
    vehicles: tuple[Mobile, ...]
    idx_by_vehicle_id: dict[str, int]
    hours_by_owner_id: dict[str, tuple[Span, ...]]
    polygon_by_zone_id: dict[str, Polygon]
    place_idx_by_key: dict[tuple[int | None, float, float], int] = field(default_factory=dict)
    reasons_by_asked: dict[tuple[Channel, ResourceConstraint], dict[int, ReasonCode]] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> Self:
        catalogue, horizon = problem.catalogue, problem.horizon
        vehicles = catalogue.mobiles
        return cls(
            catalogue=catalogue,
            horizon=horizon,
            tables=problem.travel,
            travel=_travel(problem),
            fleet=_fleet(vehicles, problem),
            vehicles=vehicles,
            idx_by_vehicle_id={vehicle.resource_id: r for r, vehicle in enumerate(vehicles)},
            hours_by_owner_id=_hours(catalogue, horizon),
            polygon_by_zone_id=_polygons(catalogue),
        )

    def under(self, catalogue: Catalogue) -> Self:
        """The same with other shifts: places keep their numbers, and everybody keeps his index."""
        start = self.horizon.start
        problem = Problem(catalogue, self.tables, self.horizon, now=start, freeze_until=start)
        return replace(type(self).of(problem), place_idx_by_key=self.place_idx_by_key)

    @property
    def num_load_dimensions(self) -> int:
        return int(self.fleet.capacity.shape[1])

    def load_of(self, item: ServiceItem) -> I64:
        """What an item's goods take up; each of their classes counts once."""
        return load_row(item.load, (each in item.goods_classes for each in self.catalogue.policy.apart_by_class))

    def apart_of(self, item: ServiceItem) -> int:
        """The load dimensions that must be empty while an item's goods are on board, as bits."""
        apart_by_class = self.catalogue.policy.apart_by_class
        excluded = {other for each in item.goods_classes for other in apart_by_class.get(each, ())}
        return sum(1 << d for d, each in enumerate(apart_by_class, start=len(LOAD_DIMENSIONS)) if each in excluded)

    def with_out_of_order(self, catalogue: Catalogue) -> Self:
        """The same under a catalogue that differs by what is out of order alone: what was looked up still holds."""
        return replace(self, catalogue=catalogue)

    @cached_property
    def out_of_order(self) -> tuple[int, ...]:
        """Whoever cannot come for the time being."""
        index = self.idx_by_vehicle_id
        return tuple(sorted(index[each] for each in self.catalogue.unavailable_ids if each in index))

    @cached_property
    def on_call(self) -> tuple[int, ...]:
        """Whoever is at home until somebody calls."""
        return tuple(r for r, vehicle in enumerate(self.vehicles) if vehicle.on_call)

    def node(self, place: Place) -> int:
        """Index of the street node that a place was snapped to."""
        return self.tables.idx_by_node_id[place.street_node_id or 0]

    def place_idx(self, place: Place) -> int:
        """A number that is equal for places that are one stop."""
        return self.place_idx_by_key.setdefault(place_key(place), len(self.place_idx_by_key))

    def vehicles_of(self, kind: ResourceKind) -> slice:
        """The indices of one kind."""
        num_riders, num_vehicles = len(self.catalogue.riders), len(self.catalogue.vehicles)
        return {
            ResourceKind.RIDER: slice(0, num_riders),
            ResourceKind.VAN: slice(num_riders, num_vehicles),
            ResourceKind.TECHNICIAN: slice(num_vehicles, len(self.vehicles)),
        }[kind]

    def customer_setup_s(self, place: Place) -> int:
        """Parking and the walk from the street to the door and back."""
        policy = self.catalogue.policy
        walk_s = -(-2000 * place.snap_distance_m // policy.walking_speed_mm_per_s)
        return seconds_of(policy.customer_setup) + walk_s

    def opening_span(self, owner_id: str, instant_s: int) -> Span | None:
        """The opening period of a site or desk that holds this time, or else the next one."""
        return next((span for span in self.hours_by_owner_id[owner_id] if instant_s < span[1]), None)

    def day_at_site(self, site_id: str, instant_s: int) -> date | None:
        """The local day on which a site is open at this time, or else next."""
        span = self.opening_span(site_id, instant_s)
        return None if span is None else self.local_date(max(instant_s, span[0]))

    def midnight_after_s(self, instant_s: int) -> int:
        """The local midnight that ends the day of this time."""
        return self.local_seconds(self.local_date(instant_s) + timedelta(days=1), MIDNIGHT)

    def local_date(self, instant_s: int) -> date:
        return self.horizon.instant(instant_s).astimezone(self.catalogue.zone).date()

    def local_instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.catalogue.zone)

    def local_seconds(self, day: date, at: time) -> int:
        return self.horizon.seconds(self.local_instant(day, at))


def _hours(catalogue: Catalogue, horizon: Horizon) -> dict[str, tuple[Span, ...]]:
    """Opening periods by site or desk; many have the same."""
    spans = cache(lambda hours, holiday_hours: tuple(spans_of(hours, holiday_hours, catalogue, horizon)))
    sites = {site.site_id: spans(site.hours, site.holiday_hours) for site in catalogue.sites}
    return sites | {desk.resource_id: spans(desk.hours, desk.holiday_hours) for desk in catalogue.desks}


def spans_of(hours: str, holiday_hours: str | None, catalogue: Catalogue, horizon: Horizon) -> list[Span]:
    """Opening periods on every day that the horizon touches, in order; such as meet are one.

    Each day is asked from midnight to midnight, with the hours that hold on it.
    """
    zone, days_off = catalogue.zone, catalogue.holidays
    usual = OpeningHours(hours)
    special = usual if holiday_hours is None else OpeningHours(holiday_hours)
    first = horizon.start.astimezone(zone).date()
    num_days = (horizon.end.astimezone(zone).date() - first).days + 1
    spans: list[Span] = []
    for day in (first + timedelta(days=n) for n in range(num_days)):
        midnight = datetime.combine(day, MIDNIGHT)
        open_on_it = special if days_off is not None and day in days_off else usual
        for opens, closes, state, _ in open_on_it.intervals(midnight, midnight + timedelta(days=1)):
            if state == State.OPEN:
                opens_s, closes_s = (horizon.seconds(each.replace(tzinfo=zone)) for each in (opens, closes))
                if spans and spans[-1][1] == opens_s:
                    opens_s = spans.pop()[0]
                spans.append((opens_s, closes_s))
    return spans


def _polygons(catalogue: Catalogue) -> dict[str, Polygon]:
    """The areas of all carriers' zones."""
    return {
        zone_id: Polygon([(corner.lon, corner.lat) for corner in zone.area])
        for zone_id, zone in catalogue.carrier_zone_by_id.items()
    }


def _travel(problem: Problem) -> Travel:
    tables = problem.travel
    each = (tables.duration_s, tables.distance_m, tables.duration_to_s, tables.distance_to_m)
    catalogue = problem.catalogue
    clock = traffic_of(catalogue, problem.horizon), border_of(catalogue, tables)
    return Travel._make([*map(_read_only, each), *clock])


def _read_only(table: NDArray[np.int32]) -> NDArray[np.int32]:
    """As mapped tables are: to the compiler, a writable array or one with gaps is another type."""
    view = np.ascontiguousarray(table).view(np.ndarray)
    view.setflags(write=False)
    return view


def _fleet(vehicles: tuple[Mobile, ...], problem: Problem) -> Fleet:
    node_idx, horizon = problem.travel.idx_by_node_id, problem.horizon
    unbounded = [NEVER] * len(problem.catalogue.policy.apart_by_class)

    def column(values: Iterable[int]) -> I64:
        return np.array(list(values), dtype=np.int64)

    return Fleet(
        profile=column(PROFILES.index(v.profile) for v in vehicles),
        start_node=column(node_idx[v.start_place.street_node_id or 0] for v in vehicles),
        end_node=column(node_idx[v.end_place.street_node_id or 0] if v.end_place else OPEN_END for v in vehicles),
        shift_start=column(horizon.seconds(v.shift.start) for v in vehicles),
        shift_end=column(horizon.seconds(v.shift.end + v.overtime) for v in vehicles),
        regular_end=column(horizon.seconds(v.shift.end) for v in vehicles),
        capacity=np.array([load_row(capacity_of(v), unbounded) for v in vehicles], dtype=np.int64).reshape(
            -1, len(LOAD_DIMENSIONS) + len(unbounded)
        ),
        cost_m=column(v.rates.per_km * (COST_UNITS // 1000) for v in vehicles),
        cost_s=column(v.rates.per_hour * (COST_UNITS // 3600) for v in vehicles),
        cost_use=column(v.rates.per_use * COST_UNITS for v in vehicles),
        cost_overtime=column(v.rates.per_overtime_hour * (COST_UNITS // 3600) for v in vehicles),
        max_span=column(NEVER for _ in vehicles),
        cost_wait=column(0 for _ in vehicles),
    )
