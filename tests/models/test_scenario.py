"""A scenario is a list of typed changes; what makes no sense by itself is refused when it is read."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.issues import IssueCode, issues_of
from models.scenario import Scenario

AREA = {"center": {"lat": 1, "lon": 1}, "radius_m": 5}


def codes(**change: Any) -> list[tuple[IssueCode, str]]:
    with pytest.raises(ValidationError) as refused:
        Scenario.model_validate({"name": "x", "changes": [change]})
    return [(issue.code, issue.message) for issue in issues_of(refused.value)]


def test_a_change_that_changes_nothing_is_refused() -> None:
    for change, names in (
        ({"change": "retrain", "kind": "VAN"}, "skills, tools"),
        ({"change": "shift_times", "kind": "VAN"}, "start_by, end_by"),
        ({"change": "shift_demand"}, "by, to_channel"),
        ({"change": "fee", "service_level_id": "x"}, "amount, fee_ladder"),
        ({"change": "carrier", "resource_id": "x"}, "tariff_base, tariff_per_kg, daily_quota"),
        ({"change": "policy"}, "merge, merge_window, replan_every, max_split, divide_lines, waiting_per_hour"),
    ):
        assert codes(**change) == [(IssueCode.FIELD_REQUIRED, f"number of {names} that are given (0) must be >= 1")]


def test_what_excludes_each_other_is_refused() -> None:
    for change, names in (
        ({"change": "change_stock"}, "factor, pieces"),
        (
            {"change": "close_road", "name": "Bund", "area": {"center": {"lat": 1, "lon": 1}, "radius_m": 5}},
            "name, area",
        ),
        ({"change": "split_pool", "pool_id": "x", "parts": [{"pool_id": "y"}]}, "share, resource_ids, start_area"),
    ):
        [(code, message)] = codes(**change)
        assert code is IssueCode.FIELD_REQUIRED
        assert message.startswith(f"number of {names} that are given (")
        assert message.endswith(") must be 1")


def test_a_new_site_needs_a_place_and_a_model() -> None:
    [(code, message)] = codes(change="open_site", site_id="new", like="old")
    assert code is IssueCode.FIELD_REQUIRED
    assert message == ("like (old), place (None) and the name are those of a new site: give like and place together")


def test_an_area_is_a_ring_or_a_circle() -> None:
    [(code, message)] = codes(change="multiply_demand", factor=2, area={"center": {"lat": 31, "lon": 121}})
    assert (code, message) == (
        IssueCode.FIELD_REQUIRED,
        "center (lat=31.0 lon=121.0) and radius_m (None) must be given together",
    )


def test_shares_of_a_pool_are_no_more_than_all_of_it() -> None:
    parts = [{"pool_id": each, "share": 0.6} for each in ("one", "other")]
    assert codes(change="split_pool", pool_id="x", parts=parts) == [
        (IssueCode.VALUE_INVALID, "shares of all parts (1.2) must add up to at most 1")
    ]


def test_a_brand_is_an_attribute_with_values() -> None:
    parts = [{"pool_id": "one", "share": 1, "attribute": "brand"}]
    [(code, message)] = codes(change="split_pool", pool_id="x", parts=parts)
    assert (code, message) == (IssueCode.FIELD_REQUIRED, "attribute (brand) and values () must be given together")


def test_hours_do_not_cross_midnight() -> None:
    [(code, message)] = codes(change="multiply_demand", factor=2, from_time="23:00", until_time="01:00")
    assert (code, message) == (IssueCode.INTERVAL_EMPTY, "from_time (23:00:00) must be < until_time (01:00:00)")


def test_the_deposit_comes_before_the_balance() -> None:
    [(code, message)] = codes(change="promotion", sku_ids=["x"], deposit_time="10:00", balance_time="09:00")
    assert (code, message) == (
        IssueCode.VALUE_INVALID,
        "deposit_time (10:00:00) must be given with balance_time (09:00:00), and earlier",
    )


def test_the_kind_of_change_decides_which_fields_there_are() -> None:
    [(code, _)] = codes(change="close_site", site_id="x", count=3)
    assert code is IssueCode.FIELD_UNKNOWN


def test_a_scenario_survives_json() -> None:
    scenario = Scenario.model_validate(
        {
            "name": "x",
            "changes": [
                {"change": "shift_demand", "by": "-PT30M", "from_time": "10:00"},
                {"change": "travel_factor", "duration_factor": {"BIKE": 1.5}},
            ],
        }
    )
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
