import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from models.issues import InputError, Issue, IssueCode
from server.ledger import Ledger
from server.ledger.database import ledger_url, open_engine


def _issue_on_opening(url: str) -> Issue:
    with pytest.raises(InputError) as caught:
        Ledger.open(url, tenant_id="tenant-1")
    assert [issue.code for issue in caught.value.issues] == [IssueCode.LEDGER_UNAVAILABLE]
    return caught.value.issues[0]


def test_a_new_database_is_for_its_owner_only(sqlite_path: Path) -> None:
    with Ledger.open(f"sqlite:///{sqlite_path}", tenant_id="tenant-1") as ledger, ledger.transaction() as tx:
        tx.set_meta("world", "shanghai")
        files = sorted(sqlite_path.parent.iterdir())
        assert [file.name for file in files] == ["ledger.db", "ledger.db-shm", "ledger.db-wal", "ledger.db.lock"]
        assert [oct(stat.S_IMODE(file.stat().st_mode)) for file in files] == ["0o600"] * 4


def test_sqlite_survives_a_power_cut_and_checks_references(sqlite_path: Path) -> None:
    engine = open_engine(ledger_url(f"sqlite:///{sqlite_path}"))
    with engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas]
    engine.dispose()
    assert values == ["wal", 2, 1, 10_000]


@pytest.mark.parametrize(
    "url", ["mysql://localhost/ledger", "sqlite://", "sqlite:///:memory:", "sqlite:///file:a.db?uri=true", "ledger.db"]
)
def test_a_url_that_is_neither_a_file_nor_postgresql_is_refused(url: str) -> None:
    issue = _issue_on_opening(url)
    assert issue.path == "ledger"
    assert issue.message == (
        "URL must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE, "
        f"and begins with ({url.partition(':')[0]})"
    )


def test_a_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    issue = _issue_on_opening(f"sqlite:///{tmp_path}/nowhere/ledger.db")
    assert issue.message == f"folder of the file must exist, and does not: ({tmp_path}/nowhere)"
    assert issue.hint == "make the folder first"


def test_a_file_that_is_no_database_is_refused_and_left_alone(sqlite_path: Path) -> None:
    sqlite_path.write_text("groceries\n" * 100)
    issue = _issue_on_opening(f"sqlite:///{sqlite_path}")
    assert issue.message.endswith("file is not a database)")
    assert sqlite_path.read_text() == "groceries\n" * 100


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    issue = _issue_on_opening("postgresql+psycopg://me:secret@127.0.0.1:1/ledger")
    assert issue.message.startswith(
        "database must open, and does not: (postgresql+psycopg://me:***@127.0.0.1:1/ledger:"
    )
    assert "secret" not in str(issue)


def test_a_ledger_of_a_later_version_is_refused_and_left_alone(url: str) -> None:
    Ledger.open(url, tenant_id="tenant-1").close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    issue = _issue_on_opening(url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()
    assert issue.message == "revision of the tables must be one of those up to 0005, and is (9999)"
    assert issue.hint == "open it with the version of Servanda that made it, or a later one"
