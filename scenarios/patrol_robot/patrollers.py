"""A robot or guard on patrol, who stays for false alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from twin.rounds import Kit, Round, Rounder
from twin.sim import Sim

__all__ = ["Alarms", "Patroller"]

MS_PER_H = 3_600_000


class Alarms(NamedTuple):
    """False alarms an hour of going, and how long one stays for each (s)."""

    per_h: float
    check_s: float


class Patroller(Rounder):
    """One that goes round and looks; it stays where it thinks that it sees something."""

    def __init__(
        self, sim: Sim, number: int, kit: Kit, rounds: Iterator[Round], *, node: int, alarms: Alarms
    ) -> None:
        super().__init__(sim, number, kit, rounds, node=node)
        self.alarms, self.hits = alarms, sim.luck(f"{kit.event}/false")

    def passed(self, arc: int, began_ms: int) -> float:
        """Look at what lies along the step that ends now; return how long to stay for it (s)."""
        hours = (self.sim.env.now - began_ms) / MS_PER_H
        moment = int(self.sim.env.now)
        false = int(self.hits.poisson(self.key, self.alarms.per_h * hours, day=moment >> 16 & 65535,
                                      trip=moment & 65535))  # fmt: skip
        if arc < 0 or not false:
            return 0.0
        self.sim.record(f"{self.kit.event}_alarm", machine=self.key, alarms=false)
        return false * self.alarms.check_s
