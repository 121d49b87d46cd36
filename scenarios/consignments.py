"""Which lines of an order travel as one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from models.catalogue import Catalogue
from models.order import OrderLine, Sku, Temperature, classes_of
from models.policy import Policy

Goods = tuple[OrderLine, Sku]


@dataclass(frozen=True)
class Consignment:
    """Lines that travel together.

    Parameters
    ----------
    number
        From 1, among those of one temperature and crew: goods that must not travel together.
    """

    temperature: Temperature
    crew: int
    number: int
    goods: tuple[Goods, ...]

    @property
    def name(self) -> str:
        """What tells it from the others of its order."""
        crew = f".crew-{self.crew}" if self.crew > 1 else ""
        return f"{self.temperature.lower()}{crew}{f'.apart-{self.number}' if self.number > 1 else ''}"


def consignments(lines: Iterable[OrderLine], catalogue: Catalogue, *, fetched: bool = False) -> Iterator[Consignment]:
    """Goods of one temperature that one person carries travel together; so do those that take two, or more.

    Parameters
    ----------
    fetched
        The customer fetches them: on no vehicle, nothing has to be kept apart.
    """
    goods = [(line, catalogue.sku_by_id[line.sku_id]) for line in lines]
    for temperature, crew in product(Temperature, sorted({sku.crew for _, sku in goods})):
        alike = [(line, sku) for line, sku in goods if (sku.temperature, sku.crew) == (temperature, crew)]
        groups = [alike] if fetched and alike else _kept_apart(alike, catalogue.policy)
        for number, group in enumerate(groups, start=1):
            yield Consignment(temperature, crew, number, tuple(group))


def _kept_apart(goods: Iterable[Goods], policy: Policy) -> list[list[Goods]]:
    """Each line joins the first others that it may travel with."""
    groups: list[list[Goods]] = []
    for line, sku in goods:
        fitting = (group for group in groups if not policy.clash(classes_of([sku, *(other for _, other in group)])))
        if (group := next(fitting, None)) is None:
            groups.append(group := [])
        group.append((line, sku))
    return groups
