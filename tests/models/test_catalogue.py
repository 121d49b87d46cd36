"""Every resource of a tenant in one place, and what dangles or is there twice."""

import pytest
from pydantic import ValidationError

from models.catalogue import Catalogue, StockRow, catalogue_issues
from models.issues import Issue, issues_of
from models.order import Channel
from models.resource import ResourcePool
from tests.builders import (
    a_carrier,
    a_catalogue,
    a_depot,
    a_desk,
    a_rider,
    a_sku,
    a_stock,
    a_store,
    a_technician,
    a_van,
)

CORRECT_THE_ID = "correct the id or add what it names"


def told(issues: tuple[Issue, ...]) -> list[tuple[str, str, str, str]]:
    return [(each.code.value, each.path, each.message, each.hint) for each in issues]


def a_pool(pool_id: str, *resource_ids: str, channels: tuple[Channel, ...] = ()) -> ResourcePool:
    return ResourcePool(pool_id=pool_id, name=pool_id, resource_ids=resource_ids, channels=channels)


def a_row(site_id: str, sku_id: str) -> StockRow:
    return StockRow(site_id=site_id, sku_id=sku_id, on_hand=1)


def test_a_world_in_order_has_no_issues() -> None:
    assert catalogue_issues(a_catalogue(), a_stock()) == ()


def test_everything_is_found_by_its_id() -> None:
    catalogue = a_catalogue()
    assert catalogue.sku_by_id["RICE"].sku_id == "RICE"
    assert catalogue.site_by_id["DEPOT"].name == "Depot"
    assert catalogue.carrier_by_id["X-1"].resource_id == "X-1"
    assert list(catalogue.vehicle_by_id) == ["R-1", "R-2", "V-1", "V-2"]
    assert [vehicle.resource_id for vehicle in catalogue.vehicles] == ["R-1", "R-2", "V-1", "V-2"]
    assert list(catalogue.resource_ids()) == ["R-1", "R-2", "V-1", "V-2", "X-1", "X-2"]
    assert catalogue.zone.key == "Asia/Shanghai"


def test_everybody_who_travels_comes_after_each_other_and_desks_stand_apart() -> None:
    catalogue = a_catalogue(technicians=(a_technician(),), desks=(a_desk(),))
    assert list(catalogue.mobile_by_id) == ["R-1", "R-2", "V-1", "V-2", "T-1"]
    assert list(catalogue.desk_by_id) == ["D-1"]
    assert list(catalogue.resource_ids()) == ["R-1", "R-2", "V-1", "V-2", "T-1", "X-1", "X-2", "D-1"]


def test_a_resource_is_in_all_pools_that_name_it() -> None:
    pools = (a_pool("all", "R-1", "V-1"), a_pool("app", "R-1", channels=(Channel.APP,)))
    found = a_catalogue(pools=pools).pools_by_resource_id
    assert {each: [pool.pool_id for pool in found[each]] for each in found} == {"R-1": ["all", "app"], "V-1": ["all"]}


def test_a_timezone_is_one_of_the_iana_database() -> None:
    with pytest.raises(ValidationError) as caught:
        a_catalogue(timezone="Asia/Shangai")
    ((code, path, message, hint),) = told(issues_of(caught.value))
    assert (code, path, hint) == ("VALUE_INVALID", "timezone", "for example Asia/Shanghai")
    assert message.startswith("timezone (Asia/Shangai) must be one of the ")
    assert message.endswith(" names of the IANA database")


def test_every_id_that_is_there_twice_is_reported_where_it_comes_again() -> None:
    catalogue = a_catalogue(
        skus=(a_sku("RICE"), a_sku("EGGS"), a_sku("RICE"), a_sku("RICE")),
        sites=(a_store(), a_depot(), a_store()),
        riders=(a_rider("R-1"), a_rider("X-1")),
        vans=(a_van("R-1"),),
        carriers=(a_carrier("X-1"),),
        pools=(a_pool("p", "R-1"), a_pool("p", "R-1")),
    )
    stock = (a_row("STORE", "RICE"), a_row("STORE", "EGGS"), a_row("STORE", "RICE"))
    assert told(catalogue_issues(catalogue, stock)) == [
        ("ID_DUPLICATE", path, f"{field} ({twice}) must be distinct, and is the same as that of {first}", hint)
        for path, field, twice, first, hint in [
            ("skus[2]", "sku_id", "RICE", "skus[0]", "rename or remove one of the two"),
            ("skus[3]", "sku_id", "RICE", "skus[0]", "rename or remove one of the two"),
            ("sites[2]", "site_id", "STORE", "sites[0]", "rename or remove one of the two"),
            ("vans[0]", "resource_id", "R-1", "riders[0]", "rename or remove one of the two"),
            ("carriers[0]", "resource_id", "X-1", "riders[1]", "rename or remove one of the two"),
            ("pools[1]", "pool_id", "p", "pools[0]", "rename or remove one of the two"),
            ("stock[2]", "sku_id of the site", "STORE RICE", "stock[0]", "rename or remove one of the two"),
        ]
    ]


def test_every_reference_to_nothing_is_reported_with_what_there_is() -> None:
    catalogue = a_catalogue(pools=(a_pool("p", "R-1", "R-9"), a_pool("q", "STORE")))
    stock = (a_row("STORE", "RICE"), a_row("SHOP", "RICE"), a_row("STORE", "RISE"), a_row("SHOP", "RISE"))
    assert told(catalogue_issues(catalogue, stock)) == [
        ("REFERENCE_DANGLING", path, f"{message} in this world", CORRECT_THE_ID)
        for path, message in [
            ("pools[0].resource_ids[1]", "resource (R-9) must be one of the 6"),
            ("pools[1].resource_ids[0]", "resource (STORE) must be one of the 6"),
            ("stock[1].site_id", "site (SHOP) must be one of the 2"),
            ("stock[2].sku_id", "SKU (RISE) must be one of the 8"),
            ("stock[3].site_id", "site (SHOP) must be one of the 2"),
            ("stock[3].sku_id", "SKU (RISE) must be one of the 8"),
        ]
    ]


def test_goods_are_stocked_in_a_zone_of_their_own_temperature() -> None:
    assert told(catalogue_issues(a_catalogue(), [a_row("STORE", "CAKE"), a_row("DEPOT", "CAKE")])) == [
        (
            "VALUE_INVALID",
            "stock[0]",
            "temperature of CAKE (FROZEN) must be a zone of STORE (AMBIENT, CHILLED)",
            "add the zone to the site or stock the SKU elsewhere",
        )
    ]


@pytest.mark.parametrize("on_hand", [-1, 10**9 + 1])
def test_stock_is_counted_in_whole_pieces(on_hand: int) -> None:
    assert [StockRow(site_id="S", sku_id="A", on_hand=each).on_hand for each in (0, 10**9)] == [0, 10**9]
    with pytest.raises(ValidationError):
        StockRow(site_id="S", sku_id="A", on_hand=on_hand)


def test_all_mistakes_of_all_parts_of_a_catalogue_come_together() -> None:
    values = a_catalogue().model_dump()
    values["skus"][2]["weight_g"] = 0
    values["riders"][1]["shift"]["end"] = values["riders"][1]["shift"]["start"]
    values["policy"]["currency"] = "yuan"
    with pytest.raises(ValidationError) as caught:
        Catalogue.model_validate(values)
    assert [(issue.code.value, issue.path) for issue in issues_of(caught.value)] == [
        ("VALUE_INVALID", "skus[2].weight_g"),
        ("INTERVAL_EMPTY", "riders[1].shift"),
        ("VALUE_INVALID", "policy.currency"),
    ]
