"""What is only sent: it takes nobody and no goods."""

from collections.abc import Iterator

from models.policy import ServiceLevel
from models.promise import Mode
from solver.alternatives.alternative import Alternative, Source
from solver.alternatives.handling import handling_units
from solver.alternatives.look import Look
from solver.alternatives.tally import Tally
from solver.alternatives.windows import outside_reason, windows


def sent(look: Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
    cost_units = handling_units(look, Mode.DIGITAL)
    promisable = list(windows(look, level))
    if not promisable:
        tally.rule_out(look.item.item_id, outside_reason(look))
    for window in promisable:
        yield Alternative(look.item, Mode.DIGITAL, level, window, Source(None, window[0]), (), cost_units)
