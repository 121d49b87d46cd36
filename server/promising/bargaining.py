"""Counter-offers: a client names what matters, and gets the best that keeps it, in a bounded number of rounds."""

from datetime import datetime

from models.base import Id, Model
from models.contract import Contract
from models.counter_offer import CounterOfferRound, Wish
from models.issues import Conflict, InputError, Issue, IssueCode
from models.option import Quote
from server.ledger import Transaction
from server.promising.core import NOTHING, Request, require_contract
from server.promising.reserving import Reserving
from server.promising.wish_issues import wish_issues
from solver.stop import Stop, never


class _Asked(Model):
    """The content of a counter-offer, so that one that is repeated is known again."""

    contract_id: Id
    wish: Wish
    asked_by: Id | None


class Bargaining(Reserving):
    def counter_offer(
        self, contract_id: str, wish: Wish, *, request_id: str, asked_by: str | None = None, stop: Stop = never
    ) -> CounterOfferRound:
        """Search under a wish, and keep the round. Holds nothing; its options can be held like any.

        Parameters
        ----------
        asked_by
            Whom the client names as the one who asks.

        Raises
        ------
        NotFound
            CONTRACT_NOT_FOUND.
        InputError
            Everything that is wrong with the wish.
        Conflict
            CONTRACT_STATUS, RESERVATION_STATE: it is agreed, over or held. COUNTER_OFFERS_USED_UP.
        """
        asked = _Asked(contract_id=contract_id, wish=wish, asked_by=asked_by)
        request = Request("counter_offer", request_id, asked.model_dump_json())
        if (before := self._answered(request, CounterOfferRound)) is not None:
            return before
        now = self._present()
        with self._ledger.transaction() as tx:
            contract = self._require_open(tx, contract_id)
            self._refuse_wish(wish, contract, now)
            self._refuse_round(contract, len(tx.counter_offers(contract_id)) + 1)
        # Outside of any transaction: the search may take as long as its caller waits.
        wanted = self._to_promise(contract, now)
        quote = self._books.board.quote(wanted, now=now, quote_id=self._new_id(), stop=stop, wish=wish)
        return self._once(
            request, CounterOfferRound, lambda tx, _now: (self._keep_round(tx, contract, asked, quote), NOTHING)
        )

    def counter_offers(self, contract_id: str) -> tuple[CounterOfferRound, ...]:
        """The rounds of a contract, the first one first, their options without tokens.

        Raises
        ------
        NotFound
            CONTRACT_NOT_FOUND.
        """
        with self._ledger.transaction() as tx:
            require_contract(tx, contract_id)
            return tx.counter_offers(contract_id)

    def _keep_round(self, tx: Transaction, contract: Contract, asked: _Asked, quote: Quote) -> CounterOfferRound:
        number = len(tx.counter_offers(asked.contract_id)) + 1
        quoted = self._quoted(tx, contract, quote)
        kept = CounterOfferRound(
            contract_id=asked.contract_id,
            number=number,
            asked_by=asked.asked_by,
            create_time=quote.create_time,
            wish=asked.wish,
            quote=quote.model_copy(update={"contract_revision": quoted.revision}),
            rounds_left=self._max_rounds - number,
        )
        tx.put_counter_offer(kept)
        payload = {"quote_id": quote.quote_id, "number": str(number), "options": str(len(quote.options))}
        tx.emit("contract.counter_offered", asked.contract_id, time=quote.create_time, payload=payload)
        return kept.model_copy(update={"quote": self._with_tokens(quote, quoted)})

    @property
    def _max_rounds(self) -> int:
        return self._books.board.instance.catalogue.policy.max_counter_offers

    def _refuse_wish(self, wish: Wish, contract: Contract, now: datetime) -> None:
        policy = self._books.board.instance.catalogue.policy
        if issues := wish_issues(wish, contract, policy=policy, now=now):
            raise InputError(*issues)

    def _refuse_round(self, contract: Contract, number: int) -> None:
        if number > self._max_rounds:
            raise Conflict(
                Issue(
                    code=IssueCode.COUNTER_OFFERS_USED_UP,
                    path="contract_id",
                    message=f"number of counter-offers of {contract.contract_id} ({number}) must be <= "
                    f"max_counter_offers ({self._max_rounds})",
                    hint="quote the contract and take one of its options",
                )
            )
