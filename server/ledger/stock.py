"""Stock: what is there, and what of it is reserved."""

from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, select, tuple_, update
from sqlalchemy.sql.dml import Insert

from models.catalogue import StockRow
from models.issues import Conflict, Issue, IssueCode
from models.supply import StockLevel
from server.ledger import schema
from server.ledger.scope import Scope, defect, mine, upsert

StockQuantity = tuple[str, str, int]
"""`site_id`, `sku_id` and a number of pieces."""

_STOCK = schema.stock


def _above_zero(number: ColumnElement[int]) -> ColumnElement[int]:
    return case((number > 0, number), else_=0)


_ROW = mine(_STOCK, "site_id", "sku_id")
_PIECES = bindparam("pieces", type_=schema.AMOUNT)
_MORE, _LESS = _STOCK.c.reserved + _PIECES, _STOCK.c.reserved - _PIECES
_TAKE = update(_STOCK).where(_ROW, _STOCK.c.on_hand >= _MORE).values(reserved=_MORE)
_GIVE_BACK = (
    update(_STOCK).where(_ROW, _LESS >= 0).values(reserved=_LESS, shortage=_above_zero(_LESS - _STOCK.c.on_hand))
)
_FREE = select(_above_zero(_STOCK.c.on_hand - _STOCK.c.reserved)).where(_ROW)


@cache
def _count(dialect: str) -> Insert:
    insert = upsert(dialect, _STOCK)
    counted = insert.excluded.on_hand
    return insert.on_conflict_do_update(
        index_elements=list(_STOCK.primary_key),
        set_={"on_hand": counted, "shortage": _above_zero(_STOCK.c.reserved - counted)},
    )


@cache
def _receive(dialect: str) -> Insert:
    insert = upsert(dialect, _STOCK)
    more = _STOCK.c.on_hand + insert.excluded.on_hand
    return insert.on_conflict_do_update(
        index_elements=list(_STOCK.primary_key),
        set_={"on_hand": more, "shortage": _above_zero(_STOCK.c.reserved - more)},
    )


def _select(column: ColumnElement[int]) -> Select[Any]:
    columns = _STOCK.c
    query = select(columns.site_id, columns.sku_id, column).where(mine(_STOCK))
    return query.order_by(columns.site_id, columns.sku_id)


_ON_HAND = _select(_STOCK.c.on_hand)
_RESERVED = _select(_STOCK.c.reserved).where(_STOCK.c.reserved > 0)
_SHORTAGE = _select(_STOCK.c.shortage).where(_STOCK.c.shortage > 0)
_LEVELS = (
    select(*(_STOCK.c[name] for name in ("site_id", "sku_id", "on_hand", "reserved", "shortage")))
    .where(mine(_STOCK), tuple_(_STOCK.c.site_id, _STOCK.c.sku_id) > tuple_(bindparam("site"), bindparam("sku")))
    .order_by(_STOCK.c.site_id, _STOCK.c.sku_id)
    .limit(bindparam("limit"))
)
_AT_SITE = mine(_STOCK, "site_id")
_OF_SKUS = _STOCK.c.sku_id.in_(bindparam("sku_ids", expanding=True))


class Stock(Scope):
    def set_stock(self, rows: Iterable[StockRow]) -> None:
        """Record what was counted. A count below what is reserved is kept as a shortage."""
        self._put_stock(_count(self.dialect), rows)

    def receive_stock(self, rows: Iterable[StockRow]) -> None:
        """Add pieces to what is there. They make up for a shortage first."""
        self._put_stock(_receive(self.dialect), rows)

    def _put_stock(self, statement: Insert, rows: Iterable[StockRow]) -> None:
        new = {"tenant_id": self.tenant_id, "reserved": 0, "shortage": 0}
        values = [{**new, **row.model_dump()} for row in sorted(rows, key=lambda row: (row.site_id, row.sku_id))]
        if values:
            self.connection.execute(statement, values)

    def stock_levels(
        self, *, site_id: str = "", sku_ids: Collection[str] = (), after: tuple[str, str] = ("", ""), limit: int
    ) -> tuple[StockLevel, ...]:
        """At most `limit` rows in the order of site and SKU, from the one after `after` on."""
        query, some = _LEVELS, dict[str, object]()
        if site_id:
            query, some = query.where(_AT_SITE), {"its_site_id": site_id}
        if sku_ids:
            query, some = query.where(_OF_SKUS), {**some, "sku_ids": sorted(sku_ids)}
        return tuple(map(_level, self.rows(query, site=after[0], sku=after[1], limit=limit, **some)))

    def stock(self) -> tuple[StockRow, ...]:
        """Pieces on hand, whether or not they are reserved."""
        return tuple(StockRow(site_id=a, sku_id=b, on_hand=n) for a, b, n in self.rows(_ON_HAND))

    def reserved(self) -> dict[tuple[str, str], int]:
        """Pieces that are reserved by (`site_id`, `sku_id`), where there are any."""
        return {(site_id, sku_id): pieces for site_id, sku_id, pieces in self.rows(_RESERVED)}

    def shortages(self) -> dict[tuple[str, str], int]:
        """Reserved pieces that a count did not find by (`site_id`, `sku_id`), where there are any."""
        return {(site_id, sku_id): pieces for site_id, sku_id, pieces in self.rows(_SHORTAGE)}

    def take_stock(self, wanted: Iterable[StockQuantity]) -> None:
        """Reserve pieces, all or none.

        Raises
        ------
        Conflict
            CAPACITY_TAKEN for every row that has too little.
        """
        with self.connection.begin_nested():
            rows = _summed(wanted)
            lacking = [row for row in rows if not self.changed(_TAKE, **_key(row), pieces=row[2])]
            if lacking:
                raise Conflict(*(self._lack_of_pieces(row) for row in lacking))

    def give_stock_back(self, taken: Iterable[StockQuantity]) -> None:
        """Undo `take_stock`."""
        for row in _summed(taken):
            if not self.changed(_GIVE_BACK, **_key(row), pieces=row[2]):
                raise defect("stock", f"{row[2]} of {row[1]} given back at {row[0]} must be <= what is reserved")

    def _lack_of_pieces(self, row: StockQuantity) -> Issue:
        site_id, sku_id, pieces = row
        return Issue(
            code=IssueCode.CAPACITY_TAKEN,
            path=f"stock.{site_id}.{sku_id}",
            message=f"pieces of {sku_id} at {site_id}: {pieces} wanted, {self.value(_FREE, **_key(row)) or 0} free",
            hint="quote the contract again",
        )


def _level(row: Any) -> StockLevel:
    free = max(0, row.on_hand - row.reserved)
    return StockLevel(
        site_id=row.site_id,
        sku_id=row.sku_id,
        on_hand=row.on_hand,
        reserved=row.reserved,
        shortage=row.shortage,
        free=free,
    )


def _key(row: StockQuantity) -> dict[str, str]:
    return {"its_site_id": row[0], "its_sku_id": row[1]}


def _summed(quantities: Iterable[StockQuantity]) -> list[StockQuantity]:
    # Sorted, so that two transactions lock the rows they share in the same order and neither waits forever.
    total: Counter[tuple[str, str]] = Counter()
    for site_id, sku_id, pieces in quantities:
        total[site_id, sku_id] += pieces
    return [(*key, pieces) for key, pieces in sorted(total.items())]
