"""Cars that look for parking on streets where they queue, and the layout of a city's tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.city import City
from tests.twin.streets import events, links, turns
from tests.twin.worlds import grid, land, lots, there_and_back
from twin.calendar import push
from twin.luck import Luck
from twin.world.behaviour import Behaviour
from twin.world.columns import AT, Kind, Rank, World
from twin.world.day import build
from twin.world.ground import Ground
from twin.world.loop import advance
from twin.world.parking import Parking
from twin.world.streets.city import city_layout
from twin.world.streets.columns import Control
from twin.world.streets.layout import Flow, Layout

END_MS = 24 * 3_600_000
CARS = 600


def quarter(*, queues: bool) -> World:
    """Return a quarter in which cars come for lots and kerbs within an hour, and leave again."""
    network = grid(5)
    arcs = np.arange(0, len(network.tails), 2)
    found = pd.concat(
        [
            lots(network, Kind.PUBLIC, [6, 12, 18], 40),
            lots(network, Kind.KERB_LEGAL, network.heads[arcs], 6, arc=arcs),
            lots(network, Kind.KERB_ILLEGAL, network.heads[arcs], 3, arc=arcs),
        ]
    )
    where = land(network, found, np.arange(25), homes=np.full(CARS, -1), gates=[0, 24])
    if queues:
        where = replace(
            where, layout=two_lanes(where), base={("weekday", True): where.ways("weekday")}
        )
    luck = Luck(1, "quarter", 0)
    who = np.arange(CARS)
    arrive = 3_600 * np.asarray(luck.of("arrive").uniform(who))
    goal = (25 * np.asarray(luck.of("goal").uniform(who))).astype(int)
    trips = there_and_back(arrive, np.full(CARS, 2_400.0), goal, 24 * (who % 2))
    world = build(where, Parking(where, Behaviour()), trips, luck)
    for car in range(CARS):
        push(world.calendar, int(world.trips.depart_ms[2 * car]), Rank.LEAVE, car)
    return world


def two_lanes(where: Ground) -> Layout:
    """Return streets of one lane in which every turn yields to those from its right."""
    network = where.network
    into = links([100.0] * len(network.tails), 1, network.cost)
    ends = pd.DataFrame({"link": np.arange(len(into)), "head": network.heads})
    onward = pd.DataFrame({"to": np.arange(len(into)), "tail": network.tails})
    pairs = ends.merge(onward, left_on="head", right_on="tail")
    made = turns(pairs["link"], pairs["to"], Control.MINOR)
    foes = made.reset_index(names="turn").merge(made.reset_index(names="foe"), on="to")
    foes = foes[foes["link_x"] > foes["link_y"]]
    return Layout(into, made, yields=foes[["turn", "foe"]])


def lived(world: World) -> Any:
    pages = []
    for halt in range(0, END_MS + 1, 300_000):
        assert advance(world, halt)
        pages.append(world.calendar.rows[: world.calendar.logged[0]].copy())
        world.calendar.logged[0] = 0
        if world.links.storage.any():
            on = np.bincount(world.cars.arc[world.cars.on == 1], minlength=len(world.links))
            assert (world.links.entered - world.links.left == on).all()
    return np.concatenate(pages)


def test_cars_that_look_for_parking_queue_and_everybody_gets_away() -> None:
    world = quarter(queues=True)
    rows = lived(world)
    free = quarter(queues=False)
    beside = lived(free)
    for found in (rows, beside):
        ended = (found[:, 1] == AT.EXIT).sum()
        assert ended == CARS
    assert (world.links.entered == world.links.left).all()
    assert (world.links.standing == 0).all()
    assert world.links.held_ms.max() == 0
    slow = world.traffic.spent_ms.sum() / world.flow.sum()
    assert slow > 1.02 * free.traffic.spent_ms.sum() / free.flow.sum()


def test_a_citys_tables_become_a_layout() -> None:
    """Two streets into a junction with a signal and one out; the green of the first runs over."""
    line = shapely.LineString([(0, 0), (100, 0)])
    streets = gpd.GeoDataFrame(
        {"length_m": [100.0] * 3, "lanes": [2, 1, 2]}, geometry=[line] * 3, crs="EPSG:5186"
    )
    tables = {
        "turns": pd.DataFrame(
            {"junction": [7, 7], "from_street": [0, 1], "to_street": [2, 2],
             "kind": ["straight", "right"], "lane_first": [0, 0], "lane_last": [1, 1],
             "control": ["signal", "signal"], "major": [True, False]}
        ),
        "signal_plans": pd.DataFrame(
            {"junction": [7, 7], "from_s": [36_000, 0], "to_s": [86_400, 36_000], "plan": [1, 0],
             "cycle_s": [90, 60], "offset_s": [5, 0]}
        ),
        "signal_greens": pd.DataFrame(
            {"junction": 7, "plan": [0, 0, 0, 1], "turn": [0, 0, 1, 1], "from_s": [50, 0, 20, 0],
             "to_s": [60, 15, 40, 90], "permissive": [False, False, False, True]}
        ),
    }  # fmt: skip
    city = City("made by hand", "EPSG:5186", {"streets": streets}, tables)
    conflicts = pd.DataFrame({"turn": [1], "foe": [0], "by_light": [True]})
    found = city_layout(city, np.array([7.0, 7.0, np.inf]), conflicts)
    assert found.links["free_s"].tolist() == [7.0, 7.0, 0.0]
    assert found.turns["lane_last"].tolist() == [1, 0]
    assert found.turns["on_red"].tolist() == [0, 1]
    assert found.slots["cycle_s"].tolist() == [60, 90]
    rows = sorted(found.greens.itertuples(index=False, name=None))
    assert rows == [(0, 0, 50, 75, False), (1, 0, 20, 40, False), (1, 1, 0, 90, True)]
    assert found.yields.empty
    assert found.yields_on_red.to_numpy().tolist() == [[1, 0]]


@pytest.mark.parametrize(("parking_m", "least", "most"), [(0, 0, 0), (1e3, 1, 1), (75, 0.6, 0.9)])
def test_only_cars_within_75_m_of_a_stop_line_hold_it_up(
    parking_m: float, least: float, most: float
) -> None:
    """Links are 100 m long: three in four stand so near, and give the room back when they leave."""
    with patch("twin.world.day.Flow", lambda: Flow(parking_m=parking_m)):
        world = quarter(queues=True)
    events(world, 3_600_000)
    illegal = int(world.lots.taken[world.lots.kind == Kind.KERB_ILLEGAL].sum())
    assert illegal > 20
    assert least * illegal <= world.links.standing.sum() <= most * illegal
    events(world, END_MS)
    assert not world.links.standing.any()
