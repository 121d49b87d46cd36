"""When somebody is there: opening hours by OpenStreetMap's grammar, public holidays, working days."""

import re
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Self

import holidays
from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined] # its stub leaves it out
from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from models.base import Model
from models.issues import IssueCode, broken_rule

_COMMENT = re.compile(r'"[^"]*"')
_VAGUE = re.compile(r"\b(?:PH|SH|sunrise|sunset|dawn|dusk|unknown)\b|\d:\d\d\+")
"""What the grammar knows and nobody can plan on without more data: holidays, the sun, an open end."""


def _certain(said: str) -> str:
    try:
        OpeningHours(said)
    except ParserError as error:
        place = re.search(r"--> \d+:(\d+)", str(error))
        raise broken_rule(
            IssueCode.HOURS_INVALID,
            "hours ({said}) must be opening hours in the grammar of OpenStreetMap, and are not from character "
            "{column} on",
            hint='for example "Mo-Fr 08:00-22:00; Sa,Su 09:00-21:00", "24/7" or "off"',
            said=said,
            column=place[1] if place else "1",
        ) from error
    if vague := _VAGUE.search(_COMMENT.sub("", said)):
        raise broken_rule(
            IssueCode.HOURS_INVALID,
            "hours ({said}) must say the time of day of each opening and closing, and {vague} does not",
            hint="write times; give holiday_hours for public holidays",
            said=said,
            vague=vague[0],
        )
    return said


HoursExpression = Annotated[str, StringConstraints(max_length=500), AfterValidator(_certain)]
"""Opening hours like `Mo-Fr 08:00-22:00; Sa,Su 09:00-21:00`, `24/7` or `off`, in local time.

References
----------
https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification
"""


@lru_cache(maxsize=64)
def _holidays_of(country: str, subdivision: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision)


class PublicHolidays(Model):
    """The public holidays of a country, by the calendar of the package `holidays`.

    Parameters
    ----------
    country
        ISO 3166-1, two letters: CN.
    subdivision
        ISO 3166-2 without the country, where holidays differ by region.
    """

    country: str
    subdivision: str | None = None

    @field_validator("country")
    @classmethod
    def _known(cls, country: str) -> str:
        known = holidays.list_supported_countries()
        if country not in known or len(country) != len("CN"):
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "country ({country}) must be one of the {count} codes of ISO 3166-1 whose holidays are known",
                hint="two capital letters, for example CN",
                country=country,
                count=sum(len(each) == len("CN") for each in known),
            )
        return country

    @model_validator(mode="after")
    def _part_of_the_country(self) -> Self:
        known = holidays.list_supported_countries()[self.country]
        if self.subdivision is not None and self.subdivision not in known:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "subdivision ({subdivision}) must be one of the {count} of {country}: {known}",
                hint="leave it out where holidays are the same everywhere",
                subdivision=self.subdivision,
                count=len(known),
                country=self.country,
                known=", ".join(known[:20]) or "none",
            )
        return self

    def __contains__(self, day: date) -> bool:
        """Whether a day is a public holiday, or off in exchange for another day."""
        return day in _holidays_of(self.country, self.subdivision)

    def is_made_up_for(self, day: date) -> bool:
        """Whether a day of a weekend is worked in exchange for another day, as China decrees every year."""
        calendar = _holidays_of(self.country, self.subdivision)
        return day not in calendar and day in calendar.weekend_workdays


class Weekday(StrEnum):
    """In the order of `date.weekday()`."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class WorkingDays(Model):
    """The days on which somebody works.

    Parameters
    ----------
    weekdays
        The days of the week.
    on_holidays
        False: public holidays are no working days, and a day of a weekend that is worked in exchange
        for another day is one, whatever `weekdays` says. True: neither makes a difference.
    """

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = tuple(Weekday)
    on_holidays: bool = True
