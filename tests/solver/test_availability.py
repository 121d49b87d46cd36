"""What is left: stock, picker-seconds, places at the counter, parcels."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from models.contract import Demand
from models.plan import CapacityKind, CapacityUse
from models.resource import Carrier, Site
from solver.availability import Availability
from solver.instance import Instance
from tests.builders import a_carrier, a_catalogue, a_depot, a_policy, a_problem, a_square, a_store, at


class Shop:
    """The store alone, changed as a test needs it."""

    def __init__(self, *, carrier: Carrier | None = None, policy: dict[str, Any] | None = None, **changes: Any) -> None:
        self.site: Site = a_store(**changes)
        self.carrier = carrier or a_carrier("X-1")
        catalogue = a_catalogue(
            sites=(self.site, a_depot()), carriers=(self.carrier, a_carrier("X-2")), policy=a_policy(**policy or {})
        )
        problem = a_problem(catalogue=catalogue)
        self.instance = Instance.of(problem)
        self.left = Availability(self.instance, problem)

    def picking(self, num_lines: int, clock: str = "07:00") -> tuple[datetime, list[tuple[datetime, int]]] | None:
        """When it is ready, and start and amount of every bucket."""
        found = self.left.picking(self.site, num_lines, from_s=self.instance.horizon.seconds(at(clock)))
        if found is None:
            return None
        ready_s, uses = found
        assert {(use.kind, use.owner_id) for use in uses} <= {(CapacityKind.PICKING, "STORE")}
        return self.instance.horizon.instant(ready_s), [(use.bucket_start, use.amount) for use in uses]

    def counter(self, earliest: str, latest: str) -> tuple[CapacityUse, ...] | None:
        seconds = self.instance.horizon.seconds
        return self.left.counter(self.site, earliest_s=seconds(at(earliest)), latest_s=seconds(at(latest)))

    def take(self, *uses: CapacityUse, sign: int = 1) -> None:
        self.left.take("STORE", (), uses, sign=sign)


def picked(clock: str, amount: int) -> CapacityUse:
    return CapacityUse(kind=CapacityKind.PICKING, owner_id="STORE", bucket_start=at(clock), amount=amount)


def demand(sku_id: str, quantity: int) -> Demand:
    return Demand(demand_id=sku_id, order_id="o", line_id="l", sku_id=sku_id, quantity=quantity)


def open_from(opens: str, closes: str) -> str:
    return f"{opens}-{closes}"


def test_picking_takes_the_first_whole_bucket() -> None:
    assert Shop().picking(3) == (at("07:05"), [(at("07:00"), 90)])
    assert Shop().picking(3, "07:00:01") == (at("07:10"), [(at("07:05"), 90)])


def test_what_is_too_much_for_one_bucket_spills_into_the_next_ones() -> None:
    shop = Shop()
    assert shop.picking(20) == (at("07:05"), [(at("07:00"), 600)])
    assert shop.picking(21) == (at("07:10"), [(at("07:00"), 600), (at("07:05"), 30)])
    assert shop.picking(45) == (at("07:15"), [(at("07:00"), 600), (at("07:05"), 600), (at("07:10"), 150)])


def test_a_full_bucket_is_passed_over_and_a_half_full_one_is_filled() -> None:
    shop = Shop()
    shop.take(picked("07:00", 600), picked("07:05", 570))
    assert shop.picking(2) == (at("07:15"), [(at("07:05"), 30), (at("07:10"), 30)])


def test_what_is_given_back_is_free_again() -> None:
    shop = Shop()
    shop.take(picked("07:00", 600))
    shop.take(picked("07:00", 600), sign=-1)
    assert shop.picking(1) == (at("07:05"), [(at("07:00"), 30)])


def test_picking_waits_for_the_site_to_open() -> None:
    assert Shop(hours=open_from("07:30", "22:00")).picking(1) == (at("07:35"), [(at("07:30"), 30)])
    assert Shop(hours=open_from("07:32", "22:00")).picking(1) == (at("07:40"), [(at("07:35"), 30)])


def test_picking_goes_on_in_the_next_opening_period() -> None:
    shop = Shop(hours="07:00-07:10,09:00-10:00")
    assert shop.picking(50) == (at("09:05"), [(at("07:00"), 600), (at("07:05"), 600), (at("09:00"), 300)])


def test_picking_goes_on_the_next_morning() -> None:
    tomorrow = at("06:30", days=1)
    assert Shop().picking(1, "21:58") == (tomorrow + timedelta(minutes=5), [(tomorrow, 30)])


def test_a_bucket_that_the_site_closes_in_is_not_used() -> None:
    shop = Shop(hours=open_from("07:00", "07:14"))
    assert shop.picking(40) == (at("07:10"), [(at("07:00"), 600), (at("07:05"), 600)])
    later = shop.picking(41)
    assert later is not None
    assert later[0] == at("07:05", days=1)


def test_nobody_picks_where_there_are_no_pickers() -> None:
    assert Shop(pickers=0).picking(1) is None


def test_more_than_all_days_of_the_horizon_can_do_is_never_ready() -> None:
    assert Shop(hours=open_from("07:00", "07:05")).picking(41) is None


def test_nothing_to_pick_is_ready_at_once() -> None:
    assert Shop().picking(0, "07:00:01") == (at("07:00:01"), [])


@pytest.mark.parametrize(
    ("latest", "starts"),
    [
        ("07:59:59", ["07:30"]),
        ("08:00", ["07:30", "08:00"]),
        ("07:31", ["07:30"]),
        ("09:10", ["07:30", "08:00", "08:30", "09:00"]),
    ],
)
def test_a_place_at_the_counter_is_taken_in_every_bucket_that_the_window_touches(
    latest: str, starts: list[str]
) -> None:
    uses = Shop().counter("07:31", latest)
    assert uses is not None
    assert [(use.bucket_start, use.amount) for use in uses] == [(at(start), 1) for start in starts]


def test_a_counter_is_full_when_one_bucket_of_the_window_is() -> None:
    shop = Shop(counter_places=1)
    uses = shop.counter("08:00", "08:29")
    assert uses is not None
    shop.take(*uses)
    assert shop.counter("07:10", "08:00") is None
    assert shop.counter("07:10", "07:59:59") is not None
    assert shop.counter("08:30", "09:00") is not None
    shop.take(*uses, sign=-1)
    assert shop.counter("07:10", "08:00") is not None


def test_a_carrier_takes_its_quota_and_no_more_on_one_day() -> None:
    shop = Shop(carrier=a_carrier("X-1", daily_quota=2))
    today, tomorrow = (shop.instance.local_instant(at("12:00", days=n).date(), time(0)) for n in (0, 1))
    parcels = []
    for _ in range(2):
        parcel = shop.left.parcel(shop.carrier, None, today)
        assert parcel is not None
        assert [(use.kind, use.bucket_start, use.amount) for use in parcel] == [(CapacityKind.CARRIER, at("00:00"), 1)]
        shop.take(*parcel)
        parcels.append(parcel)
    assert shop.left.parcel(shop.carrier, None, today) is None
    assert shop.left.parcel(shop.carrier, None, tomorrow) is not None
    shop.take(*parcels[0], sign=-1)
    assert shop.left.parcel(shop.carrier, None, today) is not None


@pytest.mark.parametrize(("of_carrier", "of_zone", "free"), [(2, 1, 1), (1, 2, 1), (2, None, 2), (2, 2, 2), (2, 0, 0)])
def test_a_parcel_into_a_zone_takes_a_place_of_both_quotas(of_carrier: int, of_zone: int | None, free: int) -> None:
    shop = Shop(carrier=a_carrier("X-1", daily_quota=of_carrier))
    zone, today = a_square(daily_quota=of_zone), shop.instance.local_instant(at("12:00").date(), time(0))
    for _ in range(free):
        parcel = shop.left.parcel(shop.carrier, zone, today)
        assert parcel is not None
        assert [(use.kind, use.owner_id, use.bucket_start) for use in parcel] == [
            (CapacityKind.CARRIER, "X-1", at("00:00")),
            (CapacityKind.CARRIER_ZONE, "Z-1", at("00:00")),
        ]
        shop.take(*parcel)
    assert shop.left.parcel(shop.carrier, zone, today) is None


@pytest.mark.parametrize("limit", [None, 0, 1, 2])
def test_a_site_takes_in_what_is_returned_until_the_day_is_full(limit: int | None) -> None:
    shop, store = Shop(), a_store(returns_per_day=limit)
    today, tomorrow = (shop.instance.local_instant(at("12:00", days=n).date(), time(0)) for n in (0, 1))
    taken = 0
    while taken < 3 and (use := shop.left.returned(store, today)) is not None:
        shop.take(use)
        taken += 1
    assert taken == (3 if limit is None else limit)
    assert (shop.left.returned(store, tomorrow) is None) is (limit == 0)


def test_stock_is_there_up_to_the_last_piece() -> None:
    shop = Shop()
    assert shop.left.has_stock("STORE", [demand("RICE", 20)])
    assert not shop.left.has_stock("STORE", [demand("RICE", 21)])


def test_two_demands_for_the_same_goods_add_up() -> None:
    shop = Shop()
    assert shop.left.has_stock("STORE", [demand("RICE", 10), demand("RICE", 10)])
    assert not shop.left.has_stock("STORE", [demand("RICE", 10), demand("RICE", 11)])


def test_stock_that_is_taken_is_gone_until_it_is_given_back() -> None:
    shop = Shop()
    shop.left.take("STORE", [demand("RICE", 19)], ())
    assert not shop.left.has_stock("STORE", [demand("RICE", 2)])
    assert shop.left.has_stock("DEPOT", [demand("RICE", 2)])
    shop.left.take("STORE", [demand("RICE", 19)], (), sign=-1)
    assert shop.left.has_stock("STORE", [demand("RICE", 20)])


def test_goods_without_a_row_are_not_there() -> None:
    assert not Shop().left.has_stock("STORE", [demand("CAKE", 1)])


def test_buckets_are_counted_from_the_epoch_and_not_from_the_horizon() -> None:
    shop = Shop(policy={"pick_bucket": timedelta(minutes=7)})
    found = shop.picking(1)
    assert found is not None
    assert int(found[1][0][0].timestamp()) % 420 == 0
