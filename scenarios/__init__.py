"""Worlds to plan: load, form contracts, simulate, report."""
