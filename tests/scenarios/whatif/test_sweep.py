"""A quantity over a range, and the cheapest value that is good enough."""

import pytest

from models.evaluation import Difference
from models.issues import InputError
from models.resource import ResourceKind
from models.scenario import BASE
from scenarios.whatif import Base, Budget, Goal, Runs, Sweep, apply
from scenarios.whatif.changing import there
from scenarios.world import World
from tests.scenarios.whatif.conftest import a_scenario


def riders(world: World) -> int:
    return sum(not each.on_call for each in there(world.catalogue, ResourceKind.RIDER))


def test_a_number_of_riders_is_that_number_those_on_call_aside(town: World) -> None:
    swept = Sweep.parse("riders=5..9:2").scenarios(town, BASE)
    assert [each.name for each in swept] == ["riders-5", "riders-7", "riders-9"]
    assert [riders(apply(town, each).world) for each in swept] == [5, 7, 9]
    assert not swept[1].changes


def test_a_sweep_stands_on_a_scenario(town: World) -> None:
    less = a_scenario({"change": "remove_resources", "kind": "VAN", "count": 1}, name="less")
    [swept] = Sweep.parse("demand=150..150").scenarios(town, less)
    assert Sweep.parse("demand=1000..1000").scenarios(town, less)
    assert Sweep.parse("stock=100000..100000").scenarios(town, less)
    assert Sweep.parse("riders=10000..10000").scenarios(town, less)
    assert swept.name == "less.demand-150"
    assert [each.change for each in swept.changes] == ["remove_resources", "multiply_demand"]


def test_a_number_of_riders_is_that_number_on_top_of_a_scenario_that_changes_it(town: World) -> None:
    more = a_scenario({"change": "add_resources", "kind": "RIDER", "count": 4}, name="more")
    less = a_scenario({"change": "remove_resources", "kind": "RIDER", "count": 3}, name="less")
    for on in (more, less):
        swept = Sweep.parse("riders=5..9:2").scenarios(town, on)
        assert [riders(apply(town, each).world) for each in swept] == [5, 7, 9]


def test_what_a_sweep_stands_on_may_contradict_the_world_and_is_found_when_it_is_compared(town: World) -> None:
    wrong = a_scenario({"change": "close_site", "site_id": "nowhere"}, name="wrong")
    swept = Sweep.parse("riders=5..9:2").scenarios(town, wrong)
    with pytest.raises(InputError) as refused:
        Runs(Base(town, num_orders=4)).compare(swept, seeds=[1])
    assert {issue.path for issue in refused.value.issues} == {"changes[0].site_id"}


def test_scenarios_that_change_nothing_are_told_apart_in_a_sweep(town: World) -> None:
    today = a_scenario(name="today")
    assert [each.name for each in Sweep.parse("vans=2..3").scenarios(town, today)] == ["today.vans-2", "today.vans-3"]


def test_a_name_that_grows_too_long_in_a_sweep_is_refused_before_anything_is_planned(town: World) -> None:
    with pytest.raises(InputError) as refused:
        Sweep.parse("riders=5..10").scenarios(town, a_scenario(name="n" * 55))
    assert refused.value.issues[0].message.endswith("riders-10 (65) must be <= 64")


@pytest.mark.parametrize(
    "text",
    [
        "riders",
        "rider=1..2",
        "riders=5..3",
        "riders=1..9:0",
        "demand=0..1000:1",
        "stock=a..b",
        "vans=0..10001:10001",
        "demand=0..1010:1010",
        "stock=0..100001:100001",
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        Sweep.parse(text)
    assert text in refused.value.issues[0].message


@pytest.mark.parametrize("text", ["on_time", "punctual=0.9", "on_time=98", "served=x", "on_time=0.9,kept"])
def test_a_goal_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        Goal.parse(text)
    assert text in refused.value.issues[0].message


def test_the_cheapest_that_reaches_a_goal_is_found(town: World) -> None:
    base = Base(town, num_orders=4)
    [one] = Runs(base, Budget(iterations=5, offers=0)).compare(
        [a_scenario({"change": "policy", "merge": False})], seeds=[1]
    )

    def valued(name: str, cost: float, on_time: float, **figures: int) -> object:
        differences = {**one.differences, "cost": Difference(mean=cost, low=cost, high=cost)}
        evaluation = one.evaluations[0].model_copy(update={"on_time": on_time, **figures})
        return one.model_copy(update={"scenario": name, "differences": differences, "evaluations": (evaluation,)})

    tried = [valued("late", 1, 0.9), valued("dear", 5, 0.99), valued("right", 3, 0.98), valued("same", 3, 1)]
    goal = Goal.parse("on_time=0.98")
    cheapest = goal.cheapest(tried)  # type: ignore[arg-type]
    assert cheapest
    assert cheapest.scenario == "right"
    assert Goal.parse("served=1").is_reached(one)
    assert goal.cheapest(tried[:1]) is None  # type: ignore[arg-type]

    refuses = valued("refuses", 1, 1, refused=1)
    assert goal.cheapest([refuses, *tried]) is refuses  # type: ignore[list-item]
    both = Goal.parse("on_time=0.98,served=1").cheapest([refuses, *tried])  # type: ignore[list-item]
    assert both
    assert both.scenario == "right"


def test_nothing_is_on_time_where_nobody_is_promised_anything(town: World) -> None:
    nobody = a_scenario({"change": "change_stock", "factor": 0})
    [empty] = Runs(Base(town, num_orders=4), Budget(iterations=5, offers=0)).compare([nobody], seeds=[1])
    assert empty.evaluations[0].refused == len(empty.evaluations[0].contracts)
    assert not Goal.parse("on_time=0.5").is_reached(empty)
