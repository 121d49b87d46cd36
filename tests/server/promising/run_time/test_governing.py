"""Another policy takes the place of the one in force, unless it contradicts what is promised."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.issues import Conflict, Issue, IssueCode
from models.plan import VisitKind
from models.policy import Policy
from models.promise import Mode
from scenarios.documents import Loc
from scenarios.world import PolicyReading
from server.promising.governing import PolicyState
from tests.builders import a_catalogue, a_policy, a_rider, skus
from tests.server.promising.builders import Shop, a_world, an_order, option_by
from tests.server.promising.run_time.builders import look
from tests.server.promising.run_time.conftest import OpenShop


def a_reading(policy: Policy | None, fingerprint: str = "new", issues: tuple[Issue, ...] = ()) -> PolicyReading:
    def path(loc: Loc) -> str:
        return f"policy.yaml:7 {'.'.join(map(str, loc))}"

    return PolicyReading(policy, fingerprint, issues, path)


def taken(shop: Shop, **changes: Any) -> PolicyState:
    return shop.promising.take_policy(a_reading(a_policy(**changes)))


def dearer(*, by: int, without: str = "") -> tuple[Any, ...]:
    levels = (level for level in a_policy().service_levels if level.service_level_id != without)
    return tuple(level.model_copy(update={"fee": level.fee + by}) for level in levels)


def test_another_policy_counts_from_the_next_quote_on(shop: Shop) -> None:
    fee = option_by(shop.quoted(), Mode.RIDER).fee
    state = taken(shop, service_levels=dearer(by=50))
    assert (state.fingerprint, state.issues, state.effective_time) == ("new", (), shop.clock.now())
    assert option_by(shop.quoted(an_order("o2", member="m2")), Mode.RIDER).fee == fee + 50
    assert shop.event_types()[-3:-2] == ["policy.changed"] or "policy.changed" in shop.event_types()
    look(shop)


def test_what_was_quoted_before_is_held_at_its_fee(shop: Shop) -> None:
    option = option_by(shop.quoted(), Mode.RIDER)
    taken(shop, service_levels=dearer(by=50))
    held = shop.promising.hold(option.token, request_id="r")
    assert (held.option.fee, held.option.promises) == (option.fee, option.promises)
    look(shop)


def test_what_was_quoted_at_a_level_that_is_gone_is_outdated(shop: Shop) -> None:
    option = option_by(shop.quoted(), Mode.RIDER)
    gone = option.promises[0].service_level_id
    assert taken(shop, service_levels=dearer(by=0, without=gone)).issues == ()
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(option.token, request_id="r")
    (issue,) = caught.value.issues
    assert (issue.code, issue.message) == (
        IssueCode.OPTION_OUTDATED,
        f"service level that was quoted ({gone} by RIDER) must still be on sale",
    )


def test_a_policy_outlives_a_restart(open_shop: OpenShop) -> None:
    shop = open_shop()
    taken(shop, service_levels=dearer(by=50))
    again = open_shop(clock=shop.clock)
    assert again.promising.policy_state().fingerprint == "new"
    assert again.promising.policy_state().document == shop.promising.policy_state().document


def test_a_file_with_mistakes_leaves_the_old_policy_in_force(shop: Shop) -> None:
    before = shop.promising.policy_state()
    wrong = Issue(
        code=IssueCode.FIELD_REQUIRED, path="policy.yaml:1 currency", message="field (currency) must be given"
    )
    state = shop.promising.take_policy(a_reading(None, "broken", (wrong,)))
    assert (state.fingerprint, state.document) == (before.fingerprint, before.document)
    assert (state.file_fingerprint, state.issues) == ("broken", (wrong,))
    assert shop.promising.policy_state() == state


def test_a_file_that_is_put_right_again_has_no_issues(shop: Shop) -> None:
    before = shop.promising.policy_state()
    taken(shop, currency="USD")
    again = shop.promising.take_policy(a_reading(a_policy(), before.fingerprint))
    assert (again.issues, again.file_fingerprint) == ((), before.fingerprint)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (lambda: {"currency": "USD"}, "currency", "currency (USD) must stay the ledger's (CNY)"),
        (
            lambda: {"pick_bucket": timedelta(minutes=10)},
            "pick_bucket",
            "pick_bucket (0:10:00) must stay that of the 1 cells in use (0:05:00)",
        ),
        (
            lambda: {"counter_bucket": timedelta(minutes=15)},
            "counter_bucket",
            "counter_bucket (0:15:00) must stay that of the 9 cells in use (0:30:00)",
        ),
        (
            lambda: {"service_levels": dearer(by=0, without="fetch")},
            "service_levels",
            "service_levels must offer fetch by PICKUP, by which 1 live promises are kept",
        ),
    ],
    ids=["currency", "picking", "counter", "level"],
)
def test_what_live_promises_rest_on_stays(
    shop: Shop, changes: Callable[[], dict[str, Any]], path: str, message: str
) -> None:
    shop.confirmed(mode=Mode.PICKUP)
    plan = shop.promising.plan()
    state = taken(shop, **changes())
    assert [(issue.code, issue.path, issue.message) for issue in state.issues] == [
        (IssueCode.POLICY_CONFLICT, f"policy.yaml:7 {path}", message)
    ]
    assert state.fingerprint != state.file_fingerprint == "new"
    assert shop.promising.plan() == plan
    look(shop)


def test_a_policy_under_which_the_plan_would_break_is_not_put_in_force(shop: Shop) -> None:
    shop.confirmed()
    state = taken(shop, customer_setup=timedelta(minutes=10))
    assert {issue.code for issue in state.issues} == {IssueCode.POLICY_CONFLICT}
    assert "START_BEFORE_SETUP" in state.issues[0].message
    look(shop)


def test_without_live_promises_the_grain_may_change(shop: Shop) -> None:
    assert taken(shop, pick_bucket=timedelta(minutes=10)).issues == ()
    shop.confirmed()
    look(shop)


def test_other_costs_are_those_of_the_plan_from_now_on(shop: Shop) -> None:
    shop.confirmed()
    before = shop.promising.plan().cost
    assert taken(shop, picking_per_line=70).issues == ()
    assert shop.promising.plan().cost.picking == before.picking + 20
    look(shop)


def a_shop_of_paint(open_shop: OpenShop, *, pairs: tuple[tuple[str, str], ...]) -> Shop:
    """One rider; rice is food, and the book smells of paint."""
    classes = {"RICE": "food", "BOOK": "paint"}
    goods = tuple(sku.model_copy(update={"goods_class": classes.get(sku.sku_id)}) for sku in skus())
    fields = {"skus": goods, "riders": (a_rider("R-1"),), "vans": (), "pools": (), "policy": a_policy(keep_apart=pairs)}
    return open_shop(world=a_world(catalogue=a_catalogue(**fields)))


def test_a_policy_that_parts_what_travels_together_is_refused(open_shop: OpenShop) -> None:
    shop = a_shop_of_paint(open_shop, pairs=())
    shop.confirmed(an_order("o1", "RICE"))
    shop.confirmed(an_order("o2", "BOOK", member="m2"))
    kinds = [visit.kind for visit in shop.promising.plan().routes[0].visits]
    assert kinds[:2] == [VisitKind.PICKUP] * 2
    (issue,) = taken(shop, keep_apart=(("food", "paint"),)).issues
    assert issue.code == IssueCode.POLICY_CONFLICT
    assert issue.message.startswith("the plan in force must keep GOODS_NOT_APART at routes[R-1].visits[1]: ")
    look(shop)


def test_an_order_of_both_is_parted_promised_and_outlives_a_restart(open_shop: OpenShop) -> None:
    shop = a_shop_of_paint(open_shop, pairs=(("food", "paint"),))
    contract = shop.confirmed(an_order("o1", "RICE", "BOOK"))
    assert {item.item_id: item.goods_classes for item in contract.items} == {
        "o1.ambient": ("food",),
        "o1.ambient.apart-2": ("paint",),
    }
    kinds = [visit.kind for visit in shop.promising.plan().routes[0].visits]
    assert kinds == [VisitKind.PICKUP, VisitKind.DELIVERY] * 2
    look(shop)
