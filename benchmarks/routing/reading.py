"""Instance files: which format it is, what is in it, and the best that is known of it."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from benchmarks.routing.best_known import best_known
from benchmarks.routing.formats import cordeau, li_lim, pillac, solomon, vrplib
from benchmarks.routing.formats.lines import Findings, lines_of
from benchmarks.routing.instance import BestKnown, Convention, RoutingInstance
from models.issues import InputError, Issue, IssueCode

FORMATS: tuple[ModuleType, ...] = (vrplib, solomon, pillac, li_lim, cordeau)


def read_instance(file: Path) -> RoutingInstance:
    """The instance in a file, in whichever format its content is.

    Raises
    ------
    InputError
        FILE_MISSING, SYNTAX_INVALID where no format fits, or every issue of every line.
    """
    findings = Findings(file)
    lines = lines_of(_text(file))
    for form in FORMATS:
        if form.recognised(lines):
            read: RoutingInstance = form.read(file.stem, lines, findings)
            return replace(read, set_name=set_name_of(file), best_known=_comparable(best_known(file), read))
    findings.add(
        None,
        IssueCode.SYNTAX_INVALID,
        "the format must be Solomon's, Li and Lim's, Cordeau's with windows and depots, Pillac's, or PyVRP's VRPLIB",
        hint="docs/benchmarks.md says how each is recognised",
    )
    raise InputError(*findings.issues)


def _comparable(known: BestKnown | None, instance: RoutingInstance) -> BestKnown | None:
    """A working time is published with the service in it."""
    if known is None or known.convention is not Convention.WORKING_TIME:
        return known
    return replace(known, value=round(known.value - instance.constant / instance.convention.scale, 3))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"an instance must be a file that can be read, and {file} is not: {error.strerror}"
        raise InputError(_issue(IssueCode.FILE_MISSING, file, message, hint="correct the path")) from error
    except UnicodeDecodeError as error:
        message = f"an instance must be text in UTF-8: {error.reason} at byte {error.start}"
        hint = "this is another kind of file"
        raise InputError(_issue(IssueCode.SYNTAX_INVALID, file, message, hint=hint)) from error


def _issue(code: IssueCode, file: Path, message: str, *, hint: str) -> Issue:
    return Issue(code=code, path=str(file), message=message, hint=hint)


def set_name_of(file: Path) -> str:
    """Its folder; with the one above where the folder is but a size: `li_lim/100`."""
    folder = file.resolve().parent
    return f"{folder.parent.name}/{folder.name}" if folder.name.isdecimal() else folder.name
