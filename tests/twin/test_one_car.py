"""One car more leaves nearly all others alone."""

from __future__ import annotations

from benchmarks.one_car import one_car_more
from gis.newtown import newtown
from twin.world.ground import ground


def test_one_car_more_leaves_the_others_alone() -> None:
    found = one_car_more(ground(newtown(residents=5_000)))
    assert found.trips > 5_000
    assert found.identical > 0.99
    assert found.over_1_s < 0.01
    assert found.mean_s < 1.0
