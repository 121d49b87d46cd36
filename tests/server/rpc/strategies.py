"""Hypothesis strategies for what goes over the wire: every value that the models allow, and no other."""

from datetime import UTC, datetime, timedelta
from string import ascii_letters, digits
from typing import Any

from hypothesis import strategies as st

from models.contract import (
    Contract,
    ContractStatus,
    Demand,
    JoinedOrder,
    JoinReason,
    Precedence,
    ResourceConstraint,
    ServiceItem,
    ServiceItemKind,
    SlaTerm,
)
from models.counter_offer import CounterOfferRound, Wish
from models.document import Document, DocumentKind, DocumentLine
from models.option import Archetype, Comparison, Quote, Refusal, SlaOption
from models.order import Channel, Identity, Load, Method, Order, OrderLine
from models.place import Datum, Place
from models.plan import (
    Assignment,
    CapacityKind,
    CapacityUse,
    Cost,
    PlacedBreak,
    Plan,
    ReasonCode,
    ReasonCount,
    Route,
    Unplanned,
    Visit,
    VisitKind,
)
from models.promise import (
    CompensationKind,
    CompensationLadder,
    CompensationStep,
    Mode,
    Payer,
    Promise,
    PromiseState,
    SameStart,
    SameVisit,
)
from models.reservation import Reservation, ReservationState
from models.resource import ResourceKind, SkillLevel
from models.timing import TimeWindow

ids = st.builds(str.__add__, st.sampled_from(ascii_letters + digits), st.text(ascii_letters + "._:@+-", max_size=20))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
durations = st.timedeltas(timedelta(0), timedelta(days=366))
amounts = st.integers(0, 10**15)
signed_amounts = st.integers(-(10**15), 10**15)
probabilities = st.floats(0, 1)
words = st.text(min_size=1, max_size=40)
attributes = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_.-]{0,9}", fullmatch=True), st.text(max_size=40), max_size=3)


def few(each: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(each, min_size=least, max_size=least + 2).map(tuple)


def maybe(each: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | each


def some_ids(least: int = 1) -> st.SearchStrategy[Any]:
    return st.lists(ids, min_size=least, max_size=least + 2, unique=True)


windows = st.tuples(instants, instants).map(lambda ends: TimeWindow(earliest=min(ends), latest=max(ends)))


def _paired(ends: list[datetime]) -> tuple[TimeWindow, ...]:
    ends.sort()
    return tuple(TimeWindow(earliest=a, latest=b) for a, b in zip(ends[::2], ends[1::2], strict=False))


apart = st.lists(instants, max_size=6, unique=True).map(_paired)
"""Windows that neither overlap nor touch."""
places = st.builds(
    Place,
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    datum=st.sampled_from(Datum),
    address=st.text(max_size=60),
    street_node_id=maybe(st.integers(-(2**63), 2**63 - 1)),
    snap_distance_m=st.integers(0, 10**6),
)


def _ladder(kinds: list[CompensationKind], start: timedelta, cap: int | None, payer: Payer) -> CompensationLadder:
    steps = (
        CompensationStep(kind=kind, amount=10 * step, at_lateness=start + timedelta(microseconds=step))
        for step, kind in enumerate(kinds)
    )
    return CompensationLadder(steps=tuple(steps), cap=cap, payer=payer)


ladders = st.builds(
    _ladder,
    st.lists(st.sampled_from(CompensationKind), max_size=3),
    st.timedeltas(timedelta(0), timedelta(days=300)),
    maybe(amounts),
    st.sampled_from(Payer),
)
promises = st.builds(
    Promise,
    item_id=ids,
    service_level_id=ids,
    mode=st.sampled_from(Mode),
    window=windows,
    place=places,
    fee=amounts,
    ladder=ladders,
    state=st.sampled_from(PromiseState),
    narrowed_from=maybe(windows),
)

identities = st.builds(
    Identity, member_id=words, phone=maybe(words), open_ids=st.dictionaries(st.sampled_from(Channel), words, max_size=3)
)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    lines = [
        OrderLine(line_id=line_id, sku_id=draw(ids), quantity=draw(st.integers(1, 100_000)))
        for line_id in draw(some_ids())
    ]
    return draw(
        st.builds(
            Order,
            order_id=ids,
            channel=st.sampled_from(Channel),
            placed_time=instants,
            identity=identities,
            lines=st.just(tuple(lines)),
            place=places,
            method=st.sampled_from(Method),
            service_level_id=maybe(ids),
            windows=apart,
            attributes=attributes,
        )
    )


constraints = st.builds(
    ResourceConstraint,
    skills=few(st.builds(SkillLevel, skill=ids, level=st.integers(1, 5))),
    tools=few(ids),
    kinds=few(st.sampled_from(ResourceKind)),
    allowed_ids=few(ids),
    excluded_ids=few(ids),
    allowed_site_ids=few(ids),
)
loads = st.builds(
    Load,
    weight_g=st.integers(0, 10**8),
    ambient_cm3=st.integers(0, 10**9),
    chilled_cm3=st.integers(0, 10**9),
    frozen_cm3=st.integers(0, 10**9),
)


pieces = st.integers(1, 2**62)


def items(item_id: str, demand_ids: list[str]) -> st.SearchStrategy[ServiceItem]:
    return st.builds(
        ServiceItem,
        item_id=st.just(item_id),
        kind=st.sampled_from(ServiceItemKind),
        also=few(st.sampled_from(ServiceItemKind)),
        channel=st.sampled_from(Channel),
        demand_ids=st.just(tuple(demand_ids)),
        for_demand_ids=st.sampled_from([(), tuple(demand_ids)]),
        place=places,
        load=loads,
        service_duration=durations,
        max_on_board=maybe(durations),
        goods_classes=few(ids),
        constraint=constraints,
        split_of=maybe(ids),
        quantities=st.dictionaries(st.sampled_from(demand_ids), pieces) if demand_ids else st.just({}),
        sla=st.builds(SlaTerm, service_level_id=maybe(ids), windows=apart, ladder=ladders),
        attributes=attributes,
    )


def documents(item_id: str) -> st.SearchStrategy[Document]:
    return st.builds(
        Document,
        document_id=ids,
        kind=st.sampled_from(DocumentKind),
        contract_id=ids,
        item_id=st.just(item_id),
        site_id=ids,
        mode=st.sampled_from(Mode),
        carrier_id=maybe(ids),
        lines=few(st.builds(DocumentLine, sku_id=ids, quantity=pieces), 1),
    )


def demands(demand_id: str) -> st.SearchStrategy[Demand]:
    return st.builds(
        Demand,
        demand_id=st.just(demand_id),
        order_id=ids,
        line_id=ids,
        sku_id=ids,
        quantity=st.integers(1, 2**62),
    )


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    demand_ids, item_ids = draw(some_ids()), draw(some_ids(2))
    first, second = item_ids[:2]
    return Contract(
        contract_id=draw(ids),
        tenant_id=draw(ids),
        customer_id=draw(ids),
        status=draw(st.sampled_from(ContractStatus)),
        revision=draw(st.integers(1, 10**9)),
        created_time=draw(instants),
        orders=draw(
            few(
                st.builds(
                    JoinedOrder,
                    order_id=ids,
                    channel=st.sampled_from(Channel),
                    joined_time=instants,
                    reasons=few(st.sampled_from(JoinReason), 1),
                )
            )
        ),
        demands=tuple(draw(demands(demand_id)) for demand_id in demand_ids),
        items=tuple(draw(items(item_id, demand_ids)) for item_id in item_ids),
        precedences=(Precedence(before_item_id=first, after_item_id=second, lag=draw(durations)),),
        same_visits=(SameVisit(item_ids=(first, second)),),
        same_starts=(SameStart(item_ids=(second, first)),),
        linked_contract_ids=draw(few(ids)),
        promises=tuple(draw(promises).model_copy(update={"item_id": each}) for each in item_ids),
        documents=tuple(draw(documents(each)) for each in item_ids),
        attributes=draw(attributes),
    )


costs = st.builds(Cost, travel=signed_amounts, labour=signed_amounts, expected_compensation=signed_amounts)
uses = st.builds(
    CapacityUse,
    kind=st.sampled_from(CapacityKind),
    owner_id=ids,
    bucket_start=instants,
    amount=st.integers(1, 2**62),
)
assignments = st.builds(
    Assignment,
    contract_id=ids,
    item_id=ids,
    mode=st.sampled_from(Mode),
    site_id=maybe(ids),
    resource_id=maybe(ids),
    ready_time=instants,
    planned_start=instants,
    uses=few(uses),
)
reason_counts = st.builds(
    ReasonCount,
    code=st.sampled_from(ReasonCode),
    count=st.integers(1, 2**62),
    total=st.integers(1, 2**62),
    example_id=st.just("") | ids,
)
visits = st.builds(
    Visit,
    contract_id=ids,
    item_id=ids,
    kind=st.sampled_from(VisitKind),
    place=places,
    depart=instants,
    arrival=instants,
    start=instants,
    end=instants,
)
counts = st.integers(0, 2**62)
breaks = st.builds(PlacedBreak, start=instants, end=instants)
routes = st.builds(
    Route,
    resource_id=ids,
    version=counts,
    visits=few(visits),
    breaks=few(breaks),
    distance_m=counts,
    work_s=counts,
)
unplanned = st.builds(Unplanned, contract_id=ids, item_id=ids, reasons=few(reason_counts, 1))
plans = st.builds(Plan, routes=few(routes), assignments=few(assignments), unplanned=few(unplanned), cost=costs)
comparisons = st.builds(
    Comparison,
    fee=signed_amounts,
    cost=signed_amounts,
    minutes_later=signed_amounts,
    co2_g=signed_amounts,
    num_stops=signed_amounts,
)
options = st.builds(
    SlaOption,
    option_id=ids,
    archetypes=few(st.sampled_from(Archetype)),
    recommended=st.booleans(),
    compared=maybe(comparisons),
    expected_compensation_by_payer=st.dictionaries(st.sampled_from(Payer), st.integers(1, 10**15)),
    promises=few(promises, 1),
    assignments=few(assignments),
    parts=few(ids.flatmap(lambda item_id: items(item_id, []))),
    fee=amounts,
    currency=st.from_regex(r"[A-Z]{3}", fullmatch=True),
    cost=costs,
    p_on_time_by_item_id=st.dictionaries(ids, probabilities, max_size=3),
    p_on_time=probabilities,
    co2_g=st.integers(-(2**62), 2**62),
    num_stops=counts,
    meets_wish=st.booleans(),
    token=st.text(max_size=20),
)
refusals = st.builds(
    Refusal,
    item_id=ids,
    mode=maybe(st.sampled_from(Mode)),
    service_level_id=maybe(ids),
    reasons=few(reason_counts, 1),
)
quotes = st.builds(
    Quote,
    quote_id=ids,
    contract_id=ids,
    contract_revision=st.integers(1, 10**9),
    options=few(options),
    refusals=few(refusals),
    create_time=instants,
    expire_time=instants,
    complete=st.booleans(),
)
reservations = st.builds(
    Reservation,
    reservation_id=ids,
    tenant_id=ids,
    contract_id=ids,
    contract_revision=st.integers(1, 10**9),
    option=options,
    state=st.sampled_from(ReservationState),
    create_time=instants,
    expire_time=instants,
)
wishes = st.builds(
    Wish,
    latest_end=maybe(instants),
    max_fee=maybe(amounts),
    apart_item_ids=few(ids),
    together=few(st.builds(SameVisit, item_ids=few(ids, 2))),
    unwanted_modes=few(st.sampled_from(Mode)),
    service_level_id=maybe(ids),
)
counter_offer_rounds = st.builds(
    CounterOfferRound,
    contract_id=ids,
    number=st.integers(1, 10**9),
    asked_by=maybe(ids),
    create_time=instants,
    wish=wishes,
    quote=quotes,
    rounds_left=st.integers(0, 10**9),
)
