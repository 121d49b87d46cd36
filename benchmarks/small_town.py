"""Small instances with every kind of work in them, for an engine and the oracle that judges it.

A town of two dozen crossings, a store and a depot, two riders, two vans, two technicians, two
carriers and a desk. Much is scarce: stock, pickers, places at the counter, parcels, agents, hours,
compartments. Everything is drawn from one seed. Nobody has set out before the first contract asks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from math import hypot
from random import Random
from typing import Any

import numpy as np

from models.catalogue import Catalogue, StockRow
from models.contract import (
    Contract,
    Demand,
    JoinedOrder,
    JoinReason,
    Precedence,
    ResourceConstraint,
    ServiceItem,
    ServiceItemKind,
    SlaTerm,
)
from models.order import Channel, Load, Sku, Temperature, shortest_on_board
from models.place import Place
from models.policy import Policy, ServiceLevel
from models.problem import Problem
from models.promise import Mode, SameStart, SameVisit
from models.resource import (
    Break,
    Carrier,
    CostRates,
    Desk,
    ResourceKind,
    Rider,
    Site,
    SiteKind,
    SkillLevel,
    Technician,
    TravelProfile,
    Van,
)
from models.timing import DailyHours, Horizon, Interval, TimeWindow
from models.travel import TravelTables
from solver.travel import Edges, build_tables

NUM_CROSSINGS, NUM_NEIGHBOURS, SIDE_M = 24, 5, 3000
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
METRES_PER_DEGREE = 111_195

SKUS = (
    Sku(sku_id="RICE", name="Rice", category="food", weight_g=5000, volume_cm3=6000),
    Sku(
        sku_id="MILK",
        name="Milk",
        category="food",
        weight_g=1000,
        volume_cm3=1100,
        temperature=Temperature.CHILLED,
        max_on_board=timedelta(minutes=40),
    ),
    Sku(
        sku_id="CAKE",
        name="Cake",
        category="food",
        weight_g=1200,
        volume_cm3=4000,
        temperature=Temperature.FROZEN,
        max_on_board=timedelta(minutes=60),
    ),
    Sku(sku_id="BOOK", name="Book", category="books", weight_g=900, volume_cm3=1600),
    Sku(sku_id="VASE", name="Vase", category="home", weight_g=2500, volume_cm3=20_000, fragile=True),
    Sku(sku_id="PHONE", name="Phone", category="phones", weight_g=400, volume_cm3=900),
    Sku(sku_id="WASHER", name="Washer", category="appliances", weight_g=62_000, volume_cm3=430_000, crew=2),
)
SKU_BY_ID = {sku.sku_id: sku for sku in SKUS}

FOOD, HOUSEHOLD, USED = "food", "household", "used"
CLASS_BY_SKU_ID = {"RICE": FOOD, "MILK": FOOD, "CAKE": FOOD, "VASE": HOUSEHOLD, "PHONE": HOUSEHOLD, "WASHER": HOUSEHOLD}
KEEP_APART = ((FOOD, HOUSEHOLD), (FOOD, USED))
"""What must not travel together in a town that keeps goods apart; what is collected is used."""


def clock(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


@dataclass
class Town:
    """One instance in the making; every draw comes from one source."""

    random: Random
    places: list[Place] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int) -> "Town":
        town = cls(Random(f"{seed} small town"))
        town.places = [town._crossing(n) for n in range(NUM_CROSSINGS)]
        return town

    def _crossing(self, number: int) -> Place:
        return Place(
            lat=self.random.uniform(0, SIDE_M) / METRES_PER_DEGREE,
            lon=self.random.uniform(0, SIDE_M) / METRES_PER_DEGREE,
            street_node_id=number + 1,
        )

    def place(self) -> Place:
        """A door some steps from a crossing."""
        return self.random.choice(self.places).model_copy(update={"snap_distance_m": self.random.randint(0, 30)})

    def likely(self, chance: float) -> bool:
        return self.random.random() < chance

    @cached_property
    def tables(self) -> TravelTables:
        """Each crossing has ways to its nearest ones, of which no two directions are alike."""
        by_profile = {TravelProfile.BIKE: self._edges(4.0), TravelProfile.CAR: self._edges(7.0)}
        return build_tables(np.arange(1, NUM_CROSSINGS + 1), by_profile)

    def _edges(self, metres_per_s: float) -> Edges:
        pairs = [(n, (n + 1) % NUM_CROSSINGS) for n in range(NUM_CROSSINGS)]
        for n in range(NUM_CROSSINGS):
            nearest = sorted(range(NUM_CROSSINGS), key=lambda other: self._metres(n, other))
            pairs += [(n, other) for other in nearest[1 : NUM_NEIGHBOURS + 1]]
        both = [*pairs, *((b, a) for a, b in pairs)]
        metres = [1.2 * self._metres(a, b) + 1 for a, b in both]
        seconds = [each / metres_per_s * self.random.uniform(1, 1.6) for each in metres]
        return Edges(
            origin_id=np.array([a + 1 for a, _ in both]),
            destination_id=np.array([b + 1 for _, b in both]),
            duration_ms=np.array([int(1000 * each) + 1 for each in seconds]),
            distance_mm=np.array([int(1000 * each) for each in metres]),
        )

    def _metres(self, one: int, other: int) -> float:
        a, b = self.places[one], self.places[other]
        return METRES_PER_DEGREE * hypot(a.lat - b.lat, a.lon - b.lon)

    # -- who does the work

    def catalogue(self) -> Catalogue:
        return Catalogue(
            timezone="UTC",
            skus=SKUS,
            sites=(self._store(), self._depot()),
            riders=(self._rider("RIDER-1"), self._rider("RIDER-2")),
            vans=(self._van("VAN-1", frozen_cm3=100_000), self._van("VAN-2", crew_size=2)),
            technicians=(
                self._technician("TECHNICIAN-1", tools=("DRILL",)),
                self._technician("TECHNICIAN-2", tools=("DRILL", "GAUGE")),
            ),
            carriers=(self._carrier("CARRIER-1"), self._carrier("CARRIER-2")),
            desks=(
                Desk(
                    resource_id="DESK",
                    name="Desk",
                    skills=(SkillLevel(skill="PHONES"),),
                    concurrency=1,
                    hours="08:00-12:00,13:00-20:00",
                ),
            ),
            policy=_policy(),
        )

    def _store(self) -> Site:
        return Site(
            site_id="STORE",
            kind=SiteKind.STORE,
            name="Store",
            place=self.random.choice(self.places),
            temperatures=(Temperature.AMBIENT, Temperature.CHILLED),
            hours="06:30-22:00",
            pickers=1,
            pick_duration_per_line=timedelta(seconds=self.random.choice([60, 150])),
            setup_duration=timedelta(seconds=120),
            handover_duration=timedelta(seconds=45),
            counter_places=1,
            returns_per_day=1,
            radius_m={ResourceKind.RIDER: 3500},
        )

    def _depot(self) -> Site:
        return Site(
            site_id="DEPOT",
            kind=SiteKind.WAREHOUSE,
            name="Depot",
            place=self.random.choice(self.places),
            temperatures=(Temperature.AMBIENT, Temperature.CHILLED, Temperature.FROZEN),
            hours=self.random.choice(["06:00-23:00", "06:00-12:00,13:00-20:00"]),
            pickers=2,
            pick_duration_per_line=timedelta(seconds=60),
            setup_duration=timedelta(seconds=180),
            handover_duration=timedelta(seconds=60),
        )

    def _rider(self, resource_id: str) -> Rider:
        home = self.random.choice(self.places)
        return Rider(
            resource_id=resource_id,
            name=resource_id,
            profile=TravelProfile.BIKE,
            start_place=home,
            end_place=home if self.likely(0.5) else None,
            capacity=Load(weight_g=15_000, ambient_cm3=40_000, chilled_cm3=self.random.choice([0, 2500])),
            rates=CostRates(per_km=90, per_hour=2700, per_use=200, per_overtime_hour=1500),
            **self._shift(),
        )

    def _van(self, resource_id: str, *, frozen_cm3: int = 0, crew_size: int = 1) -> Van:
        home = self.random.choice(self.places)
        return Van(
            resource_id=resource_id,
            name=resource_id,
            profile=TravelProfile.CAR,
            start_place=home,
            end_place=home,
            capacity=Load(weight_g=130_000, ambient_cm3=900_000, chilled_cm3=frozen_cm3, frozen_cm3=frozen_cm3),
            crew_size=crew_size,
            rates=CostRates(per_km=210, per_hour=3900 * crew_size, per_use=1200, per_overtime_hour=2500),
            **self._shift(),
        )

    def _technician(self, resource_id: str, *, tools: tuple[str, ...]) -> Technician:
        home = self.random.choice(self.places)
        return Technician(
            resource_id=resource_id,
            name=resource_id,
            profile=TravelProfile.CAR,
            start_place=home,
            end_place=home,
            skills=(SkillLevel(skill="PLUMBING", level=self.random.randint(1, 2)),),
            tools=tools,
            rates=CostRates(per_km=120, per_hour=6000, per_use=800, per_overtime_hour=3000),
            **self._shift(),
        )

    def _shift(self) -> dict[str, Any]:
        """Some short, some with a break or with overtime that was agreed."""
        starts, lasts = self.random.choice([7.5, 8]), self.random.choice([4, 7, 9])
        opens = starts + self.random.choice([1, 2, 3])
        window = TimeWindow(earliest=clock(opens), latest=clock(opens + 0.5))
        overtime = timedelta(minutes=self.random.choice([0, 30]))
        return {
            "shift": Interval(start=clock(starts), end=clock(starts + lasts)),
            "breaks": (Break(window=window, duration=timedelta(minutes=20)),) if self.likely(0.4) else (),
            "max_overtime": overtime,
            "overtime": overtime,
        }

    def _carrier(self, resource_id: str) -> Carrier:
        return Carrier(
            resource_id=resource_id,
            name=resource_id,
            max_weight_g=10_000,
            accepts_fragile=self.likely(0.5),
            tariff_base=self.random.choice([500, 650]),
            tariff_per_kg=self.random.choice([80, 150]),
            cut_off=time(self.random.choice([11, 17])),
            transit_days=1,
            delivery_hours=DailyHours(opens=time(9), closes=time(18)),
            daily_quota=self.random.choice([1, 3]),
        )

    def stock(self, catalogue: Catalogue) -> tuple[StockRow, ...]:
        return tuple(
            StockRow(site_id=site.site_id, sku_id=sku.sku_id, on_hand=self.random.choice([1, 2, 6]))
            for site in catalogue.sites
            for sku in SKUS
            if sku.temperature in site.temperatures and not (sku.crew > 1 and site.site_id == "STORE")
        )

    # -- what is asked for

    def contract(self, number: int, scene: Callable[["Scene"], None]) -> Contract:
        made = Scene(self, f"C-{number}", self.place(), clock(7) + timedelta(minutes=self.random.randint(0, 60)))
        scene(made)
        return made.contract()


@dataclass
class Scene:
    """A contract in the making: what it is about is told by one of the functions below."""

    town: Town
    contract_id: str
    door: Place
    asked: datetime
    items: list[ServiceItem] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    links: dict[str, Any] = field(default_factory=dict)

    def contract(self) -> Contract:
        joined = JoinedOrder(
            order_id=self.contract_id,
            channel=Channel.APP,
            joined_time=self.asked,
            reasons=(JoinReason.FIRST_ORDER,),
        )
        return Contract(
            contract_id=self.contract_id,
            tenant_id="town",
            customer_id=self.contract_id,
            created_time=self.asked,
            orders=(joined,),
            demands=tuple(self.demands),
            items=tuple(self.items),
            **self.links,
        )

    def goods(self, *sku_ids: str, minutes: int = 2, **changes: Any) -> str:
        """An item that brings one of each, or several pieces."""
        item_id = f"i-{len(self.items)}"
        demands = [self._demand(f"{item_id}:{sku_id}", sku_id) for sku_id in sku_ids]
        skus = [SKU_BY_ID[sku_id] for sku_id in sku_ids]
        fields = {
            "kind": ServiceItemKind.DELIVERY,
            "demand_ids": tuple(demand.demand_id for demand in demands),
            "load": sum((SKU_BY_ID[each.sku_id].load(each.quantity) for each in demands), Load()),
            "max_on_board": shortest_on_board(skus),
            "constraint": ResourceConstraint(crew=max(sku.crew for sku in skus)),
        }
        self.demands += demands
        return self._item(item_id, minutes, {**fields, **changes})

    def _demand(self, demand_id: str, sku_id: str) -> Demand:
        quantity = 1 if SKU_BY_ID[sku_id].crew > 1 else self.town.random.randint(1, 2)
        return Demand(
            demand_id=demand_id, order_id=self.contract_id, line_id=demand_id, sku_id=sku_id, quantity=quantity
        )

    def service(self, kind: ServiceItemKind, *, minutes: int, **changes: Any) -> str:
        return self._item(f"i-{len(self.items)}", minutes, {"kind": kind, **changes})

    def _item(self, item_id: str, minutes: int, fields: dict[str, Any]) -> str:
        duration = timedelta(minutes=minutes)
        item = ServiceItem(
            **{
                "item_id": item_id,
                "channel": Channel.APP,
                "place": self.door,
                "service_duration": duration,
                **fields,
            }
        )
        self.items.append(item)
        return item_id

    def wish(self) -> SlaTerm:
        """Some want it soon, some in an hour's slot, some whenever it is cheapest."""
        level = self.town.random.choice(["hour", "slot", "slot", None])
        return SlaTerm(service_level_id=level)

    def after(self, before_item_id: str, after_item_id: str) -> None:
        lag = timedelta(minutes=self.town.random.choice([0, 30]))
        link = Precedence(before_item_id=before_item_id, after_item_id=after_item_id, lag=lag)
        self.links["precedences"] = (*self.links.get("precedences", ()), link)

    def together(self, *item_ids: str) -> None:
        self.links["same_visits"] = (SameVisit(item_ids=item_ids),)

    def at_once(self, *item_ids: str) -> None:
        self.links["same_starts"] = (SameStart(item_ids=item_ids),)


def groceries(scene: Scene) -> None:
    scene.goods("RICE", sla=scene.wish())


def breakfast(scene: Scene) -> None:
    """Rice and milk, at one door, in one visit or in two."""
    sla = scene.wish()
    items = scene.goods("MILK", sla=sla), scene.goods("RICE", sla=sla)
    if scene.town.likely(0.5):
        scene.together(*items)


def cake(scene: Scene) -> None:
    scene.goods("CAKE", sla=SlaTerm(service_level_id="slot"))


def vase(scene: Scene) -> None:
    """Brought, or fetched at the counter."""
    scene.goods("VASE", also=(ServiceItemKind.STORE_PICKUP,))


def book(scene: Scene) -> None:
    scene.goods("BOOK", sla=SlaTerm(service_level_id="parcel"))


def fetched(scene: Scene) -> None:
    scene.goods("BOOK", "RICE", kind=ServiceItemKind.STORE_PICKUP)


def phone(scene: Scene) -> None:
    """The old one is taken along, an agent calls afterwards, a guide is sent."""
    new = scene.goods("PHONE", sla=scene.wish())
    old = scene.service(ServiceItemKind.COLLECTION, minutes=3, load=Load(weight_g=300, ambient_cm3=800))
    scene.together(new, old)
    agents = ResourceConstraint(skills=(SkillLevel(skill="PHONES"),))
    call = scene.service(ServiceItemKind.REMOTE_SESSION, minutes=20, constraint=agents)
    scene.after(new, call)
    scene.service(ServiceItemKind.DIGITAL, minutes=0)


def washer(scene: Scene) -> None:
    """It takes two to carry it; a technician installs it afterwards."""
    new = scene.goods("WASHER", minutes=10)
    skilled = ResourceConstraint(skills=(SkillLevel(skill="PLUMBING"),), tools=("DRILL",))
    scene.after(new, scene.service(ServiceItemKind.TECHNICIAN_VISIT, minutes=40, constraint=skilled))


def mounted(scene: Scene) -> None:
    """A technician is there when the van comes."""
    new = scene.goods("VASE", minutes=5, constraint=ResourceConstraint(kinds=(ResourceKind.VAN,)))
    scene.at_once(new, scene.service(ServiceItemKind.TECHNICIAN_VISIT, minutes=30))


def lifted(scene: Scene) -> None:
    """A job for two technicians."""
    scene.at_once(*(scene.service(ServiceItemKind.TECHNICIAN_VISIT, minutes=25) for _ in range(2)))


def returned(scene: Scene) -> None:
    scene.service(ServiceItemKind.COLLECTION, minutes=3, load=Load(weight_g=4000, ambient_cm3=9000))


SCENES = (groceries, breakfast, phone, washer, cake, vase, book, fetched, mounted, lifted, returned, groceries)


def _policy() -> Policy:
    an_hour = timedelta(hours=1)
    return Policy(
        currency="CNY",
        service_levels=(
            ServiceLevel(service_level_id="hour", name="Within the hour", modes=(Mode.RIDER,), within=an_hour, fee=600),
            ServiceLevel(
                service_level_id="slot",
                name="One-hour slot",
                modes=(Mode.RIDER, Mode.VAN),
                slot_duration=an_hour,
                num_slots=5,
                fee=300,
            ),
            ServiceLevel(service_level_id="parcel", name="Parcel", modes=(Mode.CARRIER,), fee=800),
            ServiceLevel(service_level_id="fetch", name="Fetch it", modes=(Mode.PICKUP,)),
            ServiceLevel(
                service_level_id="visit",
                name="A technician comes",
                modes=(Mode.TECHNICIAN,),
                slot_duration=an_hour,
                num_slots=9,
            ),
            ServiceLevel(
                service_level_id="call",
                name="An agent calls",
                modes=(Mode.REMOTE,),
                slot_duration=timedelta(minutes=30),
                num_slots=16,
            ),
            ServiceLevel(
                service_level_id="mail", name="Sent at once", modes=(Mode.DIGITAL,), within=timedelta(minutes=5)
            ),
        ),
        picking_per_line=50,
        handling_per_item=dict.fromkeys(Mode, 60),
        residual_cv=dict.fromkeys(Mode, 0.2),
        co2_g_per_km={},
        co2_g_per_parcel=0,
        customer_setup=timedelta(seconds=90),
        customer_handover=timedelta(seconds=60),
        max_ways_out=0,
    )


@dataclass(frozen=True, eq=False)
class SmallInstance:
    """A town in which nothing is planned yet, and the contracts that come to it, in the order in which they ask."""

    problem: Problem
    contracts: tuple[Contract, ...]


def small_instance(
    seed: int, *, num_contracts: int, scenes: Sequence[Callable[[Scene], None]] = SCENES
) -> SmallInstance:
    """An instance by its seed: every kind of contract comes before one comes twice."""
    town = Town.of(seed)
    catalogue = town.catalogue()
    begins = clock(7)
    problem = Problem(
        catalogue=catalogue,
        travel=town.tables,
        horizon=Horizon(start=clock(6), end=clock(24)),
        now=begins,
        freeze_until=begins,
        stock=town.stock(catalogue),
    )
    rounds = -(-num_contracts // len(scenes))
    drawn = [each for _ in range(rounds) for each in town.random.sample(scenes, len(scenes))][:num_contracts]
    contracts = [town.contract(n, scene) for n, scene in enumerate(drawn, start=1)]
    return SmallInstance(problem, tuple(sorted(contracts, key=lambda each: (each.created_time, each.contract_id))))


def with_goods_apart(instance: SmallInstance) -> SmallInstance:
    """The same instance, in which food travels neither with household goods nor with what is taken back."""
    catalogue = instance.problem.catalogue
    skus = tuple(sku.model_copy(update={"goods_class": CLASS_BY_SKU_ID.get(sku.sku_id)}) for sku in catalogue.skus)
    policy = catalogue.policy.model_copy(update={"keep_apart": KEEP_APART})
    changed = catalogue.model_copy(update={"skus": skus, "policy": policy})
    contracts = tuple(
        contract.model_copy(update={"items": tuple(_classed(contract, item) for item in contract.items)})
        for contract in instance.contracts
    )
    return SmallInstance(replace(instance.problem, catalogue=changed), contracts)


def _classed(contract: Contract, item: ServiceItem) -> ServiceItem:
    classes = {CLASS_BY_SKU_ID[each.sku_id] for each in contract.demands_of(item) if each.sku_id in CLASS_BY_SKU_ID}
    if item.kind is ServiceItemKind.COLLECTION:
        classes.add(USED)
    return item.model_copy(update={"goods_classes": tuple(sorted(classes))})
