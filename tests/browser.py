"""A real browser for the tests of pages: Chromium by its own driver, from the system, cut off from every network."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--window-size=1440,1000",
)
_TIMEOUT_S = 60


class Page:
    """A page that is open in the browser."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome

    def open(self, file: Path) -> None:
        """Load a file and wait until its script says that it is ready."""
        self.chrome.get("about:blank")
        self.messages()
        self.requests()
        self.chrome.get(file.as_uri())
        self.wait("document.body.dataset.ready")

    def wait(self, condition: str) -> Any:
        deadline = time.monotonic() + _TIMEOUT_S
        while not (found := self.ask(condition)):
            assert time.monotonic() < deadline, f"{condition} must become true: {self.messages()}"
            time.sleep(0.02)
        return found

    def ask(self, expression: str) -> Any:
        return self.chrome.execute_script(f"return {expression}")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.chrome.execute_script(script, *arguments)

    def messages(self) -> list[str]:
        """Warnings and errors on the console since the last call."""
        return [str(each["message"]) for each in self.chrome.get_log("browser") if each["level"] != "INFO"]

    def requests(self) -> list[str]:
        """What was asked of any network or disk since the last call."""
        events = (json.loads(each["message"])["message"] for each in self.chrome.get_log("performance"))
        return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]


@contextmanager
def a_browser() -> Iterator[Page]:
    """Skips the test where there is no Chromium, but fails it in CI."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        _without("pages are tested in Chromium: apt-get install chromium chromium-driver")
    with TemporaryDirectory(prefix="servanda-chromium-") as profile:
        options = ChromeOptions()
        options.binary_location = str(program)
        for argument in (*_QUIET, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # Named in full: otherwise selenium would look for a driver on the network.
        chrome = Chrome(options=options, service=Service(executable_path=driver))
        try:
            yield Page(chrome)
        finally:
            chrome.quit()


def _without(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
