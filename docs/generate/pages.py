"""Which pages are written, and which of them are not what they should be."""

from pathlib import Path

from docs.generate.error_pages import error_pages
from docs.generate.field_tables import fresh

DOCS = Path(__file__).resolve().parents[1]
WORLD = "world.md"


def written_pages() -> dict[str, str]:
    """Text by path within docs/."""
    pages = {f"errors/{name}": text for name, text in error_pages()}
    return pages | {WORLD: fresh((DOCS / WORLD).read_text(encoding="utf-8"))}


def write_pages() -> None:
    """Write all of them, and remove the pages of codes that are no more."""
    pages = written_pages()
    (DOCS / "errors").mkdir(exist_ok=True)
    for each in _left_over(pages):
        (DOCS / each).unlink()
    for name, text in pages.items():
        (DOCS / name).write_text(text, encoding="utf-8")


def stale_pages() -> list[str]:
    """Paths within docs/ that are missing, left over or not what would be written."""
    pages = written_pages()
    differ = [name for name, text in pages.items() if not _says(DOCS / name, text)]
    return sorted(differ + _left_over(pages))


def _left_over(pages: dict[str, str]) -> list[str]:
    present = (path.relative_to(DOCS).as_posix() for path in (DOCS / "errors").glob("*"))
    return [name for name in present if name not in pages]


def _says(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text
