"""A person's day, leg by leg: on foot, by bus, or carried otherwise for as long as planned."""

from __future__ import annotations

from gis.population import Mode
from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.transit.columns import Unserved
from twin.world.transit.riding import ask, fail, lose_patience, ride_on
from twin.world.walking.columns import Pace
from twin.world.walking.steps import end_walk, rest, set_out, walk_on

__all__ = ["act", "step"]

R_RIDE, AT_TRAVEL = Rank.RIDE, AT.TRAVEL
RESTING, CARRIED = Pace.RESTING, Pace.CARRIED
NO_PATH = Unserved.NO_PATH
WALK, BUS = int(Mode.WALK), int(Mode.BUS)


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
    else:
        be_there(world, t, person)


@inner
def step(world: World, t: int, person: int) -> None:
    """Walk on; who is there has ended the leg, or goes on with a ride."""
    if not walk_on(world, t, person):
        return
    legs = world.walking.legs
    if legs.mode[world.walking.persons.leg[person]] == WALK:
        end_walk(world, t, person)
    else:
        ride_on(world, t, person)


@inner
def depart(world: World, t: int, person: int) -> None:
    """Begin the next leg: on foot, by bus within the city, else for as long as is planned."""
    persons, legs = world.walking.persons, world.walking.legs
    leg = persons.leg[person]
    origin, goal = legs.origin[leg], legs.destination[leg]
    persons.spot[person] = origin
    if legs.mode[leg] == WALK:
        set_out(world, t, person, goal)
    elif legs.mode[leg] == BUS and origin >= 0 and goal >= 0:
        ask(world, t, person)
    elif legs.planned_ms[leg] < 0:
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
