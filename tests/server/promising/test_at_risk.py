"""What lost its place is promised anew beside the promises that stand."""

from datetime import timedelta

from models.contract import Contract
from models.timing import TimeWindow
from server.promising.at_risk import at_risk_part
from tests.builders import a_planned_day, at


def contract() -> Contract:
    """A delivery promised until 07:50, a minute of service, nine minutes of lag; then a second delivery."""
    (found,) = (each for each in a_planned_day().problem.contracts if each.contract_id == "C-4")
    return found


def windows(begun: dict[str, str]) -> tuple[TimeWindow, ...]:
    part = at_risk_part(contract(), {"i-second"}, {item_id: at(clock) for item_id, clock in begun.items()})
    return part.item("i-second").sla.windows


def test_it_waits_for_the_end_of_the_window_before_it() -> None:
    assert windows({})[0].earliest == at("07:50") + timedelta(minutes=10)


def test_it_waits_only_for_the_planned_end_of_what_somebody_is_on_the_way_to() -> None:
    assert windows({"i-first": "07:45:22"})[0].earliest == at("07:55:22")
