"""From bundles to options: chances, money, archetypes, and which of them are shown."""

import itertools
import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from models.contract import ServiceItemKind, SlaTerm
from models.policy import ServiceLevel
from models.promise import CompensationKind, CompensationLadder, CompensationStep, Mode
from models.resource import ResourceKind
from solver.alternatives.lateness import expected_compensation, lead_time_quantile, p_on_time
from tests.builders import a_catalogue, a_contract, a_place, a_policy, a_problem, an_item
from tests.solver.market import Market

CV = st.floats(0.01, 2)
LEAD = st.floats(1, 50_000)


def residual(cv: float) -> Any:
    """Lognormal with mean 1, by scipy."""
    sigma = math.sqrt(math.log(1 + cv**2))
    return stats.lognorm(s=sigma, scale=math.exp(-(sigma**2) / 2))


def a_ladder(*steps: tuple[int, int], cap: int | None = None) -> CompensationLadder:
    """Pairs of minutes late and amount owed."""
    return CompensationLadder(
        cap=cap,
        steps=tuple(
            CompensationStep(kind=CompensationKind.CASH, amount=amount, at_lateness=timedelta(minutes=minutes))
            for minutes, amount in steps
        ),
    )


def owed(ladder: CompensationLadder, late_s: float) -> int:
    amounts = [step.amount for step in ladder.steps if late_s > step.at_lateness.total_seconds()]
    amount = amounts[-1] if amounts else 0
    return amount if ladder.cap is None else min(amount, ladder.cap)


# -- chances


@given(LEAD, LEAD, CV)
def test_the_chance_is_the_lognormal_distribution_function(planned: float, promised_s: float, cv: float) -> None:
    residual_mean_one = residual(cv)
    assert residual_mean_one.mean() == pytest.approx(1)
    assert residual_mean_one.std() == pytest.approx(cv)
    assert p_on_time(planned, promised_s, cv) == pytest.approx(residual_mean_one.cdf(promised_s / planned), abs=1e-9)


@given(LEAD, LEAD, st.floats(0.001, 10_000), CV)
def test_the_chance_never_falls_with_the_slack(planned: float, promised_s: float, more: float, cv: float) -> None:
    assert p_on_time(planned, promised_s + more, cv) >= p_on_time(planned, promised_s, cv)


def test_the_chance_rises_with_the_slack() -> None:
    chances = [p_on_time(1800, promised_s, 0.25) for promised_s in range(900, 3600, 300)]
    assert all(low < high for low, high in itertools.pairwise(chances))


def test_what_is_done_at_once_is_on_time_and_what_was_due_before_is_not() -> None:
    assert p_on_time(0, 60, 0.2) == 1
    assert p_on_time(0, 0, 0.2) == 1
    assert p_on_time(1, 0, 0.2) == 0
    assert p_on_time(60, -1, 0.2) == 0


@given(st.floats(0.5, 0.999), CV)
def test_a_quantile_is_kept_with_its_probability(p: float, cv: float) -> None:
    assert p_on_time(600, 600 * lead_time_quantile(p, cv), cv) == pytest.approx(p)


# -- expected compensation


@pytest.mark.parametrize(
    "ladder",
    [
        a_ladder((0, 500)),
        a_ladder((0, 500), (15, 900), (60, 3000)),
        a_ladder((0, 500), (15, 900), (60, 3000), cap=1000),
        a_ladder((10, 700), cap=0),
    ],
)
@pytest.mark.parametrize(("planned", "promised_s"), [(1800, 3600), (3000, 3000), (4000, 3000)])
def test_expected_compensation_is_the_integral_of_what_is_owed(
    ladder: CompensationLadder, planned: float, promised_s: float
) -> None:
    density = residual(0.3).pdf
    edges = [promised_s + step.at_lateness.total_seconds() for step in ladder.steps] + [40 * planned]
    expected = sum(
        integrate.quad(lambda t: owed(ladder, t - promised_s) * density(t / planned) / planned, low, high)[0]
        for low, high in itertools.pairwise(edges)
    )
    assert expected_compensation(ladder, planned, promised_s, 0.3) == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_without_a_ladder_lateness_costs_nothing() -> None:
    assert expected_compensation(CompensationLadder(), 4000, 3000, 0.3) == 0


def test_an_option_counts_the_compensation_of_its_level_or_else_of_its_item() -> None:
    levels = [
        ServiceLevel(service_level_id="own", name="Own", modes=(Mode.RIDER,), within=timedelta(minutes=15)),
        ServiceLevel(
            service_level_id="sold",
            name="Sold",
            modes=(Mode.RIDER,),
            within=timedelta(minutes=16),
            ladder=a_ladder((0, 900)),
        ),
    ]
    market = Market.opened(a_problem(catalogue=a_catalogue(policy=a_policy(service_levels=levels))))
    contract = a_contract("C-1", [an_item(sla=SlaTerm(ladder=a_ladder((0, 5000))))])
    for option in market.quote(contract).options:
        (promise,), (assignment,) = option.promises, option.assignments
        amount = {"own": 5000, "sold": 900}[promise.service_level_id]
        assert [step.amount for step in promise.ladder.steps] == [amount]
        planned = (assignment.planned_start - market.now).total_seconds()
        late = 1 - residual(0.2).cdf((promise.window.latest - market.now).total_seconds() / planned)
        assert option.p_on_time == pytest.approx(1 - late)
        assert option.cost.expected_compensation == round(amount * late)
        assert option.cost.expected_compensation > 0


def test_the_chance_of_a_contract_is_the_bound_that_holds_whatever_the_dependence() -> None:
    items = [an_item("i-1"), an_item("i-2", place=a_place(6))]
    for option in Market.opened(a_problem()).quote(a_contract("C-1", items)).options:
        late = sum(1 - p for p in option.p_on_time_by_item_id.values())
        assert option.p_on_time == pytest.approx(max(0, 1 - late))
        assert set(option.p_on_time_by_item_id) == {"i-1", "i-2"}


# -- money


def test_a_stop_costs_the_fee_of_its_dearest_level_once() -> None:
    items = [an_item("i-1"), an_item("i-2", goods=[("LEEKS", 1)])]
    options = Market.opened(a_problem()).quote(a_contract("C-1", items)).options
    together = [option for option in options if option.num_stops == 1]
    assert together
    fees = {"hour": 600, "slot": 300, "parcel": 800, "fetch": 0}
    for option in together:
        dearest = max(fees[promise.service_level_id] for promise in option.promises)
        assert option.fee == dearest
        assert sorted(promise.fee for promise in option.promises) == [0, dearest]
    apart = [option for option in options if option.num_stops == 2]
    for option in apart:
        assert option.fee == sum(fees[promise.service_level_id] for promise in option.promises)


def test_what_is_fetched_at_one_counter_is_one_stop() -> None:
    items = [an_item(f"i-{n}", kind=ServiceItemKind.STORE_PICKUP) for n in range(2)]
    (option,) = Market.opened(a_problem()).quote(a_contract("C-1", items)).options
    assert (option.num_stops, option.fee) == (1, 0)


def test_the_wish_is_met_when_every_item_gets_the_level_asked_for() -> None:
    items = [an_item("i-1", sla=SlaTerm(service_level_id="hour")), an_item("i-2", place=a_place(6))]
    options = Market.opened(a_problem()).quote(a_contract("C-1", items)).options
    for option in options:
        level_by_item = {promise.item_id: promise.service_level_id for promise in option.promises}
        assert option.meets_wish == (level_by_item["i-1"] == "hour")
    assert {option.meets_wish for option in options} == {True, False}


def test_emissions_are_those_of_the_way_that_is_added_and_of_parcels() -> None:
    market = Market.opened(a_problem())
    contract = a_contract()
    for option in market.quote(contract).options:
        fit = market.fit(contract, option)
        assert fit is not None
        factor = {ResourceKind.RIDER: 10, ResourceKind.VAN: 180}
        kinds = {each.resource_id: each.kind for each in market.board.instance.vehicles}
        driven = sum(route.distance_m * factor[kinds[route.resource_id]] for route in fit.routes)
        parcels = sum(promise.mode is Mode.CARRIER for promise in option.promises)
        assert option.co2_g == round(driven / 1000) + 250 * parcels
