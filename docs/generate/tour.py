"""The notebooks docs/tour.ipynb and docs/whatif.ipynb, run from its first cell to its last in a kernel of its own."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

_TIMEOUT_S = 600
"""Of one cell; the first quote may have to be compiled."""


def run_tour(file: Path) -> str:
    """The text of the notebook with what its cells print now, and nothing that differs from run to run.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised an exception.
    """
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    folder = {"metadata": {"path": file.parent}}
    NotebookClient(notebook, timeout=_TIMEOUT_S, record_timing=False, coalesce_streams=True, resources=folder).execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for cell in notebook.cells:
        cell.metadata = {}
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"  # type: ignore[no-untyped-call]
