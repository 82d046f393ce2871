"""A leg by bus: ask for a way, walk to a stop, wait, ride, change, walk to the place.

Stops are chosen by straight lines, and walked to on footways. Who finds no way or no bus, or whose
patience ends before a bus takes them, is unserved, and counted. Who would walk less without a ride
walks, and is no rider.
"""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.transit.columns import Riding, Unserved
from twin.world.walking.columns import Pace
from twin.world.walking.steps import end_walk, rest, set_out

__all__ = ["ask", "fail", "get_off", "get_on", "lose_patience", "ride_on"]

R_RIDE = Rank.RIDE
AT_ASK, AT_BOARD, AT_ALIGHT = AT.ASK, AT.BOARD, AT.ALIGHT
AT_RIDE, AT_UNSERVED, AT_ACCESS = AT.RIDE, AT.UNSERVED, AT.ACCESS
RESTING, TO_STOP, WAITING = Riding.RESTING, Riding.TO_STOP, Riding.WAITING
ABOARD, TO_PLACE = Riding.ABOARD, Riding.TO_PLACE
GAVE_UP, NO_BUS, RIDING = Unserved.GAVE_UP, Unserved.NO_BUS, Pace.RIDING


@inner
def ride_on(world: World, t: int, person: int) -> None:
    """Be at the stop, or at the place, to which the rider went on foot."""
    persons, riders = world.walking.persons, world.transit.riders
    if riders.stop[person] < 0:  # all the way on foot
        riders.riding[person] = RESTING
        end_walk(world, t, person)
        return
    log(
        world.calendar, t, AT_ACCESS, person, persons.leg[person], persons.start_ms[person],
        math.floor(persons.metres[person] + 0.5), persons.wait_ms[person], persons.straight[person],
    )  # fmt: skip
    if riders.riding[person] == TO_STOP:
        be_at_stop(world, t, person)
    else:
        arrive(world, t, person)


@inner
def ask(world: World, t: int, person: int) -> bool:
    """Choose where to get on and off for the least weighted time; tell whether lines are asked.

    They are on all legs within the city: who has chosen the bus walks all the way only where no
    ride saves steps, and is unserved where no bus goes from a stop within their reach to one within
    reach of the place. On others they are only where one goes to or from the edge.
    """
    transit, persons = world.transit, world.walking.persons
    riders, leg = transit.riders, persons.leg[person]
    origin, goal = both_ends(world, leg)
    if origin < 0 or goal < 0:
        return False
    within = world.walking.legs.origin[leg] >= 0 and world.walking.legs.destination[leg] >= 0
    direct_m = between(world, origin, goal) if within else math.inf
    any_bus, stop, target = best_ride(world, person, (origin, goal), direct_m)
    if not any_bus and not within:
        return False
    riders.asked_ms[person] = t
    riders.waited_ms[person] = 0
    riders.boardings[person] = 0
    riders.denied[person] = 0
    riders.stop[person], riders.target[person] = stop, target
    log(world.calendar, t, AT_ASK, person, leg, stop, target)
    if not any_bus:
        fail(world, t, person, NO_BUS)
    elif stop < 0:
        walk(world, t, person, TO_PLACE)
    elif world.walking.legs.origin[leg] < 0:
        world.walking.persons.spot[person] = transit.rules.spots[0] + stop
        be_at_stop(world, t, person)
    else:
        walk(world, t, person, TO_STOP)
    return True


@inner
def both_ends(world: World, leg: int) -> tuple[int, int]:
    """Return the rows of near stops of both ends of a leg: place or gate, -1 without one."""
    legs, gates = world.walking.legs, world.transit.gates
    edge = -1
    if 0 <= legs.gate[leg] < gates.size:
        edge = gates[legs.gate[leg]]
    origin, goal = legs.origin[leg], legs.destination[leg]
    return int(origin if origin >= 0 else edge), int(goal if goal >= 0 else edge)


@inner
def best_ride(
    world: World, person: int, ends: tuple[int, int], direct_m: float
) -> tuple[bool, int, int]:
    """Return whether any bus goes between two ends, and the stops (-1: no ride saves steps)."""
    transit = world.transit
    any_bus, best, stop, target = False, math.inf, -1, -1
    for i in range(transit.near.shape[1]):
        start = transit.near[ends[0], i]
        if start < 0:
            break
        before_m = 1.0 * transit.near_m[ends[0], i]  # in double precision, as the sum below
        before = walk_cost(world, person, before_m)
        for j in range(transit.near.shape[1]):
            end = transit.near[ends[1], j]
            if end < 0:
                break
            after_m = transit.near_m[ends[1], j]
            cost = before + transit.cost_s[end, start] + walk_cost(world, person, after_m)
            saves = before_m + after_m < direct_m and cost < best
            if (saves or not any_bus) and goes(world, start, end):
                any_bus = True
                if saves:
                    best, stop, target = cost, int(start), int(end)
    return any_bus, stop, target


@inner
def goes(world: World, start: int, end: int) -> bool:
    """Tell whether a bus is on the best way between two stops: it may be a walk all along."""
    transit = world.transit
    if math.isinf(transit.cost_s[end, start]):
        return False
    here = start
    while here != end and transit.transfer[end, here] >= 0:
        here = transit.transfer[end, here]
    return bool(here != end)


@inner
def between(world: World, a: int, b: int) -> float:
    """Metres that riders reckon with on foot between two places."""
    dx = world.places.x[a] - world.places.x[b]
    dy = world.places.y[a] - world.places.y[b]
    return float(world.transit.rules[0].detour * math.sqrt(dx * dx + dy * dy))


@inner
def walk_cost(world: World, person: int, metres: float) -> float:
    """Weighted seconds of a walk."""
    return float(world.transit.rules[0].walk_weight * metres / world.walking.persons.mps[person])


@inner
def walk(world: World, t: int, person: int, riding: int) -> None:
    """Go on foot to the stop, or to the place of the leg."""
    transit, legs = world.transit, world.walking.legs
    transit.riders.riding[person] = riding
    if riding == TO_STOP:
        goal = transit.rules.spots[0] + transit.riders.stop[person]
    else:
        goal = legs.destination[world.walking.persons.leg[person]]
    set_out(world, t, person, goal)


@inner
def be_at_stop(world: World, t: int, person: int) -> None:
    """Go on from a stop: to the place or out of the city, to another stop, by the next bus."""
    transit, walking = world.transit, world.walking
    riders = transit.riders
    stop, target = riders.stop[person], riders.target[person]
    if stop == target:
        if walking.legs.destination[walking.persons.leg[person]] < 0:
            arrive(world, t, person)
        else:
            walk(world, t, person, TO_PLACE)
        return
    other = transit.transfer[target, stop]
    if other >= 0:
        riders.stop[person] = other
        walk(world, t, person, TO_STOP)
        return
    world.walking.persons.pace[person] = RIDING
    riders.riding[person] = WAITING
    riders.since_ms[person] = t
    join(world, person)
    if not riders.alarmed[person]:
        riders.alarmed[person] = 1
        push(world.calendar, t + transit.rules.patience_ms[0], R_RIDE, person)


@inner
def join(world: World, person: int) -> None:
    """Queue at the stop, behind the others."""
    riders, stops = world.transit.riders, world.transit.stops
    stop = riders.stop[person]
    last = stops.tail[stop]
    riders.before[person], riders.after[person] = last, -1
    stops.tail[stop] = person
    if last >= 0:
        riders.after[last] = person
    else:
        stops.head[stop] = person


@inner
def quit_queue(world: World, person: int) -> None:
    """Leave the queue of the stop."""
    riders, stops = world.transit.riders, world.transit.stops
    stop, before, after = riders.stop[person], riders.before[person], riders.after[person]
    if before >= 0:
        riders.after[before] = after
    else:
        stops.head[stop] = after
    if after >= 0:
        riders.before[after] = before
    else:
        stops.tail[stop] = before


@inner
def get_on(world: World, t: int, person: int, bus: int) -> None:
    """Board a bus."""
    transit = world.transit
    riders, buses = transit.riders, transit.buses
    quit_queue(world, person)
    waited = t - riders.since_ms[person]
    log(world.calendar, t, AT_BOARD, person, bus, buses.call[bus], waited)
    riders.riding[person] = ABOARD
    riders.bus[person] = bus
    riders.since_ms[person] = t
    riders.waited_ms[person] += waited
    riders.boardings[person] += 1
    last = buses.tail[bus]
    riders.before[person], riders.after[person] = last, -1
    buses.tail[bus] = person
    if last >= 0:
        riders.after[last] = person
    else:
        buses.head[bus] = person
    buses.aboard[bus] += 1


@inner
def get_off(world: World, t: int, person: int) -> None:
    """Leave the bus, and go on from the stop."""
    transit = world.transit
    riders, buses = transit.riders, transit.buses
    bus, before, after = riders.bus[person], riders.before[person], riders.after[person]
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
    log(world.calendar, t, AT_ALIGHT, person, bus, call, t - riders.since_ms[person])
    riders.bus[person] = -1
    riders.stop[person] = transit.calls.stop[call]
    world.walking.persons.spot[person] = transit.rules.spots[0] + riders.stop[person]
    be_at_stop(world, t, person)


@inner
def lose_patience(world: World, t: int, person: int) -> None:
    """Give up where the wait has lasted too long; else look again when it may have."""
    riders = world.transit.riders
    riders.alarmed[person] = 0
    if riders.riding[person] != WAITING:
        return
    over = riders.since_ms[person] + world.transit.rules.patience_ms[0]
    if t >= over:
        quit_queue(world, person)
        riders.waited_ms[person] += t - riders.since_ms[person]
        fail(world, t, person, GAVE_UP)
    else:
        riders.alarmed[person] = 1
        push(world.calendar, over, R_RIDE, person)


@inner
def fail(world: World, t: int, person: int, why: int) -> None:
    """Be unserved."""
    riders = world.transit.riders
    stop = riders.stop[person] if why == GAVE_UP else -1
    log(
        world.calendar, t, AT_UNSERVED, person, world.walking.persons.leg[person], why, stop,
        riders.waited_ms[person], riders.denied[person],
    )  # fmt: skip
    riders.riding[person] = RESTING
    rest(world, t, person)


@inner
def arrive(world: World, t: int, person: int) -> None:
    """Be at the place, or at the edge of the city."""
    riders, persons = world.transit.riders, world.walking.persons
    log(
        world.calendar, t, AT_RIDE, person, persons.leg[person], riders.asked_ms[person],
        riders.waited_ms[person], riders.boardings[person], riders.denied[person],
    )  # fmt: skip
    riders.riding[person] = RESTING
    rest(world, t, person)
