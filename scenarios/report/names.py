"""What a page calls goods and items: by the names that the world has for them."""

from collections.abc import Iterable

from models.contract import Contract, ServiceItem
from models.option import SlaOption
from scenarios.report.wording import Words
from scenarios.world import World


def contract_name(contract: Contract) -> str:
    """`order-7`, `order-7 +1`: what people know it by is its orders, not its id."""
    others = len(contract.orders) - 1
    return contract.orders[0].order_id + (f" +{others}" if others else "") if contract.orders else contract.contract_id


def sku_name(world: World, sku_id: str, words: Words) -> str:
    sku = world.catalogue.sku_by_id.get(sku_id)
    return words.name_of(sku.name, sku.attributes) if sku else sku_id


def item_name(world: World, contract: Contract, item: ServiceItem, words: Words) -> str:
    """Goods by their SKUs, services by their name in the pack."""
    if item.demand_ids:
        return _goods(world, contract, item.demand_ids, words)
    kind, name = words.code("item", item.kind), item.item_id.rpartition(".")[2]
    return f"{kind}: {name}" if name else kind


def item_names(world: World, contract: Contract, option: SlaOption, words: Words) -> dict[str, str]:
    """Of everything that an option promises: items of the contract, and the parts that it splits them into."""
    names = {item.item_id: item_name(world, contract, item, words) for item in contract.items}
    return names | {part.item_id: _goods(world, contract, part.demand_ids, words) for part in option.parts}


def _goods(world: World, contract: Contract, demand_ids: Iterable[str], words: Words) -> str:
    sku_id_by_demand_id = {demand.demand_id: demand.sku_id for demand in contract.demands}
    return ", ".join(sku_name(world, sku_id_by_demand_id.get(each, each), words) for each in demand_ids)
