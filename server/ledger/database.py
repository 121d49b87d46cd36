"""Opening the database: which ones there are, how SQLite is set up, migrations."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from models.issues import InputError, Issue, IssueCode

SQLITE_BUSY_S = 10
"""How long SQLite waits for another process before it gives up; `?timeout=` in the URL overrides it."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x5E57A4DA
"""Any number, the same in every release: PostgreSQL's name for the right to migrate."""


def ledger_url(text: str) -> URL:
    """Parse the URL of a ledger.

    Raises
    ------
    InputError
        It is neither a SQLite file in a folder that exists nor PostgreSQL through psycopg.
    """
    with suppress(ArgumentError):
        url = make_url(text)
        if url.drivername == "postgresql+psycopg":
            return url
        if url.drivername == "sqlite" and url.database and not url.database.startswith((":memory:", "file:")):
            return _checked_file(url)
    raise _unavailable(
        text.split(":", maxsplit=1)[0],
        "URL must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE, and begins with",
        hint="sqlite:///servanda.db is a file in the working folder; four slashes start an absolute path",
    )


def _checked_file(url: URL) -> URL:
    folder = sqlite_file(url).parent
    if not folder.is_dir():
        raise _unavailable(str(folder), "folder of the file must exist, and does not:", hint="make the folder first")
    return url if "timeout" in url.query else url.update_query_dict({"timeout": str(SQLITE_BUSY_S)})


def sqlite_file(url: URL) -> Path:
    return Path(str(url.database))


def open_engine(url: URL) -> Engine:
    """An engine on a database whose tables are those of this version.

    Raises
    ------
    InputError
        LEDGER_UNAVAILABLE: no such server, not a database, or one of a later version.
    """
    engine = _sqlite_engine(url) if url.get_backend_name() == "sqlite" else create_engine(url)
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except DBAPIError as error:
        engine.dispose()
        raise _unavailable(
            f"{url.render_as_string()}: {error.orig}", "database must open, and does not:", hint="check URL and access"
        ) from error
    except InputError:
        engine.dispose()
        raise
    return engine


def _sqlite_engine(url: URL) -> Engine:
    # SQLite gives the -wal and -shm files the mode of the database, so the mode is set before any exists.
    with suppress(FileExistsError):
        os.close(os.open(sqlite_file(url), os.O_CREAT | os.O_EXCL, 0o600))
    # One connection: SQLite has one writer anyway, and threads queue fairly at the pool, not by polling at the file.
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # else the driver begins transactions of its own, and not immediate ones
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads before it writes would else fail at its first write when another came between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    _refuse_later_versions(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _refuse_later_versions(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    for found in MigrationContext.configure(connection).get_current_heads():
        if found not in known:
            raise _unavailable(
                found,
                f"revision of the tables must be one of those up to {scripts.get_current_head()}, and is",
                hint="open it with the version of Servanda that made it, or a later one",
            )


def _unavailable(value: str, rule: str, *, hint: str) -> InputError:
    return InputError(Issue(code=IssueCode.LEDGER_UNAVAILABLE, path="ledger", message=f"{rule} ({value})", hint=hint))
