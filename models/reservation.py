"""What is set aside for a contract until it is confirmed, released or expired."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.option import SlaOption
from models.timing import Instant


class ReservationState(StrEnum):
    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class Reservation(Model):
    """A hold. Its state at a time `t` is EXPIRED if it is HELD and `expire_time <= t`."""

    reservation_id: Id
    tenant_id: Id
    contract_id: Id
    contract_revision: Annotated[int, Field(ge=1)]
    option: SlaOption
    state: ReservationState = ReservationState.HELD
    create_time: Instant
    expire_time: Instant
