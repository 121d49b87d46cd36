"""Who is the same customer: connected components over the keys that orders carry.

Rules
-----
* Orders and known customers that share a key (member id, phone, a channel's open id) are one
  customer, directly or through others.
* A customer has at most one member id; phones and open ids may be many. Where a component
  holds several member ids, its keys *contradict* each other. Then nobody is guessed: every
  member id is a customer of its own; an order without one goes where all of its connections
  point to, or stands alone if they point to several members. The keys that led to several
  customers are contested: they stay bound to whom they were bound to, and are bound to nobody
  new.
* The order in which orders arrive within one call does not matter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from models.issues import Issue, IssueCode, Severity
from models.order import Identity

MEMBER = "member:"


@dataclass(frozen=True)
class Known:
    """A customer that the ledger knows, with every key that is bound to it."""

    customer_id: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Resolution:
    """Which customer every order belongs to, and what that changes.

    Parameters
    ----------
    customer_ids
        One per order.
    new_keys
        Keys to bind, by customer id.
    absorbed
        Customers that are now part of another, by the id of that one.
    issues
        A warning for every key of an order that led to another customer than its order.
    """

    customer_ids: tuple[str, ...]
    new_keys: dict[str, tuple[str, ...]]
    absorbed: dict[str, tuple[str, ...]]
    issues: tuple[Issue, ...]


def resolve(identities: Sequence[Identity], known: Sequence[Known], *, new_id: Callable[[], str]) -> Resolution:
    """Say whose the orders are.

    Parameters
    ----------
    known
        Every customer that one of the orders' keys is bound to.
    """
    network = _Network.of(identities, known)
    group_by_node = _groups(network)
    customers = _name_groups(group_by_node, network, new_id)
    return Resolution(
        customer_ids=tuple(customers[group_by_node[network.num_known + i]] for i in range(len(identities))),
        new_keys=_new_keys(network, group_by_node, customers),
        absorbed=_absorbed(network, group_by_node, customers),
        issues=tuple(_conflicts(network, group_by_node, customers)),
    )


@dataclass(frozen=True)
class _Network:
    """Known customers first, then orders, as numbered nodes; edges where two share a key."""

    known: Sequence[Known]
    keys: list[tuple[str, ...]]
    owner_by_key: dict[str, int]
    nodes_by_key: dict[str, list[int]]
    neighbours: list[list[int]] = field(default_factory=list)

    @classmethod
    def of(cls, identities: Sequence[Identity], known: Sequence[Known]) -> "_Network":
        keys = [each.keys for each in known] + [identity.keys() for identity in identities]
        nodes_by_key: dict[str, list[int]] = {}
        for node, keys_of_node in enumerate(keys):
            for key in keys_of_node:
                nodes_by_key.setdefault(key, []).append(node)
        owner_by_key = {key: nodes[0] for key, nodes in nodes_by_key.items() if nodes[0] < len(known)}
        network = cls(known, keys, owner_by_key, nodes_by_key, [[] for _ in keys])
        for a, b in network._edges():
            network.neighbours[a].append(b)
            network.neighbours[b].append(a)
        return network

    @property
    def num_known(self) -> int:
        return len(self.known)

    def member(self, node: int) -> str | None:
        return next((key for key in self.keys[node] if key.startswith(MEMBER)), None)

    def _edges(self) -> Iterable[tuple[int, int]]:
        """A key that is bound connects its bearers to its owner only; another connects all of them."""
        for key, nodes in self.nodes_by_key.items():
            owner = self.owner_by_key.get(key)
            yield from combinations(nodes, 2) if owner is None else ((owner, node) for node in nodes if node != owner)


def _groups(network: _Network) -> list[int]:
    """For every node the number of its group; a group is named by its first node."""
    everybody = range(len(network.keys))
    group_by_node = _components(network.neighbours, everybody, lambda _: True)
    members_by_group: dict[int, set[str]] = {}
    for node, group in enumerate(group_by_node):
        if member := network.member(node):
            members_by_group.setdefault(group, set()).add(member)
    contradicting = {group for group, members in members_by_group.items() if len(members) > 1}
    if not contradicting:
        return group_by_node
    split = _split(network, [node for node in everybody if group_by_node[node] in contradicting])
    return [split.get(node, group) for node, group in enumerate(group_by_node)]


def _components(neighbours: list[list[int]], nodes: Iterable[int], passable: Callable[[int], bool]) -> list[int]:
    component = [-1] * len(neighbours)
    for root in nodes:
        if component[root] >= 0:
            continue
        component[root], waiting = root, [root]
        while waiting:
            here = waiting.pop()
            for there in neighbours[here]:
                if component[there] < 0 and passable(there):
                    component[there] = root
                    waiting.append(there)
    return component


def _split(network: _Network, nodes: list[int]) -> dict[int, int]:
    """Groups of the nodes of contradicting components: one per member id, others as the rules say."""
    member_by_node = {node: network.member(node) for node in nodes}
    first_by_member: dict[str, int] = {}
    for node, member in member_by_node.items():
        if member:
            first_by_member.setdefault(member, node)
    nameless = [node for node, member in member_by_node.items() if member is None]
    among = _components(network.neighbours, nameless, lambda there: member_by_node[there] is None)
    members_near: dict[int, set[str]] = {}
    for node in nameless:
        near = {member for there in network.neighbours[node] if (member := member_by_node[there])}
        members_near.setdefault(among[node], set()).update(near)
    group_by_nameless = {
        root: first_by_member[next(iter(near))] if len(near) == 1 else root for root, near in members_near.items()
    }
    return {
        node: first_by_member[member] if member else group_by_nameless[among[node]]
        for node, member in member_by_node.items()
    }


def _name_groups(groups: list[int], network: _Network, new_id: Callable[[], str]) -> dict[int, str]:
    """A group keeps the smallest id of the customers in it: with ids that sort by time, the oldest."""
    names: dict[int, str] = {}
    for customer, group in sorted(zip((each.customer_id for each in network.known), groups, strict=False)):
        names.setdefault(group, customer)
    for group in groups:
        if group not in names:
            names[group] = new_id()
    return names


def _new_keys(network: _Network, groups: list[int], customers: Mapping[int, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, nodes in network.nodes_by_key.items():
        bearers = {groups[node] for node in nodes}
        if key not in network.owner_by_key and len(bearers) == 1:
            found.setdefault(customers[bearers.pop()], []).append(key)
    return {customer: tuple(sorted(keys)) for customer, keys in sorted(found.items())}


def _absorbed(network: _Network, groups: list[int], customers: Mapping[int, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for node, each in enumerate(network.known):
        into = customers[groups[node]]
        if each.customer_id != into:
            found.setdefault(into, []).append(each.customer_id)
    return {into: tuple(sorted(absorbed)) for into, absorbed in sorted(found.items())}


def _conflicts(network: _Network, groups: list[int], customers: Mapping[int, str]) -> Iterable[Issue]:
    for node in range(network.num_known, len(network.keys)):
        for key in network.keys[node]:
            others = _led_elsewhere(network, groups, node, key)
            if others:
                others_named = ", ".join(sorted(customers[group] for group in others))
                yield _conflict(node - network.num_known, key, customers[groups[node]], others_named)


def _led_elsewhere(network: _Network, groups: list[int], node: int, key: str) -> set[int]:
    owner = network.owner_by_key.get(key)
    bearers = network.nodes_by_key[key] if owner is None else [owner]
    return {groups[each] for each in bearers} - {groups[node]}


def _conflict(order_idx: int, key: str, customer_id: str, others: str) -> Issue:
    """Names the field and not its value: warnings are stored and logged, keys are personal."""
    field_name = _field_name(key)
    return Issue(
        code=IssueCode.IDENTITY_CONFLICT,
        severity=Severity.WARNING,
        path=f"orders[{order_idx}].identity.{field_name}",
        message=f"every key of an order must lead to one customer: {field_name} leads to {others}, "
        f"the order to {customer_id}",
        hint="the order stays with its strongest key and this key is not bound to it; correct it at its source",
    )


def _field_name(key: str) -> str:
    kind, rest = key.split(":", 1)
    return {"member": "member_id", "phone": "phone"}.get(kind) or f"open_ids.{rest.split(':', 1)[0]}"
