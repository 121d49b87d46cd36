"""The disturbance report as a document."""

import json

from models.disturbance import PromisePrice
from models.plan import Cost

PRICE = PromisePrice(
    service_level_id="within-hour",
    promises=3,
    days=2,
    cost_kept=Cost(travel=500, labour=100),
    cost_relaxed=Cost(travel=400, labour=99),
)


def test_the_price_of_a_promise_is_written_beside_the_costs_that_it_follows_from() -> None:
    written = json.loads(PRICE.model_dump_json())
    assert (written["price"], written["price_per_day"]) == (101, 51)


def test_a_price_that_is_read_follows_from_its_costs() -> None:
    assert PromisePrice.model_validate_json(PRICE.model_dump_json()) == PRICE
    wrong = PromisePrice.model_validate({**PRICE.model_dump(), "price": 7})
    assert wrong.price == 101
