"""Readers of the formats that the public instances come in."""
