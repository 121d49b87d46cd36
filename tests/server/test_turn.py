"""One call after another, no more than fit, and nobody waits for what nobody wants."""

import asyncio
import threading

import pytest

from models.issues import IssueCode
from server.turn import QueueFull, StopSign, Turn


async def until(thing: threading.Event) -> None:
    assert await asyncio.to_thread(thing.wait, 5)


class Busy:
    """Work that begins and does not end before it may."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.leave = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        self.leave.wait(5)


def test_calls_run_one_after_another_in_the_order_of_their_coming() -> None:
    async def scene() -> list[int]:
        turn, seen = Turn(capacity=10), list[int]()
        await asyncio.gather(*(turn.take(lambda each=each: seen.append(each)) for each in range(5)))  # type: ignore[misc]
        turn.close()
        return seen

    assert asyncio.run(scene()) == [0, 1, 2, 3, 4]


def test_a_call_beyond_the_capacity_is_refused_at_once() -> None:
    async def scene() -> QueueFull:
        turn, busy = Turn(capacity=1), Busy()
        first = asyncio.create_task(turn.take(busy))
        await until(busy.begun)
        with pytest.raises(QueueFull) as caught:
            await turn.take(lambda: None)
        busy.leave.set()
        await first
        await turn.take(lambda: None)
        turn.close()
        return caught.value

    (issue,) = asyncio.run(scene()).issues
    assert (issue.code, issue.path) == (IssueCode.QUEUE_FULL, "")
    assert issue.message == "number of calls that wait (1) must be < 1"


def test_the_own_work_of_the_server_is_never_refused() -> None:
    async def scene() -> list[str]:
        turn, busy, seen = Turn(capacity=1), Busy(), list[str]()
        first = asyncio.create_task(turn.take(busy))
        await until(busy.begun)
        own = asyncio.create_task(turn.insist(lambda: seen.append("own")))
        watch = asyncio.create_task(turn.look(lambda: seen.append("watch")))
        await asyncio.sleep(0)
        busy.leave.set()
        await asyncio.gather(first, own, watch)
        turn.close()
        return [*seen, f"{turn.num_taken} taken"]

    assert asyncio.run(scene()) == ["own", "watch", "2 taken"]


def test_a_call_that_is_cancelled_while_it_waits_is_dropped() -> None:
    async def scene() -> list[str]:
        turn, busy, seen = Turn(capacity=2), Busy(), list[str]()
        first = asyncio.create_task(turn.take(busy))
        await until(busy.begun)
        second = asyncio.create_task(turn.take(lambda: seen.append("second")))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        busy.leave.set()
        await first
        await turn.take(lambda: seen.append("third"))
        turn.close()
        return seen

    assert asyncio.run(scene()) == ["third"]


def test_a_call_that_is_cancelled_while_it_runs_sees_its_stop_sign() -> None:
    async def scene() -> bool:
        turn, begun, stopped = Turn(capacity=2), threading.Event(), threading.Event()
        stop = StopSign(seconds=60)

        def search() -> None:
            begun.set()
            while not stop():
                pass
            stopped.set()

        call = asyncio.create_task(turn.take(search, stop=stop))
        await until(begun)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(stopped)
        turn.close()
        return True

    assert asyncio.run(scene())


def test_a_stop_sign_is_up_once_its_time_has_passed() -> None:
    assert StopSign(seconds=0)()
    assert not StopSign(seconds=60)()


def test_what_a_call_raises_comes_back_to_its_caller() -> None:
    async def scene() -> None:
        turn = Turn(capacity=1)
        with pytest.raises(ZeroDivisionError):
            await turn.take(lambda: 1 // 0)
        turn.close()

    asyncio.run(scene())
