"""Servers without the seconds that warming up costs."""

import pytest

from tests.server.rpc.searches import nothing, same_plan


@pytest.fixture(autouse=True)
def quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.app.warm_up", nothing)
    monkeypatch.setattr("server.app.replan", same_plan)
