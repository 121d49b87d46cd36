"""What if the store that most of the work still to do comes from closed now?"""

from collections import Counter
from collections.abc import Iterator, Sequence

from models.evaluation import Comparison, ContractOutcome, Evaluation
from models.morning import BeforeAndAfter, ClosedStore, MovedItem
from models.plan import COST_KINDS, Cost
from models.plan_file import PlanFile
from models.resource import SiteKind
from models.scenario import CloseSite, Scenario
from scenarios.whatif.compare import FIGURES
from scenarios.whatif.evaluate import Base, Budget
from scenarios.whatif.runs import Runs
from scenarios.world import World
from solver.check import check
from solver.check.codes import ViolationCode

NAME = "close-busiest-store"
_COUNTED = ("kept", "at_risk", "refused")


def without_busiest_store(
    world: World, snapshot: PlanFile, *, seeds: Sequence[int], budget: Budget
) -> ClosedStore | None:
    """Compare a plan in force with what it would be if its busiest store closed; None, if no store has work left.

    The contracts are the same on both sides and keep their promises, so that seeds differ by the search alone.
    """
    items = items_by_store(world, snapshot)
    if not items:
        return None
    site_id = min(items, key=lambda each: (-items[each], each))
    scenario = Scenario(name=NAME, changes=(CloseSite(change="close_site", site_id=site_id),))
    bare = snapshot.model_copy(update={"morning": None})
    [comparison] = Runs(Base(world, snapshot=bare), budget).compare([scenario], seeds=seeds)
    return ClosedStore(
        scenario=scenario.name,
        site_id=site_id,
        time=snapshot.now,
        items=items[site_id],
        seeds=comparison.seeds,
        iterations=budget.iterations,
        cost_before=_mean_cost(comparison.base_evaluations),
        cost_after=_mean_cost(comparison.evaluations),
        cost_difference=comparison.differences["cost"],
        promises={name: _before_and_after(name, comparison) for name in _COUNTED},
        moved=tuple(_moved(comparison.base_evaluations[0].contracts, comparison.evaluations[0].contracts)),
        checker_violations=sum(
            len(each.violations) for each in (*comparison.base_evaluations, *comparison.evaluations)
        ),
    )


def items_by_store(world: World, snapshot: PlanFile) -> Counter[str]:
    """How many items that have not begun come from each store, by the checker's own rule of what has."""
    catalogue = world.catalogue
    stores = {site.site_id for site in catalogue.sites if site.kind is SiteKind.STORE}
    closed = catalogue.model_copy(update={"unavailable_ids": catalogue.unavailable_ids | stores})
    violations = check(snapshot.problem(catalogue=closed, travel=world.streets.tables()), snapshot.plan)
    ahead = {each.path for each in violations if each.code == ViolationCode.SITE_OUT_OF_ORDER}
    return Counter(
        each.site_id
        for each in snapshot.plan.assignments
        if each.site_id in stores and f"assignments[{each.contract_id}/{each.item_id}]" in ahead
    )


def _mean_cost(evaluations: Sequence[Evaluation]) -> Cost:
    sums = {kind: sum(getattr(each.cost, kind) for each in evaluations) for kind in COST_KINDS}
    return Cost(**{kind: round(total / len(evaluations)) for kind, total in sums.items()})


def _before_and_after(name: str, comparison: Comparison) -> BeforeAndAfter:
    before, after = (
        sum(FIGURES[name](each) for each in evaluations) / len(evaluations)
        for evaluations in (comparison.base_evaluations, comparison.evaluations)
    )
    return BeforeAndAfter(before=before, after=after)


def _moved(before: Sequence[ContractOutcome], after: Sequence[ContractOutcome]) -> Iterator[MovedItem]:
    now = {(each.contract_id, item.item_id): item for each in after for item in each.items}
    for contract in before:
        for item in contract.items:
            other = now[contract.contract_id, item.item_id]
            if (item.site_id, item.resource_id) != (other.site_id, other.resource_id):
                yield MovedItem(
                    contract_id=contract.contract_id,
                    item_id=item.item_id,
                    from_resource_id=item.resource_id,
                    to_resource_id=other.resource_id,
                    from_site_id=item.site_id,
                    to_site_id=other.site_id,
                )
