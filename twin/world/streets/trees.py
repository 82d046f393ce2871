"""The trees of base routes: the next link, the time still to go, and which set a driver takes."""

from __future__ import annotations

from twin.kernel import inner
from twin.luck import u01
from twin.world.columns import World

__all__ = ["leads", "next_arc", "take_set", "way_hours"]

S_PER_H = 3_600
MS_PER_S = 1_000
HALF_HOUR_MS = 1_800_000
NONE = 255
LATEST = 1 << 60


@inner
def next_arc(world: World, car: int) -> int:
    """Return the next link of a car on the way to its goal, -1 at the goal."""
    cars, ways = world.cars, world.ways
    arc = cars.arc[car]
    if arc < 0:
        node = cars.node[car]
        slot = ways.first_slot[cars.set[car], cars.tree[car], node]
    else:
        node = world.links.head[arc]
        slot = ways.next_slot[cars.set[car], cars.tree[car], arc]
    return -1 if slot == NONE else ways.out_arc[ways.out_first[node] + slot]


@inner
def leads(world: World, car: int, arc: int) -> bool:
    """Tell whether a way leads from a link to the goal of a car: closed ones lead nowhere."""
    return world.ways.left_s[world.cars.tree[car], arc] < LATEST


@inner
def way_hours(world: World, car: int, goal: int) -> float:
    """Hours of driving from where a car is to a junction, without traffic."""
    cars, ways = world.cars, world.ways
    row, arc = world.nodes.row[goal], cars.arc[car]
    if arc >= 0:
        return ways.left_s[row, arc] / S_PER_H
    node = cars.node[car]
    slot = ways.first_slot[0, row, node]
    if slot == NONE:
        return 0.0
    arc = ways.out_arc[ways.out_first[node] + slot]
    return (world.links.ms[arc] / MS_PER_S + ways.left_s[row, arc]) / S_PER_H


@inner
def take_set(world: World, t: int, car: int) -> None:
    """Let a driver who sets out take a set of base routes: by habit, or the fastest at present."""
    cars, ways, rules = world.cars, world.ways, world.rules[0]
    period = ways.period[(t // HALF_HOUR_MS) % len(ways.period)]
    chosen, tree = ways.set_first[period], cars.tree[car]
    if ways.upto[chosen, tree] < 1.0:
        if cars.guided[car]:
            chosen = fastest(world, car, period)
        else:
            key, moment = cars.key[car], cars.moment[car]
            u = u01(rules.seed, rules.epoch, rules.route, key, moment, 0)
            while u >= ways.upto[chosen, tree]:
                chosen += 1
    cars.set[car] = chosen


@inner
def fastest(world: World, car: int, period: int) -> int:
    """Return the set of a period by which a car at rest is at its goal first, as things stand.

    Of the sets that drivers to this goal take.
    """
    ways, tree = world.ways, world.cars.tree[car]
    best, chosen = LATEST, ways.set_first[period]
    for each in range(ways.set_first[period], ways.set_first[period + 1]):
        takes = present_ms(world, car, period, each, best)
        if takes < best:
            best, chosen = takes, each
        if ways.upto[each, tree] >= 1.0:
            break
    return chosen


@inner
def present_ms(world: World, car: int, period: int, each: int, limit: int) -> int:
    """Return the present time along a tree, or some time from ``limit`` on where it is longer.

    A link takes its time at free flow, the mean wait for green of the turn, and the queue ahead.
    """
    ways, links, tree = world.ways, world.links, world.cars.tree[car]
    node, came, total = world.cars.node[car], -1, 0
    slot = ways.first_slot[each, tree, node]
    while slot != NONE and total < limit:
        arc = ways.out_arc[ways.out_first[node] + slot]
        total += links.ms[arc] + queued(world, arc) * ways.pass_ms[period, arc]
        if came >= 0:
            total += turn_ms(world, period, came, arc)
        node, came = links.head[arc], arc
        slot = ways.next_slot[each, tree, arc]
    return total


@inner
def queued(world: World, link: int) -> int:
    """Return how many cars queue at the end of a link."""
    first, found = world.links.lane_first[link], 0
    for lane in range(first, first + world.links.lanes[link]):
        found += world.traffic.lanes.cars[lane]
    return found


@inner
def turn_ms(world: World, period: int, link: int, to: int) -> int:
    """Return the mean wait for green of a turn."""
    ways = world.ways
    for row in range(ways.onward_first[link], ways.onward_first[link + 1]):
        if ways.onward[row] == to:
            return ways.wait_ms[period, row]
    return 0
