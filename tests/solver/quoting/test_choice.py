"""Which options are shown, what each is best at, and how it compares with the recommended one."""

from datetime import timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fee import Narrowing
from models.option import Archetype, Comparison, SlaOption
from models.plan import Cost
from models.policy import Policy, ServiceLevel
from models.promise import Mode, Promise
from solver.quoting.choice import choose, compare, latest_end
from tests.builders import a_place, a_policy, a_promise, at, between


def an_option(option_id: str, **changes: Any) -> SlaOption:
    fields: dict[str, Any] = {
        "option_id": option_id,
        "promises": (a_promise(),),
        "assignments": (),
        "fee": 300,
        "currency": "CNY",
        "cost": Cost(travel=1000),
        "p_on_time_by_item_id": {"i-rice": 0.9},
        "p_on_time": 0.9,
        "co2_g": 100,
        "num_stops": 1,
        "meets_wish": True,
    }
    return SlaOption(**{**fields, **changes})


def promised(latest: str, item_id: str = "i-rice", **changes: Any) -> Promise:
    return a_promise(item_id, window=between("07:00", latest), **changes)


# -- Pareto


def test_an_option_that_is_no_better_in_anything_is_not_shown() -> None:
    base = an_option("a", promises=(promised("09:00"),))
    worse: list[dict[str, Any]] = [
        {"cost": Cost(travel=1001)},
        {"fee": 301},
        {"promises": (promised("09:01"),)},
        {"co2_g": 101},
        {"num_stops": 2},
        {"p_on_time": 0.89},
        {"meets_wish": False},
    ]
    for n, change in enumerate(worse):
        other = an_option("b", **{"promises": (promised("09:00", place=a_place(n + 5)),), **change})
        assert [option.option_id for option in choose([other, base], a_policy(), now=at("07:00"))] == ["a"]


def test_an_option_that_is_better_in_one_thing_is_shown() -> None:
    base = an_option("a", promises=(promised("09:00"),))
    better: list[dict[str, Any]] = [
        {"fee": 299},
        {"promises": (promised("08:59"),)},
        {"co2_g": 99},
        {"num_stops": 0},
        {"p_on_time": 0.91},
    ]
    for n, change in enumerate(better):
        fields = {"promises": (promised("09:00", place=a_place(n + 5)),), "cost": Cost(travel=9999), **change}
        chosen = choose([an_option("b", **fields), base], a_policy(), now=at("07:00"))
        assert [option.option_id for option in chosen] == ["a", "b"]


def test_to_be_brought_the_goods_is_worth_showing_beside_a_counter_that_is_better_in_all_else() -> None:
    brought = an_option("brought", promises=(promised("10:00"),))
    fetched = an_option("fetched", promises=(promised("09:00", mode=Mode.PICKUP),), fee=0, co2_g=0, cost=Cost())
    chosen = choose([brought, fetched], a_policy(), now=at("07:00"))
    assert {option.option_id for option in chosen} == {"brought", "fetched"}


def test_options_that_look_the_same_are_shown_once_and_the_cheaper_one() -> None:
    dear, cheap = an_option("a", cost=Cost(travel=1001), co2_g=1), an_option("b")
    assert [option.option_id for option in choose([dear, cheap], a_policy(), now=at("07:00"))] == ["b"]


def test_each_archetype_is_on_one_option_that_is_best_at_it() -> None:
    two = ("i-1", "i-2")
    slow = tuple(promised("12:00", each) for each in two)
    options = [
        an_option("cheap", promises=slow, num_stops=2, cost=Cost(travel=100)),
        an_option("fast", promises=tuple(promised("08:00", each) for each in two), num_stops=2, cost=Cost(travel=900)),
        an_option("together", promises=tuple(promised("11:00", each) for each in two), cost=Cost(travel=500)),
        an_option(
            "fetched",
            promises=(promised("11:30", "i-1"), promised("11:30", "i-2", mode=Mode.PICKUP)),
            num_stops=2,
            cost=Cost(travel=400),
            fee=0,
        ),
    ]
    labels = {option.option_id: option.archetypes for option in choose(options, a_policy(), now=at("07:00"))}
    assert labels == {
        "cheap": (Archetype.CHEAPEST,),
        "fast": (Archetype.FASTEST,),
        "together": (Archetype.CONSOLIDATED,),
        "fetched": (Archetype.PICKUP,),
    }


def test_what_cannot_be_otherwise_is_no_archetype() -> None:
    """Pickup is a choice only beside a delivery, and one item alone is never together with anything."""
    (only,) = choose([an_option("a", promises=(promised("09:00", mode=Mode.PICKUP),))], a_policy(), now=at("07:00"))
    assert only.archetypes == (Archetype.CHEAPEST, Archetype.FASTEST)


@pytest.mark.parametrize("most", [1, 3, 20])
def test_no_more_options_are_shown_than_the_policy_allows_and_archetypes_come_first(most: int) -> None:
    options = [
        an_option(f"o-{n:02}", promises=(promised(f"{20 - n}:00"),), cost=Cost(travel=100 + n), fee=400 - n)
        for n in range(10)
    ]
    chosen = choose(options, a_policy(max_options=most), now=at("07:00"))
    assert len(chosen) == min(most, 10)
    labels = [label for option in chosen for label in option.archetypes]
    assert [option.recommended for option in chosen].count(True) == 1
    assert most == 1 or {Archetype.CHEAPEST, Archetype.FASTEST} <= set(labels)
    assert [option.cost.total for option in chosen] == sorted(option.cost.total for option in chosen)


def test_of_no_options_none_is_chosen() -> None:
    assert choose([], a_policy(), now=at("07:00")) == ()


# -- the recommended one

WIDE = ServiceLevel(
    service_level_id="wide",
    name="Wide",
    modes=(Mode.RIDER,),
    slot_duration=timedelta(hours=6),
    narrowing=Narrowing(width=timedelta(hours=2), before=timedelta(hours=1)),
)


def with_a_wide_level(**changes: Any) -> Policy:
    return a_policy(service_levels=(*a_policy().service_levels, WIDE), **changes)


def wide(latest: str, item_id: str = "i-rice") -> Promise:
    return promised(latest, item_id, service_level_id="wide")


def shown(*options: SlaOption, policy: Policy | None = None) -> dict[str, SlaOption]:
    return {option.option_id: option for option in choose(options, policy or a_policy(), now=at("07:00"))}


def recommended(*options: SlaOption, policy: Policy | None = None) -> str:
    (option_id,) = (each.option_id for each in shown(*options, policy=policy).values() if each.recommended)
    return option_id


@pytest.mark.parametrize(("per_hour", "best"), [(0, "slow"), (99, "slow"), (101, "fast"), (5000, "fast")])
def test_the_recommended_option_has_the_least_cost_and_waiting(per_hour: int, best: str) -> None:
    slow = an_option("slow", promises=(promised("10:00"),), cost=Cost(travel=700))
    fast = an_option("fast", promises=(promised("08:00"),), cost=Cost(travel=900))
    assert recommended(slow, fast, policy=a_policy(waiting_per_hour=per_hour)) == best


def test_what_meets_the_wish_is_recommended_before_what_costs_less() -> None:
    cheap = an_option("cheap", meets_wish=False)
    wished = an_option("wished", promises=(promised("08:00"),), cost=Cost(travel=99_000))
    assert recommended(cheap, wished) == "wished"


def test_a_flexible_option_is_recommended_only_if_there_is_no_other() -> None:
    policy = with_a_wide_level()
    flexible = an_option("flexible", promises=(wide("13:00"),), cost=Cost(travel=10))
    assert recommended(flexible, policy=policy) == "flexible"
    assert recommended(flexible, an_option("dear", cost=Cost(travel=90_000)), policy=policy) == "dear"


# -- flexible and green


@pytest.mark.parametrize(("confidence", "best"), [(0.0, "risky"), (0.7, "risky"), (0.71, "sure"), (1.0, "risky")])
def test_what_is_likely_to_be_late_is_recommended_only_if_nothing_is_surer(confidence: float, best: str) -> None:
    risky = an_option("risky", p_on_time_by_item_id={"i-rice": 0.7}, p_on_time=0.7)
    sure = an_option("sure", promises=(promised("09:30"),), cost=Cost(travel=9_000))
    assert recommended(risky, sure, policy=a_policy(recommended_confidence=confidence)) == best


def test_the_flexible_option_is_at_least_twice_as_wide_as_the_recommended_one() -> None:
    narrow = an_option("narrow", promises=(promised("10:00"),))
    for latest, flexible in [("13:00", True), ("12:59", False)]:
        options = shown(narrow, an_option("w", promises=(wide(latest),), fee=100), policy=with_a_wide_level())
        assert (Archetype.FLEXIBLE in options["w"].archetypes) is flexible
        assert Archetype.FLEXIBLE not in options["narrow"].archetypes


def test_a_wide_window_that_is_never_narrowed_is_not_flexible() -> None:
    parcel = an_option("parcel", promises=(promised("23:00", mode=Mode.CARRIER, service_level_id="parcel"),), fee=0)
    options = shown(an_option("a", promises=(promised("08:00"),)), parcel, policy=with_a_wide_level())
    assert Archetype.FLEXIBLE not in options["parcel"].archetypes


def test_the_greenest_option_has_the_least_co2_where_options_differ_in_it() -> None:
    green = an_option("green", promises=(promised("12:00"),), co2_g=10, cost=Cost(travel=2000))
    options = shown(green, an_option("grey", promises=(promised("09:00"),)))
    assert options["green"].archetypes == (Archetype.GREENEST,)
    assert Archetype.GREENEST not in options["grey"].archetypes


# -- properties


@st.composite
def any_options(draw: st.DrawFn) -> list[SlaOption]:
    small = st.integers(0, 6)
    return [
        an_option(
            f"o-{n:02}",
            promises=(
                promised(
                    f"{draw(st.integers(8, 20)):02}:{draw(st.sampled_from([0, 30])):02}",
                    place=a_place(draw(st.integers(1, 3))),
                    service_level_id=draw(st.sampled_from(["hour", "wide"])),
                    mode=draw(st.sampled_from([Mode.RIDER, Mode.PICKUP])),
                ),
            ),
            cost=Cost(travel=100 * draw(small), expected_compensation=draw(small)),
            fee=100 * draw(small),
            co2_g=draw(small),
            num_stops=draw(st.integers(0, 2)),
            p_on_time=draw(st.sampled_from([0.5, 0.9, 1.0])),
            meets_wish=draw(st.booleans()),
        )
        for n in range(draw(st.integers(1, 9)))
    ]


def merits(option: SlaOption) -> tuple[float, ...]:
    """What a customer or we could prefer it for; smaller is better."""
    end, trips = latest_end(option).timestamp(), sum(each.mode is Mode.PICKUP for each in option.promises)
    ours = (option.cost.total, option.co2_g, -option.p_on_time)
    return *ours, option.fee, end, option.num_stops, trips, -option.meets_wish


@given(any_options(), st.integers(1, 20))
def test_no_option_that_is_shown_is_worse_than_another_in_everything(options: list[SlaOption], most: int) -> None:
    chosen = choose(options, with_a_wide_level(max_options=most), now=at("07:00"))
    for one, other in permutations(chosen, 2):
        assert any(a < b for a, b in zip(merits(one), merits(other), strict=True)) or merits(one) == merits(other)


@given(any_options(), st.integers(1, 20))
def test_exactly_one_option_is_recommended_and_compared_with_itself_it_differs_in_nothing(
    options: list[SlaOption], most: int
) -> None:
    chosen = choose(options, with_a_wide_level(max_options=most), now=at("07:00"))
    (best,) = (option for option in chosen if option.recommended)
    assert best.compared == Comparison(fee=0, cost=0, minutes_later=0, co2_g=0, num_stops=0)


@given(any_options())
def test_comparisons_add_up_to_the_unit(options: list[SlaOption]) -> None:
    chosen = choose(options, with_a_wide_level(), now=at("07:00"))
    (best,) = (option for option in chosen if option.recommended)
    for option in chosen:
        assert option.compared is not None
        assert best.fee + option.compared.fee == option.fee
        assert best.cost.total + option.compared.cost == option.cost.total
        assert best.co2_g + option.compared.co2_g == option.co2_g
        assert best.num_stops + option.compared.num_stops == option.num_stops
        assert latest_end(best) + timedelta(minutes=option.compared.minutes_later) == latest_end(option)
    for one, other in pairwise(chosen):
        step = compare(other, one)
        assert one.compared is not None
        assert other.compared is not None
        assert one.compared.minutes_later + step.minutes_later == other.compared.minutes_later
        assert one.compared.cost + step.cost == other.compared.cost


@given(any_options())
def test_every_archetype_is_on_at_most_one_option(options: list[SlaOption]) -> None:
    labels = [label for option in choose(options, with_a_wide_level(), now=at("07:00")) for label in option.archetypes]
    assert len(labels) == len(set(labels))


def test_minutes_between_ends_that_lie_between_minutes_still_add_up() -> None:
    ends = [at("09:00") + timedelta(seconds=each) for each in (0, 59, 61, 119)]
    a, b, c, d = (
        an_option(f"{n}", promises=(a_promise(window=between("07:00", "09:00").model_copy(update={"latest": end})),))
        for n, end in enumerate(ends)
    )
    assert [compare(each, a).minutes_later for each in (b, c, d)] == [0, 1, 1]
    assert compare(b, a).minutes_later + compare(c, b).minutes_later == compare(c, a).minutes_later
