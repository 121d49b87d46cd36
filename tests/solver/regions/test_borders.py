"""Regions: everybody is in one of them, they are about equal, and their borders move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.regions.borders import regions


def a_city(num_vehicles: int, *, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.uniform(0, 10_000, (num_vehicles, 2)), random.integers(0, 20, num_vehicles)


@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 5), st.integers(0, 100))
def test_everybody_is_in_exactly_one_region(num_vehicles: int, count: int, round_number: int, seed: int) -> None:
    middles, weights = a_city(num_vehicles, seed=seed)
    pieces = regions(middles, weights, count=count, round_number=round_number)
    assert len(pieces) == count
    assert sorted(np.concatenate(pieces).tolist()) == list(range(num_vehicles))
    assert all((np.diff(piece) > 0).all() for piece in pieces)


@pytest.mark.parametrize("count", [2, 3, 7, 16])
def test_regions_are_as_equal_as_whole_routes_allow(count: int) -> None:
    middles, weights = a_city(800)
    sums = [int(weights[piece].sum()) for piece in regions(middles, weights, count=count, round_number=0)]
    share = weights.sum() / count
    depth = int(np.ceil(np.log2(count)))
    assert max(abs(each - share) for each in sums) <= depth * weights.max()


def test_regions_lie_together() -> None:
    middles, weights = a_city(800)
    pieces = regions(middles, weights, count=16, round_number=2)
    spread = np.mean([np.linalg.norm(middles[piece] - middles[piece].mean(axis=0), axis=1).mean() for piece in pieces])
    assert spread < np.linalg.norm(middles - middles.mean(axis=0), axis=1).mean() / 3


def test_who_stood_at_a_border_stands_inside_in_another_round() -> None:
    """Of two routes side by side in different regions, few are apart in all of three rounds."""
    middles, weights = a_city(800)
    apart = np.ones(800, dtype=bool)
    nearest = np.argsort(((middles[:, None] - middles[None]) ** 2).sum(axis=2), axis=1)[:, 1]
    shares = []
    for n in range(3):
        region = np.zeros(800, dtype=int)
        for k, piece in enumerate(regions(middles, weights, count=16, round_number=n)):
            region[piece] = k
        apart &= region != region[nearest]
        shares.append(float(apart.mean()))
    assert shares[0] > 0.03
    assert shares[2] < shares[0] / 10


def test_the_same_city_is_always_cut_in_the_same_way() -> None:
    middles, weights = a_city(200)
    one, other = (regions(middles.copy(), weights.copy(), count=5, round_number=1) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_idle_vehicles_alone_are_cut_too() -> None:
    pieces = regions(np.zeros((4, 2)), np.zeros(4, dtype=np.int64), count=3, round_number=0)
    assert sorted(np.concatenate(pieces).tolist()) == [0, 1, 2, 3]
