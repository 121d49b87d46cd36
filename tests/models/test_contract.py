"""The agreement: its parts refer to each other, and its links form no circle."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.contract import GOODS_KINDS, Contract, ContractStatus, Precedence, ServiceItemKind, order_by_precedence
from models.issues import Issue, issues_of
from models.promise import SameVisit
from tests.builders import a_contract, a_promise, an_item


def items(*item_ids: str) -> list[Any]:
    return [an_item(each) for each in item_ids]


def first(before: str, after: str) -> Precedence:
    return Precedence(before_item_id=before, after_item_id=after, lag=timedelta(0))


def issue_of(**changes: Any) -> Issue:
    with pytest.raises(ValidationError) as caught:
        a_contract(**changes)
    (issue,) = issues_of(caught.value, path="contract")
    return issue


def test_a_contract_begins_as_the_first_revision_of_a_draft() -> None:
    assert (a_contract().status, a_contract().revision) == (ContractStatus.DRAFT, 1)


def test_a_contract_may_hold_every_kind_of_item() -> None:
    contract = a_contract(items=[an_item(kind.lower(), kind=kind) for kind in ServiceItemKind])
    assert [item.kind for item in contract.items] == list(ServiceItemKind)
    assert {ServiceItemKind.DELIVERY, ServiceItemKind.STORE_PICKUP} == GOODS_KINDS


def test_an_item_is_found_by_its_id_with_the_demands_that_it_names() -> None:
    eggs = an_item("i-eggs", goods=[("EGGS", 2), ("RICE", 1)])
    contract = a_contract(items=[an_item("i-book", goods=[("BOOK", 1)]), eggs])
    assert contract.item("i-eggs") == eggs
    assert [(demand.sku_id, demand.quantity) for demand in contract.demands_of(eggs)] == [("EGGS", 2), ("RICE", 1)]


def test_items_have_ids_of_their_own() -> None:
    issue = issue_of(items=items("i-1", "i-2", "i-1"))
    assert (issue.code, issue.path) == ("ID_DUPLICATE", "contract")
    assert issue.message == "item_id must be distinct: 3 ids, of which 2 distinct (i-1)"
    assert issue.hint == "give each its own id"


def test_demands_have_ids_of_their_own() -> None:
    demands = a_contract().demands
    issue = issue_of(demands=demands + demands)
    assert (issue.code, issue.message) == (
        "ID_DUPLICATE",
        "demand_id must be distinct: 2 ids, of which 1 distinct (i-rice:RICE:1)",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"demands": ()}, "1 of 1 do not: demand_ids -> i-rice:RICE:1"),
        (
            {"items": [an_item(for_demand_ids=("d-gone",))]},
            "1 of 2 do not: for_demand_ids -> d-gone",
        ),
        ({"precedences": (first("i-rice", "i-gone"),)}, "1 of 3 do not: after_item_id -> i-gone"),
        ({"same_visits": (SameVisit(item_ids=("i-rice", "i-gone")),)}, "1 of 3 do not: same_visits -> i-gone"),
        ({"promises": (a_promise("i-gone"),)}, "1 of 2 do not: promises -> i-gone"),
    ],
)
def test_a_reference_to_nothing_is_refused(changes: dict[str, Any], message: str) -> None:
    issue = issue_of(**changes)
    assert (issue.code, issue.path) == ("REFERENCE_DANGLING", "contract")
    assert issue.message == f"every reference must name a part of this contract; {message}"
    assert issue.hint == "add what is missing or remove the reference"


def test_references_to_nothing_are_counted_and_the_first_five_are_named() -> None:
    issue = issue_of(promises=tuple(a_promise(f"x-{i}") for i in range(7)))
    named = ", ".join(f"promises -> x-{i}" for i in range(5))
    assert issue.message == f"every reference must name a part of this contract; 7 of 8 do not: {named}"


@pytest.mark.parametrize(
    ("links", "cycle"),
    [
        ([("a", "a")], "a -> a"),
        ([("a", "b"), ("b", "a")], "a -> b -> a"),
        ([("a", "b"), ("b", "c"), ("c", "a")], "a -> b -> c -> a"),
    ],
)
def test_links_that_form_a_cycle_are_refused(links: list[tuple[str, str]], cycle: str) -> None:
    issue = issue_of(items=items("a", "b", "c"), precedences=tuple(first(*link) for link in links))
    assert (issue.code, issue.path) == ("LINK_CYCLE", "contract")
    found = issue.message.removeprefix("precedences must form no cycle, found ")
    # Where a circle begins is of no importance.
    assert turned(found.split(" -> ")) == turned(cycle.split(" -> "))
    assert issue.hint == "remove one link of the cycle"


def turned(circle: list[str]) -> list[str]:
    """A circle, written from its least item on."""
    assert circle[0] == circle[-1]
    start = circle.index(min(circle))
    return circle[start:-1] + circle[:start]


def test_items_that_wait_stand_after_what_they_wait_for() -> None:
    contract = a_contract(items=items("a", "b", "c"), precedences=(first("c", "a"), first("c", "b"), first("b", "a")))
    assert order_by_precedence(contract) == ("c", "b", "a")


def test_items_that_wait_for_nothing_stand_as_in_the_contract() -> None:
    assert order_by_precedence(a_contract(items=items("c", "a", "b"))) == ("c", "a", "b")


@st.composite
def linked_contracts(draw: st.DrawFn) -> Contract:
    """Links from earlier to later in a hidden order: feasible by construction."""
    ids = draw(st.permutations(["a", "b", "c", "d", "e"]))
    pairs = [(before, after) for i, before in enumerate(ids) for after in ids[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True))
    return a_contract(items=items(*sorted(ids)), precedences=tuple(first(*link) for link in chosen))


@given(linked_contracts())
def test_every_item_stands_once_and_after_all_that_it_waits_for(contract: Contract) -> None:
    order = order_by_precedence(contract)
    assert sorted(order) == ["a", "b", "c", "d", "e"]
    assert all(order.index(link.before_item_id) < order.index(link.after_item_id) for link in contract.precedences)


@pytest.mark.parametrize("changes", [{"revision": 0}, {"demands": ({"quantity": 0},)}, {"orders": ({"reasons": ()},)}])
def test_revisions_quantities_and_reasons_count_from_one(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_contract(**changes)


def test_a_copy_knows_its_own_items_and_not_those_of_the_original() -> None:
    contract = a_contract("C-1")
    item = contract.item(contract.items[0].item_id)
    other = contract.model_copy(update={"items": (item.model_copy(update={"item_id": "other"}),)})
    assert other.item("other").item_id == "other"
    assert contract.item(item.item_id) is item


# -- parts of what was ordered


def a_divided_line() -> Contract:
    """Five pieces of rice, two and three of them in parts, and a book beside them."""
    rice = an_item("i-1", goods=[("RICE", 5)])
    parts = (
        rice.model_copy(update={"split_of": "i-0", "quantities": {"i-1:RICE:5": 2}}),
        rice.model_copy(update={"item_id": "i-2", "split_of": "i-0", "quantities": {"i-1:RICE:5": 3}}),
    )
    whole = a_contract("C-1", [rice, an_item("i-3", goods=[("BOOK", 1)])])
    return whole.model_copy(update={"items": (*parts, whole.items[1])})


def pieces(contract: Contract) -> dict[str, int]:
    return {demand.sku_id: demand.quantity for demand in contract.demands}


def test_a_part_of_a_line_brings_its_own_pieces() -> None:
    contract = a_divided_line()
    brought = [[each.quantity for each in contract.demands_of(item)] for item in contract.items]
    assert brought == [[2], [3], [1]]
    assert Contract.model_validate_json(contract.model_dump_json()) == contract


def test_a_contract_that_is_cut_down_demands_what_its_items_bring() -> None:
    contract = a_divided_line()
    assert pieces(contract.part({"i-2"})) == {"RICE": 3}
    assert pieces(contract.part({"i-1", "i-3"})) == {"RICE": 2, "BOOK": 1}
    assert contract.part({"i-1", "i-2", "i-3"}) is contract


def test_pieces_of_a_demand_that_is_not_there_dangle() -> None:
    fields = {**dict(a_contract()), "items": (an_item(quantities={"nothing": 1}),)}
    with pytest.raises(ValidationError, match="quantities -> nothing"):
        Contract(**fields)
