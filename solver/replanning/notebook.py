"""What a long search notes on its way, so that another process can go on where it was."""

from typing import Protocol


class Notebook(Protocol):
    """Texts by name; what was written by an earlier attempt at the same search is there to be read."""

    def read(self, name: str) -> str | None: ...

    def write(self, name: str, text: str) -> None: ...
