"""Enforcement: patrols along the streets, and cameras, ticket cars that stand illegally."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from twin.sim import Process, Sim
from twin.world.columns import Kind
from twin.world.parking import Parking

__all__ = ["Beat", "Camera", "Patrol", "city_beat", "passes_per_hour", "patrol_city", "ticket"]

ROUND_S = 300
CAMERA_LOOK_S = 600
PATROL_RANK, CAMERA_RANK = 1, 2
S_PER_H = 3_600


@dataclass(frozen=True)
class Beat:
    """Where and how a patrol works: the links it may drive, km/h, hours, chance to ticket."""

    links: NDArray[np.int64]
    speed_kmh: float
    from_h: float
    to_h: float
    cite_share: float


def passes_per_hour(beat: Beat, length_m: NDArray[np.float64], patrols: int) -> float:
    """Return how often a link of the beat is passed: patrols x speed / length of the beat."""
    total = float(length_m[beat.links].sum())
    return patrols * beat.speed_kmh * 1_000 / total if total > 0 else 0.0


def city_beat(sim: Sim) -> Beat:
    """Return the beat of today's patrols: every link where cars could stand illegally."""
    parking = sim.part(Parking)
    arcs = np.unique(parking.lots["arc"].to_numpy()[parking.kind(Kind.KERB_ILLEGAL)])
    b = parking.behaviour
    return Beat(
        links=arcs[arcs >= 0],
        speed_kmh=b.patrol_speed_kmh,
        from_h=b.patrol_from_h,
        to_h=b.patrol_to_h,
        cite_share=b.cite_share,
    )


def patrol_city(sim: Sim) -> None:
    """Send out the patrols a city has today, and let drivers know the risk."""
    parking = sim.part(Parking)
    beat = city_beat(sim)
    lengths = sim.city["streets"]["length_m"].to_numpy(float)
    rate = beat.cite_share * passes_per_hour(beat, lengths, parking.behaviour.patrols)
    parking.raise_ticket_rate(np.flatnonzero(parking.kind(Kind.KERB_ILLEGAL)), rate)
    for number in range(parking.behaviour.patrols):
        Patrol(sim, number, beat)


class Patrol(mesa.Agent):  # type: ignore[misc]
    """A patrol that always turns into the link of its beat it has not seen for longest."""

    def __init__(self, sim: Sim, number: int, beat: Beat) -> None:
        super().__init__(sim)
        self.sim, self.number, self.beat = sim, number, beat
        self.parking = sim.part(Parking)
        self.luck = sim.luck("patrol")
        self.lengths = sim.city["streets"]["length_m"].to_numpy(float)
        self.tails = sim.ground.network.tails[beat.links]
        self.last_seen = np.full(len(sim.ground.network.tails), -1, np.int64)
        self.node = -1
        sim.start(self.shift(), key=(PATROL_RANK, number))

    def shift(self) -> Process:
        """Work from the first hour to the last, one round of some links after the other."""
        sim, beat = self.sim, self.beat
        if not len(beat.links):
            return
        yield sim.wait(max(0.0, beat.from_h * S_PER_H - sim.now))
        self.node = self._first_node()
        while sim.now < beat.to_h * S_PER_H:
            spent, standing = 0.0, self.parking.illegal_by_link()
            while spent < ROUND_S:
                arc = self._next_link()
                spent += self._seconds(arc)
                self.node = int(sim.ground.network.heads[arc])
                self.last_seen[arc] = round(sim.now + spent)
                self._ticket(standing.pop(arc, []))
            yield sim.wait(spent)

    def _first_node(self) -> int:
        """Start where this patrol's share of the beat begins, so that patrols spread out."""
        draw = self.luck.uniform(self.number)
        return int(self.sim.ground.network.tails[self.beat.links[int(draw * len(self.beat.links))]])

    def _next_link(self) -> int:
        mine = self.beat.links[self.tails == self.node]
        if not len(mine):
            return int(self.beat.links[np.argmin(self.last_seen[self.beat.links])])
        return int(mine[np.argmin(self.last_seen[mine])])

    def _seconds(self, arc: int) -> float:
        return float(self.lengths[arc]) / (self.beat.speed_kmh / 3.6)

    def _ticket(self, cars: list[int]) -> None:
        sim = self.sim
        hour = int(sim.now // S_PER_H)
        for car in cars:
            if self.luck.uniform(car, trip=hour, look=self.number) < self.beat.cite_share:
                ticket(sim, car, self.number)


class Camera(mesa.Agent):  # type: ignore[misc]
    """A camera over one lot: it looks every so often and tickets at a rate while a car stands."""

    def __init__(self, sim: Sim, number: int, lot: int, rate_h: float) -> None:
        super().__init__(sim)
        self.sim, self.number, self.lot = sim, number, lot
        self.chance = 1.0 - math.exp(-rate_h * CAMERA_LOOK_S / S_PER_H)
        self.luck = sim.luck("camera")
        sim.every(CAMERA_LOOK_S, self.look, key=(CAMERA_RANK, number))

    def look(self) -> None:
        """Ticket the cars that stand in sight, each with its own luck of this moment."""
        parking = self.sim.part(Parking)
        behaviour = parking.behaviour
        hour = self.sim.now / S_PER_H % 24
        if not behaviour.patrol_from_h <= hour < behaviour.patrol_to_h:
            return
        arc = int(parking.lots["arc"].to_numpy()[self.lot])
        moment = round(self.sim.now / CAMERA_LOOK_S)
        for car in parking.illegal_by_link().get(arc, []):
            if self.luck.uniform(car, trip=moment, look=self.number) < self.chance:
                ticket(self.sim, car, self.number)


def ticket(sim: Sim, car: int, giver: int) -> None:
    """Put a ticket on a car and record it, with the fine (KRW)."""
    parking = sim.part(Parking)
    fine = round(parking.behaviour.fine_krw)
    sim.record("ticket", car=car, lot=parking.ticket(car), giver=giver, fine_krw=fine)
