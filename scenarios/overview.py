"""What a world holds, in numbers."""

from collections import Counter
from collections.abc import Iterable

from models.base import Model
from models.order import Temperature
from models.resource import Rider, Van
from models.timing import Horizon
from scenarios.world import World


class Overview(Model):
    """Counts of a world.

    Parameters
    ----------
    cold_vans, cold_riders
        Those with a compartment for chilled or frozen goods.
    stock_pieces
        Pieces on hand, by the temperature of the goods.
    crossings, street_pieces
        Of the network: nodes, and directed pieces of street between them.
    """

    name: str
    fingerprint: str
    timezone: str
    currency: str
    horizon: Horizon
    service_levels: tuple[str, ...]
    sites: dict[str, int]
    counters: int
    riders: int
    cold_riders: int
    vans: int
    cold_vans: int
    technicians: int
    carriers: int
    desks: int
    pools: int
    skus: dict[Temperature, int]
    stock_rows: int
    stock_pieces: dict[Temperature, int]
    crossings: int
    street_pieces: int


def overview(world: World) -> Overview:
    catalogue, network = world.catalogue, world.streets.network
    pieces = Counter[Temperature]()
    for row in world.stock:
        pieces[catalogue.sku_by_id[row.sku_id].temperature] += row.on_hand
    return Overview(
        name=world.name,
        fingerprint=world.fingerprint,
        timezone=catalogue.timezone,
        currency=catalogue.policy.currency,
        horizon=world.horizon,
        service_levels=tuple(level.service_level_id for level in catalogue.policy.service_levels),
        sites=dict(sorted(Counter(site.kind.value for site in catalogue.sites).items())),
        counters=sum(site.counter_places > 0 for site in catalogue.sites),
        riders=len(catalogue.riders),
        cold_riders=_cold(catalogue.riders),
        vans=len(catalogue.vans),
        cold_vans=_cold(catalogue.vans),
        technicians=len(catalogue.technicians),
        carriers=len(catalogue.carriers),
        desks=len(catalogue.desks),
        pools=len(catalogue.pools),
        skus=_by_temperature(Counter(sku.temperature for sku in catalogue.skus)),
        stock_rows=len(world.stock),
        stock_pieces=_by_temperature(pieces),
        crossings=len(network.node_ids),
        street_pieces=len(network.origin),
    )


def _cold(vehicles: Iterable[Rider | Van]) -> int:
    return sum(vehicle.capacity.chilled_cm3 + vehicle.capacity.frozen_cm3 > 0 for vehicle in vehicles)


def _by_temperature(counter: Counter[Temperature]) -> dict[Temperature, int]:
    return {temperature: counter[temperature] for temperature in Temperature}
