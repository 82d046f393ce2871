"""Buses among cars that queue: the naive reference, what a bus waits and costs, who is lost."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from gis.population import Mode
from tests.twin.bus_streets import among_cars, numbered, straight, with_signals
from tests.twin.naive.city import City
from tests.twin.streets import events, slots
from tests.twin.test_streets import CARS, SIZE, TIGHT
from tests.twin.test_streets import routes as random_routes
from tests.twin.test_streets_oracles import STEADY
from tests.twin.transit_worlds import bus_land, crowd
from twin.luck import Luck
from twin.world.columns import AT, EVENTS, World
from twin.world.ground import Ground
from twin.world.loop import advance
from twin.world.streets.columns import Control
from twin.world.transit.behaviour import Ridership
from twin.world.transit.columns import Riding

H = 3_600.0
PLACES = SIZE * SIZE
END_MS = round(9 * H * 1_000)
NOBODY = crowd(Luck(3, "nobody", 0), 1, 2, 6.0, 7.0)[:0]


@cache
def town() -> Ground:
    """Return a grid with an eastward and a northward line that cross."""
    steps = np.arange(SIZE - 1)
    east = (2 * (2 * (SIZE - 1) + steps)).tolist()
    north = (2 * (SIZE * (SIZE - 1) + 2 + SIZE * steps)).tolist()
    times = np.arange(6.0 * H, 6.5 * H, 60)
    places = np.arange(PLACES)
    return bus_land(SIZE, [east, north], [times, times + 25], places=places, at_m=40.0)


def routes() -> list[list[int]]:
    street = numbered(town(), SIZE)
    return [street[route].tolist() for route in random_routes()]


def loaded() -> World:
    """Return the town with more cars than it can take, buses, and people who ride them."""
    legs = crowd(Luck(3, "among cars", 0), 1_500, PLACES, 6.0, 6.5)
    cars = 6 * H + 0.4 * np.arange(CARS), [np.array(r, np.int32) for r in routes()]
    rides = Ridership(walk_weight=4)
    return among_cars(town(), with_signals(town(), SIZE), cars, legs, rides=rides, flow=TIGHT)


@cache
def kernel_rows() -> NDArray[np.int64]:
    return events(loaded(), END_MS)


def named(rows: NDArray[np.int64], code: int) -> pd.DataFrame:
    """Return the rows of one event with their names."""
    names = ["time_ms", *EVENTS[code][1]]
    found = rows[rows[:, 1] == code][:, [0, *range(2, 1 + len(names))]]
    return pd.DataFrame(found, columns=names)


def test_buses_among_cars_do_what_the_reference_does() -> None:
    city = City(loaded(), 0)
    city.live(END_MS)
    naive = city.happened()
    codes = {name: code for code, (name, _) in EVENTS.items()}
    for event, expected in naive.items():
        found = named(kernel_rows(), codes[event]).itertuples(index=False, name=None)
        apart = [two for two in zip(found, expected, strict=True) if two[0] != two[1]]
        assert apart[:1] == [], event
    assert {"squeeze", "board", "call", "ride", "arrive", "access"} <= naive.keys()
    assert len(np.unique(kernel_rows()[:, 1])) == len(naive)


def test_cars_slow_buses_down_and_all_riders_are_accounted_for() -> None:
    rows, world = kernel_rows(), loaded()
    few = among_cars(town(), with_signals(town(), SIZE), ([], []), NOBODY, flow=TIGHT)
    times = [named(found, AT.CALL).groupby("bus")["time_ms"].agg(np.ptp).mean()
             for found in (rows, events(few, END_MS))]  # fmt: skip
    assert times[0] > 1.5 * times[1]
    asked, rode, unserved = (named(rows, code) for code in (AT.ASK, AT.RIDE, AT.UNSERVED))
    assert len(asked) > 500
    walked = named(rows, AT.WALK)
    assert len(asked) == len(rode) + len(walked) + (unserved["reason"] > 0).sum()
    assert len(named(rows, AT.BOARD)) == len(named(rows, AT.ALIGHT)) > 50
    assert len(world.transit.buses) == (named(rows, AT.CALL)["call"] % (SIZE - 1) == SIZE - 2).sum()


def test_stops_of_the_clock_change_nothing_and_no_bus_is_lost() -> None:
    world, seen, most = loaded(), [], 0
    buses = world.transit.rules.cars[0]
    waited_s = on_s = 0
    for halt in range(21_500_000, END_MS, 10_007):
        assert advance(world, halt)
        seen.append(world.calendar.rows[: world.calendar.logged[0]].copy())
        world.calendar.logged[0] = 0
        on = world.cars.on == 1
        present = world.links.entered - world.links.left
        assert (present == np.bincount(world.cars.arc[on], minlength=len(present))).all()
        most = max(most, int(on[buses:].sum()))
        waited_s += 10.007 * (world.transit.riders.riding == Riding.WAITING).sum()
        on_s += 10.007 * on.sum()
    seen.append(events(world, END_MS))
    assert (np.concatenate(seen) == kernel_rows()).all()
    assert most > 5
    assert not world.cars.on.any()
    waits = named(kernel_rows(), AT.BOARD)["wait_ms"].sum()
    waits += named(kernel_rows(), AT.UNSERVED).query("reason == 1")["wait_ms"].sum()
    assert waited_s == pytest.approx(waits / 1_000, rel=0.03), "Little's law at the stops"
    assert on_s == pytest.approx(world.traffic.spent_ms.sum() / 1_000, rel=0.01), "on the streets"


ROW = np.arange(0, 12, 2, dtype=np.int32)
"""The six streets of the lowest row, eastward."""


def before(line: list[int], departures: list[float], at_m: float) -> Ground:
    return bus_land(12, [line], [departures], places=np.arange(12), at_m=at_m)


@pytest.mark.parametrize("signal", [True, False])
def test_a_bus_behind_a_queue_waits_as_long_as_a_car_does(signal: bool) -> None:
    """A bus in place of a car: everybody behind it, and it, is at the same place at any time."""
    every_s, cars, swapped = (1.5, 90, 40) if signal else (3.0, 90, 40)
    times = 6 * H + every_s * np.arange(cars)
    ground = before([0, 10], [times[swapped]], 0.0)
    layout = straight(ground, ROW, length_m=90.0)
    layout.links.loc[4, "free_s"] = 17.0
    if signal:
        green = {"turn": [2], "slot": [0], "from_s": [30.0], "to_s": [60.0], "permissive": [0]}
        lit = layout.turns.assign(control=Control.SIGNAL * (layout.turns["link"] == 4), signal=0)
        layout = replace(layout, turns=lit, slots=slots(60.0), greens=pd.DataFrame(green))
    without = before([0, 10], [12 * H], 0.0)
    alone = events(among_cars(without, layout, (times, [ROW] * cars), NOBODY), END_MS)
    rest = np.delete(times, swapped)
    mixed = events(among_cars(ground, layout, (rest, [ROW] * (cars - 1)), NOBODY), END_MS)
    car_ends = named(alone, AT.ARRIVE).set_index("car")["time_ms"].sort_index().to_numpy()
    ends = named(mixed, AT.ARRIVE).set_index("car")["time_ms"].sort_index().to_numpy()
    assert (ends == np.delete(car_ends, swapped)).all()
    last = named(mixed, AT.CALL).query("call == 1")
    assert last["time_ms"].tolist() == [car_ends[swapped] - 10_000]
    waited_s = (car_ends[swapped] / 1_000) - times[swapped] - 5 * 10 - 17
    assert waited_s > 60 if signal else waited_s == 0


@pytest.mark.parametrize("people", [1, 4])
def test_a_bus_that_dwells_near_a_stop_line_costs_its_lane_the_dwell(people: int) -> None:
    """The lane lets nobody pass meanwhile; what was left of its headway then is lost anyhow."""
    cars, leave = 900, 6 * H + 300 + 400 * np.arange(3)
    ground = before([0, 4, 10], leave.tolist(), 50.0)
    layout = straight(ground, ROW)
    who = np.arange(3 * people)
    legs = pd.DataFrame(
        {"person": who, "order": 0, "depart_s": np.repeat(leave, people) - 250, "origin": 2,
         "destination": 6, "mode": Mode.BUS, "purpose": 0, "planned_s": 0.0}
    )  # fmt: skip
    flow = (6 * H + 2.0 * np.arange(cars), [ROW] * cars)
    ends = []
    for blocks_m in (75.0, 0.0):
        rides = Ridership(blocks_m=blocks_m, walk_weight=4, patience_min=240)
        rows = events(among_cars(ground, layout, flow, legs, rides=rides, flow=STEADY), END_MS)
        ends.append(named(rows, AT.ARRIVE)["time_ms"].max() / 1_000)
        calls = named(rows, AT.CALL)
        dwell_s = (calls["time_ms"] - calls["since_ms"])[calls["boarded"] > 0] / 1_000
    assert dwell_s.tolist() == pytest.approx([13 + 2.75 * people] * 3)
    headway_s = STEADY.headway_s
    assert dwell_s.sum() - 3 * headway_s <= ends[0] - ends[1] <= dwell_s.sum()
