"""Orders, and the contract that each is in."""

from sqlalchemy import bindparam, select, update

from models.issues import Conflict, Issue, IssueCode
from models.order import Order
from server.ledger import schema
from server.ledger.scope import Scope, defect, mine

_ORDERS = schema.orders
_DOCUMENT = select(_ORDERS.c.document).where(mine(_ORDERS, "order_id"))
_CONTRACT_ID = select(_ORDERS.c.contract_id).where(mine(_ORDERS, "order_id"))
_MOVE = update(_ORDERS).where(mine(_ORDERS, "order_id")).values(contract_id=bindparam("to_contract_id"))


class Orders(Scope):
    def add_order(self, order: Order, contract_id: str, *, customer_id: str) -> None:
        """File a new order.

        Raises
        ------
        Conflict
            There is an order with this id.
        """
        document = order.model_dump_json()
        if not self.add(
            _ORDERS, order_id=order.order_id, contract_id=contract_id, customer_id=customer_id, document=document
        ):
            raise Conflict(_submitted(order.order_id, self.contract_id_of_order(order.order_id)))

    def order(self, order_id: str) -> Order | None:
        document = self.value(_DOCUMENT, its_order_id=order_id)
        return document and Order.model_validate_json(document)

    def contract_id_of_order(self, order_id: str) -> str | None:
        """The contract that the order is in now."""
        contract_id: str | None = self.value(_CONTRACT_ID, its_order_id=order_id)
        return contract_id

    def move_order(self, order_id: str, contract_id: str) -> None:
        """Put the order into another contract."""
        if not self.changed(_MOVE, its_order_id=order_id, to_contract_id=contract_id):
            raise defect("order_id", f"order to move ({order_id}) must be in the ledger")


def _submitted(order_id: str, contract_id: str | None) -> Issue:
    return Issue(
        code=IssueCode.ORDER_ALREADY_SUBMITTED,
        path="order_id",
        message=f"order_id ({order_id}) must be new, and is in contract {contract_id}",
        hint="send every order once; to repeat a call, repeat its request_id",
    )
