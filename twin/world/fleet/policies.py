"""How jobs that were asked for are given to vehicles: by insertion, or to who is idle and near."""

from __future__ import annotations

from typing import Any

from twin.kernel import inner, loop
from twin.world.columns import World
from twin.world.fleet.answers import grant, refuse, replan
from twin.world.fleet.columns import Lost, State
from twin.world.fleet.idle import nearest_idle
from twin.world.fleet.insertion import Look, as_it_is, best, insert, plan_of

__all__ = ["assign", "fit_in", "insert_each", "promise", "serve_line"]

ASKED, REFUSED = State.ASKED, Lost.REFUSED


@loop
def promise(world: World, t: int, look: Look, job: int) -> None:
    """Set the limits of a job, and when it can be ready."""
    jobs, row = world.fleet.jobs, look.promise[0]
    direct = look.travel_ms[jobs.start[job], jobs.end[job]]
    jobs.direct_ms[job] = direct
    jobs.by_ms[job] = jobs.asked_ms[job] + row.wait_ms
    jobs.longest_ms[job] = max(int(row.detour * direct), direct + row.longer_ms)
    if jobs.who[job] >= 0:
        jobs.ready_ms[job] = t + jobs.walk_ms[job]


@inner
def assign(world: World, t: int, look: Look, job: int, found: Any) -> None:
    """Put a job into a plan (vehicle, places) and grant it, with the wait that the plan says."""
    jobs, (vehicle, i, j) = world.fleet.jobs, found
    size = plan_of(world, vehicle, look.tasks)
    insert(look.tasks, size, (job, jobs.start[job], jobs.end[job]), (i, j), look.into)
    as_it_is(world, t, look, vehicle, look.into, size + 2)
    replan(world, t, vehicle, look.into, size + 2)
    grant(world, t, job, vehicle, look.at[i], jobs.ready_ms[job] + look.promise.hold_ms[0])


@loop
def insert_each(world: World, t: int, look: Look, asked: Any) -> None:
    """Answer jobs one after the other: the cheapest insertion into any plan, else a refusal."""
    for job in asked:
        promise(world, t, look, job)
        fit_in(world, t, look, job, REFUSED)


@loop
def fit_in(world: World, t: int, look: Look, job: int, otherwise: int) -> None:
    """Insert a job where it is cheapest, or refuse it for a reason."""
    vehicle, i, j, _ = best(world, t, look, job)
    if vehicle >= 0:
        assign(world, t, look, job, (vehicle, i, j))
    else:
        refuse(world, t, job, otherwise)


@loop
def serve_line(world: World, t: int, look: Look, line: Any) -> int:
    """Give the nearest idle vehicle to each of a line, first come first served.

    Who has waited as long as is promised is refused. Returns how many still wait, in front.
    """
    left, jobs = 0, world.fleet.jobs
    for job in line:
        if jobs.state[job] != ASKED:
            continue
        vehicle = -1 if left > 0 else nearest_idle(world, t, look, job)
        if vehicle >= 0:
            assign(world, t, look, job, (vehicle, 0, 0))
        elif jobs.by_ms[job] < t:
            refuse(world, t, job, REFUSED)
        else:
            line[left] = job
            left += 1
    return left
