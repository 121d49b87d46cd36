"""What if: scenarios on a world or a snapshot, planned like the base and compared with it in money."""

from scenarios.whatif.apply import apply
from scenarios.whatif.compare import FIGURES, compare, summary
from scenarios.whatif.evaluate import Base, Budget, Evaluated, evaluate
from scenarios.whatif.export import tables, write_results
from scenarios.whatif.runs import Progress, Runs, Store
from scenarios.whatif.scenario_files import ScenarioFile, library, read_scenario, read_scenarios
from scenarios.whatif.sweep import Goal, Sweep

__all__ = [
    "FIGURES",
    "Base",
    "Budget",
    "Evaluated",
    "Goal",
    "Progress",
    "Runs",
    "ScenarioFile",
    "Store",
    "Sweep",
    "apply",
    "compare",
    "evaluate",
    "library",
    "read_scenario",
    "read_scenarios",
    "summary",
    "tables",
    "write_results",
]
