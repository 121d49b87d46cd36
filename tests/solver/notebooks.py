"""A notebook for searches that nobody will go on with."""


class BlankNotebook:
    """Remembers while the test runs."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        return self._texts.get(name)

    def write(self, name: str, text: str) -> None:
        self._texts[name] = text
