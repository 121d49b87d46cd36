"""What rules a resource out for good: each constraint feasible, infeasible and exactly binding."""

from typing import Any

import pytest

from models.contract import ResourceConstraint, ServiceItem
from models.order import LOAD_DIMENSIONS, Channel, Hazard, Load, Sku, Temperature
from models.plan import ReasonCode
from models.resource import ResourceKind, ResourcePool, SkillLevel
from solver.alternatives.eligibility import carrier_reason, desk_reason, mobile_reason, site_reason
from tests.builders import a_carrier, a_catalogue, a_desk, a_rider, a_sku, a_store, a_technician, a_van, an_item

Reason = ReasonCode
ALL = Load(weight_g=500, ambient_cm3=300, chilled_cm3=200, frozen_cm3=100)


def limited(**changes: Any) -> ServiceItem:
    return an_item(constraint=ResourceConstraint(**changes))


def skilled(level: int, skill: str = "COLD") -> ServiceItem:
    return limited(skills=(SkillLevel(skill=skill, level=level),))


def pool(*channels: Channel, resource_id: str = "V-1", pool_id: str = "pool") -> ResourcePool:
    return ResourcePool(pool_id=pool_id, name="Pool", resource_ids=(resource_id,), channels=channels)


def changed(load: Load, dimension: str, by: int) -> Load:
    return load.model_copy(update={dimension: getattr(load, dimension) + by})


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (limited(), None),
        (limited(kinds=(ResourceKind.VAN,)), None),
        (limited(kinds=(ResourceKind.RIDER, ResourceKind.VAN)), None),
        (limited(kinds=(ResourceKind.RIDER,)), Reason.RESOURCE_NOT_ALLOWED),
        (limited(allowed_ids=("V-1", "R-1")), None),
        (limited(allowed_ids=("R-1",)), Reason.RESOURCE_NOT_ALLOWED),
        (limited(excluded_ids=("R-1",)), None),
        (limited(excluded_ids=("V-1",)), Reason.RESOURCE_NOT_ALLOWED),
        (limited(allowed_ids=("V-1",), excluded_ids=("V-1",)), Reason.RESOURCE_NOT_ALLOWED),
        (skilled(1), None),
        (skilled(2), None),
        (skilled(3), Reason.SKILL_MISSING),
        (skilled(1, "PIANO"), Reason.SKILL_MISSING),
        (limited(crew=1), None),
        (limited(crew=2), Reason.CREW_TOO_SMALL),
    ],
)
def test_a_vehicle_is_ruled_out_by_what_the_item_demands(item: ServiceItem, reason: ReasonCode | None) -> None:
    assert mobile_reason(a_van("V-1"), item, a_catalogue(pools=())) == reason


@pytest.mark.parametrize(("crew_size", "reason"), [(1, Reason.CREW_TOO_SMALL), (2, None), (3, None)])
def test_what_two_people_carry_needs_a_crew_of_two(crew_size: int, reason: ReasonCode | None) -> None:
    catalogue = a_catalogue(pools=())
    for mobile in (a_van(crew_size=crew_size), a_rider(crew_size=crew_size), a_technician(crew_size=crew_size)):
        assert mobile_reason(mobile, limited(crew=2), catalogue) is reason


def test_a_desk_sends_one_person() -> None:
    assert desk_reason(a_desk(), limited(crew=1), a_catalogue(pools=())) is None
    assert desk_reason(a_desk(), limited(crew=2), a_catalogue(pools=())) is Reason.CREW_TOO_SMALL


@pytest.mark.parametrize(
    ("pools", "reason"),
    [
        ((), None),
        ((pool(Channel.STORE_POS, resource_id="V-2"),), None),
        ((pool(),), None),
        ((pool(Channel.APP, Channel.STORE_POS),), None),
        ((pool(Channel.STORE_POS),), Reason.POOL_NOT_SHARED),
        ((pool(Channel.STORE_POS), pool(Channel.APP, pool_id="second")), None),
        ((pool(Channel.STORE_POS), pool(Channel.LIVESTREAM, pool_id="second")), Reason.POOL_NOT_SHARED),
    ],
)
def test_a_resource_works_for_the_channels_of_its_pools(
    pools: tuple[ResourcePool, ...], reason: ReasonCode | None
) -> None:
    assert mobile_reason(a_van("V-1"), an_item(channel=Channel.APP), a_catalogue(pools=pools)) == reason
    of_carrier = tuple(
        each.model_copy(update={"resource_ids": ("X-1",)}) for each in pools if "V-1" in each.resource_ids
    )
    catalogue = a_catalogue(pools=of_carrier)
    assert carrier_reason(a_carrier("X-1"), an_item(channel=Channel.APP), (), catalogue) == reason


@pytest.mark.parametrize("dimension", LOAD_DIMENSIONS)
def test_goods_have_to_fit_into_the_empty_vehicle_in_every_dimension(dimension: str) -> None:
    item, catalogue = an_item(load=ALL), a_catalogue(pools=())
    assert mobile_reason(a_rider(capacity=ALL), item, catalogue) is None
    assert mobile_reason(a_rider(capacity=changed(ALL, dimension, -1)), item, catalogue) is Reason.LOAD_FULL
    none = ALL.model_copy(update={dimension: 0})
    assert mobile_reason(a_rider(capacity=none), item, catalogue) is Reason.NO_COMPARTMENT
    assert mobile_reason(a_rider(capacity=none), an_item(load=none), catalogue) is None


@pytest.mark.parametrize(
    ("carrier", "item", "sku", "reason"),
    [
        ({}, {}, {}, None),
        ({"max_weight_g": 5000}, {}, {}, None),
        ({"max_weight_g": 4999}, {}, {}, Reason.GOODS_NOT_ACCEPTED),
        ({}, {}, {"temperature": Temperature.CHILLED}, Reason.GOODS_NOT_ACCEPTED),
        ({"temperatures": (Temperature.AMBIENT, Temperature.CHILLED)}, {}, {"temperature": Temperature.CHILLED}, None),
        ({}, {}, {"fragile": True}, Reason.GOODS_NOT_ACCEPTED),
        ({"accepts_fragile": True}, {}, {"fragile": True}, None),
        ({}, {}, {"hazard": Hazard.BATTERY}, Reason.GOODS_NOT_ACCEPTED),
        ({"accepts_hazard": True}, {}, {"hazard": Hazard.BATTERY}, None),
        ({}, {"constraint": ResourceConstraint(kinds=(ResourceKind.CARRIER,))}, {}, None),
        ({}, {"constraint": ResourceConstraint(kinds=(ResourceKind.VAN,))}, {}, Reason.RESOURCE_NOT_ALLOWED),
        ({}, {"constraint": ResourceConstraint(excluded_ids=("X-1",))}, {}, Reason.RESOURCE_NOT_ALLOWED),
        ({}, {"constraint": skilled(1).constraint}, {}, Reason.SKILL_MISSING),
        ({}, {"constraint": ResourceConstraint(crew=2)}, {}, Reason.CREW_TOO_SMALL),
    ],
)
def test_a_carrier_is_ruled_out_by_the_goods_and_by_the_item(
    carrier: dict[str, Any], item: dict[str, Any], sku: dict[str, Any], reason: ReasonCode | None
) -> None:
    goods = (a_sku(), a_sku(**sku))
    assert carrier_reason(a_carrier("X-1", **carrier), an_item(**item), goods, a_catalogue(pools=())) == reason


@pytest.mark.parametrize(
    ("item", "sku", "reason"),
    [
        (limited(), a_sku(), None),
        (limited(allowed_site_ids=("DEPOT", "STORE")), a_sku(), None),
        (limited(allowed_site_ids=("DEPOT",)), a_sku(), Reason.SITE_NOT_ALLOWED),
        (limited(), a_sku(temperature=Temperature.CHILLED), None),
        (limited(), a_sku(temperature=Temperature.FROZEN), Reason.NO_TEMPERATURE_ZONE),
    ],
)
def test_a_site_is_ruled_out_by_the_item_and_by_its_zones(
    item: ServiceItem, sku: Sku, reason: ReasonCode | None
) -> None:
    assert site_reason(a_store(), item, (a_sku(), sku)) == reason


def test_the_first_constraint_is_the_one_that_is_named() -> None:
    item = an_item(
        load=ALL,
        constraint=ResourceConstraint(
            kinds=(ResourceKind.RIDER,), skills=(SkillLevel(skill="PIANO"),), allowed_site_ids=("DEPOT",)
        ),
    )
    assert mobile_reason(a_van("V-1"), item, a_catalogue()) is Reason.RESOURCE_NOT_ALLOWED
    frozen = a_sku(temperature=Temperature.FROZEN)
    assert site_reason(a_store(), item, (frozen,)) is Reason.SITE_NOT_ALLOWED


def test_who_is_on_call_could_do_it_if_called() -> None:
    at_home = a_rider(on_call=True)
    assert mobile_reason(at_home, an_item(), a_catalogue()) is Reason.ON_CALL
    assert mobile_reason(a_rider(), an_item(), a_catalogue()) is None
    unskilled = an_item(constraint=ResourceConstraint(skills=(SkillLevel(skill="COLD"),)))
    assert mobile_reason(at_home, unskilled, a_catalogue()) is Reason.SKILL_MISSING
