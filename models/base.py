"""The base of every model, and the ids that models refer to each other by."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,63}$")]
"""A caller's id or a ULID: 1-64 characters, a letter or digit first."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
AttributeKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
AttributeValue = Annotated[str, StringConstraints(max_length=512)]
Attributes = Annotated[dict[AttributeKey, AttributeValue], Field(max_length=32)]
"""The extension point of orders, SKUs, contracts, items and resources."""


class Model(BaseModel):
    """Immutable; an unknown field is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed; what was cached from the fields stays behind."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied
