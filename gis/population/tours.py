"""The tours of residents: to work or school and back, by day, for an errand, in the evening.

A tour starts and ends at home and has one mode, chosen for its main place; on the way home some
stop at a shop, pupils at an academy. Each potential tour has draws of its own, by person and day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.figures import figure
from gis.population.cars import NONE, OUTSIDE
from gis.population.draws import PURPOSES, Draws, Purpose
from gis.population.habits import Habits, usual
from gis.population.modes import (
    CLASSES,
    MODES,
    Mode,
    Service,
    chosen,
    level_of_service,
    moods,
    utility,
    ways,
)
from gis.population.people import People
from gis.population.places import LENGTHS, Places
from gis.population.schools import Level
from gis.population.times import (
    END_S,
    EVENINGS,
    GAP_S,
    GROUPS,
    HOUR,
    STARTS,
    DayType,
    Habit,
    purpose_of,
    starts,
    stays,
)

__all__ = ["Folk", "Stops", "Today", "folk_of", "residents"]

YOUNGEST = 5  # travel surveys ask those of five years and more
MAIN, BY_DAY, EVENING, BUSINESS, ERRAND = range(5)  # tours of a day, as they stand in draws
DRIVER, WORKER, PUPIL, OTHER = range(len(GROUPS))
WORK, SCHOOL, REST = range(0, len(CLASSES), 2)  # within the city; the next one beyond its edge

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Stops(NamedTuple):
    """Columns of trips: person and car (-1: none), mode, depart_s, destination, gate, purpose."""

    person: Ints
    car: Ints
    mode: Ints
    depart_s: Floats
    destination: Ints
    gate: Ints
    purpose: Ints

    def those(self, chosen: Flags) -> Stops:
        """Return the chosen ones."""
        return Stops._make(column[chosen] for column in self)


class Folk(NamedTuple):
    """Residents who may travel, by column: who they are, what they have, where they go by day."""

    person: Ints
    home: Ints
    car: Ints
    rides: Flags
    group: Ints
    place: Ints
    gate: Ints
    leave_s: Floats
    stay_s: Floats
    works: Flags
    learns: Flags
    parent: Flags
    taste: npt.NDArray[np.float32]

    def those(self, chosen: Flags) -> Folk:
        """Return the chosen ones."""
        return Folk._make(column[chosen] for column in self)


class Today(NamedTuple):
    """What a day is made of: its kind and habits, places, the constants of the modes, draws."""

    day: int
    day_type: DayType
    habit: Habit
    habits: Habits
    where: Places
    constant: Floats
    luck: Draws


class Trip(NamedTuple):
    """Trips by row: from where to where, why, and about when (s since midnight)."""

    start: Ints
    end: Ints
    purpose: Ints
    depart_s: Floats


class Tour(NamedTuple):
    """The choice of a tour by row: class, mode, seconds there and seconds beyond the edge."""

    kind: Ints
    mode: Ints
    way_s: Floats
    beyond_s: Floats


def folk_of(people: People) -> Folk:
    """Return the residents of five years and more who have a home in the city."""
    every = people.residents
    persons = every[(every["home"] >= 0) & (every["age"] >= YOUNGEST)]
    person = persons["person"].to_numpy(np.int64)
    own = people.cars[people.cars["resident"]]
    car = np.full(len(every), -1, dtype=np.int64)
    car[own["driver"].to_numpy()] = own["car"].to_numpy()
    household = persons["household"].to_numpy()
    works, studies = persons["works"].to_numpy(), persons["studies"].to_numpy()
    pupil = (studies > Level.NONE) & (studies < Level.UNIVERSITY)
    group = np.select([car[person] >= 0, works, pupil], [DRIVER, WORKER, PUPIL], OTHER)
    place = np.where(works, persons["workplace"], persons["school"])
    return Folk(
        person, persons["home"].to_numpy(np.int64), car[person],
        people.households["cars"].to_numpy()[household] > 0, group, place.astype(np.int64),
        persons["gate"].to_numpy(np.int64), persons["leave_s"].to_numpy(float),
        persons["stay_s"].to_numpy(float), works, pupil,
        people.households["children"].to_numpy()[household] & ~pupil, people.taste[person],
    )  # fmt: skip


def residents(folk: Folk, today: Today) -> tuple[list[Stops], Ints]:
    """Return the trips of residents, and the number of their tours by class and mode."""
    luck, habit, person = today.luck, today.habit, folk.person

    def happens(what: str, share: Floats) -> Flags:
        return np.asarray(luck.of(what).uniform(person, day=today.day) < share[folk.group])

    goes = (folk.place != NONE) & happens("attends", habit.attends)
    out = ~goes & happens("by day", habit.by_day)
    errand, late = happens("errand", habit.errand), happens("evening", habit.evening)
    free_from = np.full(len(person), 4.0 * HOUR)
    parts, count = [], np.zeros((len(CLASSES), len(MODES)), dtype=np.int64)
    work, tour, free_from[goes] = _main(folk.those(goes), today)
    parts += work
    np.add.at(count, (tour.kind, tour.mode), 1)
    for chosen_ones, number in ((out, BY_DAY), (errand, ERRAND), (late, EVENING)):
        stops, tour, free_from[chosen_ones] = _leisurely(
            folk.those(chosen_ones), today, number, goes[chosen_ones], free_from[chosen_ones]
        )
        parts += stops
        np.add.at(count, (tour.kind, tour.mode), 1)
    return parts, count


def _beyond_km(purpose: Ints) -> Floats:
    """Return the km beyond the edge of a way out by purpose.

    Lengths are exponential, so the way beyond the edge is as long on the mean as a whole trip.
    """
    lengths = [figure(LENGTHS[code]) if code in LENGTHS else 0.0 for code in range(len(PURPOSES))]
    return np.array(lengths)[purpose]


def _service(today: Today, trip: Trip) -> Service:
    """Return what each mode asks on a trip."""
    start, end, purpose, depart_s = trip
    beyond_km, day_type = _beyond_km(purpose), today.day_type
    way = ways(today.where, start, end, beyond_km, depart_s=depart_s, day_type=day_type)
    return level_of_service(way)


def _tour(folk: Folk, today: Today, number: int, trip: Trip, *, with_car: bool = True) -> Tour:
    """Return the mode of a tour by row, and how long it takes."""
    _, end, purpose, _ = trip
    service = _service(today, trip)
    to_work = np.isin(purpose, (Purpose.WORK, Purpose.BUSINESS)) & folk.works
    to_school = (purpose == Purpose.SCHOOL) & (end == folk.place) & ~folk.works
    kind = np.select([to_work, to_school], [WORK, SCHOOL], REST) + (end == OUTSIDE)
    drives = (folk.car >= 0) & with_car
    value = utility(service.cost_krw, today.constant[kind], drives, folk.rides)
    mood = moods(folk.person, today.luck, day=today.day, tour=number)
    mode = chosen(value, folk.taste, mood)
    row = np.arange(len(mode))
    return Tour(kind, mode, service.seconds[row, mode], service.beyond_s[row, mode])


def _stops(folk: Folk, tour: Tour, depart: Floats, place: Ints, more: tuple[Ints, Ints]) -> Stops:
    """Return one trip of each tour; ``more`` is gate and purpose."""
    car = np.where(tour.mode == Mode.CAR, folk.car, -1)
    return Stops(folk.person, car, tour.mode, depart, place, *more)


def _where_to(
    folk: Folk, today: Today, number: int, purpose: Ints, near: Flags
) -> tuple[Ints, Ints]:
    """Return place and gate of a trip: one of the usual places."""
    chance = today.luck.of("place").uniform(folk.person, day=today.day, trip=number)
    return usual(today.habits, folk.person, purpose, near, chance)


def _work_times(folk: Folk, today: Today) -> tuple[Floats, Floats]:
    """Return when each one leaves for work or school and stays: the habit and the day's part."""
    luck, day = today.luck, today.day
    late = luck.of("leaves").normal(folk.person, day=day) * figure("leave_home_day_sd_h")
    longer = luck.of("stays").normal(folk.person, day=day) * figure("at_work_day_sd_h")
    leave = np.maximum(folk.leave_s + late * HOUR, 4.1 * HOUR)
    return leave, np.maximum(folk.stay_s + longer * HOUR, 2.0 * HOUR)


def _main(folk: Folk, today: Today) -> tuple[list[Stops], Tour, Floats]:
    """Return trips to work or school and back, the tours, and when each one is free again."""
    purpose = np.where(folk.works, Purpose.WORK, Purpose.SCHOOL)
    leave, stay = _work_times(folk, today)
    tour = _tour(folk, today, MAIN, Trip(folk.home, folk.place, purpose, leave))
    until = np.minimum(leave + tour.way_s + stay + 2.0 * tour.beyond_s, END_S - 4.0 * HOUR)
    chance = today.luck.of("business").uniform(folk.person, day=today.day)
    away = folk.works & (chance < today.habit.business) & (folk.place >= 0)
    span = (leave + tour.way_s)[away], until[away]
    there = _stops(folk, tour, leave, folk.place, (folk.gate, purpose))
    stop, back, way_s = _on_the_way(folk, today, tour, until)
    home = np.full(len(folk.person), Purpose.HOME)
    parts = [
        there,
        *_on_business(folk.those(away), today, Tour._make(c[away] for c in tour), span),
        stop,
        _stops(folk, tour, back, folk.home, (folk.gate, home)),
    ]
    return parts, tour, back + way_s + GAP_S


def _on_the_way(
    folk: Folk, today: Today, tour: Tour, until: Floats
) -> tuple[Stops, Floats, Floats]:
    """Return stops on the way home, when each one goes home, and how long that takes.

    Who has a car with them stops at a usual shop, others near home; pupils at an academy.
    """
    habit, luck, day = today.habit, today.luck.of("stop"), today.day
    purpose = np.where(folk.learns, Purpose.OTHER, Purpose.SHOP)
    place, _ = _where_to(folk, today, MAIN, purpose, tour.mode != Mode.CAR)
    share = np.select([folk.learns, folk.works], [habit.after_school, habit.stop], 0.0)
    stops = (luck.uniform(folk.person, day=day) < share) & (folk.place >= 0) & (place >= 0)
    stops &= (place != folk.place) & (place != folk.home)
    row = np.arange(len(place))
    home = np.full(len(place), Purpose.HOME)
    shop_s = _service(today, Trip(place, folk.home, home, until)).seconds[row, tour.mode]
    length = stays(purpose, luck.normal(folk.person, day=day, trip=1))
    length = np.clip(length, GAP_S / 2.0, 3.0 * HOUR)
    stops &= until + 2.0 * shop_s + length < END_S
    back = until + np.where(stops, shop_s + length, 0.0)
    inside = np.full(len(place), -1)
    stop = _stops(folk, tour, until, place, (inside, purpose)).those(stops)
    return stop, back, np.where(stops, shop_s, tour.way_s)


def _on_business(folk: Folk, today: Today, main: Tour, span: tuple[Floats, Floats]) -> list[Stops]:
    """Return trips from work to a business place and back to work, within the hours there.

    Who came by car goes by car, others choose anew.
    """
    purpose, luck, day = np.full(len(folk.person), Purpose.BUSINESS), today.luck, today.day
    place, gate = _where_to(folk, today, BUSINESS, purpose, np.zeros(len(purpose), dtype=bool))
    start, end = span
    trip = Trip(folk.place, place, purpose, start)
    service = _service(today, trip)
    other = _tour(folk, today, BUSINESS, trip, with_car=False)
    drove = main.mode == Mode.CAR
    mode = np.where(drove, main.mode, other.mode)
    row = np.arange(len(mode))
    tour = Tour(other.kind, mode, service.seconds[row, mode], service.beyond_s[row, mode])
    room, business = end - start, luck.of("business")
    depart = start + (0.15 + 0.35 * business.uniform(folk.person, day=day, trip=1)) * room
    stay = stays(purpose, business.normal(folk.person, day=day, trip=2)) + 2.0 * tour.beyond_s
    back = depart + np.minimum(tour.way_s + stay, 0.3 * room)
    fits = (place != folk.place) & (back + tour.way_s + GAP_S < end)
    fits &= back - depart > tour.way_s + GAP_S / 2.0
    there = _stops(folk, tour, depart, place, (gate, purpose))
    again = _stops(folk, tour, back, folk.place, (gate, np.full(len(mode), Purpose.WORK)))
    return [there.those(fits), again.those(fits)]


def _purposes(folk: Folk, today: Today, number: int) -> Ints:
    """Return why each one goes out; only who drives has business, only parents bring to school."""
    habit = today.habit
    shares = {
        BY_DAY: habit.purposes, ERRAND: habit.errand_purposes, EVENING: habit.evening_purposes,
    }[number]  # fmt: skip
    chance = today.luck.of("purpose").uniform(folk.person, day=today.day, trip=number)
    purpose = purpose_of(shares, chance)
    purpose = np.where((purpose == Purpose.SCHOOL) & ~folk.parent, Purpose.SHOP, purpose)
    return np.where((purpose == Purpose.BUSINESS) & (folk.car < 0), Purpose.OTHER, purpose)


def _leisurely(
    folk: Folk, today: Today, number: int, worked: Flags, free_from: Floats
) -> tuple[list[Stops], Tour, Floats]:
    """Return trips from home to a place and back, the tours, and when each one is free again."""
    luck, when = today.luck, {"day": today.day, "trip": number}
    purpose = _purposes(folk, today, number)
    chance = luck.of("starts").uniform(folk.person, **when)
    evening = starts(EVENINGS, purpose, chance)
    by_day = starts(STARTS, purpose, chance) if number != EVENING else evening
    depart = np.maximum(np.where(worked, evening, by_day), free_from)
    near = luck.of("near").uniform(folk.person, **when) < today.habit.near[folk.group]
    place, gate = _where_to(folk, today, number, purpose, near | (number == ERRAND))
    tour = _tour(folk, today, number, Trip(folk.home, place, purpose, depart))
    stay = stays(purpose, luck.of("lengths").normal(folk.person, **when))
    stay = np.maximum(stay + np.where(place == OUTSIDE, 2.0 * tour.beyond_s, 0.0), GAP_S / 2.0)
    back = np.minimum(depart + tour.way_s + stay, END_S - tour.way_s)
    fits = (depart + tour.way_s + GAP_S / 2.0 <= back) & (place != folk.home)
    there = _stops(folk, tour, depart, place, (gate, purpose))
    again = _stops(folk, tour, back, folk.home, (gate, np.full(len(place), Purpose.HOME)))
    made = Tour._make(column[fits] for column in tour)
    return (
        [there.those(fits), again.those(fits)],
        made,
        np.where(fits, back + tour.way_s + GAP_S, free_from),
    )
