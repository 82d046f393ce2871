"""One car more leaves nearly all others alone, with queues and at any load."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from benchmarks.one_car import loaded, one_car_more
from benchmarks.one_car_grid import Trips, by_calendar, changed
from gis.newtown import newtown
from tests.twin.streets import chain
from twin.sim import Sim, When
from twin.world.ground import Ground, ground


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=5_000), queues=True)


def test_one_car_more_leaves_the_others_alone(town: Ground) -> None:
    found = one_car_more(town)
    assert found.trips > 5_000
    assert found.identical > 0.99
    assert found.over_1_s < 0.01
    assert found.mean_s < 1.0


def test_twice_the_cars_make_twice_the_trips_with_luck_of_their_own(town: Ground) -> None:
    trips = Sim(town, When()).trips()
    many, twice = loaded(town, trips, 2.0)
    assert len(twice) == 2 * len(trips)
    assert (twice.groupby("car")["depart_s"].diff().dropna() >= 0).all()
    assert np.isin(town.car_key, many.car_key).all()
    assert len(np.unique(many.car_key)) == 2 * len(np.unique(town.car_key))
    half, fewer = loaded(town, trips, 0.5)
    assert len(half.car_key) == pytest.approx(len(town.car_key) / 2, rel=0.05)
    assert len(fewer) == pytest.approx(len(trips) / 2, rel=0.05)
    assert np.isin(half.car_key, town.car_key).all()


def test_only_who_comes_right_behind_the_car_more_is_held_up() -> None:
    """On one street: cars half an hour before and after go as they did."""
    street, route = chain(3, 100.0, 10.0), np.arange(3, dtype=np.int32)
    trips = Trips(np.array([0.0, 1_800.1, 3_600.0]), [route] * 3)
    found = changed(partial(by_calendar, street), trips)
    assert found.trips == 3
    assert found.identical == pytest.approx(2 / 3)
    assert 0 < found.mean_s < 5
    none = changed(partial(by_calendar, street), Trips(trips.depart_s[::2], [route] * 2))
    assert none.identical == 1
