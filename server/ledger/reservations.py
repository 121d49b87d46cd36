"""Reservations. Whether one has expired is decided when it is read, to the microsecond."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, bindparam, select, update

from models.issues import Conflict, Issue, IssueCode
from models.reservation import Reservation, ReservationState
from server.ledger import schema
from server.ledger.micros import micros_of
from server.ledger.scope import Scope, mine

_RESERVATIONS = schema.reservations
_IN_STATE = _RESERVATIONS.c.state == bindparam("from_state")
_HELD = _RESERVATIONS.c.state == ReservationState.HELD.value
_CONFIRMED = _RESERVATIONS.c.state == ReservationState.CONFIRMED.value
_NOT_EXPIRED = _HELD & (_RESERVATIONS.c.expire_time > bindparam("now"))
_OVERDUE = _HELD & (_RESERVATIONS.c.expire_time <= bindparam("now"))


def _select(condition: ColumnElement[bool]) -> Select[Any]:
    columns = _RESERVATIONS.c
    return select(columns.state, columns.document).where(condition).order_by(columns.reservation_id)


def _settle(condition: ColumnElement[bool]) -> Update:
    one = mine(_RESERVATIONS, "reservation_id")
    return update(_RESERVATIONS).where(one, condition).values(state=bindparam("to_state"))


_ONE = _select(mine(_RESERVATIONS, "reservation_id"))
_OF_CONTRACT = _select(mine(_RESERVATIONS, "contract_id"))
_ALL_OVERDUE = _select(mine(_RESERVATIONS) & _OVERDUE)
_ALL_LIVE = _select(mine(_RESERVATIONS) & (_NOT_EXPIRED | _CONFIRMED))
_EXPIRE = _settle(_OVERDUE)
_SETTLE_HOLD = _settle(_NOT_EXPIRED)
_SETTLE = _settle(_IN_STATE)


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
        found = self._reservations(_ONE, its_reservation_id=reservation_id)
        return found[0] if found else None

    def reservations_of_contract(self, contract_id: str) -> tuple[Reservation, ...]:
        """All that were ever made for the contract, in their stored states."""
        return self._reservations(_OF_CONTRACT, its_contract_id=contract_id)

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
        key = {"its_reservation_id": reservation_id, "to_state": to_state.value}
        if to_state is ReservationState.EXPIRED:
            return self.changed(_EXPIRE, **key, now=micros_of(now)) == 1
        if from_state is ReservationState.HELD:
            return self.changed(_SETTLE_HOLD, **key, now=micros_of(now)) == 1
        return self.changed(_SETTLE, **key, from_state=from_state.value) == 1

    def overdue_reservations(self, now: datetime) -> tuple[Reservation, ...]:
        """Holds whose time is over and that were not settled yet."""
        return self._reservations(_ALL_OVERDUE, now=micros_of(now))

    def live_reservations(self, now: datetime) -> tuple[Reservation, ...]:
        """Those that still bind stock and capacity: holds that have not expired, and confirmed ones."""
        return self._reservations(_ALL_LIVE, now=micros_of(now))

    def _reservations(self, query: Select[Any], **parameters: object) -> tuple[Reservation, ...]:
        return tuple(map(_reservation, self.rows(query, **parameters)))


def _reservation(row: Any) -> Reservation:
    return Reservation.model_validate_json(row.document).model_copy(update={"state": ReservationState(row.state)})


def _duplicate(reservation_id: str) -> Issue:
    return Issue(
        code=IssueCode.ID_DUPLICATE,
        path="reservation_id",
        message=f"reservation_id ({reservation_id}) must be new, and there is a reservation with this id",
        hint="give every reservation an id of its own",
    )
