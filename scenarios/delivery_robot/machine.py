"""Machines with a battery that break down and are repaired."""

from __future__ import annotations

from dataclasses import dataclass

import mesa

from twin.luck import Luck
from twin.sim import Process, Sim

__all__ = ["Battery", "Machine", "Wear"]

S_PER_H = 3_600.0


@dataclass(frozen=True)
class Battery:
    """What it holds (Wh), how fast it charges (W), which share is kept back."""

    capacity_wh: float
    charge_w: float
    reserve: float


@dataclass(frozen=True)
class Wear:
    """Hours between breakdowns (0: never) and of a repair, both exponential."""

    between_h: float
    repair_h: float


class Machine(mesa.Agent):  # type: ignore[misc]
    """A machine: it works, or it does not, by its own luck."""

    def __init__(self, sim: Sim, key: int, *, battery: Battery, wear: Wear, luck: Luck) -> None:
        super().__init__(sim)
        self.sim, self.key, self.battery, self.wear, self.luck = sim, key, battery, wear, luck
        self.left_wh = battery.capacity_wh
        self._spell = 0
        self._fails_s = sim.now + self._drawn("works", wear.between_h)
        self._back_s = self._fails_s + self._drawn("repair", wear.repair_h)

    def works(self) -> bool:
        """Whether it works now."""
        return self.sim.now < self.works_until()

    def works_until(self) -> float:
        """Return when it breaks down next, or has (s)."""
        while self.sim.now >= self._back_s:
            self._spell += 1
            self._fails_s = self._back_s + self._drawn("works", self.wear.between_h)
            self._back_s = self._fails_s + self._drawn("repair", self.wear.repair_h)
        return self._fails_s

    def can(self, wh: float) -> bool:
        """Whether so much energy is there, above what is kept back."""
        return self.left_wh - wh >= self.battery.reserve * self.battery.capacity_wh

    def use(self, wh: float) -> None:
        """Take energy from the battery."""
        self.left_wh -= wh

    def repair(self) -> Process:
        """Wait until it works again."""
        self.works_until()
        yield self.sim.wait(max(0.0, self._back_s - self.sim.now))

    def _drawn(self, what: str, hours: float) -> float:
        if not self.wear.between_h:
            return float("inf")
        return S_PER_H * float(self.luck.of(what).exponential(self.key, hours, trip=self._spell))
