"""Instance files: each format becomes integers, and every mistake is named with its line."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.routing.instance import ENDLESS, Convention, RoutingInstance
from benchmarks.routing.protocol import Route, Solution
from benchmarks.routing.reading import read_instance
from benchmarks.routing.referee import Rule, judge
from models.issues import InputError
from tests.benchmarks.routing.examples import CORDEAU, FILES, LI_LIM, PILLAC, PRIZES, SITES, SOLOMON, TRIPS, write


def read(folder: Path, name: str, text: str | None = None) -> RoutingInstance:
    return read_instance(write(folder, name, text))


def cost(instance: RoutingInstance, *visits: tuple[int, ...], type_idx: int = 0) -> float | None:
    """As it is reported; None if a rule is broken."""
    verdict = judge(instance, Solution(tuple(Route(type_idx, each) for each in visits)))
    return None if verdict.cost is None else instance.reported(verdict.cost)


def test_solomon_is_read_in_tenths_that_are_cut_off(tmp_path: Path) -> None:
    instance = read(tmp_path, "solomon.txt")
    assert instance.convention is Convention.DIMACS
    assert (instance.num_nodes, instance.depots, instance.vehicle_types[0].number) == (6, (0,), 3)
    assert [instance.distance[0, node] for node in (1, 2, 4)] == [50, 100, 14]
    assert (instance.earliest[2], instance.latest[2], instance.service[2]) == (200, 1000, 50)
    assert instance.vehicle_types[0].capacity == (10,)
    assert instance.loads[:, 0].tolist() == [0, -4, -4, -4, -2, -2]
    assert cost(instance, (1, 2), (4, 5, 3)) == 20.0 + (1.4 + 1.4 + 8.2 + 10.0)


def test_li_and_lim_is_read_in_thousandths_that_are_rounded(tmp_path: Path) -> None:
    instance = read(tmp_path, "li_lim.txt")
    assert instance.convention is Convention.EXACT
    assert (instance.pickups, instance.deliveries, instance.singles) == ((1, 3), (2, 4), ())
    assert instance.distance[0, 4] == 1414
    assert instance.loads[:, 0].tolist() == [0, 4, -4, 4, -4]
    assert cost(instance, (1, 2), (3, 4)) == pytest.approx(20 + 10 + 9.055 + 1.414)


def test_cordeau_has_a_fleet_at_each_depot_and_a_longest_duration(tmp_path: Path) -> None:
    instance = read(tmp_path, "cordeau.txt")
    assert (instance.convention, instance.depots) == (Convention.EXACT, (3, 4))
    assert [(each.start, each.end, each.number) for each in instance.vehicle_types] == [(3, 3, 2), (4, 4, 2)]
    assert [each.max_duration for each in instance.vehicle_types] == [60_000, 60_000]
    assert (instance.earliest[1], instance.latest[1], instance.service[1]) == (20_000, 100_000, 5_000)
    both = Solution((Route(0, (0, 1)), Route(1, (2,))))
    assert judge(instance, both).cost == 20_000 + 2_000


def test_a_longest_duration_of_zero_is_none(tmp_path: Path) -> None:
    instance = read(tmp_path, "cordeau.txt", CORDEAU.replace("60 10", "0 10"))
    assert {each.max_duration for each in instance.vehicle_types} == {ENDLESS}


def test_trips_are_read_with_their_release_times(tmp_path: Path) -> None:
    """The second trip leaves at 40, is at node 2 at 50 and back at 65."""
    instance = read(tmp_path, "trips.vrp")
    assert (instance.convention, instance.depots) == (Convention.DIMACS, (0,))
    assert instance.vehicle_types[0].reload_depots == (0,)
    assert instance.release.tolist() == [0, 0, 400, 0]
    assert instance.service.tolist() == [0, 50, 50, 50]
    assert cost(instance, (1, 3, 0, 2)) == 5 + 6.7 + 10 + 20
    assert cost(instance, (1, 2, 3)) is None


def test_vehicles_that_serve_other_sites_are_types_of_their_own(tmp_path: Path) -> None:
    instance = read(tmp_path, "sites.vrp")
    assert (instance.convention, instance.depots) == (Convention.EXACT, (0,))
    assert [(each.number, each.capacity, each.max_duration) for each in instance.vehicle_types] == [
        (2, (10,), 60_000),
        (1, (20,), 60_000),
    ]
    assert [each.serves.tolist() for each in instance.vehicle_types] == [
        [True, True, True, False],
        [True, False, False, True],
    ]
    whole = Solution((Route(0, (1,)), Route(0, (2,)), Route(1, (3,))))
    assert judge(instance, whole).cost == 10_000 + 20_000 + 20_000


def test_a_visit_with_a_prize_may_be_left_out(tmp_path: Path) -> None:
    instance = read(tmp_path, "prizes.vrp")
    assert instance.required.tolist() == [True, True, False]
    assert cost(instance, (1,)) == 10 + 7
    assert cost(instance, (1, 2)) == 200


def test_technicians_leave_from_home_with_their_skills_tools_and_parts(tmp_path: Path) -> None:
    instance = read(tmp_path, "pillac.txt")
    assert (instance.convention, instance.depots, instance.constant) == (Convention.WORKING_TIME, (0, 1, 2), 20_000)
    first, second = instance.vehicle_types
    assert (first.start, first.end, first.tools, first.parts) == (1, 1, 0b01, (1, 0))
    assert (second.tools, second.parts, second.reload_depots) == (0b11, (0, 5), (0,))
    assert [each.serves.tolist()[3:] for each in instance.vehicle_types] == [[True, True], [False, True]]


def test_a_working_time_is_reported_without_the_service(tmp_path: Path) -> None:
    """The one waits nowhere; the other has the part itself."""
    instance = read(tmp_path, "pillac.txt")
    verdict = judge(instance, Solution((Route(0, (3,)), Route(1, (4,)))))
    assert verdict.cost is not None
    assert instance.reported(verdict.cost) == pytest.approx(10 + 2 * np.hypot(4, 8), abs=0.002)


def test_a_technician_without_a_part_goes_by_the_depot(tmp_path: Path) -> None:
    instance = read(tmp_path, "pillac.txt")
    alone = Solution((Route(0, (3, 4)),))
    assert [breach.rule for breach in judge(instance, alone).breaches] == [Rule.PARTS]
    assert judge(instance, Solution((Route(0, (3, 0, 4)),))).feasible


def test_the_set_is_the_folder_and_a_size_goes_with_the_one_above(tmp_path: Path) -> None:
    folder = tmp_path / "li_lim" / "100"
    folder.mkdir(parents=True)
    assert read(folder, "li_lim.txt").set_name == "li_lim/100"
    assert read(folder.parent, "li_lim.txt").set_name == "li_lim"


def test_every_example_is_recognised_by_its_content(tmp_path: Path) -> None:
    for idx, text in enumerate(FILES.values()):
        assert read(tmp_path, f"{idx}.dat", text).num_nodes > 2


# -- what is wrong with a file


def issues(folder: Path, text: str) -> list[str]:
    """Each as `line code`, `0` being the whole file."""
    file = write(folder, "bad.txt", text)
    with pytest.raises(InputError) as error:
        read_instance(file)
    for issue in error.value.issues:
        assert issue.message
        assert issue.hint
        assert issue.path.startswith(str(file))
    return [f"{issue.path.removeprefix(str(file)).lstrip(':') or 0} {issue.code}" for issue in error.value.issues]


@pytest.mark.parametrize("text", ["", "hello\n", "1 2\n3 4\n", SOLOMON.replace("VEHICLE\n", "")])
def test_a_file_of_no_format_is_refused(tmp_path: Path, text: str) -> None:
    assert issues(tmp_path, text) == ["0 SYNTAX_INVALID"]


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    for name, code in (("missing.txt", "FILE_MISSING"), ("binary.txt", "SYNTAX_INVALID")):
        with pytest.raises(InputError) as error:
            read_instance(tmp_path / name)
        assert [issue.code for issue in error.value.issues] == [code]


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    text = (
        SOLOMON.replace("  3         10", "  0         10")
        .replace("2        8 ", "x 8")
        .replace("20       100", "200 100")
    )
    text = text.replace("1         1          2 ", "1 nan 2").replace("    5      2 ", "    7      2 ")
    assert issues(tmp_path, text) == [
        "5 VALUE_INVALID",
        "14 VALUE_INVALID",
        "15 SYNTAX_INVALID",
        "12 WINDOW_REVERSED",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("NUMBER     CAPACITY\n", "", "0 SYNTAX_INVALID"),
        ("4          0       100          5\n    2", "-4 0 100 5\n    2", "11 VALUE_INVALID"),
        ("4          0       100          5\n    2", "4 0 100 -5\n    2", "11 VALUE_INVALID"),
        ("4          0       100          5\n    2", "4 0 100\n    2", "11 SYNTAX_INVALID"),
        ("4          0       100          5\n    2", "4 0 1e99 5\n    2", "11 VALUE_INVALID"),
        (SOLOMON[SOLOMON.index("    1 ") :], "", "0 VALUE_INVALID"),
        (SOLOMON[SOLOMON.index("    0 ") :], "", "0 VALUE_INVALID"),
        ("  3         10", "  99999999  10", "5 VALUE_INVALID"),
        ("  3         10", "  3  -10", "5 VALUE_INVALID"),
        ("  3         10", "  3  10.5", "5 VALUE_INVALID"),
        ("4          0       100          5\n    2", "4.5 0 100 5\n    2", "11 VALUE_INVALID"),
    ],
)
def test_solomon_is_checked(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in SOLOMON
    assert issues(tmp_path, SOLOMON.replace(old, new)) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("3	10	1", "3	10	2", ["1 VALUE_INVALID"]),
        ("5	0	2\n", "5	0	9\n", ["3 REFERENCE_DANGLING", "3 REFERENCE_DANGLING"]),
        ("5	0	2\n", "5	0	0\n", ["3 REFERENCE_DANGLING", "3 REFERENCE_DANGLING"]),
        ("5	0	2\n", "5	0	4\n", ["6 REFERENCE_DANGLING", "3 REFERENCE_DANGLING"]),
        ("8	-4", "8	-3", ["3 VALUE_INVALID"]),
        ("3	10	1", "3	-1	1", ["1 VALUE_INVALID"]),
        ("2	6	8", "3	6	8", ["4 SYNTAX_INVALID"]),
    ],
)
def test_li_and_lim_is_checked(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in LI_LIM
    assert issues(tmp_path, LI_LIM.replace(old, new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("6 2 3 2", "2 2 3 2", ["1 VALUE_INVALID"]),
        ("6 2 3 2", "6 2 4 2", ["0 SYNTAX_INVALID"]),
        ("60 10\n1", "60 ten\n1", ["3 VALUE_INVALID"]),
        ("60 10\n1", "60 -1\n1", ["3 VALUE_INVALID"]),
        ("60 10\n1", "-60 10\n1", ["3 VALUE_INVALID"]),
        ("5 4 1 2 1 2 20 100", "5 4 1 -2 1 2 20 100", ["5 VALUE_INVALID", "5 SYNTAX_INVALID"]),
        ("5 4 1 2 1 2 20 100", "5 4 1 2 1 20 100", ["5 SYNTAX_INVALID"]),
        ("2 6.0", "5 6.0", ["5 SYNTAX_INVALID"]),
    ],
)
def test_cordeau_is_checked(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in CORDEAU
    assert issues(tmp_path, CORDEAU.replace(old, new)) == expected


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (TRIPS, "CAPACITY: 10", "CAPACITY: ten", ["7 VALUE_INVALID"]),
        (TRIPS, "VEHICLES: 1", "VEHICLES: 0", ["0 VALUE_INVALID"]),
        (TRIPS, "EUC_2D", "EXPLICIT", ["0 VALUE_INVALID"]),
        (TRIPS, "RELEASE_TIME_SECTION", "BACKHAUL_SECTION", ["24 FIELD_UNKNOWN"]),
        (TRIPS, "CAPACITY: 10", "VEHICLES_MAX_DISTANCE: 10", ["7 FIELD_UNKNOWN"]),
        (TRIPS, "NODE_COORD_SECTION\n1	0	0\n2	3	4\n3	6	8\n4	0	10\n", "", ["0 FIELD_REQUIRED"]),
        (TRIPS, "4	0	10\n", "", ["10 SYNTAX_INVALID"]),
        (TRIPS, "4	0	10\n", "5	0	10\n", ["13 SYNTAX_INVALID"]),
        (TRIPS, "DEPOT_SECTION\n1\n-1", "DEPOT_SECTION\n2\n-1", ["32 VALUE_INVALID"]),
        (TRIPS, "RELOAD_DEPOT_SECTION\n1	1", "RELOAD_DEPOT_SECTION\n1	2", ["30 REFERENCE_DANGLING"]),
        (TRIPS, "4	0	100\nR", "4	100	0\nR", ["13 WINDOW_REVERSED"]),
        (SITES, "3 20\n", "", ["28 SYNTAX_INVALID"]),
        (SITES, "3 20\n", "3 20 30\n", ["30 SYNTAX_INVALID"]),
        (SITES, "3 4\nEOF", "3 9\nEOF", ["34 REFERENCE_DANGLING"]),
        (PRIZES, "3 7", "3 -7", ["18 VALUE_INVALID"]),
        (TRIPS, "DEPOT_SECTION\n1\n-1", "DEPOT_SECTION\n1.5\n-0.5", ["32 VALUE_INVALID"]),
        (TRIPS, "VEHICLES: 1", "VEHICLES: 99999999", ["0 VALUE_INVALID"]),
        (TRIPS, "CAPACITY: 10", "CAPACITY: -10", ["0 VALUE_INVALID"]),
        (TRIPS, "CAPACITY: 10", "VEHICLES_MAX_DURATION: -1", ["0 VALUE_INVALID"]),
        (TRIPS, "CAPACITY: 10", "VEHICLES_UNIT_DISTANCE_COST: 0.5", ["0 VALUE_INVALID"]),
        (SITES, "3 20\n", "3 20.5\n", ["30 VALUE_INVALID"]),
    ],
)
def test_vrplib_is_checked_and_nothing_is_ignored(
    tmp_path: Path, text: str, old: str, new: str, expected: list[str]
) -> None:
    assert old in text
    assert issues(tmp_path, text.replace(old, new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ID   X", "NO   X", ["0 SYNTAX_INVALID"]),
        ("[0,1] 	[0] ", "[0,1] ", ["10 SYNTAX_INVALID"]),
        ("[0,1] 	[0] ", "[0,1] [7] ", ["10 VALUE_INVALID"]),
        ("[0,1] 	[0] ", "[0,b] [0] ", ["10 SYNTAX_INVALID"]),
        ("[1,0]\n2", "[1,0,0]\n2", ["10 VALUE_INVALID"]),
        ("2    10    0", "9    10    0", ["11 SYNTAX_INVALID"]),
        ("2      2       2       2", "2      2       2", ["5 SYNTAX_INVALID"]),
        ("2      2       2       2", "9      2       2       2", ["0 SYNTAX_INVALID"]),
        ("2      2       2       2", "2      2       2       -2", ["5 VALUE_INVALID"]),
    ],
)
def test_pillac_is_checked(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in PILLAC
    assert issues(tmp_path, PILLAC.replace(old, new))[:1] == expected


def test_an_instance_of_which_the_tables_would_be_too_large_is_refused(tmp_path: Path) -> None:
    head, _, _ = SOLOMON.partition("    1 ")
    rows = "".join(f"{n} 3 4 4 0 100 5\n" for n in range(1, 10_001))
    assert issues(tmp_path, head + rows) == ["0 VALUE_INVALID"]


# -- best-known values


TABLES = {
    "solomon": ("instance,dimacs_distance,sintef_distance\nother,1,1\nsolomon,27.3,28\n", "solomon.txt", 27.3),
    "trips": ("instance,cost,convention\ntrips,41.7,x10 truncated (DIMACS)\n", "trips.vrp", 41.7),
    "sites": ("instance,cost,convention\nsites,50,'exact'\n", "sites.vrp", 50.0),
    "technicians": ("instance,working_time,distance,convention\npillac,45.5,9,double\n", "pillac.txt", 25.5),
    "pairs": ("instance,vehicles,distance,convention\nli_lim,2,40.5,SINTEF\n", "li_lim.txt", None),
    "reference": ("instance,reference_distance,convention\ncordeau,22,distance\n", "cordeau.txt", None),
    "vehicles first": ("instance,dimacs_distance,sintef_distance\nsolomon,,28\n", "solomon.txt", None),
    "another": ("instance,cost,convention\nother,1,DIMACS\n", "trips.vrp", None),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_best_known_value_counts_only_in_the_convention_of_its_instance(tmp_path: Path, case: str) -> None:
    table, name, goal = TABLES[case]
    write(tmp_path, "bks.csv", table)
    assert read(tmp_path, name).goal == goal


def test_a_table_may_lie_one_folder_above(tmp_path: Path) -> None:
    write(tmp_path, "bks.csv", TABLES["solomon"][0])
    (tmp_path / "200").mkdir()
    assert read(tmp_path / "200", "solomon.txt").goal == 27.3


def test_a_table_whose_value_is_no_number_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "bks.csv", "instance,dimacs_distance\nsolomon,many\n")
    with pytest.raises(InputError) as error:
        read(tmp_path, "solomon.txt")
    assert [(issue.code, issue.path) for issue in error.value.issues] == [("SYNTAX_INVALID", str(tmp_path / "bks.csv"))]
