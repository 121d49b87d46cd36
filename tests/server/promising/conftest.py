"""A shop on an empty ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.promising.builders import Shop


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def shop(url: str) -> Iterator[Shop]:
    shop = Shop(url)
    yield shop
    shop.ledger.close()
