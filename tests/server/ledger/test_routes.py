import pytest

from models.issues import Conflict, Issue, IssueCode
from server.ledger import Ledger
from tests.server.ledger.builders import a_contract, a_route, an_assignment


def test_the_last_version_of_every_route_is_in_force(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        for route in (a_route(1, resource_id="van-1"), a_route(1), a_route(2)):
            tx.publish_route(route)
        assert tx.routes() == (a_route(2), a_route(1, resource_id="van-1"))


@pytest.mark.parametrize(("stored", "version"), [(0, 2), (1, 1), (1, 3), (2, 2), (2, 1)])
def test_a_version_that_is_not_the_next_is_refused(ledger: Ledger, stored: int, version: int) -> None:
    with ledger.transaction() as tx:
        for each in range(1, stored + 1):
            tx.publish_route(a_route(each))
    with pytest.raises(Conflict) as caught, ledger.transaction() as tx:
        tx.publish_route(a_route(version))
    assert caught.value.issues == (
        Issue(
            code=IssueCode.ROUTE_OUTDATED,
            path="routes.rider-1.version",
            message=f"version ({version}) must be the stored version ({stored}) + 1",
            hint="read the route again and repeat the change on it",
        ),
    )
    with ledger.transaction() as tx:
        assert [route.version for route in tx.routes()] == [stored] * bool(stored)


def test_an_assignment_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    moved = an_assignment().model_copy(update={"resource_id": "rider-2"})
    with ledger.transaction() as tx:
        tx.put_contract(a_contract())
        tx.put_assignments([an_assignment(item_id="item-2"), an_assignment()])
        tx.put_assignments([moved])
        assert tx.assignments() == (moved, an_assignment(item_id="item-2"))


def test_assignments_are_removed_where_there_are_any(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.put_contract(a_contract())
        tx.put_assignments([an_assignment(), an_assignment(item_id="item-2")])
        tx.remove_assignments([("contract-1", "item-2"), ("contract-9", "item-1")])
        assert tx.assignments() == (an_assignment(),)
