"""What goes over the wire is what the models hold, and what they cannot hold is named with its path."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from servanda.v1 import (
    contract_pb2,
    contract_service_pb2,
    issue_pb2,
    option_pb2,
    order_pb2,
    place_pb2,
    plan_pb2,
    plan_service_pb2,
    promise_pb2,
    reservation_pb2,
)

from models.contract import Contract, ContractStatus, JoinReason, ServiceItemKind
from models.counter_offer import CounterOfferRound
from models.issues import InputError, IssueCode, Severity
from models.option import Archetype, Quote
from models.order import Channel, Method, Order
from models.place import Datum
from models.plan import CapacityKind, Plan, ReasonCode, VisitKind
from models.promise import CompensationKind, Mode, Payer, PromiseState
from models.reservation import Reservation, ReservationState
from models.resource import ResourceKind
from server.jobs import ReplanStage, ReplanTerms
from server.rpc.convert import enum_names, read, write
from tests.server.rpc import strategies

PAIRS: list[tuple[Any, type[BaseModel], st.SearchStrategy[Any], dict[str, object]]] = [
    (order_pb2.Order, Order, strategies.orders(), {}),
    (contract_pb2.Contract, Contract, strategies.contracts(), {}),
    (option_pb2.Quote, Quote, strategies.quotes, {}),
    (contract_service_pb2.CounterOfferRound, CounterOfferRound, strategies.counter_offer_rounds, {}),
    (reservation_pb2.Reservation, Reservation, strategies.reservations, {}),
    (plan_pb2.Plan, Plan, strategies.plans, {"currency": "CNY"}),
]
ENUMS: list[tuple[Any, type[StrEnum]]] = [
    (contract_pb2.ContractStatus, ContractStatus),
    (contract_pb2.JoinReason, JoinReason),
    (contract_pb2.ResourceKind, ResourceKind),
    (contract_pb2.ServiceItemKind, ServiceItemKind),
    (issue_pb2.Severity, Severity),
    (option_pb2.Archetype, Archetype),
    (order_pb2.Channel, Channel),
    (order_pb2.Method, Method),
    (place_pb2.Datum, Datum),
    (plan_pb2.CapacityKind, CapacityKind),
    (plan_pb2.ReasonCode, ReasonCode),
    (plan_pb2.VisitKind, VisitKind),
    (plan_service_pb2.ReplanStage, ReplanStage),
    (promise_pb2.CompensationKind, CompensationKind),
    (promise_pb2.Mode, Mode),
    (promise_pb2.Payer, Payer),
    (promise_pb2.PromiseState, PromiseState),
    (reservation_pb2.ReservationState, ReservationState),
]


@pytest.mark.parametrize(("message_type", "model", "strategy", "more"), PAIRS, ids=lambda each: str(each)[:40])
def test_to_proto_and_back_is_identity(
    message_type: type[Message], model: type[BaseModel], strategy: st.SearchStrategy[Any], more: dict[str, object]
) -> None:
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def holds(example: BaseModel) -> None:
        sent = write(message_type, example, **more).SerializeToString()
        assert read(model, message_type.FromString(sent)) == example

    holds()


@pytest.mark.parametrize(("enum", "model"), ENUMS, ids=[model.__name__ for _, model in ENUMS])
def test_an_enum_of_the_wire_has_the_names_of_the_model(enum: Any, model: type[StrEnum]) -> None:
    assert enum_names(enum.DESCRIPTOR) == {each.value for each in model}


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(garbage: bytes) -> None:
    message = order_pb2.Order()
    try:
        message.ParseFromString(garbage)
    except Exception:
        return
    with pytest.raises(InputError):
        read(Order, message)


def an_order() -> order_pb2.Order:
    message = order_pb2.Order(
        order_id="o-1",
        channel=order_pb2.CHANNEL_APP,
        identity=order_pb2.Identity(phone="13800000000"),
        lines=[order_pb2.OrderLine(line_id="1", sku_id="tissues", quantity=2)],
        place=place_pb2.Place(lat=31.2, lon=121.4, datum=place_pb2.DATUM_WGS84),
        method=order_pb2.METHOD_ANY,
    )
    message.placed_time.FromDatetime(datetime(2026, 3, 2, 8, tzinfo=UTC))
    return message


def issues_of(message: Message, model: type[BaseModel] = Order) -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as caught:
        read(model, message)
    return [(issue.code, issue.path, issue.message) for issue in caught.value.issues]


def test_a_timestamp_outside_of_every_calendar_is_out_of_range() -> None:
    message = an_order()
    message.placed_time.seconds = 10**18
    assert issues_of(message) == [
        (
            IssueCode.TIME_OUT_OF_RANGE,
            "placed_time",
            "timestamp (1000000000000000000 s, 0 ns) must be in [946684800 s, 7258118400 s), nanos in [0, 999999999]",
        )
    ]


@pytest.mark.parametrize("nanos", [-1, 10**9])
def test_nanos_of_a_timestamp_are_bounded(nanos: int) -> None:
    message = an_order()
    message.placed_time.nanos = nanos
    assert [code for code, _, _ in issues_of(message)] == [IssueCode.TIME_OUT_OF_RANGE]


def test_a_timestamp_is_cut_to_the_microsecond() -> None:
    message = an_order()
    message.placed_time.nanos = 1999
    assert read(Order, message).placed_time == datetime(2026, 3, 2, 8, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "nanos"), [(2**62, 0), (1, -1), (0, 10**9)])
def test_a_duration_that_is_none_is_out_of_range(seconds: int, nanos: int) -> None:
    message = plan_service_pb2.ReplanRequest(request_id="r")
    message.time_limit.seconds, message.time_limit.nanos = seconds, nanos
    (issue,) = issues_of(message, ReplanTerms)
    assert issue[:2] == (IssueCode.TIME_OUT_OF_RANGE, "time_limit")


def test_an_unset_duration_has_its_default() -> None:
    terms = read(ReplanTerms, plan_service_pb2.ReplanRequest(request_id="r"))
    assert terms == ReplanTerms(request_id="r", seed=0, iterations=2000, time_limit=timedelta(seconds=60))


def test_an_unspecified_enum_is_refused_and_never_means_anything() -> None:
    message = an_order()
    message.method = order_pb2.METHOD_UNSPECIFIED
    assert issues_of(message) == [
        (
            IssueCode.FIELD_REQUIRED,
            "method",
            "Method (unspecified) must be one of ANY, DELIVERY, STORE_PICKUP",
        )
    ]


def test_an_enum_number_without_a_name_is_refused() -> None:
    message = an_order()
    message.place.datum = 9  # type: ignore[assignment]
    assert issues_of(message) == [
        (IssueCode.VALUE_INVALID, "place.datum", "Datum (9) must be one of WGS84, GCJ02, BD09")
    ]


def test_a_latitude_that_was_not_sent_is_not_the_equator() -> None:
    message = an_order()
    message.place.ClearField("lat")
    assert issues_of(message) == [(IssueCode.FIELD_REQUIRED, "place.lat", "field (lat) must be given")]


def test_a_field_that_the_server_does_not_know_is_refused() -> None:
    message = an_order()
    message.lines[0].MergeFromString(bytes([0xA0, 0x1F, 0x01]))  # field 500, a varint
    ((code, path, said),) = issues_of(message)
    assert (code, path) == (IssueCode.FIELD_UNKNOWN, "lines[0]")
    assert "number 500" in said


def test_all_issues_of_one_message_come_together() -> None:
    message = an_order()
    message.channel = order_pb2.CHANNEL_UNSPECIFIED
    message.placed_time.seconds = -(10**12)
    message.lines[0].quantity = 0
    message.lines.add(line_id="2", sku_id="", quantity=1)
    message.ClearField("windows")
    window = message.windows.add()
    window.earliest.FromSeconds(1_800_000_000)
    window.latest.FromSeconds(1_700_000_000)
    message.ClearField("identity")
    assert [(code, path) for code, path, _ in issues_of(message)] == [
        (IssueCode.FIELD_REQUIRED, "channel"),
        (IssueCode.TIME_OUT_OF_RANGE, "placed_time"),
        (IssueCode.FIELD_REQUIRED, "identity"),
        (IssueCode.QUANTITY_NOT_POSITIVE, "lines[0].quantity"),
        (IssueCode.FIELD_REQUIRED, "lines[1].sku_id"),
        (IssueCode.WINDOW_REVERSED, "windows[0]"),
    ]


def test_a_cost_goes_out_by_kind_without_what_costs_nothing() -> None:
    plan = Plan.model_validate({"cost": {"travel": 120, "carrier": -5}})
    message = write(plan_pb2.Plan, plan, currency="CNY")
    assert dict(message.cost) == {"travel": 120, "carrier": -5}
    assert (message.cost_total, message.currency) == (115, "CNY")


def test_a_plan_without_its_currency_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="Plan needs this field"):
        write(plan_pb2.Plan, Plan())
