"""Machines that do jobs: each with a battery that it charges, and times at which it is broken.

A machine works and is repaired in turn, for exponential times, from the start of the run as if it
had been there for long: its availability is MTBF / (MTBF + MTTR). When it is broken is luck of its
own, whatever it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import mesa

from twin.luck import Luck
from twin.sim import Process, Sim

__all__ = ["Battery", "Machine", "Wear"]

S_PER_H = 3_600.0


@dataclass(frozen=True)
class Battery:
    """What a battery holds (Wh), what it is charged with (W), and the share that is kept back.

    Raises
    ------
    ValueError
        Where there is nothing to use, or it is never charged.
    """

    capacity_wh: float
    charge_w: float
    reserve: float = 0.0

    def __post_init__(self) -> None:
        if not (self.capacity_wh > 0 and self.charge_w > 0 and 0 <= self.reserve < 1):
            raise ValueError(
                "a battery must hold more than 0 Wh, be charged with more than 0 W and keep back a "
                f"share of [0, 1), got {self.capacity_wh:g} Wh, {self.charge_w:g} W and "
                f"{self.reserve:g}"
            )

    @property
    def usable_wh(self) -> float:
        """What may be used of a full one, Wh."""
        return self.capacity_wh * (1.0 - self.reserve)


@dataclass(frozen=True)
class Wear:
    """Mean hours between breakdowns (0: it never breaks down), and of a repair."""

    between_h: float = 0.0
    repair_h: float = 0.0

    @property
    def availability(self) -> float:
        """The share of time in which it works: MTBF / (MTBF + MTTR)."""
        return self.between_h / (self.between_h + self.repair_h) if self.between_h else 1.0


class Machine(mesa.Agent):  # type: ignore[misc]
    """A machine of a solution, known by its ``key``; its battery is full at the start."""

    def __init__(self, sim: Sim, key: int, *, battery: Battery, wear: Wear, luck: Luck) -> None:
        super().__init__(sim)
        self.sim, self.key, self.battery, self.wear = sim, key, battery, wear
        self.luck = luck.of("wear")
        self.left_wh = battery.capacity_wh
        self._spell, self._until_s = 0, sim.now
        broken = wear.availability <= float(self.luck.of("state").uniform(key))
        self._up = not broken
        self._spend()

    def works(self) -> bool:
        """Whether it works now."""
        self._catch_up()
        return self._up

    def changes_s(self) -> float:
        """When it next breaks down, or is next repaired, s as the run counts them."""
        self._catch_up()
        return self._until_s

    def repair(self) -> Process:
        """Wait until it works."""
        while not self.works():
            yield self.sim.wait(max(self._until_s - self.sim.now, 0.001))

    def can(self, wh: float) -> bool:
        """Whether so much may be used before it is charged again."""
        return self.left_wh - wh >= self.battery.capacity_wh * self.battery.reserve - 1e-9

    def use(self, wh: float) -> None:
        """Use so much of the battery, or all that is left of it."""
        self.left_wh = max(self.left_wh - wh, 0.0)

    def charge(self) -> Process:
        """Charge until the battery is full."""
        lacks_wh = self.battery.capacity_wh - self.left_wh
        if lacks_wh > 0:
            yield self.sim.wait(lacks_wh / self.battery.charge_w * S_PER_H)
            self.left_wh = self.battery.capacity_wh

    def _catch_up(self) -> None:
        """Go on to the spell that is on now."""
        while self.wear.between_h and self._until_s <= self.sim.now:
            self._spell, self._up = self._spell + 1, not self._up
            self._spend()

    def _spend(self) -> None:
        """Let the spell that begins last as long as luck has it."""
        if not self.wear.between_h:
            self._until_s = float("inf")
            return
        mean_h = self.wear.between_h if self._up else self.wear.repair_h
        lasts_h = self.luck.of("spell").exponential(self.key, mean_h, look=self._spell)
        self._until_s += float(lasts_h) * S_PER_H
