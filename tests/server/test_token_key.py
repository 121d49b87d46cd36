"""A key that only its owner can read, and that outlives the process."""

import stat
from pathlib import Path

import pytest

from models.issues import InputError, IssueCode
from server.token_key import token_key


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "servanda.db.token-key"
    key = token_key(file, {})
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token_key(file, {}) == key


def test_a_key_in_the_environment_comes_first_and_makes_no_file(tmp_path: Path) -> None:
    assert token_key(tmp_path / "key", {"SERVANDA_TOKEN_KEY": "ab" * 32}) == b"\xab" * 32
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("written", ["ab", "zz" * 32, "ab" * 33])
def test_what_is_no_key_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(InputError) as caught:
        token_key(None, {"SERVANDA_TOKEN_KEY": written})
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.VALUE_INVALID, "SERVANDA_TOKEN_KEY")
    assert issue.message == f"the key must be 64 hexadecimal digits, found {len(written)} characters"


def test_without_a_file_there_must_be_a_key_in_the_environment() -> None:
    with pytest.raises(InputError) as caught:
        token_key(None, {})
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [
        (IssueCode.FIELD_REQUIRED, "SERVANDA_TOKEN_KEY")
    ]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    token_key(file, {})
    file.chmod(0o644)
    with pytest.raises(InputError) as caught:
        token_key(file, {})
    assert "mode 644, not 600" in caught.value.issues[0].message


def test_a_key_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    token_key(file, {})
    file.write_bytes(b"short")
    with pytest.raises(InputError, match=r"hold 32 bytes \(5\)"):
        token_key(file, {})
