"""A machine on footways: arc by arc along a way it was given; it gives way to who comes along.

It crosses streets as walkers do. On an arc it meets everybody who is on it the other way when it
comes, or comes onto it before it has left, and stands still for each.
"""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner, loop
from twin.world.columns import AT, Rank, World
from twin.world.crossings.kerb import come_to, take_ms
from twin.world.walking.columns import Pace

__all__ = ["roll_on", "roll_out"]

R_WALK, AT_ROLL, AT_ROLLED = Rank.WALK, AT.ROLL, AT.ROLLED
RESTING, STARTING, WALKING, ARRIVING = Pace.RESTING, Pace.STARTING, Pace.WALKING, Pace.ARRIVING


@loop
def roll_out(world: World, t: int, machine: int, from_m: float) -> None:
    """Let a machine go the way that is in its row of ``routes``, so many metres from a door on."""
    walking = world.walking
    persons, machines = walking.persons, walking.machines
    person = persons.size - machines.size + machine
    persons.pace[person] = STARTING
    persons.start_ms[person] = t
    persons.wait_ms[person] = 0
    persons.metres[person] = from_m
    machines.met[machine] = 0
    machines.blocked_ms[machine] = 0
    push(world.calendar, t + take_ms(from_m, persons.mps[person]), R_WALK, person)


@inner
def roll_on(world: World, t: int, person: int, machine: int) -> None:
    """Act at the end of an arc: stand for who was met, take the next, or tell that it is there."""
    walking = world.walking
    persons, machines = walking.persons, walking.machines
    if persons.pace[person] == WALKING and gives_way(world, t, person, machine):
        return
    if persons.pace[person] == ARRIVING:
        be_there(world, t, person, machine)
    elif machines.step[machine] < machines.beyond[machine]:
        take_arc(world, t, person, machine)
    else:
        persons.pace[person] = ARRIVING
        metres = machines.door_m[machine]
        persons.metres[person] += metres
        push(world.calendar, t + take_ms(metres, persons.mps[person]), R_WALK, person)


@inner
def take_arc(world: World, t: int, person: int, machine: int) -> None:
    """Go onto the next arc of the way."""
    walking = world.walking
    persons, machines = walking.persons, walking.machines
    arc = walking.routes[machine, machines.step[machine]]
    machines.step[machine] += 1
    persons.pace[person] = WALKING
    persons.arc[person] = arc
    persons.metres[person] += walking.ways.metres[arc]
    back = opposite(world, arc)
    machines.ahead[machine] = walking.on[back]
    machines.entered[machine] = came_onto(world, back)
    log(world.calendar, t, AT_ROLL, machine, arc, 0, 0, 0, 0)
    if walking.ways.crossing[arc] >= 0:
        come_to(world, t, person)
    else:
        took = take_ms(walking.ways.metres[arc], persons.mps[person])
        push(world.calendar, t + took, R_WALK, person)


@inner
def gives_way(world: World, t: int, person: int, machine: int) -> bool:
    """Count who was met on the arc that ends here; tell whether it stands for them first."""
    walking = world.walking
    persons, machines = walking.persons, walking.machines
    arc = persons.arc[person]
    persons.node[person] = walking.ways.head[arc]
    persons.pace[person] = STARTING
    came = came_onto(world, opposite(world, arc)) - machines.entered[machine]
    met = machines.ahead[machine] + max(came, 0)
    machines.met[machine] += met
    stands_ms = met * machines.give_way_ms[machine]
    if stands_ms == 0 or walking.ways.crossing[arc] >= 0:
        return False
    machines.blocked_ms[machine] += stands_ms
    push(world.calendar, t + stands_ms, R_WALK, person)
    return True


@inner
def opposite(world: World, arc: int) -> int:
    """Return the same footway in the other direction."""
    ways = world.walking.ways
    half: int = ways.size // 2
    return arc - half if ways.against[arc] else arc + half


@inner
def came_onto(world: World, arc: int) -> int:
    """Return how many walkers have come onto an arc since they are counted."""
    came = 0
    for hour in world.walking.footfall[arc]:
        came += int(hour)
    return came


@inner
def be_there(world: World, t: int, person: int, machine: int) -> None:
    """Rest at the end of the way, and have it told to who sent the machine."""
    walking = world.walking
    persons, machines, there = walking.persons, walking.machines, walking.there
    persons.pace[person] = RESTING
    persons.due_ms[person] = t
    there[0] += 1
    there[there[0]] = machine
    metres = math.floor(persons.metres[person] + 0.5)
    log(
        world.calendar, t, AT_ROLLED, machine, persons.start_ms[person], metres,
        persons.wait_ms[person], machines.met[machine], machines.blocked_ms[machine],
    )  # fmt: skip
