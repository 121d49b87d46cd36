"""Why this resource and not that one."""

from collections.abc import Iterator

from models.explanation import Explanation
from models.issues import Conflict, InputError, Issue, IssueCode, SolveError
from server.promising.core import Core, require_contract
from solver.quoting.explain import Explainer, Forced
from solver.stop import Stop, never


class Explaining(Core):
    def explain(
        self,
        contract_id: str,
        item_id: str,
        *,
        resource_id: str | None = None,
        site_id: str | None = None,
        stop: Stop = never,
    ) -> Explanation:
        """What it takes to have an item done by another resource, or from another site; changes nothing.

        Parameters
        ----------
        stop
            Ends the search for items that could make room.

        Raises
        ------
        NotFound
            CONTRACT_NOT_FOUND.
        InputError
            VALUE_INVALID: not exactly one of resource and site is given. REFERENCE_DANGLING: the item
            is not in the plan, or there is no such resource or site.
        Conflict
            VISIT_STARTED: somebody has set out for the item.
        """
        now = self._second_from(self._present())
        with self._ledger.transaction() as tx:
            require_contract(tx, contract_id)
        board, forced = self._books.board, Forced(resource_id, site_id)
        if issues := [*self._bad_question((contract_id, item_id), forced)]:
            raise InputError(*issues)
        try:
            return Explainer(board, (contract_id, item_id), forced, now=now, stop=stop).explain()
        except SolveError as error:
            if all(issue.code is IssueCode.VISIT_STARTED for issue in error.issues):
                raise Conflict(*error.issues) from error
            raise

    def _bad_question(self, key: tuple[str, str], forced: Forced) -> Iterator[Issue]:
        catalogue = self._books.board.instance.catalogue
        if key not in self._books.board.assignments:
            yield _dangling("item_id", key[1], "an item of the contract that is in the plan")
        if (forced.resource_id is None) is (forced.site_id is None):
            given = sum(each is not None for each in (forced.resource_id, forced.site_id))
            yield Issue(
                code=IssueCode.VALUE_INVALID,
                path="resource_id",
                message=f"number of resource_id and site_id that are given ({given}) must be 1",
                hint="ask about one thing at a time",
            )
        if forced.resource_id is not None and forced.resource_id not in catalogue.resource_ids():
            yield _dangling("resource_id", forced.resource_id, "a resource of the world")
        if forced.site_id is not None and forced.site_id not in catalogue.site_by_id:
            yield _dangling("site_id", forced.site_id, "a site of the world")


def _dangling(path: str, wanted_id: str, what: str) -> Issue:
    return Issue(
        code=IssueCode.REFERENCE_DANGLING,
        path=path,
        message=f"{path} ({wanted_id}) must name {what}",
        hint="GetPlan shows what is planned, and by whom",
    )
