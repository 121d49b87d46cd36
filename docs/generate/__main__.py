"""Write every page, or part of one, that follows from the code.

python -m docs.generate            write them
python -m docs.generate --check    fail if that would change a byte
python -m docs.generate --calls    play docs/calls.md against a server and write its answers
python -m docs.generate --tour     run docs/tour.ipynb and docs/whatif.ipynb and write what they print
"""

import argparse
import sys
from collections.abc import Sequence

from docs.generate.pages import stale_pages, write_calls, write_pages, write_tour


def main() -> int:
    """Entry point."""
    asked = _arguments()
    if asked.check:
        return _complain(stale_pages())
    if asked.calls:
        write_calls()
    if asked.tour:
        write_tour()
    write_pages()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description="Write what follows from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page would change")
    parser.add_argument("--calls", action="store_true", help="play docs/calls.md and write its answers too")
    parser.add_argument("--tour", action="store_true", help="run the notebooks and write their outputs too")
    return parser.parse_args()


def _complain(stale: Sequence[str]) -> int:
    for each in stale:
        sys.stderr.write(f"docs/{each} does not say what the code says: run python -m docs.generate\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
