"""Solve one linear program with pulp on HiGHS: JSON in on stdin, JSON out on stdout.

A program of its own: ortools brings another HiGHS under the same library name, and a process
that has loaded one of the two cannot load the other.
"""

import json
import sys
from typing import Any


def solve(costs: list[int], equal: list[dict[str, Any]], at_most: list[dict[str, Any]]) -> dict[str, Any]:
    """Minimise `costs * x` over x >= 0.

    Parameters
    ----------
    equal, at_most
        Rows: `variables`, their `amounts`, and the right-hand `side`.

    Returns
    -------
    dict
        The least `cost`, and the dual value of every row of `at_most`: what one more would change.
    """
    import pulp

    problem = pulp.LpProblem("bundles", pulp.LpMinimize)
    variables = [problem.add_variable(f"x{n}", 0) for n in range(len(costs))]
    problem.setObjective(pulp.LpAffineExpression(zip(variables, costs, strict=True)))

    def left(row: dict[str, Any]) -> Any:
        return pulp.LpAffineExpression(
            [(variables[n], k) for n, k in zip(row["variables"], row["amounts"], strict=True)]
        )

    for n, row in enumerate(equal):
        problem.addConstraint(left(row) == row["side"], f"equal{n}")
    for n, row in enumerate(at_most):
        problem.addConstraint(left(row) <= row["side"], f"at_most{n}")
    problem.solve(pulp.HiGHS(msg=False))
    duals = [problem.get_constraint_by_name(f"at_most{n}").pi for n in range(len(at_most))]
    return {"cost": pulp.value(problem.objective), "duals": duals}


if __name__ == "__main__":
    json.dump(solve(**json.load(sys.stdin)), sys.stdout)
