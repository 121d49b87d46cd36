"""What if: scenarios on a world or a snapshot, planned like the base and compared with it in money."""

from scenarios.whatif.apply import apply
from scenarios.whatif.compare import FIGURES, compare, summary
from scenarios.whatif.evaluate import Base, Budget, Evaluated, evaluate
from scenarios.whatif.runs import Progress, Runs, Store
from scenarios.whatif.scenario_files import ScenarioFile, library, read_scenario, read_scenarios

__all__ = [
    "FIGURES",
    "Base",
    "Budget",
    "Evaluated",
    "Progress",
    "Runs",
    "ScenarioFile",
    "Store",
    "apply",
    "compare",
    "evaluate",
    "library",
    "read_scenario",
    "read_scenarios",
    "summary",
]
