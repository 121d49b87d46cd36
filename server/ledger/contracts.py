"""Contracts, every revision of each."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select, update

from models.contract import Contract, ContractStatus
from models.issues import Conflict, Issue, IssueCode
from server.ledger import schema
from server.ledger.customers import Customers
from server.ledger.scope import mine

_CONTRACTS = schema.contracts
_REVISIONS = schema.contract_revisions
_REVISION = select(_CONTRACTS.c.revision).where(mine(_CONTRACTS, "contract_id"))
_ADVANCE = (
    update(_CONTRACTS)
    .where(mine(_CONTRACTS, "contract_id", "revision"))
    .values({name: bindparam(f"to_{name}") for name in ("revision", "status", "customer_id")})
)
_CURRENT = (
    select(_REVISIONS.c.document)
    .join(
        _CONTRACTS, and_(*(_REVISIONS.c[key] == _CONTRACTS.c[key] for key in ("tenant_id", "contract_id", "revision")))
    )
    .where(mine(_CONTRACTS))
    .order_by(_CONTRACTS.c.contract_id)
)
_ONE = _CURRENT.where(mine(_CONTRACTS, "contract_id"))
_OF_CUSTOMER = _CURRENT.where(_CONTRACTS.c.customer_id.in_(bindparam("customer_ids", expanding=True)))
_PAGE = _CURRENT.where(_CONTRACTS.c.contract_id > bindparam("after_id")).limit(bindparam("limit"))
_COUNTS = select(_CONTRACTS.c.status, func.count()).where(mine(_CONTRACTS)).group_by(_CONTRACTS.c.status)
_HISTORY = select(_REVISIONS.c.document).where(mine(_REVISIONS, "contract_id")).order_by(_REVISIONS.c.revision)


class Contracts(Customers):
    def put_contract(self, contract: Contract) -> None:
        """Keep a new contract (revision 1) or the next revision of one.

        Raises
        ------
        Conflict
            The revision is not the stored one plus 1: somebody else was faster.
        """
        self.check_tenant(contract.tenant_id, path="contract.tenant_id")
        if not self._advance_contract(contract):
            stored = self.value(_REVISION, its_contract_id=contract.contract_id) or 0
            raise Conflict(_outdated(contract, stored))
        key = {"contract_id": contract.contract_id, "revision": contract.revision}
        self.add(_REVISIONS, **key, document=contract.model_dump_json())

    def _advance_contract(self, contract: Contract) -> bool:
        columns = {
            "revision": contract.revision,
            "status": contract.status.value,
            "customer_id": contract.customer_id,
        }
        if contract.revision == 1:
            return self.add(_CONTRACTS, contract_id=contract.contract_id, **columns)
        key = {"its_contract_id": contract.contract_id, "its_revision": contract.revision - 1}
        return self.changed(_ADVANCE, **key, **{f"to_{name}": value for name, value in columns.items()}) == 1

    def contract(self, contract_id: str) -> Contract | None:
        """The contract at its last revision."""
        found = self._contracts(_ONE, its_contract_id=contract_id)
        return found[0] if found else None

    def contract_revisions(self, contract_id: str) -> tuple[Contract, ...]:
        """All revisions, the first one first."""
        return self._contracts(_HISTORY, its_contract_id=contract_id)

    def contracts_of_customer(
        self, customer_id: str, statuses: Collection[ContractStatus] = ()
    ) -> tuple[Contract, ...]:
        """Contracts under any id that the customer has or had; no statuses: in every status."""
        return self._contracts(_in_status(_OF_CUSTOMER, statuses), customer_ids=self.ids_of_customer(customer_id))

    def list_contracts(
        self, statuses: Collection[ContractStatus] = (), *, after_id: str = "", limit: int
    ) -> tuple[Contract, ...]:
        """At most `limit` contracts in the order of their ids, from the one after `after_id` on."""
        return self._contracts(_in_status(_PAGE, statuses), after_id=after_id, limit=limit)

    def count_contracts(self) -> dict[ContractStatus, int]:
        """How many contracts there are, by status; a status without any is left out."""
        return {ContractStatus(status): count for status, count in self.rows(_COUNTS)}

    def _contracts(self, query: Select[Any], **parameters: object) -> tuple[Contract, ...]:
        return tuple(Contract.model_validate_json(document) for (document,) in self.rows(query, **parameters))


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
