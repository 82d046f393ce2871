"""One day of car trips: who drives, when, where to and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.figures import figure, table
from gis.population.cars import HABITS, OUTSIDE, Habits
from gis.population.draws import PURPOSES, Draws, Purpose
from gis.population.people import People
from gis.population.places import LENGTHS

__all__ = ["DayType", "day"]

DayType = Literal["weekday", "holiday"]
HOUR = 3600.0
END_S = 27.75 * HOUR  # everybody is home before 04:00, when the next day starts
GAP_S = 600.0
EVERY = 24.0


Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Habit(NamedTuple):
    """How likely a car does what on a kind of day, its purposes, and factors on visitors."""

    attends: float
    business: float
    stop: float
    by_day: float
    evening: float
    purposes: tuple[float, ...]
    evening_purposes: tuple[float, ...]
    visitors: tuple[float, ...]


def _habit_of(kind: DayType, attends: str) -> Habit:
    """Return the habit of a kind of day from the tables."""
    row = table(kind)
    return Habit(
        figure(attends),
        business=row["business_trip"][0],
        stop=row["stop_on_the_way_home"][0],
        by_day=row["by_day"][0],
        evening=row["evening"][0],
        purposes=row["purposes"],
        evening_purposes=row["evening_purposes"],
        visitors=row["visitors"],
    )


def _running(weights: tuple[float, ...]) -> Floats:
    """Return the share of trips started by the end of each hour."""
    return np.concatenate([[0.0], np.cumsum(weights) / np.sum(weights)])


DAYS = MappingProxyType(
    {
        "weekday": _habit_of("weekday", "attendance"),
        "holiday": _habit_of("holiday", "attendance_holiday"),
    }
)
ROLES = ("resident", "commuter", "visitor")
CODES = (Purpose.BUSINESS, Purpose.SHOP, Purpose.LEISURE, Purpose.SCHOOL, Purpose.OTHER)
HOURS = np.arange(4, 29)
EVENING = _running(table("starts")["evening"])
EVENINGS: Mapping[int, Floats] = MappingProxyType(dict.fromkeys(CODES, EVENING))
STARTS: Mapping[int, Floats] = MappingProxyType(
    {code: _running(table("starts")[PURPOSES[code]]) for code in CODES}
)


class Slot(NamedTuple):
    """A tour of the day: its number, the day, and the shares of its purposes."""

    number: int
    day: int
    purposes: tuple[float, ...]


class Stops(NamedTuple):
    """Columns of trips: car, depart_s, destination, gate, purpose."""

    car: Ints
    depart_s: Floats
    destination: Ints
    gate: Ints
    purpose: Ints


def day(people: People, luck: Draws, day: int, day_type: DayType = "weekday") -> pd.DataFrame:
    """Return the car trips of one day, sorted by car and order.

    Each potential trip has draws of its own, by car and day: who else is there changes nothing.

    Returns
    -------
    pandas.DataFrame
        car, order (0, 1, 2 ... within the car's day), depart_s (seconds since midnight of day 0;
        a day starts at 04:00), destination (building row; -1 leaves the city), gate (junction row
        by which the car enters or leaves, -1), purpose (code in ``PURPOSES``).

    Raises
    ------
    ValueError
        Where the day or its type is not allowed.
    """
    if day_type not in DAYS:
        raise ValueError(f"day_type must be one of {', '.join(DAYS)}, got {day_type!r}")
    if day < 0:
        raise ValueError(f"day must be 0 or more, got {day}")
    habit, luck, cars = DAYS[day_type], luck.of("day"), people.cars
    own, commuters, visitors = (cars[cars["role"] == role] for role in ROLES)
    parts = [
        *_residents(people.habits, own, luck.of("resident"), day=day, habit=habit),
        *_commuters(commuters, luck.of("commuter"), day=day, habit=habit),
        *_visitors(visitors, luck.of("visitor"), day=day, habit=habit),
    ]
    return _table(parts, day)


def _table(parts: list[Stops], day: int) -> pd.DataFrame:
    """Return trips as a table, sorted and numbered."""
    car, depart, destination, gate, purpose = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    by = np.lexsort([depart, car])
    car = car[by]
    start = np.flatnonzero(np.diff(car, prepend=-1))
    order = np.arange(len(car)) - np.repeat(start, np.diff(np.append(start, len(car))))
    return pd.DataFrame(
        {
            "car": car.astype(np.int32),
            "order": order.astype(np.int16),
            "depart_s": np.round(depart[by], 3) + day * EVERY * HOUR,
            "destination": destination[by].astype(np.int32),
            "gate": gate[by].astype(np.int32),
            "purpose": purpose[by].astype(np.int8),
        }
    )


def _start(profile: Floats, chance: Floats) -> Floats:
    """Return a time of day in seconds by the profile of a purpose."""
    return np.interp(chance, profile, HOURS) * HOUR


def _starts(profiles: Mapping[int, Floats], purpose: Ints, chance: Floats) -> Floats:
    """Return a time of day in seconds by the profile of each trip's purpose."""
    times = [_start(profiles[code], chance) for code in CODES]
    return np.select([purpose == code for code in CODES], times, 0.0)


def _stay(mean_h: Floats, cv: Floats, normal: Floats) -> Floats:
    """Return the length of a stay in seconds: lognormal."""
    spread = np.log1p(cv**2)
    return mean_h * HOUR * np.exp(np.sqrt(spread) * normal - spread / 2.0)


def _stays(purpose: Ints, normal: Floats) -> Floats:
    """Return the length of stays by purpose in seconds."""
    stays = table("stays")
    mean, cv = np.array([stays.get(name, (0.0, 0.0)) for name in PURPOSES])[purpose].T
    return _stay(mean, cv, normal)


def _beyond(purpose: Ints, place: Ints) -> Floats:
    """Return the seconds that a car drives outside the city, there and back, by purpose.

    Lengths are exponential, so the way beyond the edge is as long on the mean as a whole trip.
    """
    lengths = [figure(LENGTHS[code]) if code in LENGTHS else 0.0 for code in range(len(PURPOSES))]
    away_s = 2.0 * np.array(lengths) / figure("speed_kmh") * HOUR
    return np.where(place == OUTSIDE, away_s[purpose], 0.0)


def _work_times(cars: pd.DataFrame, luck: Draws, day: int) -> tuple[Floats, Floats]:
    """Return when each car leaves for work and how long it stays: its habit and the day's part."""
    key, look = cars["key"].to_numpy(), cars["number"].to_numpy()
    late = luck.of("leaves").normal(key, day=day, look=look) * figure("leave_home_day_sd_h")
    longer = luck.of("stays").normal(key, day=day, look=look) * figure("at_work_day_sd_h")
    leave, stay = cars["leave_s"].to_numpy(), cars["stay_s"].to_numpy()
    return np.maximum(leave + late * HOUR, 4.1 * HOUR), np.maximum(stay + longer * HOUR, 2.0 * HOUR)


def _purpose(shares: tuple[float, ...], chance: Floats) -> Ints:
    """Return the purpose that a chance picks."""
    limits = np.cumsum(shares) / np.sum(shares)
    return np.array(CODES)[np.minimum(np.searchsorted(limits, chance, side="right"), 4)]


def _residents(
    habits: Habits, own: pd.DataFrame, luck: Draws, *, day: int, habit: Habit
) -> list[Stops]:
    """Return the trips of residents' cars: to work and back, by day, and in the evening."""
    key = own["key"].to_numpy()
    goes = own["commutes"].to_numpy() & (luck.of("attends").uniform(key, day=day) < habit.attends)
    out = ~goes & (luck.of("by day").uniform(key, day=day) < habit.by_day)
    late = luck.of("evening").uniform(key, day=day) < habit.evening
    free_from = np.full(len(own), 4.0 * HOUR)
    work, free_from[goes] = _to_work(habits, own[goes], luck, day=day, habit=habit)
    slot = Slot(1, day, habit.purposes)
    midday, free_from[out] = _tour(habits, own[out], luck, slot=slot, free_from=free_from[out])
    slot = Slot(2, day, habit.evening_purposes)
    night, _ = _tour(habits, own[late], luck, slot=slot, free_from=free_from[late])
    return [*work, *midday, *night]


def _usual(
    habits: Habits, own: pd.DataFrame, purpose: Ints, luck: Draws, slot: Slot
) -> tuple[Ints, Floats, Ints]:
    """Return place, way in seconds and gate of a trip: one of the car's usual places."""
    chance = luck.of("place").uniform(own["key"].to_numpy(), day=slot.day, trip=slot.number)
    which = (chance * HABITS).astype(np.int64)
    place, way_s, gate = (column[own["car"].to_numpy(), purpose, which] for column in habits)
    return place.astype(np.int64), way_s.astype(float), gate.astype(np.int64)


def _to_work(
    habits: Habits, own: pd.DataFrame, luck: Draws, *, day: int, habit: Habit
) -> tuple[list[Stops], Floats]:
    """Return trips to work and back, some with business between or a shop on the way home."""
    car, key, home = (own[column].to_numpy(np.int64) for column in ("car", "key", "home"))
    work, gate = own["workplace"].to_numpy(np.int64), own["work_gate"].to_numpy(np.int64)
    way_s = own["way_s"].to_numpy(float)
    leave, stay = _work_times(own, luck, day)
    stay = stay + _beyond(np.full(len(car), Purpose.WORK), work)
    until = np.minimum(leave + way_s + stay, END_S - 4.0 * HOUR)
    away = (luck.of("business").uniform(key, day=day) < habit.business) & (work >= 0)
    span = leave[away] + way_s[away], until[away]
    parts = [
        Stops(car, leave, work, gate, np.full(len(car), Purpose.WORK)),
        *_on_business(habits, own[away], luck, day=day, span=span),
    ]
    shop, shop_s, _ = _usual(habits, own, np.full(len(car), Purpose.SHOP), luck, Slot(0, day, ()))
    stops = (luck.of("stop").uniform(key, day=day) < habit.stop) & (work >= 0) & (shop >= 0)
    length = _stays(np.full(len(car), Purpose.SHOP), luck.of("stop").normal(key, day=day, trip=1))
    back = until + np.where(stops, shop_s + np.clip(length, GAP_S / 2.0, 3.0 * HOUR), 0.0)
    inside = np.full(len(car), -1)
    shopping = Stops(car, until, shop, inside, np.full(len(car), Purpose.SHOP))
    parts.append(_those(shopping, stops))
    parts.append(Stops(car, back, home, gate, np.full(len(car), Purpose.HOME)))
    return parts, back + np.where(stops, shop_s, way_s) + GAP_S


def _those(stops: Stops, chosen: npt.NDArray[np.bool_]) -> Stops:
    """Return the chosen ones of trips."""
    return Stops._make(column[chosen] for column in stops)


def _on_business(
    habits: Habits, own: pd.DataFrame, luck: Draws, *, day: int, span: tuple[Floats, Floats]
) -> list[Stops]:
    """Return trips from work to a business place and back to work, within the hours there."""
    car, key, work = (own[column].to_numpy(np.int64) for column in ("car", "key", "workplace"))
    purpose = np.full(len(car), Purpose.BUSINESS)
    place, way_s, gate = _usual(habits, own, purpose, luck, Slot(3, day, ()))
    start, end = span
    room = end - start
    depart = start + (0.15 + 0.35 * luck.of("business").uniform(key, day=day, trip=1)) * room
    stay = _stays(purpose, luck.of("business").normal(key, day=day, trip=2))
    stay = stay + _beyond(purpose, place)
    back = depart + np.minimum(way_s + stay, 0.3 * room)
    fits = (place != work) & (back + way_s + GAP_S < end) & (back - depart > way_s + GAP_S / 2.0)
    there = Stops(car, depart, place, gate, purpose)
    again = Stops(car, back, work, gate, np.full(len(car), Purpose.WORK))
    return [_those(there, fits), _those(again, fits)]


def _tour(
    habits: Habits, own: pd.DataFrame, luck: Draws, *, slot: Slot, free_from: Floats
) -> tuple[list[Stops], Floats]:
    """Return trips from home to a place and back, and when the car is free again."""
    car, key, home = (own[column].to_numpy(np.int64) for column in ("car", "key", "home"))
    when = {"day": slot.day, "trip": slot.number}
    purpose = _purpose(slot.purposes, luck.of("purpose").uniform(key, **when))
    kids = own["children"].to_numpy()
    purpose = np.where((purpose == Purpose.SCHOOL) & ~kids, Purpose.SHOP, purpose)
    profiles = STARTS if slot.number == 1 else EVENINGS
    depart = _starts(profiles, purpose, luck.of("starts").uniform(key, **when))
    depart = np.maximum(depart, free_from)
    place, way_s, gate = _usual(habits, own, purpose, luck, slot)
    stay = _stays(purpose, luck.of("lengths").normal(key, **when)) + _beyond(purpose, place)
    back = np.minimum(depart + way_s + np.maximum(stay, GAP_S / 2.0), END_S - way_s)
    fits = (depart + way_s + GAP_S / 2.0 <= back) & (place != home)
    there = Stops(car, depart, place, gate, purpose)
    again = Stops(car, back, home, gate, np.full(len(car), Purpose.HOME))
    parts = [_those(there, fits), _those(again, fits)]
    return parts, np.where(fits, back + way_s + GAP_S, free_from)


def _commuters(cars: pd.DataFrame, luck: Draws, *, day: int, habit: Habit) -> list[Stops]:
    """Return the trips of those who come to work from outside: in by a gate, out by it."""
    key, look = cars["key"].to_numpy(), cars["number"].to_numpy()
    cars = cars[luck.of("attends").uniform(key, day=day, look=look) < habit.attends]
    leave, stay = _work_times(cars, luck, day)
    enter = leave + figure("way_in_h") * HOUR
    return _in_and_out(cars, enter, np.minimum(enter + stay, END_S), Purpose.WORK)


def _visitors(cars: pd.DataFrame, luck: Draws, *, day: int, habit: Habit) -> list[Stops]:
    """Return the trips of visitors from outside: in by a gate, to one place, out by the gate."""
    factor = np.zeros(len(PURPOSES))
    factor[list(CODES)] = habit.visitors
    purpose = cars["purpose"].to_numpy(np.int64)
    chance = np.minimum(cars["chance"].to_numpy() * factor[purpose], 1.0)
    cars = cars[luck.of("visits").uniform(**_who(cars, day)) < chance]
    purpose, who = cars["purpose"].to_numpy(np.int64), _who(cars, day)
    enter = _starts(STARTS, purpose, luck.of("starts").uniform(**who))
    enter = np.minimum(enter, END_S - 2.0 * GAP_S)
    stay = GAP_S + np.maximum(_stays(purpose, luck.of("lengths").normal(**who)), GAP_S / 2.0)
    return _in_and_out(cars, enter, np.minimum(enter + stay, END_S), purpose)


def _who(cars: pd.DataFrame, day: int) -> dict[str, Ints | int]:
    """Return the situation in which each visitor draws."""
    key, purpose, line = (cars[name].to_numpy(np.int64) for name in ("key", "purpose", "number"))
    return {"thing": key, "day": day, "trip": purpose, "look": line}


def _in_and_out(
    cars: pd.DataFrame, enter: Floats, leave: Floats, purpose: npt.ArrayLike
) -> list[Stops]:
    """Return two trips a car: in by its gate to its place, and out again."""
    car, gate = cars["car"].to_numpy(np.int64), cars["gate"].to_numpy(np.int64)
    there, out = cars["workplace"].to_numpy(np.int64), np.full(len(car), OUTSIDE)
    return [
        Stops(car, enter, there, gate, np.broadcast_to(np.asarray(purpose), len(car))),
        Stops(car, leave, out, gate, np.full(len(car), Purpose.HOME)),
    ]
