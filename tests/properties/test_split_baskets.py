"""Whatever is where: a basket that fits into so many parcels is offered, taken and found whole again."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import StockRow
from models.contract import Contract
from models.order import Load
from models.plan import ReasonCode
from tests.builders import a_catalogue, a_contract, a_depot, a_place, a_policy, a_problem, a_sku, a_store, an_item
from tests.solver.market import Market

SITES = (a_store(), a_depot(), a_store(site_id="SHELF", place=a_place(3)))
GOODS = tuple(a_sku(f"SKU-{n}", attributes={"line": "wet" if n % 2 else "dry"}) for n in range(6))
SOME_SITES = st.sets(st.sampled_from([site.site_id for site in SITES]), min_size=1)


@dataclass(frozen=True)
class Scattered:
    """A basket, and which sites have which of its goods."""

    pieces: dict[str, int]
    sites: dict[str, frozenset[str]]

    @property
    def least(self) -> int:
        """The fewest sites that have everything together, by trying all."""
        names = [site.site_id for site in SITES]
        ways = (chosen for n in range(1, 4) for chosen in combinations(names, n))
        return next(len(chosen) for chosen in ways if all(self.sites[sku] & set(chosen) for sku in self.pieces))

    def market(self, **rules: object) -> Market:
        rows = (
            StockRow(site_id=site_id, sku_id=sku, on_hand=self.pieces[sku])
            for sku, names in self.sites.items()
            for site_id in sorted(names)
        )
        policy = a_policy().model_copy(update=rules)
        return Market.opened(
            a_problem(catalogue=a_catalogue(skus=GOODS, sites=SITES, policy=policy), stock=tuple(rows))
        )

    def contract(self) -> Contract:
        demand_ids = tuple(f"i-0:{sku}:{pieces}" for sku, pieces in self.pieces.items())
        load = sum((GOODS[0].load(pieces) for pieces in self.pieces.values()), Load())
        return a_contract("C-1", [an_item("i-0", goods=(), demand_ids=demand_ids, load=load)])


@st.composite
def baskets(draw: st.DrawFn) -> Scattered:
    skus = draw(st.lists(st.sampled_from([sku.sku_id for sku in GOODS]), min_size=2, max_size=5, unique=True))
    pieces = {sku: draw(st.integers(1, 3)) for sku in skus}
    return Scattered(pieces, {sku: frozenset(draw(SOME_SITES)) for sku in skus})


@settings(max_examples=60)
@given(baskets(), st.sampled_from([None, "line"]))
def test_what_fits_into_so_many_parcels_is_offered_and_whatever_is_taken_is_whole(
    scattered: Scattered, split_by: str | None
) -> None:
    market = scattered.market(max_split=max(2, scattered.least), split_by=split_by)
    contract = scattered.contract()
    options = market.quote(contract).options
    assert options
    assert all(bool(option.parts) == (scattered.least > 1) for option in options)
    for option in options:
        agreed = market.take(contract, option)
        brought = Counter[str]()
        for item in agreed.items:
            brought.update({demand.sku_id: demand.quantity for demand in agreed.demands_of(item)})
        assert brought == scattered.pieces
        assert len(agreed.items) <= max(2, scattered.least)
        market.leave("C-1")


@st.composite
def three_apart(draw: st.DrawFn) -> Scattered:
    """Each site alone has one of the goods."""
    drawn = draw(baskets())
    alone = {sku.sku_id: frozenset({site.site_id}) for sku, site in zip(GOODS, SITES, strict=False)}
    return Scattered({**drawn.pieces, **dict.fromkeys(alone, 1)}, {**drawn.sites, **alone})


@settings(max_examples=30)
@given(three_apart())
def test_what_takes_one_parcel_more_is_refused_by_its_own_reason(scattered: Scattered) -> None:
    quote = scattered.market(max_split=2).quote(scattered.contract())
    assert quote.options == ()
    codes = {reason.code for refusal in quote.refusals for reason in refusal.reasons}
    assert ReasonCode.SPLIT_LIMIT in codes


@settings(max_examples=30)
@given(baskets(), st.data())
def test_a_line_that_nobody_has_is_never_offered(scattered: Scattered, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(sorted(scattered.pieces)))
    lost = Scattered(scattered.pieces, {**scattered.sites, gone: frozenset()})
    quote = lost.market(max_split=5, divide_lines=True).quote(lost.contract())
    assert quote.options == ()
    reasons = [reason for refusal in quote.refusals for reason in refusal.reasons if refusal.mode is None]
    assert [(each.code, each.count, each.example_id) for each in reasons] == [(ReasonCode.NO_STOCK, 1, gone)]
