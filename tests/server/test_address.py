"""Beyond this machine only when told so in so many words."""

import pytest

from models.issues import InputError, IssueCode
from server.address import check_address, with_port

LOCAL = ["127.0.0.1:50051", "127.9.9.9:0", "[::1]:50051", "localhost:1", "unix:/run/servanda.sock"]
REMOTE = ["0.0.0.0:50051", "[::]:50051", "192.168.1.5:50051", "example.org:50051", "127.0.0.1.example.org:1"]
NONE = ["", "50051", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:50051", "a b:1", "127.0.0.1:-1"]


@pytest.mark.parametrize("address", LOCAL)
def test_an_address_of_this_machine_is_allowed(address: str) -> None:
    assert check_address(address, allow_remote=False)


@pytest.mark.parametrize("address", REMOTE)
def test_an_address_that_others_reach_is_refused(address: str) -> None:
    with pytest.raises(InputError) as caught:
        check_address(address, allow_remote=False)
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.ADDRESS_NOT_LOOPBACK, "address")
    assert issue.message == (
        f"address ({address}) must be of this machine only (127.0.0.1, [::1], localhost, unix:PATH): "
        "the server asks nobody who he is"
    )
    assert "--allow-remote-without-authentication" in issue.hint


@pytest.mark.parametrize("address", REMOTE)
def test_an_address_that_others_reach_can_be_allowed(address: str) -> None:
    assert not check_address(address, allow_remote=True)


@pytest.mark.parametrize("address", NONE)
def test_what_is_no_address_is_refused_even_when_remote_ones_are_allowed(address: str) -> None:
    with pytest.raises(InputError) as caught:
        check_address(address, allow_remote=True)
    assert [issue.code for issue in caught.value.issues] == [IssueCode.VALUE_INVALID]


def test_the_port_that_the_system_chose_is_told() -> None:
    assert with_port("[::1]:0", 4711) == "[::1]:4711"
    assert with_port("unix:/run/s", 1) == "unix:/run/s"
