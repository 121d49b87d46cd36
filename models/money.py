"""Money: integer minor units with a currency. There is no float in it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from models.base import Model
from models.issues import InputError, Issue, IssueCode

_NUM_DECIMALS = dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0)
_NUM_DECIMALS |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
MinorUnits = Annotated[int, Field(ge=-(10**15), le=10**15)]
Rate = Annotated[int, Field(ge=0, le=10**9)]
"""Integer minor units per km, hour, use, line or kilogram, as the field's name says."""


class Money(Model):
    """An amount in the minor unit of its currency (1 CNY = 100)."""

    amount: MinorUnits
    currency: Currency

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise InputError(
                Issue(
                    code=IssueCode.CURRENCY_MISMATCH,
                    path="currency",
                    message=f"currency ({other.currency}) must equal ({self.currency})",
                    hint="convert before adding",
                )
            )
        return Money(amount=self.amount + other.amount, currency=self.currency)


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer, halves up; exact for any size."""
    return (2 * numerator + denominator) // (2 * denominator)


def num_decimals(currency: str) -> int:
    """Of the major unit, in ISO 4217."""
    return _NUM_DECIMALS.get(currency, 2)


def amount(minor_units: int, currency: str) -> str:
    """`1234` CNY -> `12.34`: by the decimals of the currency in ISO 4217."""
    decimals = num_decimals(currency)
    whole, part = divmod(abs(minor_units), 10**decimals)
    sign = "-" if minor_units < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"
