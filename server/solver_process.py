"""One process of its own for long searches, so that they take no time from the calls."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.synchronize import Event
from typing import Protocol

from models.plan import Plan
from models.problem import Problem
from solver.processes import live_and_die_with_parent
from solver.stop import Stop


class Replan(Protocol):
    """`solver.replan.replan`. It goes to another process by its name."""

    def __call__(self, problem: Problem, *, seed: int, stop: Stop, iterations: int) -> Plan: ...


class SolverProcess:
    """Searches one problem at a time.

    Parameters
    ----------
    replan
        The search: a function at the top level of a module.
    warm_up
        Called once in a new process, for what takes long the first time.
    """

    def __init__(self, replan: Replan, *, warm_up: Callable[[], None]) -> None:
        self._replan = replan
        self._warm_up = warm_up
        # Never fork: threads of gRPC and numba do not survive it.
        self._context = multiprocessing.get_context("forkserver")
        self._stop = self._context.Event()
        self._pool = self._new_pool()

    async def search(self, problem: Problem, *, seed: int, iterations: int, seconds: float) -> Plan:
        """The best plan found until one of the limits is met, or `stop` is called.

        Raises
        ------
        BrokenProcessPool
            The process died. The next search gets a new one.
        """
        search = partial(_search, self._replan, problem, seed=seed, iterations=iterations, seconds=seconds)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, search)
        except BrokenProcessPool:
            self._pool = self._new_pool()
            raise

    def allow(self) -> None:
        """Forget an earlier `stop`."""
        self._stop.clear()

    def stop(self) -> None:
        """End the search that runs, with the best found so far."""
        self._stop.set()

    def close(self) -> None:
        """End the search and the process, and wait for that."""
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(1, self._context, initializer=_begin, initargs=(self._stop,))
        pool.submit(self._warm_up)
        return pool


_stop_of_this_process: list[Event] = []


def _begin(stop: Event) -> None:
    _stop_of_this_process.append(stop)
    live_and_die_with_parent()


def _search(replan: Replan, problem: Problem, *, seed: int, iterations: int, seconds: float) -> Plan:
    stopped, deadline = _stop_of_this_process[0].is_set, time.monotonic() + seconds
    return replan(problem, seed=seed, iterations=iterations, stop=lambda: stopped() or time.monotonic() >= deadline)
