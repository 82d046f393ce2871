"""Enforcement patrols: agents that drive along the streets and ticket cars that stand illegally."""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from twin.sim import Process, Sim
from twin.world.columns import Kind
from twin.world.parking import Parking

__all__ = ["Beat", "Patrol", "city_beat", "passes_per_hour", "patrol_city"]

ROUND_S = 300
PATROL_RANK = 1
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
    """Return the beat of the patrols a city has today: every link where cars could stand illegally."""
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
                lot = self.parking.ticket(car)
                sim.record("ticket", car=car, lot=lot, patrol=self.number)
