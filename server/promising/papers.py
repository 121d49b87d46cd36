"""Papers are issued when a contract is confirmed, and anew when the source of its goods changes."""

from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import datetime

from models.catalogue import Catalogue
from models.contract import Contract, ContractStatus
from models.document import Document
from scenarios.papers import documents_of
from server.ledger import Transaction
from server.promising.books import Change, Entries


def with_papers(
    tx: Transaction, contract: Contract, entries: Entries, *, catalogue: Catalogue, at: datetime
) -> Contract:
    """The contract with the papers of what is assigned; an event says of each that is new or void."""
    documents = documents_of(contract, entries.assignments.values(), catalogue)
    _tell(tx, "document.issued", (each for each in documents if each not in contract.documents), at)
    _tell(tx, "document.voided", (each for each in contract.documents if each not in documents), at)
    return contract.model_copy(update={"documents": documents})


def reissue(
    tx: Transaction, change: Change, before: Entries, *, held: Container[str], catalogue: Catalogue, at: datetime
) -> Change:
    """The change, with the next revision of every active contract whose papers it puts out of date.

    One that something is held for, `held` by id, gets its papers when that is confirmed.
    """
    after = before.after(change)
    waiting = {each.contract_id for each in change.held}
    renewed = list[Contract]()
    touched = {each.contract_id for each in change.added} | {each.contract_id for each in change.lost}
    for contract_id in sorted(touched):
        contract = after.contracts[contract_id]
        if contract.status is not ContractStatus.ACTIVE or contract_id in waiting or contract_id in held:
            continue
        papered = with_papers(tx, contract, after, catalogue=catalogue, at=at)
        if papered.documents != contract.documents:
            renewed.append(papered.model_copy(update={"revision": contract.revision + 1}))
            tx.put_contract(renewed[-1])
    ids = {each.contract_id for each in renewed}
    others = (each for each in change.contracts if each.contract_id not in ids)
    return replace(change, contracts=(*others, *renewed)) if renewed else change


def _tell(tx: Transaction, event_type: str, documents: Iterable[Document], at: datetime) -> None:
    for each in documents:
        payload = {"document_id": each.document_id, "kind": each.kind.value, "item_id": each.item_id}
        tx.emit(event_type, each.contract_id, time=at, payload=payload | {"site_id": each.site_id})
