"""A vehicle at a berth: set down, take aboard, hold for who is still to come, and drive on.

A vehicle stands off the street at its berth, beside the junction at which it lies. It stands for
the time of its doors and the slower of the two streams, one by each door; who comes meanwhile gets
on too (TCQSM, 3rd edition, chapter 6).
"""

from __future__ import annotations

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.fleet.columns import LONGEST, Doing, Lost, State, Work
from twin.world.fleet.riding import get_off, get_on
from twin.world.streets.queues import insert, join, pull_off
from twin.world.streets.trees import next_arc, take_set

__all__ = ["appear", "at_link_end", "lose", "post", "tend"]

MS_PER_DAY, MOST_TRIPS = 86_400_000, (1 << 16) - 1
R_TASK, AT_STOP, AT_DRIVE, AT_LOST, AT_ASKED = Rank.TASK, AT.STOP, AT.DRIVE, AT.LOST, AT.ASKED
IDLE, DRIVING, STANDING, HOLDING = Doing.IDLE, Doing.DRIVING, Doing.STANDING, Doing.HOLDING
ASKED, GRANTED, READY, ABOARD = State.ASKED, State.GRANTED, State.READY, State.ABOARD
LOST_STATE = State.LOST
PICK_UP, SET_DOWN, NOT_THERE = Work.PICK_UP, Work.SET_DOWN, Lost.NOT_THERE


@inner
def tend(world: World, t: int, thing: int) -> None:
    """Act for a vehicle whose time at a berth is over, or let the job of a thing appear."""
    vehicles = world.fleet.vehicles
    if thing >= len(vehicles):
        appear(world, t, thing - len(vehicles))
    elif vehicles.due_ms[thing] == t:
        vehicles.due_ms[thing] = -1
        call(world, t, thing)


@inner
def appear(world: World, t: int, job: int) -> None:
    """Ask for a job; a thing is ready at once."""
    fleet = world.fleet
    jobs, count = fleet.jobs, fleet.rules.asked[0]
    jobs.state[job] = ASKED
    jobs.asked_ms[job] = t
    jobs.ready_ms[job] = t + jobs.walk_ms[job]
    fleet.asked[count] = job
    fleet.rules.asked[0] = count + 1
    log(
        world.calendar,
        t,
        AT_ASKED,
        jobs.who[job],
        job,
        jobs.leg[job],
        jobs.start[job],
        jobs.end[job],
    )


@inner
def set_out(world: World, t: int, vehicle: int) -> None:
    """Drive from a berth to that of the next task, or stay where there is none."""
    fleet, cars = world.fleet, world.cars
    vehicles, car = fleet.vehicles, fleet.rules.cars[0] + vehicle
    if vehicles.task[vehicle] == vehicles.beyond[vehicle]:
        rest(world, t, vehicle, IDLE)
        return
    aim(world, vehicle)
    vehicles.trips[vehicle] = min(vehicles.trips[vehicle] + 1, MOST_TRIPS)
    cars.moment[car] = ((t // MS_PER_DAY) << 16) | vehicles.trips[vehicle]
    take_set(world, t, car)
    arc = next_arc(world, car)
    if arc < 0:  # another berth at this junction
        vehicles.berth[vehicle] = next_berth(world, vehicle)
        post(world, t, vehicle)
        return
    vehicles.berth[vehicle] = -1
    vehicles.doing[vehicle] = DRIVING
    vehicles.since_ms[vehicle] = t
    cars.since_ms[car] = -1
    insert(world, t, car, arc)


@inner
def rest(world: World, t: int, vehicle: int, doing: int) -> None:
    """Stay at a berth, doing something else than before from now on."""
    vehicles = world.fleet.vehicles
    if vehicles.doing[vehicle] != doing:
        vehicles.doing[vehicle] = doing
        vehicles.since_ms[vehicle] = t


@inner
def next_berth(world: World, vehicle: int) -> int:
    """Return the berth of the next task."""
    fleet = world.fleet
    return int(fleet.tasks.berth[vehicle * LONGEST + fleet.vehicles.task[vehicle]])


@inner
def aim(world: World, vehicle: int) -> None:
    """Take the tree towards the berth of the next task."""
    fleet, cars = world.fleet, world.cars
    node = fleet.berths.node[next_berth(world, vehicle)]
    cars.tree[fleet.rules.cars[0] + vehicle] = world.nodes.row[node]


@inner
def at_link_end(world: World, t: int, car: int) -> None:
    """Go on by the plan as it is now: another link, or a berth at this junction."""
    fleet, cars, links = world.fleet, world.cars, world.links
    vehicles, vehicle = fleet.vehicles, car - fleet.rules.cars[0]
    link = cars.arc[car]
    log(world.calendar, t, AT_DRIVE, vehicle, link)
    vehicles.metres[vehicle] += fleet.length_m[link]
    planned = vehicles.task[vehicle] < vehicles.beyond[vehicle]
    if planned:
        aim(world, vehicle)
        arc = next_arc(world, car)
        if arc >= 0:
            if cars.on[car]:
                join(world, t, car, arc)
            else:
                insert(world, t, car, arc)
            return
    if cars.on[car]:
        links.passed_ms[link] = t
        pull_off(world, t, car)
    cars.node[car] = links.head[link]
    cars.arc[car] = -1
    if planned:
        vehicles.berth[vehicle] = next_berth(world, vehicle)
        call(world, t, vehicle)
    else:
        rest(world, t, vehicle, IDLE)


@inner
def call(world: World, t: int, vehicle: int) -> None:
    """Do what the plan says at this berth; then stand, hold, or set out."""
    fleet = world.fleet
    vehicles, here = fleet.vehicles, fleet.vehicles.berth[vehicle]
    off, on, stay_ms, hold_ms = 0, 0, 0, -1
    while vehicles.task[vehicle] < vehicles.beyond[vehicle]:
        row = vehicle * LONGEST + vehicles.task[vehicle]
        job, work = fleet.tasks.job[row], fleet.tasks.work[row]
        if fleet.tasks.berth[row] != here:
            break
        if work == PICK_UP:
            hold_ms = waits_for(world, t, job)
            if hold_ms >= 0:
                break
            on += take(world, t, vehicle, job)
        elif work == SET_DOWN:
            off += put(world, t, vehicle, job)
        else:
            stay_ms += fleet.tasks.stay_ms[row]
        vehicles.task[vehicle] += 1
    vehicles.off[vehicle] += off
    vehicles.on[vehicle] += on
    if off + on + stay_ms > 0:
        stand(world, t, vehicle, stay_ms + dwell_ms(world, off, on))
    elif hold_ms >= 0:
        rest(world, t, vehicle, HOLDING)
        post(world, hold_ms, vehicle)
    else:
        depart(world, t, vehicle)


@inner
def waits_for(world: World, t: int, job: int) -> int:
    """Return until when a vehicle holds for a job that is still to come, -1 not at all."""
    jobs = world.fleet.jobs
    if jobs.state[job] != GRANTED:
        return -1
    return jobs.hold_ms[job] if jobs.hold_ms[job] > t else -1


@inner
def take(world: World, t: int, vehicle: int, job: int) -> int:
    """Take a job aboard that is ready; who was waited for in vain is left; return how many."""
    fleet = world.fleet
    jobs = fleet.jobs
    if jobs.state[job] == GRANTED:
        lose(world, t, job, NOT_THERE)
    if jobs.state[job] != READY:
        return 0
    jobs.state[job] = ABOARD
    jobs.taken_ms[job] = t
    fleet.vehicles.aboard[vehicle] += jobs.load[job]
    get_on(world, t, job)
    return int(jobs.load[job])


@inner
def put(world: World, t: int, vehicle: int, job: int) -> int:
    """Set a job down that is aboard; return how many."""
    fleet = world.fleet
    if fleet.jobs.state[job] != ABOARD:
        return 0
    fleet.vehicles.aboard[vehicle] -= fleet.jobs.load[job]
    get_off(world, t, job)
    return int(fleet.jobs.load[job])


@inner
def lose(world: World, t: int, job: int, why: int) -> None:
    """Let a job be lost."""
    jobs = world.fleet.jobs
    jobs.state[job] = LOST_STATE
    jobs.ended_ms[job] = t
    log(world.calendar, t, AT_LOST, jobs.who[job], job, why, jobs.leg[job], t - jobs.asked_ms[job])


@inner
def dwell_ms(world: World, off: int, on: int) -> int:
    """Time a vehicle stands for its doors and the slower stream; a thing more counts as a rider."""
    rules = world.fleet.rules[0]
    if off + on == 0:
        return 0
    return int(rules.doors_ms + max(off * rules.alight_ms, on * rules.board_ms))


@inner
def stand(world: World, t: int, vehicle: int, stay_ms: int) -> None:
    """Stand for a time."""
    rest(world, t, vehicle, STANDING)
    post(world, t + stay_ms, vehicle)


@inner
def post(world: World, when: int, vehicle: int) -> None:
    """Have a vehicle looked at again."""
    world.fleet.vehicles.due_ms[vehicle] = when
    push(world.calendar, when, R_TASK, vehicle)


@inner
def depart(world: World, t: int, vehicle: int) -> None:
    """End the stop, where there was one, and go on by the plan."""
    vehicles = world.fleet.vehicles
    if vehicles.doing[vehicle] != IDLE:
        log(
            world.calendar, t, AT_STOP, vehicle, vehicles.berth[vehicle], vehicles.off[vehicle],
            vehicles.on[vehicle], vehicles.aboard[vehicle], int(vehicles.metres[vehicle] + 0.5),
        )  # fmt: skip
        vehicles.metres[vehicle] = 0.0
    vehicles.off[vehicle] = 0
    vehicles.on[vehicle] = 0
    set_out(world, t, vehicle)
