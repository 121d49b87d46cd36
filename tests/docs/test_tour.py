"""docs/tour.ipynb runs from its first cell to its last and prints what it shows."""

import json

from docs.generate.pages import DOCS, TOUR
from docs.generate.tour import run_tour

MOST_BYTES = 300_000


def test_the_tour_prints_what_it_shows() -> None:
    assert run_tour(DOCS / TOUR) == (DOCS / TOUR).read_text(encoding="utf-8"), (
        "if the new outputs are right: python -m docs.generate --tour"
    )


def test_every_cell_of_the_tour_shows_something() -> None:
    cells = json.loads((DOCS / TOUR).read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell["cell_type"] == "code" and not cell["outputs"]] == []


def test_the_tour_is_small() -> None:
    assert (DOCS / TOUR).stat().st_size < MOST_BYTES
