"""What if the busiest store closed, asked of a plan in force."""

from datetime import timedelta

import pytest

from models.plan_file import PlanFile
from models.resource import SiteKind
from scenarios.whatif import Budget
from scenarios.whatif.busiest_store import items_by_store, without_busiest_store
from scenarios.world import World
from tests.scenarios.whatif.test_compare import under_way

BUDGET = Budget(iterations=60, offers=0)


@pytest.fixture(scope="module")
def stored(town: World) -> PlanFile:
    return under_way(town)


def test_only_what_has_not_begun_and_comes_from_a_store_is_counted(town: World, stored: PlanFile) -> None:
    items = items_by_store(town, stored)
    assert items
    assert {town.catalogue.site_by_id[site_id].kind for site_id in items} == {SiteKind.STORE}
    end = town.horizon.end + timedelta(days=2)
    over = stored.model_copy(update={"now": end, "freeze_until": end})
    assert not items_by_store(town, over)
    assert without_busiest_store(town, over, seeds=(1,), budget=BUDGET) is None


def test_the_store_that_most_comes_from_closes_and_its_items_move_or_are_at_risk(town: World, stored: PlanFile) -> None:
    found = without_busiest_store(town, stored, seeds=(1, 2), budget=BUDGET)
    assert found
    assert found.items == max(items_by_store(town, stored).values())
    assert found.checker_violations == 0
    assert (found.time, found.seeds, found.iterations) == (stored.now, (1, 2), 60)
    from_there = [each for each in found.moved if each.from_site_id == found.site_id]
    assert len(from_there) == found.items
    assert all(each.to_site_id != found.site_id for each in found.moved)
    promises = sum(len(contract.promises) for contract in stored.contracts)
    for side in ("before", "after"):
        assert getattr(found.promises["kept"], side) + getattr(found.promises["at_risk"], side) == promises
    assert found.promises["refused"].before == found.promises["refused"].after


def test_the_difference_is_that_of_the_two_costs(town: World, stored: PlanFile) -> None:
    found = without_busiest_store(town, stored, seeds=(1,), budget=BUDGET)
    assert found
    assert found.cost_difference.mean == found.cost_after.total - found.cost_before.total
    assert found.cost_difference.low == found.cost_difference.high == found.cost_difference.mean


def test_asked_again_it_is_the_same(town: World, stored: PlanFile) -> None:
    one, other = (without_busiest_store(town, stored, seeds=(1,), budget=BUDGET) for _ in range(2))
    assert one == other
