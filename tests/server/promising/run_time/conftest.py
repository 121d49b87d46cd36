"""Every test here runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from tests.server.ledger.conftest import sqlite_path, url
from tests.server.promising.builders import Shop

__all__ = ["OpenShop", "open_shop", "shop", "sqlite_path", "url"]


class OpenShop(Protocol):
    def __call__(self, **changes: Any) -> Shop: ...


@pytest.fixture
def open_shop(url: str) -> Iterator[OpenShop]:
    """Opens a shop on an empty ledger, or on one that it opened before; the changes are the shop's."""
    opened: list[Shop] = []

    def open_one(**changes: Any) -> Shop:
        opened.append(Shop(url, **changes))
        return opened[-1]

    yield open_one
    for each in opened:
        each.ledger.close()


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    return open_shop()
