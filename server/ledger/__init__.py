"""What is remembered: orders, contracts, reservations, stock, capacity, routes and events, in a database."""

from server.ledger.operations import StoredOperation
from server.ledger.outbox import StoredEvent
from server.ledger.scenarios import StoredScenario
from server.ledger.stock import StockQuantity
from server.ledger.store import Ledger, Transaction

__all__ = ["Ledger", "StockQuantity", "StoredEvent", "StoredOperation", "StoredScenario", "Transaction"]
