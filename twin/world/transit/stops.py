"""A bus on its run: link by link, call by call, riders off and on, doors, on again.

A bus that somebody leaves or boards stands for the time of its doors and the slower of the two
streams, one by each door (TCQSM, 3rd edition, chapter 6); who comes meanwhile boards too. What is
late draws a longer queue and gets later: buses bunch by themselves.

On streets with queues a bus is a car among the others. Assumptions: it takes the room and the
headway of one; it stands off the street until its first call is over, and leaves it after its last;
no stop has a bay, but only near a stop line is the bus in the way; a turn that is not in the table
of turns, from or to a busway, is free.
"""

from __future__ import annotations

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.streets.queues import block, drive, insert, pull_off
from twin.world.transit.columns import ALIGHTS, BOARDS
from twin.world.transit.riding import get_off, get_on

__all__ = ["call_at"]

R_BUS, AT_CALL = Rank.BUS, AT.CALL
B, A = BOARDS, ALIGHTS


@inner
def call_at(world: World, t: int, bus: int) -> None:
    """Come to a call, or close the doors unless somebody came meanwhile."""
    transit = world.transit
    buses = transit.buses
    if not buses.standing[bus]:
        buses.standing[bus] = 1
        buses.since_ms[bus] = t
        buses.alighted[bus] = let_off(world, t, bus)
        buses.boarded[bus] = let_on(world, t, bus)
        if buses.alighted[bus] + buses.boarded[bus] > 0:
            stay(world, t + dwell_ms(world, bus), bus)
            return
    else:
        late = let_on(world, t, bus)
        if late > 0:
            buses.boarded[bus] += late
            stay(world, t + late * boarding_ms(world, bus), bus)
            return
    pull_out(world, t, bus)


@inner
def stay(world: World, until_ms: int, bus: int) -> None:
    """Stand at a stop; near a stop line the bus blocks the kerb lane, as no stop has a bay."""
    transit = world.transit
    car = transit.rules.cars[0] + bus
    if world.cars.on[car] and transit.calls.blocks[transit.buses.call[bus]]:
        block(world, world.cars.arc[car], until_ms)
    push(world.calendar, until_ms, R_BUS, bus)


@inner
def boarding_ms(world: World, bus: int) -> int:
    """Time one boarding takes: more with people standing."""
    transit = world.transit
    rules, line = transit.rules[0], transit.buses.line[bus]
    crowded = transit.buses.aboard[bus] > transit.lines.seats[line]
    return int(rules.board_ms + (rules.crowded_ms if crowded else 0))


@inner
def dwell_ms(world: World, bus: int) -> int:
    """Time a bus stands: its doors, and the slower stream of riders."""
    transit = world.transit
    rules, buses = transit.rules[0], transit.buses
    on = buses.boarded[bus] * boarding_ms(world, bus)
    off = buses.alighted[bus] * rules.alight_ms
    return int(rules.doors_ms + max(on, off))


@inner
def let_off(world: World, t: int, bus: int) -> int:
    """Let off those whose way says so, and everybody at the end; return how many."""
    transit = world.transit
    buses, riders = transit.buses, transit.riders
    call = buses.call[bus]
    last = call + 1 == transit.lines.beyond[buses.line[bus]]
    count = 0
    rider = buses.head[bus]
    while rider >= 0:
        after = riders.after[rider]
        if last or transit.policy[riders.target[rider], call] & A:
            get_off(world, t, rider)
            count += 1
        rider = after
    return count


@inner
def let_on(world: World, t: int, bus: int) -> int:
    """Let on those who wait for this line, in their order, while there is room; return how many."""
    transit = world.transit
    buses, riders = transit.buses, transit.riders
    line, call = buses.line[bus], buses.call[bus]
    if call + 1 == transit.lines.beyond[line]:
        return 0
    count = 0
    rider = transit.stops.head[transit.calls.stop[call]]
    while rider >= 0 and buses.aboard[bus] < transit.lines.capacity[line]:
        after = riders.after[rider]
        if transit.policy[riders.target[rider], call] & B:
            get_on(world, t, rider, bus)
            count += 1
        rider = after
    return count


@inner
def leave_behind(world: World, bus: int) -> int:
    """Count, for each who wants this line and finds it full, that they were denied."""
    transit = world.transit
    riders, call = transit.riders, transit.buses.call[bus]
    count = 0
    if call + 1 == transit.lines.beyond[transit.buses.line[bus]]:
        return 0
    rider = transit.stops.head[transit.calls.stop[call]]
    while rider >= 0:
        if transit.policy[riders.target[rider], call] & B:
            riders.denied[rider] += 1
            count += 1
        rider = riders.after[rider]
    return count


@inner
def pull_out(world: World, t: int, bus: int) -> None:
    """Leave a call for the next, or end the run and leave the street."""
    transit, cars = world.transit, world.cars
    buses, car = transit.buses, transit.rules.cars[0] + bus
    call, line = buses.call[bus], buses.line[bus]
    log(
        world.calendar, t, AT_CALL, bus, call, buses.since_ms[bus], buses.alighted[bus],
        buses.boarded[bus], leave_behind(world, bus),
    )  # fmt: skip
    buses.standing[bus] = 0
    buses.call[bus] = call + 1
    if call + 1 == transit.lines.beyond[line]:
        if cars.on[car]:
            pull_off(world, t, car)
    elif world.links.storage[cars.arc[car]] > 0 and not cars.on[car]:
        insert(world, t, car, cars.arc[car])
    else:
        drive(world, t, car)
