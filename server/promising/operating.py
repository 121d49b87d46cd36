"""Long work on the plan: what it plans on, and what it has got done so far."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from models.problem import Problem
from models.timing import Horizon
from server.ledger import StoredOperation
from server.promising.publishing import Publishing
from server.promising.results import Snapshot


class Operating(Publishing):
    @property
    def horizon(self) -> Horizon:
        return self._horizon

    def is_planned(self, contract_id: str, item_id: str) -> bool:
        return (contract_id, item_id) in self._books.entries.assignments

    # -- what is planned on

    def snapshot(self, *, freeze_until: datetime | None = None) -> Snapshot:
        """The plan in force as of the next whole second, in a form that outlives the process."""
        file = self.plan_file()
        frozen = max(file.freeze_until, freeze_until or file.freeze_until)
        return Snapshot(supplied=self._supplied(), file=file.model_copy(update={"freeze_until": frozen}))

    def problem_of(self, snapshot: Snapshot) -> Problem | None:
        """The problem that a snapshot is of; None if resources or policy have changed since."""
        if snapshot.supplied != self._supplied():
            return None
        problem = snapshot.file.problem(catalogue=self._world.catalogue, travel=self._base.streets.tables())
        return replace(problem, disturbance=self._world.catalogue.policy.disturbance)

    def problem_after(self, problem: Problem) -> Problem:
        """The plan in force now, as of the time at which an earlier problem was taken."""
        after = self._problem(self._books.entries, self._plan_in_force(), problem.now)
        return replace(after, freeze_until=problem.freeze_until)

    def _supplied(self) -> str:
        """What names the resources and the policy in force."""
        supplies = (self._supplies[each].model_dump_json() for each in sorted(self._supplies))
        known = "\n".join((self._world.fingerprint, self._policy.fingerprint, *supplies))
        return hashlib.sha256(known.encode()).hexdigest()

    # -- what has been done

    def part(self, operation_id: str, name: str) -> str | None:
        """A part of a long-running operation."""
        with self._ledger.transaction() as tx:
            return tx.part(operation_id, name)

    def parts(self, operation_id: str, *, prefix: str) -> dict[str, str]:
        """Those whose names begin so, by name."""
        with self._ledger.transaction() as tx:
            return tx.parts(operation_id, prefix=prefix)

    def keep_part(
        self, operation_id: str, name: str, document: str, *, operation: StoredOperation | None = None
    ) -> None:
        """Keep a part, and with it what is to be known of its operation from now on."""
        with self._ledger.transaction() as tx:
            tx.put_part(operation_id, name, document)
            if operation is not None:
                tx.put_operation(operation)

    def remove_parts(self, operation_id: str) -> None:
        """Forget what has been done."""
        with self._ledger.transaction() as tx:
            tx.remove_parts(operation_id)

    def end_operation(self, operation: StoredOperation, parts: Mapping[str, str]) -> None:
        """Keep an operation that is over, and of its parts only these."""
        with self._ledger.transaction() as tx:
            tx.put_operation(operation)
            tx.remove_parts(operation.operation_id)
            for name, document in parts.items():
                tx.put_part(operation.operation_id, name, document)
