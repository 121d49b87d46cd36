"""The world as it is served: its files, with what was changed at run time laid over them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from models.base import Model
from models.policy import Policy
from models.supply import FIELD_BY_KIND, ResourceStatus, StoredSupply, SupplyKind, id_of
from models.timing import Instant
from scenarios.world import World
from server.ledger import Transaction

_POLICY = "policy"
LIST_BY_KIND = {kind: f"{name}s" for kind, name in FIELD_BY_KIND.items()}
"""The field of the catalogue that holds sites or resources of a kind."""


class PolicyInForce(Model):
    """The policy that promises are made by, and since when."""

    policy: Policy
    fingerprint: str
    effective_time: Instant


def policy_in_force(tx: Transaction, world: World, now: datetime) -> PolicyInForce:
    """What the ledger keeps; the policy of the files, if it was made just now."""
    kept = tx.meta(_POLICY)
    if kept is not None:
        return PolicyInForce.model_validate_json(kept)
    first = PolicyInForce(policy=world.catalogue.policy, fingerprint=world.policy_fingerprint, effective_time=now)
    keep_policy(tx, first)
    return first


def keep_policy(tx: Transaction, in_force: PolicyInForce) -> None:
    tx.set_meta(_POLICY, in_force.model_dump_json())


def overlaid(world: World, supplies: Iterable[StoredSupply], *, policy: Policy) -> World:
    """The world with other sites and resources, and another policy.

    What the files know keeps its place; what is new comes behind it, in the order of the ids.
    """
    supplies = sorted(supplies, key=lambda supply: supply.resource_id)
    changes: dict[str, Any] = {
        name: _list(getattr(world.catalogue, name), kind, supplies) for kind, name in LIST_BY_KIND.items()
    }
    unavailable = (each.resource_id for each in supplies if each.status is not ResourceStatus.AVAILABLE)
    changes["unavailable_ids"] = frozenset(unavailable)
    changes["changed_time_by_id"] = {each.resource_id: each.capacity_time for each in supplies if each.capacity_time}
    return replace(world, catalogue=world.catalogue.model_copy(update={**changes, "policy": policy}))


def _list(known: tuple[Any, ...], kind: SupplyKind, supplies: Iterable[StoredSupply]) -> tuple[Any, ...]:
    changed = {each.resource_id: each.resource for each in supplies if each.kind is kind}
    known_ids = {id_of(each) for each in known}
    new = (resource for each_id, resource in changed.items() if each_id not in known_ids)
    return (*(changed.get(id_of(each), each) for each in known), *new)
