"""A server beside the code that calls it, in a thread of the same process."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from server.app import Build, Serving, build, serving
from server.config import Settings


@contextmanager
def in_background(settings: Settings, *, build: Build = build) -> Iterator[Serving]:
    """A server that is ready at the begin of the block and gone at its end.

    Raises
    ------
    ServandaError
        Whatever kept the server from starting.
    """
    ready: Future[Serving] = Future()
    leave = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(settings, build, ready, leave)), name="server")
    thread.start()
    try:
        yield ready.result()
    finally:
        leave.set()
        thread.join()


async def _serve(settings: Settings, build: Build, ready: Future[Serving], leave: threading.Event) -> None:
    try:
        async with serving(settings, build=build) as server:
            ready.set_result(server)
            await asyncio.to_thread(leave.wait)
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)
