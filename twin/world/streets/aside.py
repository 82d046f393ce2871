"""Turning aside: who stands before a full link for long takes another turn, if there is room.

Drivers who avoid full streets keep a network from locking up. Source: Daganzo, Gayah & Gonzales
2011, Transportation Research B 45(1):278-288, doi:10.1016/j.trb.2010.06.006.
"""

from __future__ import annotations

from twin.kernel import inner
from twin.world.columns import Phase, World
from twin.world.streets.trees import leads

__all__ = ["turn_aside"]

ROUTED, LATEST = Phase.ROUTED, 1 << 60


@inner
def turn_aside(world: World, lane: int) -> bool:
    """Let the head of a lane want another turn of it; tell whether there is one with room.

    Of several it is the one from which it is at its goal first without traffic; it goes on by the
    trees that it knows. Who follows a given route keeps to it.
    """
    cars, links, turns = world.cars, world.links, world.traffic.turns
    car, link = world.traffic.lanes.head[lane], world.traffic.lanes.link[lane]
    if cars.phase[car] == ROUTED:
        return False
    best, least = -1, 1.0 * LATEST
    for row in range(links.turn_first[link], links.turn_beyond[link]):
        to = turns.to[row]
        served = turns.lane_first[row] <= lane < turns.lane_beyond[row]
        if not served or not has_room(world, to) or not leads(world, car, to):
            continue
        seconds = links.ms[to] / 1_000 + world.ways.left_s[cars.tree[car], to]
        if seconds < least:
            best, least = row, seconds
    if best < 0:
        return False
    cars.turn[car], cars.next[car] = best, turns.to[best]
    return True


@inner
def has_room(world: World, link: int) -> bool:
    """Tell whether a link takes one more car."""
    links = world.links
    coming = links.entered[link] + links.promised[link] - links.left[link]
    return links.storage[link] == 0 or coming < links.storage[link]
