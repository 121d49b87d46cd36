"""Contracts, every revision of each."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, select, update

from models.contract import Contract, ContractStatus
from models.issues import Conflict, Issue, IssueCode
from server.ledger import schema
from server.ledger.customers import Customers

_CONTRACTS = schema.contracts
_REVISIONS = schema.contract_revisions


class Contracts(Customers):
    def put_contract(self, contract: Contract) -> None:
        """Keep a new contract (revision 1) or the next revision of one.

        Raises
        ------
        Conflict
            The revision is not the stored one plus 1: somebody else was faster.
        """
        self.check_tenant(contract.tenant_id, path="contract.tenant_id")
        columns = {"status": contract.status.value, "customer_id": contract.customer_id}
        if not self._advance_contract(contract.contract_id, contract.revision, columns):
            stored = self.value(_CONTRACTS, "revision", contract_id=contract.contract_id) or 0
            raise Conflict(_outdated(contract, stored))
        key = {"contract_id": contract.contract_id, "revision": contract.revision}
        self.add(_REVISIONS, **key, document=contract.model_dump_json())

    def _advance_contract(self, contract_id: str, revision: int, columns: dict[str, str]) -> bool:
        if revision == 1:
            return self.add(_CONTRACTS, contract_id=contract_id, revision=1, **columns)
        before = self.mine(_CONTRACTS, contract_id=contract_id, revision=revision - 1)
        return self.update(update(_CONTRACTS).where(before).values(revision=revision, **columns)) == 1

    def contract(self, contract_id: str) -> Contract | None:
        """The contract at its last revision."""
        found = self._contracts(self._current().where(_CONTRACTS.c.contract_id == contract_id))
        return found[0] if found else None

    def contract_revisions(self, contract_id: str) -> tuple[Contract, ...]:
        """All revisions, the first one first."""
        query = select(_REVISIONS.c.document).where(self.mine(_REVISIONS, contract_id=contract_id))
        return self._contracts(query.order_by(_REVISIONS.c.revision))

    def contracts_of_customer(
        self, customer_id: str, statuses: Collection[ContractStatus] = ()
    ) -> tuple[Contract, ...]:
        """Contracts under any id that the customer has or had; no statuses: in every status."""
        mine = _CONTRACTS.c.customer_id.in_(self.ids_of_customer(customer_id))
        return self._contracts(_in_status(self._current().where(mine), statuses))

    def list_contracts(
        self, statuses: Collection[ContractStatus] = (), *, after_id: str = "", limit: int
    ) -> tuple[Contract, ...]:
        """At most `limit` contracts in the order of their ids, from the one after `after_id` on."""
        page = self._current().where(_CONTRACTS.c.contract_id > after_id).limit(limit)
        return self._contracts(_in_status(page, statuses))

    def _current(self) -> Select[Any]:
        same = and_(*(_REVISIONS.c[name] == _CONTRACTS.c[name] for name in ("tenant_id", "contract_id", "revision")))
        joined = _CONTRACTS.join(_REVISIONS, same)
        mine = self.mine(_CONTRACTS)
        return select(_REVISIONS.c.document).select_from(joined).where(mine).order_by(_CONTRACTS.c.contract_id)

    def _contracts(self, query: Select[Any]) -> tuple[Contract, ...]:
        return tuple(Contract.model_validate_json(document) for (document,) in self.rows(query))


def _in_status(query: Select[Any], statuses: Collection[ContractStatus]) -> Select[Any]:
    if not statuses:
        return query
    return query.where(_CONTRACTS.c.status.in_(sorted(status.value for status in statuses)))


def _outdated(contract: Contract, stored: int) -> Issue:
    return Issue(
        code=IssueCode.CONTRACT_OUTDATED,
        path="contract.revision",
        message=f"revision ({contract.revision}) of {contract.contract_id} must be the stored revision ({stored}) + 1",
        hint="read the contract again and repeat the change on it",
    )
