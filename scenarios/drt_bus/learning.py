"""Days that follow one another: people remember the bus, and choose anew each morning at 04:00.

That is when the day of trips begins, after the last tour of the day before, in every part of the
twin. What was met in the warm-up is forgotten, so that the first day is one of first thoughts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenarios.drt_bus.demand import Riders
from twin.luck import Luck
from twin.memory import Learning, Met, remembered, spread
from twin.sim import Process, Sim
from twin.span import QUIET_H
from twin.world.fleet.columns import State
from twin.world.fleet.fleet import Fleet

__all__ = ["Days"]

LEARN_RANK = 7
S_PER_H, S_PER_DAY, MS_PER_S = 3_600, 86_400, 1_000
BEFORE_S = 0.001
"""How long before a day begins its tours are chosen: before whatever happens at that moment."""


class Days:
    """Learns from day to day, and records what was met: ``learned``, a row a day.

    Its columns are day, knows (persons, of those who can use the app), asked and served (requests
    that were over), wait_s (mean that was met), expected_s and expected_share (means of what those
    who know expect from the next day); a mean of nobody is 0.
    """

    def __init__(self, sim: Sim, riders: Riders, rule: Learning, luck: Luck) -> None:
        self.sim, self.riders, self.rule, self.luck = sim, riders, rule, luck
        self.fleet, self.memory, self.able = sim.part(Fleet), riders.memory, riders.able
        self.counted: NDArray[np.bool_] | bool = False
        self.asks: NDArray[np.bool_] | None = None
        sim.start(self.live(), key=(LEARN_RANK, 0))

    def live(self) -> Process:
        """Learn at the end of each day, and choose for the next."""
        midnight_s = self.sim.span.epoch_ms / MS_PER_S
        for day in range(self.riders.last_day + 1):
            end_s = midnight_s + (day + 1) * S_PER_DAY + QUIET_H * S_PER_H - BEFORE_S
            yield self.sim.wait(end_s - self.sim.now)
            met = self.met()
            self.memory = remembered(self.memory, met, self.rule)
            self.memory = spread(self.memory, day + 1, self.rule, self.luck, self.able)
            self.record(day, met)
            self.choose(day + 1)

    def met(self) -> Met:
        """Return what came of the requests that are over since this was last asked.

        A request of before the first day does not count.
        """
        jobs = self.fleet.live.jobs
        lost = jobs.state == State.LOST
        over = (lost | (jobs.taken_ms >= 0)) & (jobs.asked_ms >= self.sim.span.start_ms)
        fresh = np.flatnonzero(over & (jobs.who >= 0) & np.logical_not(self.counted))
        self.counted = over
        # The walk to the stop is reckoned with apart.
        until_ms = np.where(lost, jobs.ended_ms, jobs.taken_ms - jobs.walk_ms)[fresh]
        seconds = np.maximum(until_ms - jobs.asked_ms[fresh], 0) / MS_PER_S
        return Met(jobs.who[fresh].astype(np.int64), ~lost[fresh], seconds)

    def record(self, day: int, met: Met) -> None:
        """Write a day's row to the trace."""
        memory, knows = self.memory, self.memory.knows & self.able
        expected = memory.wait_s[knows], memory.served[knows]
        means = [float(part.mean()) if knows.any() else 0.0 for part in expected]
        wait_s = float(met.seconds[met.served].mean()) if met.served.any() else 0.0
        self.sim.record(
            "learned", day=day, knows=int(knows.sum()), asked=len(met.who),
            served=int(met.served.sum()), wait_s=wait_s, expected_s=means[0],
            expected_share=means[1],
        )  # fmt: skip

    def choose(self, day: int) -> None:
        """Let the tours of a day ask, or not, by what their persons remember."""
        chances, offer = self.riders.chances, self.riders.offer
        if chances is None or day > self.riders.last_day:
            return
        before = chances.asks(self.riders.memory, offer) if self.asks is None else self.asks
        self.asks = np.where(chances.day == day, chances.asks(self.memory, offer), before)
        self.fleet.choose(self.asks)
