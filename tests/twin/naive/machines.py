"""Machines on footways, sent as they were in a run."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tests.twin.naive.things import Steps, Thing
from tests.twin.naive.walkers import Walker
from twin.world.columns import AT, Rank

__all__ = ["Robot", "Sent"]


@dataclass(frozen=True)
class Sent:
    """When a machine was sent where: along arcs, so many metres from a door and to one."""

    time_ms: int
    machine: int
    arcs: tuple[int, ...]
    from_m: float
    to_m: float
    moment: int


class Leg:
    """What a walker's luck asks of a leg."""

    def __init__(self, moment: int) -> None:
        self.moment = moment


class Robot(Walker):
    """A machine that walks as people do, and stands still for who comes towards it."""

    def __init__(self, city: Any, row: Thing, own: Thing) -> None:
        super().__init__(city, row)
        self.own = own
        self.passed = self.blocked = 0

    def roll(self, way: Sent) -> Steps:
        self.leg, self.began, self.waited = Leg(way.moment), self.day.now, 0
        self.metres, self.passed, self.blocked = way.from_m, 0, 0
        yield self.walk(way.from_m)
        for arc in way.arcs:
            yield from self.pass_along(arc)
        self.metres += way.to_m
        yield self.walk(way.to_m)
        metres = math.floor(self.metres + 0.5)
        told = (self.began, metres, self.waited, self.passed, self.blocked)
        self.day.log(AT.ROLLED, self.own.id, *told)

    def pass_along(self, arc: int) -> Steps:
        """Go along a footway, and stand for everybody who was or came onto it the other way."""
        town = self.day.town
        way, facing = town.ways[arc], town.facing(arc)
        self.metres += way.metres
        ahead, before = facing.on, facing.came
        self.day.log(AT.ROLL, self.own.id, arc)
        if way.crossing >= 0:
            yield from self.cross(way, town.zebras[way.crossing])
        else:
            yield self.walk(way.metres)
        met = ahead + facing.came - before
        self.passed += met
        stands = met * self.own.give_way_ms
        if stands and way.crossing < 0:
            self.blocked += stands
            yield self.day.when(self.day.now + stands, Rank.WALK, self.id)
