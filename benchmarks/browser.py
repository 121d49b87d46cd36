"""A real browser: Chromium by its own driver, both from the system, cut off from every network."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
        return [str(each["message"]) for each in self._log("browser") if each["level"] != "INFO"]

    def requests(self) -> list[str]:
        """What was asked of any network or disk since the last call."""
        events = (json.loads(each["message"])["message"] for each in self._log("performance"))
        return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]

    def _log(self, name: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.chrome.get_log(name)  # type: ignore[no-untyped-call]
        return entries


@dataclass(frozen=True)
class Programs:
    """Where the browser and its driver are."""

    browser: str
    driver: str


def find_programs() -> Programs | None:
    browser = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    driver = shutil.which("chromedriver")
    return Programs(browser, driver) if browser and driver else None


@contextmanager
def open_browser(programs: Programs) -> Iterator[Page]:
    """A browser with a profile of its own, and with nothing open in it."""
    with TemporaryDirectory(prefix="servanda-chromium-") as profile:
        options = ChromeOptions()
        options.binary_location = programs.browser
        for argument in (*_QUIET, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # Named in full: otherwise selenium would look for a driver on the network.
        chrome = Chrome(options=options, service=Service(executable_path=programs.driver))
        try:
            yield Page(chrome)
        finally:
            chrome.quit()
