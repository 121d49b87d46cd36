"""The papers of a contract's goods: what follows from its items, their sources and the policy's rules."""

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256

from jinja2 import Environment, PackageLoader, select_autoescape

from models.catalogue import Catalogue
from models.contract import Contract, ServiceItem
from models.document import Document, DocumentKind, DocumentLine, DocumentRule
from models.order import Sku
from models.plan import Assignment
from models.promise import Mode

_PREFIX_BY_KIND = {
    DocumentKind.WAYBILL: "WB",
    DocumentKind.INSPECTION_REPORT: "IR",
    DocumentKind.DANGEROUS_GOODS_NOTE: "DG",
}
_LEAVES_BY = frozenset({Mode.RIDER, Mode.VAN, Mode.CARRIER})


def documents_of(contract: Contract, assignments: Iterable[Assignment], catalogue: Catalogue) -> tuple[Document, ...]:
    """The papers of everything that the contract's items hand over, from the sites that these assignments name.

    A waybill goes with each parcel that leaves its site; what a customer fetches has none. What
    the policy asks of a source comes with each item that has such goods.
    """
    assignment_by_item_id = {each.item_id: each for each in assignments if each.contract_id == contract.contract_id}
    return tuple(
        document
        for item in contract.items
        if item.demand_ids and item.item_id in assignment_by_item_id
        for document in _of_item(contract, item, assignment_by_item_id[item.item_id], catalogue)
    )


def _of_item(contract: Contract, item: ServiceItem, assignment: Assignment, catalogue: Catalogue) -> Iterator[Document]:
    pieces = Counter[str]()
    for demand in contract.demands_of(item):
        pieces[demand.sku_id] += demand.quantity
    for kind, sku_ids in _wanted(pieces, assignment.mode, catalogue):
        lines = tuple(DocumentLine(sku_id=sku_id, quantity=pieces[sku_id]) for sku_id in sku_ids)
        yield _numbered(
            contract,
            kind=kind,
            contract_id=contract.contract_id,
            item_id=item.item_id,
            site_id=assignment.site_id,
            mode=assignment.mode,
            carrier_id=assignment.resource_id if assignment.mode is Mode.CARRIER else None,
            lines=lines,
        )


def _wanted(sku_ids: Iterable[str], mode: Mode, catalogue: Catalogue) -> Iterator[tuple[DocumentKind, tuple[str, ...]]]:
    """The kinds of papers that these goods need, each with the goods that need it."""
    skus = [catalogue.sku_by_id[sku_id] for sku_id in sku_ids]
    if mode in _LEAVES_BY:
        yield DocumentKind.WAYBILL, tuple(sku.sku_id for sku in skus)
    for kind in DocumentKind:
        rules = [rule for rule in catalogue.policy.documents if rule.kind is kind]
        if found := tuple(sku.sku_id for sku in skus if any(_needs(sku, rule) for rule in rules)):
            yield kind, found


def _needs(sku: Sku, rule: DocumentRule) -> bool:
    if rule.category is not None and sku.category != rule.category:
        return False
    if rule.attribute is None:
        return True
    value = sku.attributes.get(rule.attribute)
    return value is not None and (not rule.values or value in rule.values)


def _numbered(contract: Contract, *, kind: DocumentKind, **stated: object) -> Document:
    """A document whose number follows from all that it states."""
    unnumbered = Document.model_validate({"document_id": "unnumbered", "kind": kind, **stated})
    digest = sha256(f"{contract.tenant_id} {unnumbered.model_dump_json()}".encode()).hexdigest()
    return unnumbered.model_copy(update={"document_id": f"{_PREFIX_BY_KIND[kind]}-{digest[:20].upper()}"})


def render(documents: Iterable[Document], catalogue: Catalogue) -> str:
    """The papers as one page for print: plain HTML without scripts, one sheet each."""
    pages = Environment(loader=PackageLoader("scenarios"), autoescape=select_autoescape(), trim_blocks=True)
    return pages.get_template("documents.html").render(
        documents=tuple(documents), sites=catalogue.site_by_id, skus=catalogue.sku_by_id
    )
