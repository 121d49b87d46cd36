"""A part of the map."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import Model
from models.issues import IssueCode, broken_rule, one_of
from models.zone import Corner, Ring


class Area(Model):
    """A part of the map: inside a ring, or within a radius of a point.

    Parameters
    ----------
    center, radius_m
        As the crow flies, in WGS-84.
    """

    ring: Ring | None = None
    center: Corner | None = None
    radius_m: Annotated[int, Field(ge=1, le=100_000)] | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        one_of(self, "ring", "center")
        if (self.center is None) != (self.radius_m is None):
            raise broken_rule(
                IssueCode.FIELD_REQUIRED,
                "center ({center}) and radius_m ({radius_m}) must be given together",
                hint="add the other one, or give a ring",
                center=str(self.center),
                radius_m=str(self.radius_m),
            )
        return self
