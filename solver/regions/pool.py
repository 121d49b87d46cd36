"""Tasks side by side, in processes of this machine."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from ctypes import c_byte
from typing import Any, Generic

from solver.kernels import warm_up
from solver.processes import live_and_die_with_parent
from solver.regions.interface import Answer, Task
from solver.stop import Stop

MOST_DEATHS = 3
"""So often workers may die within one `map`; then it is no accident."""

_AHEAD = 2
"""Tasks per worker that are ready: nobody waits for one to be made, and few lie in memory."""

_POLL_S = 0.05


class LocalPool:
    """An `Executor` with processes of its own. They start at once and load the kernels meanwhile.

    Parameters
    ----------
    workers
        How many processes.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        # Never fork: threads of gRPC and numba do not survive it.
        self._context = multiprocessing.get_context("spawn")
        # A byte without a lock: a worker that is killed while it holds one would stop all others.
        self._stop: Any = self._context.RawValue(c_byte, 0)
        self._pool = self._new_pool()

    def map(
        self, function: Callable[[Task, Stop], Answer], tasks: Iterable[Task], *, stop: Stop
    ) -> Iterator[tuple[int, Answer]]:
        """See `Executor`.

        Raises
        ------
        BrokenProcessPool
            Workers died more than `MOST_DEATHS` times.
        """
        self._stop.value, deaths = 0, 0
        flight = _Flight(function, tasks)
        try:
            while True:
                if stop():
                    self._stop.value = 1
                    flight.cancel()
                try:
                    if not self._stop.value:
                        flight.submit(self._pool, most=_AHEAD * self.workers)
                    if not flight.in_work:
                        return
                    yield from flight.done()
                except BrokenProcessPool:
                    deaths += 1
                    if deaths > MOST_DEATHS:
                        raise
                    self._pool = self._new_pool()
                    flight.call_back()
        finally:
            self._stop.value = 1
            flight.cancel()

    def close(self) -> None:
        """End what runs and all processes, and wait for that."""
        self._stop.value = 1
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(self.workers, self._context, initializer=_begin, initargs=(self._stop,))
        for _ in range(self.workers):
            pool.submit(_nothing)  # a process is started when there is something to do
        return pool


class _Flight(Generic[Task, Answer]):
    """Tasks that wait, that are with a pool, or that have to be given to the next one."""

    def __init__(self, function: Callable[[Task, Stop], Answer], tasks: Iterable[Task]) -> None:
        self._function = function
        self._waiting = enumerate(tasks)
        self._again: list[tuple[int, Task]] = []
        self.in_work: dict[Future[Answer], tuple[int, Task]] = {}

    def submit(self, pool: ProcessPoolExecutor, *, most: int) -> None:
        """Give tasks to a pool until it has so many."""
        while len(self.in_work) < most and (each := self._next()) is not None:
            try:
                future = pool.submit(_carry_out, self._function, each[1])
            except BrokenProcessPool:
                self._again.append(each)
                raise
            self.in_work[future] = each

    def _next(self) -> tuple[int, Task] | None:
        return self._again.pop() if self._again else next(self._waiting, None)

    def done(self) -> Iterator[tuple[int, Answer]]:
        """What is done by now, or soon."""
        for future in wait(self.in_work, timeout=_POLL_S, return_when=FIRST_COMPLETED).done:
            answer = future.result()
            number, _ = self.in_work.pop(future)
            yield number, answer

    def call_back(self) -> None:
        """The pool is broken: another one gets what it had and has not answered."""
        self._again += sorted(self.in_work.values(), key=lambda each: -each[0])
        self.in_work.clear()

    def cancel(self) -> None:
        """Take back what nobody has begun with."""
        self.in_work = {future: each for future, each in self.in_work.items() if not future.cancel()}


_stop_of_this_process: list[Any] = []


def _begin(stop: Any) -> None:
    _stop_of_this_process.append(stop)
    live_and_die_with_parent()
    warm_up()


def _nothing() -> None:
    """Brings a process to life."""


def _carry_out(function: Callable[[Task, Stop], Answer], task: Task) -> Answer:
    stop = _stop_of_this_process[0]
    return function(task, lambda: bool(stop.value))
