"""Dispatch: jobs are given to the vehicles of a fleet, now and then, by a policy.

A :class:`Dispatcher` answers each job at once with the cheapest place in any plan: online
insertion, Jaw et al. 1986, Transportation Research B 20(3):243-257; Bischoff, Maciejewski & Nagel
2017, ITSC.
:class:`Batches` chooses anew who does what of all that is not yet aboard: Alonso-Mora et al. 2017,
PNAS 114(3):462-467. :class:`NearestIdle` lets jobs wait until a vehicle is idle, as taxis do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count

import mesa
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_matrix

from twin.sim import Process, Sim
from twin.world.fleet.batches import OPTION, POOL, carry_out, options_of
from twin.world.fleet.columns import TASK, Lost, State, Work
from twin.world.fleet.fleet import Fleet
from twin.world.fleet.idle import idle_of
from twin.world.fleet.insertion import PROMISE, Look
from twin.world.fleet.policies import fit_in, insert_each, promise, serve_line
from twin.world.rows import Rows, table

__all__ = ["Batches", "Bus", "Dispatcher", "Duty", "NearestIdle", "Outage", "Promise"]

OUTAGE_RANK, BUS_RANK, BREAK_RANK, DISPATCH_RANK, ROAM_RANK = 2, 3, 4, 5, 6
MS_PER_S, S_PER_H, S_PER_DAY = 1_000, 3_600, 86_400
RECENT_MS, NEAR_MS = 3_600_000, 60_000
FOR_EVER_S = 1e9
OPTIONS = 2_000
"""Most trips that a batch looks at."""

LEFT_OUT = 1e7
"""What it costs to leave a job out: more than any trip."""
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


@dataclass(frozen=True)
class Duty:
    """When a vehicle is on duty, and what it takes to break down (0: it never does), in hours."""

    from_h: float = 0.0
    to_h: float = 24.0
    between_h: float = 0.0
    repair_h: float = 0.0


@dataclass(frozen=True)
class Outage:
    """How long a dispatcher works between outages of all of it, and how long one lasts, in hours.

    While it is down nobody who asks gets an answer, and idle vehicles stay where they are; plans
    that vehicles have already are carried out.
    """

    between_h: float
    down_h: float


class Dispatcher(mesa.Agent):  # type: ignore[misc]
    """Who gives jobs to vehicles: every so often, those asked for since.

    A share ``fails`` of the requests never reaches them, each by its own luck.
    """

    def __init__(self, sim: Sim, promise: Promise, *, every_s: float, fails: float = 0.0) -> None:
        super().__init__(sim)
        self.sim, self.promise, self.fails = sim, promise, fails
        self.fleet = sim.part(Fleet)
        self.luck = sim.luck("dispatch/fails")
        self.down = False
        sim.every(every_s, self.decide, key=(DISPATCH_RANK, 0))

    def roams(self, every_s: float) -> None:
        """Let idle vehicles be sent elsewhere, every so often."""
        self.sim.every(every_s, self.roam, key=(ROAM_RANK, 0))

    def breaks(self, outage: Outage) -> None:
        """Let it be down now and then."""
        self.sim.start(self._work_and_fail(outage), key=(OUTAGE_RANK, 0))

    def _work_and_fail(self, outage: Outage) -> Process:
        luck = self.sim.luck("dispatch/outage")
        for time in count():
            works_h = float(luck.exponential(0, trip=time, mean=outage.between_h))
            yield self.sim.wait(works_h * S_PER_H)
            self.sim.record("outage", down_s=outage.down_h * S_PER_H)
            self.down = True
            yield self.sim.wait(outage.down_h * S_PER_H)
            self.down = False

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
        lost = np.full(len(asked), self.down)
        if self.fails and len(asked):
            jobs = self.fleet.live.jobs
            day, second = np.divmod(jobs.asked_ms[asked] // MS_PER_S, S_PER_DAY)
            who = np.maximum(jobs.who[asked], 0).astype(np.int64)
            lost |= np.asarray(self.luck.uniform(who, day=day, look=second)) < self.fails
        for job in asked[lost].tolist():
            self.fleet.refuse(self.now_ms, job, Lost.NO_ANSWER)
        heard: Ints = asked[~lost]
        return heard

    def take_back(self, vehicle: int) -> None:
        """Give what a vehicle was to take aboard to others, or refuse it."""
        world, now_ms, plan = self.fleet.live_world, self.now_ms, self.fleet.plan(vehicle)
        state = self.fleet.live.jobs.state[plan.job]
        aboard = (state == State.ABOARD) & (plan.job >= 0)
        self.fleet.send(now_ms, vehicle, plan[aboard])
        for job in plan.job[~aboard & (plan.work == Work.PICK_UP)].tolist():
            fit_in(world, now_ms, self.look, job, Lost.BROKEN)

    def roam(self) -> None:
        """Send idle vehicles to where people asked in the last hour, spread over these places.

        The places are those from which the way to all who asked is the shortest, one added after
        the other (a greedy p-median); vehicles go to them by the shortest way in all.
        """
        if self.down:
            return
        idle = np.zeros(len(self.fleet.live.vehicles), np.int64)
        idle = idle[: idle_of(self.fleet.live_world, self.now_ms, self.look, idle)]
        fleet, since = self.fleet.live, self.now_ms - RECENT_MS
        jobs = fleet.asked[: int(fleet.rules.asked[0])]
        recent = jobs[fleet.jobs.asked_ms[jobs] >= since]
        if not len(idle) or not len(recent):
            return
        asked = np.bincount(fleet.jobs.start[recent], minlength=len(fleet.berths))
        goals = spread(self.look.travel_ms, asked, len(idle))
        here = fleet.vehicles.berth[idle]
        away_ms = self.look.travel_ms[np.ix_(here, goals)]
        for row, column in zip(*linear_sum_assignment(away_ms), strict=True):
            if away_ms[row, column] > NEAR_MS:
                visit = table(TASK, 1, job=-1, berth=goals[column], work=Work.VISIT)
                self.fleet.send(self.now_ms, int(idle[row]), visit)


def spread(travel_ms: Ints, asked: Ints, places: int) -> Ints:
    """Return so many berths, one after the other, from which all who asked are reached first."""
    nearest, found = np.full(len(asked), np.iinfo(np.int64).max), []
    for _ in range(places):
        total = np.minimum(nearest, travel_ms) @ asked
        found.append(int(total.argmin()))
        nearest = np.minimum(nearest, travel_ms[found[-1]])
    return np.array(found)


class Bus(mesa.Agent):  # type: ignore[misc]
    """A vehicle of a fleet as somebody would point at it: on duty by the clock, or broken down.

    Where it breaks down who is aboard is carried on; what was to be taken aboard goes to others.
    """

    def __init__(self, dispatcher: Dispatcher, number: int, duty: Duty) -> None:
        super().__init__(dispatcher.sim)
        self.sim, self.dispatcher = dispatcher.sim, dispatcher
        self.number, self.duty, self.back_ms = number, duty, 0
        self.luck = self.sim.luck("fleet/breakdown")
        self.sim.start(self.work(), key=(BUS_RANK, number))
        if duty.between_h:
            self.sim.start(self.fail(), key=(BREAK_RANK, number))

    def work(self) -> Process:
        """Be on duty every day."""
        sim, duty = self.sim, self.duty
        for day in count(int(sim.now // S_PER_DAY)):
            midnight_s = day * S_PER_DAY
            self.on_duty(*(midnight_s + hour * S_PER_H for hour in (duty.from_h, duty.to_h)))
            yield sim.wait(midnight_s + S_PER_DAY - sim.now)

    def on_duty(self, from_s: float, until_s: float) -> None:
        """Take jobs between two times (s), once it is repaired."""
        vehicles = self.dispatcher.fleet.live.vehicles
        vehicles.from_ms[self.number] = max(round(from_s * MS_PER_S), self.back_ms)
        vehicles.until_ms[self.number] = round(until_s * MS_PER_S)

    def fail(self) -> Process:
        """Run until the next breakdown, be repaired, and so on."""
        sim, repair_s = self.sim, self.duty.repair_h * S_PER_H
        for time in count():
            drawn = self.luck.exponential(self.number, trip=time, mean=self.duty.between_h)
            yield sim.wait(float(drawn) * S_PER_H)
            sim.record("breakdown", vehicle=self.number, repair_s=repair_s)
            self.back_ms = self.dispatcher.now_ms + round(repair_s * MS_PER_S)
            vehicles = self.dispatcher.fleet.live.vehicles
            vehicles.from_ms[self.number] = max(vehicles.from_ms[self.number], self.back_ms)
            self.dispatcher.take_back(self.number)
            yield sim.wait(repair_s)


class Batches(Dispatcher):
    """Who chooses the trips of all vehicles together, for jobs that are not yet aboard.

    The assignment is an integer programme: each vehicle makes one of the trips that it could make,
    each job is in one of them; a new job may be left out, and is refused. Of more new jobs than a
    pool holds the last are put in one after the other.
    """

    def answer(self, asked: Ints) -> None:
        """Choose trips for the new jobs and those granted before."""
        world, now_ms = self.fleet.live_world, self.now_ms
        fresh, rest = asked[:POOL], asked[POOL:]
        for job in fresh.tolist():
            promise(world, now_ms, self.look, job)
        pool = np.concatenate([self._granted()[: POOL - len(fresh)], fresh])
        options = table(OPTION, OPTIONS)
        size = options_of(world, now_ms, self.look, pool, len(fresh), options)
        chosen = chosen_of(options[:size], len(pool), len(fresh), len(self.fleet.live.vehicles))
        carry_out(world, now_ms, self.look, pool, options[:size][chosen])
        for job in fresh.tolist():
            if self.fleet.live.jobs.state[job] == State.ASKED:
                self.fleet.refuse(now_ms, job)
        if len(rest):
            super().answer(rest)

    def _granted(self) -> Ints:
        """Return the jobs in plans that are not yet aboard, as they were asked for."""
        fleet = self.fleet.live
        state = fleet.jobs.state
        waiting = np.flatnonzero((state == State.GRANTED) | (state == State.READY))
        return waiting[np.argsort(fleet.jobs.asked_ms[waiting], kind="stable")]


def chosen_of(options: Rows, jobs: int, fresh: int, vehicles: int) -> Ints:
    """Return the rows of the trips that are chosen, one a vehicle, for the least cost in all."""
    count = len(options)
    place, row = np.nonzero((options.jobs[None, :] >> np.arange(jobs)[:, None]) & 1)
    left = np.arange(jobs - fresh, jobs)
    rows = np.concatenate([place, jobs + options.vehicle, left])
    columns = np.concatenate([row, np.arange(count), count + np.arange(fresh)])
    equal = csr_matrix(
        (np.ones(len(rows)), (rows, columns)), shape=(jobs + vehicles, count + fresh)
    )
    price = np.concatenate([options.cost, np.full(fresh, LEFT_OUT)])
    found = milp(
        price, integrality=np.ones(len(price)), bounds=Bounds(0, 1),
        constraints=LinearConstraint(equal, 1, 1),
    )  # fmt: skip
    return np.flatnonzero(np.round(found.x[:count]) == 1)


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
