"""The same place, time and level give the same fee to everyone."""

import math
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contract import Contract
from models.fee import DistanceStep, FeeLadder, FlexibilityDiscount, HourStep, Narrowing
from models.option import SlaOption
from models.place import Place
from models.policy import Policy, ServiceLevel
from models.promise import Mode
from solver.alternatives.fees import Fees
from solver.geometry import crow_flies_m
from tests.builders import a_catalogue, a_contract, a_place, a_policy, a_problem, an_item, at
from tests.solver.market import Market

SLOT = timedelta(hours=2)
LADDER = FeeLadder(
    by_distance=(DistanceStep(from_m=0, amount=10), DistanceStep(from_m=800, amount=150)),
    by_hour=(HourStep(from_time=time(9), amount=70), HourStep(from_time=time(13), amount=-20)),
)
WIDE = ServiceLevel(
    service_level_id="wide",
    name="Wide",
    modes=(Mode.RIDER, Mode.VAN),
    slot_duration=3 * SLOT,
    num_slots=2,
    narrowing=Narrowing(width=SLOT, before=timedelta(hours=1)),
    fee=300,
)
DISCOUNT = FlexibilityDiscount(
    stop_cost=(DistanceStep(from_m=0, amount=500), DistanceStep(from_m=800, amount=900)), amounts=(50, 100, 150)
)


def a_laddered_policy(**changes: Any) -> Policy:
    levels = (
        *(level.model_copy(update={"fee_ladder": LADDER}) for level in a_policy().service_levels if level.fee),
        *(level for level in a_policy().service_levels if not level.fee),
        WIDE,
    )
    return a_policy(**{"service_levels": levels, "flexibility": DISCOUNT, "max_options": 20, **changes})


POLICY = a_laddered_policy()
CATALOGUE = a_catalogue(policy=POLICY)


def level(service_level_id: str) -> ServiceLevel:
    found = POLICY.service_level(service_level_id)
    assert found is not None
    return found


def nearest_m(place: Place) -> float:
    return min(crow_flies_m(site.place, place) for site in CATALOGUE.sites)


@pytest.mark.parametrize(
    ("opens", "extra"), [("08:59", 0), ("09:00", 70), ("12:59", 70), ("13:00", -20), ("23:59", -20)]
)
def test_the_fee_goes_by_the_local_hour_at_which_the_window_opens(opens: str, extra: int) -> None:
    fees = Fees(CATALOGUE)
    door = a_place(1)
    ground = 10 if nearest_m(door) < 800 else 150
    assert fees.fee(level("slot"), door, opens=at(opens)) == 300 + ground + extra


def test_the_fee_goes_by_the_distance_to_the_nearest_site() -> None:
    fees = Fees(CATALOGUE)
    doors = [a_place(crossing) for crossing in range(1, 8)]
    found = {fees.fee(level("slot"), door, opens=at("08:00")) for door in doors}
    assert found == {310, 450}
    for door in doors:
        assert fees.distance_m(door) == nearest_m(door)
        assert fees.fee(level("slot"), door, opens=at("08:00")) == (310 if nearest_m(door) < 800 else 450)


def test_the_discount_is_a_share_of_what_a_wide_window_saves_in_published_amounts() -> None:
    fees = Fees(CATALOGUE)
    assert fees.saving(WIDE, 0) == pytest.approx(500 * (1 - math.sqrt(1 / 3)))
    assert fees.discount(WIDE, 0) == 100  # half of 211
    assert fees.discount(WIDE, 800) == 150  # half of 380, and no larger amount is published
    assert fees.discount(level("slot"), 0) == 0


@given(st.floats(0, 1), st.integers(0, 5000), st.lists(st.integers(1, 3000), max_size=5, unique=True).map(sorted))
def test_a_discount_is_never_more_than_the_share_of_the_saving(share: float, cost: int, amounts: list[int]) -> None:
    discount = FlexibilityDiscount(
        share=share, stop_cost=(DistanceStep(from_m=0, amount=cost),), amounts=tuple(amounts)
    )
    fees = Fees(a_catalogue(policy=a_laddered_policy(flexibility=discount)))
    given_back = fees.discount(WIDE, 100)
    assert given_back in (0, *amounts)
    assert given_back <= share * fees.saving(WIDE, 100)
    assert all(each <= given_back or each > share * fees.saving(WIDE, 100) for each in amounts)


def stop_fees(option: SlaOption) -> dict[tuple[str, datetime], int]:
    """By level and begin of the window; of one item alone a promise carries the fee of its stop."""
    return {(each.service_level_id, each.window.earliest): each.fee for each in option.promises}


def a_neighbour(n: int, crossing: int, sku: str, quantity: int) -> Contract:
    return a_contract(f"C-{n}", [an_item(f"i-{n}", goods=[(sku, quantity)], place=a_place(crossing))])


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(1, 7), st.sampled_from(["RICE", "LEEKS"]), st.integers(1, 3), st.integers(0, 3)),
        min_size=2,
        max_size=6,
    )
)
def test_the_same_place_time_and_level_cost_everybody_the_same(
    asks: list[tuple[int, str, int, int]],
) -> None:
    """Whatever is bought, whatever was agreed before, and wherever it comes from."""
    market = Market.opened(a_problem(catalogue=CATALOGUE))
    paid: dict[tuple[int, str, datetime], int] = {}
    for n, (crossing, sku, quantity, choice) in enumerate(asks):
        contract = a_neighbour(n, crossing, sku, quantity)
        options = market.quote(contract).options
        for option in options:
            for (level_id, opens), fee in stop_fees(option).items():
                assert paid.setdefault((crossing, level_id, opens), fee) == fee
        if options:
            market.take(contract, options[min(choice, len(options) - 1)])
