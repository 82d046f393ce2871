"""Insertion: where a job fits best into the plans of vehicles, by trying every place.

For each vehicle the pick-up goes before any task and the set-down before any later one; of all
plans that keep to seats, latest pick-ups, longest rides and the shift, the one is taken that costs
least more. Sources: Jaw et al. 1986, Transportation Research B 20(3):243-257; Bischoff, Maciejewski
& Nagel 2017, ITSC. A limit that traffic has broken already is not broken further.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernel import inner, loop
from twin.shared import by_address
from twin.world.columns import World
from twin.world.fleet.columns import LONGEST, TASK, Doing, State, Work
from twin.world.rows import Rows, columns, table

__all__ = [
    "NEVER",
    "PROMISE",
    "Look",
    "ahead_ms",
    "as_it_is",
    "best",
    "best_in",
    "cost_of",
    "insert",
    "looked",
    "plan_of",
]

PICK_UP, SET_DOWN = Work.PICK_UP, Work.SET_DOWN
ABOARD, LOST = State.ABOARD, State.LOST
STANDING, DRIVING = Doing.STANDING, Doing.DRIVING
NONE = 255
NEVER = 1e300
ALWAYS = 1 << 60
DRIVE, WAIT, RIDE = 0, 1, 2


PROMISE = columns(wait_ms="i8", longer_ms="i8", hold_ms="i8", detour="f8")
"""What is promised to who asks, one row: a job is taken within ``wait_ms`` and carried for at most
``detour`` times the direct way, or ``longer_ms`` more; a vehicle holds ``hold_ms`` for the late."""


@by_address
class Look(NamedTuple):
    """What a dispatcher looks by.

    ``travel_ms`` [berth, berth]; ``weights`` of a second of driving, waiting and riding;
    ``promise``, a row of PROMISE; the rest is to write on: plans, the times of a plan, and how late
    jobs and vehicles are already.
    """

    travel_ms: NDArray[np.int64]
    weights: NDArray[np.float64]
    promise: Rows
    tasks: Rows
    into: Rows
    at: NDArray[np.int64]
    late_by: NDArray[np.int64]
    late_end: NDArray[np.int64]
    late_home: NDArray[np.int64]


@inner
def way_ms(world: World, node: int, goal: int) -> int:
    """Return the time (ms) from a junction at rest to a goal, as the base routes reckon it."""
    ways, row = world.ways, world.nodes.row[goal]
    slot = ways.first_slot[0, row, node]
    if slot == NONE:
        return 0
    arc = ways.out_arc[ways.out_first[node] + slot]
    return int(world.links.ms[arc] + 1_000 * ways.left_s[row, arc])


@inner
def ahead_ms(world: World, t: int, vehicle: int, berth: int) -> int:
    """Return the time (ms) from where a vehicle is to a berth."""
    fleet, cars = world.fleet, world.cars
    car, goal = fleet.rules.cars[0] + vehicle, fleet.berths.node[berth]
    arc = cars.arc[car]
    if fleet.vehicles.doing[vehicle] != DRIVING or arc < 0:
        return way_ms(world, cars.node[car], goal)
    rest_ms = max(cars.entered_ms[car] + world.links.ms[arc] - t, 0) if cars.lane[car] < 0 else 0
    return int(rest_ms + 1_000 * world.ways.left_s[world.nodes.row[goal], arc])


@loop
def plan_of(world: World, vehicle: int, tasks: Any) -> int:
    """Write the tasks to come of a vehicle; return how many.

    Those of lost jobs are left out, and visits that take no time: who only roams may do a job.
    """
    fleet, size = world.fleet, 0
    for i in range(fleet.vehicles.task[vehicle], fleet.vehicles.beyond[vehicle]):
        row = vehicle * LONGEST + i
        job = fleet.tasks.job[row]
        if fleet.jobs.state[job] != LOST if job >= 0 else fleet.tasks.stay_ms[row] > 0:
            tasks[size] = fleet.tasks[row]
            size += 1
    return size


@inner
def cost_of(world: World, t: int, look: Any, vehicle: int, tasks: Any, size: int) -> float:
    """Return what a plan costs, :data:`NEVER` where it breaks a limit; ``at`` gets its times."""
    fleet, at = world.fleet, look.at
    vehicles, jobs, rules = fleet.vehicles, fleet.jobs, fleet.rules[0]
    now = vehicles.due_ms[vehicle] if vehicles.doing[vehicle] == STANDING else t
    here, aboard, off, on, cost = vehicles.berth[vehicle], vehicles.aboard[vehicle], 0, 0, 0.0
    for k in range(size):
        berth, job, work = tasks.berth[k], tasks.job[k], tasks.work[k]
        if berth != here:
            if off + on > 0:
                now += rules.doors_ms + max(off * rules.alight_ms, on * rules.board_ms)
            off, on = 0, 0
            now += ahead_ms(world, t, vehicle, berth) if k == 0 else look.travel_ms[here, berth]
            here = berth
        if work == PICK_UP:
            now = max(now, jobs.ready_ms[job])
            aboard += jobs.load[job]
            on += jobs.load[job]
            if now > max(jobs.by_ms[job], look.late_by[job]) or aboard > vehicles.seats[vehicle]:
                return NEVER
            cost += look.weights[WAIT] * (now - jobs.asked_ms[job])
        elif work == SET_DOWN:
            ride = now - taken_at(jobs, tasks, at, k)
            if ride > jobs.longest_ms[job] and now > look.late_end[job]:
                return NEVER
            aboard -= jobs.load[job]
            off += jobs.load[job]
            cost += look.weights[RIDE] * ride
        else:
            now += tasks.stay_ms[k]
        at[k] = now
    if size > 0 and now > max(vehicles.until_ms[vehicle], look.late_home[0]):
        return NEVER
    return float(cost + look.weights[DRIVE] * (now - t))


@inner
def taken_at(jobs: Any, tasks: Any, at: Any, k: int) -> int:
    """Return when the job that a task sets down was taken aboard, or is by the plan."""
    job = tasks.job[k]
    if jobs.state[job] != ABOARD:
        for i in range(k):
            if tasks.job[i] == job:
                return int(at[i])
    return int(jobs.taken_ms[job])


@inner
def insert(tasks: Any, size: int, job: Any, places: Any, into: Any) -> None:
    """Write a plan with a job (number, start, end) put in before its i-th and j-th task, i <= j."""
    (number, start, end), (i, j) = job, places
    for k in range(i):
        into[k] = tasks[k]
    for k in range(i, j):
        into[k + 1] = tasks[k]
    for k in range(j, size):
        into[k + 2] = tasks[k]
    into.berth[i], into.job[i], into.work[i] = start, number, PICK_UP
    into.berth[j + 1], into.job[j + 1], into.work[j + 1] = end, number, SET_DOWN


@inner
def as_it_is(world: World, t: int, look: Any, vehicle: int, tasks: Any, size: int) -> float:
    """Return what a plan costs as it is; how late it is already is no fault of another job."""
    for k in range(size):
        if tasks.job[k] >= 0:
            look.late_by[tasks.job[k]] = look.late_end[tasks.job[k]] = ALWAYS
    look.late_home[0] = ALWAYS
    cost = cost_of(world, t, look, vehicle, tasks, size)
    for k in range(size):
        if tasks.work[k] == PICK_UP:
            look.late_by[tasks.job[k]] = look.at[k]
        elif tasks.work[k] == SET_DOWN:
            look.late_end[tasks.job[k]] = look.at[k]
    look.late_home[0] = look.at[size - 1] if size > 0 else 0
    return cost


@inner
def best_in(
    world: World, t: int, look: Look, vehicle: int, size: int, job: int
) -> tuple[int, int, float]:
    """Return the places in ``tasks`` where a job costs least, and what the plan costs then.

    Of equally good places they are the earliest.
    """
    jobs = world.fleet.jobs
    what = (job, jobs.start[job], jobs.end[job])
    first, second, least = -1, -1, NEVER
    if size + 2 > LONGEST:
        return first, second, least
    for i in range(size + 1):
        for j in range(i, size + 1):
            insert(look.tasks, size, what, (i, j), look.into)
            cost = cost_of(world, t, look, vehicle, look.into, size + 2)
            if cost < least:
                first, second, least = i, j, cost
    return first, second, least


@loop
def best(world: World, t: int, look: Look, job: int) -> tuple[int, int, int, float]:
    """Return vehicle (-1: none), places and cost of the best insertion of a job.

    Of equally good ones it is that of the lowest vehicle.
    """
    vehicles = world.fleet.vehicles
    look.late_by[job] = look.late_end[job] = 0
    chosen, first, second, least = -1, -1, -1, NEVER
    for vehicle in range(len(vehicles)):
        if not vehicles.from_ms[vehicle] <= t < vehicles.until_ms[vehicle]:
            continue
        size = plan_of(world, vehicle, look.tasks)
        before = as_it_is(world, t, look, vehicle, look.tasks, size)
        i, j, cost = best_in(world, t, look, vehicle, size, job)
        if cost - before < least:
            chosen, first, second, least = vehicle, i, j, cost - before
    return chosen, first, second, least


@loop
def travel(world: World, found: Any) -> None:
    """Write the time (ms) between berths, as the base routes reckon it, from row to column."""
    node = world.fleet.berths.node
    for i in range(node.size):
        for j in range(node.size):
            found[i, j] = way_ms(world, node[i], node[j])


def looked(world: World, weights: tuple[float, float, float], promise: Rows) -> Look:
    """Return what a dispatcher looks by; weights of a second of driving, waiting and riding."""
    jobs, berths = len(world.fleet.jobs), len(world.fleet.berths)
    travel_ms = np.zeros((berths, berths), np.int64)
    travel(world, travel_ms)
    return Look(
        travel_ms, np.array(weights), promise, table(TASK, LONGEST), table(TASK, LONGEST),
        np.zeros(LONGEST, np.int64), np.zeros(jobs, np.int64), np.zeros(jobs, np.int64),
        np.zeros(1, np.int64),
    )  # fmt: skip
