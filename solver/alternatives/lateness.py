"""How actual lead times scatter around planned ones, and what lateness costs.

The lead time from now is the planned one times a lognormal residual with mean 1 and coefficient
of variation `cv`, until residuals are learned.
"""

import math
from statistics import NormalDist

from models.promise import CompensationLadder


def p_on_time(planned_s: float, promised_s: float, cv: float) -> float:
    """Probability that service starts by the promised end; it rises with the slack.

    Parameters
    ----------
    planned_s, promised_s
        Seconds from now to the planned start and to the promised end.
    """
    if promised_s <= 0:
        return 1.0 if planned_s <= promised_s else 0.0
    if planned_s <= 0:
        return 1.0
    mean, deviation = _logarithm(cv)
    z = (math.log(promised_s / planned_s) - mean) / deviation
    return 0.5 * math.erfc(-z / math.sqrt(2))


def lead_time_quantile(p: float, cv: float) -> float:
    """By what the planned lead time has to be multiplied to be kept with probability `p`."""
    mean, deviation = _logarithm(cv)
    return math.exp(mean + deviation * NormalDist().inv_cdf(p))


def expected_compensation(ladder: CompensationLadder, planned_s: float, promised_s: float, cv: float) -> float:
    """What lateness costs on average, in minor units: each step's rise times the chance to reach it."""
    expected, owed = 0.0, 0
    for step in ladder.steps:
        amount = step.amount if ladder.cap is None else min(step.amount, ladder.cap)
        reached = 1 - p_on_time(planned_s, promised_s + step.at_lateness.total_seconds(), cv)
        expected += (amount - owed) * reached
        owed = amount
    return expected


def _logarithm(cv: float) -> tuple[float, float]:
    """Mean and standard deviation of the residual's logarithm."""
    variance = math.log1p(cv * cv)
    return -variance / 2, math.sqrt(variance)
