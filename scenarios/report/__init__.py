"""A plan as one page that needs nothing else: no server, no network, no second file."""

from scenarios.report.page import write_report

__all__ = ["write_report"]
