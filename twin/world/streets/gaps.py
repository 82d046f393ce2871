"""Gap acceptance: when a minor or permissive turn finds a gap in the streams it yields to.

A car goes when nobody with the right of way passes within its critical gap, and cars that follow it
into the same gap come a follow-up time apart: of a Poisson stream they take
q exp(-q tc) / (1 - exp(-q tf)) (Harders 1968; Korean Highway Capacity Manual 2013, formula 10-1).
"""

from __future__ import annotations

from twin.kernel import inner
from twin.world.columns import Phase, World
from twin.world.streets.signals import next_green
from twin.world.streets.trees import next_arc

__all__ = ["gap_from", "next_arrival"]

CIRCLING, ROUTED = Phase.CIRCLING, Phase.ROUTED
SIGNAL = 2


@inner
def next_link(world: World, car: int) -> int:
    """Return the link a moving car will want next, -1 at its goal, -2 unknown."""
    cars = world.cars
    if cars.phase[car] == ROUTED:
        return world.traffic.routes[cars.step[car]]
    if cars.phase[car] == CIRCLING:
        return -2
    return next_arc(world, car)


@inner
def next_arrival(world: World, link: int, into: int) -> tuple[int, int]:
    """Return when a car of a link can pass its stop line first, and which car; -1 where none does.

    With ``into`` (-1: any) only cars count whose next link that is. The first that moves comes, and
    the head of each lane stands until it is looked at again; one that waits for room stands on.
    """
    cars, links, lanes = world.cars, world.links, world.traffic.lanes
    soonest, first = -1, -1
    car = links.first[link]
    if car >= 0 and (into < 0 or next_link(world, car) == into):
        soonest, first = cars.reach_ms[car], car
    if links.storage[link] == 0:
        return soonest, first
    for lane in range(links.lane_first[link], links.lane_first[link] + links.lanes[link]):
        car = lanes.head[lane]
        if car < 0 or lanes.waits_for[lane] >= 0 or (into >= 0 and cars.next[car] != into):
            continue
        if first < 0 or lanes.due_ms[lane] < soonest:
            soonest, first = lanes.due_ms[lane], car
    return soonest, first


@inner
def gap_from(world: World, t: int, turn: int, first: int, beyond: int) -> int:
    """Return ``t`` if the turn may go before its foes, else when to look again."""
    traffic = world.traffic
    until = t + traffic.turns.gap_ms[turn]
    found = -1
    for i in range(first, beyond):
        foe = traffic.foes[i]
        found = max(found, queued(world, t, foe, until), moving(world, t, foe, until))
    return t if found < 0 else max(found, t + 1)


@inner
def passes(world: World, foe: int, p: int) -> int:
    """Return when a car of a turn passes that can do so from ``p`` on but for its signal."""
    if world.traffic.turns.control[foe] == SIGNAL:
        return next_green(world.traffic, p, foe)[0]
    return p


@inner
def queued(world: World, t: int, foe: int, until: int) -> int:
    """Return when the last queued car of a turn passes before ``until``, -1 if none does.

    A lane that waits for room or for a gap of its own holds nobody up, or all would wait for ever.
    """
    traffic, cars = world.traffic, world.cars
    lanes, turns = traffic.lanes, traffic.turns
    found = -1
    for lane in range(turns.lane_first[foe], turns.lane_beyond[foe]):
        if lanes.waits_for[lane] >= 0 or (lanes.yielded[lane] and lanes.due_ms[lane] > t):
            continue
        p = max(t, lanes.due_ms[lane], lanes.free_ms[lane])
        car = lanes.head[lane]
        while car >= 0 and p < until:
            if cars.turn[car] == foe:
                at = passes(world, foe, p)
                if at < until:
                    found = max(found, at)
            p += lanes.headway_ms[lane]
            car = cars.behind[car]
    return found


@inner
def moving(world: World, t: int, foe: int, until: int) -> int:
    """Return when the last moving car of a turn passes before ``until``, -1 if none does."""
    traffic, cars, links = world.traffic, world.cars, world.links
    link, to = traffic.turns.link[foe], traffic.turns.to[foe]
    found = -1
    car = links.first[link]
    while car >= 0 and cars.reach_ms[car] < until:
        wanted = next_link(world, car)
        if wanted == to or wanted < -1:
            at = passes(world, foe, max(t, cars.reach_ms[car]))
            if at < until:
                found = max(found, at)
        car = cars.behind[car]
    return found
