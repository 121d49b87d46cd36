"""Option tokens."""

from datetime import timedelta

import pytest

from models.issues import Expired, InputError, IssueCode
from server.promising.tokens import OptionClaim, seal, unseal
from tests.builders import at
from tests.server.promising.builders import TOKEN_KEY, Shop


def a_claim(shop: Shop, **changes: object) -> OptionClaim:
    quote = shop.quoted()
    claim = OptionClaim(
        tenant_id="tenant",
        contract_id=quote.contract_id,
        contract_revision=2,
        expire_time=at("07:02"),
        world="tiny",
        option=quote.options[0].model_copy(update={"token": ""}),
    )
    return claim.model_copy(update=changes)


def test_what_is_sealed_comes_out_again(shop: Shop) -> None:
    claim = a_claim(shop)
    assert unseal(seal(claim, key=TOKEN_KEY), key=TOKEN_KEY, tenant_id="tenant", now=at("07:01")) == claim


@pytest.mark.parametrize("token", ["", ".", "x", "abc.def", "é.é", "a" * 100_000])
def test_what_nobody_signed_is_refused(token: str) -> None:
    with pytest.raises(InputError) as caught:
        unseal(token, key=TOKEN_KEY, tenant_id="tenant", now=at("07:01"))
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.OPTION_TOKEN_INVALID, "option_token")
    assert issue.message == f"option_token ({len(token)} characters) must be one that this server has signed, unchanged"


def test_a_changed_token_is_refused(shop: Shop) -> None:
    token = seal(a_claim(shop), key=TOKEN_KEY)
    for position in range(0, len(token), 37):
        forged = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises(InputError) as caught:
            unseal(forged, key=TOKEN_KEY, tenant_id="tenant", now=at("07:01"))
        assert caught.value.issues[0].code is IssueCode.OPTION_TOKEN_INVALID


def test_a_token_of_another_server_is_refused(shop: Shop) -> None:
    token = seal(a_claim(shop), key=b"another")
    with pytest.raises(InputError) as caught:
        unseal(token, key=TOKEN_KEY, tenant_id="tenant", now=at("07:01"))
    assert caught.value.issues[0].code is IssueCode.OPTION_TOKEN_INVALID


def test_a_token_of_another_tenant_is_refused(shop: Shop) -> None:
    token = seal(a_claim(shop, tenant_id="other"), key=TOKEN_KEY)
    with pytest.raises(InputError) as caught:
        unseal(token, key=TOKEN_KEY, tenant_id="tenant", now=at("07:01"))
    (issue,) = caught.value.issues
    assert issue.code is IssueCode.OPTION_TOKEN_FOREIGN
    assert issue.message == "tenant of the option (other) must be the caller's (tenant)"


def test_a_token_is_good_until_just_before_it_expires(shop: Shop) -> None:
    token = seal(a_claim(shop), key=TOKEN_KEY)
    assert unseal(token, key=TOKEN_KEY, tenant_id="tenant", now=at("07:02") - timedelta(microseconds=1))
    with pytest.raises(Expired) as caught:
        unseal(token, key=TOKEN_KEY, tenant_id="tenant", now=at("07:02"))
    (issue,) = caught.value.issues
    assert issue.code is IssueCode.OPTION_EXPIRED
    assert issue.message == f"expire_time (2026-03-01T23:02:00+00:00) must be > now ({at('07:02').isoformat()})"
