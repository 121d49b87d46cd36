"""What goods travel with follows from where they come from."""

from typing import Any

from models.contract import Contract
from models.document import Document, DocumentKind, DocumentRule
from models.plan import Assignment
from models.promise import Mode
from scenarios.papers import documents_of, render
from tests.builders import a_catalogue, a_contract, a_depot, a_policy, a_sku, a_store, an_item, at, skus

REPORT = DocumentRule(kind=DocumentKind.INSPECTION_REPORT, category="food")
CATALOGUE = a_catalogue(policy=a_policy(documents=(REPORT,)))


def assigned(item_id: str, **changes: Any) -> Assignment:
    fields = {
        "contract_id": "C-1",
        "item_id": item_id,
        "mode": Mode.RIDER,
        "site_id": "STORE",
        "resource_id": "R-1",
        "ready_time": at("07:05"),
        "planned_start": at("07:30"),
    }
    return Assignment(**{**fields, **changes})


def papers(contract: Contract, *assignments: Assignment, **catalogue: Any) -> tuple[Document, ...]:
    return documents_of(contract, assignments, a_catalogue(**catalogue) if catalogue else CATALOGUE)


def kinds(documents: tuple[Document, ...]) -> list[tuple[str, str]]:
    return [(document.kind, document.site_id) for document in documents]


def test_each_parcel_that_leaves_a_site_has_its_waybill_with_all_of_its_goods() -> None:
    contract = a_contract("C-1", [an_item("i-1", goods=[("RICE", 2), ("BOOK", 1)]), an_item("i-2")])
    found = papers(contract, assigned("i-1"), assigned("i-2", site_id="DEPOT", mode=Mode.VAN), policy=a_policy())
    assert kinds(found) == [("WAYBILL", "STORE"), ("WAYBILL", "DEPOT")]
    assert [(line.sku_id, line.quantity) for line in found[0].lines] == [("RICE", 2), ("BOOK", 1)]


def test_two_lines_of_one_sku_are_one_line_of_a_paper() -> None:
    item = an_item("i-1", goods=[("RICE", 2), ("RICE", 3)])
    (waybill, *_) = papers(a_contract("C-1", [item]), assigned("i-1"))
    assert [(line.sku_id, line.quantity) for line in waybill.lines] == [("RICE", 5)]


def test_a_waybill_names_the_carrier_and_none_of_our_own_vehicles() -> None:
    contract = a_contract("C-1")
    (posted, *_) = papers(contract, assigned("i-rice", mode=Mode.CARRIER, resource_id="X-1"))
    (ridden, *_) = papers(contract, assigned("i-rice"))
    assert (posted.carrier_id, ridden.carrier_id) == ("X-1", None)
    assert papers(contract, assigned("i-rice", resource_id="R-2"))[0] == ridden


def test_what_a_customer_fetches_has_no_waybill_and_is_inspected_all_the_same() -> None:
    contract = a_contract("C-1")
    assert kinds(papers(contract, assigned("i-rice", mode=Mode.PICKUP, resource_id=None))) == [
        ("INSPECTION_REPORT", "STORE")
    ]


def test_each_source_reports_on_the_goods_that_the_policy_asks_about() -> None:
    rule = DocumentRule(kind=DocumentKind.INSPECTION_REPORT, attribute="line", values=("staple",))
    cat_food = (a_sku("STAPLE", attributes={"line": "staple"}), a_sku("PILLS", attributes={"line": "supplement"}))
    demands = ("i-1:STAPLE:1", "i-1:PILLS:1", "i-1:RICE:1")
    item = an_item("i-1", goods=(), demand_ids=demands)
    found = papers(
        a_contract("C-1", [item]), assigned("i-1"), skus=(*skus(), *cat_food), policy=a_policy(documents=(rule,))
    )
    assert [(each.kind, [line.sku_id for line in each.lines]) for each in found] == [
        ("WAYBILL", ["STAPLE", "PILLS", "RICE"]),
        ("INSPECTION_REPORT", ["STAPLE"]),
    ]


def test_a_rule_with_category_and_attribute_asks_for_both() -> None:
    both = DocumentRule(kind=DocumentKind.DANGEROUS_GOODS_NOTE, category="food", attribute="line")
    policy = a_policy(documents=(both,))
    assert kinds(papers(a_contract("C-1"), assigned("i-rice"), policy=policy)) == [("WAYBILL", "STORE")]
    line = (a_sku("RICE", attributes={"line": "staple"}),)
    found = papers(a_contract("C-1"), assigned("i-rice"), policy=policy, skus=line)
    assert kinds(found) == [("WAYBILL", "STORE"), ("DANGEROUS_GOODS_NOTE", "STORE")]


def test_a_paper_has_the_same_number_whenever_it_is_made_and_another_from_another_source() -> None:
    contract = a_contract("C-1")
    here, there = papers(contract, assigned("i-rice")), papers(contract, assigned("i-rice", site_id="DEPOT"))
    assert papers(contract, assigned("i-rice")) == here
    numbers = [each.document_id for each in (*here, *there)]
    assert len(set(numbers)) == 4
    assert [number[:3] for number in numbers] == ["WB-", "IR-"] * 2
    elsewhere = contract.model_copy(update={"tenant_id": "another"})
    assert papers(elsewhere, assigned("i-rice"))[0].document_id not in numbers


def test_what_is_not_assigned_and_what_hands_over_nothing_has_no_papers() -> None:
    contract = a_contract("C-1", [an_item("i-1"), an_item("i-2", goods=())])
    assert papers(contract, assigned("i-2"), assigned("i-1", contract_id="C-2")) == ()


def test_the_page_shows_every_paper_and_what_a_name_may_not_do() -> None:
    contract = a_contract("C-1")
    catalogue = a_catalogue(
        policy=a_policy(documents=(REPORT,)),
        sites=(a_store(name="<script>Store</script>"), a_depot()),
    )
    found = documents_of(contract, [assigned("i-rice")], catalogue)
    page = render(found, catalogue)
    assert all(document.document_id in page for document in found)
    assert "Waybill" in page
    assert "Inspection report" in page
    assert "5.00" in page
    assert "<script>" not in page
