"""Who has a database file open: a lock of the operating system beside it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from models.issues import Conflict, Issue, IssueCode


@contextlib.contextmanager
def file_lock(path: Path, *, exclusive: bool, address: str) -> Iterator[None]:
    """Hold `path` for this opener alone, or together with others who hold it not exclusively.

    The lock ends with the process, however that ends. The file stays and says who was last:
    to remove it would let two processes lock two files of the same name.

    Parameters
    ----------
    address
        Where this process can be asked instead; told to whom the lock keeps out.

    Raises
    ------
    Conflict
        LEDGER_LOCKED: somebody else holds it in a way that excludes this one.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, path, exclusive=exclusive)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {address}".strip().encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder_address(path: Path) -> str:
    """Where the process answers that holds `path` for itself alone; empty if nobody does, or it answers nowhere."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 1000, 0).decode(errors="replace").partition(" ")[2]
    finally:
        os.close(descriptor)
    return ""


def _lock(descriptor: int, path: Path, *, exclusive: bool) -> None:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Conflict(_locked(path, os.pread(descriptor, 1000, 0).decode(errors="replace"))) from error


def _locked(path: Path, holder: str) -> Issue:
    pid, _, address = holder.partition(" ")
    return Issue(
        code=IssueCode.LEDGER_LOCKED,
        path="ledger",
        message=f"{path.with_suffix('')} must be free for process {os.getpid()}, and is held by process {pid}"
        + (f" at {address}" if address else ""),
        hint=f"call the server at {address} instead, or stop it" if address else "wait for that process, or stop it",
    )
