"""Capacity cells: picking, counters and carriers, by bucket of time."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, select, update
from sqlalchemy.sql.dml import Insert

from models.issues import Conflict, Issue, IssueCode
from models.plan import CapacityKind, CapacityUse
from server.ledger import schema
from server.ledger.micros import instant_of, micros_of
from server.ledger.scope import Scope, defect, mine, upsert

CellKey = tuple[CapacityKind, str, datetime]
"""`kind`, `owner_id` and `bucket_start`."""

_CAPACITY = schema.capacity
_CELL = mine(_CAPACITY, "kind", "owner_id", "bucket_start")
_USED = select(_CAPACITY.c.used).where(_CELL)
_LESS = _CAPACITY.c.used - bindparam("amount", type_=schema.AMOUNT)
_GIVE_BACK = update(_CAPACITY).where(_CELL, _LESS >= 0).values(used=_LESS)
_ALL_USED = (
    select(*(_CAPACITY.c[name] for name in ("kind", "owner_id", "bucket_start", "used")))
    .where(mine(_CAPACITY), _CAPACITY.c.used > 0)
    .order_by(_CAPACITY.c.kind, _CAPACITY.c.owner_id, _CAPACITY.c.bucket_start)
)


@cache
def _take(dialect: str) -> Insert:
    insert = upsert(dialect, _CAPACITY)
    capacity, more = insert.excluded.capacity, _CAPACITY.c.used + insert.excluded.used
    return insert.on_conflict_do_update(
        index_elements=list(_CAPACITY.primary_key),
        set_={"used": more, "capacity": capacity},
        where=more <= capacity,
    )


class Capacity(Scope):
    def take_capacity(self, uses: Iterable[CapacityUse], capacity_of: Callable[[CapacityUse], int]) -> None:
        """Use up parts of cells, all or none.

        Parameters
        ----------
        capacity_of
            How much the cell of a use holds. What it says now counts, not what it said when the
            cell was first used; but nothing that is in use is taken away.

        Raises
        ------
        Conflict
            CAPACITY_TAKEN for every cell that has too little.
        """
        with self.connection.begin_nested():
            cells = [(use, capacity_of(use)) for use in _summed(uses)]
            lacking = [(use, capacity) for use, capacity in cells if not self._take_cell(use, capacity)]
            if lacking:
                raise Conflict(*(self._lack_in_cell(use, capacity) for use, capacity in lacking))

    def give_capacity_back(self, uses: Iterable[CapacityUse]) -> None:
        """Undo `take_capacity`."""
        for use in _summed(uses):
            if not self.changed(_GIVE_BACK, **_its(use), amount=use.amount):
                raise defect("capacity", f"{use.amount} of {_name(use)} given back must be <= what is used")

    def used_capacity(self) -> dict[CellKey, int]:
        """What is used of each cell, where there is anything."""
        rows = self.rows(_ALL_USED)
        return {(CapacityKind(kind), owner, instant_of(start)): used for kind, owner, start, used in rows}

    def _take_cell(self, use: CapacityUse, capacity: int) -> bool:
        # An amount above the capacity would break the rule of the table when it makes the row.
        if use.amount > capacity:
            return False
        return self.inserted(_take(self.dialect), **_key(use), capacity=capacity, used=use.amount)

    def _lack_in_cell(self, use: CapacityUse, capacity: int) -> Issue:
        free = max(0, capacity - (self.value(_USED, **_its(use)) or 0))
        return Issue(
            code=IssueCode.CAPACITY_TAKEN,
            path=f"capacity.{use.kind}.{use.owner_id}",
            message=f"{_name(use)}: {use.amount} wanted, {free} free",
            hint="quote the contract again",
        )


def _key(use: CapacityUse) -> dict[str, object]:
    return {"kind": use.kind.value, "owner_id": use.owner_id, "bucket_start": micros_of(use.bucket_start)}


def _its(use: CapacityUse) -> dict[str, object]:
    return {f"its_{name}": value for name, value in _key(use).items()}


def _name(use: CapacityUse) -> str:
    return f"{use.kind} of {use.owner_id} from {use.bucket_start.isoformat()}"


def _summed(uses: Iterable[CapacityUse]) -> list[CapacityUse]:
    # Sorted for the same reason as the rows of the stock: no two transactions wait for each other.
    total: Counter[CellKey] = Counter()
    for use in uses:
        total[use.kind, use.owner_id, use.bucket_start] += use.amount
    return [
        CapacityUse(kind=kind, owner_id=owner_id, bucket_start=start, amount=amount)
        for (kind, owner_id, start), amount in sorted(total.items())
    ]
