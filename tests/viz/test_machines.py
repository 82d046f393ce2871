"""From a trace to places: drones on their way, robots where they stand, docks; and their looks."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

from gis.city import City
from scenarios.drone_safety_net import DroneSafetyNet
from tests.viz.conftest import node
from twin.solution import Look
from twin.trace import Trace
from viz.camera import frame
from viz.develop import Shot
from viz.devices import dock, drone, robot
from viz.flights import flights
from viz.machines import docks, machines, telling_moment
from viz.panels import legend
from viz.parked import place
from viz.style import LARGER, states
from viz.things import things

X, Y = node(1, 1)
ROBOT = Look("robot_leg", "Robots", "로봇", (46, 196, 140), "robot")
LOOKS = {**DroneSafetyNet.look, "robot": ROBOT}
LEG = ("machine", "from_ms", "x", "y", "z", "to_x", "to_y", "to_z", "until_ms")


def trace(event: str, *legs: tuple[float, ...]) -> Trace:
    columns = {name: [leg[i] for leg in legs] for i, name in enumerate(LEG)}
    for name in ("machine", "from_ms", "until_ms"):
        columns[name] = [int(value) for value in columns[name]]
    table = pa.table({"time_ms": columns["from_ms"], **columns})
    up = {"time_ms": [0, 50_000], "dock": [0, 1], "x": [X, X + 50], "y": [Y, Y], "z": [12.0, 0.0]}
    return Trace({event: table, "dock": pa.table(up)})


FLIGHT = trace(
    "drone_leg",
    (0, 10_000, X, Y, 0, X, Y, 80, 20_000),
    (0, 20_000, X, Y, 80, X + 100, Y, 80, 30_000),
    (0, 30_000, X + 100, Y, 50, X + 100, Y, 50, 90_000),
    (1, 95_000, X, Y, 0, X, Y, 80, 99_000),
)


@pytest.mark.parametrize(
    ("moment_s", "where"),
    [(5, None), (15, (0, 40)), (20, (0, 80)), (25, (50, 80)), (60, (100, 50)), (90, None)],
)
def test_a_drone_is_evenly_on_its_leg_and_drawn_in_the_air_only(
    moment_s: float, where: tuple[float, float] | None
) -> None:
    found = machines(FLIGHT, moment_s, LOOKS)
    assert len(found) == (where is not None)
    if where is not None:
        assert (found["x"][0] - X, found["z"][0]) == pytest.approx(where)
        assert found["state"].tolist() == ["drone"]


def test_the_trail_is_of_the_flight_it_is_on() -> None:
    trail = machines(FLIGHT, 60.0, LOOKS)["trail"][0]
    assert trail[:, 2].tolist() == [0.0, 80.0, 80.0, 50.0]
    assert machines(FLIGHT, 97.0, LOOKS)["trail"][0][:, 2].tolist() == [0.0, 80.0]


@pytest.mark.parametrize(("moment_s", "east"), [(0, 0), (10, 0), (15, 50), (20, 100), (99, 100)])
def test_a_robot_stands_where_it_came_to(moment_s: float, east: float) -> None:
    found = machines(
        trace("robot_leg", (3, 10_000, X, Y, 0, X + 100, Y, 0, 20_000)), moment_s, LOOKS
    )
    assert found["x"].tolist() == pytest.approx([X + east])
    assert found["heading_rad"].tolist() == pytest.approx([0.0])
    assert found["trail"].isna().all()


def test_who_stands_still_heads_as_it_last_moved() -> None:
    north = (3, 10_000, X, Y, 0, X, Y + 50, 0, 20_000)
    stands = (3, 20_000, X, Y + 50, 0, X, Y + 50, 0, 60_000)
    for moment_s in (5.0, 15.0, 40.0, 99.0):
        found = machines(trace("robot_leg", north, stands), moment_s, LOOKS)
        assert found["heading_rad"].tolist() == pytest.approx([math.pi / 2])
    still = machines(trace("robot_leg", stands), 40.0, LOOKS)
    assert still["heading_rad"].tolist() == [0.0]


def test_docks_are_there_once_they_are_put_up() -> None:
    assert len(docks(FLIGHT, 10.0, LOOKS)) == 1
    both = docks(FLIGHT, 60.0, LOOKS)
    assert both["z"].tolist() == [12.0, 0.0]
    assert both["state"].unique().tolist() == ["drone_dock"]


def test_nothing_is_drawn_of_a_run_without_machines() -> None:
    for found in (machines(Trace({}), 5.0, LOOKS), docks(Trace({}), 5.0, LOOKS)):
        assert len(found) == 0
        assert list(found) == ["x", "y", "z", "heading_rad", "state", "trail"]
    assert telling_moment(Trace({}), 5.0, LOOKS) == 5.0


def test_the_telling_moment_is_the_nearest_at_which_a_drone_hangs_over_a_place() -> None:
    assert telling_moment(FLIGHT, 50_000.0, LOOKS) == 60.0
    passing = trace("drone_leg", (0, 10_000, X, Y, 80, X + 50, Y, 80, 20_000))
    assert telling_moment(passing, 50_000.0, LOOKS) == 15.0


def placed(moment_s: float) -> pd.DataFrame:
    found = [machines(FLIGHT, moment_s, LOOKS), docks(FLIGHT, moment_s, LOOKS)]
    return pd.concat(found, ignore_index=True)


def test_machines_stand_as_high_as_they_are_and_are_counted(city: City) -> None:
    parked = place(city, placed(25.0), states(LOOKS))
    mesh = things(parked.outdoors, parked.states)
    assert mesh.points[:, 2].max() > 80.0
    tallest = dock().points[:, 2].max() * LARGER["dock"] + 12.0
    assert np.isclose(mesh.points[:, 2], tallest).any()
    camera = frame(city["streets"].union_all().envelope)
    told = {row[0]: row[2] for row in legend(camera, parked, "en")}
    assert (told["Drones"], told["Docks of drones"], told["Robots"]) == ("1", "1", "0")


@pytest.mark.parametrize(
    ("mesh", "size"),
    [(drone(), (1.0, 1.0, 0.35)), (robot(), (1.2, 0.9, 1.4)), (dock(), (2.5, 1.6, 2.2))],
)
def test_machines_are_of_their_size_and_stand_on_the_ground(
    mesh: object, size: tuple[float, ...]
) -> None:
    extent = np.ptp(mesh.points, axis=0)  # type: ignore[attr-defined]
    assert (extent <= size).all()
    assert (extent > np.array(size) * 0.6).all()
    assert mesh.points[:, 2].min() == pytest.approx(0.0, abs=0.02)  # type: ignore[attr-defined]


def test_the_way_of_a_drone_is_dotted_over_the_picture(city: City) -> None:
    camera = frame(city["streets"].union_all().envelope)
    image = Image.new("RGB", camera.size, (60, 70, 60))
    shot = Shot(np.zeros((9, 16, 3), np.uint8), np.full((9, 16), np.inf, np.float32))
    known = states(LOOKS)
    drawn = flights(image, shot, camera, place(city, placed(60.0), known))
    changed = (np.asarray(drawn) != np.asarray(image)).any(axis=2)
    x, y, _ = camera.project(np.array([[X + 50.0, Y, 80.0]]))[0]
    near = changed[int(y) - 30 : int(y) + 30, int(x) - 60 : int(x) + 60]
    assert near.any()
    assert 0.0005 < changed.mean() < 0.05
    same = flights(
        image, shot, camera, place(city, placed(5.0)[["x", "y", "heading_rad", "state"]], known)
    )
    assert same is image
    assert math.isfinite(changed.mean())
