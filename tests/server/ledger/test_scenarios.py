"""Scenarios, what they stand on and what their plans came to, on SQLite and on a real PostgreSQL."""

import pytest

from server.ledger import Ledger, StoredScenario
from tests.server.ledger.conftest import OpenLedger

RAIN = StoredScenario("rain", "g1", '{"name": "雨"}')


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    ledger = open_ledger()
    with ledger.transaction() as tx:
        tx.put_ground("g1", '{"snapshot": "黄浦"}')
        tx.put_scenario(RAIN)
    return ledger


def test_a_scenario_and_its_ground_are_read_as_they_were_put(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        assert (tx.scenario("rain"), tx.scenario("snow")) == (RAIN, None)
        assert (tx.ground("g1"), tx.ground("g2")) == ('{"snapshot": "黄浦"}', None)


def test_scenarios_come_in_the_order_of_their_ids(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        for name in ("b", "Z", "a"):
            tx.put_scenario(RAIN._replace(scenario_id=name))
        assert [each.scenario_id for each in tx.scenarios(limit=2)] == ["Z", "a"]
        assert [each.scenario_id for each in tx.scenarios("a", limit=9)] == ["b", "rain"]


def test_evaluations_belong_to_their_ground(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.put_ground("g2", "{}")
        for ground, digest, document in (("g1", "a", "one"), ("g1", "b", "two"), ("g2", "a", "three")):
            tx.put_evaluation(ground, digest, document)
    with ledger.transaction() as tx:
        assert tx.evaluations("g1", ["a", "c"]) == {"a": "one"}
        assert tx.evaluations("g2", ["a", "b"]) == {"a": "three"}
        assert tx.evaluations("g1", []) == {}


def test_another_tenant_sees_nothing_of_it(ledger: Ledger, open_ledger: OpenLedger) -> None:
    other = open_ledger(tenant_id="tenant-2")
    with ledger.transaction() as tx:
        tx.put_evaluation("g1", "a", "one")
    with other.transaction() as tx:
        assert (tx.scenario("rain"), tx.ground("g1"), tx.scenarios(limit=9)) == (None, None, ())
        assert tx.evaluations("g1", ["a"]) == {}
