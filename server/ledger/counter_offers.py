"""Rounds of counter-offers, kept with their contract."""

from sqlalchemy import select

from models.counter_offer import CounterOfferRound
from models.issues import Conflict, Issue, IssueCode
from server.ledger import schema
from server.ledger.micros import micros_of
from server.ledger.scope import Scope, mine

_ROUNDS = schema.counter_offers
_OF_CONTRACT = select(_ROUNDS.c.document).where(mine(_ROUNDS, "contract_id")).order_by(_ROUNDS.c.number)


class CounterOffers(Scope):
    def put_counter_offer(self, round_: CounterOfferRound) -> None:
        """Keep a round; the contract must be in the ledger when the transaction ends.

        Raises
        ------
        Conflict
            LEDGER_BUSY: the contract has a round of this number already.
        """
        if not self.add(
            _ROUNDS,
            contract_id=round_.contract_id,
            number=round_.number,
            time=micros_of(round_.create_time),
            document=round_.model_dump_json(),
        ):
            raise Conflict(_taken(round_))

    def counter_offers(self, contract_id: str) -> tuple[CounterOfferRound, ...]:
        """The rounds of a contract, the first one first."""
        rows = self.rows(_OF_CONTRACT, its_contract_id=contract_id)
        return tuple(CounterOfferRound.model_validate_json(row.document) for row in rows)


def _taken(round_: CounterOfferRound) -> Issue:
    return Issue(
        code=IssueCode.LEDGER_BUSY,
        path="number",
        message=f"number of the round ({round_.number}) must be new to {round_.contract_id}, and was taken while this "
        "call ran",
        hint="send the same request again",
    )
