"""The policy's file is watched while a server serves, over a real socket."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from servanda.v1 import contract_service_pb2, policy_service_pb2

from models.issues import IssueCode
from models.policy import Policy
from tests.builders import a_policy
from tests.server.promising.builders import an_order
from tests.server.rpc.doubles import Client, a_server, a_tiny_shop
from tests.server.rpc.test_services import confirm, submit

QUICK = timedelta(milliseconds=20)


def write_policy(folder: Path, policy: Policy) -> None:
    """As a planner's editor does it: whole, under another name first. JSON is YAML as well."""
    draft = folder / "policy.yaml.new"
    draft.write_text(policy.model_dump_json(indent=2, exclude_defaults=True), encoding="utf-8")
    draft.rename(folder / "policy.yaml")


def dearer(by: int) -> Policy:
    levels = a_policy().service_levels
    return a_policy(service_levels=tuple(each.model_copy(update={"fee": each.fee + by}) for each in levels))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    write_policy(tmp_path, a_policy())
    with a_server(a_tiny_shop(), folder=tmp_path, policy_interval=timedelta(hours=1)) as client:
        client.policy.ReloadPolicy(policy_service_pb2.ReloadPolicyRequest())
        yield client


def get(client: Client) -> policy_service_pb2.PolicyState:
    return client.policy.GetPolicy(policy_service_pb2.GetPolicyRequest())


def reload(client: Client) -> policy_service_pb2.PolicyState:
    return client.policy.ReloadPolicy(policy_service_pb2.ReloadPolicyRequest())


def fees(client: Client, order_id: str) -> list[int]:
    contract_id = submit(client, an_order(order_id, member=order_id)).contract_id
    quote = client.contracts.QuoteContract(contract_service_pb2.QuoteContractRequest(contract_id=contract_id))
    return sorted(option.fee for option in quote.options)


def wait_until(true: Callable[[], bool], *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_policy_that_was_edited_is_in_force_at_once_when_asked_for(client: Client, tmp_path: Path) -> None:
    before, quoted = get(client), fees(client, "o1")
    write_policy(tmp_path, dearer(by=7))
    assert get(client) == before
    state = reload(client)
    assert state.fingerprint == state.file_fingerprint != before.fingerprint
    assert Policy.model_validate_json(state.document) == dearer(by=7)
    assert fees(client, "o2") == [fee + 7 for fee in quoted]


def test_the_file_is_watched(tmp_path: Path) -> None:
    write_policy(tmp_path, a_policy())
    with a_server(a_tiny_shop(), folder=tmp_path, policy_interval=QUICK) as client:
        before = get(client).fingerprint
        write_policy(tmp_path, dearer(by=7))
        wait_until(lambda: get(client).fingerprint != before)
        (tmp_path / "policy.yaml").write_text("currency: [", encoding="utf-8")
        wait_until(lambda: len(get(client).issues) > 0)
        assert Policy.model_validate_json(get(client).document) == dearer(by=7)
        write_policy(tmp_path, dearer(by=9))
        wait_until(lambda: Policy.model_validate_json(get(client).document) == dearer(by=9))
        assert not get(client).issues


def test_every_mistake_of_a_file_is_shown_with_its_line_and_the_old_policy_stays(
    client: Client, tmp_path: Path
) -> None:
    before, quoted = get(client), fees(client, "o1")
    text = (tmp_path / "policy.yaml").read_text(encoding="utf-8")
    text = text.replace('"currency": "CNY"', '"currency": 3').replace('"co2_g_per_parcel"', '"co2_per_parcel"')
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    state = reload(client)
    assert (state.fingerprint, state.document) == (before.fingerprint, before.document)
    assert [issue.code for issue in state.issues] == ["FIELD_REQUIRED", "VALUE_INVALID", "FIELD_UNKNOWN"]
    assert all(issue.path.startswith("policy.yaml:") for issue in state.issues)
    assert fees(client, "o2") == quoted


def test_a_file_that_is_gone_leaves_the_old_policy_in_force(client: Client, tmp_path: Path) -> None:
    before = get(client)
    (tmp_path / "policy.yaml").unlink()
    state = reload(client)
    assert (state.fingerprint, state.file_fingerprint) == (before.fingerprint, "")
    assert [issue.code for issue in state.issues] == [IssueCode.FILE_MISSING]


def test_a_policy_that_contradicts_a_promise_is_refused_with_its_line(client: Client, tmp_path: Path) -> None:
    confirm(client, an_order("o1"))
    write_policy(tmp_path, a_policy(pick_bucket=timedelta(minutes=15)))
    (issue,) = reload(client).issues
    assert issue.code == IssueCode.POLICY_CONFLICT
    assert issue.path.startswith("policy.yaml:")
    assert issue.path.endswith(" pick_bucket")
