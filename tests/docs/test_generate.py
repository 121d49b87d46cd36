"""What the code says and the pages that are written from it are the same."""

import shutil
from pathlib import Path

import pytest

from docs.generate import pages
from docs.generate.pages import DOCS, stale_pages, write_pages


def test_every_written_page_is_fresh() -> None:
    assert stale_pages() == [], "run python -m docs.generate"


def test_a_page_that_was_edited_one_that_is_missing_and_one_of_no_code_are_found_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "docs"
    shutil.copytree(DOCS / "errors", folder / "errors")
    for name in ("world.md", "whatif.md"):
        shutil.copyfile(DOCS / name, folder / name)
    monkeypatch.setattr(pages, "DOCS", folder)
    (folder / "errors" / "NO_CODE.md").write_text("old")
    (folder / "errors" / "INTERNAL.md").write_text("edited")
    (folder / "errors" / "QUEUE_FULL.md").unlink()
    assert stale_pages() == ["errors/INTERNAL.md", "errors/NO_CODE.md", "errors/QUEUE_FULL.md"]
    write_pages()
    assert stale_pages() == []
