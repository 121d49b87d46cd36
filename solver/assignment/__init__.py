"""Who serves what from where, decided for many contracts together."""

from solver.assignment.rounds import ROUNDS, Assigned, Round, assign

__all__ = ["ROUNDS", "Assigned", "Round", "assign"]
