"""Where a server listens, and whether that is this machine only."""

import ipaddress
import re
from pathlib import Path

from models.issues import InputError, Issue, IssueCode
from server.ledger.database import ledger_url, sqlite_file
from server.ledger.lock import holder_address

_HOST_AND_PORT = re.compile(r"^(?:\[(?P<v6>[0-9a-fA-F:]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})$")
_UNIX = "unix:"


def check_address(address: str, *, allow_remote: bool) -> bool:
    """True if only this machine can reach the address.

    Raises
    ------
    InputError
        VALUE_INVALID: it is no address. ADDRESS_NOT_LOOPBACK: others could reach it, and that was
        not allowed.
    """
    local = _is_local(address)
    if not local and not allow_remote:
        raise InputError(_not_loopback(address))
    return local


def _is_local(address: str) -> bool:
    if address.startswith(_UNIX):
        return True
    found = _HOST_AND_PORT.match(address)
    if found is None or int(found["port"]) > 65535:
        raise InputError(_no_address(address))
    return _is_loopback(found["v6"] or found["host"])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # Any other name may lead anywhere tomorrow.
        return host == "localhost"


def server_of(database_url: str) -> str:
    """Where the server answers that has a SQLite file open; empty if none has, or for another database."""
    url = ledger_url(database_url)
    if url.get_backend_name() != "sqlite":
        return ""
    return holder_address(Path(f"{sqlite_file(url)}.lock"))


def with_port(address: str, port: int) -> str:
    """The address with the port that the system chose."""
    return address if address.startswith(_UNIX) else f"{address.rpartition(':')[0]}:{port}"


def address_in_use(address: str, said: str) -> InputError:
    return InputError(
        Issue(
            code=IssueCode.ADDRESS_IN_USE,
            path="address",
            message=f"address ({address}) must be free and of this machine: {said}",
            hint="stop the other process, or choose another address",
        )
    )


def _not_loopback(address: str) -> Issue:
    return Issue(
        code=IssueCode.ADDRESS_NOT_LOOPBACK,
        path="address",
        message=f"address ({address}) must be of this machine only (127.0.0.1, [::1], localhost, unix:PATH): "
        "the server asks nobody who he is",
        hint="listen on 127.0.0.1, or give --allow-remote-without-authentication",
    )


def _no_address(address: str) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path="address",
        message=f"address ({address}) must be HOST:PORT, [IPV6]:PORT or unix:PATH with a port in [0, 65535]",
        hint="for example 127.0.0.1:50051",
    )
