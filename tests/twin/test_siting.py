"""Sites: by gain, by exact and by greedy covering, against every choice there is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from pyproj import Transformer

from twin.luck import Luck
from twin.siting import (
    cover_greedily,
    cover_most,
    covered,
    gain_most,
    median_sites,
    named,
    percentile_sites,
    picked,
)  # fmt: skip

LUCK = Luck(3, "sites", 0)


def problem(
    trial: int, sites: int = 9, demands: int = 30
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    cells = np.arange(sites * demands).reshape(sites, demands)
    reach = np.asarray(LUCK.of("reach").uniform(cells, look=trial)) < 0.2
    weight = np.asarray(LUCK.of("weight").uniform(np.arange(demands), look=trial))
    return reach, weight


def best_by_hand(reach: NDArray[np.bool_], weight: NDArray[np.float64], sites: int) -> float:
    every = combinations(range(len(reach)), sites)
    return max(covered(reach, weight, np.array(chosen)) for chosen in every)


@pytest.mark.parametrize("trial", range(5))
def test_the_exact_choice_is_the_best_there_is(trial: int) -> None:
    reach, weight = problem(trial)
    chosen = cover_most(reach, weight, 3)
    assert len(chosen) <= 3
    assert covered(reach, weight, chosen) == pytest.approx(best_by_hand(reach, weight, 3))


@pytest.mark.parametrize("trial", range(20))
def test_the_greedy_choice_reaches_its_share_of_the_best(trial: int) -> None:
    reach, weight = problem(trial)
    greedy = covered(reach, weight, cover_greedily(reach, weight, 3))
    assert (1 - 1 / np.e) * best_by_hand(reach, weight, 3) <= greedy


def test_greed_can_miss_the_best() -> None:
    reach = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 1, 0]], bool)
    weight = np.array([2.0, 3.0, 3.0, 2.0])
    assert cover_greedily(reach, weight, 2).tolist() == [2, 0]
    assert covered(reach, weight, cover_most(reach, weight, 2)) == 10.0


def test_what_adds_nothing_gets_no_site() -> None:
    reach = np.array([[1, 1], [1, 0]], bool)
    assert cover_greedily(reach, np.ones(2), 2).tolist() == [0]
    assert gain_most(np.array([0.0, 2.0, 0.0, 5.0]), 4).tolist() == [3, 1]
    assert len(cover_most(reach, np.ones(2), 0)) == 0


def test_equal_gains_keep_the_order_of_rows() -> None:
    assert gain_most(np.array([1.0, 2.0, 1.0, 2.0]), 3).tolist() == [1, 3, 0]


def ways(
    trial: int, sites: int = 8, demands: int = 25
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ways between random places, some of which do not exist, and weights."""
    cells = np.arange(sites * demands).reshape(sites, demands)
    way = np.asarray(LUCK.of("way").uniform(cells, look=trial)) * 10.0
    gone = np.asarray(LUCK.of("gone").uniform(cells, look=trial)) < 0.1
    weight = np.asarray(LUCK.of("weight").uniform(np.arange(demands), look=trial))
    return np.where(gone, np.inf, way), weight


def mean_way(
    way: NDArray[np.float64], weight: NDArray[np.float64], chosen: tuple[int, ...]
) -> float:
    return float((way[list(chosen)].min(axis=0) * weight).sum() / weight.sum())


def ninth_decile(
    way: NDArray[np.float64], weight: NDArray[np.float64], chosen: tuple[int, ...]
) -> float:
    """Return the way within which nine tenths of the weight are."""
    nearest = way[list(chosen)].min(axis=0)
    order = np.argsort(nearest)
    below = np.cumsum(weight[order]) >= 0.9 * weight.sum() * (1 - 1e-9)
    return float(nearest[order][below][0])


@pytest.mark.parametrize("trial", range(5))
@pytest.mark.parametrize(
    ("choose", "cost"), [(median_sites, mean_way), (percentile_sites, ninth_decile)]
)
def test_the_mean_and_the_ninth_decile_are_the_least_there_are(
    trial: int, choose: Callable[..., NDArray[np.int64]], cost: Callable[..., float]
) -> None:
    way, weight = ways(trial)
    chosen = choose(way, weight, 3)
    assert len(chosen) <= 3
    best = min(cost(way, weight, three) for three in combinations(range(len(way)), 3))
    assert cost(way, weight, tuple(chosen.tolist())) == pytest.approx(best)


def test_the_mean_leaves_out_whom_the_ninth_decile_does_not() -> None:
    """A village far from a town, where one in seven lives."""
    places = np.array([0.0, 4.0, 8.0, 12.0])
    weight = np.array([30.0, 26.0, 30.0, 14.0])
    way = np.abs(places[:, None] - places[None])
    way[:, 3] = way[3] = (12.0, 11.0, 10.0, 9.0)
    assert median_sites(way, weight, 2).tolist() == [0, 2]
    assert 3 in percentile_sites(way, weight, 2)


def test_no_sites_are_chosen_of_none() -> None:
    for choose in (median_sites, percentile_sites):
        assert len(choose(np.zeros((0, 3)), np.ones(3), 2)) == 0
        assert len(choose(np.zeros((3, 2)), np.ones(2), 0)) == 0
        with pytest.raises(ValueError, match="sites must be 0 or more, got -1"):
            choose(np.zeros((1, 1)), np.ones(1), -1)


def test_a_negative_number_of_sites_is_refused() -> None:
    for choose in (cover_most, cover_greedily):
        with pytest.raises(ValueError, match="sites must be 0 or more, got -1"):
            choose(np.ones((1, 1), bool), np.ones(1), -1)
    with pytest.raises(ValueError, match="sites must be 0 or more, got -2"):
        gain_most(np.ones(3), -2)


SITES = np.array([[200_000.0, 500_000.0], [200_050.0, 500_000.0], [200_300.0, 500_040.0]])


def by_name(text: str) -> list[int]:
    return picked(named(text, "signs"), *SITES.T, crs="EPSG:5186", what="signs").tolist()


def place(x: float, y: float) -> str:
    """Return a place as a map tells it: latitude and longitude."""
    lon, lat = Transformer.from_crs(5186, 4326, always_xy=True).transform(x, y)
    return f"{lat:.6f}, {lon:.6f}"


def test_sites_are_named_by_number_or_by_place_in_the_order_named() -> None:
    assert by_name(f" {place(200_297, 500_036)} ; 0;") == [2, 0]
    assert by_name(f"1; {place(200_049, 500_001)}") == [1], "each once"
    assert by_name("") == []


@pytest.mark.parametrize("text", ["a", "-1", "1.5", "37.1 127.0 3", "95 127", "nan nan", "1, x"])
def test_what_names_no_site_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="signs must be numbers, or pairs of latitude and longi"):
        named(text, "signs")


def test_sites_that_are_not_there_are_told() -> None:
    with pytest.raises(ValueError, match="signs must be numbers from 0 to 2, got 3"):
        by_name("3")
    told = r"signs must lie within 30 m of one that there is, got .*: the nearest is 100 m away"
    with pytest.raises(ValueError, match=told):
        by_name(place(200_000, 499_900))
