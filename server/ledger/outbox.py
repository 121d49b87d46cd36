"""Events, kept in the same transaction as what they tell of.

References
----------
The transactional outbox: C. Richardson, Microservices Patterns (2018), chapter 3.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.sql.dml import ReturningInsert

from server.ledger import schema
from server.ledger.micros import instant_of, micros_of
from server.ledger.scope import Scope, mine, upsert

_EVENTS = schema.events
_COUNTERS = schema.event_counters
_INSERT = insert(_EVENTS)
_PAGE = (
    select(_EVENTS)
    .where(mine(_EVENTS), _EVENTS.c.seq > bindparam("after_seq"))
    .order_by(_EVENTS.c.seq)
    .limit(bindparam("limit"))
)
_PAGE_OF_CONTRACTS = _PAGE.where(_EVENTS.c.contract_id.in_(bindparam("contract_ids", expanding=True)))


@cache
def _advance(dialect: str) -> ReturningInsert[Any]:
    insert = upsert(dialect, _COUNTERS)
    advanced = {"last_seq": _COUNTERS.c.last_seq + insert.excluded.last_seq}
    counted = insert.on_conflict_do_update(index_elements=list(_COUNTERS.primary_key), set_=advanced)
    return counted.returning(_COUNTERS.c.last_seq)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """Something that happened to a contract; `seq` counts 1, 2, 3 ... per tenant."""

    seq: int
    event_type: str
    contract_id: str
    time: datetime
    payload: dict[str, str]


class Outbox(Scope):
    def __init__(self, connection: Connection, *, tenant_id: str) -> None:
        super().__init__(connection, tenant_id=tenant_id)
        self._emitted: list[dict[str, object]] = []

    def emit(self, event_type: str, contract_id: str, *, time: datetime, payload: Mapping[str, str]) -> None:
        """Tell what happened. It is numbered and can be read once the transaction has committed."""
        self._emitted.append(
            {
                "tenant_id": self.tenant_id,
                "event_type": event_type,
                "contract_id": contract_id,
                "time": micros_of(time),
                "payload": json.dumps(payload, ensure_ascii=False),
            }
        )

    def write_events(self) -> None:
        """Number and store what was emitted: the last thing that a transaction does.

        The counter's row locks out every other writer of the tenant, so it is locked for as
        short as possible and after all other rows: nobody who holds it waits for anything else.
        """
        if self._emitted:
            first = self._advance_counter(len(self._emitted)) - len(self._emitted) + 1
            self.connection.execute(_INSERT, [{**each, "seq": first + i} for i, each in enumerate(self._emitted)])
            self._emitted.clear()

    def _advance_counter(self, count: int) -> int:
        row = {"tenant_id": self.tenant_id, "last_seq": count}
        return int(self.connection.execute(_advance(self.dialect), row).scalar_one())

    def events_after(self, seq: int, contract_ids: Collection[str] = (), *, limit: int) -> tuple[StoredEvent, ...]:
        """At most `limit` events from the one after `seq` on; no contracts named: of every contract."""
        if not contract_ids:
            return tuple(map(_event, self.rows(_PAGE, after_seq=seq, limit=limit)))
        some = {"contract_ids": sorted(contract_ids)}
        return tuple(map(_event, self.rows(_PAGE_OF_CONTRACTS, after_seq=seq, limit=limit, **some)))


def _event(row: Any) -> StoredEvent:
    return StoredEvent(row.seq, row.event_type, row.contract_id, instant_of(row.time), json.loads(row.payload))
