"""Who is who: identity keys of customers, and customers that turned out to be one."""

from collections.abc import Iterable

from sqlalchemy import BindParameter, bindparam, select, update

from models.issues import Conflict, Issue, IssueCode
from server.ledger import schema
from server.ledger.scope import Scope, mine

_KEYS = schema.customer_keys
_ALIASES = schema.customer_aliases
_OWNERS = select(_KEYS.c.identity_key, _KEYS.c.customer_id).where(
    mine(_KEYS), _KEYS.c.identity_key.in_(bindparam("keys", expanding=True))
)
_OF_CUSTOMER = select(_KEYS.c.identity_key).where(mine(_KEYS, "customer_id")).order_by(_KEYS.c.identity_key)
_ABSORBED: BindParameter[str] = bindparam("absorbed", expanding=True)
_MERGE_KEYS = update(_KEYS).where(mine(_KEYS), _KEYS.c.customer_id.in_(_ABSORBED))
_MERGE_ALIASES = update(_ALIASES).where(mine(_ALIASES), _ALIASES.c.merged_into.in_(_ABSORBED))
_CURRENT = select(_ALIASES.c.merged_into).where(mine(_ALIASES, "customer_id"))
_FORMER = select(_ALIASES.c.customer_id).where(mine(_ALIASES, "merged_into")).order_by(_ALIASES.c.customer_id)


class Customers(Scope):
    def customers_by_key(self, keys: Iterable[str]) -> dict[str, str]:
        """`customer_id` of each key that is known."""
        return dict(sorted(tuple(row) for row in self.rows(_OWNERS, keys=sorted(set(keys)))))

    def keys_of_customer(self, customer_id: str) -> tuple[str, ...]:
        """Every key that is bound to the customer."""
        return tuple(key for (key,) in self.rows(_OF_CUSTOMER, its_customer_id=customer_id))

    def bind_keys(self, keys: Iterable[str], customer_id: str) -> None:
        """Note that these keys are the customer's.

        Raises
        ------
        Conflict
            A key is another customer's: merge the two first.
        """
        keys = sorted(set(keys))
        for key in keys:
            self.add(_KEYS, identity_key=key, customer_id=customer_id)
        foreign = {key: each for key, each in self.customers_by_key(keys).items() if each != customer_id}
        if foreign:
            raise Conflict(*(_foreign_key(key, owner_id, customer_id) for key, owner_id in foreign.items()))

    def merge_customers(self, into: str, absorbed: Iterable[str]) -> None:
        """Make several customers one: `into` gets their keys, and their contracts count as its own."""
        absorbed = sorted(set(absorbed) - {into})
        self.changed(_MERGE_KEYS.values(customer_id=into), absorbed=absorbed)
        self.changed(_MERGE_ALIASES.values(merged_into=into), absorbed=absorbed)
        self.put(_ALIASES, [{"customer_id": each, "merged_into": into} for each in absorbed])

    def ids_of_customer(self, customer_id: str) -> tuple[str, ...]:
        """Every id that this customer has or had, whichever of them is given."""
        current = self.value(_CURRENT, its_customer_id=customer_id) or customer_id
        return (current, *(former for (former,) in self.rows(_FORMER, its_merged_into=current)))


def _foreign_key(key: str, owner_id: str, customer_id: str) -> Issue:
    kind = key.partition(":")[0]
    return Issue(
        code=IssueCode.IDENTITY_CONFLICT,
        path="identity",
        message=f"{kind} key to be bound to customer {customer_id} must be free or its own, and is {owner_id}'s",
        hint="merge the two customers or leave the key out",
    )
