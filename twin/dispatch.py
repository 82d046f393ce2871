"""Dispatch: jobs are given to the vehicles of a fleet, now and then, by a policy.

``insertion`` answers each job at once with the cheapest place in any plan (Jaw et al. 1986; Bischoff,
Maciejewski & Nagel 2017); ``nearest`` lets jobs wait until a vehicle is idle, and the nearest takes
the one that waits longest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from twin.sim import Sim
from twin.world.fleet.columns import TASK, Doing, Lost, State, Work
from twin.world.fleet.fleet import Fleet
from twin.world.fleet.insertion import Look, best
from twin.world.rows import Rows, table

__all__ = ["Dispatcher", "Promise"]

DISPATCH_RANK = 3
MS_PER_S = 1_000
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Promise:
    """What is promised to who asks, and what a dispatcher minds.

    A job is taken within ``wait_s``, and carried for at most ``detour`` times the direct way, or
    ``detour_s`` longer where that is more; a vehicle holds ``hold_s`` for who is late. ``weights``
    are those of a second of a vehicle's time, of waiting, and of riding.
    """

    wait_s: float = math.inf
    detour: float = math.inf
    detour_s: float = 0.0
    hold_s: float = 120.0
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0)


class Dispatcher(mesa.Agent):  # type: ignore[misc]
    """Who gives jobs to vehicles: every so often, those asked for since."""

    def __init__(self, sim: Sim, promise: Promise, *, every_s: float, fails: float = 0.0) -> None:
        super().__init__(sim)
        self.sim, self.promise, self.fails = sim, promise, fails
        self.fleet = sim.part(Fleet)
        self.luck = sim.luck("dispatch/fails")
        self._look: Look | None = None
        sim.every(every_s, self.decide, key=(DISPATCH_RANK, 0))

    @property
    def look(self) -> Look:
        """What it looks by, made once the run has begun."""
        if self._look is None:
            self._look = self.fleet.look(self.promise.weights)
        return self._look

    @property
    def now_ms(self) -> int:
        """The time, as the calendar counts it."""
        return int(self.sim.env.now)

    def decide(self) -> None:
        """Answer every job asked for since the last time."""
        for job in self.fleet.new().tolist():
            self.promise_to(job)
            if self.unheard(job):
                self.fleet.refuse(self.now_ms, job, Lost.NO_ANSWER)
            else:
                self.answer(job)

    def unheard(self, job: int) -> bool:
        """Whether a request gets lost, by its own luck."""
        if not self.fails:
            return False
        jobs = self.fleet.live.jobs
        moment = int(jobs.asked_ms[job]) // MS_PER_S
        day, second = divmod(moment, 86_400)
        who = max(int(jobs.who[job]), 0)
        return bool(self.luck.uniform(who, day=day, look=second) < self.fails)

    def promise_to(self, job: int) -> None:
        """Set the limits of a job."""
        jobs, promise = self.fleet.live.jobs, self.promise
        direct = int(self.look.travel_ms[jobs.start[job], jobs.end[job]])
        jobs.direct_ms[job] = direct
        if math.isfinite(promise.wait_s):
            jobs.by_ms[job] = jobs.asked_ms[job] + round(promise.wait_s * MS_PER_S)
        if math.isfinite(promise.detour):
            later = direct + round(promise.detour_s * MS_PER_S)
            jobs.longest_ms[job] = max(round(promise.detour * direct), later)
        jobs.ready_ms[job] = self.now_ms + jobs.walk_ms[job]

    def answer(self, job: int) -> None:
        """Grant a job to the vehicle in whose plan it costs least, or refuse it."""
        vehicle, pick_up, set_down, _ = best(self.fleet.live_world, self.now_ms, self.look, job)
        if vehicle < 0:
            self.fleet.refuse(self.now_ms, job)
            return
        plan = self.fleet.plan(vehicle)
        self.fleet.send(self.now_ms, vehicle, self._with(plan, job, (pick_up, set_down)))
        self.grant(job, vehicle)

    def _with(self, plan: Rows, job: int, places: tuple[int, int]) -> Rows:
        """Return a plan with the two tasks of a job."""
        jobs, (i, j) = self.fleet.live.jobs, places
        longer = table(TASK, len(plan) + 2, job=job)
        longer[:i], longer[i + 1 : j + 1], longer[j + 2 :] = plan[:i], plan[i:j], plan[j:]
        longer.berth[i], longer.work[i] = jobs.start[job], Work.PICK_UP
        longer.berth[j + 1], longer.work[j + 1] = jobs.end[job], Work.SET_DOWN
        return longer

    def grant(self, job: int, vehicle: int) -> None:
        """Promise a job; the vehicle holds for who comes later than they should."""
        jobs = self.fleet.live.jobs
        hold_ms = int(jobs.ready_ms[job]) + round(self.promise.hold_s * MS_PER_S)
        self.fleet.grant(self.now_ms, job, vehicle, taken_ms=hold_ms, hold_ms=hold_ms)
