"""Who is who: identity keys of customers, and customers that turned out to be one."""

from collections.abc import Iterable

from sqlalchemy import select, update

from models.issues import Conflict, Issue, IssueCode
from server.ledger import schema
from server.ledger.scope import Scope

_KEYS = schema.customer_keys
_ALIASES = schema.customer_aliases


class Customers(Scope):
    def customers_by_key(self, keys: Iterable[str]) -> dict[str, str]:
        """`customer_id` of each key that is known."""
        query = select(_KEYS.c.identity_key, _KEYS.c.customer_id).where(
            self.mine(_KEYS), _KEYS.c.identity_key.in_(sorted(set(keys)))
        )
        return dict(self.rows(query.order_by(_KEYS.c.identity_key)))

    def keys_of_customer(self, customer_id: str) -> tuple[str, ...]:
        """Every key that is bound to the customer."""
        query = select(_KEYS.c.identity_key).where(self.mine(_KEYS, customer_id=customer_id))
        return tuple(key for (key,) in self.rows(query.order_by(_KEYS.c.identity_key)))

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
        for table, column in ((_KEYS, _KEYS.c.customer_id), (_ALIASES, _ALIASES.c.merged_into)):
            self.update(update(table).where(self.mine(table), column.in_(absorbed)).values({column: into}))
        self.put(_ALIASES, [{"customer_id": each, "merged_into": into} for each in absorbed])

    def ids_of_customer(self, customer_id: str) -> tuple[str, ...]:
        """Every id that this customer has or had, whichever of them is given."""
        current = self.value(_ALIASES, "merged_into", customer_id=customer_id) or customer_id
        former = select(_ALIASES.c.customer_id).where(self.mine(_ALIASES, merged_into=current))
        return (current, *(each for (each,) in self.rows(former.order_by(_ALIASES.c.customer_id))))


def _foreign_key(key: str, owner_id: str, customer_id: str) -> Issue:
    kind = key.partition(":")[0]
    return Issue(
        code=IssueCode.IDENTITY_CONFLICT,
        path="identity",
        message=f"{kind} key to be bound to customer {customer_id} must be free or its own, and is {owner_id}'s",
        hint="merge the two customers or leave the key out",
    )
