"""A flexible promise is wide when it is agreed, and binds in a part of its window once it comes near."""

from datetime import timedelta

import pytest

from models.contract import Contract
from models.fee import Narrowing
from models.option import Archetype
from models.policy import Policy, ServiceLevel
from models.promise import Mode, Promise
from models.timing import TimeWindow
from server.promising import Event
from server.promising.groups import Replanned, is_unchanged
from solver.check import moved_promises
from solver.replanning.replan import replan
from tests.builders import a_catalogue, a_policy, at, between
from tests.server.promising.builders import MINUTE, SECOND, Shop, a_world, an_order

HOUR = timedelta(hours=1)


def with_wide_slots() -> Policy:
    wide = ServiceLevel(
        service_level_id="wide",
        name="Wide",
        modes=(Mode.RIDER, Mode.VAN),
        slot_duration=timedelta(hours=4),
        narrowing=Narrowing(width=HOUR, before=30 * MINUTE),
        fee=100,
    )
    levels = tuple(each for each in a_policy().service_levels if each.service_level_id in ("hour", "fetch"))
    return a_policy(service_levels=(*levels, wide))


@pytest.fixture
def shop(url: str) -> Shop:
    return Shop(url, world=a_world(catalogue=a_catalogue(policy=with_wide_slots())))


def agreed_wide(shop: Shop, *orders: object) -> Contract:
    """Confirmed with every delivery at the flexible level."""
    quote = shop.quoted(*orders)  # type: ignore[arg-type]
    option = next(each for each in quote.options if {promise.service_level_id for promise in each.promises} == {"wide"})
    held = shop.promising.hold(option.token, request_id=shop.request_id())
    return shop.promising.confirm(held.reservation_id, request_id=shop.request_id())


def promise_of(shop: Shop, contract: Contract) -> Promise:
    return shop.promising.contract(contract.contract_id).promises[0]


def planned_start(shop: Shop, contract: Contract) -> timedelta:
    """Since 07:00."""
    (assignment,) = (each for each in shop.promising.plan().assignments if each.contract_id == contract.contract_id)
    return assignment.planned_start - at("07:00")


def narrowings(shop: Shop) -> list[Event]:
    return [each for each in shop.promising.events(limit=1000) if each.event_type == "promise.narrowed"]


def test_the_flexible_option_is_wide_cheap_and_labelled(shop: Shop) -> None:
    quote = shop.quoted(an_order())
    (option,) = (each for each in quote.options if Archetype.FLEXIBLE in each.archetypes)
    (recommended,) = (each for each in quote.options if each.recommended)
    assert option.promises[0].window == between("08:00", "12:00")
    assert option.compared is not None
    assert option.compared.fee == option.fee - recommended.fee < 0


def test_a_flexible_promise_is_narrowed_around_its_planned_start_when_that_comes_near(shop: Shop) -> None:
    contract = agreed_wide(shop)
    wide, planned = promise_of(shop, contract).window, planned_start(shop, contract)
    assert wide == between("08:00", "12:00")
    assert at("07:00") + planned == at("08:00")  # as early as it may: the narrow window is the first hour
    shop.clock.advance_to(at("07:30") - SECOND)
    assert promise_of(shop, contract) == contract.promises[0]
    shop.clock.advance_to(at("07:30"))
    told = promise_of(shop, contract)
    assert (told.window, told.narrowed_from) == (between("08:00", "09:00"), wide)
    after = shop.promising.contract(contract.contract_id)
    assert after.revision == contract.revision + 1
    assert moved_promises([contract], [after]) == ()
    (event,) = narrowings(shop)
    assert (event.contract_id, event.time) == (contract.contract_id, at("07:30"))
    assert event.payload == {
        "item_id": told.item_id,
        "earliest": told.window.earliest.isoformat(),
        "latest": told.window.latest.isoformat(),
        "revision": str(after.revision),
    }
    assert shop.promising.check() == ()


def test_a_promise_is_narrowed_once(shop: Shop) -> None:
    contract = agreed_wide(shop)
    for clock in ("07:30", "07:40", "07:59"):
        shop.clock.advance_to(at(clock))
        shop.promising.expire_overdue()
    assert len(narrowings(shop)) == 1
    assert promise_of(shop, contract).narrowed_from == between("08:00", "12:00")


def test_a_promise_whose_visit_has_begun_while_nobody_was_there_is_not_narrowed_any_more(shop: Shop) -> None:
    contract = agreed_wide(shop)
    shop.clock.advance_to(at("08:00") + SECOND)
    again = shop.restarted()
    assert promise_of(again, contract) == contract.promises[0]
    assert narrowings(again) == []


def test_a_promise_is_narrowed_after_a_restart_as_it_would_have_been_without(shop: Shop) -> None:
    contract = agreed_wide(shop)
    again = shop.restarted()
    again.clock.advance_to(at("07:35"))
    assert promise_of(again, contract).window == between("08:00", "09:00")
    assert [event.time for event in narrowings(again)] == [at("07:35")]
    once_more = again.restarted()
    assert promise_of(once_more, contract).window == between("08:00", "09:00")
    assert len(narrowings(once_more)) == 1
    assert once_more.promising.check() == ()


def test_what_is_only_held_is_not_narrowed(shop: Shop) -> None:
    quote = shop.quoted(an_order())
    option = next(each for each in quote.options if each.promises[0].service_level_id == "wide")
    shop.promising.hold(option.token, request_id="hold")
    shop.clock.advance_to(at("07:08"))
    assert narrowings(shop) == []


def test_items_of_one_visit_are_narrowed_to_one_window(shop: Shop) -> None:
    contract = agreed_wide(shop, an_order("o1", "RICE", "MILK"))
    assert len(contract.same_visits) == 1
    shop.clock.advance_to(at("07:30"))
    promises = shop.promising.contract(contract.contract_id).promises
    assert len(promises) == 2
    assert len({promise.window for promise in promises}) == 1
    assert all(promise.narrowed_from == between("08:00", "12:00") for promise in promises)
    assert [event.payload["item_id"] for event in narrowings(shop)] == [promise.item_id for promise in promises]
    assert shop.promising.contract(contract.contract_id).revision == contract.revision + 1
    assert shop.promising.check() == ()


def test_a_promise_that_was_narrowed_binds_the_next_hold_and_the_next_replan(shop: Shop) -> None:
    contract = agreed_wide(shop)
    shop.clock.advance_to(at("07:30"))
    told = promise_of(shop, contract).window
    for n in range(4):
        shop.confirmed(an_order(f"x{n}", "LEEKS", member=f"x{n}", crossing=6))
    problem = shop.promising.problem()
    publication = shop.promising.publish(problem, replan(problem, seed=1, iterations=300))
    assert publication.promises_moved == ()
    assert promise_of(shop, contract).window == told
    (assignment,) = (each for each in shop.promising.plan().assignments if each.contract_id == contract.contract_id)
    assert assignment.planned_start in told
    assert shop.promising.check() == ()


def test_a_replan_that_began_before_a_promise_was_narrowed_leaves_its_route_alone(shop: Shop) -> None:
    contract = agreed_wide(shop)
    (assignment,) = shop.promising.plan().assignments
    group = (assignment.resource_id or "",)
    began = shop.promising.plan()
    replanned = Replanned(began, began)
    assert is_unchanged(group, replanned, shop.promising._books.entries)
    shop.clock.advance_to(at("07:30"))
    assert promise_of(shop, contract).narrowed_from is not None
    assert not is_unchanged(group, replanned, shop.promising._books.entries)


def test_the_route_of_a_narrowed_promise_counts_as_changed(shop: Shop) -> None:
    agreed_wide(shop)
    (before,) = (route for route in shop.promising.plan().routes if route.visits)
    shop.clock.advance_to(at("07:30"))
    (after,) = (route for route in shop.promising.plan().routes if route.visits)
    assert after == before.model_copy(update={"version": before.version + 1})


@pytest.mark.parametrize(
    ("planned", "window"),
    [
        (["08:00"], ("08:00", "09:00")),
        (["08:30"], ("08:00", "09:00")),
        (["08:34"], ("08:00", "09:00")),
        (["08:35"], ("08:05", "09:05")),
        (["10:00", "10:02"], ("09:30", "10:30")),
        (["11:30"], ("11:00", "12:00")),
        (["12:00"], ("11:00", "12:00")),
        (["09:00", "10:15"], ("08:30", "10:15")),
    ],
)
def test_the_narrow_window_lies_around_the_planned_starts_and_within_the_wide_one(
    planned: list[str], window: tuple[str, str]
) -> None:
    narrowing = Narrowing(width=HOUR, before=HOUR)
    wide: TimeWindow = between("08:00", "12:00")
    assert narrowing.window(wide, [at(each) for each in planned]) == between(*window)
