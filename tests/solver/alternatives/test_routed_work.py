"""An item's visits as the kernels want them."""

from solver.alternatives.alternative import Source
from solver.alternatives.routed_work import routed_work
from tests.builders import a_contract, a_store, at
from tests.solver.alternatives.answers import a_board, an_old_phone


def test_what_is_collected_is_at_its_site_before_the_day_is_over() -> None:
    always = a_store(hours="24/7")
    board = a_board(sites=(always,))
    seconds = board.instance.horizon.seconds
    evening = (seconds(at("20:00")), seconds(at("22:00")))
    item = an_old_phone()
    source = Source(always, evening[0], ())
    work = routed_work(a_contract("C-1", [item]), item, source, window=evening, instance=board.instance)
    assert work is not None
    assert work.request.delivery_latest == seconds(at("00:00", days=1)) - 1
