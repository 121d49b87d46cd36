"""Every test that asks for `url`, `open_ledger` or `ledger` runs on SQLite and on a real PostgreSQL."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import make_url

from server.ledger import Ledger

_numbers = itertools.count(1)


class OpenLedger(Protocol):
    def __call__(self, *, tenant_id: str = "tenant-1") -> Ledger: ...


def _with_new_schema(server_url: str) -> str:
    # A schema is empty as a new database is, and is made a hundred times faster.
    schema = f"ledger_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    return url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, sqlite_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{sqlite_path}"
    return _with_new_schema(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def open_ledger(url: str) -> Iterator[OpenLedger]:
    """Opens the same database again and again, as processes of their own would."""
    with ExitStack() as opened:

        def open_one(*, tenant_id: str = "tenant-1") -> Ledger:
            return opened.enter_context(Ledger.open(url, tenant_id=tenant_id))

        yield open_one


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    return open_ledger()
