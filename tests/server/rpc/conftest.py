"""Servers without the seconds that warming up costs."""

import pytest

from tests.server.rpc.searches import no_prices, nothing, same_plan


@pytest.fixture(autouse=True)
def quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.app.warm_up", nothing)
    monkeypatch.setattr("server.app.replan", same_plan)
    monkeypatch.setattr("server.app.prices", no_prices)
