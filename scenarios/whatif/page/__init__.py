"""Scenarios beside their base as one page that needs nothing else: to be shown, and to be sent."""

from scenarios.whatif.page.page import Told, write_comparison

__all__ = ["Told", "write_comparison"]
