"""The linear relaxation of the choice of bundles: a bound for it, and what scarce things are worth."""

import json
import subprocess
import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from solver.assignment import linear_program
from solver.assignment.constraints import Offers, Row
from solver.assignment.cp_sat import Prices


@dataclass(frozen=True)
class Relaxation:
    """What HiGHS says of the relaxation.

    Parameters
    ----------
    bound
        No choice among these candidates costs less, refusals and missed wishes priced.
    worth
        By row: what one more of it would save.
    """

    bound: float
    worth: Mapping[Hashable, float]


def relax(offers: Offers, rows: Sequence[Row]) -> Relaxation:
    """Solve the relaxation to its optimum."""
    prices = Prices(offers)
    first = [0, *accumulate(len(offer) + 1 for offer in offers)]  # the last of each contract: not served
    costs = [cost for offer in offers for cost in (*map(prices.of, offer), prices.refusal)]
    equal = [
        {"variables": list(range(low, high)), "amounts": [1] * (high - low), "side": 1} for low, high in pairwise(first)
    ]
    at_most = [
        {
            "variables": [first[c] + b for c, b, _ in row.terms],
            "amounts": [amount for _, _, amount in row.terms],
            "side": row.at_most,
        }
        for row in rows
    ]
    asked = json.dumps({"costs": costs, "equal": equal, "at_most": at_most})
    command = [sys.executable, linear_program.__file__]
    answer = json.loads(subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout)
    worth = {row.key: -dual for row, dual in zip(rows, answer["duals"], strict=True)}
    return Relaxation(answer["cost"], worth)
