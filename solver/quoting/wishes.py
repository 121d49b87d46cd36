"""What a wish changes about the contract that is searched for."""

from models.contract import Contract
from models.counter_offer import Wish
from models.promise import SameVisit


def given_up(contract: Contract, wish: Wish) -> tuple[SameVisit, ...]:
    """Same visits of the contract of which something may come apart."""
    apart = set(wish.apart_item_ids)
    return tuple(group for group in contract.same_visits if not apart.isdisjoint(group.item_ids))


def under(contract: Contract, wish: Wish) -> Contract:
    """The contract with the same visits that the wish leaves, and those that it adds."""
    apart, loose = set(wish.apart_item_ids), given_up(contract, wish)
    rest = (tuple(each for each in group.item_ids if each not in apart) for group in loose)
    kept = [group for group in contract.same_visits if group not in loose]
    left = [SameVisit(item_ids=item_ids) for item_ids in rest if len(item_ids) > 1]
    return contract.model_copy(update={"same_visits": tuple(dict.fromkeys((*kept, *left, *wish.together)))})
