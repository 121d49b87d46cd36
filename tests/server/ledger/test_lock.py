import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.issues import Conflict, Issue, IssueCode
from server.ledger import Ledger


def _issue_on_opening(path: Path, *, exclusive: bool = False) -> Issue:
    with pytest.raises(Conflict) as caught:
        Ledger.open(f"sqlite:///{path}", tenant_id="tenant-1", exclusive=exclusive)
    (issue,) = caught.value.issues
    return issue


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_file_that_is_served_tells_others_where(sqlite_path: Path, exclusive: bool) -> None:
    with Ledger.open(f"sqlite:///{sqlite_path}", tenant_id="tenant-1", exclusive=True, address="127.0.0.1:50051"):
        assert _issue_on_opening(sqlite_path, exclusive=exclusive) == Issue(
            code=IssueCode.LEDGER_LOCKED,
            path="ledger",
            message=f"{sqlite_path} must be free for process {os.getpid()}, "
            f"and is held by process {os.getpid()} at 127.0.0.1:50051",
            hint="call the server at 127.0.0.1:50051 instead, or stop it",
        )


def test_a_file_that_others_read_cannot_be_had_alone(sqlite_path: Path) -> None:
    with Ledger.open(f"sqlite:///{sqlite_path}", tenant_id="tenant-1"):
        issue = _issue_on_opening(sqlite_path, exclusive=True)
    assert issue.message.endswith(f"and is held by process {os.getpid()}")
    assert issue.hint == "wait for that process, or stop it"


def test_several_may_share_a_file_that_nobody_wants_alone(sqlite_path: Path) -> None:
    url = f"sqlite:///{sqlite_path}"
    with Ledger.open(url, tenant_id="tenant-1") as one, Ledger.open(url, tenant_id="tenant-1") as other:
        with one.transaction() as tx:
            tx.set_meta("world", "shanghai")
        with other.transaction() as tx:
            assert tx.meta("world") == "shanghai"


def test_the_lock_ends_when_the_ledger_is_closed(sqlite_path: Path) -> None:
    for _ in range(2):
        Ledger.open(f"sqlite:///{sqlite_path}", tenant_id="tenant-1", exclusive=True).close()


def test_the_lock_ends_when_the_database_does_not_open(sqlite_path: Path) -> None:
    sqlite_path.write_text("groceries\n" * 100)
    with pytest.raises(Exception, match="LEDGER_UNAVAILABLE"):
        Ledger.open(f"sqlite:///{sqlite_path}", tenant_id="tenant-1", exclusive=True)
    sqlite_path.unlink()
    Ledger.open(f"sqlite:///{sqlite_path}", tenant_id="tenant-1", exclusive=True).close()


_KILLED_IN_A_TRANSACTION = """
import os, signal, sys
from server.ledger import Ledger

ledger = Ledger.open(sys.argv[1], tenant_id="tenant-1", exclusive=True)
with ledger.transaction() as tx:
    tx.set_meta("world", "kept")
with ledger.transaction() as tx:
    tx.set_meta("world", "lost")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_killed_leaves_what_it_committed_and_no_lock(sqlite_path: Path) -> None:
    url = f"sqlite:///{sqlite_path}"
    killed = subprocess.run([sys.executable, "-c", _KILLED_IN_A_TRANSACTION, url], check=False)
    assert killed.returncode == -9
    with Ledger.open(url, tenant_id="tenant-1", exclusive=True) as ledger, ledger.transaction() as tx:
        assert tx.meta("world") == "kept"
