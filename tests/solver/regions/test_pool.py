"""Processes side by side: the same answers, whatever dies, and nobody left behind."""

import os
import signal
import subprocess
import sys
import time
from ast import literal_eval
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from solver.regions.interface import Counted
from solver.regions.pool import LocalPool
from solver.regions.serial import Serial
from solver.replanning.replan import replan_large
from solver.stop import Stop, after_calls, never
from tests.solver.regions.evenings import REGION, an_evening, checked


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalPool]:
    two = LocalPool(2)
    yield two
    two.close()


def squared(number: int, stop: Stop) -> int:
    return number**2


def dies_the_first_time(marker: Path, stop: Stop) -> str:
    if marker.name == "well":
        return "well"
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "the second time"


def always_dies(number: int, stop: Stop) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def until_stopped(number: int, stop: Stop) -> int:
    while not stop():
        time.sleep(0.01)
    return number


def test_every_task_is_answered_once(pool: LocalPool) -> None:
    answers = dict(pool.map(squared, range(20), stop=never))
    assert answers == {n: n**2 for n in range(20)}


def test_a_night_is_the_same_in_processes_and_in_line(pool: LocalPool) -> None:
    problem = an_evening()
    plans = [
        replan_large(problem, seed=1, effort=Counted(600), executor=executor, region_size=REGION)
        for executor in (pool, Serial())
    ]
    assert plans[0] == plans[1]
    assert checked(problem, plans[0]).cost.total < problem.initial_plan.cost.total


def test_a_stop_ends_what_runs_and_leaves_out_the_rest(pool: LocalPool) -> None:
    answered = dict(pool.map(until_stopped, range(50), stop=after_calls(5)))
    assert 1 <= len(answered) < 50
    assert dict(pool.map(squared, range(3), stop=never)) == {0: 0, 1: 1, 2: 4}


def test_what_a_worker_dies_with_is_done_again(pool: LocalPool, tmp_path: Path) -> None:
    tasks = [tmp_path / "well", tmp_path / "fatal", tmp_path / "well", tmp_path / "well"]
    answers = dict(pool.map(dies_the_first_time, tasks, stop=never))
    assert answers == {0: "well", 1: "the second time", 2: "well", 3: "well"}


def test_what_kills_every_worker_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.regions.pool.MOST_DEATHS", 1)
    pool = LocalPool(1)
    with pytest.raises(BrokenProcessPool):
        list(pool.map(always_dies, range(2), stop=never))
    pool.close()


def test_workers_do_not_outlive_who_started_them() -> None:
    code = (
        "import time\n"
        "from solver.regions.pool import LocalPool\n"
        "from tests.solver.regions.test_pool import told\n"
        "if __name__ == '__main__':\n"
        "    print(dict(LocalPool(1).map(told, range(1), stop=lambda: False)), flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        told_pids = set(literal_eval(parent.stdout.readline()).values())
    assert all(map(is_alive, told_pids))
    parent.send_signal(signal.SIGTERM)
    parent.wait(timeout=10)
    deadline = time.monotonic() + 20
    while any(is_alive(each) for each in told_pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def told(number: int, stop: Stop) -> int:
    time.sleep(0.2)
    return os.getpid()


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
