"""What-if: scenarios, what they stand on, and what is known of their plans."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import Id, Model
from models.issues import Conflict, Issue, IssueCode, broken_rule
from models.plan_file import PlanFile
from models.policy import Policy
from models.supply import StoredSupply
from models.timing import Instant
from scenarios.whatif import Base
from scenarios.world import World
from server.ledger import StoredScenario
from server.promising.core import not_found
from server.promising.overlay import overlaid
from server.promising.paging import read_token, token_of
from server.promising.publishing import Publishing

LONGEST_DOCUMENT = 65_536


class ScenarioGround(StrEnum):
    """See proto/servanda/v1/scenario_service.proto."""

    WORLD = "WORLD"
    LEDGER = "LEDGER"


class Ground(Model):
    """What scenarios stand on, so that it can be had again: the files it is made of are named by their fingerprint."""

    kind: ScenarioGround
    world: str
    policy: Policy
    policy_fingerprint: str
    supplies: tuple[StoredSupply, ...] = ()
    snapshot: PlanFile | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]

    def base(self, files: World, *, num_orders: int) -> Base:
        """What scenarios are compared with, from the files of the world."""
        world = overlaid(files, self.supplies, policy=self.policy)
        world = replace(world, policy_fingerprint=self.policy_fingerprint)
        return Base(world, num_orders=num_orders, snapshot=self.snapshot)


class ScenarioTerms(Model):
    """What is asked of a new scenario: see `CreateScenarioRequest` in scenario_service.proto."""

    request_id: Id
    document: Annotated[str, Field(min_length=1, max_length=LONGEST_DOCUMENT)]
    ground: ScenarioGround | None = None
    same_ground_as: Id | None = None

    @model_validator(mode="after")
    def _one_ground(self) -> Self:
        if (self.ground is None) == (self.same_ground_as is None):
            raise broken_rule(
                IssueCode.FIELD_REQUIRED,
                "number of ground, same_ground_as that are given ({count}) must be 1",
                hint="give exactly one of them",
                count=0 if self.ground is None else 2,
            )
        return self


class KeptScenario(Model):
    """A scenario: see `Scenario` in scenario_service.proto."""

    scenario_id: Id
    document: str
    ground: ScenarioGround
    same_ground_as: Id | None = None
    name: Id
    description: str
    ground_digest: str
    create_time: Instant


class ScenarioPage(Model):
    """Some of the scenarios, and how to get more."""

    scenarios: tuple[KeptScenario, ...]
    next_page_token: str = ""


class Comparing(Publishing):
    @property
    def files(self) -> World:
        """The world as its files have it."""
        return self._base

    # -- scenarios

    def ground_for(self, terms: ScenarioTerms) -> Ground:
        """What a new scenario is to stand on.

        Raises
        ------
        NotFound
            SCENARIO_NOT_FOUND: there is none to share it with.
        """
        if terms.same_ground_as is not None:
            return self.ground(self._scenario(terms.same_ground_as, path="same_ground_as").ground_digest)
        is_ledger = terms.ground is ScenarioGround.LEDGER
        return Ground(
            kind=ScenarioGround.LEDGER if is_ledger else ScenarioGround.WORLD,
            world=self._base.fingerprint,
            policy=self._policy.policy,
            policy_fingerprint=self._policy.fingerprint,
            supplies=tuple(self._supplies[each] for each in sorted(self._supplies)) if is_ledger else (),
            snapshot=self.plan_file() if is_ledger else None,
        )

    def created(self, terms: ScenarioTerms) -> KeptScenario | None:
        """The scenario that a request made before.

        Raises
        ------
        Conflict
            REQUEST_ID_REUSED: it asked for another one.
        """
        with self._ledger.transaction() as tx:
            found = tx.scenario(terms.request_id)
        if found is None:
            return None
        kept = KeptScenario.model_validate_json(found.document)
        of_other = terms.same_ground_as is None and kept.ground is not terms.ground
        if (kept.document, kept.same_ground_as) != (terms.document, terms.same_ground_as) or of_other:
            raise Conflict(_reused(terms))
        return kept

    def keep_scenario(self, terms: ScenarioTerms, kept: KeptScenario, ground: Ground) -> KeptScenario:
        """Keep a scenario, unless its request has made one meanwhile; gives the one that is kept."""
        if (before := self.created(terms)) is not None:
            return before
        with self._ledger.transaction() as tx:
            tx.put_ground(kept.ground_digest, ground.model_dump_json())
            tx.put_scenario(StoredScenario(kept.scenario_id, kept.ground_digest, kept.model_dump_json()))
        return kept

    def scenario(self, scenario_id: str) -> KeptScenario:
        """A scenario.

        Raises
        ------
        NotFound
            SCENARIO_NOT_FOUND.
        """
        return self._scenario(scenario_id, path="scenario_id")

    def _scenario(self, scenario_id: str, *, path: str) -> KeptScenario:
        with self._ledger.transaction() as tx:
            found = tx.scenario(scenario_id)
        if found is None:
            raise not_found(IssueCode.SCENARIO_NOT_FOUND, path, scenario_id)
        return KeptScenario.model_validate_json(found.document)

    def scenarios(self, *, page_size: int, page_token: str = "") -> ScenarioPage:
        """A page of scenarios, in the order of their ids.

        Raises
        ------
        InputError
            PAGE_TOKEN_INVALID.
        """
        after, _ = read_token(page_token)
        with self._ledger.transaction() as tx:
            found = tx.scenarios(after, limit=page_size + 1)
        page = tuple(KeptScenario.model_validate_json(each.document) for each in found[:page_size])
        token = token_of((page[-1].scenario_id, "")) if len(found) > page_size else ""
        return ScenarioPage(scenarios=page, next_page_token=token)

    def ground(self, ground_digest: str) -> Ground:
        """What a scenario that is kept stands on."""
        with self._ledger.transaction() as tx:
            found = tx.ground(ground_digest)
        assert found is not None, "the ledger keeps no scenario without its ground"
        return Ground.model_validate_json(found)

    # -- evaluations

    def evaluations(self, ground_digest: str, digests: Sequence[str]) -> dict[str, str]:
        """What plans came to that were made before; JSON by digest."""
        with self._ledger.transaction() as tx:
            return tx.evaluations(ground_digest, digests)

    def keep_evaluation(self, ground_digest: str, digest: str, document: str) -> None:
        """Keep what a plan came to."""
        with self._ledger.transaction() as tx:
            tx.put_evaluation(ground_digest, digest, document)


def _reused(terms: ScenarioTerms) -> Issue:
    return Issue(
        code=IssueCode.REQUEST_ID_REUSED,
        path="request_id",
        message=f"request_id ({terms.request_id}) must come with the document and the ground it came with first",
        hint="give each request its own id; repeat a request only unchanged",
    )
