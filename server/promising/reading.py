"""What can be looked up."""

from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Collection

from models.contract import Contract, ContractStatus
from models.issues import InputError, Issue, IssueCode
from models.order import Order
from models.promise import LIVE_STATES
from models.reservation import Reservation
from server.ledger import StoredEvent, StoredOperation
from server.promising.core import Core, not_found, require_contract
from server.promising.paging import bad_token
from server.promising.results import Event, Page, Standing

LARGEST_PAGE = 500
UNDONE = (ContractStatus.DRAFT, ContractStatus.QUOTED, ContractStatus.ACTIVE)
LARGEST_SEQ = 2**63 - 1


class Reading(Core):
    def order(self, order_id: str) -> Order:
        """The order as it was submitted.

        Raises
        ------
        NotFound
            ORDER_NOT_FOUND.
        """
        with self._ledger.transaction() as tx:
            order = tx.order(order_id)
        if order is None:
            raise not_found(IssueCode.ORDER_NOT_FOUND, "order_id", order_id)
        return order

    def contract(self, contract_id: str) -> Contract:
        """The contract at its last revision.

        Raises
        ------
        NotFound
            CONTRACT_NOT_FOUND.
        """
        self._present()
        with self._ledger.transaction() as tx:
            return require_contract(tx, contract_id)

    def reservation(self, reservation_id: str) -> Reservation:
        """The reservation, its state exact at this moment.

        Raises
        ------
        NotFound
            RESERVATION_NOT_FOUND.
        """
        self._present()
        with self._ledger.transaction() as tx:
            found = tx.reservation(reservation_id)
        if found is None:
            raise not_found(IssueCode.RESERVATION_NOT_FOUND, "reservation_id", reservation_id)
        return found

    def contracts(self, *, statuses: Collection[ContractStatus] = (), page_size: int, page_token: str = "") -> Page:
        """At most `page_size` contracts in the order of their ids; no statuses: of every status.

        Raises
        ------
        InputError
            VALUE_INVALID: `page_size` is not in [1, 500]. PAGE_TOKEN_INVALID.
        """
        if not 1 <= page_size <= LARGEST_PAGE:
            raise InputError(_bad_size(page_size))
        after_id = _read_token(page_token)
        self._present()
        with self._ledger.transaction() as tx:
            # One more than the page, to know whether there is another.
            found = tx.list_contracts(statuses, after_id=after_id, limit=page_size + 1)
        page = found[:page_size]
        token = _token(page[-1].contract_id) if len(found) > page_size else ""
        return Page(contracts=page, next_page_token=token)

    def standing(self) -> Standing:
        """What is not done with, in numbers."""
        self._present()
        contracts = dict(self._books.entries.contracts)
        with self._ledger.transaction() as tx:
            counts = tx.count_contracts()
            # A hold is not agreed on yet: what counts is what was agreed before it, if anything was.
            contracts |= {each: require_contract(tx, each) for each in self._books.hold_by_contract_id}
        active = (contract for contract in contracts.values() if contract.status is ContractStatus.ACTIVE)
        promises = Counter(promise.state for contract in active for promise in contract.promises)
        return Standing(
            contracts={status: counts.get(status, 0) for status in UNDONE},
            promises={state: promises[state] for state in LIVE_STATES},
            holds=len(self._books.hold_by_contract_id),
        )

    def events(self, *, cursor: str = "", contract_ids: Collection[str] = (), limit: int) -> tuple[Event, ...]:
        """At most `limit` events after a cursor; an empty cursor: from the first event on.

        Raises
        ------
        InputError
            CURSOR_INVALID.
        """
        seq = _seq(cursor)
        self._present()
        with self._ledger.transaction() as tx:
            return tuple(map(_event, tx.events_after(seq, contract_ids, limit=limit)))

    # -- operations

    def remember_operation(self, operation: StoredOperation) -> None:
        """Keep a long-running operation, in place of what was known of it."""
        with self._ledger.transaction() as tx:
            tx.put_operation(operation)

    def operation(self, operation_id: str) -> StoredOperation:
        """What is known of a long-running operation.

        Raises
        ------
        NotFound
            OPERATION_NOT_FOUND.
        """
        with self._ledger.transaction() as tx:
            found = tx.operation(operation_id)
        if found is None:
            raise not_found(IssueCode.OPERATION_NOT_FOUND, "name", operation_id)
        return found

    def operations(self, after: str = "", *, limit: int) -> tuple[StoredOperation, ...]:
        """At most `limit` operations in the order of their ids, from the one after `after` on."""
        with self._ledger.transaction() as tx:
            return tx.operations(after, limit=limit)


def _event(stored: StoredEvent) -> Event:
    return Event(
        cursor=str(stored.seq),
        event_type=stored.event_type,
        contract_id=stored.contract_id,
        time=stored.time,
        payload=stored.payload,
    )


def _token(contract_id: str) -> str:
    return urlsafe_b64encode(contract_id.encode()).decode()


def _read_token(page_token: str) -> str:
    try:
        return b64decode(page_token, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise InputError(bad_token(page_token)) from error


def _seq(cursor: str) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and int(cursor[:20]) <= LARGEST_SEQ and len(cursor) <= 20):
        raise InputError(_bad_cursor(cursor))
    return int(cursor)


def _bad_size(page_size: int) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path="page_size",
        message=f"page_size ({page_size}) must be in [1, {LARGEST_PAGE}]",
        hint="ask for the next page with next_page_token",
    )


def _bad_cursor(cursor: str) -> Issue:
    return Issue(
        code=IssueCode.CURSOR_INVALID,
        path="cursor",
        message=f"cursor ({cursor[:40]}) must be that of an event that was read",
        hint="start again with an empty cursor to read everything",
    )
