"""Resources and stock over a real socket."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from servanda.v1 import contract_pb2, contract_service_pb2, place_pb2, plan_service_pb2, promise_pb2, resource_pb2
from servanda.v1 import resource_service_pb2 as wire

from models.base import Model
from models.issues import IssueCode
from models.opening import Weekday, WorkingDays
from models.resource import Carrier, Desk, Rider, Site, Technician, Van
from models.supply import FIELD_BY_KIND, Supply, Whole
from server.rpc.convert import read, write
from tests.builders import (
    a_carrier,
    a_depot,
    a_desk,
    a_place,
    a_rider,
    a_square,
    a_store,
    a_technician,
    a_van,
    at,
)
from tests.server.promising.builders import an_order
from tests.server.rpc.doubles import Client, a_server, a_tiny_shop, refusal
from tests.server.rpc.test_services import confirm

MESSAGES: list[tuple[type[Model], Descriptor]] = [
    (Site, resource_pb2.Site.DESCRIPTOR),
    (Rider, resource_pb2.Rider.DESCRIPTOR),
    (Van, resource_pb2.Van.DESCRIPTOR),
    (Technician, resource_pb2.Technician.DESCRIPTOR),
    (Carrier, resource_pb2.Carrier.DESCRIPTOR),
    (Desk, resource_pb2.Desk.DESCRIPTOR),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        yield client


@pytest.mark.parametrize(("model", "message"), MESSAGES, ids=lambda each: getattr(each, "name", ""))
def test_a_message_has_every_field_of_its_model(model: type[Model], message: Descriptor) -> None:
    given_by_the_message = set() if model is Site else {"kind"}
    assert {field.name for field in message.fields} == set(model.model_fields) - given_by_the_message


@pytest.mark.parametrize(
    "resource",
    [
        a_store(),
        a_depot(hours="Mo-Fr 08:00-18:00; Sa,Su off", holiday_hours="off", returns_per_day=0),
        a_rider(),
        a_van(crew_size=2),
        a_technician(),
        a_carrier(),
        a_carrier(
            collects=WorkingDays(weekdays=(Weekday.MONDAY, Weekday.SUNDAY), on_holidays=False),
            zones=(a_square(), a_square("Z-2", transit_days=0, tariff_base=0, tariff_per_kg=3, daily_quota=0)),
        ),
        a_desk(holiday_hours="10:00-12:00"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_to_a_message_and_back_is_identity(resource: object) -> None:
    fields = {kind.value: name for kind, name in FIELD_BY_KIND.items()}
    whole = Whole(**{fields[type(resource).__name__.upper()]: resource})
    message = write(resource_pb2.Supply, Supply(**dict(whole), revision=3, status="AVAILABLE"))
    assert read(Supply, message).resource == resource


def test_resources_are_listed_by_kind_page_by_page(client: Client) -> None:
    kinds = [resource_pb2.SUPPLY_KIND_RIDER, resource_pb2.SUPPLY_KIND_SITE]
    page = client.resources.ListResources(wire.ListResourcesRequest(kinds=kinds, page_size=3))
    assert [each.WhichOneof("what") for each in page.supplies] == ["site", "site", "rider"]
    request = wire.ListResourcesRequest(kinds=kinds, page_size=3, page_token=page.next_page_token)
    rest = client.resources.ListResources(request)
    assert [each.rider.resource_id for each in rest.supplies] == ["R-2"]
    assert rest.next_page_token == ""


def test_a_rider_is_replaced_whole_and_only_at_the_revision_that_was_read(client: Client) -> None:
    rider = client.resources.GetResource(wire.GetResourceRequest(resource_id="R-1")).rider
    rider.name = "Li"
    changed = client.resources.PutResource(wire.PutResourceRequest(rider=rider, revision=0, request_id="a"))
    assert (changed.supply.rider.name, changed.supply.revision) == ("Li", 1)
    late = wire.PutResourceRequest(rider=rider, revision=0, request_id="b")
    code, issues = refusal(lambda: client.resources.PutResource(late))
    assert code is grpc.StatusCode.ABORTED
    assert [(issue.code, issue.message) for issue in issues] == [
        (IssueCode.RESOURCE_OUTDATED, "revision (0) of R-1 must be the present one (1)")
    ]


def test_a_new_van_is_created_and_removed(client: Client) -> None:
    van = resource_pb2.Van(
        resource_id="V-9",
        name="Van",
        profile=resource_pb2.TRAVEL_PROFILE_CAR,
        start_place=write(place_pb2.Place, a_place(3)),
        shift=resource_pb2.Interval(start=stamp("07:00"), end=stamp("17:00")),
        rates=resource_pb2.CostRates(per_km=300),
        capacity=contract_pb2.Load(weight_g=100_000, ambient_cm3=500_000),
    )
    client.resources.PutResource(wire.PutResourceRequest(van=van, request_id="a"))
    removed = client.resources.RemoveResource(wire.RemoveResourceRequest(resource_id="V-9", revision=1, request_id="b"))
    assert removed.supply.status == resource_pb2.RESOURCE_STATUS_REMOVED
    listed = client.resources.ListResources(wire.ListResourcesRequest(kinds=[resource_pb2.SUPPLY_KIND_VAN]))
    assert [each.van.resource_id for each in listed.supplies] == ["V-1", "V-2"]


def stamp(clock: str) -> Timestamp:
    instant = Timestamp()
    instant.FromDatetime(at(clock))
    return instant


def test_everything_that_is_wrong_with_a_rider_is_said_at_once(client: Client) -> None:
    rider = client.resources.GetResource(wire.GetResourceRequest(resource_id="R-1")).rider
    rider.resource_id = "STORE"
    rider.end_place.CopyFrom(place_pb2.Place(lat=31.0, lon=121.0, datum=place_pb2.DATUM_WGS84))
    code, issues = refusal(lambda: client.resources.PutResource(wire.PutResourceRequest(rider=rider, request_id="a")))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.PLACE_NOT_REACHABLE, "rider.end_place"),
        (IssueCode.ID_DUPLICATE, "rider.resource_id"),
    ]


def test_hours_and_areas_that_nobody_understands_are_refused_where_they_stand(client: Client) -> None:
    site = client.resources.GetResource(wire.GetResourceRequest(resource_id="STORE")).site
    site.hours = "from dusk till dawn"
    site.holiday_hours = "PH off"
    code, issues = refusal(lambda: client.resources.PutResource(wire.PutResourceRequest(site=site, request_id="a")))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.HOURS_INVALID, "site.hours"),
        (IssueCode.HOURS_INVALID, "site.holiday_hours"),
    ]
    carrier = client.resources.GetResource(wire.GetResourceRequest(resource_id="X-1")).carrier
    corners = [resource_pb2.Corner(lat=lat, lon=lon) for lat, lon in ((31, 121), (32, 122), (31, 122), (32, 121))]
    carrier.zones.add(zone_id="Z-1", area=corners)
    request = wire.PutResourceRequest(carrier=carrier, request_id="b")
    code, issues = refusal(lambda: client.resources.PutResource(request))
    assert [(issue.code, issue.path) for issue in issues] == [(IssueCode.RING_INVALID, "carrier.zones[0].area")]


def test_zones_of_all_carriers_have_names_of_their_own(client: Client) -> None:
    carrier = client.resources.GetResource(wire.GetResourceRequest(resource_id="X-1")).carrier
    zones = [write(resource_pb2.CarrierZone, a_square(zone_id)) for zone_id in ("Z-1", "Z-2", "Z-2")]
    carrier.zones.extend(zones[:2])
    client.resources.PutResource(wire.PutResourceRequest(carrier=carrier, request_id="a"))
    carrier.resource_id = "X-9"
    carrier.zones.extend(zones[2:])
    request = wire.PutResourceRequest(carrier=carrier, request_id="b")
    code, issues = refusal(lambda: client.resources.PutResource(request))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.ID_DUPLICATE, f"carrier.zones[{n}].zone_id") for n in (0, 1, 2)
    ]
    assert issues[0].message == "zone_id (Z-1) must be distinct over all carriers, and is one of X-1"


def test_of_several_resources_in_one_call_the_last_counts_and_none_is_refused(client: Client) -> None:
    code, issues = refusal(lambda: client.resources.PutResource(wire.PutResourceRequest(request_id="a")))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [issue.code for issue in issues] == [IssueCode.FIELD_REQUIRED]


def test_a_shift_is_changed_and_a_position_reported(client: Client) -> None:
    shift = resource_pb2.Interval(start=stamp("08:00"), end=stamp("12:00"))
    changed = client.resources.ChangeShift(wire.ChangeShiftRequest(resource_id="R-2", shift=shift, request_id="a"))
    assert changed.supply.rider.shift == shift
    seen = client.resources.ReportPosition(
        wire.ReportPositionRequest(
            resource_id="R-2",
            place=write(place_pb2.Place, a_place(5)),
            time=stamp("06:59"),
            status=resource_pb2.RESOURCE_STATUS_OUT_OF_ORDER,
            request_id="b",
        )
    )
    assert (seen.supply.position.place.street_node_id, seen.supply.position.time) == (5, stamp("06:59"))
    assert seen.supply.status == resource_pb2.RESOURCE_STATUS_OUT_OF_ORDER
    assert seen.supply.revision == 2


def test_overtime_beyond_what_is_allowed_is_refused(client: Client) -> None:
    hour = Duration(seconds=3600)
    code, issues = refusal(
        lambda: client.resources.ChangeShift(wire.ChangeShiftRequest(resource_id="R-2", overtime=hour, request_id="a"))
    )
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.path, issue.message) for issue in issues] == [
        ("overtime", "overtime (1:00:00) must be <= max_overtime (0:00:00)")
    ]


def test_nobody_of_that_name_is_not_found(client: Client) -> None:
    code, issues = refusal(lambda: client.resources.GetResource(wire.GetResourceRequest(resource_id="nobody")))
    assert code is grpc.StatusCode.NOT_FOUND
    assert [issue.code for issue in issues] == [IssueCode.RESOURCE_NOT_FOUND]


def test_stock_is_received_counted_and_listed(client: Client) -> None:
    lines = [wire.StockLine(sku_id="RICE", pieces=5)]
    received = client.resources.ReceiveStock(wire.ReceiveStockRequest(site_id="STORE", lines=lines, request_id="a"))
    assert [each.on_hand for each in received.levels] == [25]
    counted = client.resources.CountStock(wire.CountStockRequest(site_id="STORE", lines=lines, request_id="b"))
    assert [each.free for each in counted.levels] == [5]
    listed = client.resources.ListStock(wire.ListStockRequest(site_id="STORE", sku_ids=["RICE"]))
    assert list(listed.levels) == list(counted.levels)


def test_counts_while_many_hold_oversell_nothing_and_lose_nobody(client: Client) -> None:
    def customer(n: int) -> None:
        with suppress(grpc.RpcError):  # refused, outdated or taken meanwhile
            confirm(client, an_order(f"o{n}", "LEEKS", member=f"m{n}", crossing=3 + n % 3))

    def count(n: int) -> wire.StockChanged:
        lines = [wire.StockLine(sku_id="LEEKS", pieces=n % 5)]
        request = [wire.CountStockRequest(site_id=site, lines=lines, request_id=f"{site}{n}") for site in SITES]
        return [client.resources.CountStock(each) for each in request][-1]

    with ThreadPoolExecutor(6) as pool:
        orders = [pool.submit(customer, n) for n in range(16)]
        counts = [pool.submit(count, n) for n in range(6)]
        assert all(each.result() for each in counts)
        assert not any(each.result() for each in orders)
    assert not client.plans.CheckPlan(plan_service_pb2.CheckPlanRequest()).violations
    plan = client.plans.GetPlan(plan_service_pb2.GetPlanRequest())
    contracts = client.contracts.ListContracts(contract_service_pb2.ListContractsRequest(page_size=100)).contracts
    promised = [(each.contract_id, promise) for each in contracts for promise in each.promises]
    assert len(promised) == len(plan.assignments) + len(plan.unplanned) > 0
    at_risk = {each for each, promise in promised if promise.state == promise_pb2.PROMISE_STATE_AT_RISK}
    # The clock stands still: who sets out at once has set out, and is missed in the count.
    lost, levels = (
        {each.contract_id for each in plan.unplanned},
        client.resources.ListStock(wire.ListStockRequest()).levels,
    )
    assert at_risk >= lost
    assert len(at_risk - lost) == sum(each.shortage for each in levels)
    assert all(each.reserved - each.shortage <= each.on_hand for each in levels)


SITES = ("STORE", "DEPOT")
