"""Changes of what is on sale and on what terms, of policy switches, and of carriers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from models.issues import issues_of
from models.policy import Policy, ServiceLevel
from models.scenario import (
    ChangeCarrier,
    ChangeFee,
    ChangeLateness,
    ChangePolicy,
    PutServiceLevel,
    WithdrawServiceLevel,
)
from scenarios.whatif.changing import Contradiction, Variant, Wrong, contradicts, unknown


def put_service_level(variant: Variant, change: PutServiceLevel) -> Variant:
    levels, new = variant.catalogue.policy.service_levels, change.level
    if any(each.service_level_id == new.service_level_id for each in levels):
        return _with_levels(variant, [_same(each, new) for each in levels], "level")
    return _with_levels(variant, [*levels, new], "level")


def _same(level: ServiceLevel, new: ServiceLevel) -> ServiceLevel:
    return new if level.service_level_id == new.service_level_id else level


def withdraw_service_level(variant: Variant, change: WithdrawServiceLevel) -> Variant:
    gone = _level(variant, change.service_level_id)
    rest = [each for each in variant.catalogue.policy.service_levels if each is not gone]
    return _with_levels(variant, rest, "service_level_id")


def change_fee(variant: Variant, change: ChangeFee) -> Variant:
    level = _level(variant, change.service_level_id)
    update: dict[str, Any] = {}
    if change.amount is not None:
        update["fee"] = change.amount
    if change.fee_ladder is not None:
        update["fee_ladder"] = change.fee_ladder
    return _with_changed_level(variant, level, update)


def change_lateness(variant: Variant, change: ChangeLateness) -> Variant:
    return _with_changed_level(variant, _level(variant, change.service_level_id), {"ladder": change.ladder})


def _level(variant: Variant, service_level_id: str) -> ServiceLevel:
    known = {each.service_level_id: each for each in variant.catalogue.policy.service_levels}
    if service_level_id not in known:
        raise Contradiction(unknown("service_level_id", what="service level", value=service_level_id, known=known))
    return known[service_level_id]


def _with_changed_level(variant: Variant, level: ServiceLevel, update: dict[str, Any]) -> Variant:
    fields = {name: getattr(level, name) for name in ServiceLevel.model_fields}
    try:
        new = ServiceLevel(**{**fields, **update})
    except ValidationError as error:
        raise _invalid(error, ()) from error
    return _with_levels(variant, [_same(each, new) for each in variant.catalogue.policy.service_levels], "")


def _with_levels(variant: Variant, levels: Sequence[ServiceLevel], field: str) -> Variant:
    return _with_policy(variant, {"service_levels": tuple(levels)}, field)


def _with_policy(variant: Variant, update: dict[str, Any], field: str) -> Variant:
    """A policy that is validated as a whole: packs need levels, levels need tables."""
    fields = {name: getattr(variant.catalogue.policy, name) for name in Policy.model_fields}
    try:
        return variant.with_policy(Policy(**{**fields, **update}))
    except ValidationError as error:
        raise _invalid(error, (field,) if field else ()) from error


def _invalid(error: ValidationError, loc: tuple[str, ...]) -> Contradiction:
    """What the policy would break; the way into the policy is said in the message."""
    found = []
    for issue in issues_of(error):
        message = f"{issue.path}: {issue.message}" if issue.path else issue.message
        found.append(Wrong(loc, issue.model_copy(update={"message": message})))
    return Contradiction(*found)


def change_policy(variant: Variant, change: ChangePolicy) -> Variant:
    policy = variant.catalogue.policy
    update = {
        name: getattr(change, name)
        for name in ("merge_window", "max_split", "divide_lines", "waiting_per_hour")
        if getattr(change, name) is not None
    }
    window = update.get("merge_window", policy.merge_window)
    if change.merge is True and not window:
        message = f"merge (true) needs a merge_window > PT0S, and it is {window}"
        raise Contradiction(contradicts("merge", message=message, hint="give merge_window too"))
    if change.merge is False:
        if change.merge_window:
            message = f"merge (false) and merge_window ({change.merge_window}) exclude each other"
            raise Contradiction(contradicts("merge", message=message, hint="remove one of the two"))
        update["merge_window"] = timedelta(0)
    changed = _with_policy(variant, update, "")
    return changed if change.replan_every is None else replace(changed, replan_every=change.replan_every)


def change_carrier(variant: Variant, change: ChangeCarrier) -> Variant:
    catalogue = variant.catalogue
    known = catalogue.carrier_by_id
    if change.resource_id not in known:
        raise Contradiction(unknown("resource_id", what="carrier", value=change.resource_id, known=known))
    carrier = known[change.resource_id]
    update = {
        name: getattr(change, name)
        for name in ("tariff_base", "tariff_per_kg", "daily_quota")
        if getattr(change, name) is not None
    }
    if change.zone_id is not None:
        zones = {zone.zone_id for zone in carrier.zones}
        if change.zone_id not in zones:
            raise Contradiction(
                unknown("zone_id", what=f"zone of {carrier.resource_id}", value=change.zone_id, known=zones)
            )
        update = {
            "zones": tuple(
                zone.model_copy(update=update) if zone.zone_id == change.zone_id else zone for zone in carrier.zones
            )
        }
    new = carrier.model_copy(update=update)
    return variant.with_catalogue(carriers=tuple(new if each is carrier else each for each in catalogue.carriers))
