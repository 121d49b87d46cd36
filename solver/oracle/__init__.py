"""The referee: proven cheapest plans of small problems, on a path of its own.

It shares no code with the engine that it judges: what is allowed it asks of the checker, and it
routes with CP-SAT.
"""

from solver.oracle.solve import EFFORT, Answer, Verdict, most_served, solve

__all__ = ["EFFORT", "Answer", "Verdict", "most_served", "solve"]
