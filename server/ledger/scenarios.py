"""Scenarios, what they stand on, and what their plans came to."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select

from server.ledger import schema
from server.ledger.scope import Scope, mine

_SCENARIOS, _GROUNDS, _EVALUATIONS = schema.scenarios, schema.scenario_grounds, schema.evaluations
_ALL = select(_SCENARIOS.c.scenario_id, _SCENARIOS.c.ground_digest, _SCENARIOS.c.document).where(mine(_SCENARIOS))
_ONE = _ALL.where(mine(_SCENARIOS, "scenario_id"))
_PAGE = (
    _ALL.where(_SCENARIOS.c.scenario_id > bindparam("after_id"))
    .order_by(_SCENARIOS.c.scenario_id)
    .limit(bindparam("limit"))
)
_GROUND = select(_GROUNDS.c.document).where(mine(_GROUNDS, "ground_digest"))
_FOUND = (
    select(_EVALUATIONS.c.digest, _EVALUATIONS.c.document)
    .where(mine(_EVALUATIONS, "ground_digest"))
    .where(_EVALUATIONS.c.digest.in_(bindparam("digests", expanding=True)))
)


class StoredScenario(NamedTuple):
    """A scenario; `document` is JSON."""

    scenario_id: str
    ground_digest: str
    document: str


class Scenarios(Scope):
    def put_scenario(self, scenario: StoredScenario) -> None:
        self.put(_SCENARIOS, [scenario._asdict()])

    def scenario(self, scenario_id: str) -> StoredScenario | None:
        rows = self.rows(_ONE, its_scenario_id=scenario_id)
        return StoredScenario(*rows[0]) if rows else None

    def scenarios(self, after: str = "", *, limit: int) -> tuple[StoredScenario, ...]:
        """At most `limit` scenarios in the order of their ids, from the one after `after` on."""
        return tuple(StoredScenario(*row) for row in self.rows(_PAGE, after_id=after, limit=limit))

    def put_ground(self, ground_digest: str, document: str) -> None:
        """Keep what scenarios stand on, under the name of its content."""
        self.add(_GROUNDS, ground_digest=ground_digest, document=zlib.compress(document.encode()))

    def ground(self, ground_digest: str) -> str | None:
        packed = self.value(_GROUND, its_ground_digest=ground_digest)
        return None if packed is None else zlib.decompress(packed).decode()

    def put_evaluation(self, ground_digest: str, digest: str, document: str) -> None:
        """Keep what a plan came to."""
        row = {"ground_digest": ground_digest, "digest": digest, "document": zlib.compress(document.encode())}
        self.put(_EVALUATIONS, [row])

    def evaluations(self, ground_digest: str, digests: Sequence[str]) -> dict[str, str]:
        """Those of these digests that are there."""
        rows = self.rows(_FOUND, its_ground_digest=ground_digest, digests=list(digests))
        return {digest: zlib.decompress(packed).decode() for digest, packed in rows}
