"""Stock: what is there, and what of it is reserved."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Update, case, select, update

from models.catalogue import StockRow
from models.issues import Conflict, Issue, IssueCode
from server.ledger import schema
from server.ledger.scope import Scope, defect

StockQuantity = tuple[str, str, int]
"""`site_id`, `sku_id` and a number of pieces."""

_STOCK = schema.stock


class Stock(Scope):
    def set_stock(self, rows: Iterable[StockRow]) -> None:
        """Record what was counted. A count below what is reserved is kept as a shortage."""
        insert = self.upsert(_STOCK)
        counted, reserved = insert.excluded.on_hand, _STOCK.c.reserved
        statement = insert.on_conflict_do_update(
            index_elements=list(_STOCK.primary_key),
            set_={"on_hand": counted, "shortage": _above_zero(reserved - counted)},
        )
        new = {"tenant_id": self.tenant_id, "reserved": 0, "shortage": 0}
        values = [{**new, **row.model_dump()} for row in sorted(rows, key=lambda row: (row.site_id, row.sku_id))]
        if values:
            self.connection.execute(statement, values)

    def stock(self) -> tuple[StockRow, ...]:
        """Pieces on hand, whether or not they are reserved."""
        return tuple(StockRow(site_id=a, sku_id=b, on_hand=n) for (a, b), n in self._pieces("on_hand").items())

    def reserved(self) -> dict[tuple[str, str], int]:
        """Pieces that are reserved by (`site_id`, `sku_id`), where there are any."""
        return {key: pieces for key, pieces in self._pieces("reserved").items() if pieces}

    def shortages(self) -> dict[tuple[str, str], int]:
        """Reserved pieces that a count did not find by (`site_id`, `sku_id`), where there are any."""
        return {key: pieces for key, pieces in self._pieces("shortage").items() if pieces}

    def take_stock(self, wanted: Iterable[StockQuantity]) -> None:
        """Reserve pieces, all or none.

        Raises
        ------
        Conflict
            CAPACITY_TAKEN for every row that has too little.
        """
        with self.connection.begin_nested():
            lacking = [
                (key, pieces) for key, pieces in _summed(wanted) if not self.update(self._take_pieces(key, pieces))
            ]
            if lacking:
                raise Conflict(*(self._lack_in_row(key, pieces) for key, pieces in lacking))

    def give_stock_back(self, taken: Iterable[StockQuantity]) -> None:
        """Undo `take_stock`."""
        for key, pieces in _summed(taken):
            if not self.update(self._give_pieces_back(key, pieces)):
                raise defect("stock", f"{pieces} of {key[1]} given back at {key[0]} must be <= what is reserved")

    def _take_pieces(self, key: tuple[str, str], pieces: int) -> Update:
        more = _STOCK.c.reserved + pieces
        return self._stock_row(key).where(more <= _STOCK.c.on_hand).values(reserved=more)

    def _give_pieces_back(self, key: tuple[str, str], pieces: int) -> Update:
        less = _STOCK.c.reserved - pieces
        return (
            self._stock_row(key).where(less >= 0).values(reserved=less, shortage=_above_zero(less - _STOCK.c.on_hand))
        )

    def _stock_row(self, key: tuple[str, str]) -> Update:
        return update(_STOCK).where(self.mine(_STOCK, site_id=key[0], sku_id=key[1]))

    def _lack_in_row(self, key: tuple[str, str], pieces: int) -> Issue:
        site_id, sku_id = key
        free = _STOCK.c.on_hand - _STOCK.c.reserved
        query = select(_above_zero(free)).where(self.mine(_STOCK, site_id=site_id, sku_id=sku_id))
        return Issue(
            code=IssueCode.CAPACITY_TAKEN,
            path=f"stock.{site_id}.{sku_id}",
            message=f"pieces of {sku_id} at {site_id}: {pieces} wanted, {self.connection.scalar(query) or 0} free",
            hint="quote the contract again",
        )

    def _pieces(self, column: str) -> dict[tuple[str, str], int]:
        columns = _STOCK.c
        query = select(columns.site_id, columns.sku_id, columns[column]).where(self.mine(_STOCK))
        return {(a, b): pieces for a, b, pieces in self.rows(query.order_by(columns.site_id, columns.sku_id))}


def _above_zero(number: ColumnElement[int]) -> ColumnElement[int]:
    return case((number > 0, number), else_=0)


def _summed(quantities: Iterable[StockQuantity]) -> list[tuple[tuple[str, str], int]]:
    # Sorted, so that two transactions lock the rows they share in the same order and neither waits forever.
    total: Counter[tuple[str, str]] = Counter()
    for site_id, sku_id, pieces in quantities:
        total[site_id, sku_id] += pieces
    return sorted(total.items())
