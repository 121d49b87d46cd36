"""The stories that the demo tells, and what each customer must get. No machinery of their own."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from models.contract import Contract, ServiceItem
from models.document import DocumentKind
from models.morning import ToldStory
from models.option import Quote, SlaOption
from models.order import Order, Temperature
from models.plan import Assignment, Plan
from models.plan_file import PlanFile
from models.promise import Mode, Promise
from models.resource import ResourceKind
from scenarios.generate_orders import groceries_story, pets_story, phone_story
from scenarios.goods import LINES
from scenarios.simulate import Result
from scenarios.world import World

Mistakes = Callable[[World, "Told"], Iterator[str]]


@dataclass(frozen=True)
class Story:
    """A customer's orders, and what must not come of them; `name` is what programs call it."""

    name: str
    title: str
    orders: tuple[Order, ...]
    mistakes: Mistakes


class Deed(NamedTuple):
    """An item of the contract as it was promised, and as the plan has it at the end."""

    item: ServiceItem
    sku_ids: tuple[str, ...]
    promise: Promise
    assignment: Assignment


@dataclass(frozen=True)
class Told:
    """What became of a story: `wrong` lists what must not be, in words."""

    story: Story
    contract: Contract | None = None
    quote: Quote | None = None
    chosen: SlaOption | None = None
    deeds: tuple[Deed, ...] = ()
    wrong: tuple[str, ...] = ()


def all_stories(world: World, *, at: datetime) -> tuple[Story, ...]:
    """Every story, from that time on."""
    return (
        Story(
            "groceries",
            "Groceries: a frozen cake from a livestream, vegetables from the app, tissues at a till",
            groceries_story(world, at=at),
            _groceries_mistakes,
        ),
        Story(
            "phone",
            "A new phone and a screen: the old phone goes back, data moves, the screen is mounted",
            phone_story(world, at=at),
            _phone_mistakes,
        ),
        Story(
            "pets",
            "Pet food of three lines that no site has together, and a washing machine that a plumber installs",
            pets_story(world, at=at),
            _pets_mistakes,
        ),
    )


def tell(story: Story, world: World, result: Result, stored: PlanFile) -> Told:
    """Look up what became of a story, and whether everybody got what he must by the plan at the end."""
    contract_ids = {result.contract_id_by_order_id[order.order_id] for order in story.orders}
    if len(contract_ids) != 1:
        return Told(story, wrong=(f"the orders must be in 1 contract, and are in {len(contract_ids)}",))
    contract_id = min(contract_ids)
    contract = next((each for each in stored.contracts if each.contract_id == contract_id), None)
    quote, chosen = result.quote_by_contract_id.get(contract_id), result.chosen_by_contract_id.get(contract_id)
    if contract is None or quote is None or chosen is None:
        return Told(story, contract, quote, chosen, wrong=("the contract must be quoted and confirmed, and is not",))
    told = Told(story, contract, quote, chosen, tuple(_deeds(contract, stored.plan)))
    return replace(told, wrong=tuple(story.mistakes(world, told)))


def retold(told: Told) -> ToldStory:
    """What a report needs of it. Tokens are left out: they are keys to a server."""
    return ToldStory(
        name=told.story.name,
        title=told.story.title,
        orders=told.story.orders,
        quote=told.quote
        and told.quote.model_copy(update={"options": tuple(map(_spent, told.quote.options)), "ways_out": ()}),
        chosen=told.chosen and _spent(told.chosen),
    )


def _spent(option: SlaOption) -> SlaOption:
    return option.model_copy(update={"token": ""})


def _deeds(contract: Contract, plan: Plan) -> Iterator[Deed]:
    promises = {promise.item_id: promise for promise in contract.promises}
    assignments = {each.item_id: each for each in plan.assignments if each.contract_id == contract.contract_id}
    for item in contract.items:
        sku_ids = tuple(demand.sku_id for demand in contract.demands_of(item))
        yield Deed(item, sku_ids, promises[item.item_id], assignments[item.item_id])


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


def _phone_mistakes(world: World, told: Told) -> Iterator[str]:
    deeds = told.deeds
    phone, screen = (_bringing(world, deeds, category) for category in ("phones", "large-screens"))
    if not phone or not screen:
        yield "the phone and the screen must be delivered, and are not"
        return
    yield from _not_in_one_visit(told, phone[0], _named(deeds, "trade-in"))
    yield from _not_after(phone, _named(deeds, "data-migration"), mode=Mode.REMOTE)
    yield from _not_after(screen, _named(deeds, "wall-mounting"), mode=Mode.TECHNICIAN)
    yield from _not_skilled(world, _named(deeds, "wall-mounting"))
    for name in ("activation-guide", "insurance-signing"):
        if [deed.promise.mode for deed in _named(deeds, name)] != [Mode.DIGITAL]:
            yield f"one {name} must be sent, and there are {len(_named(deeds, name))}"
    minutes = [deed.item.service_duration / timedelta(minutes=1) for deed in _named(deeds, "data-migration")]
    if minutes != [20]:
        yield f"the data must be moved in one session of 20 minutes, and it takes {minutes}"


def _not_in_one_visit(told: Told, goods: Deed, others: Sequence[Deed]) -> Iterator[str]:
    """What goes back leaves with the vehicle that brings the goods, at one stop that is agreed."""
    if not others:
        yield "the old phone must be collected, and is not"
    for other in others:
        together = {goods.item.item_id, other.item.item_id}
        if goods.assignment.resource_id != other.assignment.resource_id:
            yield f"{other.item.item_id} must leave with {goods.assignment.resource_id}"
        if not any(together <= {*group.item_ids} for group in (told.contract.same_visits if told.contract else ())):
            yield f"{goods.item.item_id} and {other.item.item_id} must be one visit of the contract, and are not"


def _not_after(goods: Sequence[Deed], services: Sequence[Deed], *, mode: Mode) -> Iterator[str]:
    """One service by that mode, promised for when the goods that it is for are there."""
    if [service.promise.mode for service in services] != [mode]:
        yield f"one service by {mode} must come with {goods[0].item.item_id}, and there are {len(services)}"
    for service in services:
        for each in goods:
            there = each.promise.window.latest + each.item.service_duration
            if service.promise.window.earliest < there:
                yield f"{service.item.item_id} must start after the goods are there ({there})"


def _not_skilled(world: World, services: Sequence[Deed]) -> Iterator[str]:
    for service in services:
        mobile = world.catalogue.mobile_by_id.get(service.assignment.resource_id or "")
        level_by_skill = {each.skill: each.level for each in mobile.skills} if mobile else {}
        for wanted in service.item.constraint.skills:
            if level_by_skill.get(wanted.skill, 0) < wanted.level:
                yield f"{service.item.item_id} needs {wanted.skill}, which {service.assignment.resource_id} has not"


# -- pet food and a washing machine


def _pets_mistakes(world: World, told: Told) -> Iterator[str]:
    food = [deed for line in LINES for deed in _of_line(world, told.deeds, line)]
    machine = _bringing(world, told.deeds, "large-appliances")
    if not food or not machine:
        yield "the pet food and the washing machine must be delivered, and are not"
        return
    yield from _not_split(world, told, food)
    yield from _too_few_people(world, machine)
    installation = _named(told.deeds, "installation")
    yield from _not_after(machine, installation, mode=Mode.TECHNICIAN)
    yield from _not_skilled(world, installation)
    if any(skill.skill != "plumbing" for deed in installation for skill in deed.item.constraint.skills):
        yield "the machine must be installed by a plumber"
    yield from _no_cheap_parcels(told, {deed.item.item_id for deed in machine})
    yield from _papers_missing(told, food, machine)


def _not_split(world: World, told: Told, food: Sequence[Deed]) -> Iterator[str]:
    """Each line comes from another site, which has it, because none has all; in no more parcels than may be."""
    held = {(row.site_id, row.sku_id) for row in world.stock if row.on_hand}
    sku_ids = {sku_id for deed in food for sku_id in deed.sku_ids}
    if any(all((site.site_id, sku_id) in held for sku_id in sku_ids) for site in world.catalogue.sites):
        yield "no single site may hold the basket, and one does"
    lacking = [deed for deed in food if any((deed.assignment.site_id, sku_id) not in held for sku_id in deed.sku_ids)]
    yield from (f"{deed.assignment.site_id} must have {', '.join(deed.sku_ids)}" for deed in lacking)
    sources = {deed.assignment.site_id for deed in food}
    if not len(sources) == len(food) == len(LINES):
        yield f"{len(LINES)} lines must come from as many sites, and {len(food)} parts come from {len(sources)}"
    parcels, most = sum(bool(deed.sku_ids) for deed in told.deeds), world.catalogue.policy.max_split
    if parcels > most:
        yield f"the order must come in at most {most} parcels, and comes in {parcels}"


def _too_few_people(world: World, machine: Sequence[Deed]) -> Iterator[str]:
    for deed in machine:
        van = world.catalogue.vehicle_by_id.get(deed.assignment.resource_id or "")
        if van is None or van.kind is not ResourceKind.VAN or van.crew_size < 2:
            yield f"{deed.item.item_id} must come by a van of two, and comes by {deed.assignment.resource_id}"


def _no_cheap_parcels(told: Told, machine: Collection[str]) -> Iterator[str]:
    """Some option sends what fits a parcel for less, and later; none sends the machine."""
    options = list(_options(told))
    posted = [option for option in options if any(each.mode is Mode.CARRIER for each in option.promises)]
    if any(each.mode is Mode.CARRIER and each.item_id in machine for option in posted for each in option.promises):
        yield "no option may send the machine by parcel, and one does"
    fastest = min(options, key=lambda option: max(each.window.latest for each in option.promises))
    if not any(option.fee < fastest.fee for option in posted):
        yield "one option must send the food by parcel for a smaller fee than the fastest, and none does"


def _papers_missing(told: Told, food: Sequence[Deed], machine: Sequence[Deed]) -> Iterator[str]:
    """A waybill for each parcel, an inspection report of each source of pet food, all from where the goods are."""
    papers = told.contract.documents if told.contract else ()
    reports = [each.site_id for each in papers if each.kind is DocumentKind.INSPECTION_REPORT]
    if sorted(reports) != sorted(deed.assignment.site_id or "" for deed in food):
        yield f"each source of pet food must have one inspection report, and there are {len(reports)}: {reports}"
    waybills = {each.item_id: each.site_id for each in papers if each.kind is DocumentKind.WAYBILL}
    if waybills != {deed.item.item_id: deed.assignment.site_id for deed in (*food, *machine)}:
        yield f"each parcel must have a waybill of its source, and there are {len(waybills)}"


# -- what was done


def _bringing(world: World, deeds: Sequence[Deed], category: str) -> list[Deed]:
    sku_by_id = world.catalogue.sku_by_id
    return [deed for deed in deeds if any(sku_by_id[sku_id].category == category for sku_id in deed.sku_ids)]


def _of_line(world: World, deeds: Sequence[Deed], line: str) -> list[Deed]:
    sku_by_id = world.catalogue.sku_by_id
    return [deed for deed in deeds if any(sku_by_id[sku_id].attributes.get("line") == line for sku_id in deed.sku_ids)]


def _named(deeds: Sequence[Deed], name: str) -> list[Deed]:
    """The items of service packs that have this name."""
    return [deed for deed in deeds if deed.item.item_id.endswith(f".{name}")]
