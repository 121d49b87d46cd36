"""Reservations. Whether one has expired is decided when it is read, to the microsecond."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from models.issues import Conflict, Issue, IssueCode
from models.reservation import Reservation, ReservationState
from server.ledger import schema
from server.ledger.micros import micros_of
from server.ledger.scope import Scope

_RESERVATIONS = schema.reservations
_HELD = _RESERVATIONS.c.state == ReservationState.HELD.value


class Reservations(Scope):
    def put_reservation(self, reservation: Reservation) -> None:
        """Keep a new reservation.

        Raises
        ------
        Conflict
            There is a reservation with this id.
        """
        self.check_tenant(reservation.tenant_id, path="reservation.tenant_id")
        if not self.add(
            _RESERVATIONS,
            reservation_id=reservation.reservation_id,
            contract_id=reservation.contract_id,
            state=reservation.state.value,
            expire_time=micros_of(reservation.expire_time),
            document=reservation.model_dump_json(),
        ):
            raise Conflict(_duplicate(reservation.reservation_id))

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation in its stored state: HELD may mean that it has expired since."""
        found = self._reservations(_RESERVATIONS.c.reservation_id == reservation_id)
        return found[0] if found else None

    def reservations_of_contract(self, contract_id: str) -> tuple[Reservation, ...]:
        """All that were ever made for the contract, in their stored states."""
        return self._reservations(_RESERVATIONS.c.contract_id == contract_id)

    def settle_reservation(
        self,
        reservation_id: str,
        to_state: ReservationState,
        *,
        now: datetime,
        from_state: ReservationState = ReservationState.HELD,
    ) -> bool:
        """Change the state if it is `from_state` at `now`; False, and nothing done, if it is not.

        A hold is HELD while `now` is before its `expire_time`. To EXPIRED goes only a hold whose
        `expire_time` has come.
        """
        state = _overdue(now) if to_state is ReservationState.EXPIRED else _in_state(from_state, now)
        mine = self.mine(_RESERVATIONS, reservation_id=reservation_id)
        return self.update(update(_RESERVATIONS).where(mine, state).values(state=to_state.value)) == 1

    def overdue_reservations(self, now: datetime) -> tuple[Reservation, ...]:
        """Holds whose time is over and that were not settled yet."""
        return self._reservations(_overdue(now))

    def live_reservations(self, now: datetime) -> tuple[Reservation, ...]:
        """Those that still bind stock and capacity: holds that have not expired, and confirmed ones."""
        states = (ReservationState.HELD, ReservationState.CONFIRMED)
        return self._reservations(or_(*(_in_state(state, now) for state in states)))

    def _reservations(self, condition: ColumnElement[bool]) -> tuple[Reservation, ...]:
        columns = _RESERVATIONS.c
        query = select(columns.state, columns.document).where(self.mine(_RESERVATIONS), condition)
        return tuple(map(_reservation, self.rows(query.order_by(columns.reservation_id))))


def _overdue(now: datetime) -> ColumnElement[bool]:
    return _HELD & (_RESERVATIONS.c.expire_time <= micros_of(now))


def _in_state(state: ReservationState, now: datetime) -> ColumnElement[bool]:
    if state is ReservationState.HELD:
        return _HELD & (_RESERVATIONS.c.expire_time > micros_of(now))
    return _RESERVATIONS.c.state == state.value


def _reservation(row: Any) -> Reservation:
    return Reservation.model_validate_json(row.document).model_copy(update={"state": ReservationState(row.state)})


def _duplicate(reservation_id: str) -> Issue:
    return Issue(
        code=IssueCode.ID_DUPLICATE,
        path="reservation_id",
        message=f"reservation_id ({reservation_id}) must be new, and there is a reservation with this id",
        hint="give every reservation an id of its own",
    )
