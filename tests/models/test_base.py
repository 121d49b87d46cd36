"""What every model has in common, and the ids that models refer to each other by."""

from collections.abc import Iterator

import pytest
from pydantic import TypeAdapter, ValidationError

from models import (
    base,
    catalogue,
    contract,
    money,
    option,
    order,
    place,
    plan,
    plan_file,
    policy,
    promise,
    reservation,
    resource,
    timing,
)
from models.base import Attributes, Id, Model
from models.issues import IssueCode, issues_of
from tests.builders import a_contract, a_policy, a_sku

MODULES = (
    base,
    catalogue,
    contract,
    money,
    option,
    order,
    place,
    plan,
    plan_file,
    policy,
    promise,
    reservation,
    resource,
    timing,
)


def models() -> Iterator[type[Model]]:
    for module in MODULES:
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, Model) and each.__module__ == module.__name__:
                yield each


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_model_is_frozen_and_refuses_fields_that_it_does_not_have(model: type[Model]) -> None:
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"


def test_a_model_cannot_be_changed() -> None:
    sku = a_sku()
    with pytest.raises(ValidationError, match="Instance is frozen"):
        sku.weight_g = 1  # type: ignore[misc]
    assert sku.weight_g == 500


def test_models_of_equal_content_are_equal_and_have_one_hash() -> None:
    assert a_sku("RICE") == a_sku("RICE")
    assert a_sku("RICE") != a_sku("EGGS")
    assert len({a_contract().promises, a_contract("C-1").promises}) == 1
    load, same = a_sku().load(3), a_sku().load(3)
    assert (load == same, hash(load) == hash(same)) == (True, True)


def test_a_model_survives_json() -> None:
    assert type(a_policy()).model_validate_json(a_policy().model_dump_json()) == a_policy()
    assert type(a_contract()).model_validate_json(a_contract().model_dump_json()) == a_contract()


@pytest.mark.parametrize("text", ["a", "7", "01JX", "m-1", "a.b_c:d@e+f-g", "x" * 64])
def test_an_id_is_up_to_64_characters_with_a_letter_or_digit_first(text: str) -> None:
    assert TypeAdapter(Id).validate_python(text) == text


@pytest.mark.parametrize("text", ["", "-a", ".a", "a b", "a/b", "a\n", "é", "订单", "x" * 65])
def test_anything_else_is_no_id(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Id).validate_python(text)
    (issue,) = issues_of(caught.value, path="order_id")
    assert (issue.code, issue.path) == (IssueCode.VALUE_INVALID, "order_id")
    assert issue.message.startswith("String should match pattern '^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,63}$', got ")


def test_attributes_are_32_at_most_and_their_keys_are_plain() -> None:
    adapter: TypeAdapter[dict[str, str]] = TypeAdapter(Attributes)
    assert len(adapter.validate_python({f"k{i}": "x" * 512 for i in range(32)})) == 32
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({f"k{i}": "" for i in range(33)})
    (issue,) = issues_of(caught.value, path="attributes")
    assert (issue.path, issue.message) == ("attributes", "number of entries (33) must be <= 32")
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({"Name": "a", "note": "y" * 513})
    bad_key, too_long = sorted(issues_of(caught.value, path="attributes"), key=lambda issue: issue.path)
    assert (bad_key.path, bad_key.message) == (
        "attributes.Name",
        "String should match pattern '^[a-z][a-z0-9_.-]{0,63}$', got 'Name'",
    )
    assert (too_long.path, too_long.message) == ("attributes.note", "length (513) must be <= 512")
