"""Capacity cells: picking, counters and carriers, by bucket of time."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import select, update

from models.issues import Conflict, Issue, IssueCode
from models.plan import CapacityKind, CapacityUse
from server.ledger import schema
from server.ledger.micros import instant_of, micros_of
from server.ledger.scope import Scope, defect

CellKey = tuple[CapacityKind, str, datetime]
"""`kind`, `owner_id` and `bucket_start`."""

_CAPACITY = schema.capacity


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
            mine, less = self.mine(_CAPACITY, **_key(use)), _CAPACITY.c.used - use.amount
            if not self.update(update(_CAPACITY).where(mine, less >= 0).values(used=less)):
                raise defect("capacity", f"{use.amount} of {_name(use)} given back must be <= what is used")

    def used_capacity(self) -> dict[CellKey, int]:
        """What is used of each cell, where there is anything."""
        columns = _CAPACITY.c
        query = select(columns.kind, columns.owner_id, columns.bucket_start, columns.used)
        query = query.where(self.mine(_CAPACITY), columns.used > 0)
        ordered = query.order_by(columns.kind, columns.owner_id, columns.bucket_start)
        return {(CapacityKind(kind), owner, instant_of(start)): used for kind, owner, start, used in self.rows(ordered)}

    def _take_cell(self, use: CapacityUse, capacity: int) -> bool:
        if use.amount > capacity:
            return False
        insert = self.upsert(_CAPACITY).values(
            tenant_id=self.tenant_id, **_key(use), capacity=capacity, used=use.amount
        )
        more = _CAPACITY.c.used + use.amount
        statement = insert.on_conflict_do_update(
            index_elements=list(_CAPACITY.primary_key),
            set_={"used": more, "capacity": capacity},
            where=more <= capacity,
        )
        return self.connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1

    def _lack_in_cell(self, use: CapacityUse, capacity: int) -> Issue:
        free = max(0, capacity - (self.value(_CAPACITY, "used", **_key(use)) or 0))
        return Issue(
            code=IssueCode.CAPACITY_TAKEN,
            path=f"capacity.{use.kind}.{use.owner_id}",
            message=f"{_name(use)}: {use.amount} wanted, {free} free",
            hint="quote the contract again",
        )


def _key(use: CapacityUse) -> dict[str, object]:
    return {"kind": use.kind.value, "owner_id": use.owner_id, "bucket_start": micros_of(use.bucket_start)}


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
