"""What a dispatcher says: a job is granted or refused, a vehicle has another plan."""

from __future__ import annotations

from twin.calendar import log
from twin.kernel import loop
from twin.world.columns import AT, World
from twin.world.fleet.columns import LONGEST, Doing, State
from twin.world.fleet.riding import stroll
from twin.world.fleet.stops import lose, post
from twin.world.transit.legs import go_otherwise

__all__ = ["grant", "refuse", "replan"]

AT_GRANTED = AT.GRANTED
ASKED, GRANTED, READY = State.ASKED, State.GRANTED, State.READY
IDLE, HOLDING = Doing.IDLE, Doing.HOLDING


@loop
def grant(world: World, t: int, job: int, vehicle: int, taken_ms: int, hold_ms: int) -> None:
    """Promise a job to a vehicle, about when it is taken; who asked goes to the stop at once.

    A job that has been granted already is given to another vehicle, without another walk.
    """
    jobs = world.fleet.jobs
    jobs.vehicle[job] = vehicle
    jobs.hold_ms[job] = hold_ms
    if jobs.state[job] != ASKED:
        return
    who = jobs.who[job]
    log(
        world.calendar,
        t,
        AT_GRANTED,
        who,
        job,
        vehicle,
        taken_ms - jobs.asked_ms[job],
        jobs.leg[job],
    )
    jobs.state[job] = READY if who < 0 else GRANTED
    if who >= 0:
        jobs.ready_ms[job] = t + jobs.walk_ms[job]
        stroll(world, t, who, world.fleet.berths.spot[jobs.start[job]])


@loop
def refuse(world: World, t: int, job: int, why: int) -> None:
    """Refuse a job, or take back what was granted; a person goes otherwise, once at the stop."""
    jobs = world.fleet.jobs
    walks = jobs.state[job] == GRANTED
    lose(world, t, job, why)
    if jobs.who[job] >= 0 and not walks:
        go_otherwise(world, t, jobs.who[job])


@loop
def replan(world: World, t: int, vehicle: int, tasks: object, size: int) -> None:
    """Give a vehicle another plan, rows of TASK; who is idle, or holds, acts by it at once."""
    fleet = world.fleet
    for i in range(size):
        fleet.tasks[vehicle * LONGEST + i] = tasks[i]  # type: ignore[index]
    vehicles = fleet.vehicles
    vehicles.task[vehicle] = 0
    vehicles.beyond[vehicle] = size
    if (vehicles.doing[vehicle] == IDLE and size > 0) or vehicles.doing[vehicle] == HOLDING:
        post(world, t, vehicle)
