"""One process of its own for long searches, so that they take no time from the calls."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Protocol, TypeVar

from models.plan import Plan
from models.problem import Problem
from solver.processes import live_and_die_with_parent
from solver.replanning.notebook import Notebook
from solver.stop import Stop

AnswerT_co = TypeVar("AnswerT_co", covariant=True)
AnswerT = TypeVar("AnswerT")

Keep = Callable[[str, str], Awaitable[None]]
"""Keeps a note: its name and its text."""


class Work(Protocol[AnswerT_co]):
    """What is carried out. It goes to another process, by its name as far as it is a function."""

    def __call__(self, *, stop: Stop, notebook: Notebook) -> AnswerT_co: ...


class Search(Protocol[AnswerT_co]):
    """A function at the top level of a module that becomes work by its problem and its effort."""

    def __call__(
        self, problem: Problem, *, seed: int, stop: Stop, iterations: int, notebook: Notebook
    ) -> AnswerT_co: ...


Replan = Search[Plan]


class SolverProcess:
    """Does one piece of work at a time.

    Parameters
    ----------
    warm_up
        Called once in a new process, for what takes long the first time.
    """

    def __init__(self, *, warm_up: Callable[[], None]) -> None:
        self._warm_up = warm_up
        # Never fork: threads of gRPC and numba do not survive it.
        self._context = multiprocessing.get_context("forkserver")
        self._stop = self._context.Event()
        self._pool, self._notes = self._new_pool()

    async def search(
        self,
        work: Work[AnswerT],
        *,
        seconds: float,
        known: Mapping[str, str],
        keep: Keep,
    ) -> AnswerT:
        """What is found until it ends by itself, its time is over, or `stop` is called.

        Parameters
        ----------
        known
            Notes of an earlier attempt.
        keep
            Is given every new note as it comes; what the search gives in the end comes after all of them.

        Raises
        ------
        BrokenProcessPool
            The process died. The next search gets a new one.
        """
        search = partial(_search, work, seconds=seconds, known=dict(known))
        loop = asyncio.get_running_loop()
        listening = asyncio.create_task(self._listen(self._notes, keep))
        try:
            answer = await loop.run_in_executor(self._pool, search)
            await listening
        except BrokenProcessPool:
            await listening
            self._notes.close()
            self._pool, self._notes = self._new_pool()
            raise
        except asyncio.CancelledError:
            listening.cancel()  # the server closes: nobody is there to keep anything
            raise
        except Exception:
            await listening
            raise
        return answer

    async def _listen(self, notes: Connection, keep: Keep) -> None:
        """Until the search says that it has no more to say, or is gone."""
        while (note := await asyncio.to_thread(_next, notes)) is not None:
            await keep(*note)

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

    def _new_pool(self) -> tuple[ProcessPoolExecutor, Connection]:
        """A process, and where its notes come out."""
        notes, into = self._context.Pipe(duplex=False)
        pool = ProcessPoolExecutor(1, self._context, initializer=_begin, initargs=(self._stop, into))
        pool.submit(self._warm_up).add_done_callback(lambda _: into.close())  # its own end is the last one then
        return pool, notes


Note = tuple[str, str]


def _next(notes: Connection) -> Note | None:
    try:
        found: Note | None = notes.recv()
    except (EOFError, OSError):
        return None
    return found


_stop_of_this_process: list[Event] = []
_notes_of_this_process: list[Connection] = []


def _begin(stop: Event, notes: Connection) -> None:
    _stop_of_this_process.append(stop)
    _notes_of_this_process.append(notes)
    live_and_die_with_parent()


class _SentNotes:
    """A notebook whose new notes go to the parent."""

    def __init__(self, known: dict[str, str], into: Connection) -> None:
        self._known = known
        self._into = into

    def read(self, name: str) -> str | None:
        return self._known.get(name)

    def write(self, name: str, text: str) -> None:
        self._known[name] = text
        self._into.send((name, text))


def _search(
    work: Work[AnswerT],
    *,
    seconds: float,
    known: dict[str, str],
) -> AnswerT:
    stopped, deadline, into = _stop_of_this_process[0].is_set, time.monotonic() + seconds, _notes_of_this_process[0]

    def stop() -> bool:
        return stopped() or time.monotonic() >= deadline

    try:
        return work(stop=stop, notebook=_SentNotes(known, into))
    finally:
        into.send(None)
