"""Travel tables: looked up, kept in files, and sent to other processes."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from models.resource import TravelProfile
from models.travel import PROFILES, UNREACHABLE, TravelTables

BIKE, CAR = TravelProfile.BIKE, TravelProfile.CAR


def tables() -> TravelTables:
    """Crossings 3, 5 and 900: by bike no way leads to the last one, by car all ways are there."""
    none = UNREACHABLE
    duration_s = [[[0, 60, none], [70, 0, none], [none, none, 0]], [[0, 30, 90], [40, 0, 60], [95, 65, 0]]]
    distance_m = [[[0, 300, none], [320, 0, none], [none, none, 0]], [[0, 310, 900], [330, 0, 610], [910, 620, 0]]]
    return TravelTables(
        node_ids=np.array([3, 5, 900], dtype=np.int64),
        duration_s=np.array(duration_s, dtype=np.int32),
        distance_m=np.array(distance_m, dtype=np.int32),
    )


def test_the_profiles_stand_in_the_order_of_their_tables() -> None:
    assert PROFILES == (BIKE, CAR)


def test_a_way_has_seconds_and_metres_and_the_way_back_its_own() -> None:
    assert tables().travel(BIKE, 3, 5) == (60, 300)
    assert tables().travel(BIKE, 5, 3) == (70, 320)
    assert tables().travel(CAR, 3, 900) == (90, 900)


def test_a_figure_is_a_number_of_python_and_not_of_numpy() -> None:
    assert [type(each) for each in tables().travel(CAR, 3, 5) or ()] == [int, int]


def test_staying_takes_no_time() -> None:
    assert tables().travel(BIKE, 900, 900) == (0, 0)


def test_where_no_way_leads_there_are_no_figures() -> None:
    assert UNREACHABLE == -1
    assert tables().travel(BIKE, 3, 900) is None
    assert tables().travel(BIKE, 900, 5) is None


@pytest.mark.parametrize(("origin", "destination"), [(4, 5), (3, 6), (-1, 3), (0, 0)])
def test_a_crossing_that_is_not_in_the_network_is_a_key_error(origin: int, destination: int) -> None:
    with pytest.raises(KeyError):
        tables().travel(CAR, origin, destination)


def assert_same(one: TravelTables, other: TravelTables) -> None:
    for name in ("node_ids", "duration_s", "distance_m"):
        first, second = getattr(one, name), getattr(other, name)
        assert first.dtype == second.dtype
        assert np.array_equal(first, second)


def test_tables_come_back_from_a_folder_as_they_were_saved(tmp_path: Path) -> None:
    saved = tables().save(tmp_path)
    assert saved.folder == tmp_path
    assert_same(saved, tables())
    assert_same(TravelTables.load(tmp_path), tables())
    assert saved.travel(CAR, 5, 900) == (60, 610)


def test_turned_round_the_tables_are_by_destination(tmp_path: Path) -> None:
    for each in (tables(), tables().save(tmp_path)):
        assert np.array_equal(each.duration_to_s, tables().duration_s.transpose(0, 2, 1))
        assert np.array_equal(each.distance_to_m, tables().distance_m.transpose(0, 2, 1))
        assert each.duration_to_s.flags.c_contiguous
    assert isinstance(TravelTables.load(tmp_path).distance_to_m, np.memmap)


def test_tables_from_a_folder_are_mapped_and_cannot_be_written_to(tmp_path: Path) -> None:
    mapped = tables().save(tmp_path)
    assert isinstance(mapped.duration_s, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        mapped.duration_s[0, 0, 1] = 0


def test_tables_in_memory_are_pickled_whole() -> None:
    copy = pickle.loads(pickle.dumps(tables()))
    assert copy.folder is None
    assert_same(copy, tables())


def test_tables_from_a_folder_are_pickled_as_its_path(tmp_path: Path) -> None:
    mapped = tables().save(tmp_path)
    sent = pickle.dumps(mapped)
    assert len(sent) < 500
    assert pickle.loads(sent).folder == tmp_path
    assert_same(pickle.loads(sent), tables())


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TravelTables.load(tmp_path)
