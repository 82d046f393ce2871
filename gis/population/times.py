"""When trips start and how long people stay: profiles by purpose, habits by kind of day."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from gis.figures import figure, table
from gis.population.draws import PURPOSES, Purpose

__all__ = [
    "CODES",
    "DAYS",
    "END_S",
    "EVENINGS",
    "GAP_S",
    "GROUPS",
    "HOUR",
    "STARTS",
    "DayType",
    "Habit",
    "purpose_of",
    "starts",
    "stays",
]

DayType = Literal["weekday", "holiday"]
HOUR = 3600.0
END_S = 27.75 * HOUR  # everybody is home before 04:00, when the next day starts
GAP_S = 600.0
GROUPS = ("driver", "worker", "pupil", "other")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Habit(NamedTuple):
    """How likely people do what on a kind of day, and factors on visitors.

    ``attends``, ``by_day``, ``errand``, ``evening`` and ``near`` are by group of
    :data:`GROUPS`; purposes are shares of tours.
    """

    attends: Floats
    by_day: Floats
    errand: Floats
    evening: Floats
    near: Floats
    business: float
    stop: float
    after_school: float
    purposes: tuple[float, ...]
    errand_purposes: tuple[float, ...]
    evening_purposes: tuple[float, ...]
    visitors: tuple[float, ...]


def _habit_of(kind: DayType) -> Habit:
    """Return the habit of a kind of day from the tables."""
    row = table(kind)
    return Habit(
        attends=np.array(row["attends"]),
        by_day=np.array(row["by_day"]),
        errand=np.array(row["errand"]),
        evening=np.array(row["evening"]),
        near=np.array(row["near"]),
        business=row["business"][0],
        stop=row["stop"][0],
        after_school=figure("after_school"),
        purposes=row["purposes"],
        errand_purposes=row["errand_purposes"],
        evening_purposes=row["evening_purposes"],
        visitors=row["visitors"],
    )


def _running(weights: tuple[float, ...]) -> Floats:
    """Return the share of trips started by the end of each hour."""
    return np.concatenate([[0.0], np.cumsum(weights) / np.sum(weights)])


DAYS: Mapping[str, Habit] = MappingProxyType(
    {"weekday": _habit_of("weekday"), "holiday": _habit_of("holiday")}
)
CODES = (Purpose.BUSINESS, Purpose.SHOP, Purpose.LEISURE, Purpose.SCHOOL, Purpose.OTHER)
HOURS = np.arange(4, 29)
EVENING = _running(table("starts")["evening"])
EVENINGS: Mapping[int, Floats] = MappingProxyType(dict.fromkeys(CODES, EVENING))
STARTS: Mapping[int, Floats] = MappingProxyType(
    {code: _running(table("starts")[PURPOSES[code]]) for code in CODES}
)


def starts(profiles: Mapping[int, Floats], purpose: Ints, chance: Floats) -> Floats:
    """Return a time of day in seconds by the profile of each trip's purpose."""
    times = [np.interp(chance, profiles[code], HOURS) * HOUR for code in CODES]
    return np.select([purpose == code for code in CODES], times, 0.0)


def stays(purpose: Ints, normal: Floats) -> Floats:
    """Return the length of stays by purpose in seconds: lognormal."""
    rows = table("stays")
    mean_h, cv = np.array([rows.get(name, (0.0, 0.0)) for name in PURPOSES])[purpose].T
    spread = np.log1p(cv**2)
    return np.asarray(mean_h * HOUR * np.exp(np.sqrt(spread) * normal - spread / 2.0))


def purpose_of(shares: tuple[float, ...], chance: Floats) -> Ints:
    """Return the purpose that a chance picks."""
    limits = np.cumsum(shares) / np.sum(shares)
    return np.array(CODES)[np.minimum(np.searchsorted(limits, chance, side="right"), 4)]
