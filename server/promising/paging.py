"""Tokens that say where a page ended. Opaque to those who send them back."""

import json
from base64 import b64decode, urlsafe_b64encode

from models.issues import InputError, Issue, IssueCode

Mark = tuple[str, str]
"""Where a list that is sorted by two texts goes on: behind these."""

START: Mark = ("", "")


def token_of(mark: Mark) -> str:
    return urlsafe_b64encode(json.dumps(mark).encode()).decode()


def read_token(page_token: str) -> Mark:
    """The mark in a token; without one, the start.

    Raises
    ------
    InputError
        PAGE_TOKEN_INVALID.
    """
    if not page_token:
        return START
    try:
        one, other = json.loads(b64decode(page_token, altchars=b"-_", validate=True))
        return str(one), str(other)
    except (ValueError, TypeError) as error:
        raise InputError(bad_token(page_token)) from error


def bad_token(page_token: str) -> Issue:
    return Issue(
        code=IssueCode.PAGE_TOKEN_INVALID,
        path="page_token",
        message=f"page_token ({page_token[:40]}) must be the next_page_token of the page before",
        hint="start again without a token",
    )
