"""A robot or guard on patrol, who looks at what happens on the way and stays for alarms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.response import ROBOT, Case, look
from twin.rounds import Kit, Round, Rounder
from twin.sim import Sim

__all__ = ["Duty", "Patroller"]

MS_PER_H, MS_PER_S, HALF_WORD = 3_600_000, 1_000, 1 << 16


@dataclass(frozen=True)
class Duty:
    """What one looks for: cases, how far to each side, and the chance to tell each kind (code).

    ``false_per_h`` alarms are for nothing; it stays ``check_s`` for each alarm.
    """

    cases: tuple[Case, ...] = ()
    reach_m: float = 0.0
    tells: Mapping[int, float] = field(default_factory=dict)
    false_per_h: float = 0.0
    check_s: float = 0.0


class Patroller(Rounder):
    """One that goes round and looks; it stays where it sees something, or thinks that it does."""

    def __init__(
        self, sim: Sim, number: int, kit: Kit, rounds: Iterator[Round], *, node: int, duty: Duty
    ) -> None:
        super().__init__(sim, number, kit, rounds, node=node)
        self.duty, self.seen = duty, set[int]()
        self.false, self.tells = (sim.luck(f"{kit.event}/{what}") for what in ("false", "tells"))

    def passed(self, arc: int, began_ms: int) -> float:
        """Look at what lies along the step that ends now; return how long to stay for it (s)."""
        real = [case for case in self._passes(arc, began_ms) if not case.probe]
        return (len(real) + self._false(began_ms)) * self.duty.check_s

    def _passes(self, arc: int, began_ms: int) -> list[Case]:
        """Record and return what it sees for the first time on the step that ends now."""
        found = []
        for case in self.duty.cases:
            if case.case in self.seen or case.kind not in self.duty.tells:
                continue
            at_ms = self._in_view(case, arc, began_ms)
            if at_ms is not None and self._told(case, began_ms):
                self.seen.add(case.case)
                after_s = (at_ms - self.sim.env.now) / MS_PER_S
                look(self.sim, case, who=ROBOT, machine=self.key, after_s=after_s)
                found.append(case)
        return found

    def _in_view(self, case: Case, arc: int, began_ms: int) -> int | None:
        """Return when a case that goes on comes into view on a step; None where it does not."""
        now_ms, epoch_ms = int(self.sim.env.now), self.sim.span.epoch_ms
        begins, ends = (max(case.time_ms + epoch_ms, began_ms), case.end_ms + epoch_ms)
        if begins > now_ms or ends < began_ms:
            return None
        tail = self.node if arc < 0 else int(self.network.tails[arc])
        place = np.array(
            [[self.network.x[node], self.network.y[node]] for node in (tail, self.node)]
        )
        share, away = _nearest(place, np.array([case.x, case.y]))
        at_ms = began_ms + round(share * (now_ms - began_ms)) if arc >= 0 else begins
        return at_ms if away <= self.duty.reach_m and begins <= at_ms <= ends else None

    def _told(self, case: Case, began_ms: int) -> bool:
        """Whether it tells a case at this pass, by luck of the case and the moment."""
        day, trip = divmod(int(began_ms), HALF_WORD)
        chance = self.tells.uniform(case.case, day=day, trip=trip, look=self.key)
        return bool(chance < self.duty.tells[case.kind])

    def _false(self, began_ms: int) -> int:
        """Return how often it thought that it saw something on a step, and record it."""
        now_ms = int(self.sim.env.now)
        mean = self.duty.false_per_h * (now_ms - began_ms) / MS_PER_H
        day, trip = divmod(now_ms, HALF_WORD)
        alarms = int(self.false.poisson(self.key, mean, day=day, trip=trip))
        if alarms:
            self.sim.record(f"{self.kit.event}_alarm", machine=self.key, alarms=alarms)
        return alarms


def _nearest(ends: NDArray[np.float64], place: NDArray[np.float64]) -> tuple[float, float]:
    """Return where along a straight way it is nearest to a place (share), and how near (m)."""
    way = ends[1] - ends[0]
    length = float(way @ way)
    share = min(max(float((place - ends[0]) @ way) / length, 0.0), 1.0) if length else 0.0
    away = place - ends[0] - share * way
    return share, float(np.hypot(*away))
