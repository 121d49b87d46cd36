"""What simulated customers care about."""

from datetime import timedelta

import pytest

from models.option import SlaOption
from scenarios.simulate import Taste
from tests.builders import at
from tests.solver.quoting.test_choice import an_option, promised

NOW = at("07:00")


def soon() -> SlaOption:
    return an_option("soon", promises=(promised("08:00"),), fee=600, co2_g=400)


def wide() -> SlaOption:
    return an_option("wide", promises=(promised("18:00"),), fee=300, co2_g=20)


def test_most_customers_pay_for_not_waiting_and_those_at_home_all_day_do_not() -> None:
    taste = Taste()
    assert taste.utility(soon(), NOW) > taste.utility(wide(), NOW)
    assert taste.utility(soon(), NOW, flexible=True) < taste.utility(wide(), NOW, flexible=True)


def test_a_customer_who_minds_co2_takes_less_of_it_for_the_same_fee_and_time() -> None:
    taste = Taste()
    clean = soon().model_copy(update={"co2_g": 20})
    assert taste.utility(clean, NOW) == taste.utility(soon(), NOW)
    gained = taste.utility(clean, NOW, green=True) - taste.utility(soon(), NOW, green=True)
    assert gained == pytest.approx(-taste.per_kg_co2_green * 0.38)


def test_nobody_minds_more_than_twelve_hours_of_waiting() -> None:
    later = wide().model_copy(update={"promises": (promised("20:00"),)})
    after = [Taste().utility(each, NOW - timedelta(hours=2)) for each in (wide(), later)]
    assert after[0] == after[1]
