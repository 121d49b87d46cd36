"""Processes that work for another one and never outlive it."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def live_and_die_with_parent() -> None:
    """To be called once in a new process: from now on its parent alone decides when it ends.

    Ctrl-C reaches the whole group and is left to the parent; if that is killed, nobody is left behind.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)
