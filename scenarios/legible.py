"""Orders of which some part is illegible: the rest is read all the same, to find all mistakes at once."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, ValidationError, WrapValidator

from models.base import Id
from models.order import Quantity
from models.place import Place
from models.timing import TimeWindows


def _or_none(value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


_OrNone = WrapValidator(_or_none)


class _Legible(BaseModel):
    """Takes anything; what is not what it should be is None."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LegibleLine(_Legible):
    line_id: Annotated[Id | None, _OrNone] = None
    sku_id: Annotated[Id | None, _OrNone] = None
    quantity: Annotated[Quantity | None, _OrNone] = None


class LegibleOrder(_Legible):
    """What an order says that can be checked against a world. Anything else may be wrong with it."""

    order_id: Annotated[Id | None, _OrNone] = None
    lines: tuple[LegibleLine, ...] = ()
    place: Annotated[Place | None, _OrNone] = None
    service_level_id: Annotated[Id | None, _OrNone] = None
    windows: Annotated[TimeWindows | None, _OrNone] = None


class LegibleOrders(_Legible):
    orders: tuple[LegibleOrder, ...] = ()
