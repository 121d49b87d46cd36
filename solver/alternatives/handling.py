"""What it costs to pick an item and to hand it over, whoever brings it."""

from models.promise import Mode
from solver.alternatives.look import Look
from solver.kernels.arrays import COST_UNITS


def handling_units(look: Look, mode: Mode) -> int:
    policy = look.inquiry.policy
    return COST_UNITS * (len(look.item.demand_ids) * policy.picking_per_line + policy.handling_per_item[mode])
