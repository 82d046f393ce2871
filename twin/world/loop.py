"""The one compiled loop: take the first event, give it to its part, until a time or a full log."""

from __future__ import annotations

from twin.calendar import RANK_SHIFT, TIME_SHIFT, due, pop
from twin.kernel import loop
from twin.world.columns import Rank, World
from twin.world.search import leave, link_end, reach, release, settle
from twin.world.transit.riding import act
from twin.world.transit.stops import call_at, roll

__all__ = ["advance", "settle_all"]

LOG_MARGIN = 1_024
"""Rows that one event may log: everybody off a full bus, and as many on."""
R_RELEASE, R_LEAVE, R_LINK = Rank.RELEASE, Rank.LEAVE, Rank.LINK
R_BUS, R_RIDE = Rank.BUS, Rank.RIDE
RANKS, IDS = (1 << (TIME_SHIFT - RANK_SHIFT)) - 1, (1 << RANK_SHIFT) - 1


@loop
def advance(world: World, until_ms: int) -> bool:
    """Do all events up to and at ``until_ms``; return False when the log must be emptied first."""
    calendar = world.calendar
    limit = calendar.rows.shape[0] - LOG_MARGIN
    while due(calendar, until_ms):
        if calendar.logged[0] >= limit:
            return False
        key = pop(calendar)
        t = key >> TIME_SHIFT
        rank = (key >> RANK_SHIFT) & RANKS
        thing = key & IDS
        if rank == R_LINK:
            if thing < world.transit.rules.cars[0]:
                link_end(world, t, thing)
            else:
                roll(world, t, thing)
        elif rank == R_LEAVE:
            leave(world, t, thing)
        elif rank == R_RELEASE:
            release(world, thing)
        elif rank == R_BUS:
            call_at(world, t, thing)
        elif rank == R_RIDE:
            act(world, t, thing)
        else:
            reach(world, t, thing)
    return True


@loop
def settle_all(world: World, t: int, homes: object, start: int) -> int:
    """Park residents' cars from row ``start`` on; return the row to go on with after the log."""
    limit = world.calendar.rows.shape[0] - LOG_MARGIN
    for car in range(start, homes.size):  # type: ignore[attr-defined]
        if world.calendar.logged[0] >= limit:
            return car
        if homes[car] >= 0:  # type: ignore[index]
            settle(world, t, car, homes[car])  # type: ignore[index]
    return int(homes.size)  # type: ignore[attr-defined]
