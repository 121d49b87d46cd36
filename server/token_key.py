"""The key that signs option tokens: from the environment, or from a file beside the database."""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from models.issues import InputError, Issue, IssueCode

VARIABLE = "SERVANDA_TOKEN_KEY"
NUM_BYTES = 32


def token_key(file: Path | None, environ: Mapping[str, str] = os.environ) -> bytes:
    """The key in the environment, else the one in the file, which is made if there is none.

    Parameters
    ----------
    file
        None: the database is no file, so there is nothing for a key to lie beside.

    Raises
    ------
    InputError
        There is no key, it is no key, or others can read its file.
    """
    if written := environ.get(VARIABLE):
        return _decoded(written)
    if file is None:
        raise InputError(_no_key())
    return _kept(file)


def _decoded(written: str) -> bytes:
    try:
        key = bytes.fromhex(written)
    except ValueError:
        key = b""
    if len(key) != NUM_BYTES:
        raise InputError(_no_hex(len(written)))
    return key


def _kept(file: Path) -> bytes:
    try:
        # Made with its mode, not changed to it: there is no moment at which others can read it.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(key := secrets.token_bytes(NUM_BYTES))
        handle.flush()
        os.fsync(handle.fileno())
    return key


def _read(file: Path) -> bytes:
    mode, key = stat.S_IMODE(file.stat().st_mode), file.read_bytes()
    if mode & 0o077 or len(key) != NUM_BYTES:
        raise InputError(_bad_file(file, mode, len(key)))
    return key


def _no_key() -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path=VARIABLE,
        message="a key for option tokens must be given when the database is no SQLite file",
        hint=f"set {VARIABLE} to {2 * NUM_BYTES} hexadecimal digits: openssl rand -hex {NUM_BYTES}",
    )


def _no_hex(found: int) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=VARIABLE,
        # The value is a secret and stays out of the message.
        message=f"the key must be {2 * NUM_BYTES} hexadecimal digits, found {found} characters",
        hint=f"openssl rand -hex {NUM_BYTES}",
    )


def _bad_file(file: Path, mode: int, found: int) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=str(file),
        message=f"a key file must hold {NUM_BYTES} bytes ({found}) and be its owner's alone (mode {mode:o}, not 600)",
        hint="chmod 600, or remove the file: options that were quoted under the old key are void then",
    )
