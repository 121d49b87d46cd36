"""A replan that notes what it has done: killed at any moment, it goes on where it was."""

from dataclasses import dataclass

from models.plan import Plan
from models.problem import Problem
from solver.regions.interface import RegionKey, RegionResult
from solver.replanning.notebook import Notebook

SOURCES = "sources"
REGION = "region/"
"""Names of the notes: the plan after the first step, and the result of each region."""

_AS_IT_WAS = ""
"""In place of a plan: the one in force."""


@dataclass(frozen=True)
class NotedSteps:
    """Checkpoints of a replan, kept in a notebook."""

    problem: Problem
    notebook: Notebook

    def sources(self) -> Plan | None:
        noted = self.notebook.read(SOURCES)
        if noted is None:
            return None
        return self.problem.initial_plan if noted == _AS_IT_WAS else Plan.model_validate_json(noted)

    def keep_sources(self, plan: Plan) -> None:
        is_old = plan is self.problem.initial_plan
        self.notebook.write(SOURCES, _AS_IT_WAS if is_old else plan.model_dump_json())

    def region(self, key: RegionKey) -> RegionResult | None:
        noted = self.notebook.read(REGION + key.digest)
        return None if noted is None else RegionResult.model_validate_json(noted)

    def keep_region(self, result: RegionResult) -> None:
        self.notebook.write(REGION + result.key.digest, result.model_dump_json())
