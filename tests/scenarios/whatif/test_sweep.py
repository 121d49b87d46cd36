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
    assert swept.name == "less.demand-150"
    assert [each.change for each in swept.changes] == ["remove_resources", "multiply_demand"]


@pytest.mark.parametrize(
    "text", ["riders", "rider=1..2", "riders=5..3", "riders=1..9:0", "demand=0..1000:1", "stock=a..b"]
)
def test_a_sweep_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        Sweep.parse(text)
    assert text in refused.value.issues[0].message


@pytest.mark.parametrize("text", ["on_time", "punctual=0.9", "on_time=98", "served=x"])
def test_a_goal_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        Goal.parse(text)
    assert text in refused.value.issues[0].message


def test_the_cheapest_that_reaches_a_goal_is_found(town: World) -> None:
    base = Base(town, num_orders=4)
    [one] = Runs(base, Budget(iterations=5, offers=0)).compare(
        [a_scenario({"change": "policy", "merge": False})], seeds=[1]
    )

    def valued(name: str, cost: float, on_time: float) -> object:
        differences = {**one.differences, "cost": Difference(mean=cost, low=cost, high=cost)}
        evaluation = one.evaluations[0].model_copy(update={"on_time": on_time})
        return one.model_copy(update={"scenario": name, "differences": differences, "evaluations": (evaluation,)})

    tried = [valued("late", 1, 0.9), valued("dear", 5, 0.99), valued("right", 3, 0.98), valued("same", 3, 1)]
    goal = Goal.parse("on_time=0.98")
    cheapest = goal.cheapest(tried)  # type: ignore[arg-type]
    assert cheapest
    assert cheapest.scenario == "right"
    assert Goal.parse("served=1").is_reached(one)
    assert goal.cheapest(tried[:1]) is None  # type: ignore[arg-type]
