"""What is wrong with a wish, all of it at once."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from models.contract import Contract
from models.counter_offer import NO_WISH, Wish
from models.issues import Issue, IssueCode
from models.policy import Policy


def wish_issues(wish: Wish, contract: Contract, *, policy: Policy, now: datetime) -> tuple[Issue, ...]:
    """A wish that cannot mean anything; one that nothing fulfils is an answer, not an issue."""
    if wish == NO_WISH:
        return (_empty(),)
    return (*_end_issues(wish, now), *_item_issues(wish, contract), *_level_issues(wish, policy))


def _end_issues(wish: Wish, now: datetime) -> Iterator[Issue]:
    if wish.latest_end is not None and wish.latest_end <= now:
        yield Issue(
            code=IssueCode.WINDOW_IN_THE_PAST,
            path="wish.latest_end",
            message=f"latest_end ({wish.latest_end.isoformat()}) must be > now ({now.isoformat()})",
            hint="wish for a later end",
        )


def _item_issues(wish: Wish, contract: Contract) -> Iterator[Issue]:
    known, apart = {item.item_id for item in contract.items}, set(wish.apart_item_ids)
    for i, item_id in enumerate(wish.apart_item_ids):
        if item_id not in known:
            yield _dangling(f"wish.apart_item_ids[{i}]", item_id, contract)
    for g, group in enumerate(wish.together):
        times = Counter(group.item_ids)
        for i, item_id in enumerate(group.item_ids):
            path = f"wish.together[{g}].item_ids[{i}]"
            if item_id not in known:
                yield _dangling(path, item_id, contract)
            elif item_id in apart:
                yield _contradictory(path, f"item ({item_id}) must be apart or together, not both")
            if times[item_id] > 1 and item_id in group.item_ids[:i]:
                yield _twice(path, item_id, times[item_id])


def _level_issues(wish: Wish, policy: Policy) -> Iterator[Issue]:
    if wish.service_level_id is None:
        return
    level = policy.service_level(wish.service_level_id)
    if level is None:
        yield Issue(
            code=IssueCode.SERVICE_LEVEL_UNKNOWN,
            path="wish.service_level_id",
            message=f"service_level_id ({wish.service_level_id}) must be one of "
            f"{', '.join(each.service_level_id for each in policy.service_levels)}",
            hint="wish for one of these, or leave it open",
        )
    elif set(level.modes) <= set(wish.unwanted_modes):
        rule = (
            f"modes of {level.service_level_id} ({', '.join(level.modes)}) must not all be unwanted "
            f"({', '.join(wish.unwanted_modes)})"
        )
        yield _contradictory("wish.service_level_id", rule)


def _empty() -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path="wish",
        message=f"number of things wished for (0) must be in [1, {len(Wish.model_fields)}]",
        hint="name at least one, or quote without a wish",
    )


def _dangling(path: str, item_id: str, contract: Contract) -> Issue:
    known = ", ".join(item.item_id for item in contract.items[:10])
    return Issue(
        code=IssueCode.REFERENCE_DANGLING,
        path=path,
        message=f"item ({item_id}) must be one of the {len(contract.items)} of {contract.contract_id}: {known}",
        hint="correct the id or leave it out",
    )


def _contradictory(path: str, rule: str) -> Issue:
    return Issue(code=IssueCode.WISH_CONTRADICTORY, path=path, message=rule, hint="leave one of the two out")


def _twice(path: str, item_id: str, times: int) -> Issue:
    return Issue(
        code=IssueCode.ID_DUPLICATE,
        path=path,
        message=f"times that {item_id} stands in the group ({times}) must be 1",
        hint="name each item once",
    )
