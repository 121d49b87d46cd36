"""Papers and the rules that ask for them."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.document import DocumentKind, DocumentRule
from models.issues import IssueCode, issues_of


def a_rule(**changes: Any) -> DocumentRule:
    return DocumentRule(**{"kind": DocumentKind.INSPECTION_REPORT, "attribute": "line", **changes})


@pytest.mark.parametrize(
    "changes", [{}, {"values": ("staple",)}, {"attribute": None, "category": "aerosols"}, {"category": "pet-food"}]
)
def test_a_rule_names_a_category_an_attribute_or_both(changes: dict[str, Any]) -> None:
    rule = a_rule(**changes)
    assert DocumentRule.model_validate_json(rule.model_dump_json()) == rule


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"kind": DocumentKind.WAYBILL},
            IssueCode.VALUE_INVALID,
            "kind (WAYBILL) must be one of DANGEROUS_GOODS_NOTE, INSPECTION_REPORT: every parcel has a waybill",
        ),
        (
            {"attribute": None},
            IssueCode.FIELD_REQUIRED,
            "category (None) or attribute (None) must say which goods need it",
        ),
        (
            {"attribute": None, "category": "aerosols", "values": ("staple", "supplement")},
            IssueCode.FIELD_REQUIRED,
            "values (staple, supplement) need an attribute, which is None",
        ),
    ],
)
def test_a_rule_that_says_nothing_is_refused(changes: dict[str, Any], code: IssueCode, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        a_rule(**changes)
    (issue,) = issues_of(caught.value)
    assert (issue.code, issue.message) == (code, message)
    assert issue.hint
