"""A world: a folder of files that a planner reads, edits and keeps in git.

| file | what |
|---|---|
| `world.yaml` | name, timezone, day, horizon, streets |
| `policy.yaml` | service levels, fees, ladders, cost rates |
| `sites.yaml`, `riders.yaml`, `vans.yaml`, `technicians.yaml`, `carriers.yaml`, `desks.yaml` | resources |
| `pools.yaml` | which resources are interchangeable, and for which channels |
| `skus.csv`, `stock.csv` | goods, and how many pieces of them lie where |
| the extract that `world.yaml` names | the street network |
"""

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any, TypedDict, TypeVar, cast
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from models.base import Model
from models.catalogue import Catalogue, StockRow, catalogue_issues
from models.issues import InputError, Issue, IssueCode, issues_of
from models.order import Sku
from models.place import Place
from models.policy import Policy
from models.timing import Horizon
from scenarios.documents import Document, Loc, missing_file, read_csv, read_yaml, unknown_field
from scenarios.local_times import with_instants
from scenarios.streets import Streets
from scenarios.world_files import LISTS, MODEL_BY_FILE, StreetsSource, WorldFile, known_fields


@dataclass(frozen=True, eq=False)
class World:
    """Everything that is known before the first order comes.

    Parameters
    ----------
    catalogue
        Its places are in WGS-84 and snapped to the streets.
    stock
        Pieces on hand when the horizon starts.
    fingerprint
        Names the content of all files but the policy's: the same fingerprint, the same world.
    policy_fingerprint
        Names the content of `policy.yaml`, which may change while the world is served.
    """

    folder: Path
    name: str
    catalogue: Catalogue
    stock: tuple[StockRow, ...]
    horizon: Horizon
    streets: Streets
    fingerprint: str
    policy_fingerprint: str

    def snap(self, place: Place, *, path: str = "place") -> Place:
        """A customer's place in WGS-84 and on the streets.

        Raises
        ------
        InputError
            PLACE_NOT_REACHABLE: farther from any street than the policy's `max_snap_m`.
        """
        return self.streets.snap(place, max_snap_m=self.catalogue.policy.max_snap_m, path=path)


def load_world(folder: Path, *, cache_dir: Path) -> World:
    """Read a world's folder.

    Parameters
    ----------
    cache_dir
        Where the street network, and what the YAML files say, are kept in a form that loads in no time.

    Raises
    ------
    InputError
        With every issue of every file; paths are like `sites.yaml:12 sites[3].place.lat`.
    """
    if not folder.is_dir():
        raise InputError(_no_folder(folder))
    reading = _Reading(folder, cache_dir)
    frame = reading.whole("world.yaml", WorldFile)
    policy = reading.whole("policy.yaml", Policy)
    for key in LISTS:
        reading.many(key)
    reading.check_references()
    if policy:
        reading.check_packs(policy)
        reading.check_classes(policy)
    streets = reading.streets(frame.streets, cache_dir) if frame else None
    if streets:
        reading.snap(streets, max_snap_m=policy.max_snap_m if policy else Policy.model_fields["max_snap_m"].default)
    reading.give_up_if_anything_is_wrong()
    assert frame is not None
    assert policy is not None
    assert streets is not None
    rows: dict[str, Any] = dict(reading.rows)
    stock = rows.pop("stock")
    catalogue = Catalogue(
        timezone=frame.timezone, holidays=frame.holidays, traffic=frame.streets.traffic, policy=policy, **rows
    )
    names = [name for name in MODEL_BY_FILE if name != "policy.yaml"]
    return World(
        folder,
        frame.name,
        catalogue,
        stock,
        frame.horizon,
        streets,
        fingerprint=_fingerprint(folder, *names, frame.streets.file),
        policy_fingerprint=_fingerprint(folder, "policy.yaml"),
    )


def _no_folder(folder: Path) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=str(folder),
        message=f"a world must be a folder, and {folder} is {'a file' if folder.exists() else 'not there'}",
        hint="give the folder that holds world.yaml",
    )


def read_streets(folder: Path, *, cache_dir: Path) -> Streets:
    """The streets of a world of which nothing else may exist yet.

    Raises
    ------
    InputError
        `world.yaml` or the extract is missing or wrong.
    """
    reading = _Reading(folder)
    frame = reading.whole("world.yaml", WorldFile)
    streets = reading.streets(frame.streets, cache_dir) if frame else None
    reading.give_up_if_anything_is_wrong()
    assert streets is not None
    return streets


@dataclass(frozen=True)
class PolicyReading:
    """What was found in a world's `policy.yaml`: a policy, or what is wrong with it.

    Parameters
    ----------
    fingerprint
        Names the content of the file; empty if there is none.
    path
        Where a field stands, for those who find fault with it: `policy.yaml:3 currency`.
    """

    policy: Policy | None
    fingerprint: str
    issues: tuple[Issue, ...]
    path: Callable[[Loc], str]


def read_policy(folder: Path, *, skus: tuple[Sku, ...]) -> PolicyReading:
    """Read the policy of a world alone, all of its issues with file and line.

    Parameters
    ----------
    skus
        Goods of the world, whose categories service packs may name.
    """
    fingerprint = _fingerprint(folder, "policy.yaml") if (folder / "policy.yaml").is_file() else ""
    reading = _Reading(folder, rows={"skus": skus}, suspects={"skus": set()})
    policy = reading.whole("policy.yaml", Policy)
    if policy:
        reading.check_packs(policy)
        reading.check_classes(policy)
    document = reading.documents.get("policy.yaml")
    path = document.path if document else lambda _loc: "policy.yaml"
    issues = tuple(sorted(reading.issues, key=_file_and_line))
    return PolicyReading(None if issues else policy, fingerprint, issues, path)


def _fingerprint(folder: Path, *names: str) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()[:32]


_Whole = TypeVar("_Whole", bound=Model)

_COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "skus": (
        ("sku_id", "name", "category", "weight_g", "volume_cm3"),
        ("temperature", "fragile", "hazard", "crew", "max_on_board", "goods_class", "attributes"),
    ),
    "stock": (("site_id", "sku_id", "on_hand"), ()),
}
_MOBILE = ("riders", "vans", "technicians")
_REFERS_TO = {
    "pools.resource_ids": (*_MOBILE, "carriers", "desks"),
    "stock.site_id": ("sites",),
    "stock.sku_id": ("skus",),
}


@dataclass
class _Reading:
    """What has been read of a folder so far, and everything that is wrong with it.

    Parameters
    ----------
    rows
        Rows that are right, by list.
    positions
        Where each of them stands in its file.
    suspects
        By list that could be read as such: texts in rows that are wrong, among them their ids.
        A reference to one is no issue of its own.
    """

    folder: Path
    cache_dir: Path | None = None
    issues: list[Issue] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    rows: dict[str, tuple[Model, ...]] = field(default_factory=dict)
    positions: dict[str, list[int]] = field(default_factory=dict)
    suspects: dict[str, set[object]] = field(default_factory=dict)

    def whole(self, name: str, model: type[_Whole]) -> _Whole | None:
        """A file that is one object."""
        document = self._open(name)
        if document is None:
            return None
        try:
            return model.model_validate(document.data)
        except ValidationError as error:
            self.issues += _located(error, document, model)
            return None

    def many(self, key: str) -> None:
        """A file that is a list of rows: those that are right stay."""
        self.rows[key], self.positions[key] = (), []
        model, document = MODEL_BY_FILE[LISTS[key]], self._open(LISTS[key])
        if document is None:
            return
        wrong: set[int] = set()
        try:
            model.model_validate(document.data)
        except ValidationError as error:
            self.issues += _located(error, document, model)
            wrong = {details["loc"][1] for details in error.errors() if len(details["loc"]) > 1}  # type: ignore[misc]
        rows = document.data.get(key) if isinstance(document.data, dict) else None
        if isinstance(rows, list):
            self._keep(key, rows, wrong)
            if not document.issues:
                self.suspects[key] = {value for idx in wrong for value in _texts(rows[idx])}

    def _keep(self, key: str, rows: list[Any], wrong: set[int]) -> None:
        self.positions[key] = [idx for idx in range(len(rows)) if idx not in wrong]
        right = MODEL_BY_FILE[LISTS[key]].model_validate({key: [rows[idx] for idx in self.positions[key]]})
        self.rows[key] = getattr(right, key)

    def _open(self, name: str) -> Document | None:
        try:
            document = self._read(self.folder / name)
        except InputError as error:
            self.issues += error.issues
            return None
        self.documents[name] = document
        self.issues += document.issues
        return document

    def _read(self, file: Path) -> Document:
        key = file.stem
        if file.suffix == ".csv":
            required, optional = _COLUMNS[key]
            return read_csv(file, key=key, required=required, optional=optional)
        document = read_yaml(file, cache_dir=self.cache_dir)
        if key == "world":
            return replace(document, data=_with_span(document.data, "horizon", _clock(document.data)))
        return replace(document, data=self._with_shifts(document.data, key)) if key in _MOBILE else document

    def _with_shifts(self, data: Any, key: str) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get(key), list):
            return data
        clock = _clock(self.documents["world.yaml"].data) if "world.yaml" in self.documents else None
        return data | {key: [_with_breaks(_with_span(row, "shift", clock), clock) for row in data[key]]}

    def check_references(self) -> None:
        """Duplicate ids and references to nothing, among the rows that are right."""
        rows: dict[str, Any] = {key: rows for key, rows in self.rows.items() if key != "stock"}
        stock = cast("tuple[StockRow, ...]", self.rows["stock"])
        for issue in catalogue_issues(Catalogue.model_construct(**rows), stock):
            document, loc = self._place_of(issue.path)
            update = {"path": document.path(loc)}
            if issue.code is IssueCode.REFERENCE_DANGLING:
                if self._may_be_there(document, loc):
                    continue
                update |= self._nearest_id(document, loc)
            update["message"] = _LIST_ENTRY.sub(lambda entry: self._line_of(entry[0]), issue.message)
            self.issues.append(issue.model_copy(update=update))

    def check_packs(self, policy: Policy) -> None:
        """Service packs for a category of which there are no goods."""
        if "skus" not in self.suspects:
            return
        document = self.documents["policy.yaml"]
        known = {sku.category for sku in cast("tuple[Sku, ...]", self.rows["skus"])}
        for p, pack in enumerate(policy.service_packs):
            if pack.category not in known | self.suspects["skus"]:
                nearest = difflib.get_close_matches(pack.category, sorted(known), n=1)
                self.issues.append(
                    Issue(
                        code=IssueCode.REFERENCE_DANGLING,
                        path=document.path(("service_packs", p, "category")),
                        message=f"category ({pack.category}) must be one of the {len(known)} of skus.csv",
                        hint=f"did you mean {nearest[0]}?" if nearest else "add its goods, or remove the pack",
                    )
                )

    def check_classes(self, policy: Policy) -> None:
        """Pairs to be kept apart with a class that no goods have, and nothing that is taken back."""
        if "skus" not in self.suspects:
            return
        document = self.documents["policy.yaml"]
        packed = {item.goods_class for pack in policy.service_packs for item in pack.items}
        known = {sku.goods_class for sku in cast("tuple[Sku, ...]", self.rows["skus"])} | packed
        names = sorted(each for each in known if each is not None)
        for p, pair in enumerate(policy.keep_apart):
            for i, each in enumerate(pair):
                if each not in known | self.suspects["skus"]:
                    nearest = difflib.get_close_matches(each, names, n=1)
                    self.issues.append(
                        Issue(
                            code=IssueCode.REFERENCE_DANGLING,
                            path=document.path(("keep_apart", p, i)),
                            message=f"goods class ({each}) must be one of the {len(names)} of skus.csv and the packs",
                            hint=f"did you mean {nearest[0]}?" if nearest else "give it to goods, or remove the pair",
                        )
                    )

    def _place_of(self, path: str) -> tuple[Document, Loc]:
        """`stock[3].sku_id`, counted among the rows that are right, in the file where it stands."""
        key, idx, *rest = re.findall(r"\w+", path)
        row = self.positions[key][int(idx)]
        return self.documents[LISTS[key]], (key, row, *(int(each) if each.isdigit() else each for each in rest))

    def _line_of(self, entry: str) -> str:
        document, loc = self._place_of(entry)
        return document.path(loc)

    def _may_be_there(self, document: Document, loc: Loc) -> bool:
        """Whether what a reference names stands in a file, or in a row, that could not be read."""
        value = _value(document, loc)
        return any(key not in self.suspects or value in self.suspects[key] for key in _targets(loc))

    def _nearest_id(self, document: Document, loc: Loc) -> dict[str, str]:
        keys = _targets(loc)
        known = [_id_of(row) for key in keys for row in self.rows[key]]
        nearest = difflib.get_close_matches(_value(document, loc), known, n=1)
        return {"hint": f"did you mean {nearest[0]}?"} if nearest else {}

    def streets(self, source: StreetsSource, cache_dir: Path) -> Streets | None:
        """The street network, if its extract can be read."""
        try:
            return Streets.read(self.folder / source.file, speeds=source.speeds, cache_dir=cache_dir)
        except FileNotFoundError:
            issue = missing_file(source.file)
        except NO_MAP as error:
            issue = not_a_map("", source.file, error)
        path = self.documents["world.yaml"].path(("streets", "file"))
        self.issues.append(issue.model_copy(update={"path": path}))
        return None

    def snap(self, streets: Streets, *, max_snap_m: int) -> None:
        """Put the places of sites and resources on the streets."""

        def snapped(row: Model, loc: Loc) -> Iterator[tuple[str, Place]]:
            for name in _PLACES[str(loc[0])]:
                place: Place | None = getattr(row, name)
                if place is not None:
                    try:
                        yield name, streets.snap(place, max_snap_m=max_snap_m)
                    except InputError as error:
                        # Only now, as looking a line up parses the file.
                        path = self.documents[LISTS[str(loc[0])]].path((*loc, name))
                        self.issues += [issue.model_copy(update={"path": path}) for issue in error.issues]

        for key in _PLACES:
            places = [dict(snapped(row, (key, idx))) for row, idx in self._numbered(key)]
            rows = zip(self.rows[key], places, strict=True)
            self.rows[key] = tuple(row.model_copy(update=update) for row, update in rows)

    def _numbered(self, key: str) -> Iterator[tuple[Model, int]]:
        return zip(self.rows[key], self.positions[key], strict=True)

    def give_up_if_anything_is_wrong(self) -> None:
        if self.issues:
            raise InputError(*sorted(self.issues, key=_file_and_line))


_LIST_ENTRY = re.compile(rf"\b(?:{'|'.join(LISTS)})\[\d+\]")
_PLACES = {"sites": ("place",)} | dict.fromkeys(_MOBILE, ("start_place", "end_place"))


def _located(error: ValidationError, document: Document, model: type[Model]) -> Iterator[Issue]:
    """The issues of a file, each with its line, and the nearest known name for an unknown one."""
    for details, issue in zip(error.errors(include_url=False), issues_of(error), strict=True):
        loc = tuple(step for step in details["loc"] if step != "[key]")
        if issue.code is IssueCode.FIELD_UNKNOWN:
            yield unknown_field(document.path(loc), str(loc[-1]), known_fields(model, loc[:-1]))
        else:
            hint = _nearest_choice(details["ctx"]["expected"], details["input"]) if details["type"] == "enum" else None
            yield issue.model_copy(update={"path": document.path(loc), "hint": hint or issue.hint})


def _nearest_choice(expected: str, given: object) -> str | None:
    """Of a message like "'RIDER', 'VAN' or 'DESK'", the one that was probably meant."""
    nearest = difflib.get_close_matches(str(given).upper(), re.findall(r"'([^']+)'", expected), n=1)
    return f"did you mean {nearest[0]}?" if nearest else None


def _targets(loc: Loc) -> tuple[str, ...]:
    """The lists in which a reference at that place looks for its id."""
    return _REFERS_TO[".".join(str(step) for step in loc if not isinstance(step, int))]


def _value(document: Document, loc: Loc) -> Any:
    return reduce(lambda value, step: value[step], loc, document.data)


def _id_of(row: Model) -> str:
    return str(next(getattr(row, name) for name in ("resource_id", "site_id", "sku_id") if hasattr(row, name)))


def _texts(row: object) -> Iterator[str]:
    values: Iterable[object] = row.values() if isinstance(row, dict) else ()
    return (value for value in values if isinstance(value, str))


class _Clock(TypedDict):
    day: date
    zone: ZoneInfo


def _clock(frame: Any) -> _Clock | None:
    """What local times mean, if `world.yaml` says it."""
    try:
        return _Clock(day=date.fromisoformat(str(frame["day"])), zone=ZoneInfo(frame["timezone"]))
    except (KeyError, TypeError, ValueError, OSError):
        return None


_ANY_SPAN = {"start": "2000-01-01T00:00Z", "end": "2000-01-02T00:00Z"}


def _with_span(row: Any, name: str, clock: _Clock | None) -> Any:
    """The row with instants; when local times mean nothing, with a span that does no harm."""
    if not isinstance(row, dict) or name not in row:
        return row
    return row | {name: with_instants(row[name], **clock) if clock else _ANY_SPAN}


def _with_breaks(row: Any, clock: _Clock | None) -> Any:
    """The row with instants for the windows of its breaks; without breaks when local times mean nothing."""
    if not isinstance(row, dict) or not isinstance(row.get("breaks"), list):
        return row
    return row | {"breaks": [_with_span(each, "window", clock) for each in row["breaks"]] if clock else []}


NO_MAP = (OSError, EOFError, SyntaxError, ValueError)
"""What reading a street network raises if the file is none."""


def not_a_map(path: str, name: str, error: Exception) -> Issue:
    return Issue(
        code=IssueCode.SYNTAX_INVALID,
        path=path,
        message=f"{name} must be an OpenStreetMap extract with streets: {type(error).__name__}: {error}",
        hint="download the extract again, as .osm or .osm.bz2",
    )


def _file_and_line(issue: Issue) -> tuple[int, int]:
    name, _, rest = issue.path.partition(" ")[0].partition(":")
    files = [*MODEL_BY_FILE]
    return files.index(name) if name in files else len(files), int(rest or 0)
