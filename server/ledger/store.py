"""The ledger, and what can be done in one transaction of it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from models.issues import Conflict, Issue, IssueCode
from server.ledger.capacity import Capacity
from server.ledger.contracts import Contracts
from server.ledger.counter_offers import CounterOffers
from server.ledger.database import ledger_url, open_engine, sqlite_file
from server.ledger.lock import file_lock
from server.ledger.operations import Operations
from server.ledger.orders import Orders
from server.ledger.outbox import Outbox
from server.ledger.parts import OperationParts
from server.ledger.requests import Requests
from server.ledger.reservations import Reservations
from server.ledger.routes import Routes
from server.ledger.scenarios import Scenarios
from server.ledger.stock import Stock
from server.ledger.supplies import Supplies


class Transaction(
    Orders,
    Contracts,
    CounterOffers,
    Reservations,
    Stock,
    Capacity,
    Routes,
    Supplies,
    Outbox,
    Requests,
    Operations,
    OperationParts,
    Scenarios,
):
    """Everything that can be read and written together; see the class of each part."""


class Ledger:
    """What one tenant's promises rest on, in a database that outlives the process."""

    def __init__(self, engine: Engine, *, tenant_id: str, resources: ExitStack) -> None:
        self.tenant_id = tenant_id
        self._engine = engine
        self._resources = resources

    @classmethod
    def open(cls, url: str, *, tenant_id: str, exclusive: bool = False, address: str = "") -> Self:
        """Open the database, make its tables or bring them up to date.

        Parameters
        ----------
        url
            `sqlite:///FILE` (made if there is none, readable by its owner only) or
            `postgresql+psycopg://USER@HOST/DATABASE`.
        exclusive
            Nobody else may open the SQLite file meanwhile. PostgreSQL is made for many
            processes: there it changes nothing.
        address
            Where this process answers; told to those whom `exclusive` keeps out.

        Raises
        ------
        InputError
            LEDGER_UNAVAILABLE: the URL leads to no database that this version can use.
        Conflict
            LEDGER_LOCKED: another process has the file open, and one of the two wants it alone.
        """
        parsed = ledger_url(url)
        with ExitStack() as resources:
            if parsed.get_backend_name() == "sqlite":
                lock = Path(f"{sqlite_file(parsed)}.lock")
                resources.enter_context(file_lock(lock, exclusive=exclusive, address=address))
            engine = open_engine(parsed)
            resources.callback(engine.dispose)
            return cls(engine, tenant_id=tenant_id, resources=resources.pop_all())

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All of what happens inside, or nothing if it raises. Not to be nested.

        Raises
        ------
        Conflict
            LEDGER_BUSY: the database broke it off in favour of another one; try again.
        """
        try:
            with self._engine.begin() as connection:
                transaction = Transaction(connection, tenant_id=self.tenant_id)
                yield transaction
                transaction.write_events()
        except OperationalError as error:
            if _is_lost_race(error):
                raise Conflict(_busy(error)) from error
            raise

    def close(self) -> None:
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_LOST_RACES = frozenset({"SQLITE_BUSY", "40P01", "40001", "55P03"})
"""SQLite's name of the error; PostgreSQL's codes of deadlock, failed serialization, lock not available."""


def _is_lost_race(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    return code in _LOST_RACES


def _busy(error: OperationalError) -> Issue:
    return Issue(
        code=IssueCode.LEDGER_BUSY,
        path="ledger",
        message=f"a transaction must have the rows it needs to itself, and another one has them ({error.orig})",
        hint="nothing was changed; repeat the call with the same request_id",
    )
