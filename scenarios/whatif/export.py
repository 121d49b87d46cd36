"""Comparisons as files: one JSON document, and tables as CSV and, with pyarrow, Parquet."""

import csv
import importlib.util
import json
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import Any

from models.evaluation import Comparison, ContractChange, Evaluation
from scenarios.json_files import write_text
from scenarios.whatif.compare import FIGURES, summary

Row = dict[str, Any]

_COLUMNS: dict[str, dict[str, type]] = {
    "changed_contracts": {
        "scenario": str,
        "seed": int,
        "contract_id": str,
        "cause": str,
        "because_of": str,
        "reasons": str,
        "levels_before": str,
        "levels_after": str,
        "sites_before": str,
        "sites_after": str,
        "fee_before": int,
        "fee_after": int,
    },
    "utilisation": {
        "scenario": str,
        "seed": int,
        "pool_id": str,
        "hour": int,
        "busy_s": int,
        "available_s": int,
        "share": float,
    },
    "options": {
        "scenario": str,
        "seed": int,
        "contract_id": str,
        "archetypes": str,
        "recommended": bool,
        "fee": int,
        "cost": int,
        "p_on_time": float,
    },
}
"""Of the tables that may have no row; who reads them wants the same columns then."""


def write_results(folder: Path, comparisons: Sequence[Comparison]) -> tuple[Path, ...]:
    """Write `whatif.json` and every table; which files they are.

    Parquet is written if the package pyarrow is installed: the extra `parquet`.

    Raises
    ------
    InputError
        FILE_MISSING: the folder cannot be written to.
    """
    written = [folder / "whatif.json"]
    write_text(written[0], json.dumps([_document(each) for each in comparisons], ensure_ascii=False, indent=1))
    for name, rows in tables(comparisons).items():
        written.append(folder / f"{name}.csv")
        write_text(written[-1], _csv(name, rows))
        if has_parquet():
            written.append(folder / f"{name}.parquet")
            _write_parquet(written[-1], name, rows)
    return tuple(written)


def has_parquet() -> bool:
    return importlib.util.find_spec("pyarrow") is not None


def _document(comparison: Comparison) -> Row:
    """A comparison without the evaluations: those lie under their digests in `runs`."""
    document = comparison.model_dump(mode="json", exclude={"evaluations", "base_evaluations"})
    return {
        "summary": summary(comparison).model_dump(mode="json"),
        **document,
        "base_runs": [each.digest for each in comparison.base_evaluations],
        "runs": [each.digest for each in comparison.evaluations],
    }


def tables(comparisons: Sequence[Comparison]) -> dict[str, list[Row]]:
    """Rows by the name of their table, for a data frame or a file; money in minor units."""
    return {
        "scenarios": [summary(each).model_dump(mode="json") for each in comparisons],
        "figures": [row for each in comparisons for row in _figures(each)],
        "changed_contracts": [_change(each.scenario, change) for each in comparisons for change in each.changes],
        "utilisation": [row for name, each in _evaluations(comparisons) for row in _utilisation(name, each)],
        "options": [row for name, each in _evaluations(comparisons) for row in _options(name, each)],
    }


def _evaluations(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, Evaluation]]:
    """The base's once, then those of each scenario."""
    for each in comparisons[:1]:
        yield from (("base", evaluation) for evaluation in each.base_evaluations)
    for each in comparisons:
        yield from ((each.scenario, evaluation) for evaluation in each.evaluations)


def _figures(comparison: Comparison) -> Iterator[Row]:
    for name, figure in FIGURES.items():
        yield {
            "scenario": comparison.scenario,
            "figure": name,
            "base": float(fmean(map(figure, comparison.base_evaluations))),
            "value": float(fmean(map(figure, comparison.evaluations))),
            **{f"difference_{key}": each for key, each in comparison.differences[name].model_dump().items()},
        }


def _change(scenario: str, change: ContractChange) -> Row:
    before, after = change.before, change.after
    return {
        "scenario": scenario,
        "seed": change.seed,
        "contract_id": change.contract_id,
        "cause": change.cause.value,
        "because_of": " ".join(map(str, change.because_of)),
        "reasons": " ".join(reason.code for reason in change.reasons),
        "levels_before": " ".join(item.service_level_id for item in before.items),
        "levels_after": " ".join(item.service_level_id for item in after.items),
        "sites_before": " ".join(item.site_id or "-" for item in before.items),
        "sites_after": " ".join(item.site_id or "-" for item in after.items),
        "fee_before": before.fee,
        "fee_after": after.fee,
    }


def _utilisation(scenario: str, evaluation: Evaluation) -> Iterator[Row]:
    for each in evaluation.utilisation:
        yield {"scenario": scenario, "seed": evaluation.seed, **each.model_dump(), "share": each.share}


def _options(scenario: str, evaluation: Evaluation) -> Iterator[Row]:
    for each in evaluation.offers.options:
        row = each.model_dump(mode="json")
        yield {"scenario": scenario, "seed": evaluation.seed, **row, "archetypes": " ".join(row["archetypes"])}


def _csv(name: str, rows: Sequence[Row]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=[*(_COLUMNS.get(name) or rows[0])], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write_parquet(file: Path, name: str, rows: Sequence[Row]) -> None:
    # An extra: it weighs more than all of Servanda.
    import pyarrow  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    columns = _COLUMNS.get(name)
    schema = pyarrow.schema({each: types[kind] for each, kind in columns.items()}) if columns else None
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=schema), file)
