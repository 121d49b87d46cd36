"""Write every page, or part of one, that follows from the code.

    python -m docs.generate            write them
    python -m docs.generate --check    fail if that would change a byte
"""

import argparse
import sys

from docs.generate.pages import stale_pages, write_pages


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something would change")
    if not parser.parse_args().check:
        write_pages()
        return 0
    stale = stale_pages()
    for each in stale:
        sys.stderr.write(f"docs/{each} does not say what the code says: run python -m docs.generate\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
