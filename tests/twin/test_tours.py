"""Tours: near the shortest (Beardwood, Halton & Hammersley; Daganzo), and every stop once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from twin.luck import Luck
from twin.tours import length_m, tour, tours, zones

SIDE_M = 1_000.0


def scattered(count: int, look: int, side_m: float = SIDE_M) -> tuple[np.ndarray, np.ndarray]:
    luck = Luck(5, "tours", look)
    x, y = (np.asarray(luck.of(axis).uniform(np.arange(count))) * side_m for axis in "xy")
    return x, y


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 40])
def test_a_tour_visits_every_stop_once(count: int) -> None:
    order = tour(*scattered(count, 0))
    assert sorted(order.tolist()) == list(range(count))


def test_small_tours_are_nearly_the_shortest() -> None:
    """Against all tours over seven stops: the shortest in most cases, and never far from it."""
    found, best = [], []
    for look in range(20):
        x, y = scattered(7, look)
        every = [np.array([0, *rest]) for rest in itertools.permutations(range(1, 7))]
        best.append(min(length_m(order, x, y) for order in every))
        found.append(length_m(tour(x, y), x, y))
    over = np.array(found) / np.array(best)
    assert (over >= 1.0 - 1e-9).all()
    assert over.max() < 1.1
    assert (over < 1.0 + 1e-9).sum() >= 15


@pytest.mark.parametrize("count", [50, 100, 300])
def test_a_tour_is_as_long_as_beardwood_halton_and_hammersley_say(count: int) -> None:
    """O19: 0.7124 sqrt(n A), with the boundary of a square; heuristics lie up to 10 % above."""
    lengths = [length_m(tour(x, y), x, y) for x, y in (scattered(count, k) for k in range(40))]
    theory = 0.7124 * np.sqrt(count) * SIDE_M * (1 + 0.87 / np.sqrt(count))
    mean, error = np.mean(lengths), np.std(lengths, ddof=1) / np.sqrt(len(lengths))
    assert error < 0.01 * theory
    assert theory * 0.98 - 3 * error <= mean <= theory * 1.10 + 3 * error


def test_tours_of_vehicles_are_as_long_as_daganzo_says() -> None:
    """O20: 2 E[r] n/q + 0.57 sqrt(n A) within 10 %, the depot in the middle, eight vehicles."""
    count, capacity, middle = 480, 60.0, SIDE_M / 2
    totals = np.zeros(20)
    for look in range(len(totals)):
        x, y = scattered(count, look)
        vehicle = tours(x, y, np.ones(count), capacity).vehicle
        x, y = np.append(x, middle), np.append(y, middle)
        for number in range(vehicle.max() + 1):
            rows = np.append(np.flatnonzero(vehicle == number), count)
            totals[look] += length_m(tour(x[rows], y[rows]), x[rows], y[rows])
    away = 0.3826 * SIDE_M  # O12: mean distance from the middle of a square
    theory = 2 * away * count / capacity + 0.57 * np.sqrt(count) * SIDE_M
    error = totals.std(ddof=1) / np.sqrt(len(totals))
    assert error < 0.03 * theory
    assert abs(totals.mean() - theory) <= 3 * error + 0.10 * theory


def test_zones_hold_what_a_vehicle_carries() -> None:
    x, y = scattered(500, 3)
    load = 1.0 + np.floor(3 * np.asarray(Luck(5, "load", 0).uniform(np.arange(500))))
    zone = zones(x, y, load, 60.0)
    loads = np.bincount(zone, load)
    assert loads.sum() == load.sum()
    assert len(loads) == np.ceil(load.sum() / 60.0)
    assert loads.max() <= 60.0 + 3 * np.log2(len(loads))  # a stop is never split


def test_nothing_to_visit_takes_no_vehicle() -> None:
    none = np.zeros(0)
    assert len(tours(none, none, none, 10.0).metres) == 0
    one = tours(np.array([3.0]), np.array([4.0]), np.array([1.0]), 10.0)
    assert one.metres.tolist() == [0.0]


def test_the_kernel_is_the_function_as_it_is_written() -> None:
    """The compiled tour equals the plain one bit for bit."""
    from twin import tours as module

    for look in range(3):
        x, y = scattered(30, look)
        order = module._nearest_neighbours.py_func(x, y)
        better = True
        while better:
            better = module._exchange.py_func(order, x, y)
            better = module._move.py_func(order, x, y) or better
        assert (order == tour(x, y)).all()
