"""Quote, hold, confirm, release, cancel."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from models.contract import Contract, ContractStatus
from models.issues import Conflict, Expired, Issue, IssueCode
from models.option import Quote, SlaOption
from models.plan import Route
from models.promise import Promise
from models.reservation import Reservation, ReservationState
from server.ledger import Transaction
from server.promising.at_risk import at_risk_part
from server.promising.books import Change, ItemKey, demands_by_site
from server.promising.core import Core, Request, keys_held, not_found, require_contract, revised
from server.promising.papers import with_papers
from server.promising.tokens import OptionClaim, seal, unseal
from solver.capacity import capacity_of
from solver.quoting.board import agreed
from solver.stop import Stop, never

_QUOTABLE = (ContractStatus.DRAFT, ContractStatus.QUOTED)
_CANCELABLE = (*_QUOTABLE, ContractStatus.ACTIVE)


class Reserving(Core):
    # -- quote

    def quote(self, contract_id: str, *, stop: Stop = never) -> Quote:
        """What could be promised now for the whole contract; holds nothing.

        Of a contract that is agreed: for those of its items that lost their place in the plan.
        With an option or more, the contract becomes QUOTED.

        Raises
        ------
        NotFound
            CONTRACT_NOT_FOUND.
        Conflict
            CONTRACT_STATUS: it is agreed, with nothing at risk, or over. RESERVATION_STATE: it is held.
        """
        now = self._present()
        with self._ledger.transaction() as tx:
            contract = self._require_open(tx, contract_id)
        # Outside of any transaction: the search may take as long as its caller waits.
        wanted = self._to_promise(contract, now)
        quote = self._books.board.quote(wanted, now=now, quote_id=self._new_id(), stop=stop)
        with self._ledger.transaction() as tx:
            contract = self._quoted(tx, contract, quote)
            payload = {"quote_id": quote.quote_id, "options": str(len(quote.options))}
            tx.emit("contract.quoted", contract_id, time=now, payload=payload)
        return self._with_tokens(quote, contract)

    def _quoted(self, tx: Transaction, contract: Contract, quote: Quote) -> Contract:
        """The contract after a quote: QUOTED, once there is an option."""
        if quote.options and contract.status is ContractStatus.DRAFT:
            contract = revised(contract, status=ContractStatus.QUOTED)
            tx.put_contract(contract)
        return contract

    def _with_tokens(self, quote: Quote, contract: Contract) -> Quote:
        def signed(option: SlaOption) -> SlaOption:
            return option.model_copy(update={"token": self._token(option, quote, contract)})

        ways_out = tuple(
            way if way.shift_change else way.model_copy(update={"option": signed(way.option)}) for way in quote.ways_out
        )
        options = tuple(map(signed, quote.options))
        return quote.model_copy(
            update={"options": options, "ways_out": ways_out, "contract_revision": contract.revision}
        )

    def _token(self, option: SlaOption, quote: Quote, contract: Contract) -> str:
        claim = OptionClaim(
            tenant_id=self._tenant_id,
            contract_id=contract.contract_id,
            contract_revision=contract.revision,
            expire_time=quote.expire_time,
            world=self._world.fingerprint,
            option=option,
        )
        return seal(claim, key=self._token_key)

    # -- hold

    def hold(self, option_token: str, *, request_id: str) -> Reservation:
        """Set aside everything that an option needs, or nothing.

        The hold stands for the policy's `hold_ttl`, or until a vehicle has to set out for it,
        whichever comes first; in any case as long as the quote would have.

        Raises
        ------
        InputError
            OPTION_TOKEN_INVALID, OPTION_TOKEN_FOREIGN.
        Expired
            OPTION_EXPIRED.
        NotFound
            CONTRACT_NOT_FOUND.
        Conflict
            OPTION_OUTDATED: the contract has changed since the quote. CAPACITY_TAKEN: somebody was
            faster. CONTRACT_STATUS, RESERVATION_STATE: it is agreed, over or held already.
        """
        request = Request("hold", request_id, option_token)
        return self._once(request, Reservation, lambda tx, now: self._hold(tx, option_token, now))

    def _hold(self, tx: Transaction, token: str, now: datetime) -> tuple[Reservation, Change]:
        claim = unseal(token, key=self._token_key, tenant_id=self._tenant_id, now=now)
        contract = self._require_open(tx, claim.contract_id)
        self._refuse_outdated(claim, contract)
        fit = self._books.board.fit(
            self._to_promise(contract, now), claim.option, now=self._first_departure(claim, now)
        )
        if fit is None:
            raise Conflict(*(self._lacking(tx, contract, claim.option) or [_taken(contract, claim.option)]))
        reservation = Reservation(
            reservation_id=self._new_id(),
            tenant_id=self._tenant_id,
            contract_id=contract.contract_id,
            contract_revision=contract.revision,
            option=fit.option,
            create_time=now,
            expire_time=self._end_of_hold(fit.routes, contract.contract_id, now),
        )
        tx.put_reservation(reservation)
        _emit(tx, "reservation.held", reservation, now)
        change = Change(
            routes=fit.routes,
            added=fit.option.assignments,
            contracts=(agreed(contract, fit.option),),
            held=(reservation,),
        )
        return reservation, change

    def _lacking(self, tx: Transaction, contract: Contract, option: SlaOption) -> list[Issue]:
        """What of the stock and the capacity that the option was made of is gone.

        Found by taking all of it, in a transaction that is rolled back for that very reason.
        """
        by_site = demands_by_site(option.assignments, {contract.contract_id: agreed(contract, option)})
        goods = [(site_id, demand.sku_id, demand.quantity) for site_id, demand in by_site]
        uses = [use for each in option.assignments for use in each.uses]
        holds = partial(capacity_of, instance=self._books.board.instance)
        issues = list[Issue]()
        for take in (partial(tx.take_stock, goods), partial(tx.take_capacity, uses, holds)):
            try:
                take()
            except Conflict as error:
                issues += (issue.model_copy(update={"path": "option_token"}) for issue in error.issues)
        return issues

    def _first_departure(self, claim: OptionClaim, now: datetime) -> datetime:
        """No vehicle sets out for a hold before the end of the quote's life, for which it was planned."""
        seconds = max(self._horizon.seconds_up(claim.expire_time), self._horizon.seconds(now) + 1)
        return self._horizon.instant(seconds)

    def _end_of_hold(self, routes: Sequence[Route], contract_id: str, now: datetime) -> datetime:
        visits = [visit for route in routes for visit in route.visits if visit.contract_id == contract_id]
        return min([now + self._world.catalogue.policy.hold_ttl, *(visit.depart for visit in visits)])

    def _refuse_outdated(self, claim: OptionClaim, contract: Contract) -> None:
        if claim.contract_revision != contract.revision:
            raise Conflict(_outdated("revision", str(claim.contract_revision), str(contract.revision)))
        if claim.world != self._world.fingerprint:
            raise Conflict(_outdated("world", claim.world, self._world.fingerprint))

        policy = self._world.catalogue.policy
        for promise in claim.option.promises:
            level = policy.service_level(promise.service_level_id)
            if level is None or promise.mode not in level.modes:
                raise Conflict(_not_on_sale(promise))

    # -- confirm, release

    def confirm(self, reservation_id: str, *, request_id: str) -> Contract:
        """Make the held promises binding; the contract becomes ACTIVE.

        Raises
        ------
        NotFound
            RESERVATION_NOT_FOUND.
        Expired
            RESERVATION_EXPIRED.
        Conflict
            RESERVATION_STATE: it was confirmed or released.
        """
        request = Request("confirm", request_id, reservation_id)
        return self._once(request, Contract, lambda tx, now: self._confirm(tx, reservation_id, now))

    def _confirm(self, tx: Transaction, reservation_id: str, now: datetime) -> tuple[Contract, Change]:
        reservation = self._settle(tx, reservation_id, ReservationState.CONFIRMED, now)
        contract = require_contract(tx, reservation.contract_id)
        accepted = agreed(contract, reservation.option)
        terms = {
            name: getattr(accepted, name) for name in ("items", "precedences", "same_visits", "same_starts", "promises")
        }
        active = revised(contract, status=ContractStatus.ACTIVE, **terms)
        _emit(tx, "contract.confirmed", reservation, now)
        active = with_papers(tx, active, self._books.entries, catalogue=self._world.catalogue, at=now)
        tx.put_contract(active)
        contract_id = contract.contract_id
        return active, Change(contracts=(active,), settled=(contract_id,), found=self._lost_keys(contract_id))

    def release(self, reservation_id: str, *, request_id: str) -> Reservation:
        """Give back everything that a hold has set aside.

        Raises
        ------
        NotFound
            RESERVATION_NOT_FOUND.
        Expired
            RESERVATION_EXPIRED.
        Conflict
            RESERVATION_STATE: it was confirmed or released. VISIT_STARTED.
        """
        request = Request("release", request_id, reservation_id)
        return self._once(request, Reservation, lambda tx, now: self._release(tx, reservation_id, now))

    def _release(self, tx: Transaction, reservation_id: str, now: datetime) -> tuple[Reservation, Change]:
        reservation = self._settle(tx, reservation_id, ReservationState.RELEASED, now)
        self._refuse_started(reservation.contract_id, now, keys=keys_held(reservation))
        _emit(tx, "reservation.released", reservation, now)
        released = reservation.model_copy(update={"state": ReservationState.RELEASED})
        return released, self._let_go(tx, reservation, self._second_from(now))

    def _settle(self, tx: Transaction, reservation_id: str, state: ReservationState, now: datetime) -> Reservation:
        """The hold as it was, settled now."""
        reservation = tx.reservation(reservation_id)
        if reservation is None:
            raise not_found(IssueCode.RESERVATION_NOT_FOUND, "reservation_id", reservation_id)
        if tx.settle_reservation(reservation_id, state, now=now):
            return reservation
        if reservation.state in (ReservationState.HELD, ReservationState.EXPIRED):
            raise Expired(_expired(reservation, now))
        raise Conflict(_not_held(reservation))

    # -- cancel

    def cancel(self, contract_id: str, *, request_id: str) -> Contract:
        """Call a contract off, and give back everything that is set aside for it.

        Raises
        ------
        NotFound
            CONTRACT_NOT_FOUND.
        Conflict
            CONTRACT_STATUS: it is over. VISIT_STARTED: a vehicle has set out for it.
        """
        request = Request("cancel", request_id, contract_id)
        return self._once(request, Contract, lambda tx, now: self._cancel(tx, contract_id, now))

    def _cancel(self, tx: Transaction, contract_id: str, now: datetime) -> tuple[Contract, Change]:
        contract = require_contract(tx, contract_id)
        _refuse_status(contract, _CANCELABLE)
        self._refuse_started(contract_id, now, keys=self._books.keys_of(contract_id))
        for reservation in tx.reservations_of_contract(contract_id):
            if reservation.state in (ReservationState.HELD, ReservationState.CONFIRMED):
                tx.settle_reservation(
                    reservation.reservation_id, ReservationState.RELEASED, now=now, from_state=reservation.state
                )
        canceled = revised(contract, status=ContractStatus.CANCELED)
        tx.put_contract(canceled)
        tx.emit("contract.canceled", contract_id, time=now, payload={"revision": str(canceled.revision)})
        return canceled, self._removal(contract_id, self._second_from(now))

    # -- conditions

    def _to_promise(self, contract: Contract, now: datetime) -> Contract:
        """What can be promised anew: all of a contract, or of one that is agreed, what lost its place."""
        if contract.status is not ContractStatus.ACTIVE:
            return contract
        lost = {item_id for _, item_id in self._lost_keys(contract.contract_id)}
        return at_risk_part(contract, lost, self._books.board.begun_at_customer(contract.contract_id, now=now))

    def _require_open(self, tx: Transaction, contract_id: str) -> Contract:
        contract = require_contract(tx, contract_id)
        if not self._lost_keys(contract_id):
            _refuse_status(contract, _QUOTABLE)
        if hold := self._books.hold_by_contract_id.get(contract_id):
            raise Conflict(_held(hold))
        return contract

    def _refuse_started(self, contract_id: str, now: datetime, *, keys: Sequence[ItemKey]) -> None:
        if self._started(keys, self._second_from(now)):
            raise Conflict(_under_way(contract_id))


def _emit(tx: Transaction, event_type: str, reservation: Reservation, now: datetime) -> None:
    payload = {"reservation_id": reservation.reservation_id, "option_id": reservation.option.option_id}
    tx.emit(event_type, reservation.contract_id, time=now, payload=payload)


def _refuse_status(contract: Contract, allowed: Sequence[ContractStatus]) -> None:
    if contract.status not in allowed:
        raise Conflict(
            Issue(
                code=IssueCode.CONTRACT_STATUS,
                path="contract_id",
                message=f"status of {contract.contract_id} ({contract.status}) must be one of {', '.join(allowed)}",
                hint="submit new orders for what is still wanted",
            )
        )


def _taken(contract: Contract, option: SlaOption) -> Issue:
    return Issue(
        code=IssueCode.CAPACITY_TAKEN,
        path="option_token",
        message=f"{len(option.promises)} promises of option {option.option_id} must fit for at most the tolerated "
        f"cost, and fit no more for {contract.contract_id}",
        hint="quote the contract again",
    )


def _outdated(what: str, quoted: str, present: str) -> Issue:
    return Issue(
        code=IssueCode.OPTION_OUTDATED,
        path="option_token",
        message=f"{what} that was quoted ({quoted}) must be the present one ({present})",
        hint="quote the contract again",
    )


def _not_on_sale(promise: Promise) -> Issue:
    return Issue(
        code=IssueCode.OPTION_OUTDATED,
        path="option_token",
        message=f"service level that was quoted ({promise.service_level_id} by {promise.mode}) must still be on sale",
        hint="quote the contract again",
    )


def _held(hold: Reservation) -> Issue:
    return Issue(
        code=IssueCode.RESERVATION_STATE,
        path="contract_id",
        message=f"number of live holds of {hold.contract_id} (1: {hold.reservation_id}, until "
        f"{hold.expire_time.isoformat()}) must be 0",
        hint="confirm that hold, or release it first",
    )


def _expired(reservation: Reservation, now: datetime) -> Issue:
    return Issue(
        code=IssueCode.RESERVATION_EXPIRED,
        path="reservation_id",
        message=f"expire_time of {reservation.reservation_id} ({reservation.expire_time.isoformat()}) must be > now "
        f"({now.isoformat()})",
        hint="quote the contract again and hold an option",
    )


def _not_held(reservation: Reservation) -> Issue:
    return Issue(
        code=IssueCode.RESERVATION_STATE,
        path="reservation_id",
        message=f"state of {reservation.reservation_id} ({reservation.state}) must be HELD",
        hint="to call off what was confirmed, cancel the contract",
    )


def _under_way(contract_id: str) -> Issue:
    return Issue(
        code=IssueCode.VISIT_STARTED,
        path="contract_id",
        message=f"number of visits of {contract_id} that a vehicle has set out for (>= 1) must be 0",
        hint="let it arrive; a collection can bring the goods back",
    )
