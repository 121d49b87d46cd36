"""What is done is kept: an interrupted run goes on where it was, and gives what it would have given."""

from pathlib import Path

import pytest

from models.evaluation import Offers
from models.issues import InputError, IssueCode
from models.scenario import BASE, Scenario
from scenarios.json_files import read_plan
from scenarios.whatif import Base, Budget, Progress, Runs, Store, summary, tables, write_results
from scenarios.whatif.export import has_parquet
from scenarios.world import World
from tests.scenarios.whatif.conftest import a_scenario

BUDGET = Budget(iterations=10, offers=1)
LESS = a_scenario({"change": "remove_resources", "kind": "RIDER", "count": 2}, name="less")


class Stopped(Exception):
    """What Ctrl-C would be."""


@pytest.fixture(scope="module")
def base(town: World) -> Base:
    return Base(town, num_orders=6)


@pytest.fixture(scope="module")
def kept(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that was interrupted after one plan."""
    folder = tmp_path_factory.mktemp("kept")

    def stop(progress: Progress) -> None:
        if progress.done == 1:
            raise Stopped

    with pytest.raises(Stopped):
        Runs(base, BUDGET, store=Store(folder), on_progress=stop).compare([LESS], seeds=[1, 2])
    return folder


def test_a_second_run_does_only_what_is_missing(base: Base, kept: Path) -> None:
    seen = list[Progress]()
    [again] = Runs(base, BUDGET, store=Store(kept), on_progress=seen.append).compare([LESS], seeds=[1, 2])
    assert seen == [Progress(done, 4) for done in (1, 2, 3, 4)]
    [anew] = Runs(base, BUDGET).compare([LESS], seeds=[1, 2])
    assert again == anew
    seen.clear()
    Runs(base, BUDGET, store=Store(kept), on_progress=seen.append).compare([LESS], seeds=[1, 2])
    assert seen == [Progress(4, 4)]


def test_what_cannot_be_read_is_made_anew(base: Base, kept: Path) -> None:
    runs = Runs(base, BUDGET, store=Store(kept))
    [before] = runs.compare([LESS], seeds=[1])
    file = kept / "runs" / f"{before.evaluations[0].digest}.json"
    file.write_text("{", encoding="utf-8")
    [after] = Runs(base, BUDGET, store=Store(kept)).compare([LESS], seeds=[1])
    assert after == before


def test_the_plan_of_every_evaluation_is_kept(base: Base, kept: Path) -> None:
    runs = Runs(base, BUDGET, store=Store(kept))
    [comparison] = runs.compare([LESS], seeds=[1])
    plans = [read_plan(file) for each in comparison.evaluations if (file := runs.plan_of(each))]
    assert [plan.plan.cost.travel for plan in plans] == [each.cost.travel for each in comparison.evaluations]
    assert plans[0].fingerprint != base.world.fingerprint


def test_processes_give_what_this_one_gives(base: Base, tmp_path: Path) -> None:
    [apart] = Runs(base, BUDGET, store=Store(tmp_path), workers=2).compare([LESS], seeds=[1])
    [here] = Runs(base, BUDGET).compare([LESS], seeds=[1])
    assert apart == here


def test_everything_that_contradicts_is_said_before_anything_is_planned(base: Base) -> None:
    bad = a_scenario({"change": "close_site", "site_id": "store-99"}, name="bad")
    worse = a_scenario({"change": "withdraw_service_level", "service_level_id": "soon"}, name="worse")
    seen = list[Progress]()
    with pytest.raises(InputError) as refused:
        Runs(base, BUDGET, on_progress=seen.append).compare([bad, LESS, worse], seeds=[1])
    assert [issue.code for issue in refused.value.issues] == [IssueCode.REFERENCE_DANGLING] * 2
    assert not seen


def test_results_are_files_that_others_read(base: Base, kept: Path, tmp_path: Path) -> None:
    comparisons = Runs(base, BUDGET, store=Store(kept)).compare([LESS], seeds=[1, 2])
    names = {file.name for file in write_results(tmp_path, comparisons)}
    rows = tables(comparisons)
    assert {f"{name}.csv" for name in rows} | {"whatif.json"} <= names
    assert rows["scenarios"] == [summary(comparisons[0]).model_dump(mode="json")]
    assert (tmp_path / "utilisation.csv").read_text().count("\n") == len(rows["utilisation"]) + 1
    assert {row["scenario"] for row in rows["options"]} == {"base", "less"}
    if has_parquet():
        from pyarrow import parquet  # noqa: PLC0415

        assert parquet.read_table(tmp_path / "figures.parquet").num_rows == len(rows["figures"])


def test_a_table_without_rows_has_the_columns_of_one_with_rows(base: Base, tmp_path: Path) -> None:
    more = a_scenario({"change": "multiply_demand", "factor": 2}, name="more")
    [full] = Runs(base, BUDGET).compare([more], seeds=[1])
    rows = tables([full])
    names = ("changed_contracts", "utilisation", "options")
    assert all(rows[name] for name in names)
    less = {"offers": Offers(contracts=0), "utilisation": ()}
    nothing = [each.model_copy(update=less) for each in full.evaluations]
    update = {"changes": (), "evaluations": tuple(nothing), "base_evaluations": tuple(nothing)}
    write_results(tmp_path, [full.model_copy(update=update)])
    for name in names:
        assert (tmp_path / f"{name}.csv").read_text(encoding="utf-8") == ",".join(rows[name][0]) + "\n"
        if has_parquet():
            from pyarrow import Table, parquet  # noqa: PLC0415

            empty = parquet.read_table(tmp_path / f"{name}.parquet")
            assert empty.num_rows == 0
            assert empty.schema == Table.from_pylist(rows[name]).schema


def test_the_name_of_a_scenario_is_no_part_of_what_is_kept(base: Base, kept: Path) -> None:
    runs = Runs(base, BUDGET, store=Store(kept))
    [comparison] = runs.compare([LESS.model_copy(update={"name": "other"})], seeds=[1])
    assert comparison.evaluations[0].scenario == "other"
    assert runs.evaluations(BASE, seeds=[1])[0].scenario == "base"
    assert isinstance(BASE, Scenario)
