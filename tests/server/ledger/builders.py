"""What the tests of the ledger file: small, literal and valid."""

from datetime import UTC, datetime, timedelta

from models.catalogue import StockRow
from models.contract import Contract, ContractStatus, Demand, JoinedOrder, JoinReason, ServiceItem, ServiceItemKind
from models.option import SlaOption
from models.order import Channel, Identity, Order, OrderLine
from models.place import Place
from models.plan import Assignment, CapacityKind, CapacityUse, Cost, Route, Visit, VisitKind
from models.promise import Mode, Promise
from models.reservation import Reservation, ReservationState
from models.timing import TimeWindow

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HOME = Place(lat=31.23, lon=121.47, street_node_id=7)


def at(minutes: float) -> datetime:
    """So many minutes after `NOW`."""
    return NOW + timedelta(minutes=minutes)


def an_order(order_id: str = "order-1", *, member_id: str = "m-1", place: Place = HOME) -> Order:
    return Order(
        order_id=order_id,
        channel=Channel.APP,
        placed_time=NOW,
        identity=Identity(member_id=member_id),
        lines=(OrderLine(line_id="1", sku_id="milk", quantity=2),),
        place=place,
    )


def a_contract(
    contract_id: str = "contract-1",
    *,
    revision: int = 1,
    status: ContractStatus = ContractStatus.DRAFT,
    customer_id: str = "customer-1",
    tenant_id: str = "tenant-1",
) -> Contract:
    return Contract(
        contract_id=contract_id,
        tenant_id=tenant_id,
        customer_id=customer_id,
        status=status,
        revision=revision,
        created_time=NOW,
        orders=(
            JoinedOrder(order_id="order-1", channel=Channel.APP, joined_time=NOW, reasons=(JoinReason.FIRST_ORDER,)),
        ),
        demands=(Demand(demand_id="d-1", order_id="order-1", line_id="1", sku_id="milk", quantity=2),),
        items=(
            ServiceItem(
                item_id="item-1",
                kind=ServiceItemKind.DELIVERY,
                channel=Channel.APP,
                demand_ids=("d-1",),
                place=HOME,
                service_duration=timedelta(minutes=3),
            ),
        ),
    )


def a_use(amount: int = 1, *, owner_id: str = "site-1", bucket_start: datetime = NOW) -> CapacityUse:
    return CapacityUse(kind=CapacityKind.PICKING, owner_id=owner_id, bucket_start=bucket_start, amount=amount)


def an_assignment(contract_id: str = "contract-1", item_id: str = "item-1") -> Assignment:
    return Assignment(
        contract_id=contract_id,
        item_id=item_id,
        mode=Mode.RIDER,
        site_id="site-1",
        resource_id="rider-1",
        ready_time=at(15),
        planned_start=at(30),
        uses=(a_use(60),),
    )


def a_reservation(
    reservation_id: str = "reservation-1",
    *,
    contract_id: str = "contract-1",
    state: ReservationState = ReservationState.HELD,
    expires_after_min: float = 2,
    tenant_id: str = "tenant-1",
) -> Reservation:
    promise = Promise(
        item_id="item-1",
        service_level_id="hour",
        mode=Mode.RIDER,
        window=TimeWindow(earliest=at(20), latest=at(60)),
        place=HOME,
        fee=300,
    )
    option = SlaOption(
        option_id="option-1",
        promises=(promise,),
        assignments=(an_assignment(contract_id),),
        fee=300,
        currency="CNY",
        cost=Cost(travel=120),
        p_on_time_by_item_id={"item-1": 0.97},
        p_on_time=0.97,
        co2_g=12,
        num_stops=1,
        meets_wish=True,
    )
    return Reservation(
        reservation_id=reservation_id,
        tenant_id=tenant_id,
        contract_id=contract_id,
        contract_revision=1,
        option=option,
        state=state,
        create_time=NOW,
        expire_time=at(expires_after_min),
    )


def a_route(version: int = 1, *, resource_id: str = "rider-1") -> Route:
    visit = Visit(
        contract_id="contract-1",
        item_id="item-1",
        kind=VisitKind.DELIVERY,
        place=HOME,
        depart=at(20),
        arrival=at(25),
        start=at(26),
        end=at(29),
    )
    return Route(resource_id=resource_id, version=version, visits=(visit,), distance_m=900 + version, work_s=540)


def a_stock_row(on_hand: int = 10, *, sku_id: str = "milk", site_id: str = "site-1") -> StockRow:
    return StockRow(site_id=site_id, sku_id=sku_id, on_hand=on_hand)
