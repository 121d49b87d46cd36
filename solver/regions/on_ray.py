"""Tasks side by side on the machines of a Ray cluster: the extra `[ray]`.

Ray tells nobody anything: no usage statistics, no dashboard, and without an address of a cluster
everything stays on the loopback interface.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from solver.regions.interface import Answer, Task
from solver.stop import Stop, never

LOOPBACK = "127.0.0.1"

ON_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""What Ray itself sets there to need no firewall's leave: else it says 127.0.0.1 and looks for another address.

It is read when Ray is imported.
"""

_AHEAD = 2
_POLL_S = 0.1
_STORE_BYTES = 256 * 2**20


class OnRay:
    """An `Executor` on a cluster. A task of a node that dies is carried out again by another.

    Each worker needs this package as the caller has it.

    Parameters
    ----------
    address
        `host:port` of a cluster that is there. None: one of this machine alone, for this process.
    workers
        None: as many as the cluster has processors.
    """

    def __init__(self, *, address: str | None = None, workers: int | None = None) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        if address is None or address.startswith(LOOPBACK):
            os.environ.update(ON_LOOPBACK)
        import ray as extra  # noqa: PLC0415 - not everybody has it, and it takes a second to import

        ray: Any = extra
        self._ray = ray
        if address is None:
            ray.init(
                num_cpus=workers,
                include_dashboard=False,
                _node_ip_address=LOOPBACK,
                object_store_memory=_STORE_BYTES,
                log_to_driver=False,
            )
        else:
            ray.init(address=address, log_to_driver=False)
        self.workers = workers or int(ray.cluster_resources()["CPU"])
        self._carry_out = ray.remote(num_cpus=1, max_retries=-1)(_carry_out)

    def map(
        self, function: Callable[[Task, Stop], Answer], tasks: Iterable[Task], *, stop: Stop
    ) -> Iterator[tuple[int, Answer]]:
        """See `Executor`. What is under way when `stop` says True is given up without an answer."""
        waiting, in_work = enumerate(tasks), dict[Any, int]()
        try:
            while not stop():
                while len(in_work) < _AHEAD * self.workers and (each := next(waiting, None)) is not None:
                    in_work[self._carry_out.remote(function, each[1])] = each[0]
                if not in_work:
                    return
                done, _ = self._ray.wait(list(in_work), timeout=_POLL_S)
                for reference in done:
                    yield in_work.pop(reference), self._ray.get(reference)
        finally:
            for reference in in_work:
                self._ray.cancel(reference, force=True)

    def close(self) -> None:
        """Leave the cluster; if it is this process's own, it ends."""
        self._ray.shutdown()


def _carry_out(function: Callable[[Task, Stop], Answer], task: Task) -> Answer:
    return function(task, never)
