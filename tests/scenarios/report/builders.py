"""The street of `tests.builders` as a world with a network, and its plans as plan files."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Model
from models.morning import Figures, Morning, RefusedContract, ToldStory
from models.option import Archetype, Comparison, Quote, Refusal, SlaOption
from models.order import Channel, Identity, Order, OrderLine
from models.plan import Cost, ReasonCode, ReasonCount
from models.plan_file import PlanFile
from models.promise import Mode
from models.resource import TravelProfile
from scenarios.report.local_clock import LocalClock
from scenarios.report.work import Work
from scenarios.streets import Network, Streets
from scenarios.world import World
from tests.builders import CROSSINGS, ZONE, Scene, a_place, way

FINGERPRINT = "street"
EVIL = "</script><img src=x onerror=\"document.body.dataset.evil='1'\">{{ 7 * 7 }}&amp;"
"""A name that is code wherever it is not treated as text."""


def a_street(cache_dir: Path) -> Streets:
    """Crossing to crossing and back, for each profile a piece with the figures of `tests.builders.way`."""
    there_and_back = [*pairwise(CROSSINGS), *((b, a) for a, b in pairwise(CROSSINGS))]
    pieces = [(profile, *pair, way(profile, *pair)) for profile in TravelProfile for pair in there_and_back]
    pairs = [(a, b) for _, a, b, found in pieces if found]
    ways = [(profile, *found) for profile, _, _, found in pieces if found]
    ends = np.array(pairs, np.int64) - CROSSINGS[0]
    network = Network(
        node_ids=np.array(CROSSINGS, np.int64),
        lat=np.array([a_place(each).lat for each in CROSSINGS]),
        lon=np.array([a_place(each).lon for each in CROSSINGS]),
        names=np.array(["Street" for _ in CROSSINGS]),
        snappable=np.ones(len(CROSSINGS), bool),
        origin=ends[:, 0],
        destination=ends[:, 1],
        distance_mm=np.array([1000 * metres for _, _, metres in ways], np.int64),
        car_ms=np.array([1000 * seconds * (profile is TravelProfile.CAR) for profile, seconds, _ in ways], np.int64),
        bike_ms=np.array([1000 * seconds * (profile is TravelProfile.BIKE) for profile, seconds, _ in ways], np.int64),
        line_start=np.arange(len(pairs) + 1) * 2,
        line_lat=np.array([a_place(each).lat for pair in pairs for each in pair]),
        line_lon=np.array([a_place(each).lon for pair in pairs for each in pair]),
    )
    return Streets("street", network, cache_dir)


def a_world(scene: Scene, cache_dir: Path, **changes: Any) -> World:
    problem = scene.problem
    fields: dict[str, Any] = {
        "folder": cache_dir,
        "name": "A street",
        "catalogue": problem.catalogue,
        "stock": problem.stock,
        "horizon": problem.horizon,
        "streets": a_street(cache_dir),
        "fingerprint": FINGERPRINT,
        "policy_fingerprint": "",
    }
    return World(**{**fields, **changes})


def a_plan_file(scene: Scene, **changes: Any) -> PlanFile:
    problem = scene.problem
    fields: dict[str, Any] = {
        "world": "A street",
        "fingerprint": FINGERPRINT,
        "horizon": problem.horizon,
        "now": problem.now,
        "freeze_until": problem.freeze_until,
        "stock": problem.stock,
        "contracts": problem.contracts,
        "plan": scene.plan,
    }
    return PlanFile(**{**fields, **changes})


def a_work(scene: Scene, cache_dir: Path, **changes: Any) -> Work:
    return Work(a_world(scene, cache_dir), a_plan_file(scene, **changes))


def a_clock(scene: Scene) -> LocalClock:
    return LocalClock.at(scene.problem.now.astimezone(ZONE))


def an_option(scene: Scene, option_id: str, **changes: Any) -> SlaOption:
    """What C-1 was promised."""
    promises = scene.agreed("C-1").promises
    fields: dict[str, Any] = {
        "option_id": option_id,
        "archetypes": (Archetype.CHEAPEST,),
        "promises": promises,
        "assignments": tuple(each for each in scene.plan.assignments if each.contract_id == "C-1"),
        "fee": 600,
        "currency": "CNY",
        "cost": Cost(travel=1000, labour=234),
        "p_on_time_by_item_id": {promise.item_id: 0.99 for promise in promises},
        "p_on_time": 0.95,
        "co2_g": 53,
        "num_stops": 2,
        "meets_wish": True,
    }
    return SlaOption(**{**fields, **changes})


def a_morning(scene: Scene, *, title: str = "Rice for two") -> Morning:
    """C-1 was quoted two options and took the first; another contract was refused."""
    contract = scene.agreed("C-1")
    taken = an_option(scene, "o-1", recommended=True)
    faster = an_option(
        scene,
        "o-2",
        archetypes=(Archetype.FASTEST,),
        promises=taken.promises[:1],
        compared=Comparison(fee=200, cost=266, minutes_later=-60, co2_g=7, num_stops=-1),
        fee=800,
        cost=Cost(travel=1500),
        p_on_time=0.99,
        co2_g=60,
        num_stops=1,
        meets_wish=False,
    )
    quote = Quote(
        quote_id="q-1",
        contract_id=contract.contract_id,
        contract_revision=1,
        options=(taken, faster),
        refusals=(),
        create_time=scene.problem.now,
        expire_time=scene.problem.now,
    )
    order = Order(
        order_id=contract.orders[0].order_id,
        channel=Channel.APP,
        placed_time=scene.problem.now,
        identity=Identity(member_id="m-1"),
        lines=(OrderLine(line_id="1", sku_id="RICE", quantity=2),),
        place=a_place(5),
    )
    return Morning(
        figures=some_figures(),
        stories=(ToldStory(name="rice", title=title, orders=(order,), quote=quote, chosen=taken),),
        refused=(_refused(),),
    )


def some_figures() -> Figures:
    counts = {"orders": 7, "contracts": 6, "options": 9, "confirmed": 5, "declined": 0, "refused": 1}
    costs = {"cost_before_replan": 900, "cost_after_replan": 800, "promises_moved": 0, "checker_violations": 0}
    return Figures(**counts, **costs, stories_ok=1, quote_p50_ms=4.0, quote_p99_ms=9.0, seconds=1.0)


def _refused() -> RefusedContract:
    reasons = (ReasonCount(code=ReasonCode.SHIFT_OVER, count=3, total=3, example_id="R-1"),)
    ways = ((Mode.RIDER, "hour"), (Mode.VAN, "slot"))
    refusals = tuple(
        Refusal(item_id="o-9.ambient", mode=mode, service_level_id=level, reasons=reasons) for mode, level in ways
    )
    return RefusedContract(contract_id="C-9", order_ids=("o-9",), refusals=refusals)


def an_evil_plan(scene: Scene, cache_dir: Path) -> tuple[World, PlanFile]:
    """The same world and plan, in which every name and address is EVIL."""
    groups = ("skus", "sites", "riders", "vans", "technicians", "desks")
    scene = scene.catalogue(**{name: _named(getattr(scene.problem.catalogue, name)) for name in groups})
    stored = a_plan_file(scene, world=EVIL, morning=a_morning(scene, title=EVIL))
    return a_world(scene, cache_dir, name=EVIL), PlanFile.model_validate_json(_addressed(stored))


def _named(models: Sequence[Any]) -> tuple[Any, ...]:
    named = (model.model_copy(update={"name": EVIL}) for model in models)
    return tuple(type(model).model_validate_json(_addressed(model)) for model in named)


def _addressed(model: Model) -> str:
    return model.model_dump_json().replace('"address":""', f'"address":{json.dumps(EVIL)}')
