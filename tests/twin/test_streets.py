"""Street traffic on a small grid with signals: the kernel beside the reference, and its laws."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.naive.city import City
from tests.twin.streets import chain, events, grid, links, turns
from twin.luck import Luck
from twin.world.columns import AT, World
from twin.world.loop import advance
from twin.world.streets.columns import Control
from twin.world.streets.layout import Flow, Layout
from twin.world.streets.routed import routed

END_MS = 4 * 3_600_000
SIZE, CARS, STEPS = 4, 900, 9
TIGHT = Flow(calm_s=1.9, jam_headway_s=2.2, squeeze_s=90)


@cache
def routes(size: int = SIZE, cars: int = CARS) -> list[list[int]]:
    """Cars that take turns by luck, never back."""
    layout, ends = grid(size)
    luck = Luck(1, "walk")
    onward = {link: rows["to"].tolist() for link, rows in layout.turns.groupby("link")}
    found = []
    for car in range(cars):
        draws = np.asarray(luck.uniform(np.full(STEPS, car), look=np.arange(STEPS)))
        route = [int(draws[0] * len(ends))]
        for draw in draws[1:]:
            ways = onward[route[-1]]
            route.append(ways[int(draw * len(ways))])
        found.append(route)
    return found


def loaded(flow: Flow = TIGHT, every_s: float = 0.4) -> World:
    """Return a small grid with more cars than it can take."""
    layout, _ = grid(SIZE)
    layout = with_two_plans(layout)
    slower = 0.1 * np.asarray(Luck(1, "slower").uniform(np.arange(CARS)))
    depart = np.arange(CARS) * every_s
    return routed(layout, depart, [np.array(r, np.int32) for r in routes()], flow, slower=slower)


def with_two_plans(layout: Layout) -> Layout:
    """Let each signal run another cycle from 300 s on."""
    slots, greens = layout.slots, layout.greens
    first = slots.assign(to_s=300)
    second = slots.assign(from_s=300, cycle_s=50.0)
    both = pd.concat([first, second]).sort_values(["signal", "from_s"], ignore_index=True)
    later = greens.assign(slot=2 * greens["slot"] + 1, to_s=greens["to_s"] + 5)
    greens = pd.concat([greens.assign(slot=2 * greens["slot"]), later], ignore_index=True)
    return Layout(layout.links, layout.turns, both, greens, layout.yields, layout.yields_on_red)


@cache
def kernel_rows() -> Any:
    return events(loaded(), END_MS)


def test_the_kernel_lives_what_the_reference_lives() -> None:
    naive = City(loaded(), 0).live(END_MS)
    widest = max(len(row) for row in naive)
    rows = kernel_rows().tolist()
    assert [tuple(r[: len(n)]) for r, n in zip(rows, naive, strict=True)] == naive
    assert widest == 6, "somebody squeezed in"


def test_the_loaded_grid_spills_back_and_everybody_arrives() -> None:
    rows = kernel_rows()
    count = {code: int((rows[:, 1] == code).sum()) for code in (AT.ARRIVE, AT.SQUEEZE)}
    assert count[AT.ARRIVE] == CARS
    assert count[AT.SQUEEZE] > 0
    free = events(loaded(Flow(spacing_m=4, squeeze_s=7_200), every_s=20.0), 6 * END_MS)
    travel = [r[r[:, 1] == AT.ARRIVE][:, 4].mean() for r in (rows, free)]
    assert travel[0] > 2 * travel[1]


def test_stops_of_the_clock_change_nothing_and_no_car_is_lost() -> None:
    world = loaded()
    seen = []
    for halt in range(0, END_MS, 7_001):
        assert advance(world, halt)
        present = world.links.entered - world.links.left
        on = np.bincount(world.cars.arc[world.cars.on == 1], minlength=len(world.links))
        assert (present == on).all()
        seen.append(world.calendar.rows[: world.calendar.logged[0]].copy())
        world.calendar.logged[0] = 0
    seen.append(events(world, END_MS))
    assert (np.concatenate(seen) == kernel_rows()).all()


def test_a_car_alone_takes_its_free_flow_time_and_the_red() -> None:
    world = routed(chain(3, 100.0, 10.0), [5.0], [np.arange(3, dtype=np.int32)])
    rows = events(world)
    assert rows[-1, :5].tolist() == [35_000, AT.ARRIVE, 0, 0, 30_000]


def test_links_without_lanes_flow_freely() -> None:
    free = Layout(links([100.0] * 2, 0, 10.0), turns([0], [1], Control.NONE).iloc[:0])
    world = routed(free, [0.0] * 50, [np.array([0, 1], np.int32)] * 50)
    rows = events(world)
    arrived = rows[rows[:, 1] == AT.ARRIVE]
    assert (arrived[:, 4] == 20_000).all()
    assert world.traffic.spent_ms.sum() == 50 * 20_000


def test_a_turn_from_a_lane_that_is_not_there_is_refused() -> None:
    wrong = turns([0], [1], Control.NONE, lane_last=2)
    with pytest.raises(
        ValueError,
        match="turn 0 has the lane 2, but its link has 2: lane_last must be less than that",
    ):
        Layout(links([100.0] * 2, 2, 10.0), wrong)
