"""Riders come back to a store within a shift: a pickup is a visit like any other."""

from models.order import Load
from models.plan import VisitKind
from tests.builders import a_catalogue, a_contract, a_place, a_problem, a_rider, an_item
from tests.solver.market import Market


def test_a_rider_makes_as_many_trips_as_the_load_needs() -> None:
    """Fifteen kilograms each, and no more than twenty at a time."""
    rider = a_rider(capacity=Load(weight_g=20_000, ambient_cm3=60_000))
    catalogue = a_catalogue(riders=(rider,), vans=(), carriers=(), pools=())
    market = Market.opened(a_problem(catalogue=catalogue))
    for number in range(1, 4):
        contract = a_contract(f"C-{number}", [an_item(goods=[("RICE", 3)], place=a_place(3 + number))])
        options = market.quote(contract).options
        market.take(contract, next(each for each in options if each.promises[0].service_level_id == "slot"))
    (route,) = market.board.plan().routes
    assert [visit.kind for visit in route.visits] == [VisitKind.PICKUP, VisitKind.DELIVERY] * 3
    assert {visit.place for visit in route.visits[::2]} <= {site.place for site in catalogue.sites}


def test_what_fits_together_is_fetched_in_one_trip() -> None:
    catalogue = a_catalogue(riders=(a_rider(),), vans=(), carriers=(), pools=())
    market = Market.opened(a_problem(catalogue=catalogue))
    for number in range(1, 4):
        contract = a_contract(f"C-{number}", [an_item(goods=[("LEEKS", 1)], place=a_place(3 + number))])
        options = market.quote(contract).options
        market.take(contract, next(each for each in options if each.promises[0].service_level_id == "slot"))
    (route,) = market.board.plan().routes
    assert [visit.kind for visit in route.visits] == [VisitKind.PICKUP] * 3 + [VisitKind.DELIVERY] * 3
