"""What a parcel carrier offers at a place: on which days it collects and delivers, and for how much."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from shapely import Point

from models.catalogue import Catalogue
from models.contract import ServiceItem
from models.money import round_half_up
from models.opening import Weekday
from models.place import Place
from models.resource import Carrier
from models.zone import CarrierZone
from solver.instance import MIDNIGHT, Instance, Span

DAY = timedelta(days=1)
_WEEKDAYS = tuple(Weekday)


def zone_of(carrier: Carrier, place: Place, instance: Instance) -> CarrierZone | None:
    """The first of a carrier's zones that holds a place, border included."""
    point = Point(place.lon, place.lat)
    return next((zone for zone in carrier.zones if instance.polygon_by_zone_id[zone.zone_id].covers(point)), None)


def tariff(carrier: Carrier, item: ServiceItem, instance: Instance) -> int:
    """What the carrier charges for an item, in minor units."""
    zone = zone_of(carrier, item.place, instance)
    base = carrier.tariff_base if zone is None or zone.tariff_base is None else zone.tariff_base
    per_kg = carrier.tariff_per_kg if zone is None or zone.tariff_per_kg is None else zone.tariff_per_kg
    return base + round_half_up(item.load.weight_g * per_kg, 1000)


def dispatch_days(carrier: Carrier, ready_s: int, instance: Instance) -> Iterator[date]:
    """The working days on which a parcel that is ready at that time can leave, in their order."""
    ready_day = instance.local_date(ready_s)
    for day in _working_days(carrier, ready_day, instance.catalogue):
        if day > ready_day or ready_s <= instance.local_seconds(day, carrier.cut_off):
            yield day


def arrival(carrier: Carrier, place: Place, dispatch_day: date, instance: Instance) -> Span:
    """When a parcel comes to a place, both ends inclusive, that is dispatched on a working day."""
    zone = zone_of(carrier, place, instance)
    transit_days = carrier.transit_days if zone is None or zone.transit_days is None else zone.transit_days
    days = _working_days(carrier, dispatch_day, instance.catalogue)
    arrival_day, hours = next(islice(days, transit_days, None)), carrier.delivery_hours
    last_day = arrival_day + DAY if hours.closes == MIDNIGHT else arrival_day
    return instance.local_seconds(arrival_day, hours.opens), instance.local_seconds(last_day, hours.closes)


def _working_days(carrier: Carrier, first: date, catalogue: Catalogue) -> Iterator[date]:
    """From that day on, without end."""
    day = first
    while True:
        if _works_on(carrier, day, catalogue):
            yield day
        day += DAY


def _works_on(carrier: Carrier, day: date, catalogue: Catalogue) -> bool:
    days_off = catalogue.holidays
    if days_off is not None and not carrier.collects.on_holidays:
        if day in days_off:
            return False
        if days_off.is_made_up_for(day):
            return True
    return _WEEKDAYS[day.weekday()] in carrier.collects.weekdays
