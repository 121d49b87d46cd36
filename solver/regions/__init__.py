"""Replans of large plans: regions of routes, searched one by one or side by side."""
