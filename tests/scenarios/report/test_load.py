"""Shares of the hours on shift, by hand."""

from pathlib import Path

import pytest

from models.resource import ResourceKind
from scenarios.report.load import BUSY, Use, hours_of
from scenarios.report.local_clock import LocalClock
from scenarios.report.work import Doing, Work
from tests.builders import Scene, a_planned_day, a_rider, at
from tests.scenarios.report.builders import a_clock, a_work


def test_hours_are_those_of_the_local_clock_in_which_somebody_is_on_shift(work: Work, clock: LocalClock) -> None:
    hours = hours_of(work, ResourceKind.TECHNICIAN, clock)
    assert [f"{hour.start:%H:%M}" for hour in hours] == [f"{hour:02}:00" for hour in range(8, 17)]
    assert {hour.on_shift_s for hour in hours} == {2 * 3600}


@pytest.mark.parametrize("kind", [ResourceKind.RIDER, ResourceKind.VAN, ResourceKind.TECHNICIAN])
def test_the_uses_of_an_hour_add_up_to_the_hours_on_shift(kind: ResourceKind, work: Work, clock: LocalClock) -> None:
    for hour in hours_of(work, kind, clock):
        assert sum(hour.used_s.values()) == hour.on_shift_s
        assert sum(hour.share(use) for use in Use) == pytest.approx(1)


def test_busy_time_of_all_hours_is_what_the_routes_are_paid_for(work: Work, clock: LocalClock) -> None:
    for kind in (ResourceKind.RIDER, ResourceKind.VAN, ResourceKind.TECHNICIAN):
        busy = sum(hour.used_s[use] for hour in hours_of(work, kind, clock) for use in BUSY)
        assert busy == sum(route.work_s for mobile, route in work.routes if mobile.kind is kind)


def test_waiting_and_breaks_are_told_apart_from_free_time(work: Work, clock: LocalClock) -> None:
    hours = hours_of(work, ResourceKind.VAN, clock)
    vans = {mobile.resource_id for mobile in work.world.catalogue.vans}
    waits = [span for span in work.spans if span.doing is Doing.WAITING and span.resource_id in vans]
    waited = sum((span.end - span.start).total_seconds() for span in waits)
    assert waited > 0
    assert sum(hour.used_s[Use.WAITING] for hour in hours) == waited


def test_who_is_on_call_counts_only_with_work(street_cache: Path) -> None:
    def on_shift(scene: Scene) -> float:
        hours = hours_of(a_work(scene, street_cache), ResourceKind.RIDER, a_clock(scene))
        return sum(hour.on_shift_s for hour in hours) / 3600

    day = a_planned_day()  # R-1 has work, R-2 has none; both have 8 hours
    assert on_shift(day) == 16
    assert on_shift(day.rider("R-2", on_call=True)) == 8
    assert on_shift(day.rider("R-1", on_call=True)) == 16


def test_overtime_is_shift_too(street_cache: Path) -> None:
    late = a_rider("R-2", max_overtime="PT1H", overtime="PT1H")
    day = a_planned_day().catalogue(riders=(a_rider("R-1"), late))
    hours = hours_of(a_work(day, street_cache), ResourceKind.RIDER, a_clock(day))
    assert hours[-1].start == at("15:00")
    assert hours[-1].on_shift_s == 3600


def test_nobody_on_shift_gives_no_hours(street_cache: Path) -> None:
    day = a_planned_day()
    assert hours_of(a_work(day, street_cache), ResourceKind.TECHNICIAN, a_clock(day)) == ()
