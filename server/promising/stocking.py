"""Stock at run time: what arrives at a site, and what is counted there."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from models.base import Id, Model
from models.catalogue import StockRow
from models.issues import InputError
from models.plan import Assignment
from models.promise import Mode
from models.supply import StockChanged, StockLine
from server.ledger import Transaction
from server.promising import supply_issues as issues
from server.promising.core import Request
from server.promising.mending import Mended, Mending, Terms
from server.promising.paging import read_token, token_of
from server.promising.results import StockPage
from solver.replanning.repair import begins


class Goods(Model):
    """Pieces at a site, received or counted."""

    site_id: Id
    lines: tuple[StockLine, ...]

    def rows(self, more: Mapping[str, int]) -> list[StockRow]:
        """As stock, each with so many pieces more."""
        return [
            StockRow(site_id=self.site_id, sku_id=line.sku_id, on_hand=line.pieces + more.get(line.sku_id, 0))
            for line in self.lines
        ]


class Stocking(Mending):
    def stock_levels(
        self, *, site_id: str = "", sku_ids: Collection[str] = (), page_size: int, page_token: str = ""
    ) -> StockPage:
        """At most `page_size` rows in the order of site and SKU.

        Raises
        ------
        InputError
            PAGE_TOKEN_INVALID.
        """
        after = read_token(page_token)
        self._present()
        with self._ledger.transaction() as tx:
            found = tx.stock_levels(site_id=site_id, sku_ids=sku_ids, after=after, limit=page_size + 1)
        page = found[:page_size]
        token = token_of((page[-1].site_id, page[-1].sku_id)) if len(found) > page_size else ""
        return StockPage(levels=page, next_page_token=token)

    def receive_stock(self, goods: Goods, *, request_id: str) -> StockChanged:
        """Add pieces that have arrived.

        Raises
        ------
        InputError
            Everything that is wrong with them.
        """
        request = Request("receive_stock", request_id, goods.model_dump_json())
        return self._amend(request, StockChanged, lambda tx, now: self._receive(tx, goods, now))

    def _receive(self, tx: Transaction, goods: Goods, now: datetime) -> tuple[Terms, Callable[[Mended], StockChanged]]:
        self._refuse_goods(goods, least=1)
        tx.receive_stock(goods.rows({}))
        return self._stocked(tx, goods, now)

    def count_stock(self, goods: Goods, *, request_id: str) -> StockChanged:
        """Note what was counted: fewer pieces than are reserved take promises their goods, the last ones first.

        What has left the site under a promise was not there to be counted, and is added.

        Raises
        ------
        InputError
            Everything that is wrong with them.
        """
        request = Request("count_stock", request_id, goods.model_dump_json())
        return self._amend(request, StockChanged, lambda tx, now: self._count(tx, goods, now))

    def _count(self, tx: Transaction, goods: Goods, now: datetime) -> tuple[Terms, Callable[[Mended], StockChanged]]:
        self._refuse_goods(goods, least=0)
        tx.set_stock(goods.rows(self._gone_from(goods.site_id, now)))
        return self._stocked(tx, goods, now)

    def _refuse_goods(self, goods: Goods, *, least: int) -> None:
        if wrong := [*issues.stock_issues(goods.site_id, goods.lines, least=least, catalogue=self._world.catalogue)]:
            raise InputError(*wrong)

    def _stocked(self, tx: Transaction, goods: Goods, now: datetime) -> tuple[Terms, Callable[[Mended], StockChanged]]:
        """The terms with the rows as the ledger has them now."""
        sku_ids = [line.sku_id for line in goods.lines]
        levels = tx.stock_levels(site_id=goods.site_id, sku_ids=sku_ids, limit=len(sku_ids))
        rows = {(each.site_id, each.sku_id): _row(each.site_id, each.sku_id, each.on_hand) for each in levels}
        tx.emit("stock.changed", "", time=now, payload={"site_id": goods.site_id, "skus": str(len(sku_ids))})

        def answer(mended: Mended) -> StockChanged:
            after = tx.stock_levels(site_id=goods.site_id, sku_ids=sku_ids, limit=len(sku_ids))
            return StockChanged(levels=after, repair=mended.report)

        stock = dict(sorted({**self._stock, **rows}.items()))
        return Terms(self._supplies, self._world, stock), answer

    def _gone_from(self, site_id: str, now: datetime) -> Counter[str]:
        """Pieces by SKU that have left a site under a promise."""
        gone = Counter[str]()
        for key, assignment in self._books.entries.assignments.items():
            if assignment.site_id == site_id and self._has_left(assignment, now):
                contract = self._books.entries.contracts[key[0]]
                for demand in contract.demands_of(contract.item(key[1])):
                    gone[demand.sku_id] += demand.quantity
        return gone

    def _has_left(self, assignment: Assignment, now: datetime) -> bool:
        """Whether a vehicle has fetched the goods, the carrier has, or the customer was to have by now."""
        if assignment.mode in (Mode.RIDER, Mode.VAN):
            visits = self._books.entries.routes[assignment.resource_id or ""].visits
            key = assignment.contract_id, assignment.item_id
            fetched = next(each for each in visits if (each.contract_id, each.item_id) == key)
            return fetched.end <= now
        contract = self._books.entries.contracts[assignment.contract_id]
        return begins(assignment, contract, self._world.catalogue) <= now


def _row(site_id: str, sku_id: str, on_hand: int) -> StockRow:
    return StockRow(site_id=site_id, sku_id=sku_id, on_hand=on_hand)
