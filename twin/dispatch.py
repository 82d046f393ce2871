"""Dispatch: jobs are given to the vehicles of a fleet, now and then, by a policy.

A :class:`Dispatcher` answers each job at once with the cheapest place in any plan: online insertion,
Jaw et al. 1986, Transportation Research B 20(3):243-257; Bischoff, Maciejewski & Nagel 2017, ITSC.
:class:`NearestIdle` lets jobs wait until a vehicle is idle, as taxis do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import mesa
import numpy as np
from numpy.typing import NDArray

from twin.sim import Sim
from twin.world.fleet.columns import Lost
from twin.world.fleet.fleet import Fleet
from twin.world.fleet.insertion import PROMISE, Look
from twin.world.fleet.policies import insert_each, promise, serve_line
from twin.world.rows import Rows, table

__all__ = ["Dispatcher", "NearestIdle", "Promise"]

DISPATCH_RANK = 3
MS_PER_S, S_PER_DAY = 1_000, 86_400
FOR_EVER_S = 1e9
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Promise:
    """What is promised to who asks, and what a dispatcher minds.

    A job is taken within ``wait_s``, and carried for at most ``detour`` times the direct way, or
    ``longer_s`` more where that is more; a vehicle holds ``hold_s`` for who is late. ``weights``
    are those of a second of a vehicle's time, of waiting, and of riding.
    """

    wait_s: float = FOR_EVER_S
    detour: float = 1.0
    longer_s: float = FOR_EVER_S
    hold_s: float = 120.0
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def row(self) -> Rows:
        """The promise as kernels read it."""
        times = {"wait_ms": self.wait_s, "longer_ms": self.longer_s, "hold_ms": self.hold_s}
        whole = {name: round(value * MS_PER_S) for name, value in times.items()}
        return table(PROMISE, 1, detour=self.detour, **whole)


class Dispatcher(mesa.Agent):  # type: ignore[misc]
    """Who gives jobs to vehicles: every so often, those asked for since.

    A share ``fails`` of the requests never reaches them, each by its own luck.
    """

    def __init__(self, sim: Sim, promise: Promise, *, every_s: float, fails: float = 0.0) -> None:
        super().__init__(sim)
        self.sim, self.promise, self.fails = sim, promise, fails
        self.fleet = sim.part(Fleet)
        self.luck = sim.luck("dispatch/fails")
        sim.every(every_s, self.decide, key=(DISPATCH_RANK, 0))

    @cached_property
    def look(self) -> Look:
        """What it looks by, made once the run has begun."""
        return self.fleet.look(self.promise.weights, self.promise.row)

    @property
    def now_ms(self) -> int:
        """The time, as the calendar counts it."""
        return int(self.sim.env.now)

    def decide(self) -> None:
        """Answer every job asked for since the last time."""
        asked = self.heard(self.fleet.new())
        if len(asked):
            self.answer(asked)

    def answer(self, asked: Ints) -> None:
        """Answer jobs, in the order in which they were asked for."""
        insert_each(self.fleet.live_world, self.now_ms, self.look, asked)

    def heard(self, asked: Ints) -> Ints:
        """Return the jobs that reach it; the others get no answer."""
        if not self.fails or not len(asked):
            return asked
        jobs = self.fleet.live.jobs
        day, second = np.divmod(jobs.asked_ms[asked] // MS_PER_S, S_PER_DAY)
        who = np.maximum(jobs.who[asked], 0).astype(np.int64)
        lost = np.asarray(self.luck.uniform(who, day=day, look=second)) < self.fails
        for job in asked[lost].tolist():
            self.fleet.refuse(self.now_ms, job, Lost.NO_ANSWER)
        return asked[~lost]


class NearestIdle(Dispatcher):
    """Who lets jobs wait in line; the first has the nearest of the vehicles that are idle.

    Nobody shares. A job is refused when it has waited as long as is promised.
    """

    def __init__(self, sim: Sim, promise: Promise, *, every_s: float, fails: float = 0.0) -> None:
        super().__init__(sim, promise, every_s=every_s, fails=fails)
        self.line = np.zeros(0, np.int64)

    def decide(self) -> None:
        """Serve as many of the line as there are vehicles."""
        world, now_ms = self.fleet.live_world, self.now_ms
        asked = self.heard(self.fleet.new())
        for job in asked.tolist():
            promise(world, now_ms, self.look, job)
        if len(asked) or len(self.line):
            self.line = np.concatenate([self.line, asked])
            self.line = self.line[: serve_line(world, now_ms, self.look, self.line)]
