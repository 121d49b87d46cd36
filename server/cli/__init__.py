"""The command line: one module per group of commands. What a command needs is imported inside it.

`servanda --help` is to be fast.
"""

from server.cli.root import main, run

__all__ = ["main", "run"]
