"""One task after another, in the process that asks."""

from collections.abc import Callable, Iterable, Iterator

from solver.regions.interface import Answer, Task
from solver.stop import Stop


class Serial:
    """An `Executor` without workers of its own."""

    workers = 1

    def map(
        self, function: Callable[[Task, Stop], Answer], tasks: Iterable[Task], *, stop: Stop
    ) -> Iterator[tuple[int, Answer]]:
        for n, task in enumerate(tasks):
            if stop():
                return
            yield n, function(task, stop)

    def close(self) -> None:
        """There is nothing to end."""
