"""The browser that pages are tested in."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.browser import Page, find_programs, open_browser


@contextmanager
def a_browser() -> Iterator[Page]:
    """Skips the test where there is no Chromium, but fails it in CI."""
    programs = find_programs()
    if programs is None:
        without = pytest.fail if os.environ.get("CI") else pytest.skip
        without("pages are tested in Chromium, which is not here: apt-get install chromium chromium-driver")
    with open_browser(programs) as page:
        yield page
