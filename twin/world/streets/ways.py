"""Ways: the next link of a car, by the tree that leads to its goal or by its own route."""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Phase, Rank, World
from twin.world.streets.queues import insert, join, start_clock
from twin.world.streets.trees import next_arc

__all__ = ["distance", "drive_on", "enter", "follow", "set_off"]

R_REACH, AT_ARRIVE, ROUTED = Rank.REACH, AT.ARRIVE, Phase.ROUTED


@inner
def enter(world: World, t: int, car: int, arc: int) -> None:
    """Let a car take a link next: in its turn from the stop line, or from rest."""
    if world.cars.on[car]:
        join(world, t, car, arc)
    else:
        insert(world, t, car, arc)


@inner
def drive_on(world: World, t: int, car: int) -> None:
    """Take the next link of the way to the goal, or reach it."""
    arc = next_arc(world, car)
    if arc < 0:
        start_clock(world, t, car)
        push(world.calendar, t + world.rules[0].look_ms, R_REACH, car)
    else:
        enter(world, t, car, arc)


@inner
def set_off(world: World, t: int, car: int) -> None:
    """Start on the route of the trip that begins."""
    cars = world.cars
    cars.phase[car] = ROUTED
    cars.since_ms[car] = -1
    cars.step[car] = world.trips.first[cars.trip[car]]
    follow(world, t, car)


@inner
def follow(world: World, t: int, car: int) -> bool:
    """Take the next link of a car's route; tell whether there was one."""
    cars = world.cars
    step = cars.step[car]
    arc = world.traffic.routes[step]
    if arc < 0:
        log(world.calendar, t, AT_ARRIVE, car, cars.trip[car], t - cars.since_ms[car])
        return False
    cars.step[car] = step + 1
    enter(world, t, car, arc)
    return True


@inner
def distance(world: World, node: int, place: int) -> float:
    """Metres in a straight line from a junction to a place."""
    dx = world.nodes.x[node] - world.places.x[place]
    dy = world.nodes.y[node] - world.places.y[place]
    return math.sqrt(dx * dx + dy * dy)
