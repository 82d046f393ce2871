"""A leg on foot: footway by footway from spot to spot; then rest until the next leg."""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.crossings.kerb import come_to, take_ms
from twin.world.walking.columns import NO_WAY, Pace
from twin.world.walking.machines import roll_on

__all__ = ["end_walk", "rest", "set_out", "walk_on"]

MINUTE_MS = 60_000
MS_PER_H = 3_600_000
R_WALK, R_RIDE, AT_WALK = Rank.WALK, Rank.RIDE, AT.WALK
RESTING, STARTING, WALKING, ARRIVING = Pace.RESTING, Pace.STARTING, Pace.WALKING, Pace.ARRIVING


@inner
def set_out(world: World, t: int, person: int, goal: int) -> None:
    """Let a person walk from the spot they are at to another; :func:`walk_on` tells when."""
    walking = world.walking
    persons, spots = walking.persons, walking.spots
    start = persons.spot[person]
    persons.start_ms[person] = t
    persons.wait_ms[person] = 0
    persons.goal[person] = goal
    node = spots.node[start]
    persons.node[person] = node
    persons.straight[person] = 0
    if node != spots.node[goal] and walking.slots[spots.tree[goal], node] == NO_WAY:
        persons.straight[person] = 1
        dx, dy = spots.x[goal] - spots.x[start], spots.y[goal] - spots.y[start]
        persons.metres[person] = walking.rules[0].detour * math.sqrt(dx * dx + dy * dy)
        persons.pace[person] = ARRIVING
        took = take_ms(persons.metres[person], persons.mps[person])
    else:
        persons.metres[person] = spots.door_m[start]
        persons.pace[person] = STARTING
        took = take_ms(spots.door_m[start], persons.mps[person])
    push(world.calendar, t + took, R_WALK, person)


@inner
def walk_on(world: World, t: int, person: int) -> bool:
    """Act at the end of a footway: take the next, or go to the door; tell who is there."""
    walking = world.walking
    persons, spots = walking.persons, walking.spots
    machine = person - (persons.size - walking.machines.size)
    if machine >= 0:
        roll_on(world, t, person, machine)
        return False
    if persons.pace[person] == ARRIVING:
        persons.spot[person] = persons.goal[person]
        return True
    if persons.pace[person] == WALKING:
        persons.node[person] = walking.ways.head[persons.arc[person]]
        if walking.on.size:
            walking.on[persons.arc[person]] -= 1
    node, goal = persons.node[person], persons.goal[person]
    if node == spots.node[goal]:
        persons.pace[person] = ARRIVING
        persons.metres[person] += spots.door_m[goal]
        took = take_ms(spots.door_m[goal], persons.mps[person])
        push(world.calendar, t + took, R_WALK, person)
        return False
    arc = walking.onward[walking.first[node] + walking.slots[spots.tree[goal], node]]
    persons.pace[person] = WALKING
    persons.arc[person] = arc
    persons.metres[person] += walking.ways.metres[arc]
    walking.footfall[arc, (t // MS_PER_H) % 24] += 1
    if walking.on.size:
        walking.on[arc] += 1
    if walking.ways.crossing[arc] >= 0:
        come_to(world, t, person)
    else:
        took = take_ms(walking.ways.metres[arc], persons.mps[person])
        push(world.calendar, t + took, R_WALK, person)
    return False


@inner
def end_walk(world: World, t: int, person: int) -> None:
    """End a leg on foot."""
    persons = world.walking.persons
    metres = math.floor(persons.metres[person] + 0.5)
    log(
        world.calendar, t, AT_WALK, person, persons.leg[person], persons.start_ms[person],
        metres, persons.wait_ms[person], persons.straight[person],
    )  # fmt: skip
    rest(world, t, person)


@inner
def rest(world: World, t: int, person: int) -> None:
    """Stay until the next leg: as planned, or a minute from now where that is later."""
    walking = world.walking
    persons = walking.persons
    persons.pace[person] = RESTING
    persons.leg[person] += 1
    leg = persons.leg[person]
    if leg < persons.beyond[person]:
        persons.due_ms[person] = max(walking.legs.depart_ms[leg], t + MINUTE_MS)
        push(world.calendar, persons.due_ms[person], R_RIDE, person)
