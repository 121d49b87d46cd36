"""Generate mornings of orders in the shape that real ones have."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.issues import InputError, Issue, IssueCode
from models.order import Channel, Identity, Method, Order, OrderLine, Sku, Temperature
from models.place import Datum, Place
from models.resource import Site, SiteKind, TravelProfile
from models.timing import TimeWindow
from models.travel import PROFILES, UNREACHABLE, TravelTables
from scenarios.goods import CATEGORY_BY_NAME, LINE_STAPLE_SKU_IDS, LINES
from scenarios.world import World

REORDER_PROBABILITY = 0.3
"""Of a customer ordering again within half an hour, as measured at a large marketplace."""

SCATTERED_PROBABILITY = 0.03
"""Of an order for goods of several lines, which no site has together; at a till nobody can buy them."""
MACHINE_PROBABILITY = 0.25
"""Of such an order to have something on it that takes two people to carry."""

DATUM_BY_CHANNEL = {
    Channel.LIVESTREAM: Datum.GCJ02,
    Channel.MARKETPLACE: Datum.GCJ02,
    Channel.APP: Datum.WGS84,
    Channel.MINI_PROGRAM: Datum.GCJ02,
    Channel.STORE_POS: Datum.BD09,
}
_SHARE_BY_CHANNEL = {
    Channel.APP: 30,
    Channel.MINI_PROGRAM: 25,
    Channel.LIVESTREAM: 15,
    Channel.MARKETPLACE: 15,
    Channel.STORE_POS: 15,
}
_WINDOW_PROBABILITY = {
    Channel.APP: 0.9,
    Channel.MINI_PROGRAM: 0.85,
    Channel.LIVESTREAM: 0.5,
    Channel.MARKETPLACE: 0.35,
    Channel.STORE_POS: 0.6,
}
_MEMBER_AND_PHONE_PROBABILITY = {
    Channel.LIVESTREAM: (0.0, 0.6),
    Channel.MARKETPLACE: (0.0, 0.9),
    Channel.APP: (1.0, 0.7),
    Channel.MINI_PROGRAM: (0.6, 0.3),
    Channel.STORE_POS: (0.8, 0.4),
}
_WITH_OPEN_ID = (Channel.LIVESTREAM, Channel.MARKETPLACE, Channel.MINI_PROGRAM)
_LINES_WEIGHTS = {1: 30, 2: 35, 3: 20, 4: 10, 5: 5}
_WINDOW = timedelta(minutes=90)
_EVENING = timedelta(hours=17), timedelta(hours=19)
EVENING_PROBABILITY = 0.1
"""Share of the orders with a window that have one in the evening, too."""
_LUNCH = (timedelta(hours=10, minutes=30), timedelta(hours=12))
_MEDIAN_RIDE_S, _RIDE_SPREAD = 180, 0.6


@dataclass(frozen=True)
class Customer:
    """Who orders: where they live, which store is theirs, and every key they have."""

    number: int
    store: Site
    home: Place
    member_id: str
    phone: str

    def identity(self, channel: Channel, random: Random) -> Identity:
        """The keys that one channel knows; at least one."""
        with_member, with_phone = (random.random() < chance for chance in _MEMBER_AND_PHONE_PROBABILITY[channel])
        open_ids = {channel: f"{channel.value.lower()}-{self.phone[-6:]}"} if channel in _WITH_OPEN_ID else {}
        return Identity(
            member_id=self.member_id if with_member else None,
            phone=self.phone if with_phone or not (with_member or open_ids) else None,
            open_ids=open_ids,
        )


MORNING = timedelta(hours=1), timedelta(hours=6)
"""After the start of the horizon: from when until when a morning's orders come."""


def generate_morning(world: World, *, seed: int, num_orders: int) -> tuple[Order, ...]:
    """The orders of the five hours that begin one hour after the horizon does."""
    start, end = (world.horizon.start + each for each in MORNING)
    return generate_orders(world, seed=seed, num_orders=num_orders, start=start, end=end)


def generate_orders(world: World, *, seed: int, num_orders: int, start: datetime, end: datetime) -> tuple[Order, ...]:
    """Orders of many customers over five channels, in the order of time.

    Most have a window of 90 minutes from the moment they are placed, its end rounded up to
    five minutes; one in ten of these is at home again in the evening. Between 10:30 and 12:00
    local time twice as many come. Homes lie a few minutes by bicycle from a store that has most
    of what is bought. Channels send their own datums and the keys that they know.

    Parameters
    ----------
    start, end
        Orders are placed in `[start, end)`.
    """
    random, town = Random(f"{seed} orders"), _Town(world)
    placed: list[tuple[datetime, Customer, Channel]] = []
    while len(placed) < num_orders:
        customer = town.customer(random, number=len(placed) + 1, seed=seed)
        placed += _purchases(customer, random, town, start, end)
    placed = sorted(placed[:num_orders], key=lambda purchase: (purchase[0], purchase[1].number))
    return tuple(
        town.order(random, f"order-{seed}-{number:04}", time, customer, channel)
        for number, (time, customer, channel) in enumerate(placed, 1)
    )


def _purchases(
    customer: Customer, random: Random, town: "_Town", start: datetime, end: datetime
) -> Iterator[tuple[datetime, Customer, Channel]]:
    time = town.busy_time(random, start, end)
    while time < end:
        yield time, customer, random.choices([*_SHARE_BY_CHANNEL], [*_SHARE_BY_CHANNEL.values()])[0]
        if random.random() >= REORDER_PROBABILITY:
            return
        time += timedelta(seconds=random.randint(60, 1800))


@dataclass(frozen=True, eq=False)
class _Rides:
    """Crossings that riders reach from a site, by the seconds that it takes."""

    seconds: NDArray[np.int64]
    nodes: NDArray[np.intp]

    @classmethod
    def of(cls, seconds: NDArray[np.int64], nodes: NDArray[np.intp]) -> "_Rides":
        by_time = nodes[np.argsort(seconds[nodes], kind="stable")]
        return cls(seconds[by_time], by_time)

    def nearest(self, ride_s: int, *, most: int) -> list[int]:
        """The crossings whose rides are nearest to that long; of equally near ones the first in the network."""
        middle = int(np.searchsorted(self.seconds, ride_s))
        around = np.sort(np.abs(self.seconds[max(0, middle - most) : middle + most] - ride_s))
        farthest = int(around[min(most, len(around)) - 1])
        first, last = np.searchsorted(self.seconds, (ride_s - farthest, ride_s + farthest + 1)).tolist()
        nodes, away = self.nodes[first:last], np.abs(self.seconds[first:last] - ride_s)
        chosen: list[int] = nodes[np.lexsort((nodes, away))][:most].tolist()
        return chosen


class _Town:
    """What the generator looks up again and again in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables: TravelTables = world.streets.tables()
        self.stores = [site for site in world.catalogue.sites if site.kind is SiteKind.STORE]
        self.skus_by_site: dict[str, list[Sku]] = defaultdict(list)
        for row in world.stock:
            self.skus_by_site[row.site_id].append(world.catalogue.sku_by_id[row.sku_id])
        stocked = {row.sku_id for row in world.stock}
        anywhere = [sku for sku in world.catalogue.skus if sku.sku_id in stocked]
        self.skus_by_line = {line: [sku for sku in anywhere if sku.attributes.get("line") == line] for line in LINES}
        self.rides_by_site: dict[str, _Rides] = {}
        self.usual_by_store: dict[tuple[str, Channel], list[Sku]] = {}
        self.machines = [sku for sku in anywhere if sku.crew > 1]
        self.anywhere = [sku for sku in world.catalogue.skus if sku.crew == 1]

    def busy_time(self, random: Random, start: datetime, end: datetime) -> datetime:
        """A whole second of `[start, end)`, twice as likely in the lunch peak."""
        midnight = start.astimezone(self.world.catalogue.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        while True:
            time = start + timedelta(seconds=random.randrange(int((end - start).total_seconds())))
            if _LUNCH[0] <= time - midnight < _LUNCH[1] or random.random() < 0.5:
                return time

    def customer(self, random: Random, *, number: int, seed: int) -> Customer:
        store = random.choice(self.stores)
        ride_s = round(_MEDIAN_RIDE_S * math.exp(random.gauss(0, _RIDE_SPREAD)))
        home = self.place_at(random, self.node_at(store, ride_s, random))
        # No telephone number begins with +86 000.
        return Customer(number, store, home, f"member-{seed}-{number:04}", f"+86000{seed % 1000:03}{number:05}")

    def rides(self, site: Site) -> NDArray[np.int32]:
        """Seconds by bicycle from a site to every crossing."""
        idx = self.tables.idx_by_node_id[site.place.street_node_id or 0]
        return np.asarray(self.tables.duration_s[PROFILES.index(TravelProfile.BIKE), idx])

    def node_at(self, site: Site, ride_s: int, random: Random) -> int:
        """One of the twenty crossings whose ride from the site is nearest to `ride_s`."""
        if site.site_id not in self.rides_by_site:
            rides = self.rides(site).astype(np.int64)
            nodes = np.flatnonzero((rides != UNREACHABLE) & self.world.streets.network.snappable)
            self.rides_by_site[site.site_id] = _Rides.of(rides, nodes)
        return int(random.choice(self.rides_by_site[site.site_id].nearest(ride_s, most=20)))

    def place_at(self, random: Random, node: int) -> Place:
        """A door within some forty metres of a crossing."""
        network = self.world.streets.network
        metres, angle = random.uniform(0, 40), random.uniform(0, 2 * math.pi)
        lat = float(network.lat[node]) + metres * math.sin(angle) / 111_195
        east = metres * math.cos(angle) / (111_195 * math.cos(math.radians(lat)))
        return Place(lat=round(lat, 6), lon=round(float(network.lon[node]) + east, 6), address=str(network.names[node]))

    def order(self, random: Random, order_id: str, time: datetime, customer: Customer, channel: Channel) -> Order:
        skus = self.basket(random, customer.store, channel)
        windows = _windows(time, order_id, self.world) if random.random() < _WINDOW_PROBABILITY[channel] else ()
        return Order(
            order_id=order_id,
            channel=channel,
            placed_time=time,
            identity=customer.identity(channel, random),
            lines=tuple(
                OrderLine(line_id=f"line-{idx}", sku_id=sku.sku_id, quantity=random.choice((1, 1, 1, 2)))
                for idx, sku in enumerate(skus, 1)
            ),
            place=_sent(customer.home, channel),
            method=_method(random, channel),
            service_level_id=self.wish(random, skus, bool(windows)),
            windows=windows,
        )

    def basket(self, random: Random, store: Site, channel: Channel) -> list[Sku]:
        """Distinct goods, mostly such as the channel is known for and the store has; one in ten is from anywhere."""
        if channel is not Channel.STORE_POS and random.random() < SCATTERED_PROBABILITY and self.has_lines:
            return self.scattered(random)
        usual = self.usual(store, channel)
        wanted = random.choices([*_LINES_WEIGHTS], [*_LINES_WEIGHTS.values()])[0]
        chosen: dict[str, Sku] = {}
        while len(chosen) < min(wanted, len(usual)):
            sku = random.choice(self.anywhere if random.random() < 0.1 else usual)
            chosen[sku.sku_id] = sku
        return list(chosen.values())

    def usual(self, store: Site, channel: Channel) -> list[Sku]:
        """What the channel is known for and the store has; all that it has, if that is nothing."""
        key = (store.site_id, channel)
        if key not in self.usual_by_store:
            stocked = self.skus_by_site[store.site_id]
            self.usual_by_store[key] = [sku for sku in stocked if _sold_by(sku, channel)] or stocked
        return self.usual_by_store[key]

    @property
    def has_lines(self) -> bool:
        return bool(self.machines) and all(self.skus_by_line.values())

    def scattered(self, random: Random) -> list[Sku]:
        """Goods of two or three lines, and sometimes a machine."""
        lines = random.sample(LINES, random.choice((2, 3)))
        skus = [random.choice(self.skus_by_line[line]) for line in lines]
        return skus + ([random.choice(self.machines)] if random.random() < MACHINE_PROBABILITY else [])

    def wish(self, random: Random, skus: Sequence[Sku], in_a_hurry: bool) -> str | None:
        """A service level that is on sale and could be meant, for about half of the orders."""
        draw = random.random()
        if in_a_hurry:
            wish = "within-hour" if draw < 0.4 else "within-90" if draw < 0.55 else None
        elif all(sku.temperature is Temperature.AMBIENT for sku in skus):
            wish = "parcel" if draw < 0.3 else "slot-2h" if draw < 0.6 else None
        else:
            wish = "slot-2h" if draw < 0.5 else None
        return wish if wish and self.world.catalogue.policy.service_level(wish) else None


def _sold_by(sku: Sku, channel: Channel) -> bool:
    category = CATEGORY_BY_NAME.get(sku.category)
    return category is not None and channel in category.channels


def _windows(time: datetime, order_id: str, world: World) -> tuple[TimeWindow, ...]:
    """Soon; one in ten is at home again in the evening."""
    soon = _soon(time)
    midnight = time.astimezone(world.catalogue.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    evening = TimeWindow(earliest=midnight + _EVENING[0], latest=midnight + _EVENING[1])
    # A source of its own: what comes after must not depend on it.
    again = Random(f"{order_id} evening").random() < EVENING_PROBABILITY and soon.latest < evening.earliest
    return (soon, evening) if again else (soon,)


def _soon(time: datetime) -> TimeWindow:
    """From now on for 90 minutes, and on to the next five-minute mark."""
    past_mark = timedelta(minutes=time.minute % 5, seconds=time.second, microseconds=time.microsecond)
    to_mark = timedelta(minutes=5) - past_mark if past_mark else timedelta(0)
    return TimeWindow(earliest=time, latest=time + _WINDOW + to_mark)


def _method(random: Random, channel: Channel) -> Method:
    draw = random.random()
    if channel is Channel.STORE_POS:
        return Method.STORE_PICKUP if draw < 0.5 else Method.DELIVERY
    return Method.DELIVERY if draw < 0.25 else Method.ANY


def _sent(place: Place, channel: Channel) -> Place:
    """The place as a channel sends it: in its own datum, to about a metre's tenth."""
    sent = place.to_datum(DATUM_BY_CHANNEL[channel])
    return sent.model_copy(update={"lat": round(sent.lat, 6), "lon": round(sent.lon, 6)})


CAKE, VEGETABLES, TISSUES = "durian-mille-crepe", "local-pak-choi", "soft-tissues"


def groceries_story(world: World, *, at: datetime) -> tuple[Order, ...]:
    """One customer, three channels, four minutes: frozen cake, vegetables, tissues.

    The keys form a chain: the livestream knows an open id and the phone, the app the phone and
    the member, the till the member alone.

    Raises
    ------
    InputError
        SKU_UNKNOWN: the world does not sell or stock one of the three.
    """
    town = _Town(world)
    home_node = town.node_at(_most_central_with(town, town.stores, CAKE), _MEDIAN_RIDE_S, Random("home"))
    home = _home(town, home_node)
    till = _nearest_with(town, TISSUES, home_node)
    minute = timedelta(minutes=1)
    cake = _story_order("story-cake", Channel.LIVESTREAM, at, home, CAKE, method=Method.DELIVERY)
    vegetables = _story_order(
        "story-vegetables",
        Channel.APP,
        at + 2 * minute,
        home,
        VEGETABLES,
        method=Method.DELIVERY,
        service_level_id="within-hour",
    )
    tissues = _story_order(
        "story-tissues", Channel.STORE_POS, at + 4 * minute, till.place, TISSUES, method=Method.STORE_PICKUP
    )
    return cake, vegetables, tissues


_STORY_KEYS = {
    "story-cake": Identity(phone="+8600000000001", open_ids={Channel.LIVESTREAM: "livestream-story"}),
    "story-vegetables": Identity(phone="+8600000000001", member_id="member-story"),
    "story-tissues": Identity(member_id="member-story"),
    "story-phone": Identity(phone="+8600000000002", member_id="member-phone-story"),
    "story-pets": Identity(phone="+8600000000003"),
}


PHONE, SCREEN = "black-phone", "55-inch-television"


def phone_story(world: World, *, at: datetime) -> tuple[Order, ...]:
    """One customer buys a phone and a screen in the app; the rest follows from the world's service packs.

    Raises
    ------
    InputError
        SKU_UNKNOWN: no site of the world stocks both.
    """
    town = _Town(world)
    site = _most_central_with(town, world.catalogue.sites, PHONE, SCREEN)
    home = _home(town, town.node_at(site, _MEDIAN_RIDE_S, Random("phone home")))
    return (_story_order("story-phone", Channel.APP, at, home, PHONE, SCREEN, method=Method.DELIVERY),)


WASHER = "10-kilo-washing-machine"


def pets_story(world: World, *, at: datetime) -> tuple[Order, ...]:
    """One customer of a marketplace buys pet food of three lines, which no site has together, and a washing machine.

    Raises
    ------
    InputError
        SKU_UNKNOWN: no site of the world stocks one of them.
    """
    town = _Town(world)
    central = [_most_central_with(town, town.stores, sku_id) for sku_id in LINE_STAPLE_SKU_IDS]
    _stocking(town, world.catalogue.sites, WASHER)
    home = _home(town, town.node_at(central[0], _MEDIAN_RIDE_S, Random("pets home")))
    goods = (*LINE_STAPLE_SKU_IDS, WASHER)
    return (_story_order("story-pets", Channel.MARKETPLACE, at, home, *goods, method=Method.DELIVERY),)


def _home(town: _Town, node: int) -> Place:
    network = town.world.streets.network
    return Place(lat=float(network.lat[node]), lon=float(network.lon[node]), address=str(network.names[node]))


def _most_central_with(town: _Town, sites: Sequence[Site], *sku_ids: str) -> Site:
    """The site from which the stores are nearest by bicycle, on the middle of all rides."""
    others = [town.tables.idx_by_node_id[store.place.street_node_id or 0] for store in town.stores]

    def middle(site: Site) -> float:
        rides = town.rides(site)[others].astype(float)
        return float(np.median(np.where(rides == UNREACHABLE, np.inf, rides)))

    return min(_stocking(town, sites, *sku_ids), key=middle)


def _nearest_with(town: _Town, sku_id: str, node: int) -> Site:
    """The store with a counter that is nearest by bicycle."""
    rides = {
        site.site_id: int(town.rides(site)[node])
        for site in _stocking(town, town.stores, sku_id)
        if site.counter_places
    }
    reached = {site_id: ride for site_id, ride in rides.items() if ride != UNREACHABLE}
    return town.world.catalogue.site_by_id[min(reached or rides, key=lambda site_id: rides[site_id])]


def _stocking(town: _Town, sites: Sequence[Site], *sku_ids: str) -> list[Site]:
    stocked = {site.site_id: {sku.sku_id for sku in town.skus_by_site[site.site_id]} for site in sites}
    found = [site for site in sites if stocked[site.site_id].issuperset(sku_ids)]
    if not found:
        raise InputError(
            Issue(
                code=IssueCode.SKU_UNKNOWN,
                path="stock.csv",
                message=f"the story needs {' and '.join(sku_ids)} at one of {len(sites)} sites, and it is at 0",
                hint="take the goods and stock of a world that servanda world generate made",
            )
        )
    return found


def _story_order(
    order_id: str,
    channel: Channel,
    time: datetime,
    place: Place,
    *sku_ids: str,
    method: Method,
    service_level_id: str | None = None,
) -> Order:
    sent = _sent(place.model_copy(update={"street_node_id": None, "snap_distance_m": 0}), channel)
    return Order(
        order_id=order_id,
        channel=channel,
        placed_time=time,
        identity=_STORY_KEYS[order_id],
        lines=tuple(
            OrderLine(line_id=f"line-{number}", sku_id=sku_id, quantity=1) for number, sku_id in enumerate(sku_ids, 1)
        ),
        place=sent,
        method=method,
        service_level_id=service_level_id,
    )
