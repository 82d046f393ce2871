"""A rider's journey: ask for a way, walk to a stop, wait, ride, change, walk to the place.

Who finds no way, or whose patience ends before a bus takes them, is unserved, and counted.
"""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.transit.columns import Riding, Unserved

__all__ = ["act", "get_off", "get_on"]

MINUTE_MS = 60_000
R_RIDE = Rank.RIDE
AT_ASK, AT_BOARD, AT_ALIGHT = AT.ASK, AT.BOARD, AT.ALIGHT
AT_RIDE, AT_UNSERVED = AT.RIDE, AT.UNSERVED
RESTING, TO_STOP, WAITING = Riding.RESTING, Riding.TO_STOP, Riding.WAITING
ABOARD, TO_PLACE = Riding.ABOARD, Riding.TO_PLACE
NO_PATH, GAVE_UP = Unserved.NO_PATH, Unserved.GAVE_UP


@inner
def act(world: World, t: int, rider: int) -> None:
    """Begin a journey, be at a stop or at the place, or look whether patience is over."""
    riders = world.transit.riders
    if riders.due_ms[rider] != t:
        lose_patience(world, t, rider)
        return
    riders.due_ms[rider] = -1
    riding = riders.riding[rider]
    if riding == RESTING:
        ask(world, t, rider)
    elif riding == TO_STOP:
        be_at_stop(world, t, rider)
    else:
        arrive(world, t, rider)


@inner
def ask(world: World, t: int, rider: int) -> None:
    """Choose where to get on and off for the least weighted time, or to walk all the way."""
    transit = world.transit
    riders, journey = transit.riders, transit.riders.journey[rider]
    riders.start_ms[rider] = t
    riders.waited_ms[rider] = 0
    riders.metres[rider] = 0.0
    riders.boardings[rider] = 0
    riders.denied[rider] = 0
    origin, goal = transit.journeys.origin[journey], transit.journeys.destination[journey]
    on, off = -1, -1
    if origin >= 0 and goal >= 0:
        direct_m = between_places(world, origin, goal)
        best = walk_cost(world, rider, direct_m)
        if transit.near.shape[0] > 0 and transit.near[origin, 0] >= 0:
            for i in range(transit.near.shape[1]):
                start = transit.near[origin, i]
                if start < 0:
                    break
                before = walk_cost(world, rider, transit.near_m[origin, i])
                for j in range(transit.near.shape[1]):
                    end = transit.near[goal, j]
                    if end < 0:
                        break
                    after = walk_cost(world, rider, transit.near_m[goal, j])
                    cost = before + transit.cost_s[end, start] + after
                    if end != start and cost < best:
                        best, on, off = cost, i, j
    log(
        world.calendar, t, AT_ASK, rider, journey, -1 if on < 0 else transit.near[origin, on],
        -1 if on < 0 else transit.near[goal, off],
    )  # fmt: skip
    if origin < 0 or goal < 0:
        fail(world, t, rider, NO_PATH)
    elif on < 0:
        riders.target[rider] = -1
        walk(world, t, rider, direct_m, TO_PLACE)
    else:
        riders.target[rider] = transit.near[goal, off]
        riders.stop[rider] = transit.near[origin, on]
        walk(world, t, rider, transit.near_m[origin, on], TO_STOP)


@inner
def between_places(world: World, a: int, b: int) -> float:
    """Metres on foot between two places."""
    dx = world.places.x[a] - world.places.x[b]
    dy = world.places.y[a] - world.places.y[b]
    return float(world.transit.rules[0].detour * math.sqrt(dx * dx + dy * dy))


@inner
def between_stops(world: World, a: int, b: int) -> float:
    """Metres on foot between two stops."""
    stops = world.transit.stops
    dx, dy = stops.x[a] - stops.x[b], stops.y[a] - stops.y[b]
    return float(world.transit.rules[0].detour * math.sqrt(dx * dx + dy * dy))


@inner
def walk_cost(world: World, rider: int, metres: float) -> float:
    """Weighted seconds of a walk."""
    return float(world.transit.rules[0].walk_weight * metres / world.transit.riders.mps[rider])


@inner
def walk(world: World, t: int, rider: int, metres: float, riding: int) -> None:
    """Go on foot to a stop or a place."""
    riders = world.transit.riders
    riders.riding[rider] = riding
    riders.metres[rider] += metres
    riders.due_ms[rider] = t + max(1, math.floor(1_000.0 * metres / riders.mps[rider] + 0.5))
    push(world.calendar, riders.due_ms[rider], R_RIDE, rider)


@inner
def be_at_stop(world: World, t: int, rider: int) -> None:
    """Go on from a stop: to the place, to another stop, or by the next bus that serves."""
    transit = world.transit
    riders = transit.riders
    stop, target = riders.stop[rider], riders.target[rider]
    if stop == target:
        goal = transit.journeys.destination[riders.journey[rider]]
        i = 0
        while transit.near[goal, i] != stop:
            i += 1
        walk(world, t, rider, transit.near_m[goal, i], TO_PLACE)
        return
    other = transit.transfer[target, stop]
    if other >= 0:
        riders.stop[rider] = other
        walk(world, t, rider, between_stops(world, stop, other), TO_STOP)
        return
    riders.riding[rider] = WAITING
    riders.since_ms[rider] = t
    join(world, rider)
    if not riders.alarmed[rider]:
        riders.alarmed[rider] = 1
        push(world.calendar, t + transit.rules.patience_ms[0], R_RIDE, rider)


@inner
def join(world: World, rider: int) -> None:
    """Queue at the stop, behind the others."""
    riders, stops = world.transit.riders, world.transit.stops
    stop = riders.stop[rider]
    last = stops.tail[stop]
    riders.before[rider], riders.after[rider] = last, -1
    stops.tail[stop] = rider
    if last >= 0:
        riders.after[last] = rider
    else:
        stops.head[stop] = rider


@inner
def quit_queue(world: World, rider: int) -> None:
    """Leave the queue of the stop."""
    riders, stops = world.transit.riders, world.transit.stops
    stop, before, after = riders.stop[rider], riders.before[rider], riders.after[rider]
    if before >= 0:
        riders.after[before] = after
    else:
        stops.head[stop] = after
    if after >= 0:
        riders.before[after] = before
    else:
        stops.tail[stop] = before


@inner
def get_on(world: World, t: int, rider: int, bus: int) -> None:
    """Board a bus."""
    transit = world.transit
    riders, buses = transit.riders, transit.buses
    quit_queue(world, rider)
    waited = t - riders.since_ms[rider]
    log(world.calendar, t, AT_BOARD, rider, bus, buses.call[bus], waited)
    riders.riding[rider] = ABOARD
    riders.bus[rider] = bus
    riders.since_ms[rider] = t
    riders.waited_ms[rider] += waited
    riders.boardings[rider] += 1
    last = buses.tail[bus]
    riders.before[rider], riders.after[rider] = last, -1
    buses.tail[bus] = rider
    if last >= 0:
        riders.after[last] = rider
    else:
        buses.head[bus] = rider
    buses.aboard[bus] += 1


@inner
def get_off(world: World, t: int, rider: int) -> None:
    """Leave the bus, and go on from the stop."""
    transit = world.transit
    riders, buses = transit.riders, transit.buses
    bus, before, after = riders.bus[rider], riders.before[rider], riders.after[rider]
    if before >= 0:
        riders.after[before] = after
    else:
        buses.head[bus] = after
    if after >= 0:
        riders.before[after] = before
    else:
        buses.tail[bus] = before
    buses.aboard[bus] -= 1
    call = buses.call[bus]
    log(world.calendar, t, AT_ALIGHT, rider, bus, call, t - riders.since_ms[rider])
    riders.bus[rider] = -1
    riders.stop[rider] = transit.calls.stop[call]
    be_at_stop(world, t, rider)


@inner
def lose_patience(world: World, t: int, rider: int) -> None:
    """Give up where the wait has lasted too long; else look again when it may have."""
    riders = world.transit.riders
    riders.alarmed[rider] = 0
    if riders.riding[rider] != WAITING:
        return
    over = riders.since_ms[rider] + world.transit.rules.patience_ms[0]
    if t >= over:
        quit_queue(world, rider)
        riders.waited_ms[rider] += t - riders.since_ms[rider]
        fail(world, t, rider, GAVE_UP)
    else:
        riders.alarmed[rider] = 1
        push(world.calendar, over, R_RIDE, rider)


@inner
def fail(world: World, t: int, rider: int, why: int) -> None:
    """Be unserved."""
    riders = world.transit.riders
    stop = riders.stop[rider] if why == GAVE_UP else -1
    log(
        world.calendar, t, AT_UNSERVED, rider, riders.journey[rider], why, stop,
        riders.waited_ms[rider], riders.denied[rider],
    )  # fmt: skip
    rest(world, t, rider)


@inner
def arrive(world: World, t: int, rider: int) -> None:
    """Be at the place."""
    riders = world.transit.riders
    log(
        world.calendar, t, AT_RIDE, rider, riders.journey[rider], riders.start_ms[rider],
        riders.waited_ms[rider], riders.boardings[rider], riders.denied[rider],
    )  # fmt: skip
    rest(world, t, rider)


@inner
def rest(world: World, t: int, rider: int) -> None:
    """Stay until the next journey: as planned, or a minute from now where that is later."""
    transit = world.transit
    riders = transit.riders
    riders.riding[rider] = RESTING
    riders.journey[rider] += 1
    journey = riders.journey[rider]
    if journey < riders.beyond[rider]:
        riders.due_ms[rider] = max(transit.journeys.depart_ms[journey], t + MINUTE_MS)
        push(world.calendar, riders.due_ms[rider], R_RIDE, rider)
