"""A leg on demand: ask, walk to the stop that was granted, wait, ride, walk to the place.

Who is refused, or loses patience, goes otherwise: by the mode that is best for them without it.
"""

from __future__ import annotations

import math

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.fleet.columns import Doing, State
from twin.world.walking.columns import Pace
from twin.world.walking.steps import rest, set_out

__all__ = ["await_answer", "come", "end_leg", "forget", "get_off", "get_on", "stroll"]

R_RIDE, R_TASK = Rank.RIDE, Rank.TASK
AT_PICKED_UP, AT_SET_DOWN, AT_HAILED, AT_ACCESS = AT.PICKED_UP, AT.SET_DOWN, AT.HAILED, AT.ACCESS
ON_CALL, HOLDING = Pace.ON_CALL, Doing.HOLDING
GRANTED, READY, DONE = State.GRANTED, State.READY, State.DONE


@inner
def await_answer(world: World, t: int, person: int) -> None:
    """Wait for the answer to what was asked for, and be patient for a while."""
    persons = world.walking.persons
    persons.pace[person] = ON_CALL
    persons.due_ms[person] = t + world.fleet.rules.patience_ms[0]
    push(world.calendar, persons.due_ms[person], R_RIDE, person)


@inner
def stroll(world: World, t: int, person: int, goal: int) -> None:
    """Go on foot to a spot; the patience of who waits is not over on the way."""
    world.walking.persons.due_ms[person] = -1
    set_out(world, t, person, goal)


@inner
def come(world: World, t: int, person: int) -> bool:
    """Be at the stop or at the place to which a rider went on foot; tell whether all is well.

    It is not where the vehicle has left without them.
    """
    fleet, persons = world.fleet, world.walking.persons
    jobs, job = fleet.jobs, fleet.next_job[person]
    log(
        world.calendar, t, AT_ACCESS, person, persons.leg[person], persons.start_ms[person],
        math.floor(persons.metres[person] + 0.5), persons.wait_ms[person], persons.straight[person],
    )  # fmt: skip
    if jobs.state[job] == GRANTED:
        jobs.state[job] = READY
        jobs.ready_ms[job] = t
        await_answer(world, t, person)
        call_back(world, t, job)
        return True
    if jobs.state[job] == DONE:
        end_leg(world, t, person)
        return True
    return False


@inner
def call_back(world: World, t: int, job: int) -> None:
    """Let the vehicle act that holds for a job which has come."""
    fleet = world.fleet
    vehicle = fleet.jobs.vehicle[job]
    vehicles = fleet.vehicles
    if vehicles.doing[vehicle] == HOLDING and vehicles.berth[vehicle] == fleet.jobs.start[job]:
        vehicles.due_ms[vehicle] = t
        push(world.calendar, t, R_TASK, vehicle)


@inner
def end_leg(world: World, t: int, person: int) -> None:
    """End a leg on demand at its place, and rest until the next."""
    fleet, persons = world.fleet, world.walking.persons
    jobs, job = fleet.jobs, fleet.next_job[person]
    log(
        world.calendar, t, AT_HAILED, person, persons.leg[person], job, jobs.asked_ms[job],
        jobs.taken_ms[job] - jobs.asked_ms[job], jobs.ended_ms[job] - jobs.taken_ms[job],
    )  # fmt: skip
    forget(world, person)
    rest(world, t, person)


@inner
def forget(world: World, person: int) -> None:
    """Have the next job in mind."""
    world.fleet.next_job[person] += 1


@inner
def get_on(world: World, t: int, job: int) -> None:
    """Be taken aboard."""
    fleet = world.fleet
    jobs, person = fleet.jobs, fleet.jobs.who[job]
    log(
        world.calendar, t, AT_PICKED_UP, person, job, jobs.vehicle[job], t - jobs.asked_ms[job],
        t - jobs.ready_ms[job],
    )  # fmt: skip
    if person >= 0:
        world.walking.persons.due_ms[person] = -1


@inner
def get_off(world: World, t: int, job: int) -> None:
    """Be set down; a person goes on foot to where the leg ends."""
    fleet, walking = world.fleet, world.walking
    jobs, person = fleet.jobs, fleet.jobs.who[job]
    jobs.state[job] = DONE
    jobs.ended_ms[job] = t
    log(world.calendar, t, AT_SET_DOWN, person, job, jobs.vehicle[job], t - jobs.taken_ms[job])
    if person >= 0:
        walking.persons.spot[person] = fleet.berths.spot[jobs.end[job]]
        stroll(world, t, person, walking.legs.destination[walking.persons.leg[person]])
