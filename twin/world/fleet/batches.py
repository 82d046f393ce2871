"""Trips that a vehicle could make with jobs of a pool: what a batch chooses from.

A trip is a set of jobs that one vehicle can do within all limits: those it has anyway and more, or
other ones that are put into what it has aboard (the request-trip-vehicle graph of Alonso-Mora et
al. 2017, PNAS 114(3):462-467, doi:10.1073/pnas.1611675114). Jobs are inserted one after the other
as they were asked for, so that a trip is found without trying every order of its stops.
"""

from __future__ import annotations

from typing import Any

from twin.kernel import inner, loop
from twin.world.columns import World
from twin.world.fleet.answers import grant, replan
from twin.world.fleet.columns import State, Work
from twin.world.fleet.insertion import (
    NEVER,
    Look,
    as_it_is,
    best_in,
    cost_of,
    insert,
    plan_of,
)
from twin.world.rows import columns

__all__ = ["OPTION", "POOL", "carry_out", "options_of"]

POOL = 60
"""Most jobs of a pool: a trip is a set of bits. Others stay where they are."""

MORE = 3
"""Most jobs that are put into a plan at once."""

OPTION = columns(jobs="i8", cost="f8", vehicle="i4", a="i4", b="i4", c="i4", kept="i1")
"""A trip: its jobs as bits of their place in the pool, what the plan costs, and the places of the
jobs put in (-1: none) to the plan as it is (``kept``), or to what is aboard."""

ABOARD, PICK_UP = State.ABOARD, Work.PICK_UP
LATE = 1e9


@inner
def bit_of(pool: Any, job: int) -> int:
    """Return the place of a job in the pool, -1 outside."""
    for place in range(pool.size):
        if pool[place] == job:
            return place
    return -1


@inner
def strip(world: World, tasks: Any, size: int, pool: Any) -> int:
    """Leave of a plan what is aboard or outside the pool, and visits; return how many tasks."""
    left, jobs = 0, world.fleet.jobs
    for k in range(size):
        job = tasks.job[k]
        if job < 0 or jobs.state[job] == ABOARD or bit_of(pool, job) < 0:
            tasks[left] = tasks[k]
            left += 1
    return left


@inner
def plan_with(world: World, t: int, look: Look, option: Any, pool: Any) -> int:
    """Write the plan of a trip into ``tasks``; return how many tasks."""
    size = plan_of(world, option.vehicle, look.tasks)
    if not option.kept:
        size = strip(world, look.tasks, size, pool)
    for place in (option.a, option.b, option.c):
        if place >= 0:
            size = put_in(world, t, look, option.vehicle, size, pool[place])
    return size


@inner
def put_in(world: World, t: int, look: Look, vehicle: int, size: int, job: int) -> int:
    """Put a job into ``tasks`` where it is cheapest; return how many, -1 if it fits nowhere."""
    i, j, cost = best_in(world, t, look, vehicle, size, job)
    if cost >= NEVER:
        return -1
    jobs = world.fleet.jobs
    insert(look.tasks, size, (job, jobs.start[job], jobs.end[job]), (i, j), look.into)
    for k in range(size + 2):
        look.tasks[k] = look.into[k]
    return size + 2


@inner
def note(world: World, t: int, look: Look, pool: Any, options: Any, count: int) -> int:
    """Write the option drafted in the last row with its jobs and cost; return how many there are.

    Only if it can be done and there is room.
    """
    draft = len(options) - 1
    option = options[draft]
    size = plan_with(world, t, look, option, pool)
    if size < 0 or count >= draft:
        return count
    cost = cost_of(world, t, look, option.vehicle, look.tasks, size)
    if cost >= NEVER and not (option.kept and option.a < 0):
        return count
    bits = 0
    for k in range(size):
        place = bit_of(pool, look.tasks.job[k])
        if place >= 0:
            bits |= 1 << place
    options[count] = option
    options.jobs[count], options.cost[count] = bits, min(cost, LATE)
    return count + 1


@loop
def options_of(world: World, t: int, look: Look, pool: Any, fresh: int, options: Any) -> int:
    """Write the trips of all vehicles on duty; return how many.

    The last ``fresh`` jobs of the pool are new; the others have been granted to some vehicle.
    Each vehicle has an equal part of the room, which it fills with small trips first.
    """
    vehicles, count = world.fleet.vehicles, 0
    for vehicle in range(len(vehicles)):
        as_it_is(world, t, look, vehicle, look.tasks, plan_of(world, vehicle, look.tasks))
    for place in range(pool.size - fresh, pool.size):
        look.late_by[pool[place]] = look.late_end[pool[place]] = 0
    share = len(options) // max(len(vehicles), 1)
    for vehicle in range(len(vehicles)):
        as_it_is(world, t, look, vehicle, look.tasks, plan_of(world, vehicle, look.tasks))
        upto = count + share
        on_duty = vehicles.from_ms[vehicle] <= t < vehicles.until_ms[vehicle]
        for kept in (1, 0):
            option = options[len(options) - 1]
            option.vehicle, option.kept = vehicle, kept
            option.a = option.b = option.c = -1
            first = count
            count = note(world, t, look, pool, options, count)
            if on_duty:
                lowest = pool.size - fresh if kept else 0
                count = grow(world, t, look, pool, options, (first, count, upto, lowest))
    return count


@inner
def grow(world: World, t: int, look: Look, pool: Any, options: Any, within: Any) -> int:
    """Write trips of one job more than those from a row on, again and again; return how many."""
    row, count, upto, lowest = within
    while row < count:
        last = max(options.a[row], options.b[row], options.c[row])
        if options.c[row] < 0:
            for place in range(max(last + 1, lowest), pool.size):
                if count >= upto or (options.jobs[row] >> place) & 1:
                    continue
                more = options[len(options) - 1]
                more.vehicle, more.kept = options.vehicle[row], options.kept[row]
                more.a, more.b, more.c = options.a[row], options.b[row], options.c[row]
                if more.a < 0:
                    more.a = place
                elif more.b < 0:
                    more.b = place
                else:
                    more.c = place
                count = note(world, t, look, pool, options, count)
        row += 1
    return int(count)


@loop
def carry_out(world: World, t: int, look: Look, pool: Any, chosen: Any) -> None:
    """Give each vehicle the plan of the trip that was chosen for it, and grant what is new."""
    jobs = world.fleet.jobs
    for row in range(len(chosen)):
        option = chosen[row]
        vehicle = option.vehicle
        as_it_is(world, t, look, vehicle, look.tasks, plan_of(world, vehicle, look.tasks))
        size = plan_with(world, t, look, option, pool)
        as_it_is(world, t, look, vehicle, look.tasks, size)
        replan(world, t, vehicle, look.tasks, size)
        for k in range(size):
            job = look.tasks.job[k]
            if job >= 0 and look.tasks.work[k] == PICK_UP:
                hold_ms = jobs.ready_ms[job] + look.promise.hold_ms[0]
                grant(world, t, job, vehicle, look.at[k], hold_ms)
