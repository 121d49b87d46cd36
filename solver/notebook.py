"""What a long search notes on its way, so that another process can go on where it was."""

from typing import Protocol


class Notebook(Protocol):
    """Texts by name; what was written by an earlier attempt at the same search is there to be read."""

    def read(self, name: str) -> str | None: ...

    def write(self, name: str, text: str) -> None: ...


class BlankNotebook:
    """Of a search that nobody will go on with: it remembers while it runs."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        return self._texts.get(name)

    def write(self, name: str, text: str) -> None:
        self._texts[name] = text
