"""Streets at free flow: a car walks its way link by link, one event a link."""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.approach import joins
from twin.world.columns import AT, Rank, World

__all__ = ["distance", "drive_on", "enter", "way_hours"]

MS_PER_H = 3_600_000
R_LINK, R_REACH, AT_MOVE = Rank.LINK, Rank.REACH, AT.MOVE


@inner
def enter(world: World, t: int, car: int, arc: int) -> None:
    """Let a car enter a link; it reaches its end after the free-flow time."""
    world.cars.arc[car] = arc
    links = world.links
    world.flow[arc, (t // MS_PER_H) % 24] += 1
    if links.watched[arc]:
        log(world.calendar, t, AT_MOVE, car, arc, world.cars.trip[car])
    joins(world, car, arc, t + links.ms[arc])
    push(world.calendar, t + links.ms[arc], R_LINK, car)


@inner
def drive_on(world: World, t: int, car: int) -> None:
    """Take the next link of the fastest way to the goal, or reach it."""
    cars = world.cars
    arc = world.next_arc[world.nodes.row[cars.goal[car]], cars.node[car]]
    if arc < 0:
        push(world.calendar, t + world.rules[0].look_ms, R_REACH, car)
    else:
        enter(world, t, car, arc)


@inner
def distance(world: World, node: int, place: int) -> float:
    """Metres in a straight line from a junction to a place."""
    dx = world.nodes.x[node] - world.places.x[place]
    dy = world.nodes.y[node] - world.places.y[place]
    return math.sqrt(dx * dx + dy * dy)


@inner
def way_hours(world: World, start: int, goal: int) -> float:
    """Hours of driving from a junction to another at free flow."""
    return world.way_ms[world.nodes.row[goal], start] / MS_PER_H
