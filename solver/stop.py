"""When a search ends: a callable that says True."""

from collections.abc import Callable

Stop = Callable[[], bool]


def never() -> bool:
    """For a search that ends by itself."""
    return False


def after_calls(limit: int) -> Stop:
    """True from the `limit`-th question on; reproducible, unlike a clock."""
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= limit

    return stop
