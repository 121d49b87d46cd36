"""What a channel sends: orders of a customer, and the goods they name."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from models.base import Attributes, Id, Model, Name
from models.issues import IssueCode, broken_rule
from models.place import Place
from models.timing import Duration, Instant, TimeWindows


class Channel(StrEnum):
    LIVESTREAM = "LIVESTREAM"
    MARKETPLACE = "MARKETPLACE"
    APP = "APP"
    MINI_PROGRAM = "MINI_PROGRAM"
    STORE_POS = "STORE_POS"


class Temperature(StrEnum):
    AMBIENT = "AMBIENT"
    CHILLED = "CHILLED"
    FROZEN = "FROZEN"


class Hazard(StrEnum):
    NONE = "NONE"
    BATTERY = "BATTERY"
    FLAMMABLE = "FLAMMABLE"


HEAVIEST_G = 10**8
LARGEST_CM3 = 10**9


class Load(Model):
    """What goods take up on a vehicle, one amount per dimension; also a vehicle's capacity.

    Goods fill the compartment of their own temperature only: frozen goods need
    `frozen_cm3`, and a vehicle without a cold box has none.
    """

    weight_g: Annotated[int, Field(ge=0, le=HEAVIEST_G)] = 0
    ambient_cm3: Annotated[int, Field(ge=0, le=LARGEST_CM3)] = 0
    chilled_cm3: Annotated[int, Field(ge=0, le=LARGEST_CM3)] = 0
    frozen_cm3: Annotated[int, Field(ge=0, le=LARGEST_CM3)] = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(**{name: getattr(self, name) + getattr(other, name) for name in LOAD_DIMENSIONS})

    def times(self, quantity: int) -> "Load":
        return Load(**{name: getattr(self, name) * quantity for name in LOAD_DIMENSIONS})


LOAD_DIMENSIONS = tuple(Load.model_fields)
"""The order of the load dimensions in every array of the solver."""


Crew = Annotated[int, Field(ge=1, le=10)]
"""People who come, or have to come, together."""


class Sku(Model):
    """A stock keeping unit; weight and volume are those of one piece, packed.

    Parameters
    ----------
    crew
        People whom it takes to carry a piece to the customer.
    max_on_board
        How long it may travel: from the end of the visit that fetches it to the start of the handover.
        None: as long as it takes.
    goods_class
        What kind of goods it is to those that it must not travel with (`Policy.keep_apart`).
    """

    sku_id: Id
    name: Name
    category: Name
    temperature: Temperature = Temperature.AMBIENT
    weight_g: Annotated[int, Field(gt=0, le=10**7)]
    volume_cm3: Annotated[int, Field(gt=0, le=10**8)]
    fragile: bool = False
    hazard: Hazard = Hazard.NONE
    crew: Crew = 1
    max_on_board: Annotated[Duration, Field(gt=timedelta(0))] | None = None
    goods_class: Id | None = None
    attributes: Attributes = {}

    def load(self, quantity: int) -> Load:
        """What `quantity` pieces take up."""
        compartment = f"{self.temperature.value.lower()}_cm3"
        return Load(**{"weight_g": self.weight_g * quantity, compartment: self.volume_cm3 * quantity})


def shortest_on_board(skus: Iterable[Sku]) -> timedelta | None:
    """How long goods may travel together: the least of their bounds; None if none has one."""
    return min((sku.max_on_board for sku in skus if sku.max_on_board is not None), default=None)


def classes_of(skus: Iterable[Sku]) -> tuple[str, ...]:
    """The classes of goods, each once, in the order of the alphabet."""
    return tuple(sorted({sku.goods_class for sku in skus if sku.goods_class is not None}))


IdentityKey = Annotated[str, Field(min_length=1, max_length=128)]


class Identity(Model):
    """By what a channel knows the customer: at least one key."""

    member_id: IdentityKey | None = None
    phone: IdentityKey | None = None
    open_ids: dict[Channel, IdentityKey] = {}

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if not self.keys():
            raise broken_rule(
                IssueCode.ORDER_WITHOUT_IDENTITY,
                "number of identity keys ({count}) must be >= 1",
                hint="send member_id, phone or the channel's open id",
                count=0,
            )
        return self

    def keys(self) -> tuple[str, ...]:
        """Each key with its kind in front, comparable across orders."""
        named = [("member", self.member_id), ("phone", self.phone)]
        named += [(f"open:{channel.value}", self.open_ids[channel]) for channel in sorted(self.open_ids)]
        return tuple(f"{kind}:{value}" for kind, value in named if value)


def _positive(quantity: int) -> int:
    if not 1 <= quantity <= 100_000:
        raise broken_rule(
            IssueCode.QUANTITY_NOT_POSITIVE,
            "quantity ({quantity}) must be >= {least} and <= {most}",
            hint="leave out a line that nobody wants; split one that is larger",
            quantity=quantity,
            least=1,
            most=100_000,
        )
    return quantity


Quantity = Annotated[int, AfterValidator(_positive)]


class OrderLine(Model):
    line_id: Id
    sku_id: Id
    quantity: Quantity


class Method(StrEnum):
    """How the customer wants to get the goods."""

    ANY = "ANY"
    DELIVERY = "DELIVERY"
    STORE_PICKUP = "STORE_PICKUP"


class Order(Model):
    """One order as a channel sends it.

    Parameters
    ----------
    place
        Where the customer wants the goods; for `STORE_PICKUP`, where the customer is.
    service_level_id
        The level asked for ("within the hour"). A wish: a quote also shows other levels.
    windows
        When the goods may be handed over: at home from 9 to 12, or from 17 to 20. A limit: every
        promise lies within one of them. None: any time.
    """

    order_id: Id
    channel: Channel
    placed_time: Instant
    identity: Identity
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    place: Place
    method: Method = Method.ANY
    service_level_id: Id | None = None
    windows: TimeWindows = ()
    attributes: Attributes = {}

    @field_validator("lines")
    @classmethod
    def _distinct(cls, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
        check_distinct("line_id", [line.line_id for line in lines])
        return lines


def check_distinct(field: str, ids: list[str]) -> None:
    """Raise ID_DUPLICATE for the ids that stand in a list more than once."""
    twice = sorted({each for each in ids if ids.count(each) > 1}) if len(set(ids)) < len(ids) else []
    if twice:
        raise broken_rule(
            IssueCode.ID_DUPLICATE,
            "{field} must be distinct: {count} ids, of which {distinct} distinct ({twice})",
            hint="give each its own id",
            field=field,
            count=len(ids),
            distinct=len(set(ids)),
            twice=", ".join(twice[:5]),
        )
