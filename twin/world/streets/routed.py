"""Traffic alone: cars that follow given routes on a layout, without a city around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.calendar import empty_calendar, push
from twin.world.columns import (
    CAR,
    LINK,
    LOT,
    NEAR,
    NODE,
    PLACE,
    RULES,
    TRIP,
    VISITS,
    Phase,
    Rank,
    World,
)
from twin.world.crossings.crossings import no_crossings
from twin.world.fleet.columns import no_fleet
from twin.world.rows import table
from twin.world.streets.columns import no_ways
from twin.world.streets.layout import Flow, Layout, lay
from twin.world.transit.columns import no_transit
from twin.world.walking.day import nobody_walks

__all__ = ["routed"]


def routed(
    layout: Layout,
    depart_s: ArrayLike,
    routes: Sequence[NDArray[np.int32]],
    flow: Flow | None = None,
    *,
    slower: ArrayLike = 0.0,
) -> World:
    """Return a world in which one car a route sets out at its time, with these in the calendar.

    ``slower`` is how much longer each car takes than free flow, as a share.
    """
    cars, size = len(routes), len(layout.links)
    ends = np.cumsum([len(route) + 1 for route in routes], dtype=np.int64)
    depart_ms = np.round(np.asarray(depart_s, float) * 1000).astype(np.int64)
    links = table(LINK, size, kerb=-1)
    steps = np.full(int(ends[-1]) if cars else 0, -1, np.int32)
    for route, end in zip(routes, ends, strict=True):
        steps[end - 1 - len(route) : end - 1] = route
    traffic = lay(links, layout, flow or Flow(), steps)
    who = np.arange(cars)
    world = World(
        calendar=empty_calendar(cars + 2 * len(traffic.lanes) + 64),
        cars=table(
            CAR, cars, first=who, beyond=who + 1, trip=who - 1, key=who, phase=Phase.AWAY,
            arc=-1, lane=-1, lot=-1, permit=-1, slower=slower,
        ),
        trips=table(
            TRIP, cars, depart_ms=depart_ms, place=-1, gate=-1, routed=1,
            first=ends - [len(route) + 1 for route in routes],
        ),
        links=links,
        nodes=table(NODE, 1),
        places=table(PLACE, 0),
        near=table(NEAR, 0),
        lots=table(LOT, 0),
        rules=table(RULES, 1),
        traffic=traffic,
        visited=np.full((cars, VISITS), -1, np.int32),
        ways=no_ways(size),
        tickets=np.zeros((0, 25)),
        flow=np.zeros((size, 24), np.int32),
        walking=nobody_walks(),
        crossings=no_crossings(),
        transit=no_transit(),
        fleet=no_fleet(),
    )  # fmt: skip
    for car in range(cars):
        push(world.calendar, int(depart_ms[car]), Rank.LEAVE, car)
    return world
