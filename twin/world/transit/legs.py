"""A person's day, leg by leg: on foot, by bus, or carried otherwise for as long as planned.

Who leaves or enters the city by bus rides a line of it to or from a stop near the gate. Where no
line leads there they are carried as planned, by a bus that is not of the city: they are no riders.
"""

from __future__ import annotations

from gis.population import Mode
from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.fleet.columns import ON_DEMAND, Lost
from twin.world.fleet.riding import await_answer, come, forget
from twin.world.fleet.stops import appear, lose
from twin.world.transit.columns import Unserved
from twin.world.transit.riding import ask, fail, lose_patience, ride_on
from twin.world.walking.columns import Pace
from twin.world.walking.steps import end_walk, rest, set_out, walk_on

__all__ = ["act", "go_otherwise", "step"]

R_RIDE, AT_TRAVEL = Rank.RIDE, AT.TRAVEL
RESTING, CARRIED, ON_CALL = Pace.RESTING, Pace.CARRIED, Pace.ON_CALL
NO_PATH, GAVE_UP = Unserved.NO_PATH, Lost.GAVE_UP
WALK, BUS, HAIL = int(Mode.WALK), int(Mode.BUS), ON_DEMAND


@inner
def act(world: World, t: int, person: int) -> None:
    """Begin a leg, or end one for which one is carried; or look whether patience is over."""
    persons = world.walking.persons
    if persons.due_ms[person] != t:
        lose_patience(world, t, person)
        return
    persons.due_ms[person] = -1
    if persons.pace[person] == RESTING:
        depart(world, t, person)
    elif persons.pace[person] == ON_CALL:
        lose(world, t, world.fleet.next_job[person], GAVE_UP)
        go_otherwise(world, t, person)
    else:
        be_there(world, t, person)


@inner
def step(world: World, t: int, person: int) -> None:
    """Walk on; who is there has ended the leg, or goes on with a ride."""
    if not walk_on(world, t, person):
        return
    mode = world.walking.legs.mode[world.walking.persons.leg[person]]
    if mode == WALK:
        end_walk(world, t, person)
    elif mode != HAIL:
        ride_on(world, t, person)
    elif not come(world, t, person):
        go_otherwise(world, t, person)


@inner
def depart(world: World, t: int, person: int) -> None:
    """Begin the next leg: ask a fleet for it, or go as people do without one."""
    if not is_due(world, t, person):
        return
    leg = world.walking.persons.leg[person]
    if world.walking.legs.mode[leg] == HAIL:
        world.walking.persons.spot[person] = world.walking.legs.origin[leg]
        appear(world, t, world.fleet.next_job[person])
        await_answer(world, t, person)
    else:
        go(world, t, person)


@inner
def is_due(world: World, t: int, person: int) -> bool:
    """Pass over legs that are off; tell whether the next is to begin now, else wait for it.

    Whether a leg is off may change until its departure.
    """
    persons, legs = world.walking.persons, world.walking.legs
    leg, beyond = persons.leg[person], persons.beyond[person]
    while leg < beyond and legs.off[leg] and legs.depart_ms[leg] <= t:
        if legs.mode[leg] == HAIL:
            forget(world, person)
        leg += 1
    persons.leg[person] = leg
    if leg == beyond:
        return False
    if legs.depart_ms[leg] > t:
        persons.due_ms[person] = legs.depart_ms[leg]
        push(world.calendar, legs.depart_ms[leg], R_RIDE, person)
        return False
    return True


@inner
def go_otherwise(world: World, t: int, person: int) -> None:
    """Make a leg without the fleet that was asked for it, from its start on."""
    fleet, leg = world.fleet, world.walking.persons.leg[person]
    world.walking.legs.mode[leg] = fleet.jobs.otherwise[fleet.next_job[person]]
    forget(world, person)
    world.walking.persons.due_ms[person] = -1
    go(world, t, person)


@inner
def go(world: World, t: int, person: int) -> None:
    """Set out on foot, by a bus of the city if there are any, else for as long as is planned."""
    persons, legs = world.walking.persons, world.walking.legs
    leg = persons.leg[person]
    persons.spot[person] = legs.origin[leg]
    if legs.mode[leg] == WALK:
        set_out(world, t, person, legs.destination[leg])
    elif legs.mode[leg] != BUS or not world.transit.lines.size or not ask(world, t, person):
        be_carried(world, t, person)


@inner
def be_carried(world: World, t: int, person: int) -> None:
    """Go for as long as is planned; where nothing is, no way is known."""
    persons, legs = world.walking.persons, world.walking.legs
    leg = persons.leg[person]
    if legs.planned_ms[leg] < 0:
        world.transit.riders.waited_ms[person] = 0
        world.transit.riders.denied[person] = 0
        fail(world, t, person, NO_PATH)
    else:
        persons.pace[person] = CARRIED
        persons.start_ms[person] = t
        persons.due_ms[person] = t + legs.planned_ms[leg]
        push(world.calendar, persons.due_ms[person], R_RIDE, person)


@inner
def be_there(world: World, t: int, person: int) -> None:
    """End a leg that took as long as planned."""
    persons, legs = world.walking.persons, world.walking.legs
    leg = persons.leg[person]
    persons.spot[person] = legs.destination[leg]
    log(world.calendar, t, AT_TRAVEL, person, leg, persons.start_ms[person], legs.mode[leg])
    rest(world, t, person)
