"""The papers that goods travel with: a waybill per parcel, and what the policy asks of each source."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import AttributeKey, AttributeValue, Id, Model, Name
from models.issues import IssueCode, broken_rule
from models.promise import Mode


class DocumentKind(StrEnum):
    WAYBILL = "WAYBILL"
    """Goes with every parcel that leaves a site."""
    INSPECTION_REPORT = "INSPECTION_REPORT"
    """The source states that the goods were inspected."""
    DANGEROUS_GOODS_NOTE = "DANGEROUS_GOODS_NOTE"
    """Tells who carries the goods what they are."""


class DocumentLine(Model):
    """Pieces of one SKU that a document is about."""

    sku_id: Id
    quantity: Annotated[int, Field(ge=1)]


class Document(Model):
    """A paper about the goods of one item, as its source issues it.

    Parameters
    ----------
    document_id
        The number that is printed on it: follows from all that it states, so that the same paper has
        the same number whenever it is made, and another source gives another one.
    site_id
        The source that issues it.
    mode, carrier_id
        How the goods leave; the carrier's id where it is one. Which of our own vehicles fetches them may
        change until it comes, and stands on no paper.
    lines
        The goods that it is about; on a waybill all of the item's.
    """

    document_id: Id
    kind: DocumentKind
    contract_id: Id
    item_id: Id
    site_id: Id
    mode: Mode
    carrier_id: Id | None = None
    lines: Annotated[tuple[DocumentLine, ...], Field(min_length=1)]


class DocumentRule(Model):
    """Which goods need which paper from each of their sources, beside the waybill.

    Parameters
    ----------
    kind
        Any but WAYBILL, which every parcel has.
    category
        The category of the goods; None: any.
    attribute, values
        They have that SKU attribute, with one of these values; no value: with any.
    """

    kind: DocumentKind
    category: Name | None = None
    attribute: AttributeKey | None = None
    values: tuple[AttributeValue, ...] = ()

    @model_validator(mode="after")
    def _says_which_goods(self) -> Self:
        if self.kind is DocumentKind.WAYBILL:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "kind ({kind}) must be one of {others}: every parcel has a waybill",
                hint="remove the rule",
                kind=self.kind.value,
                others=", ".join(sorted(set(DocumentKind) - {DocumentKind.WAYBILL})),
            )
        if self.category is None and self.attribute is None:
            raise broken_rule(
                IssueCode.FIELD_REQUIRED,
                "category ({category}) or attribute ({attribute}) must say which goods need it",
                hint="name a category, an attribute of the SKUs, or both",
                category=self.category,
                attribute=self.attribute,
            )
        if self.values and self.attribute is None:
            raise broken_rule(
                IssueCode.FIELD_REQUIRED,
                "values ({values}) need an attribute, which is {attribute}",
                hint="name the attribute or remove the values",
                values=", ".join(self.values),
                attribute=self.attribute,
            )
        return self
