"""Sites, riders, vans, technicians, carriers and desks at run time."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.issues import Conflict, InputError
from models.place import Place
from models.plan import Assignment, CapacityKind, CapacityUse
from models.supply import (
    FIELD_BY_KIND,
    ReportedPosition,
    ResourceStatus,
    StoredSupply,
    Supply,
    SupplyChanged,
    SupplyKind,
    Whole,
    id_of,
)
from models.timing import Duration, Instant, Interval
from server.ledger import Transaction
from server.ledger.supplies import outdated
from server.promising import supply_issues as issues
from server.promising.books import Entries
from server.promising.core import Request
from server.promising.mending import Mended, Mending, Terms
from server.promising.overlay import LIST_BY_KIND, overlaid
from server.promising.paging import read_token, token_of
from server.promising.results import SupplyPage


class Put(Model):
    """A site or resource to create or replace, and the revision that was read."""

    whole: Whole
    revision: Annotated[int, Field(ge=0)]


class ShiftTerms(Model):
    """What is agreed about a shift; what is None stays as it is."""

    resource_id: Id
    shift: Interval | None = None
    overtime: Duration | None = None
    call_in: bool = False


class Sighting(Model):
    """What was seen of a site or resource; what is None stays as it is."""

    resource_id: Id
    place: Place | None = None
    time: Instant | None = None
    status: ResourceStatus | None = None


class Supplying(Mending):
    # -- looking

    def supplies(
        self, *, kinds: Collection[SupplyKind] = (), show_removed: bool = False, page_size: int, page_token: str = ""
    ) -> SupplyPage:
        """At most `page_size` sites and resources in the order of kind and id; no kinds: of every kind.

        Raises
        ------
        InputError
            PAGE_TOKEN_INVALID.
        """
        self._present()
        after = read_token(page_token)
        rows = ((_place_in_list(each), each) for each in self._known().values())
        shown = sorted(
            (row for row in rows if _is_shown(row[1], kinds, show_removed) and row[0] > after), key=lambda row: row[0]
        )
        page = shown[:page_size]
        views = tuple(self._view(each, self._books.entries) for _, each in page)
        return SupplyPage(supplies=views, next_page_token=token_of(page[-1][0]) if len(shown) > page_size else "")

    def supply(self, resource_id: str) -> Supply:
        """A site or resource as it stands.

        Raises
        ------
        NotFound
            RESOURCE_NOT_FOUND.
        """
        self._present()
        return self._view(self._require(resource_id), self._books.entries)

    # -- changing

    def put_resource(self, put: Put, *, request_id: str) -> SupplyChanged:
        """Create a site or resource, or replace it whole; it is AVAILABLE then.

        Raises
        ------
        InputError
            Everything that is wrong with it.
        Conflict
            RESOURCE_OUTDATED, RESOURCE_UNDER_WAY.
        """
        request = Request("put_resource", request_id, put.model_dump_json())
        return self._amend(request, SupplyChanged, lambda tx, now: self._put(tx, put, now))

    def _put(self, tx: Transaction, put: Put, now: datetime) -> tuple[Terms, Callable[[Mended], SupplyChanged]]:
        policy, known = self._world.catalogue.policy, self._known()
        whole, wrong = issues.placed(put.whole, streets=self._base.streets, max_snap_m=policy.max_snap_m)
        stock = self._stock.values()
        wrong += issues.whole_issues(put.whole, known, catalogue=self._world.catalogue, stock=stock)
        if wrong:
            raise InputError(*wrong)
        before = known.get(whole.resource_id)
        self._refuse_outdated_revision(whole.resource_id, put.revision)
        position = before.position if before else None
        return self._stored(
            tx, StoredSupply(**dict(whole), revision=put.revision + 1, position=position, capacity_time=now)
        )

    def remove_resource(self, resource_id: str, *, revision: int, request_id: str) -> SupplyChanged:
        """Plan nothing on a site or resource any more; what has started with it stays, at risk.

        Raises
        ------
        NotFound
            RESOURCE_NOT_FOUND.
        Conflict
            RESOURCE_OUTDATED.
        """
        request = Request("remove_resource", request_id, f"{resource_id} {revision}")
        return self._amend(request, SupplyChanged, lambda tx, _now: self._remove(tx, resource_id, revision))

    def _remove(
        self, tx: Transaction, resource_id: str, revision: int
    ) -> tuple[Terms, Callable[[Mended], SupplyChanged]]:
        before = self._require(resource_id)
        self._refuse_outdated_revision(resource_id, revision)
        return self._stored(tx, _next(before, status=ResourceStatus.REMOVED))

    def change_shift(self, terms: ShiftTerms, *, request_id: str) -> SupplyChanged:
        """Other hours, overtime, or somebody on call who comes in.

        Raises
        ------
        NotFound
            RESOURCE_NOT_FOUND.
        InputError
            VALUE_INVALID, FIELD_REQUIRED.
        Conflict
            RESOURCE_UNDER_WAY: what has started does not fit the new hours.
        """
        request = Request("change_shift", request_id, terms.model_dump_json())
        return self._amend(request, SupplyChanged, lambda tx, _now: self._change_shift(tx, terms))

    def _change_shift(self, tx: Transaction, terms: ShiftTerms) -> tuple[Terms, Callable[[Mended], SupplyChanged]]:
        before = self._require(terms.resource_id)
        changes = {name: value for name, value in dict(terms).items() if name != "resource_id" and value is not None}
        if changes.pop("call_in"):
            changes["on_call"] = False
        if wrong := [*issues.shift_issues(before, changes)]:
            raise InputError(*wrong)
        changed = before.resource.model_copy(update=changes)
        return self._stored(tx, _next(before, **{FIELD_BY_KIND[before.kind]: changed}))

    def report(self, sighting: Sighting, *, request_id: str) -> SupplyChanged:
        """Note where somebody is, and whether they can be counted on.

        Raises
        ------
        NotFound
            RESOURCE_NOT_FOUND.
        InputError
            Everything that is wrong with the report.
        """
        request = Request("report", request_id, sighting.model_dump_json())
        return self._amend(request, SupplyChanged, lambda tx, now: self._report_seen(tx, sighting, now))

    def _report_seen(
        self, tx: Transaction, sighting: Sighting, now: datetime
    ) -> tuple[Terms, Callable[[Mended], SupplyChanged]]:
        before = self._require(sighting.resource_id)
        wrong = [*issues.sighting_issues(before, sighting.place, sighting.time, status=sighting.status, now=now)]
        position = before.position
        if sighting.place is not None:
            try:
                place = self._world.snap(sighting.place)
                position = ReportedPosition(place=place, time=sighting.time or now)
            except InputError as error:
                wrong += error.issues
        if wrong:
            raise InputError(*wrong)
        return self._stored(tx, _next(before, position=position, status=sighting.status or before.status))

    def _stored(self, tx: Transaction, supply: StoredSupply) -> tuple[Terms, Callable[[Mended], SupplyChanged]]:
        """The terms with one site or resource as it is to be, kept by the ledger."""
        tx.put_supply(supply)
        payload = {"resource_id": supply.resource_id, "revision": str(supply.revision), "status": supply.status.value}
        tx.emit("resource.changed", "", time=self._clock.now(), payload=payload)
        supplies = {**self._supplies, supply.resource_id: supply}
        world = overlaid(self._base, supplies.values(), policy=self._policy.policy)
        return Terms(supplies, world, self._stock), partial(self._changed, supply)

    def _changed(self, supply: StoredSupply, mended: Mended) -> SupplyChanged:
        return SupplyChanged(supply=self._view(supply, mended.entries), repair=mended.report)

    def _refuse_outdated_revision(self, resource_id: str, revision: int) -> None:
        present = self._supplies[resource_id].revision if resource_id in self._supplies else 0
        if revision != present:
            raise Conflict(outdated(resource_id, revision, present))

    # -- how they stand

    def _known(self) -> dict[str, StoredSupply]:
        """All sites and resources by id; what was never changed at revision 0."""
        catalogue = self._base.catalogue
        first = {
            id_of(each): StoredSupply(**{FIELD_BY_KIND[kind]: each})
            for kind, name in LIST_BY_KIND.items()
            for each in getattr(catalogue, name)
        }
        return first | self._supplies

    def _require(self, resource_id: str) -> StoredSupply:
        known = self._known()
        if resource_id not in known:
            raise issues.unknown_resource(resource_id, len(known))
        return known[resource_id]

    def _view(self, stored: StoredSupply, entries: Entries) -> Supply:
        route = entries.routes.get(stored.resource_id)
        ahead = [each for each in entries.assignments.values() if self._is_ahead(each, stored.resource_id)]
        return Supply(
            **{name: getattr(stored, name) for name in (*FIELD_BY_KIND.values(), "revision", "status", "position")},
            route_version=route.version if route else 0,
            num_items=len(ahead),
            uses=tuple(self._uses_ahead(stored.resource_id, entries)),
        )

    def _is_ahead(self, assignment: Assignment, resource_id: str) -> bool:
        """Whether an item is planned on a site or resource and its service has not begun."""
        return resource_id in (assignment.resource_id, assignment.site_id) and (
            assignment.planned_start > self._clock.now()
        )

    def _uses_ahead(self, owner_id: str, entries: Entries) -> Iterator[CapacityUse]:
        now, length = self._clock.now(), self._bucket_by_kind()
        taken = Counter[tuple[CapacityKind, datetime]]()
        for assignment in entries.assignments.values():
            for use in assignment.uses:
                if use.owner_id == owner_id and use.bucket_start + length[use.kind] > now:
                    taken[use.kind, use.bucket_start] += use.amount
        for kind, start in sorted(taken):
            yield CapacityUse(kind=kind, owner_id=owner_id, bucket_start=start, amount=taken[kind, start])

    def _bucket_by_kind(self) -> dict[CapacityKind, timedelta]:
        policy = self._world.catalogue.policy
        return {
            CapacityKind.PICKING: policy.pick_bucket,
            CapacityKind.COUNTER: policy.counter_bucket,
            CapacityKind.DESK: policy.desk_bucket,
            CapacityKind.CARRIER: timedelta(days=1),
            CapacityKind.CARRIER_ZONE: timedelta(days=1),
            CapacityKind.RETURNS: timedelta(days=1),
        }


def _next(before: StoredSupply, **changes: object) -> StoredSupply:
    return before.model_copy(update={"revision": before.revision + 1, **changes})


_ORDER = {kind: str(n) for n, kind in enumerate(SupplyKind)}


def _place_in_list(supply: StoredSupply) -> tuple[str, str]:
    return _ORDER[supply.kind], supply.resource_id


def _is_shown(supply: StoredSupply, kinds: Collection[SupplyKind], show_removed: bool) -> bool:
    return (not kinds or supply.kind in kinds) and (show_removed or supply.status is not ResourceStatus.REMOVED)
