"""Very many contracts, one option each, shared rows: a bound that is proved, and a choice that keeps every row."""

from solver.lagrangian.bound import Bound
from solver.lagrangian.kernels import NONE
from solver.lagrangian.menu import Menu
from solver.lagrangian.solve import ITERATIONS, SWEEPS, Solution, solve

__all__ = ["ITERATIONS", "NONE", "SWEEPS", "Bound", "Menu", "Solution", "solve"]
