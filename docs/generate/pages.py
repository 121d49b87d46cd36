"""Which pages are written, and which of them are not what they should be."""

import tempfile
from pathlib import Path

import grpc

from docs.generate.calls import caller, played
from docs.generate.error_pages import error_pages
from docs.generate.field_tables import fresh, links_in, models_of_files, models_of_scenarios
from docs.generate.serving import served
from docs.generate.tour import run_tour

DOCS = Path(__file__).resolve().parents[1]
WORLD, WHATIF, CALLS = "world.md", "whatif.md", "calls.md"
TOUR, WHATIF_TOUR = "tour.ipynb", "whatif.ipynb"


def written_pages() -> dict[str, str]:
    """Text by path within docs/."""
    pages = {f"errors/{name}": text for name, text in error_pages()}
    world, whatif = ((DOCS / name).read_text(encoding="utf-8") for name in (WORLD, WHATIF))
    links = links_in(world, name=WORLD) | links_in(whatif)
    return pages | {
        WORLD: fresh(world, models_of_files(), links=links_in(world)),
        WHATIF: fresh(whatif, models_of_scenarios(), links=links),
    }


def write_pages() -> None:
    """Write all of them, and remove the pages of codes that are no more."""
    pages = written_pages()
    (DOCS / "errors").mkdir(exist_ok=True)
    for each in _left_over(pages):
        (DOCS / each).unlink()
    for name, text in pages.items():
        (DOCS / name).write_text(text, encoding="utf-8")


def played_calls() -> str:
    """The page of calls with the answers that a new server gives."""
    page = (DOCS / CALLS).read_text(encoding="utf-8")
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        return played(page, caller(channel))


def write_calls() -> None:
    """Play the page of calls, and write the answers."""
    text = played_calls()
    (DOCS / CALLS).write_text(text, encoding="utf-8")


def write_tour() -> None:
    """Run the notebooks, and write what they print."""
    for name in (TOUR, WHATIF_TOUR):
        text = run_tour(DOCS / name)
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
