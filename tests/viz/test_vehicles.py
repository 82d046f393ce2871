"""From a trace to places: vehicles on their street, in a row at their berth, buses along a line."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gis.city import City
from scenarios.drt_bus import DrtBus
from tests.viz.conftest import BLOCK, ROWS, node
from twin.solution import Look
from twin.trace import Trace
from viz.camera import frame
from viz.panels import legend
from viz.parked import place
from viz.style import LINES, states
from viz.things import BUS_LENGTH, bus, things
from viz.vehicles import stops, vehicles

MIN = 60_000
LOOKS = {**DrtBus.look, **LINES}
ONE = {"called_bus": DrtBus.look["called_bus"]}


@pytest.fixture(scope="module")
def quick(city: City) -> City:
    """Return the hand-made city with a speed: 13 s a block."""
    return city.edit(streets=city["streets"].assign(speed_kmh=36.0))


def fleet(**events: object) -> Trace:
    """Return the trace of two buses that begin at the first and the second of two stops."""
    (x0, y0), (x1, _) = node(0, 0), node(1, 0)
    stock = {
        "vehicle": {"vehicle": [0, 1], "car": [9, 10], "seats": [16, 16], "berth": [0, 1]},
        "berth": {"berth": [0, 1], "x": [x0 + 40, x1 + 40], "y": [y0 - 6, y0 - 6]},
        "shift": {"time_ms": [0, 0], "vehicle": [0, 1]},
        "halt": {"time_ms": [0, 2 * MIN], "berth": [0, 1]},
    }
    return Trace({name: pa.table(columns) for name, columns in {**stock, **events}.items()})


def eastward(city: City, block: int) -> int:
    """Return the street that leads east along the southern edge of the city."""
    streets = city["streets"]
    start, end = block * (ROWS + 1), (block + 1) * (ROWS + 1)
    leads = (streets["from_junction"] == start) & (streets["to_junction"] == end)
    return int(streets.index[leads][0])


def on_the_way(city: City) -> Trace:
    """Return the first bus: it leaves at 1 min with two aboard, and is at junctions later."""
    first, second = eastward(city, 0), eastward(city, 1)
    return fleet(
        stop={"time_ms": [MIN, 3 * MIN], "vehicle": [0, 0], "berth": [0, 1], "off": [0, 2],
              "on": [2, 0], "aboard": [2, 0], "metres": [0, 260]},
        drive={"time_ms": [MIN + 20_000, MIN + 60_000], "vehicle": [0, 0], "arc": [first, second]},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moment_s", "east_m", "aboard"),
    [
        (30.0, 40.0, 0),  # it has not left its stop
        (65.0, 40.0, 2),  # it waits for room on the street, which it needs 13 s for
        (60.0 + 20.0 - 6.5, 65.0, 2),  # half of the first street
        (60.0 + 40.0, BLOCK - 12.0, 2),  # in the queue at the end of it
        (60.0 + 60.0 - 6.5, 1.5 * BLOCK, 2),  # half of the second
        (150.0, BLOCK + 40.0, 2),  # at the other stop
        (200.0, BLOCK + 40.0, 0),  # where it stays
    ],
)
def test_a_bus_is_where_the_record_says(
    quick: City, moment_s: float, east_m: float, aboard: int
) -> None:
    found = vehicles(quick, on_the_way(quick), moment_s, ONE)
    first = found.iloc[0]
    assert first["x"] - node(0, 0)[0] == pytest.approx(east_m, abs=0.1)
    assert first["y"] < node(0, 0)[1], "to the right of the middle"
    assert math.cos(first["heading_rad"]) == pytest.approx(1.0)
    assert (first["state"], first["aboard"]) == ("called_bus", aboard)


def test_who_stands_at_one_berth_stands_in_a_row(quick: City) -> None:
    found = vehicles(quick, on_the_way(quick), 200.0, ONE)
    gap = np.hypot(*np.diff(found[["x", "y"]].to_numpy(), axis=0)[0])
    assert gap == pytest.approx(ONE["called_bus"].length_m + 1.5)


def test_a_bus_stands_at_the_kerb_that_its_stop_is_on(quick: City) -> None:
    trace = fleet(berth={"berth": [0, 1], "x": [node(0, 1)[0] + 40] * 2,
                         "y": [node(0, 1)[1] + 6, node(0, 1)[1] - 6]})  # fmt: skip
    found = vehicles(quick, trace, 10.0, ONE)
    assert np.cos(found["heading_rad"]).round(6).tolist() == [-1.0, 1.0]
    assert (found["y"] - node(0, 1)[1]).round(6).tolist() == [2.5, -2.5]


def test_stops_stand_where_they_are_once_they_are_made(quick: City) -> None:
    early, later = (stops(quick, on_the_way(quick), t, LOOKS) for t in (60.0, 120.0))
    assert (len(early), len(later)) == (1, 2)
    assert set(later["state"]) == {"called_stop"}
    assert later["y"].tolist() == [node(0, 0)[1] - 6] * 2


def test_without_a_fleet_there_is_nothing(quick: City) -> None:
    for there in (vehicles, stops):
        found = there(quick, Trace({}), 60.0, LOOKS)
        assert found.columns.tolist() == ["x", "y", "heading_rad", "state", "aboard"]
        assert not len(found)


def line(city: City) -> Trace:
    """Return a bus that calls in the middle of one street, and of the next but one after 2 min."""
    way = [eastward(city, block) for block in range(3)]
    return Trace(
        {
            "call": pa.table({"time_ms": [MIN, 4 * MIN], "bus": [0, 0], "call": [0, 1],
                              "since_ms": [30_000, 3 * MIN], "alighted": [0, 3],
                              "boarded": [5, 1]}),
            "line_call": pa.table({"call": [0, 1], "line": 2 * [0], "street": [way[0], way[2]],
                                   "at": [0.5, 0.5], "step": [0, 2]}),
            "line_way": pa.table({"street": way}),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moment_s", "blocks", "aboard"),
    [(40.0, 0.5, 0), (90.0, 1.0 + 12 / BLOCK, 5), (120.0, 1.5, 5), (190.0, 2.5, 5)],
)
def test_a_bus_of_a_line_goes_evenly_from_call_to_call(
    quick: City, moment_s: float, blocks: float, aboard: int
) -> None:
    found = vehicles(quick, line(quick), moment_s, LOOKS)
    assert found["state"].tolist() == ["line_bus"]
    assert found["aboard"].tolist() == [aboard]
    assert (found["x"][0] - node(0, 0)[0]) / BLOCK == pytest.approx(blocks, abs=0.07)


def test_a_bus_of_a_line_is_gone_before_its_first_and_after_its_last_call(quick: City) -> None:
    for moment_s in (20.0, 250.0):
        assert not len(vehicles(quick, line(quick), moment_s, LOOKS))


def test_vehicles_are_drawn_and_counted_beside_cars(quick: City, before: pd.DataFrame) -> None:
    there = vehicles(quick, on_the_way(quick), 100.0, LOOKS)
    known = states(LOOKS)
    parked = place(quick, pd.concat([before, there], ignore_index=True), known)
    assert len(parked.vehicles) == 2
    whole = frame(quick["buildings"].geometry.union_all().envelope)
    words = [(row[0], row[2]) for row in legend(whole, parked, "ko")]
    assert ("호출버스", "2") in words
    assert ("노선버스", "0") in words


def test_a_bus_has_wheels_on_the_ground_and_its_own_length() -> None:
    for length in (BUS_LENGTH, 11.0):
        mesh = bus(length)
        assert np.ptp(mesh.points[:, 0]) == pytest.approx(length, rel=0.02)
        assert mesh.points[:, 2].min() == pytest.approx(0.04, abs=0.05)
        assert len(np.unique(mesh.colours, axis=0)) >= 7, "body, glass, tyres, lamps"


def test_things_are_as_long_as_their_look_says() -> None:
    long = Look("shift", "Long", "긴 것", (1, 2, 3), "vehicle", 15.0)
    row = pd.DataFrame({"x": [0.0], "y": [0.0], "heading_rad": [math.pi / 2], "state": ["long"]})
    mesh = things(row, states({"long": long}))
    assert np.ptp(mesh.points[:, 1]) == pytest.approx(15.0, rel=0.02)
