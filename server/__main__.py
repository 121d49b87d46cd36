"""`python -m server` is `servanda`."""

from server.cli import main

main()
