"""Looks whether `policy.yaml` has changed, and has a new one put in force between two calls."""

import asyncio
from functools import partial
from pathlib import Path

import structlog

from models.order import Sku
from scenarios.world import read_policy
from server.promising import Promising
from server.promising.governing import PolicyState
from server.turn import Turn

_log = structlog.get_logger("policy")
_Stamp = tuple[int, int, int] | None
"""What a file's metadata say of it: time, size and number; None: there is no file."""


class PolicyWatch:
    """The file is read beside the calls; only putting it in force takes a turn."""

    def __init__(self, promising: Promising, turn: Turn, *, folder: Path, skus: tuple[Sku, ...]) -> None:
        self._promising, self._turn = promising, turn
        self._folder, self._skus = folder, skus
        self._seen = _stamp(folder)
        self._one_at_a_time = asyncio.Lock()

    async def watch(self, interval_s: float) -> None:
        """Look at the file again and again; a mistake in it is logged, and the old policy stays."""
        while True:
            await asyncio.sleep(interval_s)
            try:
                if await asyncio.to_thread(_stamp, self._folder) != self._seen:
                    await self.reload()
            except Exception:
                _log.exception("policy.yaml could not be looked at; the next look tries again")

    async def reload(self) -> PolicyState:
        """Look at the file now."""
        async with self._one_at_a_time:
            seen = await asyncio.to_thread(_stamp, self._folder)
            before = await self._turn.insist(self._promising.policy_state)
            reading = await asyncio.to_thread(read_policy, self._folder, skus=self._skus)
            state = await self._turn.insist(partial(self._promising.take_policy, reading))
            self._seen = seen
        tell_policy(state, before=before)
        return state


def _stamp(folder: Path) -> _Stamp:
    try:
        found = (folder / "policy.yaml").stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def tell_policy(state: PolicyState, *, before: PolicyState | None = None) -> None:
    """Log what is new of the policy."""
    if state.issues and (before is None or state.issues != before.issues):
        issues = [str(each) for each in state.issues]
        _log.warning("policy.yaml is not put in force", in_force=state.fingerprint, issues=issues)
    if before is not None and state.fingerprint != before.fingerprint:
        _log.info("another policy is in force", fingerprint=state.fingerprint, before=before.fingerprint)
