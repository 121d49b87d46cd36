"""A night on a Ray cluster of two nodes, one of which dies in the middle."""

from collections.abc import Iterator
from typing import Any

import pytest

from solver.regions.interface import Counted, InMemory, RegionResult
from solver.regions.on_ray import LOOPBACK, ON_LOOPBACK, OnRay
from solver.regions.serial import Serial
from solver.replanning.replan import replan_large
from tests.solver.regions.evenings import REGION, an_evening, checked

pytestmark = pytest.mark.filterwarnings("ignore:::ray", "ignore::ResourceWarning")

ITERATIONS = Counted(1500)


NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", **ON_LOOPBACK}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RAY_raylet_start_wait_time_s", "120")  # on a machine that is busy with other tests
    monkeypatch.setenv("RAY_worker_niceness", "0")  # else others go first there
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - reads the environment when it is imported

    two_nodes: Any = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    yield two_nodes
    two_nodes.shutdown()


class Killing(InMemory):
    """Lets a node die as soon as the first region is done."""

    def __init__(self, cluster: Any, node: Any) -> None:
        super().__init__()
        self.cluster, self.node = cluster, node

    def keep_region(self, result: RegionResult) -> None:
        super().keep_region(result)
        if self.node is not None:
            self.cluster.remove_node(self.node, allow_graceful=False)
            self.node = None


def test_a_night_ends_well_and_the_same_when_a_node_dies(cluster: Any) -> None:
    node = cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    assert cluster.address.startswith(LOOPBACK)
    executor = OnRay(address=cluster.address)
    assert executor.workers == 2
    kept = Killing(cluster, node)
    problem = an_evening()
    plan = replan_large(problem, seed=1, effort=ITERATIONS, executor=executor, checkpoints=kept, region_size=REGION)
    executor.close()
    assert kept.node is None
    in_line = replan_large(problem, seed=1, effort=ITERATIONS, executor=Serial(), region_size=REGION)
    assert plan == in_line
    assert checked(problem, plan).cost.total < problem.initial_plan.cost.total
