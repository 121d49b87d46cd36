"""What is collected is brought in on the day whose returns it is counted among, whoever brings it."""

from datetime import timedelta

from models.contract import Contract, ServiceItemKind
from models.option import SlaOption
from models.order import Load
from models.plan import CapacityKind, ReasonCode
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import TravelProfile
from models.timing import Interval
from solver.replanning.replan import replan
from tests.builders import a_catalogue, a_contract, a_place, a_policy, a_problem, a_rider, a_service, a_store, at
from tests.solver.market import Market

LEVEL = ServiceLevel(
    service_level_id="late", name="Late", modes=(Mode.RIDER,), slot_duration=timedelta(hours=2), num_slots=9
)


def a_late_evening(returns_per_day: int | None) -> Market:
    """A store that never closes, and riders by car who go on after midnight."""
    shift = Interval(start=at("18:00"), end=at("06:00", days=1))
    riders = tuple(a_rider(f"R-{n}", shift=shift, profile=TravelProfile.CAR) for n in (1, 2, 3))
    store = a_store(hours="24/7", radius_m={}, returns_per_day=returns_per_day)
    catalogue = a_catalogue(sites=(store,), riders=riders, vans=(), pools=(), policy=a_policy(service_levels=(LEVEL,)))
    problem = a_problem(catalogue=catalogue, now=at("21:00"), freeze_until=at("21:00"))
    return Market.opened(problem)


def an_old_phone(number: int) -> Contract:
    load = Load(weight_g=9000, ambient_cm3=900)
    item = a_service("i-old", ServiceItemKind.COLLECTION, place=a_place(3 + number % 6), load=load)
    return a_contract(f"C-{number}", [item], created_time=at("21:00"))


def earliest(market: Market, contract: Contract) -> SlaOption:
    return min(market.quote(contract).options, key=lambda option: option.promises[0].window.earliest)


def test_when_the_day_is_full_the_slots_of_the_next_one_are_left() -> None:
    market = a_late_evening(2)
    for number in (1, 2):
        market.take(an_old_phone(number), earliest(market, an_old_phone(number)))
    left = market.quote(an_old_phone(3)).options
    assert {option.promises[0].window.earliest for option in left} == {at("00:00", days=1)}
    full = a_late_evening(0).quote(an_old_phone(1))
    assert full.options == ()
    assert {reason.code for refusal in full.refusals for reason in refusal.reasons} == {ReasonCode.RETURNS_FULL}


def test_a_replan_brings_everything_in_on_the_day_on_which_it_is_counted() -> None:
    market = a_late_evening(4)
    for number in range(4):
        market.take(an_old_phone(number), earliest(market, an_old_phone(number)))
    before = market.board.plan()
    after = replan(market.snapshot(), seed=1, iterations=2000)
    assert after.cost.total < before.cost.total, "there is something to gain"
    market.adopt(after)  # the checker looks
    midnight = at("00:00", days=1)
    for plan in (before, after):
        assert {use.bucket_start for each in plan.assignments for use in each.uses} == {at("00:00")}
        assert all(visit.start < midnight for route in plan.routes for visit in route.visits)


def test_a_site_without_a_limit_only_counts() -> None:
    market = a_late_evening(None)
    for number in range(3):
        market.take(an_old_phone(number))
    kinds = [use.kind for each in market.board.plan().assignments for use in each.uses]
    assert kinds == [CapacityKind.RETURNS] * 3
