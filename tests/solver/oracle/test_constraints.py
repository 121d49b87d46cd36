"""Each constraint of the oracle: where it leaves a plan, where it leaves none, and where it decides which.

The depot stands where the rider starts, at crossing 2. Rice is picked at 07:05, handed over to the
rider until 07:06:30 and at crossing 4, two blocks on and behind a set-up, at 07:10:40.
"""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from models.contract import Contract, Precedence, ResourceConstraint, ServiceItemKind
from models.issues import InputError, IssueCode
from models.order import Load
from models.problem import Problem
from models.promise import Mode, SameVisit
from models.resource import Break, CostRates, SkillLevel
from models.timing import Interval
from solver.oracle import most_served
from tests.builders import (
    a_carrier,
    a_contract,
    a_depot,
    a_desk,
    a_job_for_two,
    a_place,
    a_planned_day,
    a_policy,
    a_problem,
    a_rider,
    a_service,
    a_service_catalogue,
    a_sku,
    a_store,
    a_technician,
    an_item,
    at,
    between,
)
from tests.solver.oracle.asking import answered, asked, is_possible, promised, rice

FIRST = "07:10:40"


def sources(problem: Problem) -> list[str]:
    plan = answered(problem).plan
    assert plan
    return sorted(each.site_id or "" for each in plan.assignments)


# -- the clock


@pytest.mark.parametrize(("until", "possible"), [(FIRST, True), ("07:10:39", False)])
def test_nobody_comes_before_goods_are_picked_and_the_way_is_done(until: str, possible: bool) -> None:
    assert is_possible(asked(rice(until=until))) is possible


def test_the_clock_decides_for_the_nearer_source() -> None:
    """The store's way is longer, but its set-up is shorter: by the hour it is the cheaper one."""
    changes: dict[str, Any] = {
        "sites": (a_depot(), a_store()),
        "riders": (a_rider("R-1", rates=CostRates(per_hour=3000)),),
    }
    assert sources(asked(rice(), **changes)) == ["STORE"]
    assert sources(asked(rice(until=FIRST), **changes)) == ["DEPOT"]


@pytest.mark.parametrize(("ends", "possible"), [("07:14:20", True), ("07:14:19", False)])
def test_the_way_home_is_within_the_shift(ends: str, possible: bool) -> None:
    rider = a_rider("R-1", shift=Interval(start=at("07:00"), end=at(ends)))
    assert is_possible(asked(rice(), riders=(rider,))) is possible


def test_overtime_is_paid_by_the_second() -> None:
    hour = timedelta(hours=1)
    rates = CostRates(per_overtime_hour=36_000)
    late = a_rider("R-1", shift=Interval(start=at("07:00"), end=at("07:14")), rates=rates)
    assert not is_possible(asked(rice(), riders=(late,)))
    longer = late.model_copy(update={"max_overtime": hour, "overtime": timedelta(seconds=20)})
    plan = answered(asked(rice(), riders=(longer,))).plan
    assert plan
    assert plan.cost.overtime == 200


@pytest.mark.parametrize(("until", "possible"), [("07:32:10", True), ("07:32:09", False)])
def test_a_break_is_taken_whole_and_in_its_window(until: str, possible: bool) -> None:
    rest = Break(window=between("07:08", "07:09"), duration=timedelta(minutes=20))
    assert is_possible(asked(rice(until=until), riders=(a_rider("R-1", breaks=(rest,)),))) is possible


def test_who_had_a_break_at_the_same_place_sets_up_again() -> None:
    """The second customer next door wants it later than the break may be taken."""
    rest = Break(window=between("07:20", "07:20"), duration=timedelta(minutes=10))
    contracts = (
        promised("C-1", (an_item(), {"window": between("07:00", "07:15")})),
        promised("C-2", (an_item(), {"window": between("07:40", "09:00")})),
    )
    rates = CostRates(per_hour=3600)
    without, rested = (
        answered(asked(*contracts, riders=(a_rider("R-1", rates=rates, breaks=breaks),))).cost
        for breaks in ((), (rest,))
    )
    assert rested - without == 90


def test_a_break_that_was_over_when_nobody_had_work_takes_no_time() -> None:
    rest = Break(window=between("07:00", "07:10"), duration=timedelta(minutes=20))
    rider = a_rider("R-1", shift=Interval(start=at("06:30"), end=at("15:00")), breaks=(rest,))
    problem = replace(asked(rice(until="07:51"), riders=(rider,)), now=at("07:40"), freeze_until=at("07:40"))
    assert is_possible(problem)
    assert not is_possible(
        replace(problem, now=at("07:05"), freeze_until=at("07:05"), contracts=(rice(until="07:16"),))
    )


# -- sites


@pytest.mark.parametrize(("hours", "possible"), [("06:30-07:06", True), ("06:30-07:05", False)])
def test_goods_are_fetched_while_the_site_is_open(hours: str, possible: bool) -> None:
    assert is_possible(asked(rice(), sites=(a_depot(hours=hours),))) is possible


@pytest.mark.parametrize(("pieces", "possible"), [(2, True), (1, False)])
def test_a_piece_is_taken_once(pieces: int, possible: bool) -> None:
    assert is_possible(asked(rice("C-1"), rice("C-2"), stock=pieces)) is possible


def test_the_last_pieces_of_two_sites_go_to_one_each() -> None:
    assert sources(asked(rice("C-1"), rice("C-2"), stock=1, sites=(a_depot(), a_store()))) == ["DEPOT", "STORE"]


def fetched(contract_id: str, opens: str, closes: str = "09:29") -> Contract:
    item = an_item(kind=ServiceItemKind.STORE_PICKUP)
    said = {"service_level_id": "fetch", "mode": Mode.PICKUP, "window": between(opens, closes)}
    return promised(contract_id, (item, {**said, "place": a_store().place}))


@pytest.mark.parametrize(("second", "possible"), [("07:10", True), ("07:09", False)])
def test_a_picker_does_one_thing_after_the_other(second: str, possible: bool) -> None:
    """200 s each: the second is ready with the second bucket."""
    slow = a_store(pickers=1, pick_duration_per_line=timedelta(seconds=200))
    assert is_possible(asked(fetched("C-1", "07:05"), fetched("C-2", second), sites=(slow,))) is possible


def test_who_cannot_wait_is_picked_for_first() -> None:
    slow = a_store(pickers=1, pick_duration_per_line=timedelta(seconds=300))
    problem = asked(*(fetched(f"C-{n}", opens) for n, opens in enumerate(["07:20", "07:05", "07:10"])), sites=(slow,))
    plan = answered(problem).plan
    assert plan
    assert [each.ready_time for each in plan.assignments] == [at("07:15"), at("07:05"), at("07:10")]


@pytest.mark.parametrize(("opens", "possible"), [("09:30", True), ("09:29", False)])
def test_a_counter_has_so_many_places(opens: str, possible: bool) -> None:
    contracts = fetched("C-1", "07:30"), fetched("C-2", opens, "11:00")
    assert is_possible(asked(*contracts, sites=(a_store(counter_places=1),))) is possible


# -- carriers, desks, returns


def parcel(contract_id: str = "C-1") -> Contract:
    said = {"service_level_id": "parcel", "mode": Mode.CARRIER, "window": between("09:00", "18:00", days=2)}
    return promised(contract_id, (an_item(goods=[("BOOK", 1)]), said))


@pytest.mark.parametrize(("cut_off", "possible"), [("07:05", True), ("07:04", False)])
def test_a_parcel_is_ready_by_the_cut_off(cut_off: str, possible: bool) -> None:
    hour, minute = map(int, cut_off.split(":"))
    carrier = a_carrier(cut_off=time(hour, minute))
    assert is_possible(asked(parcel(), carriers=(carrier,))) is possible


def test_the_cheaper_carrier_takes_what_its_quota_holds() -> None:
    cheap, dear = a_carrier("X-1", daily_quota=1, tariff_base=500), a_carrier("X-2", daily_quota=1)
    plan = answered(asked(parcel("C-1"), parcel("C-2"), carriers=(cheap, dear))).plan
    assert plan
    assert sorted(each.resource_id or "" for each in plan.assignments) == ["X-1", "X-2"]
    assert not is_possible(asked(parcel("C-1"), parcel("C-2"), carriers=(cheap,)))


def call(contract_id: str, until: str) -> Contract:
    item = a_service("i-call", ServiceItemKind.REMOTE_SESSION, minutes=30)
    said = {"service_level_id": "call", "mode": Mode.REMOTE, "window": between("09:00", until)}
    return promised(contract_id, (item, said))


def with_services(*contracts: Contract, **changes: Any) -> Problem:
    return a_problem(catalogue=a_service_catalogue(**changes), contracts=contracts)


@pytest.mark.parametrize(("until", "possible"), [("09:30", True), ("09:29", False)])
def test_an_agent_holds_one_session_after_the_other(until: str, possible: bool) -> None:
    desk = a_desk(concurrency=1)
    assert is_possible(with_services(call("C-1", until), call("C-2", until), desks=(desk,))) is possible


def test_a_session_ends_before_the_desk_closes() -> None:
    assert is_possible(with_services(call("C-1", "09:10"), desks=(a_desk(hours="09:00-09:30"),)))
    assert not is_possible(with_services(call("C-1", "09:10"), desks=(a_desk(hours="09:00-09:29"),)))


def collected(contract_id: str) -> Contract:
    old = a_service("i-old", ServiceItemKind.COLLECTION, minutes=2, load=Load(weight_g=900, ambient_cm3=900))
    return promised(contract_id, (old, {"window": between("09:00", "11:00")}))


@pytest.mark.parametrize(("room", "possible"), [(2, True), (1, False)])
def test_a_site_takes_in_so_many_returns_a_day(room: int, possible: bool) -> None:
    depot = a_depot(returns_per_day=room)
    assert is_possible(asked(collected("C-1"), collected("C-2"), sites=(depot,))) is possible


# -- vehicles


@pytest.mark.parametrize(("weight_g", "possible"), [(10_000, True), (9999, False)])
def test_what_is_on_board_fits(weight_g: int, possible: bool) -> None:
    """Both customers want it at once; there is no time to go twice."""
    rider = a_rider("R-1", capacity=Load(weight_g=weight_g, ambient_cm3=60_000))
    problem = asked(rice("C-1", until="07:15"), rice("C-2", until="07:15"), riders=(rider,))
    assert is_possible(problem) is possible


def test_who_cannot_carry_both_goes_twice() -> None:
    def metres(weight_g: int) -> int:
        rider = a_rider("R-1", capacity=Load(weight_g=weight_g, ambient_cm3=60_000))
        plan = answered(asked(rice("C-1"), rice("C-2"), riders=(rider,))).plan
        assert plan
        return plan.routes[0].distance_m

    assert (metres(10_000), metres(5000)) == (1600, 3200)


@pytest.mark.parametrize(("bound_s", "possible"), [(250, True), (249, False)])
def test_goods_are_on_board_no_longer_than_they_may_be(bound_s: int, possible: bool) -> None:
    bound = timedelta(seconds=bound_s)
    goods = (a_sku("RICE", weight_g=5000, volume_cm3=6000, max_on_board=bound),)
    assert is_possible(asked(rice(max_on_board=bound), skus=goods)) is possible


def food_and_paint(*, until: str, pairs: tuple[tuple[str, str], ...] = (("food", "paint"),), **changes: Any) -> Problem:
    """Rice and a book for one door; there is time to go twice by 09:00, and none by 07:15."""
    goods = (
        a_sku("RICE", weight_g=5000, volume_cm3=6000, goods_class="food"),
        a_sku("BOOK", weight_g=915, volume_cm3=1600, goods_class="paint"),
    )
    book = an_item("i-book", goods=[("BOOK", 1)], goods_classes=("paint",))
    contracts = (
        rice("C-1", until=until, goods_classes=("food",)),
        promised("C-2", (book, {"window": between("07:00", until)})),
    )
    return asked(*contracts, skus=goods, policy=a_policy(keep_apart=pairs), **changes)


@pytest.mark.parametrize(
    ("pairs", "possible"), [((), True), ((("food", "paint"),), False), ((("paint", "food"),), False)]
)
def test_goods_that_must_not_travel_together_do_not(pairs: tuple[tuple[str, str], ...], possible: bool) -> None:
    assert is_possible(food_and_paint(until="07:15", pairs=pairs)) is possible


def test_a_second_vehicle_takes_the_goods_that_the_first_may_not() -> None:
    plan = answered(food_and_paint(until="07:15", riders=(a_rider("R-1"), a_rider("R-2")))).plan
    assert plan
    assert [route.resource_id for route in plan.routes] == ["R-1", "R-2"]


def test_who_may_not_carry_both_together_goes_twice() -> None:
    kept, loose = (answered(food_and_paint(until="09:00", pairs=pairs)).plan for pairs in ((("food", "paint"),), ()))
    assert kept
    assert loose
    assert (kept.routes[0].distance_m, loose.routes[0].distance_m) == (3200, 1600)


def test_only_who_may_do_it_does_it() -> None:
    skilled = a_rider("R-2", skills=(SkillLevel(skill="COLD"),), rates=CostRates(per_use=9999))
    needs = rice(constraint=ResourceConstraint(skills=(SkillLevel(skill="COLD"),)))
    plan = answered(asked(needs, riders=(a_rider("R-1"), skilled))).plan
    assert plan
    assert [route.resource_id for route in plan.routes] == ["R-2"]
    assert not is_possible(asked(needs))


# -- what belongs together


def two_bags(*, weight_g: int, together: bool) -> Problem:
    links = {"same_visits": (SameVisit(item_ids=("i-1", "i-2")),)} if together else {}
    contract = promised("C-1", (an_item("i-1"), {}), (an_item("i-2"), {}), **links)
    return asked(contract, riders=(a_rider("R-1", capacity=Load(weight_g=weight_g, ambient_cm3=60_000)),))


def test_one_visit_brings_all_or_cannot_be() -> None:
    assert is_possible(two_bags(weight_g=10_000, together=True))
    assert not is_possible(two_bags(weight_g=9999, together=True))
    assert is_possible(two_bags(weight_g=9999, together=False))


def test_one_visit_costs_a_detour_where_two_would_be_cheaper() -> None:
    """The rider passes with the first bag; the second could come with another rider who is there anyway."""
    far = an_item("i-1", constraint=ResourceConstraint(allowed_ids=("R-1", "R-2")))
    near = an_item("i-2", constraint=ResourceConstraint(allowed_ids=("R-1",)))
    riders = (a_rider("R-1", rates=CostRates(per_hour=9000)), a_rider("R-2", rates=CostRates(per_hour=900)))
    group = {"same_visits": (SameVisit(item_ids=("i-1", "i-2")),)}
    apart, together = (
        answered(asked(promised("C-1", (far, {}), (near, {}), **links), riders=riders)).plan for links in ({}, group)
    )
    assert apart
    assert together
    assert [len(plan.routes) for plan in (apart, together)] == [2, 1]
    assert apart.cost.total < together.cost.total


def test_what_starts_together_takes_two_and_one_instant() -> None:
    scene = a_job_for_two()
    assert is_possible(scene.problem)
    assert not is_possible(scene.catalogue(technicians=(a_technician("T-1"),)).problem)


def test_an_instant_that_was_agreed_stays() -> None:
    scene = a_job_for_two()
    plan = answered(replace(scene.problem, initial_plan=scene.plan)).plan
    assert plan
    assert {each.planned_start for each in plan.assignments} == {at("10:00")}


# -- the whole


def test_every_kind_of_item_goes_into_one_plan() -> None:
    scene = a_planned_day()
    problem = scene.given(now=at("07:00"), freeze_until=at("07:00")).problem
    assert answered(problem).cost < scene.plan.cost.total


def test_the_last_piece_serves_one_of_two() -> None:
    problem = asked(rice("C-1"), rice("C-2", place=a_place(3)), stock=1)
    answer = answered(problem, alternatives=[["C-1"], ["C-2"]])
    assert most_served(problem, alternatives=[["C-1"], ["C-2"]]) == 1
    assert answer.served == ("C-2",)


def test_one_promise_of_several_is_kept_the_cheapest() -> None:
    problem = asked(rice("C-1@0", place=a_place(8)), rice("C-1@1", place=a_place(3)))
    assert answered(problem, alternatives=[["C-1@0", "C-1@1"]]).served == ("C-1@1",)


def chained() -> Contract:
    """Rice by 08:00, and a technician an hour later than that at the earliest."""
    mount = a_service("i-mount", ServiceItemKind.TECHNICIAN_VISIT, minutes=10, place=a_place(4))
    link = Precedence(before_item_id="i-rice", after_item_id="i-mount", lag=timedelta(hours=1))
    said = {"service_level_id": "visit", "mode": Mode.TECHNICIAN, "window": between("09:01", "11:00")}
    return promised("C-1", (an_item(), {"window": between("07:00", "08:00")}), (mount, said), precedences=(link,))


def test_exact_coupling_lets_the_technician_come_as_soon_as_the_lag_is_over() -> None:
    def possible(ends: str, *, exact: bool) -> bool:
        technician = a_technician("T-1", shift=Interval(start=at("08:00"), end=at(ends)), end_place=None)
        return is_possible(with_services(chained(), technicians=(technician,)), exact=exact)

    assert possible("09:11", exact=False)
    assert not possible("09:10:59", exact=False)
    assert possible("08:21:40", exact=True)
    assert not possible("08:21:39", exact=True)


@pytest.mark.parametrize("problem", [a_planned_day().problem, asked(a_contract())])
def test_what_has_begun_or_was_never_promised_is_not_asked(problem: Problem) -> None:
    with pytest.raises(InputError) as caught:
        answered(problem)
    assert {issue.code for issue in caught.value.issues} == {IssueCode.ORACLE_SCOPE}
