"""Orders that are larger than any vehicle, where some goods must not travel together."""

import pytest

from models.catalogue import Catalogue
from models.order import Channel, Identity, Order, OrderLine
from scenarios.imports.parts import parts_of
from tests.builders import a_catalogue, a_place, a_policy, at, skus

PAIR = (("food", "paint"),)


def a_classed_catalogue(*, pairs: tuple[tuple[str, str], ...]) -> Catalogue:
    """Riders take 20 kg; rice is food and weighs 5 kg, books smell of paint and weigh 915 g."""
    classes = {"RICE": "food", "BOOK": "paint"}
    goods = tuple(sku.model_copy(update={"goods_class": classes.get(sku.sku_id)}) for sku in skus())
    return a_catalogue(vans=(), pools=(), skus=goods, policy=a_policy(keep_apart=pairs))


def an_order(**quantities: int) -> Order:
    return Order(
        order_id="o1",
        channel=Channel.APP,
        placed_time=at("07:00"),
        identity=Identity(member_id="m1"),
        lines=tuple(OrderLine(line_id=sku, sku_id=sku, quantity=pieces) for sku, pieces in quantities.items()),
        place=a_place(4),
    )


@pytest.mark.parametrize(("pairs", "num_parts"), [((), 2), (PAIR, 1)])
def test_goods_that_are_kept_apart_need_not_fit_a_vehicle_together(
    pairs: tuple[tuple[str, str], ...], num_parts: int
) -> None:
    assert len(parts_of(an_order(RICE=4, BOOK=1), a_classed_catalogue(pairs=pairs))) == num_parts


def test_each_of_them_has_to_fit_by_itself() -> None:
    assert len(parts_of(an_order(RICE=5, BOOK=1), a_classed_catalogue(pairs=PAIR))) == 2
