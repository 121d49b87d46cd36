"""In place of the evaluation of a scenario, in its own process."""

import time
from pathlib import Path

from models.evaluation import Comparison
from server.whatif import PROGRESS, Task, evaluate_task
from solver.replanning.notebook import Notebook
from solver.stop import Stop


def counted_and_waiting(diary: Path, task: Task, *, stop: Stop, notebook: Notebook) -> Comparison:
    """In place of an evaluation: leaves a line for each plan that was not known, and waits after it.

    What is noted is told before it waits; it goes on when somebody puts a file there.
    """

    class Watched:
        def read(self, name: str) -> str | None:
            return notebook.read(name)

        def write(self, name: str, text: str) -> None:
            notebook.write(name, text)
            if name != PROGRESS:
                with diary.open("a") as lines:
                    lines.write(f"{name}\n")
            is_waiting = name == PROGRESS and not text.startswith("0/")
            while is_waiting and not diary.with_suffix(".go").exists() and not stop():
                time.sleep(0.01)

    return evaluate_task(task, stop=stop, notebook=Watched())
