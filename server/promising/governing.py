"""The policy in force, and how another one takes its place while promises are live."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from models.base import Model
from models.issues import Issue, IssueCode
from models.plan import CapacityKind
from models.policy import Policy
from models.promise import LIVE_STATES, Promise
from models.timing import Instant
from scenarios.world import PolicyReading
from server.promising.books import Books
from server.promising.mending import Mending, Terms
from server.promising.overlay import PolicyInForce, keep_policy, overlaid
from solver.quoting.board import Board

_MOST_SHOWN = 5
_GRAIN_BY_KIND = {
    CapacityKind.PICKING: "pick_bucket",
    CapacityKind.COUNTER: "counter_bucket",
    CapacityKind.DESK: "desk_bucket",
}


class PolicyState(Model):
    """Which policy is in force, and why the file is not, if it is not.

    Parameters
    ----------
    document
        The policy in force as JSON.
    """

    fingerprint: str
    effective_time: Instant
    document: str
    file_fingerprint: str
    issues: tuple[Issue, ...]


class Governing(Mending):
    _file_fingerprint: str | None = None
    _policy_issues: tuple[Issue, ...] = ()

    def policy_state(self) -> PolicyState:
        """Which policy is in force."""
        in_force = self._policy
        return PolicyState(
            fingerprint=in_force.fingerprint,
            effective_time=in_force.effective_time,
            document=in_force.policy.model_dump_json(),
            file_fingerprint=in_force.fingerprint if self._file_fingerprint is None else self._file_fingerprint,
            issues=self._policy_issues,
        )

    def take_policy(self, reading: PolicyReading) -> PolicyState:
        """Put what was read in force, whole; or note what is wrong with it, and leave the old one in force."""
        now = self._present()
        issues = reading.issues
        if reading.policy is not None and reading.fingerprint != self._policy.fingerprint:
            issues = tuple(self._conflicts(reading.policy, reading, now))
            if not issues:
                self._enact(PolicyInForce(policy=reading.policy, fingerprint=reading.fingerprint, effective_time=now))
        self._file_fingerprint, self._policy_issues = reading.fingerprint, issues
        return self.policy_state()

    def _enact(self, in_force: PolicyInForce) -> None:
        world = overlaid(self._base, self._supplies.values(), policy=in_force.policy)
        terms = Terms(self._supplies, world, self._stock)
        entries = self._books.entries
        board = Board.of(self._problem_under(terms, entries, in_force.effective_time))
        with self._ledger.transaction() as tx:
            keep_policy(tx, in_force)
            payload = {"fingerprint": in_force.fingerprint}
            tx.emit("policy.changed", "", time=in_force.effective_time, payload=payload)
        self._policy, self._world = in_force, world
        self._books = Books(entries, self._books.hold_by_contract_id.values(), board)

    # -- what a policy may not change under live promises

    def _conflicts(self, policy: Policy, reading: PolicyReading, now: datetime) -> Iterator[Issue]:
        told = [*self._currency_changed(policy, reading), *self._grain_changed(policy, reading)]
        told += self._levels_gone(policy, reading)
        yield from told
        if not told:
            yield from self._plan_broken(policy, reading, now)

    def _currency_changed(self, policy: Policy, reading: PolicyReading) -> Iterator[Issue]:
        if policy.currency != (old := self._policy.policy.currency):
            yield _conflict(reading.path(("currency",)), f"currency ({policy.currency}) must stay the ledger's ({old})")

    def _grain_changed(self, policy: Policy, reading: PolicyReading) -> Iterator[Issue]:
        assignments = self._books.entries.assignments.values()
        used = Counter(use.kind for each in assignments for use in each.uses)
        for kind, field in _GRAIN_BY_KIND.items():
            old, new = getattr(self._policy.policy, field), getattr(policy, field)
            if used[kind] and old != new:
                yield _conflict(
                    reading.path((field,)), f"{field} ({new}) must stay that of the {used[kind]} cells in use ({old})"
                )

    def _levels_gone(self, policy: Policy, reading: PolicyReading) -> Iterator[Issue]:
        times = Counter((each.service_level_id, each.mode) for each in self._live_promises())
        for (level_id, mode), count in sorted(times.items()):
            level = policy.service_level(level_id)
            if level is None or mode not in level.modes:
                yield _conflict(
                    reading.path(("service_levels",)),
                    f"service_levels must offer {level_id} by {mode}, by which {count} live promises are kept",
                )

    def _plan_broken(self, policy: Policy, reading: PolicyReading, now: datetime) -> Iterator[Issue]:
        """Whatever else the plan in force would break: set-up at the door is part of every route, for one."""
        world = overlaid(self._base, self._supplies.values(), policy=policy)
        terms = Terms(self._supplies, world, self._stock)
        for each in self._violations_under(terms, self._books.entries, now)[:_MOST_SHOWN]:
            yield _conflict(reading.path(()), f"the plan in force must keep {each.code} at {each.path}: {each.message}")

    def _live_promises(self) -> Iterable[Promise]:
        contracts = self._books.entries.contracts.values()
        return (promise for contract in contracts for promise in contract.promises if promise.state in LIVE_STATES)


def _conflict(path: str, message: str) -> Issue:
    return Issue(
        code=IssueCode.POLICY_CONFLICT,
        path=path,
        message=message,
        hint="the old policy stays in force; keep this until these promises are kept",
    )
