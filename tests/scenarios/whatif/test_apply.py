"""Every change reads every parameter that it has, and says when it contradicts the world."""

from datetime import timedelta

import pytest

from models.contract import Contract
from models.issues import InputError, IssueCode
from models.order import Channel
from models.resource import SkillLevel
from models.scenario import Scenario
from scenarios.whatif import apply
from scenarios.whatif.changing import there
from scenarios.world import World
from tests.builders import a_planned_day
from tests.scenarios.whatif.conftest import Changed, Contradictions, a_scenario

CLOSE = {"change": "close_site", "site_id": "store-01"}
EAST = {"center": {"lat": 31.2377, "lon": 121.5015}, "radius_m": 3000}


def test_the_world_itself_stays_as_it_is(town: World) -> None:
    before = town.catalogue.model_dump_json(), town.stock
    apply(town, a_scenario(CLOSE, {"change": "change_stock", "factor": 0.5}))
    assert (town.catalogue.model_dump_json(), town.stock) == before


def test_a_scenario_without_changes_is_the_world(town: World) -> None:
    variant = apply(town, Scenario(name="nothing"))
    assert variant.world is town
    assert not variant.demand
    assert not variant.fences


def test_all_contradictions_come_at_once_each_at_its_field(contradictions: Contradictions) -> None:
    issues = contradictions(
        CLOSE,
        CLOSE,
        {"change": "fee", "service_level_id": "within-hours", "amount": 1},
        {"change": "remove_resources", "kind": "VAN", "count": 9},
    )
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.SCENARIO_CONTRADICTORY, "changes[1].site_id"),
        (IssueCode.REFERENCE_DANGLING, "changes[2].service_level_id"),
        (IssueCode.SCENARIO_CONTRADICTORY, "changes[3].count"),
    ]
    assert issues[0].message == "site (store-01) must be open, and is closed already"
    assert issues[1].hint == "did you mean within-hour?"
    assert issues[2].message == "count (9) must be <= number of vans that are meant (4)"


# Sites and stock


def test_a_closed_site_opens_again(changed: Changed) -> None:
    assert changed(CLOSE).catalogue.unavailable_ids == {"store-01"}
    assert not changed(CLOSE, {"change": "open_site", "site_id": "store-01"}).catalogue.unavailable_ids


def test_an_open_site_cannot_open(contradictions: Contradictions) -> None:
    [issue] = contradictions({"change": "open_site", "site_id": "store-01"})
    assert issue.message == "site (store-01) must be closed, and is open"


def test_a_new_site_has_the_stock_of_the_one_that_it_is_like(changed: Changed, town: World) -> None:
    place = {"lat": 31.2377, "lon": 121.5015}
    variant = changed({"change": "open_site", "site_id": "new", "like": "store-01", "place": place, "name": "Tower"})
    site = variant.catalogue.site_by_id["new"]
    assert (site.name, site.pickers) == ("Tower", town.catalogue.site_by_id["store-01"].pickers)
    assert site.place.street_node_id is not None
    pieces = {
        site_id: {row.sku_id: row.on_hand for row in variant.world.stock if row.site_id == site_id}
        for site_id in ("new", "store-01")
    }
    assert pieces["new"] == pieces["store-01"]


def test_a_new_site_must_lie_at_a_street(contradictions: Contradictions) -> None:
    place = {"lat": 30.0, "lon": 121.5}
    [issue] = contradictions({"change": "open_site", "site_id": "new", "like": "store-01", "place": place})
    assert (issue.code, issue.path) == (IssueCode.PLACE_NOT_REACHABLE, "changes[0].place")


def test_stock_is_multiplied_where_it_is_meant(changed: Changed, town: World) -> None:
    change = {"change": "change_stock", "site_ids": ["store-01"], "categories": ["dairy"], "factor": 0.5}
    categories = {sku.sku_id: sku.category for sku in town.catalogue.skus}
    for old, new in zip(town.stock, changed(change).world.stock, strict=True):
        meant = old.site_id == "store-01" and categories[old.sku_id] == "dairy"
        assert new.on_hand == (old.on_hand // 2 if meant else old.on_hand)


def test_stock_is_set_and_where_there_was_none_it_is_new(changed: Changed, town: World) -> None:
    had = {row.sku_id for row in town.stock if row.site_id == "store-01"}
    zones = town.catalogue.site_by_id["store-01"].temperatures
    absent = next(s.sku_id for s in town.catalogue.skus if s.sku_id not in had and s.temperature in zones)
    skus = [absent, min(had)]
    variant = changed({"change": "change_stock", "site_ids": ["store-01"], "sku_ids": skus, "pieces": 7})
    found = {row.sku_id: row.on_hand for row in variant.world.stock if row.site_id == "store-01"}
    assert [found[sku_id] for sku_id in skus] == [7, 7]


def test_stock_that_does_not_change_is_no_change(contradictions: Contradictions) -> None:
    [issue] = contradictions({"change": "change_stock", "factor": 1})
    assert issue.message == "number of stock rows that change (0) must be >= 1"


# Riders, vans, technicians


def test_more_riders_are_like_those_who_are_there_and_in_their_pools(changed: Changed, town: World) -> None:
    variant = changed({"change": "add_resources", "kind": "RIDER", "count": 3})
    new = variant.catalogue.riders[len(town.catalogue.riders) :]
    assert [each.resource_id for each in new] == ["rider-01+1", "rider-03+1", "rider-05+1"]
    pools = variant.catalogue.pools_by_resource_id
    assert [pools[each.resource_id] for each in new] == [pools[each.resource_id[:-2]] for each in new]


def test_more_vans_start_at_the_sites_that_are_named(changed: Changed) -> None:
    change = {
        "change": "add_resources",
        "kind": "VAN",
        "count": 2,
        "like": ["van-01"],
        "at_sites": ["store-01", "store-02"],
    }
    catalogue = changed(change).catalogue
    vans = [each for each in catalogue.vans if "+" in each.resource_id]
    assert [each.start_place for each in vans] == [catalogue.site_by_id[s].place for s in ("store-01", "store-02")]
    assert vans[0].end_place == vans[0].start_place


def test_fewer_riders_are_taken_evenly_or_by_name_or_from_an_area(changed: Changed, town: World) -> None:
    every_other = changed({"change": "remove_resources", "kind": "RIDER", "count": 4}).catalogue.unavailable_ids
    assert every_other == {"rider-01", "rider-03", "rider-05", "rider-07"}
    named = changed({"change": "remove_resources", "kind": "RIDER", "resource_ids": ["rider-02"]})
    assert named.catalogue.unavailable_ids == {"rider-02"}
    area = {"center": {"lat": (home := town.catalogue.riders[0].start_place).lat, "lon": home.lon}, "radius_m": 50}
    near = changed({"change": "remove_resources", "kind": "RIDER", "start_area": area})
    assert "rider-01" in near.catalogue.unavailable_ids
    assert len(near.catalogue.unavailable_ids) < 8


def test_who_is_gone_cannot_go_again(contradictions: Contradictions) -> None:
    gone = {"change": "remove_resources", "kind": "RIDER", "resource_ids": ["rider-02"]}
    [issue] = contradictions(gone, gone)
    assert (issue.code, issue.path) == (IssueCode.REFERENCE_DANGLING, "changes[1].resource_ids[0]")
    assert issue.message == "rider at work (rider-02) must be one of the 7 in this world"


def test_technicians_learn_and_never_forget(changed: Changed, town: World) -> None:
    skills = [{"skill": "plumbing", "level": 2}, {"skill": "piano", "level": 5}]
    variant = changed({"change": "retrain", "kind": "TECHNICIAN", "skills": skills, "tools": ["fork"]})
    for old, new in zip(town.catalogue.technicians, variant.catalogue.technicians, strict=True):
        before, after = ({each.skill: each.level for each in one.skills} for one in (old, new))
        assert after == {**before, "piano": 5, "plumbing": max(2, before.get("plumbing", 0))}
        assert set(new.tools) == {*old.tools, "fork"}


def test_only_technicians_have_tools(contradictions: Contradictions) -> None:
    [issue] = contradictions({"change": "retrain", "kind": "RIDER", "tools": ["fork"]})
    assert issue.message == "tools (fork) need kind TECHNICIAN, not RIDER"


def test_shifts_move_and_breaks_with_their_start(changed: Changed, town: World) -> None:
    hour = timedelta(hours=1)
    variant = changed({"change": "shift_times", "kind": "RIDER", "start_by": "-PT1H", "end_by": "PT1H"})
    for old, new in zip(town.catalogue.riders, variant.catalogue.riders, strict=True):
        assert (new.shift.start, new.shift.end) == (old.shift.start - hour, old.shift.end + hour)
        assert [each.window.earliest for each in new.breaks] == [each.window.earliest - hour for each in old.breaks]


def test_a_shift_that_loses_its_break_is_reported_for_everybody(contradictions: Contradictions) -> None:
    issues = contradictions({"change": "shift_times", "kind": "RIDER", "end_by": "-PT5H"})
    assert {issue.code for issue in issues} <= {IssueCode.BREAK_MISPLACED, IssueCode.SCENARIO_CONTRADICTORY}
    assert len(issues) > 1
    assert all(issue.path == "changes[0]" for issue in issues)


# Pools

SPLIT = {
    "change": "split_pool",
    "pool_id": "vans",
    "parts": [
        {"pool_id": "app-vans", "share": 0.5, "channels": ["APP"]},
        {"pool_id": "other-vans", "share": 0.5, "channels": ["STORE_POS"]},
    ],
}


def test_a_pool_falls_into_parts_by_share(changed: Changed) -> None:
    pools = {pool.pool_id: pool for pool in changed(SPLIT).catalogue.pools}
    assert "vans" not in pools
    assert [len(pools[each].resource_ids) for each in ("app-vans", "other-vans")] == [2, 2]
    assert pools["app-vans"].channels == (Channel.APP,)


def test_who_is_in_no_part_works_for_nobody(changed: Changed) -> None:
    half = {**SPLIT, "parts": [{**SPLIT["parts"][0]}]}  # type: ignore[dict-item]
    variant = changed(half)
    [pool] = [pool for pool in variant.catalogue.pools if pool.pool_id == "app-vans"]
    vans = {each.resource_id for each in variant.catalogue.vans}
    assert variant.catalogue.unavailable_ids == vans - set(pool.resource_ids)
    assert len(pool.resource_ids) == 2


def test_pools_that_were_split_are_shared_again(changed: Changed, contradictions: Contradictions) -> None:
    shared = changed(SPLIT, {"change": "share_pool", "pool_ids": ["app-vans", "other-vans"]})
    assert all(not pool.channels for pool in shared.catalogue.pools if pool.pool_id.endswith("-vans"))
    wider = changed(SPLIT, {"change": "share_pool", "pool_ids": ["app-vans"], "channels": ["LIVESTREAM"]})
    [pool] = [pool for pool in wider.catalogue.pools if pool.pool_id == "app-vans"]
    assert pool.channels == (Channel.APP, Channel.LIVESTREAM)
    [issue] = contradictions({"change": "share_pool", "pool_ids": ["vans"]})
    assert issue.message == "number of pools among vans that work for more channels then (0) must be >= 1"


def test_a_part_for_a_brand_or_an_area_shuts_the_others_out(changed: Changed) -> None:
    by_brand = {**SPLIT, "parts": [{"pool_id": "pets", "share": 1, "attribute": "line", "values": ["staplers"]}]}
    with pytest.raises(InputError) as refused:
        changed(by_brand)
    [issue] = refused.value.issues
    assert (issue.code, issue.hint) == (IssueCode.REFERENCE_DANGLING, "did you mean staple?")
    contract = _contract()
    shut = changed({**SPLIT, "parts": [{"pool_id": "east", "share": 1, "area": EAST}]}).fenced(contract)
    vans = {each.resource_id for each in changed(CLOSE).catalogue.vans}
    for old, new in zip(contract.items, shut.items, strict=True):
        assert set(new.constraint.excluded_ids) == {*old.constraint.excluded_ids, *vans}
    around = {"center": {"lat": contract.items[0].place.lat, "lon": contract.items[0].place.lon}, "radius_m": 50_000}
    assert changed({**SPLIT, "parts": [{"pool_id": "all", "share": 1, "area": around}]}).fenced(contract) == contract


def _contract() -> Contract:
    problem = a_planned_day().problem
    return problem.contracts[0]


def test_a_member_is_in_one_part_only(contradictions: Contradictions) -> None:
    parts = [{"pool_id": each, "resource_ids": ["van-01"]} for each in ("one", "other")]
    [issue] = contradictions({**SPLIT, "parts": parts})
    assert (issue.path, issue.message) == ("changes[0].parts[1]", "van-01 must be in one part only")


# Terms


def test_fees_and_ladders_of_a_level_change_and_nothing_else(changed: Changed, town: World) -> None:
    variant = changed(
        {"change": "fee", "service_level_id": "within-hour", "amount": 1000},
        {"change": "lateness_ladder", "service_level_id": "within-hour", "ladder": {}},
    )
    before, after = (each.policy.service_level("within-hour") for each in (town.catalogue, variant.catalogue))
    assert before
    assert after
    assert (after.fee, after.ladder.steps, after.fee_ladder) == (1000, (), before.fee_ladder)


def test_a_fee_that_pays_the_customer_is_refused(contradictions: Contradictions) -> None:
    ladder = {"by_hour": [{"from_time": "06:00", "amount": -5000}]}
    [issue] = contradictions({"change": "fee", "service_level_id": "within-hour", "fee_ladder": ladder})
    assert issue.message == "fee (600) and the lowest step of its ladder (-5000) must add up to 0 or more"


def test_levels_come_and_go(changed: Changed, contradictions: Contradictions) -> None:
    level = {"service_level_id": "dawn", "name": "At dawn", "modes": ["VAN"], "within": "PT3H"}
    policy = changed(
        {"change": "service_level", "level": level},
        {"change": "withdraw_service_level", "service_level_id": "half-day"},
    ).catalogue.policy
    assert policy.service_level("dawn")
    assert not policy.service_level("half-day")
    issues = contradictions({"change": "withdraw_service_level", "service_level_id": "technician-slot"})
    assert {issue.path for issue in issues} == {"changes[0].service_level_id"}
    assert {issue.code for issue in issues} == {IssueCode.FIELD_REQUIRED}


def test_orders_are_not_merged_any_more(changed: Changed, contradictions: Contradictions) -> None:
    assert not changed({"change": "policy", "merge": False}).catalogue.policy.merge_window
    again = changed({"change": "policy", "merge": False}, {"change": "policy", "merge": True, "merge_window": "PT1H"})
    assert again.catalogue.policy.merge_window == timedelta(hours=1)
    [issue] = contradictions({"change": "policy", "merge": False}, {"change": "policy", "merge": True})
    assert issue.message == "merge (true) needs a merge_window > PT0S, and it is 0:00:00"


def test_a_carrier_or_one_of_its_zones_has_other_terms(changed: Changed, contradictions: Contradictions) -> None:
    swift = {"change": "carrier", "resource_id": "swift-parcel", "tariff_base": 1, "tariff_per_kg": 2, "daily_quota": 3}
    carrier = changed(swift).catalogue.carrier_by_id["swift-parcel"]
    assert (carrier.tariff_base, carrier.tariff_per_kg, carrier.daily_quota) == (1, 2, 3)
    post = {"change": "carrier", "resource_id": "plain-post", "zone_id": "plain-post-city", "daily_quota": 4}
    assert changed(post).catalogue.carrier_zone_by_id["plain-post-city"].daily_quota == 4
    [issue] = contradictions({**post, "resource_id": "swift-parcel"})
    assert issue.message == "zone of swift-parcel (plain-post-city) must be one of the 0 in this world"


def test_skills_are_at_the_level_that_is_said_at_least(changed: Changed) -> None:
    change = {
        "change": "retrain",
        "kind": "RIDER",
        "resource_ids": ["rider-02"],
        "skills": [{"skill": "x", "level": 3}],
    }
    riders = {each.resource_id: each for each in changed(change).catalogue.riders}
    assert riders["rider-02"].skills == (SkillLevel(skill="x", level=3),)
    assert not riders["rider-01"].skills


# A snapshot


def test_the_last_one_who_can_keep_a_frozen_promise_must_stay(town: World) -> None:
    problem = a_planned_day().problem
    day = type(town)(**{**vars(town), "catalogue": problem.catalogue, "stock": problem.stock})
    scenario = a_scenario({"change": "remove_resources", "kind": "VAN", "resource_ids": ["V-1"]})
    with pytest.raises(InputError) as refused:
        apply(day, scenario, contracts=problem.contracts)
    [issue] = refused.value.issues
    assert (issue.code, issue.path) == (IssueCode.SCENARIO_CONTRADICTORY, "changes[0]")
    assert "by VAN, frozen, (0) must be >= 1; before the change it was 1" in issue.message
    assert len(there(apply(day, scenario).catalogue, problem.catalogue.vans[0].kind)) == len(problem.catalogue.vans) - 1
