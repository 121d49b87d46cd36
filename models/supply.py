"""Sites and resources at run time: what was changed of them, where they are, and what is left of the stock."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import Id, Model
from models.issues import IssueCode, broken_rule
from models.place import Place
from models.plan import CapacityUse
from models.resource import Carrier, Desk, Rider, Site, Technician, Van
from models.timing import Instant

Resource = Site | Rider | Van | Technician | Carrier | Desk


class SupplyKind(StrEnum):
    """In the order in which they are listed."""

    SITE = "SITE"
    RIDER = "RIDER"
    VAN = "VAN"
    TECHNICIAN = "TECHNICIAN"
    CARRIER = "CARRIER"
    DESK = "DESK"


class ResourceStatus(StrEnum):
    """Whether a site or resource can be counted on."""

    AVAILABLE = "AVAILABLE"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    """Nothing is planned on it from now on; what has started stays, at risk."""
    REMOVED = "REMOVED"
    """The same for good, until it is put again."""


class ReportedPosition(Model):
    """Where somebody was last seen."""

    place: Place
    time: Instant


class Whole(Model):
    """One site or resource, whole: exactly one field is set."""

    site: Site | None = None
    rider: Rider | None = None
    van: Van | None = None
    technician: Technician | None = None
    carrier: Carrier | None = None
    desk: Desk | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in FIELD_BY_KIND.values() if getattr(self, name) is not None]
        if len(given) != 1:
            raise broken_rule(
                IssueCode.FIELD_REQUIRED,
                "number of {fields} that are given ({count}) must be 1",
                hint="give one site or resource a call",
                fields=", ".join(FIELD_BY_KIND.values()),
                count=len(given),
            )
        return self

    @property
    def kind(self) -> SupplyKind:
        return next(kind for kind, name in FIELD_BY_KIND.items() if getattr(self, name) is not None)

    @property
    def resource(self) -> Resource:
        found: Resource = getattr(self, FIELD_BY_KIND[self.kind])
        return found

    @property
    def resource_id(self) -> str:
        return id_of(self.resource)


FIELD_BY_KIND = {kind: kind.value.lower() for kind in SupplyKind}


def id_of(resource: Resource) -> str:
    return resource.site_id if isinstance(resource, Site) else resource.resource_id


class StoredSupply(Whole):
    """A site or resource as it was changed at run time.

    Parameters
    ----------
    revision
        Counts up with every change; what was never changed has 0.
    capacity_time
        When it was last put: what it held before that is not judged by what it holds now.
    """

    revision: Annotated[int, Field(ge=0)] = 0
    status: ResourceStatus = ResourceStatus.AVAILABLE
    position: ReportedPosition | None = None
    capacity_time: Instant | None = None


class Supply(Whole):
    """A site or resource as it stands.

    Parameters
    ----------
    route_version
        Of a vehicle or technician: of the route in force; 0: none yet.
    num_items
        Items that are planned on it and have not started.
    uses
        What is taken of its picking, counter, parcels or sessions, summed by bucket.
    """

    revision: Annotated[int, Field(ge=0)]
    status: ResourceStatus
    position: ReportedPosition | None = None
    route_version: Annotated[int, Field(ge=0)] = 0
    num_items: Annotated[int, Field(ge=0)] = 0
    uses: tuple[CapacityUse, ...] = ()


class StockLevel(Model):
    """Pieces of one SKU at one site.

    Parameters
    ----------
    on_hand
        Pieces, those among them that have left today under a promise.
    reserved
        Pieces that promises and holds take.
    shortage
        Reserved pieces that a count did not find and nothing could replace.
    free
        Pieces that can still be promised.
    """

    site_id: Id
    sku_id: Id
    on_hand: Annotated[int, Field(ge=0)]
    reserved: Annotated[int, Field(ge=0)]
    shortage: Annotated[int, Field(ge=0)]
    free: Annotated[int, Field(ge=0)]


class StockLine(Model):
    """Pieces of one SKU, received or counted."""

    sku_id: Id
    pieces: Annotated[int, Field(ge=0, le=10**9)]


class Repair(Model):
    """What a change did to the plan in force; items are `contract_id/item_id`.

    Parameters
    ----------
    moved
        Planned anew for the same promise.
    at_risk, safe
        Promises that are AT_RISK, or OPEN again, since this change.
    revoked_reservation_ids
        Holds that were not confirmed yet and had to be let go.
    """

    moved: tuple[str, ...] = ()
    at_risk: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()
    revoked_reservation_ids: tuple[Id, ...] = ()


class SupplyChanged(Model):
    """A site or resource after a change, and what that did to the plan."""

    supply: Supply
    repair: Repair


class StockChanged(Model):
    """Stock after a change, and what that did to the plan."""

    levels: tuple[StockLevel, ...]
    repair: Repair
