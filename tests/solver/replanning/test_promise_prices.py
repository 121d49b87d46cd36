"""What keeping a kind of promise costs is really searched."""

from dataclasses import replace

from models.contract import Contract, ContractStatus, SlaTerm
from models.problem import Problem
from solver.check import check
from solver.replanning.promise_prices import Prices, noted_prices, promise_prices
from solver.replanning.replan import replan
from solver.stop import Stop, never
from tests.solver.notebooks import BlankNotebook
from tests.solver.replanning.test_replan import a_snapshot as a_tight_morning

ITERATIONS = 400


def a_snapshot() -> Problem:
    """A busy morning in force, of customers who are at home all day."""
    problem = a_tight_morning()
    return replace(problem, contracts=tuple(_at_home(each) for each in problem.contracts))


def _at_home(contract: Contract) -> Contract:
    items = tuple(each.model_copy(update={"sla": SlaTerm()}) for each in contract.items)
    return contract.model_copy(update={"items": items, "status": ContractStatus.ACTIVE})


def priced(notebook: BlankNotebook | None = None, *, most_areas: int = 1, stop: Stop = never) -> Prices:
    return promise_prices(
        a_snapshot(),
        seed=1,
        iterations=ITERATIONS,
        most_areas=most_areas,
        stop=stop,
        notebook=notebook or BlankNotebook(),
    )


def test_tight_windows_have_a_price_and_it_is_the_difference_of_two_plans() -> None:
    problem, prices = a_snapshot(), priced()
    everywhere, area = prices.found
    assert prices.complete
    assert (everywhere.service_level_id, everywhere.area_site_id) == ("morning", None)
    assert area.area_site_id in {site.site_id for site in problem.catalogue.sites}
    assert everywhere.promises >= area.promises > 0
    kept = replan(problem, seed=1, iterations=ITERATIONS)
    assert everywhere.cost_kept == kept.cost
    assert everywhere.price == kept.cost.total - everywhere.cost_relaxed.total > 0
    assert (everywhere.days, everywhere.price_per_day) == (1, everywhere.price)
    assert check(problem, kept) == ()


def test_what_was_not_done_leaves_its_window() -> None:
    windows = {
        (contract.contract_id, promise.item_id): promise.window
        for contract in a_snapshot().contracts
        for promise in contract.promises
    }
    not_made = priced().found[0].not_made
    assert not_made
    for each in not_made:
        window = windows[each.move.contract_id, each.move.item_id]
        assert (each.earliest, each.latest) == (window.earliest, window.latest)
        assert each.move.start_before in window
        assert each.move.start_after not in window


def test_prices_are_the_same_every_time_and_are_not_searched_twice() -> None:
    notebook = BlankNotebook()
    first = priced(notebook)
    assert priced() == first
    assert priced(notebook, stop=lambda: True) == first
    assert noted_prices({"price/a/": first.found[0].model_dump_json(), "sources": ""}).found == first.found[:1]


def test_a_price_that_was_not_searched_to_its_end_is_not_told() -> None:
    prices = priced(stop=lambda: True)
    assert prices.found == ()
    assert not prices.complete


def test_a_customer_who_is_not_at_home_later_is_not_asked_to_be() -> None:
    problem = a_tight_morning()
    active = (each.model_copy(update={"status": ContractStatus.ACTIVE}) for each in problem.contracts)
    problem = replace(problem, contracts=tuple(active))
    prices = promise_prices(problem, seed=1, iterations=1, most_areas=1, stop=never, notebook=BlankNotebook())
    assert prices == Prices((), complete=True)
