"""Who comes to a place in time: times by hand, and a town in which a clock tells them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import box

from gis.newtown import newtown
from scenarios.drt_bus.access import ACCESS, LIMIT_S, RIDERS, Occasions, accessible, reached
from twin.area import Area, resolve
from twin.solution import Run
from twin.trace import Trace
from twin.world.ground import Ground, ground

MIN = 60.0
NEVER = np.inf


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


def run_of(town: Ground, **more: object) -> Run:
    made = Run(
        city=town.city, trace=Trace({}), area=resolve("city", town.city), span_s=(0.0, 86_400.0),
        day_type="weekday", replication=0, ground=town,
    )  # fmt: skip
    return replace(made, **more)


def test_nine_of_ten_occasions_must_be_in_time() -> None:
    """A walk of 5 min and a drive of 20: of waits from 1 to 20 min those up to 20 are in time."""
    waits = np.arange(1.0, 21.0)
    without, foot, drive = (np.array([minutes]) * MIN for minutes in (60.0, 5.0, 20.0))

    def often(ratio: float, lost: int = 0) -> bool:
        wait_s = np.append(waits, np.full(lost, np.nan)) * MIN
        day = Occasions(wait_s, np.full(len(wait_s), ratio))
        return bool(reached(without, foot, drive, day)[0])

    assert often(1.0)  # the last comes after 5 + 20 + 20 min, as allowed
    assert often(1.1)  # 2 min more: 18 of 20
    assert not often(1.15)  # 3 min more: 17 of 20
    assert often(1.0, lost=2)  # 20 of 22
    assert not often(1.0, lost=3)  # 20 of 23


def test_who_is_there_without_the_bus_needs_no_call() -> None:
    without = np.array([45.0, 45.1, 45.1, 20.0]) * MIN
    foot, drive = np.array([5.0, 5.0, NEVER, NEVER]) * MIN, np.array([5.0, NEVER, 5.0, 5.0]) * MIN
    never = Occasions(np.full(9, np.nan), np.ones(9))
    good = Occasions(np.full(9, MIN), np.ones(9))
    assert reached(without, foot, drive, never).tolist() == [True, False, False, True]
    assert reached(without, foot, drive, good).tolist() == [True, False, False, True]
    assert reached(without, foot, np.full(4, MIN), good).tolist() == [True, True, False, True]


def with_hospitals(town: Ground, number: int) -> Ground:
    """Return the town with so many of its shops as hospitals, and no other ones."""
    uses = town.city["buildings"]["use"].replace("hospital", "office")
    uses[uses[uses == "shop"].index[:number]] = "hospital"
    return replace(town, city=town.city.edit(buildings=town.city["buildings"].assign(use=uses)))


def test_a_city_without_such_a_place_has_no_access_to_it(town: Ground) -> None:
    one, none = (accessible(run_of(with_hospitals(town, number)), 500.0) for number in (1, 0))
    assert all(value is not None for value in one.values()), one
    assert none["drt.access_hospital"] is none["drt.access"] is none["drt.access_old"] is None
    assert none["drt.access_school"] == one["drt.access_school"]
    assert set(none) == set(ACCESS)


def test_nobody_there_and_nothing_known_is_none(town: Ground) -> None:
    field = Area("a field", box(0, 0, 1, 1), ring_m=0.0)
    for run in (run_of(town, area=field), run_of(town, ground=None)):
        assert set(accessible(run, 500.0).values()) == {None}


def walkers_only(town: Ground, stretched: float) -> Ground:
    """Return the town without buses of lines, all its distances so many times as long."""
    tables = {name: rows for name, rows in town.city.tables.items() if "bus" not in name}
    return replace(
        town, city=replace(town.city, tables=tables),
        place_x=town.place_x * stretched, place_y=town.place_y * stretched,
    )  # fmt: skip


def test_on_foot_it_is_the_distance_to_the_nearest_school(town: Ground) -> None:
    """Brute force: everybody's home, every school; the town is stretched so that some are far."""
    far = walkers_only(town, 8.0)
    values = accessible(run_of(far, area=Area("all", box(-1e9, -1e9, 1e9, 1e9))), 500.0)
    schools = np.flatnonzero(far.city["buildings"]["use"] == "school")
    in_time = []
    for home in far.people.residents["home"].to_numpy():
        away = np.hypot(far.place_x[schools] - far.place_x[home],
                        far.place_y[schools] - far.place_y[home])  # fmt: skip
        in_time.append(away.min() * RIDERS.detour / RIDERS.speed <= LIMIT_S)
    assert 0 < np.mean(in_time) < 1
    assert values["drt.access_school"] == pytest.approx(100 * np.mean(in_time))
    assert values["drt.access_station"] is None
