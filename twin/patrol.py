"""Enforcement: patrols along the streets, and cameras, ticket cars that stand illegally.

A patrol drives a round over the links of its beat, again and again, and several spread along it.
What drivers expect is what they get: passes an hour x the chance to be ticketed at one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import mesa
import numpy as np
from numpy.typing import NDArray

from gis.network import Network
from twin.sim import Process, Sim
from twin.world.columns import Kind
from twin.world.ground import Ground
from twin.world.parking import Parking

__all__ = [
    "Beat", "Camera", "Patrol", "Shift", "city_beat", "patrol_city", "round_of", "send_patrols",
    "ticket",
]  # fmt: skip

ROUND_S = 300
CAMERA_LOOK_S = 600
PATROL_RANK, CAMERA_RANK = 1, 2
S_PER_H, H_PER_DAY = 3_600, 24


@dataclass(frozen=True)
class Shift:
    """The hours of a day in which tickets are given; ``to_h`` may be the next morning."""

    from_h: float
    to_h: float

    @property
    def hours(self) -> float:
        """How long it is each day."""
        return (self.to_h - self.from_h) % H_PER_DAY or (H_PER_DAY if self.to_h else 0.0)

    def spells(self, start_s: float) -> Iterator[tuple[float, float]]:
        """Yield start and end (s) of each shift that has not ended by a time, for ever."""
        length = self.hours
        day = int(start_s // (H_PER_DAY * S_PER_H)) - 1
        while length:
            begins = (day * H_PER_DAY + self.from_h) * S_PER_H
            if begins + length * S_PER_H > start_s:
                yield begins, begins + length * S_PER_H
            day += 1


@dataclass(frozen=True)
class Beat:
    """Where and how patrols work: the links to watch, km/h, hours, chance to ticket at a pass."""

    links: NDArray[np.int64]
    speed_kmh: float
    shift: Shift
    cite_share: float


def round_of(ground: Ground, links: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a closed round over the links, as links in the order they are driven.

    From link to link it takes one of the beat that leaves the same junction, else the fastest way
    to the nearest that is still to be driven. Links outside the network's core are left out.
    """
    key = links.tobytes()
    if key not in ground.rounds:
        ground.rounds[key] = _round(ground.network, links)
    return ground.rounds[key]


def _round(network: Network, links: NDArray[np.int64]) -> NDArray[np.int64]:
    inside = network.core[network.tails[links]] & network.core[network.heads[links]]
    left: dict[int, list[int]] = {}
    for arc in links[inside & np.isfinite(network.cost[links])][::-1]:
        left.setdefault(int(network.tails[arc]), []).append(int(arc))
    driven: list[int] = []
    if not left:
        return np.empty(0, np.int64)
    node = first = min(left)
    while left:
        if node not in left:
            near, _ = network.reach(node, math.inf)
            goal = next(int(n) for n in near if int(n) in left)
            driven += map(int, network.route(node, goal))
            node = goal
        arc = left[node].pop()
        if not left[node]:
            del left[node]
        driven.append(arc)
        node = int(network.heads[arc])
    if node != first:
        driven += map(int, network.route(node, first))
    return np.array(driven, np.int64)


def city_beat(sim: Sim) -> Beat:
    """Return the beat of today's patrols: every link where cars could stand illegally."""
    parking = sim.part(Parking)
    arcs = np.unique(parking.lots["arc"].to_numpy()[parking.kind(Kind.KERB_ILLEGAL)])
    b = parking.behaviour
    shift = Shift(b.patrol_from_h, b.patrol_to_h)
    return Beat(arcs[arcs >= 0].astype(np.int64), b.patrol_speed_kmh, shift, b.cite_share)


def patrol_city(sim: Sim) -> None:
    """Send out the patrols a city has today, by the cars of its residents."""
    b = sim.part(Parking).behaviour
    registered = int((sim.ground.people.cars["home"].to_numpy() >= 0).sum())
    patrols = b.patrols + b.patrols_per_10000_cars * registered / 10_000
    send_patrols(sim, city_beat(sim), patrols)


def send_patrols(sim: Sim, beat: Beat, patrols: float, *, first: int = 0) -> None:
    """Send patrols along a beat, numbered from ``first``, and let drivers know the risk.

    Two and a half patrols are three that come by five times where three whole ones would six: the
    rest of their time they are elsewhere. Where on the round they begin is the luck of the day, or
    a round longer than a shift would see the same streets every day.
    """
    driven = round_of(sim.ground, beat.links)
    if not patrols or not len(driven):
        return
    parking = sim.part(Parking)
    lengths = sim.city["streets"]["length_m"].to_numpy(float)
    laps_an_hour = patrols * beat.speed_kmh * 1_000 / lengths[driven].sum()
    passes = laps_an_hour * np.bincount(driven, minlength=len(lengths))
    lots = np.flatnonzero(parking.kind(Kind.KERB_ILLEGAL))
    rate = beat.cite_share * passes[parking.lots["arc"].to_numpy()[lots]]
    parking.raise_ticket_rate(lots, rate, beat.shift.from_h, beat.shift.to_h)
    sent = math.ceil(patrols)
    slowed = replace(beat, speed_kmh=beat.speed_kmh * patrols / sent)
    begin = int(sim.luck("patrol/start").uniform(first) * len(driven))
    for number in range(sent):
        Patrol(sim, first + number, slowed, start=begin + number * len(driven) // sent)


class Patrol(mesa.Agent):  # type: ignore[misc]
    """A patrol that drives its round, and tickets some of the cars it passes."""

    def __init__(self, sim: Sim, number: int, beat: Beat, *, start: int) -> None:
        super().__init__(sim)
        self.sim, self.number, self.beat = sim, number, beat
        self.parking = sim.part(Parking)
        self.luck = sim.luck("patrol")
        self.driven = round_of(sim.ground, beat.links)
        lengths = sim.city["streets"]["length_m"].to_numpy(float)
        self.seconds = lengths[self.driven] / (beat.speed_kmh / 3.6)
        self.passed = start
        sim.start(self.work(), key=(PATROL_RANK, number))

    def work(self) -> Process:
        """Drive through every shift, some links at a time."""
        sim = self.sim
        for begins, ends in self.beat.shift.spells(sim.now):
            yield sim.wait(max(0.0, begins - sim.now))
            while sim.now < ends:
                yield sim.wait(self._drive())

    def _drive(self) -> float:
        """Pass the links of a few minutes and return how long it takes (s)."""
        spent, standing = 0.0, self.parking.illegal_by_link()
        while spent < ROUND_S:
            lap, place = divmod(self.passed, len(self.driven))
            arc = int(self.driven[place])
            cars = standing.get(arc, [])
            standing[arc] = [car for car in cars if not self._ticket(car, lap, place)]
            spent += float(self.seconds[place])
            self.passed += 1
        return spent

    def _ticket(self, car: int, lap: int, place: int) -> bool:
        """Ticket a car by its luck at this pass, and tell whether it was."""
        key = int(self.sim.ground.car_key[car])
        draw = self.luck.uniform(key, day=lap, trip=place % 65_536, look=self.number)
        if draw >= self.beat.cite_share:
            return False
        ticket(self.sim, car, self.number)
        return True


class Camera(mesa.Agent):  # type: ignore[misc]
    """A camera over one lot: it looks every so often and tickets at a rate while a car stands."""

    def __init__(self, sim: Sim, lot: int, *, rate_h: float, shift: Shift) -> None:
        super().__init__(sim)
        self.sim, self.lot, self.shift = sim, lot, shift
        self.number = int(sim.part(Parking).lots["key"].to_numpy()[lot])
        self.chance = 1.0 - math.exp(-rate_h * CAMERA_LOOK_S / S_PER_H)
        self.luck = sim.luck("camera")
        sim.start(self.work(), key=(CAMERA_RANK, lot))

    def work(self) -> Process:
        """Look through every shift."""
        sim = self.sim
        for begins, ends in self.shift.spells(sim.now):
            yield sim.wait(max(0.0, begins - sim.now))
            while sim.now < ends:
                self.look()
                yield sim.wait(CAMERA_LOOK_S)

    def look(self) -> None:
        """Ticket the cars that stand in sight, each with its own luck of this moment."""
        sim = self.sim
        moment = round(sim.now / CAMERA_LOOK_S)
        for car in sim.part(Parking).illegal_on(self.lot):
            key = int(sim.ground.car_key[car])
            if self.luck.uniform(key, trip=moment, look=self.number) < self.chance:
                ticket(sim, car, self.number)


def ticket(sim: Sim, car: int, giver: int) -> None:
    """Put a ticket on a car and record it, with the fine (KRW)."""
    parking = sim.part(Parking)
    fine = round(parking.behaviour.fine_krw)
    sim.record("ticket", car=car, lot=parking.ticket(car), giver=giver, fine_krw=fine)
