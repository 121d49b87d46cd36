"""Whatever is asked, and under whatever wish: options are worth choosing from, and keep what was wished for."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models.contract import Contract
from models.counter_offer import Wish
from models.option import Quote, SlaOption
from models.promise import Mode, SameVisit
from tests.properties.test_random_contracts import contracts, problems
from tests.solver.market import Market


@st.composite
def wishes(draw: st.DrawFn, *, market: Market, contract: Contract) -> Wish:
    item_ids = [item.item_id for item in contract.items]
    some = st.lists(st.sampled_from(item_ids), unique=True)
    apart = draw(some)
    rest = [each for each in item_ids if each not in apart]
    together = draw(st.booleans()) and len(rest) > 1
    levels = [level.service_level_id for level in market.problem.catalogue.policy.service_levels]
    return Wish(
        latest_end=draw(st.none() | st.just(market.now + timedelta(minutes=draw(st.integers(30, 600))))),
        max_fee=draw(st.none() | st.integers(0, 1500)),
        apart_item_ids=tuple(apart),
        together=(SameVisit(item_ids=tuple(rest[:2])),) if together else (),
        unwanted_modes=tuple(draw(st.lists(st.sampled_from([Mode.RIDER, Mode.VAN, Mode.PICKUP]), unique=True))),
        service_level_id=draw(st.none() | st.sampled_from(levels)),
    )


def check_options(quote: Quote) -> None:
    """What holds of the options of every quote."""
    assert [option.recommended for option in quote.options].count(True) == min(1, len(quote.options))
    labels = [label for option in quote.options for label in option.archetypes]
    assert len(labels) == len(set(labels))
    best = next((option for option in quote.options if option.recommended), None)
    for option in quote.options:
        assert best is not None
        assert option.compared is not None
        assert (option.compared.fee, option.compared.cost) == (
            option.fee - best.fee,
            option.cost.total - best.cost.total,
        )
        assert option.fee == sum(promise.fee for promise in option.promises)
        assert sum(option.expected_compensation_by_payer.values()) == option.cost.expected_compensation


def check_wish(option: SlaOption, wish: Wish) -> None:
    """What an option under a wish keeps."""
    if wish.latest_end is not None:
        assert all(promise.window.latest <= wish.latest_end for promise in option.promises)
    if wish.max_fee is not None:
        assert option.fee <= wish.max_fee
    assert not {promise.mode for promise in option.promises} & set(wish.unwanted_modes)
    for group in wish.together:
        of_group = {each for each in option.same_visits if set(group.item_ids) <= set(each.item_ids)}
        assert of_group or not set(group.item_ids) <= {promise.item_id for promise in option.promises}


@settings(max_examples=60)
@given(st.data())
def test_every_option_under_a_wish_keeps_it_and_can_be_agreed_on(data: st.DataObject) -> None:
    market = Market.opened(data.draw(problems(), label="problem"))
    for number in range(data.draw(st.integers(1, 3), label="contracts")):
        contract = data.draw(contracts(market=market, number=number), label="contract")
        wish = data.draw(wishes(market=market, contract=contract), label="wish")
        free = market.quote(contract)
        quote = market.board.quote(contract, now=market.now, quote_id=f"w{number}", wish=wish)
        for each in (free, quote):
            check_options(each)
            assert each.options or each.refusals
        for option in quote.options:
            check_wish(option, wish)
        if quote.options:
            market.take(contract, data.draw(st.sampled_from(quote.options), label="option"))
