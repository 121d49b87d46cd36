"""The stories that the demo tells, and what each customer must get. No machinery of their own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.contract import Contract, ServiceItemKind
from models.option import Quote, SlaOption
from models.order import Order, Temperature
from models.promise import Mode, Promise
from scenarios.generate_orders import groceries_story, phone_story
from scenarios.simulate import Result
from scenarios.world import World

Mistakes = Callable[[World, "Told"], Iterator[str]]


@dataclass(frozen=True)
class Story:
    """A customer's orders, and what must not come of them."""

    title: str
    orders: tuple[Order, ...]
    mistakes: Mistakes


@dataclass(frozen=True)
class Told:
    """What became of a story: `wrong` lists what must not be, in words."""

    story: Story
    contract: Contract | None = None
    quote: Quote | None = None
    chosen: SlaOption | None = None
    wrong: tuple[str, ...] = ()


def all_stories(world: World, *, at: datetime) -> tuple[Story, ...]:
    """Every story, from that time on."""
    return (
        Story(
            "Groceries: a frozen cake from a livestream, vegetables from the app, tissues at a till",
            groceries_story(world, at=at),
            _groceries_mistakes,
        ),
        Story(
            "A new phone and a screen: the old phone goes back, data moves, the screen is mounted",
            phone_story(world, at=at),
            _phone_mistakes,
        ),
    )


def tell(story: Story, world: World, result: Result, contracts: Sequence[Contract]) -> Told:
    """Look up what became of a story, and whether everybody got what he must."""
    contract_ids = {result.contract_id_by_order_id[order.order_id] for order in story.orders}
    if len(contract_ids) != 1:
        return Told(story, wrong=(f"the orders must be in 1 contract, and are in {len(contract_ids)}",))
    contract_id = min(contract_ids)
    contract = next((each for each in contracts if each.contract_id == contract_id), None)
    quote, chosen = result.quote_by_contract_id.get(contract_id), result.chosen_by_contract_id.get(contract_id)
    told = Told(story, contract, quote, chosen)
    if contract is None or quote is None or chosen is None:
        return Told(story, contract, quote, chosen, ("the contract must be quoted and confirmed, and is not",))
    return Told(story, contract, quote, chosen, tuple(story.mistakes(world, told)))


def _options(told: Told) -> Iterator[SlaOption]:
    if told.quote is not None and told.chosen is not None:
        yield from (*told.quote.options, told.chosen)


# -- groceries


def _groceries_mistakes(world: World, told: Told) -> Iterator[str]:
    _, vegetables, tissues = (order.order_id for order in told.story.orders)
    options = list(_options(told))
    if len(options) < 4:  # the chosen one is among them twice
        yield f"there must be at least 3 options, and there are {len(options) - 1}"
    for option in options:
        for promise in option.promises:
            if promise.item_id.startswith(tissues) and promise.mode is not Mode.PICKUP:
                yield f"the tissues must wait at a counter, and come by {promise.mode}"
        yield from _warm_cakes(world, option)
    if not any(_within_the_hour(option, vegetables) for option in options):
        yield "one option must bring the vegetables within the hour, and none does"


def _within_the_hour(option: SlaOption, order_id: str) -> bool:
    return any(each.item_id.startswith(order_id) and each.service_level_id == "within-hour" for each in option.promises)


def _warm_cakes(world: World, option: SlaOption) -> Iterator[str]:
    for each in option.assignments:
        if each.item_id.endswith(".frozen"):
            vehicle = world.catalogue.vehicle_by_id.get(each.resource_id or "")
            if Temperature.FROZEN not in world.catalogue.site_by_id[each.site_id or ""].temperatures:
                yield f"the cake must come from a frozen zone, and comes from {each.site_id}"
            if vehicle is None or not vehicle.capacity.frozen_cm3:
                yield f"the cake must travel in a cold box, and travels with {each.resource_id}"


# -- a new phone

_PHONE_KINDS = (
    ServiceItemKind.DELIVERY,
    ServiceItemKind.COLLECTION,
    ServiceItemKind.REMOTE_SESSION,
    ServiceItemKind.TECHNICIAN_VISIT,
    ServiceItemKind.DIGITAL,
)


def _phone_mistakes(_world: World, told: Told) -> Iterator[str]:
    if told.contract is None or told.chosen is None:
        return
    promises = {promise.item_id: promise for promise in told.chosen.promises}
    promise_by_kind: dict[ServiceItemKind, Promise] = {
        item.kind: promises[item.item_id] for item in told.contract.items
    }
    for kind in _PHONE_KINDS:
        if kind not in promise_by_kind:
            yield f"the contract must have an item {kind}, and has none"
            return
    there = promise_by_kind[ServiceItemKind.DELIVERY].window.latest
    for kind in (ServiceItemKind.REMOTE_SESSION, ServiceItemKind.TECHNICIAN_VISIT):
        if promise_by_kind[kind].window.earliest < there:
            yield f"{kind} must start after the goods are there ({there}), and may at {promise_by_kind[kind].window}"
    vehicles = {each.resource_id for each in told.chosen.assignments if each.mode in (Mode.RIDER, Mode.VAN)}
    if len(vehicles) != 1:
        yield f"the old phone must leave with the vehicle that brings the new one, and {len(vehicles)} come"
