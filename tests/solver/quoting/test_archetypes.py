"""The beam leaves room for the best of every archetype."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from models.contract import Contract, ServiceItemKind
from models.fee import DistanceStep, FlexibilityDiscount, Narrowing
from models.option import Archetype, Quote, SlaOption
from models.policy import Policy, ServiceLevel
from models.promise import Mode
from solver.quoting import bundles
from solver.quoting.choice import latest_end
from tests.builders import a_catalogue, a_contract, a_place, a_policy, a_problem, an_item
from tests.solver.market import Market

FETCH = (ServiceItemKind.STORE_PICKUP,)


def a_policy_of_all_kinds() -> Policy:
    wide = ServiceLevel(
        service_level_id="wide",
        name="Wide",
        modes=(Mode.RIDER, Mode.VAN),
        slot_duration=timedelta(hours=6),
        narrowing=Narrowing(width=timedelta(hours=1), before=timedelta(hours=1)),
        fee=300,
    )
    discount = FlexibilityDiscount(stop_cost=(DistanceStep(from_m=0, amount=600),), amounts=(100, 150))
    levels = (*(level.model_copy(update={"num_slots": 1}) for level in a_policy().service_levels), wide)
    return a_policy(service_levels=levels, flexibility=discount, max_options=20, waiting_per_hour=2000)


def three_items() -> Contract:
    places = (a_place(4), a_place(4), a_place(6))
    goods = ("RICE", "LEEKS", "TISSUES")
    items = [
        an_item(f"i-{n}", goods=[(sku, 1)], place=place, also=FETCH)
        for n, (sku, place) in enumerate(zip(goods, places, strict=True))
    ]
    return a_contract("C-1", items)


def quoted() -> Quote:
    return Market.opened(a_problem(catalogue=a_catalogue(policy=a_policy_of_all_kinds()))).quote(three_items())


@pytest.fixture(scope="module")
def kept() -> Quote:
    return quoted()


@pytest.fixture(scope="module")
def exhaustive() -> Quote:
    """Without a beam: everything that fits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "best_at_each", list)
        return quoted()


def num_pickups(option: SlaOption) -> int:
    return sum(promise.mode is Mode.PICKUP for promise in option.promises)


BEST: dict[Archetype, Callable[[SlaOption], float]] = {
    Archetype.CHEAPEST: lambda option: option.cost.total,
    Archetype.FASTEST: lambda option: latest_end(option).timestamp(),
    Archetype.CONSOLIDATED: lambda option: option.num_stops,
    Archetype.PICKUP: lambda option: -num_pickups(option),
    Archetype.GREENEST: lambda option: option.co2_g,
    Archetype.FLEXIBLE: lambda option: option.fee,
}


def labelled(quote: Quote, archetype: Archetype) -> SlaOption:
    (option,) = (each for each in quote.options if archetype in each.archetypes)
    return option


@pytest.mark.parametrize("archetype", Archetype)
def test_what_the_beam_keeps_is_as_good_at_each_archetype_as_all_there_is(
    archetype: Archetype, kept: Quote, exhaustive: Quote
) -> None:
    best = BEST[archetype]
    assert best(labelled(kept, archetype)) == best(labelled(exhaustive, archetype))


def test_every_archetype_is_shown_and_they_are_not_all_one_option(kept: Quote) -> None:
    assert {label for option in kept.options for label in option.archetypes} == set(Archetype)
    assert sum(bool(option.archetypes) for option in kept.options) >= 3


def test_every_option_fits_as_it_was_shown(kept: Quote) -> None:
    market = Market.opened(a_problem(catalogue=a_catalogue(policy=a_policy_of_all_kinds())))
    for option in kept.options:
        fit = market.fit(three_items(), option)
        assert fit is not None
        assert fit.option.promises == option.promises
        assert (fit.option.recommended, fit.option.compared) == (option.recommended, option.compared)
