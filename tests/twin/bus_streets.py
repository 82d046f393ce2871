"""Small worlds in which buses and their riders are among cars that queue on given routes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tests.twin.streets import grid as signal_grid
from tests.twin.streets import turns
from twin.calendar import empty_calendar, push
from twin.sim import Sim, When
from twin.world.columns import Rank, World
from twin.world.day import _with_buses
from twin.world.ground import Ground
from twin.world.parking import Parking
from twin.world.streets.columns import Control
from twin.world.streets.layout import Flow, Layout
from twin.world.streets.routed import routed
from twin.world.transit.behaviour import Ridership
from twin.world.transit.buses import Buses
from twin.world.transit.buses import begin as begin_buses
from twin.world.walking.day import begin

__all__ = ["among_cars", "numbered", "straight", "with_signals"]


def among_cars(
    ground: Ground,
    layout: Layout,
    cars: tuple[ArrayLike, Sequence[NDArray[np.int32]]],
    legs: pd.DataFrame,
    *,
    rides: Ridership | None = None,
    flow: Flow | None = None,
) -> World:
    """Return a world with the buses of a ground and ``cars``: when each leaves (s), its route."""
    sim = Sim(ground, When(warm_up=0))
    sim.parts[Buses] = Buses(ground, rides or Ridership())
    walking, crossings, transit, _ = sim._others(legs)
    places, near = sim.part(Parking).places()
    sim.close()
    alone = routed(layout, *cars, flow)
    transit.rules.cars[0] = len(alone.cars)
    alone.trips.first += len(transit.routes)
    movers = len(alone.cars) + len(transit.buses) + len(alone.traffic.lanes) + len(walking.persons)
    world = alone._replace(
        calendar=empty_calendar(2 * movers),
        cars=_with_buses(alone.cars, transit),
        traffic=alone.traffic._replace(
            routes=np.concatenate([transit.routes, alone.traffic.routes]).astype(np.int32)
        ),
        places=places,
        near=near,
        walking=walking,
        crossings=crossings,
        transit=transit,
    )
    for car, depart_ms in enumerate(world.trips.depart_ms.tolist()):
        push(world.calendar, depart_ms, Rank.LEAVE, car)
    begin(walking, world.calendar)
    begin_buses(transit, world.calendar)
    return world


def numbered(ground: Ground, size: int) -> NDArray[np.int32]:
    """Return the street of each link of :func:`tests.twin.streets.grid`."""
    _, ends = signal_grid(size)
    streets = pd.MultiIndex.from_arrays([ground.network.tails, ground.network.heads])
    return streets.get_indexer(pd.MultiIndex.from_frame(ends[["from", "to"]])).astype(np.int32)


def with_signals(ground: Ground, size: int) -> Layout:
    """Return the grid of :func:`tests.twin.streets.grid` by the streets of a ground."""
    made, _ = signal_grid(size)
    street = numbered(ground, size)
    table = made.turns.assign(link=street[made.turns["link"]], to=street[made.turns["to"]])
    return Layout(made.links, table, made.slots, made.greens, made.yields, made.yields_on_red)


def straight(ground: Ground, streets: NDArray[np.int32], *, length_m: float = 400.0) -> Layout:
    """Return streets of one lane, with turns from each of some to the next, and no signal."""
    size = len(ground.network.tails)
    links = pd.DataFrame({"length_m": np.full(size, length_m), "lanes": 1, "free_s": 10.0})
    return Layout(links, turns(streets[:-1], streets[1:], Control.NONE))
