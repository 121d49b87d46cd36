"""Everything that reads or writes the state happens in one thread, one call after another."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from models.issues import Issue, IssueCode, StateError

T = TypeVar("T")


class QueueFull(StateError):
    """More calls wait than the queue holds."""


class StopSign:
    """True once `seconds` from its making have passed, or once it was raised."""

    def __init__(self, *, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._raised = False

    def __call__(self) -> bool:
        return self._raised or time.monotonic() >= self._deadline

    def raise_up(self) -> None:
        """Stop now: nobody waits for the answer any more."""
        self._raised = True


class Turn:
    """The one thread. At most `capacity` calls of clients are in it or wait for it.

    A call that is cancelled while it waits is dropped. One that has begun runs to its end, or to
    where it looks at its stop sign: a transaction is never cut in half.

    `num_taken` counts the calls; while it stands still, hardly anything can have changed.
    """

    def __init__(self, *, capacity: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turn")
        self._capacity = capacity
        self._places = threading.BoundedSemaphore(capacity)
        self.num_taken = 0

    async def take(self, work: Callable[[], T], *, stop: StopSign | None = None) -> T:
        """Do the work when its turn comes, and raise the stop sign if the caller goes away.

        Raises
        ------
        QueueFull
            At once, with nothing done.
        """
        future = self._queue(work)
        self.num_taken += 1
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if stop is not None:
                stop.raise_up()
            raise

    async def insist(self, work: Callable[[], T]) -> T:
        """Like `take`, for the server's own work: it is never refused."""
        self.num_taken += 1
        return await self.look(work)

    async def look(self, work: Callable[[], T]) -> T:
        """Like `insist`, and not counted in `num_taken`: for those who watch that number."""
        return await asyncio.wrap_future(self._thread.submit(work))

    def _queue(self, work: Callable[[], T]) -> Future[T]:
        if not self._places.acquire(blocking=False):
            raise QueueFull(_queue_full(self._capacity))
        future = self._thread.submit(work)
        future.add_done_callback(lambda _: self._places.release())
        return future

    def close(self) -> None:
        """Let what has begun end; drop what waits."""
        self._thread.shutdown(wait=True, cancel_futures=True)


def _queue_full(capacity: int) -> Issue:
    return Issue(
        code=IssueCode.QUEUE_FULL,
        path="",
        message=f"number of calls that wait ({capacity}) must be < {capacity}",
        hint="send the same request again after a moment",
    )
