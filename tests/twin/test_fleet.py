"""Fleets: insertion against brute force, limits that are kept, nobody lost on the way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.twin.fleets import Town, dispatched
from tests.twin.told import Recorded, Told, naively, same
from twin.dispatch import Batches, Bus, Dispatcher, Duty, NearestIdle, Outage, Promise
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.columns import World
from twin.world.fleet.columns import Doing, Lost, State, Work
from twin.world.fleet.fleet import Fleet
from twin.world.fleet.insertion import best
from twin.world.fleet.policies import promise

WAIT_S, DETOUR, LONGER_S = 900.0, 1.5, 600.0
BUSY = Town(an_hour=90, hours=3)
Task = tuple[int, int, int]  # berth, job, work


def promised(**more: float) -> Promise:
    return Promise(WAIT_S, DETOUR, LONGER_S, **more)  # type: ignore[arg-type]


class Naive:
    """Insertion as it is told: every plan with every pick-up and set-down, its times added up."""

    def __init__(self, dispatcher: Dispatcher, job: int) -> None:
        self.dispatcher, self.job, self.now = dispatcher, job, dispatcher.now_ms
        self.world: World = dispatcher.fleet.live_world
        self.way = dispatcher.look.travel_ms

    def best(self) -> tuple[int, int, int, float]:
        found = [
            (cost - self.cost(vehicle, plan, None), vehicle, i, j)
            for vehicle in range(len(self.world.fleet.vehicles))
            for plan in [self.plan(vehicle)]
            for late in [dict(zip(plan, self.times(vehicle, plan)[0], strict=True))]
            for i in range(len(plan) + 1)
            for j in range(i, len(plan) + 1)
            if (cost := self.cost(vehicle, self.put(plan, i, j), late)) is not None
        ]
        more, vehicle, i, j = min(found, default=(np.inf, -1, -1, -1))
        return vehicle, i, j, more

    def plan(self, vehicle: int) -> list[Task]:
        tasks = self.dispatcher.fleet.plan(vehicle)
        return [(int(t.berth), int(t.job), int(t.work)) for t in tasks]

    def put(self, plan: list[Task], i: int, j: int) -> list[Task]:
        jobs = self.world.fleet.jobs
        up = (int(jobs.start[self.job]), self.job, Work.PICK_UP)
        down = (int(jobs.end[self.job]), self.job, Work.SET_DOWN)
        return [*plan[:i], up, *plan[i:j], down, *plan[j:]]

    def times(self, vehicle: int, plan: list[Task]) -> tuple[list[int], int]:
        """Return when each task is done, and when all are."""
        fleet, row = self.world.fleet, self.world.fleet.vehicles[vehicle]
        rules, now, here = fleet.rules[0], self.now, int(row.berth)
        if row.doing == Doing.STANDING:
            now = int(row.due_ms)
        done, off, on = [], 0, 0
        for k, (berth, job, work) in enumerate(plan):
            if berth != here:
                if off + on:
                    now += int(rules.doors_ms + max(off * rules.alight_ms, on * rules.board_ms))
                off = on = 0
                now += self.ahead(vehicle, berth) if k == 0 else int(self.way[here, berth])
                here = berth
            if work == Work.PICK_UP:
                now, on = max(now, int(fleet.jobs.ready_ms[job])), on + 1
            else:
                off += 1
            done.append(now)
        return done, now

    def ahead(self, vehicle: int, berth: int) -> int:
        """Return the time from a vehicle to a berth: to the end of its link, and on from there."""
        cars, car = self.world.cars, int(self.world.fleet.rules.cars[0]) + vehicle
        arc = int(cars.arc[car])
        if self.world.fleet.vehicles.doing[vehicle] != Doing.DRIVING:
            return int(self.way[cars.node[car], berth])
        left = int(cars.entered_ms[car] + self.world.links.ms[arc]) - self.now
        return max(left, 0) + int(self.way[self.world.links.head[arc], berth])

    def cost(self, vehicle: int, plan: list[Task], late: dict[Task, int] | None) -> float | None:
        """Return what a plan costs, None where it breaks a limit that is not broken already."""
        jobs, row = self.world.fleet.jobs, self.world.fleet.vehicles[vehicle]
        done, end = self.times(vehicle, plan)
        aboard, cost, taken = int(row.aboard), float(end - self.now), {}
        for task, now in zip(plan, done, strict=True):
            _, job, work = task
            allowed = late is None or now <= late.get(task, -1)
            if work == Work.PICK_UP:
                taken[job], aboard = now, aboard + 1
                cost += now - int(jobs.asked_ms[job])
                if (now > jobs.by_ms[job] and not allowed) or aboard > row.seats:
                    return None
            else:
                ride, aboard = now - taken.get(job, int(jobs.taken_ms[job])), aboard - 1
                cost += ride
                if ride > jobs.longest_ms[job] and not allowed:
                    return None
        return cost


class Checked(Dispatcher):
    """A dispatcher that looks up every insertion in :class:`Naive` too."""

    found = 0

    def answer(self, asked: np.ndarray) -> None:
        for job in asked.tolist():
            self.check(job)
            super().answer(np.array([job]))

    def check(self, job: int) -> None:
        promise(self.fleet.live_world, self.now_ms, self.look, job)
        naive = Naive(self, job).best()
        kernel = best(self.fleet.live_world, self.now_ms, self.look, job)
        assert kernel[:3] == naive[:3], job
        if naive[0] >= 0:
            assert kernel[3] == pytest.approx(naive[3], abs=1e-6)
            Checked.found += naive[1] < len(self.fleet.plan(naive[0]))


def test_insertion_is_the_best_of_all_places_in_all_plans() -> None:
    Checked.found = 0
    trace, _ = dispatched(BUSY, 4, lambda sim: Checked(sim, promised(), every_s=10), seats=3)
    assert len(trace["asked"]) > 200
    assert len(trace["lost"]) > 5
    assert Checked.found > 50, "many go before what was planned"


@pytest.mark.parametrize(("town", "vehicles"), [(BUSY, 4), (Town(size=5, an_hour=200, hours=1), 3)])
def test_the_kernel_does_what_the_reference_does(town: Town, vehicles: int) -> None:
    made: list[Recorded] = []

    def recorded(sim: Sim) -> Dispatcher:
        made.append(Recorded(sim, promised(), every_s=10))
        return made[0]

    trace, run = dispatched(town, vehicles, recorded, seats=3, run=Told)
    assert isinstance(run, Told)
    same(run.told, naively(run, made[0].said).told)
    for event in ("asked", "granted", "picked_up", "set_down", "lost", "stop", "drive"):
        assert len(trace[event]) > 5, event


POLICIES = {
    "insertion": lambda sim: Dispatcher(sim, promised(), every_s=10),
    "batches": lambda sim: Batches(sim, promised(), every_s=30),
    "nearest idle": lambda sim: NearestIdle(sim, promised(), every_s=10),
}


@pytest.mark.parametrize("policy", POLICIES)
def test_seats_waits_and_detours_keep_to_what_is_promised(policy: str) -> None:
    seats = 3
    trace, sim = dispatched(BUSY, 5, POLICIES[policy], seats=seats)
    assert sim.world is not None
    jobs = sim.world.fleet.jobs
    taken = jobs[jobs.state == State.DONE]
    assert len(taken) > 0.3 * len(jobs)
    # who is served in a line of idle vehicles is on the way when the limit is looked at
    if policy != "nearest idle":
        assert (taken.taken_ms - taken.asked_ms).max() <= WAIT_S * 1_000
    assert (taken.ended_ms - taken.taken_ms <= taken.longest_ms).all()
    assert trace.column("stop", "aboard").max() == (1 if policy == "nearest idle" else seats)


@pytest.mark.parametrize("policy", POLICIES)
def test_who_asked_is_served_lost_or_still_on_the_way(policy: str) -> None:
    trace, sim = dispatched(BUSY, 4, POLICIES[policy], more_h=-0.5)
    assert sim.world is not None
    state = np.bincount(sim.world.fleet.jobs.state, minlength=State.LOST + 1)
    done, lost = len(trace["set_down"]), len(trace["lost"])
    assert (state[State.DONE], state[State.LOST]) == (done, lost)
    under_way = state[[State.ASKED, State.GRANTED, State.READY, State.ABOARD]].sum()
    assert under_way > 0
    assert len(trace["asked"]) == done + lost + under_way
    aboard = len(trace["picked_up"]) - done
    assert aboard == state[State.ABOARD] == sim.world.fleet.vehicles.aboard.sum()


def test_riders_get_off_where_they_wanted_in_the_order_of_stops() -> None:
    trace, sim = dispatched(BUSY, 4)
    assert sim.world is not None
    jobs = sim.world.fleet.jobs
    stops = trace.frame("stop")
    for event, end in (("picked_up", "start"), ("set_down", "end")):
        found = trace.frame(event)
        for row in found.itertuples():
            mine = stops[(stops["vehicle"] == row.vehicle) & (stops["time_ms"] >= row.time_ms)]
            assert mine["berth"].iloc[0] == jobs[end][row.job]


def kpis(trace: Trace) -> tuple[int, float]:
    return len(trace["picked_up"]), float(trace.column("picked_up", "wait_ms").mean())


def test_batches_serve_more_than_insertion_within_the_published_band() -> None:
    """Up to +8 % served: Engelhardt, Dandl & Bogenberger 2020, arXiv:2007.14877."""
    town = Town(an_hour=120, hours=3)
    served, wait = kpis(dispatched(town, 6, POLICIES["insertion"])[0])
    more, shorter = kpis(dispatched(town, 6, POLICIES["batches"])[0])
    assert served < more <= 1.08 * served
    assert shorter < wait


def test_a_pool_that_is_full_loses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was granted a vehicle stays in its plan, and who asks beyond the pool is answered."""
    monkeypatch.setattr("twin.dispatch.POOL", 3)
    trace, sim = dispatched(Town(an_hour=200, hours=2), 6, POLICIES["batches"])
    granted, taken = (set(trace.column(name, "job")) for name in ("granted", "picked_up"))
    assert len(granted) > 100
    assert granted == taken
    assert sim.world is not None
    assert (sim.world.fleet.jobs.state >= State.DONE).all()


def test_a_vehicle_that_breaks_down_gives_its_jobs_to_others() -> None:
    def policy(sim: Sim) -> Dispatcher:
        made = Dispatcher(sim, promised(), every_s=10)
        for number in range(4):
            Bus(made, number, Duty(between_h=0.5, repair_h=0.2))
        return made

    trace, sim = dispatched(BUSY, 4, policy)
    assert len(trace["breakdown"]) > 5
    assert (trace.column("lost", "why") == Lost.BROKEN).sum() > 0
    assert sim.world is not None
    assert (sim.world.fleet.jobs.state >= State.DONE).all()
    granted = trace.frame("granted").set_index("job")["vehicle"]
    taken = trace.frame("picked_up").set_index("job")["vehicle"]
    assert (granted.loc[taken.index] != taken).sum() > 0, "somebody else came"


def test_nobody_gets_an_answer_while_dispatch_is_down() -> None:
    def policy(sim: Sim) -> Dispatcher:
        made = Dispatcher(sim, promised(), every_s=10)
        made.breaks(Outage(between_h=0.6, down_h=0.3))
        return made

    trace, _ = dispatched(BUSY, 8, policy)
    asked = trace.frame("asked").set_index("job")["time_ms"].to_numpy()
    lost = trace.frame("lost").set_index("job")
    unheard = lost.index[lost["why"] == Lost.NO_ANSWER]
    began = trace.column("outage", "time_ms")
    assert len(began) >= 2
    # What was asked just before it went down is not answered either: the next round is 10 s later.
    down = ((asked[:, None] > began - 10_000) & (asked[:, None] < began + 1_080_000)).any(axis=1)
    jobs = trace.frame("asked")["job"].to_numpy()
    assert set(unheard) <= set(jobs[down])
    sure = ((asked[:, None] >= began) & (asked[:, None] < began + 1_070_000)).any(axis=1)
    assert set(jobs[sure]) <= set(unheard)
    assert 5 < sure.sum() < len(jobs)
    served = set(trace.column("set_down", "job").tolist())
    assert served == set(jobs) - set(lost.index)


def test_idle_vehicles_go_to_where_people_asked() -> None:
    def roaming(sim: Sim) -> Dispatcher:
        made = Dispatcher(sim, promised(), every_s=10)
        made.roams(300)
        return made

    town = Town(an_hour=20, hours=6)
    (_, still), (_, sent) = (kpis(dispatched(town, 6, policy)[0]) for policy in (None, roaming))
    assert sent < still


def test_no_vehicle_takes_a_job_that_ends_after_its_hours() -> None:
    def until_two(sim: Sim) -> Dispatcher:
        made = Dispatcher(sim, promised(), every_s=10)
        for number in range(4):
            Bus(made, number, Duty(from_h=0.5, to_h=2.0))
        return made

    trace, _ = dispatched(BUSY, 4, until_two)
    assert trace.column("stop", "time_ms").max() <= 7_200_000 + 10_000
    assert trace.column("granted", "time_ms").min() >= 1_800_000
    late = trace.frame("lost")
    assert (late["time_ms"] > 6_900_000).sum() > 20


def test_times_rise_along_the_stops_of_a_vehicle() -> None:
    trace, _ = dispatched(Town(an_hour=30, hours=2), 3)
    for _, mine in trace.frame("stop").groupby("vehicle"):
        assert all(one <= other for one, other in pairwise(mine["time_ms"]))


def test_nobody_dispatches_before_the_run_has_begun() -> None:
    sim = Sim(Town().ground, When())
    with pytest.raises(RuntimeError, match="once the run has begun"):
        sim.part(Fleet).new()
