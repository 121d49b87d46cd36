"""A story is told well only if its customer gets what he must; each thing that is amiss is said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from models.contract import Contract, ContractStatus, ServiceItem
from models.document import DocumentKind
from models.plan import Assignment, Plan
from models.plan_file import PlanFile
from models.problem import Problem
from models.promise import Mode, Promise
from scenarios.formation import Register, form
from scenarios.papers import documents_of
from scenarios.simulate import Result
from scenarios.stories import Story, Told, all_stories, retold, tell
from scenarios.world import World, load_world
from solver.check import check
from solver.quoting.board import Board
from tests.builders import a_planned_day
from tests.scenarios.report.builders import a_morning, an_option

WORLD = Path(__file__).parents[2] / "scenarios" / "worlds" / "shanghai-center"
Change = Callable[[Contract, Plan], tuple[Contract, Plan]]


@cache
def played(number: int, cache_dir: Path) -> tuple[World, Story, Result, PlanFile]:
    """A story in an otherwise empty world: its customer takes the cheapest option."""
    world = load_world(WORLD, cache_dir=cache_dir)
    at = world.horizon.start + timedelta(hours=3, minutes=20)
    story = all_stories(world, at=at)[number]
    asked, ids = story.orders[-1].placed_time, count()
    formed = form(
        story.orders,
        Register(),
        tenant_id="tenant",
        catalogue=world.catalogue,
        streets=world.streets,
        now=asked,
        new_id=lambda: f"id-{next(ids)}",
    )
    (contract,) = formed.contracts
    problem = Problem(
        catalogue=world.catalogue,
        travel=world.streets.tables(),
        horizon=world.horizon,
        now=asked,
        freeze_until=asked,
        stock=world.stock,
    )
    board = Board.of(problem)
    quote = board.quote(contract, now=asked, quote_id="q")
    chosen = min(quote.options, key=lambda option: option.cost.total)
    fit = board.fit(contract, chosen, now=quote.expire_time)
    assert fit is not None
    board.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(fit.contract,))
    plan = board.plan()
    papers = documents_of(fit.contract, plan.assignments, world.catalogue)
    agreed = fit.contract.model_copy(update={"status": ContractStatus.ACTIVE, "documents": papers})
    assert check(replace(problem, contracts=(agreed,)), plan) == ()
    result = Result(
        quote_by_contract_id={contract.contract_id: quote},
        chosen_by_contract_id={contract.contract_id: fit.option},
        contract_id_by_order_id=formed.contract_id_by_order_id,
    )
    return world, story, result, a_file(world, agreed, plan, problem)


def a_file(world: World, contract: Contract, plan: Plan, problem: Problem) -> PlanFile:
    return PlanFile(
        world=world.name,
        fingerprint=world.fingerprint,
        horizon=world.horizon,
        now=problem.now,
        freeze_until=problem.now,
        stock=world.stock,
        contracts=(contract,),
        plan=plan,
    )


def wrong(number: int, cache_dir: Path, change: Change | None = None) -> tuple[str, ...]:
    """What a story finds amiss in its contract and plan, as they are or changed."""
    world, story, result, stored = played(number, cache_dir)
    if change:
        contract, plan = change(stored.contracts[0], stored.plan)
        stored = stored.model_copy(update={"contracts": (contract,), "plan": plan})
    return tell(story, world, result, stored).wrong


@pytest.mark.parametrize("number", range(3))
def test_every_customer_of_a_story_gets_what_he_must(number: int, cache_dir: Path) -> None:
    assert wrong(number, cache_dir) == ()


def test_a_story_whose_contract_was_not_confirmed_is_told_badly(cache_dir: Path) -> None:
    world, story, result, stored = played(0, cache_dir)
    nobody = stored.model_copy(update={"contracts": ()})
    assert tell(story, world, result, nobody).wrong == ("the contract must be quoted and confirmed, and is not",)


def test_a_story_whose_orders_are_apart_is_told_badly(cache_dir: Path) -> None:
    world, story, result, stored = played(0, cache_dir)
    apart = {order.order_id: order.order_id for order in story.orders}
    told = tell(story, world, replace(result, contract_id_by_order_id=apart), stored)
    assert told.wrong == ("the orders must be in 1 contract, and are in 3",)


# -- what can be amiss


def named(item_id: str, *names: str) -> bool:
    return any(f"{name}." in f"{item_id}." for name in names)


def assigned(name: str, **changes: Any) -> Change:
    """Whoever does items of that name, something about it is different."""

    def change(contract: Contract, plan: Plan) -> tuple[Contract, Plan]:
        moved = tuple(
            each.model_copy(update=changes) if named(each.item_id, name) else each for each in plan.assignments
        )
        return contract, plan.model_copy(update={"assignments": moved})

    return change


def promised_at_once(name: str) -> Change:
    def change(contract: Contract, plan: Plan) -> tuple[Contract, Plan]:
        first = min(promise.window.earliest for promise in contract.promises)
        promises = tuple(_from(each, first) if named(each.item_id, name) else each for each in contract.promises)
        return contract.model_copy(update={"promises": promises}), plan

    return change


def _from(promise: Promise, first: Any) -> Promise:
    return promise.model_copy(update={"window": promise.window.model_copy(update={"earliest": first})})


def without(name: str) -> Change:
    """The item is not in the contract at all."""

    def change(contract: Contract, plan: Plan) -> tuple[Contract, Plan]:
        items = tuple(item for item in contract.items if not named(item.item_id, name))
        return contract.model_copy(update={"items": items}), plan

    return change


def taking(name: str, **changes: Any) -> Change:
    def change(contract: Contract, plan: Plan) -> tuple[Contract, Plan]:
        items = tuple(_item(each, changes) if named(each.item_id, name) else each for each in contract.items)
        return contract.model_copy(update={"items": items}), plan

    return change


def _item(item: ServiceItem, changes: dict[str, Any]) -> ServiceItem:
    return item.model_copy(update=changes)


def apart(contract: Contract, plan: Plan) -> tuple[Contract, Plan]:
    return contract.model_copy(update={"same_visits": ()}), plan


def without_papers(kind: DocumentKind) -> Change:
    """The first paper of that kind is missing."""

    def change(contract: Contract, plan: Plan) -> tuple[Contract, Plan]:
        lost = next(each for each in contract.documents if each.kind is kind)
        papers = tuple(each for each in contract.documents if each != lost)
        return contract.model_copy(update={"documents": papers}), plan

    return change


def from_one_site(contract: Contract, plan: Plan) -> tuple[Contract, Plan]:
    """All pet food comes from where the first part does."""
    first = next(each for each in plan.assignments if named(each.item_id, "p1"))
    moved = tuple(_from_site(each, first) for each in plan.assignments)
    return contract, plan.model_copy(update={"assignments": moved})


def _from_site(each: Assignment, first: Assignment) -> Assignment:
    return each.model_copy(update={"site_id": first.site_id}) if named(each.item_id, "p2", "p3") else each


PHONE, PETS = 1, 2


@pytest.mark.parametrize(
    ("number", "change", "said"),
    [
        (PHONE, without("trade-in"), "the old phone must be collected, and is not"),
        (PHONE, assigned("trade-in", resource_id="rider-99"), "must leave with"),
        (PHONE, apart, "must be one visit of the contract, and are not"),
        (PHONE, promised_at_once("data-migration"), "data-migration must start after the goods are there"),
        (PHONE, taking("data-migration", service_duration=timedelta(minutes=19)), "it takes [19.0]"),
        (PHONE, promised_at_once("wall-mounting"), "wall-mounting must start after the goods are there"),
        (PHONE, assigned("wall-mounting", resource_id="technician-00"), "needs screen-mounting, which technician-00"),
        (PHONE, without("wall-mounting"), "one service by TECHNICIAN must come with"),
        (PHONE, without("activation-guide"), "one activation-guide must be sent, and there are 0"),
        (PHONE, without("insurance-signing"), "one insurance-signing must be sent, and there are 0"),
        (PETS, from_one_site, "3 lines must come from as many sites, and 3 parts come from 1"),
        (PETS, from_one_site, "must have chicken-cat-food"),
        (PETS, assigned("crew-2", resource_id="cold-van-1"), "must come by a van of two, and comes by cold-van-1"),
        (PETS, assigned("crew-2", resource_id="rider-01"), "must come by a van of two, and comes by rider-01"),
        (PETS, promised_at_once("installation"), "installation must start after the goods are there"),
        (PETS, assigned("installation", resource_id="technician-00"), "needs plumbing, which technician-00 has not"),
        (PETS, without("installation"), "one service by TECHNICIAN must come with"),
        (PETS, without("crew-2"), "the pet food and the washing machine must be delivered, and are not"),
        (PETS, without_papers(DocumentKind.INSPECTION_REPORT), "must have one inspection report, and there are 2"),
        (PETS, without_papers(DocumentKind.WAYBILL), "each parcel must have a waybill of its source, and there are 3"),
    ],
)
def test_what_is_amiss_is_said(number: int, change: Change, said: str, cache_dir: Path) -> None:
    assert any(said in mistake for mistake in wrong(number, cache_dir, change))


def test_a_machine_in_the_post_and_no_parcel_for_the_food_are_said(cache_dir: Path) -> None:
    world, story, result, stored = played(PETS, cache_dir)
    (quote,) = result.quote_by_contract_id.values()
    posted = [option for option in quote.options if any(each.mode is Mode.CARRIER for each in option.promises)]
    assert posted
    by_post = tuple(promise.model_copy(update={"mode": Mode.CARRIER}) for promise in posted[0].promises)
    machine = replace(
        result, chosen_by_contract_id={quote.contract_id: posted[0].model_copy(update={"promises": by_post})}
    )
    assert "no option may send the machine by parcel, and one does" in tell(story, world, machine, stored).wrong
    ridden = quote.model_copy(update={"options": tuple(each for each in quote.options if each not in posted)})
    slow = replace(result, quote_by_contract_id={quote.contract_id: ridden})
    assert any("smaller fee than the fastest, and none does" in each for each in tell(story, world, slow, stored).wrong)


def test_what_is_kept_of_a_story_holds_no_keys_to_a_server() -> None:
    day = a_planned_day()
    (kept,) = a_morning(day).stories
    assert kept.quote is not None
    signed = an_option(day, "o-1", token="signed")
    quote = kept.quote.model_copy(update={"options": (signed,)})
    told = Told(Story("rice", "Rice", kept.orders, lambda _world, _told: iter(())), None, quote, signed)
    again = retold(told)
    assert again.quote is not None
    assert again.chosen is not None
    assert {option.token for option in (*again.quote.options, again.chosen)} == {""}
    assert again.chosen.promises == signed.promises
