"""Who serves what from where, decided for many contracts together."""

from solver.assignment.rounds import Assigned, Round, assign

__all__ = ["Assigned", "Round", "assign"]
