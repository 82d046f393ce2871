"""The one compiled loop: take the first event, give it to its part, until a time or a full log."""

from __future__ import annotations

from twin.calendar import NEW, RANK_SHIFT, TIME_SHIFT, due, pop
from twin.kernel import inner, loop
from twin.shared import fetch_ahead
from twin.world.columns import Phase, Rank, World
from twin.world.crossings.alarms import flash
from twin.world.crossings.kerb import look
from twin.world.fleet.stops import at_link_end, tend
from twin.world.search import go_away, leave, link_end, reach, release, settle
from twin.world.streets.queues import serve, step_off, stop_line
from twin.world.streets.ways import follow
from twin.world.transit.legs import act, step
from twin.world.transit.stops import call_at

__all__ = ["advance", "settle_all"]

LOG_MARGIN = 1_024
"""Rows that one event may log: everybody off a full bus, and as many on."""
R_RELEASE, R_LEAVE, R_LINK, R_SERVE = Rank.RELEASE, Rank.LEAVE, Rank.LINK, Rank.SERVE
R_WALK, R_CROSS, R_BUS = Rank.WALK, Rank.CROSS, Rank.BUS
R_TASK, R_ALARM = Rank.TASK, Rank.ALARM
ROUTED, ON_DUTY = Phase.ROUTED, Phase.ON_DUTY
RANKS, IDS = (1 << (TIME_SHIFT - RANK_SHIFT)) - 1, (1 << RANK_SHIFT) - 1


@loop
def advance(world: World, until_ms: int) -> bool:
    """Do all events up to and at ``until_ms``; return whether it came so far.

    Before, it returns when the log must be emptied, and as soon as a machine is where it went.
    """
    calendar, there = world.calendar, world.walking.there
    limit = calendar.rows.shape[0] - LOG_MARGIN
    while due(calendar, until_ms):
        if calendar.state[NEW] > 0:
            look_ahead(world)
        if calendar.logged[0] >= limit or there[0] > 0:
            return False
        key = pop(calendar)
        t = key >> TIME_SHIFT
        rank = (key >> RANK_SHIFT) & RANKS
        thing = key & IDS
        if rank > R_SERVE:
            without_car(world, t, rank, thing)
        elif rank == R_LINK:
            arrive(world, t, thing)
        elif rank == R_SERVE:
            serve(world, t, thing)
        elif rank == R_LEAVE:
            leave(world, t, thing)
        elif rank == R_RELEASE:
            release(world, thing)
        else:
            reach(world, t, thing)
    return bool(there[0] == 0)


@inner
def arrive(world: World, t: int, car: int) -> None:
    """Act at the end of a link: stop for who crosses there, follow a route or one's own way."""
    if not stop_line(world, t, car):
        return
    phase = world.cars.phase[car]
    if phase == ON_DUTY:
        at_link_end(world, t, car)
        return
    if phase != ROUTED:
        link_end(world, t, car)
    elif follow(world, t, car):
        return
    else:
        go_away(world, t, car)
    step_off(world, t, car)


@inner
def without_car(world: World, t: int, rank: int, thing: int) -> None:
    """Act on foot, at a stop with a bus or a vehicle, by a sign, or as who begins a leg."""
    if rank == R_WALK:
        step(world, t, thing)
    elif rank == R_CROSS:
        look(world, t, thing)
    elif rank == R_BUS:
        call_at(world, t, thing)
    elif rank == R_TASK:
        tend(world, t, thing)
    elif rank == R_ALARM:
        flash(world, t, thing)
    else:
        act(world, t, thing)


@inner
def look_ahead(world: World) -> None:
    """Fetch the cars that leave in the slot just opened: they have not been looked at for long."""
    calendar, cars = world.calendar, world.cars
    leaving = 0
    for i in range(calendar.state[NEW]):
        key = calendar.new[i]
        if (key >> RANK_SHIFT) & RANKS == R_LEAVE:
            fetch_ahead(cars, key & IDS)
            calendar.new[leaving] = key & IDS
            leaving += 1
    for i in range(leaving):
        fetch_ahead(world.trips, cars.trip[calendar.new[i]] + 1)
    calendar.state[NEW] = 0


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
