import pytest

from models.issues import Conflict, Issue, IssueCode, StateError
from models.order import Order
from models.place import Place
from server.ledger import Ledger
from tests.server.ledger.builders import a_contract, an_order


@pytest.fixture
def filed(ledger: Ledger) -> Order:
    """An order that is in contract-1; contract-2 is empty of it."""
    order = an_order(place=Place(lat=31.2304167, lon=121.4737011, address="人民广场 1 号"))
    with ledger.transaction() as tx:
        tx.add_order(order, "contract-1", customer_id="customer-1")
        tx.put_contract(a_contract("contract-1"))
        tx.put_contract(a_contract("contract-2"))
    return order


def test_an_order_comes_back_as_it_was_sent(ledger: Ledger, filed: Order) -> None:
    with ledger.transaction() as tx:
        assert tx.order("order-1") == filed
        assert tx.contract_id_of_order("order-1") == "contract-1"
        assert tx.order("order-2") is None
        assert tx.contract_id_of_order("order-2") is None


def test_an_order_can_move_to_another_contract(ledger: Ledger, filed: Order) -> None:
    with ledger.transaction() as tx:
        tx.move_order("order-1", "contract-2")
    with ledger.transaction() as tx:
        assert tx.contract_id_of_order("order-1") == "contract-2"
        assert tx.order("order-1") == filed


def test_an_order_is_submitted_once(ledger: Ledger, filed: Order) -> None:
    with pytest.raises(Conflict) as caught, ledger.transaction() as tx:
        tx.add_order(filed, "contract-2", customer_id="customer-2")
    assert caught.value.issues == (
        Issue(
            code=IssueCode.ORDER_ALREADY_SUBMITTED,
            path="order_id",
            message="order_id (order-1) must be new, and is in contract contract-1",
            hint="send every order once; to repeat a call, repeat its request_id",
        ),
    )


def test_an_order_that_is_not_there_does_not_move(ledger: Ledger, filed: Order) -> None:
    message = r"order to move \(order-9\) must be in the ledger"
    with pytest.raises(StateError, match=message), ledger.transaction() as tx:
        tx.move_order("order-9", "contract-1")
