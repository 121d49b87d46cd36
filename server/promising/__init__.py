"""The use cases: submit orders, quote, hold, confirm, release, cancel, replan. No gRPC, no SQL."""

from server.promising.results import Detached, Event, Page, Publication, Snapshot, Standing, Submitted
from server.promising.service import Promising

__all__ = ["Detached", "Event", "Page", "Promising", "Publication", "Snapshot", "Standing", "Submitted"]
