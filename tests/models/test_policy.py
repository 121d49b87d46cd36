"""Service levels and the other figures that a merchant decides."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from models.issues import issues_of
from models.policy import ServiceLevel
from models.promise import Mode
from tests.builders import a_policy


def a_level(service_level_id: str = "hour", **changes: Any) -> ServiceLevel:
    return ServiceLevel(**{"service_level_id": service_level_id, "name": "Level", "modes": (Mode.RIDER,), **changes})


def issues_in(make: Any, **fields: Any) -> list[tuple[str, str, str, str]]:
    with pytest.raises(ValidationError) as caught:
        make(**fields)
    return [(each.code.value, each.path, each.message, each.hint) for each in issues_of(caught.value)]


def test_a_service_level_is_found_by_its_id() -> None:
    level = a_policy().service_level("slot")
    assert level is not None
    assert level.name == "Two-hour slot"
    assert a_policy().service_level("gone") is None


def test_a_level_has_a_span_or_slots_but_not_both() -> None:
    a_level(within=timedelta(hours=1))
    a_level(slot_duration=timedelta(hours=2), num_slots=3)
    a_level()
    assert issues_in(a_level, within=timedelta(hours=1), slot_duration=timedelta(hours=2)) == [
        (
            "VALUE_INVALID",
            "",
            "give within (1:00:00) or slot_duration (2:00:00), not both",
            "remove one of the two",
        )
    ]


@pytest.mark.parametrize("slot", [timedelta(minutes=5), timedelta(days=1)])
def test_a_slot_is_five_minutes_to_a_day_long(slot: timedelta) -> None:
    assert a_level(slot_duration=slot).slot_duration == slot
    for wrong in (timedelta(minutes=5) - timedelta(seconds=1), timedelta(days=1, seconds=1)):
        assert [path for _, path, _, _ in issues_in(a_level, slot_duration=wrong)] == ["slot_duration"]


def test_levels_have_ids_of_their_own() -> None:
    assert issues_in(a_policy, service_levels=(a_level(), a_level())) == [
        (
            "ID_DUPLICATE",
            "service_levels",
            "service_level_id must be distinct: 2 ids, of which 1 distinct (hour)",
            "give each its own id",
        )
    ]


@pytest.mark.parametrize("table", ["handling_per_item", "residual_cv"])
def test_every_mode_on_sale_needs_its_figures(table: str) -> None:
    assert issues_in(a_policy, **{table: {Mode.RIDER: 1, Mode.PICKUP: 1}}) == [
        (
            "FIELD_REQUIRED",
            "",
            f"{table} must have an entry for each of the 4 modes on sale, missing: CARRIER, VAN",
            "add the missing modes",
        )
    ]


def test_a_mode_that_nobody_sells_needs_no_figures() -> None:
    rider_only = {Mode.RIDER: 1}
    policy = a_policy(service_levels=(a_level(),), handling_per_item=rider_only, residual_cv=rider_only)
    assert policy.handling_per_item == rider_only


@pytest.mark.parametrize(
    ("field", "least", "most", "wrong"),
    [
        ("quote_ttl", timedelta(microseconds=1), timedelta(seconds=120), timedelta(0)),
        ("quote_ttl", timedelta(seconds=1), timedelta(seconds=120), timedelta(seconds=121)),
        ("hold_ttl", timedelta(seconds=1), timedelta(days=1), timedelta(0)),
        ("hold_ttl", timedelta(seconds=1), timedelta(days=1), timedelta(days=1, seconds=1)),
        ("pick_bucket", timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=59)),
        ("counter_bucket", timedelta(minutes=5), timedelta(days=1), timedelta(minutes=4)),
        ("pickup_confidence", 0.5, 0.999, 1.0),
        ("walking_speed_mm_per_s", 100, 10_000, 0),
        ("max_options", 1, 20, 0),
        ("same_door_m", 0, 200, 201),
        ("hold_tolerance_percent", 0, 1000, -1),
        ("disturbance", 0, 10**9, -1),
    ],
)
def test_a_figure_has_a_range_with_both_ends_in_it(field: str, least: Any, most: Any, wrong: Any) -> None:
    assert [getattr(a_policy(**{field: value}), field) for value in (least, most)] == [least, most]
    (issue,) = issues_in(a_policy, **{field: wrong})
    assert issue[:2] == ("VALUE_INVALID", field)
    assert issue[2].endswith(f", got {wrong}")


@pytest.mark.parametrize("spread", [0, -0.1, 5.1])
def test_lead_times_scatter_but_not_without_bounds(spread: float) -> None:
    cv = dict.fromkeys(Mode, 0.2) | {Mode.VAN: spread}
    assert [path for _, path, _, _ in issues_in(a_policy, residual_cv=cv)] == ["residual_cv.VAN"]
