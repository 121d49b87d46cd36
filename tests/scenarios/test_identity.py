"""Who is the same customer."""

from itertools import count
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from models.issues import IssueCode, Severity
from models.order import Channel, Identity
from scenarios.identity import Known, Resolution, resolve


def an_identity(member: str | None = None, phone: str | None = None, open_id: str | None = None) -> Identity:
    return Identity(member_id=member, phone=phone, open_ids={Channel.APP: open_id} if open_id else {})


def resolved(*identities: Identity, known: tuple[Known, ...] = ()) -> Resolution:
    numbers = count(1)
    return resolve(identities, known, new_id=lambda: f"new{next(numbers)}")


def test_two_orders_with_one_phone_are_one_customer() -> None:
    found = resolved(an_identity(member="A", phone="1"), an_identity(phone="1", open_id="x"))
    assert found.customer_ids == ("new1", "new1")
    assert found.new_keys == {"new1": ("member:A", "open:APP:x", "phone:1")}
    assert found.issues == ()


def test_orders_are_connected_through_others() -> None:
    found = resolved(an_identity(phone="1"), an_identity(open_id="x"), an_identity(phone="1", open_id="x"))
    assert set(found.customer_ids) == {"new1"}


def test_orders_without_a_key_in_common_are_two_customers() -> None:
    assert resolved(an_identity(phone="1"), an_identity(phone="2")).customer_ids == ("new1", "new2")


def test_a_known_key_leads_to_its_customer() -> None:
    known = (Known("c1", ("member:A",)),)
    found = resolved(an_identity(member="A", phone="1"), known=known)
    assert found.customer_ids == ("c1",)
    assert found.new_keys == {"c1": ("phone:1",)}


def test_an_order_that_connects_two_customers_merges_them_into_the_older() -> None:
    known = (Known("c2", ("member:A",)), Known("c1", ("phone:1",)))
    found = resolved(an_identity(member="A", phone="1"), known=known)
    assert found.customer_ids == ("c1",)
    assert found.absorbed == {"c1": ("c2",)}
    assert found.new_keys == {}


def test_a_phone_that_leads_to_another_member_is_reported_and_not_bound() -> None:
    known = (Known("c1", ("member:A", "phone:1")),)
    found = resolved(an_identity(member="B", phone="1"), known=known)
    assert found.customer_ids == ("new1",)
    assert found.new_keys == {"new1": ("member:B",)}
    assert found.absorbed == {}
    (issue,) = found.issues
    assert issue.code is IssueCode.IDENTITY_CONFLICT
    assert issue.severity is Severity.WARNING
    assert issue.path == "orders[0].identity.phone"
    assert issue.message == "every key of an order must lead to one customer: phone leads to c1, the order to new1"


def test_a_phone_that_two_members_use_at_once_is_bound_to_neither() -> None:
    found = resolved(an_identity(member="A", phone="1"), an_identity(member="B", phone="1"))
    assert found.customer_ids == ("new1", "new2")
    assert found.new_keys == {"new1": ("member:A",), "new2": ("member:B",)}
    assert [issue.path for issue in found.issues] == ["orders[0].identity.phone", "orders[1].identity.phone"]


def test_an_order_between_two_members_stands_alone() -> None:
    found = resolved(an_identity(member="A", phone="1"), an_identity(member="B", phone="1"), an_identity(phone="1"))
    assert len(set(found.customer_ids)) == 3


def test_a_bound_phone_keeps_leading_to_its_member_in_spite_of_a_conflict() -> None:
    known = (Known("c1", ("member:A", "phone:1")),)
    found = resolved(an_identity(member="B", phone="1"), an_identity(phone="1"), known=known)
    assert found.customer_ids == ("new1", "c1")


def test_a_customer_without_member_id_is_not_given_to_one_of_two_members() -> None:
    known = (Known("c1", ("open:APP:x", "phone:1")),)
    found = resolved(an_identity(member="A", phone="1"), an_identity(member="B", open_id="x"), known=known)
    assert found.customer_ids == ("new1", "new2")
    assert found.absorbed == {}


def test_a_conflict_names_the_channel_of_an_open_id_and_not_its_value() -> None:
    known = (Known("c1", ("member:A", "open:APP:u:1")),)
    (issue,) = resolved(an_identity(member="B", open_id="u:1"), known=known).issues
    assert issue.path == "orders[0].identity.open_ids.APP"
    assert "u:1" not in issue.message


keys = st.none() | st.sampled_from("123")
some_identities = st.lists(
    st.tuples(keys, keys, keys).filter(any).map(lambda each: an_identity(*each)), min_size=1, max_size=7
)


@given(some_identities, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_who_is_who(identities: list[Identity], random: Random) -> None:
    positions = list(range(len(identities)))
    random.shuffle(positions)
    straight = resolved(*identities)
    shuffled = resolved(*(identities[position] for position in positions))
    assert _partition(straight.customer_ids, positions) == _partition(shuffled.customer_ids, range(len(identities)))
    assert sorted(straight.new_keys.values()) == sorted(shuffled.new_keys.values())


def _partition(customer_ids: tuple[str, ...], positions: "list[int] | range") -> list[int]:
    """For every position the first position that has the same customer."""
    in_order = [customer_ids[position] for position in positions]
    return [in_order.index(each) for each in in_order]


@given(some_identities, some_identities)
def test_no_customer_ever_has_two_member_ids(first: list[Identity], second: list[Identity]) -> None:
    before = resolved(*first)
    known = tuple(Known(customer, keys) for customer, keys in before.new_keys.items())
    after = resolve(second, known, new_id=map(str, count()).__next__)
    keys_by_customer = {each.customer_id: set(each.keys) for each in known}
    for into, absorbed in after.absorbed.items():
        keys_by_customer[into].update(*(keys_by_customer.pop(each) for each in absorbed))
    for customer, new in after.new_keys.items():
        keys_by_customer.setdefault(customer, set()).update(new)
    for bound in keys_by_customer.values():
        assert sum(key.startswith("member:") for key in bound) <= 1
