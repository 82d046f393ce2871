"""One day of trips: who goes, when, where to, why, and how."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.figures import figure
from gis.population.cars import OUTSIDE
from gis.population.draws import PURPOSES, Draws, Purpose
from gis.population.modes import CLASSES, MODES, Mode, constants
from gis.population.people import People
from gis.population.times import (
    CODES,
    DAYS,
    END_S,
    GAP_S,
    HOUR,
    STARTS,
    DayType,
    Habit,
    starts,
    stays,
)
from gis.population.tours import Stops, Today, folk_of, residents

__all__ = ["DayType", "Lived", "day", "lived"]

EVERY = 24.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Lived(NamedTuple):
    """A day of everybody.

    Attributes
    ----------
    trips
        The trips of cars, see :func:`day`.
    legs
        The trips of residents who drive no car, sorted by person: person, order (within the
        person's day, their trips by car counted too), mode (code in ``MODES``), depart_s, origin
        and destination (building rows, -1 outside), gate (junction row by which the city is left
        or entered, -1), purpose.
    tours
        Number of residents' tours: class of tour (row, ``CLASSES``) and mode (column, ``MODES``).
    """

    trips: pd.DataFrame
    legs: pd.DataFrame
    tours: pd.DataFrame


def day(people: People, luck: Draws, day: int, day_type: DayType = "weekday") -> pd.DataFrame:
    """Return the car trips of one day, sorted by car and order.

    Each potential trip has draws of its own, by person and day: who else is there changes nothing.

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
    return lived(people, luck, day, day_type).trips


def lived(
    people: People,
    luck: Draws,
    day: int,
    day_type: DayType = "weekday",
    *,
    constant: Floats | None = None,
) -> Lived:
    """Return the trips of one day, those of cars and those by other modes.

    ``constant`` replaces the constants of the modes, an array by class of tour and mode.

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
    today = Today(
        day, day_type, habit, people.habits, people.where,
        constants(people.like) if constant is None else constant, luck.of("resident"),
    )  # fmt: skip
    ours, tours = residents(folk_of(people), today)
    stops = _joined(ours)
    commuters, visitors = (cars[cars["role"] == role] for role in ("commuter", "visitor"))
    driven = [
        stops.those(stops.car >= 0),
        *_commuters(commuters, luck.of("commuter"), day=day, habit=habit),
        *_visitors(visitors, luck.of("visitor"), day=day, habit=habit),
    ]
    legs = _legs(stops, people.residents["home"].to_numpy(), day)
    return Lived(
        _trips(_joined(driven), day),
        legs,
        pd.DataFrame(tours, index=list(CLASSES), columns=list(MODES)),
    )


def _joined(parts: list[Stops]) -> Stops:
    """Return the trips of all parts, one after the other."""
    return Stops._make(np.concatenate(column) for column in zip(*parts, strict=True))


def _order(who: Ints) -> Ints:
    """Return the place of each row within its group, from 0; groups stand together."""
    start = np.flatnonzero(np.diff(who, prepend=-1))
    return np.arange(len(who)) - np.repeat(start, np.diff(np.append(start, len(who))))


def _trips(stops: Stops, day: int) -> pd.DataFrame:
    """Return car trips as a table, sorted and numbered."""
    by = np.lexsort([stops.depart_s, stops.car])
    car = stops.car[by]
    return pd.DataFrame(
        {
            "car": car.astype(np.int32),
            "order": _order(car).astype(np.int16),
            "depart_s": np.round(stops.depart_s[by], 3) + day * EVERY * HOUR,
            "destination": stops.destination[by].astype(np.int32),
            "gate": stops.gate[by].astype(np.int32),
            "purpose": stops.purpose[by].astype(np.int8),
        }
    )


def _legs(stops: Stops, home: Ints, day: int) -> pd.DataFrame:
    """Return the trips of those who do not drive, with origins, numbered within each day."""
    by = np.lexsort([stops.depart_s, stops.person])
    person, destination = stops.person[by], stops.destination[by]
    order = _order(person)
    origin = np.where(order == 0, home[person], np.roll(destination, 1))
    frame = pd.DataFrame(
        {
            "person": person.astype(np.int32),
            "order": order.astype(np.int16),
            "mode": stops.mode[by].astype(np.int8),
            "depart_s": np.round(stops.depart_s[by], 3) + day * EVERY * HOUR,
            "origin": origin.astype(np.int32),
            "destination": destination.astype(np.int32),
            "gate": stops.gate[by].astype(np.int32),
            "purpose": stops.purpose[by].astype(np.int8),
        }
    )
    return frame[stops.car[by] < 0].reset_index(drop=True)


def _commuters(cars: pd.DataFrame, luck: Draws, *, day: int, habit: Habit) -> list[Stops]:
    """Return the trips of those who come to work from outside: in by a gate, out by it."""
    who = {"thing": cars["key"].to_numpy(), "day": day, "look": cars["number"].to_numpy()}
    comes = luck.of("attends").uniform(**who) < habit.attends[0]
    late = luck.of("leaves").normal(**who)[comes] * figure("leave_home_day_sd_h")
    longer = luck.of("stays").normal(**who)[comes] * figure("at_work_day_sd_h")
    cars = cars[comes]
    leave = np.maximum(cars["leave_s"].to_numpy() + late * HOUR, 4.1 * HOUR)
    stay = np.maximum(cars["stay_s"].to_numpy() + longer * HOUR, 2.0 * HOUR)
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
    enter = starts(STARTS, purpose, luck.of("starts").uniform(**who))
    enter = np.minimum(enter, END_S - 2.0 * GAP_S)
    stay = GAP_S + np.maximum(stays(purpose, luck.of("lengths").normal(**who)), GAP_S / 2.0)
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
    nobody, mode = np.full(len(car), -1), np.full(len(car), Mode.CAR)
    why = np.broadcast_to(np.asarray(purpose), len(car))
    home = np.full(len(car), Purpose.HOME)
    return [
        Stops(nobody, car, mode, enter, there, gate, why),
        Stops(nobody, car, mode, leave, out, gate, home),
    ]
