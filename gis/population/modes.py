"""How people go: what each mode asks of them, and which one they take.

A choice is ``argmax(V + taste + mood)``: V is minus the generalised cost over its scale plus a
constant of the mode; taste is a Gumbel number that a person has for a mode for good, mood one for a
mode, a day and a tour. Given the taste, the shares are those of the multinomial logit (McFadden
1974); a mode more moves only those who take it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.figures import figure, table
from gis.population.cities import HOME
from gis.population.draws import Draws
from gis.population.places import Places
from gis.population.times import DayType

__all__ = [
    "CLASSES",
    "MODES",
    "Mode",
    "Service",
    "Ways",
    "aims",
    "chosen",
    "constants",
    "driving",
    "level_of_service",
    "moods",
    "tastes",
    "utility",
    "ways",
]

MODES = ("car", "passenger", "bus", "taxi", "bicycle", "walk")
# Kinds of tours that have mode constants of their own: each within the city and beyond its edge.
CLASSES = ("work", "work_beyond", "school", "school_beyond", "other", "other_beyond")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Mode(IntEnum):
    """How a trip is made: the code of each mode is its position in :data:`MODES`."""

    CAR = 0
    PASSENGER = 1
    BUS = 2
    TAXI = 3
    BICYCLE = 4
    WALK = 5


class Ways(NamedTuple):
    """Ways by row.

    Road length inside the city and beyond its edge (km), walk to and from stops (m), wait for a bus
    (h, infinite where none goes).
    """

    km: Floats
    beyond_km: Floats
    stops_m: Floats
    wait_h: Floats


class Service(NamedTuple):
    """What each mode asks, arrays by way and mode.

    Seconds to the door or to the edge of the city, seconds beyond it, and the generalised cost in
    KRW of 2016.
    """

    seconds: Floats
    beyond_s: Floats
    cost_krw: Floats


def ways(
    where: Places,
    start: Ints,
    end: Ints,
    beyond_km: Floats,
    *,
    depart_s: Floats,
    day_type: DayType = "weekday",
) -> Ways:
    """Return the ways between buildings; one to the outside (-1) goes to the edge and beyond.

    Within the city the wait for a bus is that at the stop in the hour of ``depart_s`` (s since a
    midnight); none goes where no stop is within reach, or where walking to stops saves no steps.
    Those over the edge are assumed to run, see the figure ``headway_h``.
    """
    inside = (start >= 0) & (end >= 0)
    apart = np.hypot(where.x[start] - where.x[end], where.y[start] - where.y[end]) / 1000.0
    km = np.where(inside, apart, where.radius_km) * figure("detour")
    far = figure("stop_m")
    walks = [np.where(place >= 0, where.buses.stop_m[place], far) for place in (start, end)]
    stops = walks[0] + walks[1]
    wait_h = np.full(len(km), figure("headway_h") / 2.0)
    hour = (depart_s[inside] % 86_400.0 // 3_600.0).astype(np.int64)
    at = where.buses.stop[start[inside]], where.buses.stop[end[inside]]
    goes = (np.minimum(*at) >= 0) & (stops[inside] < 1_000.0 * km[inside])
    wait_h[inside] = np.where(goes, where.buses.wait_h[day_type][at[0], hour], np.inf)
    return Ways(km, np.where(inside, 0.0, beyond_km), stops, wait_h)


def level_of_service(way: Ways) -> Service:
    """Return what each mode asks on each way.

    Speeds and fares are figures, the same at every hour: cars reckon with the mean speed of a city.
    A bus is walked to, waited for and ridden; where none goes its cost is infinite, and who is
    bound to it all the same walks.
    """
    hours, beyond = _driving(way)
    walking, waiting = figure("walking_weight"), figure("waiting_weight")
    seconds, beyond_s = np.empty((len(way.km), len(MODES))), np.empty((len(way.km), len(MODES)))
    cost = np.empty_like(seconds)
    for mode in (Mode.CAR, Mode.PASSENGER, Mode.TAXI):
        seconds[:, mode], beyond_s[:, mode] = hours * 3600.0, beyond * 3600.0
    whole_km, time = way.km + way.beyond_km, figure("time_krw_h")
    cost[:, Mode.CAR] = (hours + beyond) * figure("time_car_krw_h") + whole_km * figure(
        "fuel_krw_km"
    )
    cost[:, Mode.PASSENGER] = (hours + beyond) * time
    wait = figure("taxi_wait_h")
    seconds[:, Mode.TAXI] += wait * 3600.0
    metered = np.maximum(whole_km - figure("taxi_first_km"), 0.0) * figure("taxi_krw_km")
    cost[:, Mode.TAXI] = (hours + beyond + waiting * wait) * time + figure("taxi_krw") + metered
    foot, goes = way.stops_m / 1000.0 / figure("walking_kmh"), np.isfinite(way.wait_h)
    ride, out = way.km / figure("bus_kmh"), way.beyond_km / figure("bus_beyond_kmh")
    took = np.where(goes, foot + way.wait_h + ride, way.km / figure("walking_kmh"))
    seconds[:, Mode.BUS], beyond_s[:, Mode.BUS] = took * 3600.0, out * 3600.0
    felt = walking * foot + waiting * way.wait_h + ride + out
    cost[:, Mode.BUS] = felt * time + figure("bus_krw")
    for mode, name in ((Mode.BICYCLE, "cycling"), (Mode.WALK, "walking")):
        speed = figure(f"{name}_kmh")
        seconds[:, mode], beyond_s[:, mode] = (
            way.km / speed * 3600.0,
            way.beyond_km / speed * 3600.0,
        )
        cost[:, mode] = whole_km / speed * figure(f"{name}_weight") * time
    return Service(seconds, beyond_s, cost)


def _driving(way: Ways) -> tuple[Floats, Floats]:
    """Return the hours by car to the door or the edge, parking included, and beyond."""
    inside = way.km / figure("speed_kmh") + figure("to_and_from_car_s") / 3600.0
    return inside, way.beyond_km / figure("speed_kmh")


def aims(city: str = HOME) -> Floats:
    """Return the shares of tours aimed at in a published city, an array by class and mode."""
    shares = _by_class(f"mode_aims_{city}")
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def constants(city: str = HOME) -> Floats:
    """Return the constants of the modes in a published city, an array by class and mode."""
    return _by_class(f"mode_constants_{city}")


def driving(city: str, kind: str) -> float:
    """Return how often people drive on a class of tours in a city, over how often at home."""
    row = CLASSES.index(kind)
    return float(aims(city)[row, Mode.CAR] / aims()[row, Mode.CAR])


def _by_class(name: str) -> Floats:
    rows = table(name)
    return np.array([rows[kind] for kind in CLASSES])


def utility(cost_krw: Floats, constant: Floats, drives: Flags, rides: Flags) -> Floats:
    """Return V by row and mode; minus infinity where a person has no such mode.

    Parameters
    ----------
    cost_krw
        Generalised cost by row and mode.
    constant
        Constants of the modes, for all rows or by row.
    drives, rides
        Who has a car, and who lives with one.
    """
    value = constant - cost_krw / figure("mode_scale_krw")
    value[~drives, Mode.CAR] = -np.inf
    value[~rides, Mode.PASSENGER] = -np.inf
    return np.asarray(value)


def tastes(persons: Ints, luck: Draws) -> npt.NDArray[np.float32]:
    """Return the lasting taste of each person for each mode, Gumbel, around 0."""
    looks = np.arange(len(MODES))
    drawn = luck.of("taste").gumbel(persons[:, None], look=looks) - np.euler_gamma
    return np.asarray(figure("taste_scale") * drawn, dtype=np.float32)


def moods(persons: Ints, luck: Draws, *, day: int, tour: int, modes: int = len(MODES)) -> Floats:
    """Return the mood of each person for each mode on a tour of a day, standard Gumbel."""
    drawn = luck.of("mood").gumbel(persons[:, None], day=day, trip=tour, look=np.arange(modes))
    return np.asarray(drawn)


def chosen(value: Floats, taste: npt.NDArray[np.floating], mood: Floats) -> Ints:
    """Return the mode of each row: that of the highest V + taste + mood."""
    return np.asarray((value + taste + mood).argmax(axis=1), dtype=np.int64)
