"""Who comes to a park for its own sake, beside those whose way leads through it.

The trips of the population end at buildings, so that nobody of the day stays in a park. Visits are
drawn here, apart from the day: a resident comes to one of the parks near home or to none, by a
logit of distance and size, at an hour and for a time of their own. They walk no street and change
no trip; that they would have been elsewhere at that time is left out (an assumption).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from twin.elementary import exps
from twin.luck import Luck
from twin.params import param
from twin.world.ground import Ground
from twin.world.parks import Park, parks_of

__all__ = ["Visiting", "minutes_by_hour", "visits"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MS_PER_H, MS_PER_MIN, H_PER_DAY = 3_600_000, 60_000, 24

HOURS = np.array([0.3, 0.2, 0.1, 0.1, 0.3, 1.5, 3.0, 3.5, 3.5, 4.0, 5.0, 5.0,
                  5.0, 5.5, 6.5, 7.0, 7.0, 6.0, 6.5, 8.5, 8.0, 6.0, 3.5, 1.5])  # fmt: skip
"""Visits that begin in each hour, any total: the afternoon (13-18 h) and the evening (18-22 h) hold
about a third each, as people said in GWANGJU2022; the hours between are assumed."""


@dataclass(frozen=True)
class Visiting:
    """How people come to parks; fixed for a city, of no solution."""

    a_day: float = param(
        0.32,
        "1/day",
        0,
        1,
        "GWANGJU2022 (sinhannews.com 499244): of 75.7 % who come 24.9 % daily, 48.2 % two or three "
        "times a week, 20.9 % monthly; people say too much",
        tag="D",
    )
    reach_m: float = param(1_500, "m", 100, 5_000, "about twenty minutes' walk")
    decay_m: float = param(400, "m", 50, 5_000, "further away a park draws 1/e as many")
    detour: float = param(1.3, "", 1, 2, "walked way over the straight line")
    stay_min: float = param(50, "min", 5, 300, "mean stay")
    stay_cv: float = param(0.6, "", 0, 2, "spread of stays between visits")
    holiday: float = param(1.5, "", 0, 3, "visits on a holiday over a weekday's")
    rain: float = param(0.3, "", 0, 1, "share of those who would come that come in rain")
    youngest: int = param(5, "years", 0, 18, "who comes")


def visits(
    ground: Ground, park: Park, luck: Luck, wet: Flags, *, holiday: bool = False,
    visiting: Visiting | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the visits of residents to a park, day by day.

    Parameters
    ----------
    luck
        That of the replication: the same visits whatever the solutions.
    wet
        Whether it rains in each hour since midnight of day 0; as many days are visited.

    Returns
    -------
    pandas.DataFrame
        person (row of residents), day, from_ms, until_ms (since midnight of day 0).
    """
    rule = visiting or Visiting()
    people = ground.people.residents
    people = people[(people["home"] >= 0) & (people["age"] >= rule.youngest)]
    low, high = _bounds(ground, park.row, rule)
    home = people["home"].to_numpy(np.int64)
    times = rule.a_day * (rule.holiday if holiday else 1.0)
    drawn = [
        _of_day(people["person"].to_numpy(np.int64), (low[home] * times, high[home] * times),
                luck, day, rule)
        for day in range(-(-len(wet) // H_PER_DAY))
    ]  # fmt: skip
    found = pd.concat(drawn, ignore_index=True)
    hour = found["from_ms"].to_numpy() // MS_PER_H
    rain = np.append(wet, np.zeros(H_PER_DAY, bool))[hour]
    stays = found.pop("brave").to_numpy() < np.where(rain, rule.rain, 1.0)
    return found[stays & (hour < len(wet))].reset_index(drop=True)


def minutes_by_hour(found: pd.DataFrame, hours: int) -> Floats:
    """Return the minutes that each visit (row) lasts in each hour since midnight of day 0."""
    edges = np.arange(hours) * MS_PER_H
    start, end = (found[name].to_numpy(np.int64)[:, None] for name in ("from_ms", "until_ms"))
    shared = np.minimum(end, edges + MS_PER_H) - np.maximum(start, edges)
    return np.asarray(np.maximum(shared, 0) / MS_PER_MIN, np.float64)


def _of_day(
    person: Ints, bounds: tuple[Floats, Floats], luck: Luck, day: int, rule: Visiting
) -> pd.DataFrame:
    """Return the visits of one day, and how brave each is: who is below a share comes in rain."""
    chance = np.asarray(luck.of("comes").uniform(person, day=day))
    person = person[(chance >= bounds[0]) & (chance < bounds[1])]
    when, into, brave = (
        np.asarray(luck.of("when").uniform(person, day=day, look=i)) for i in range(3)
    )
    hour = np.searchsorted(np.cumsum(HOURS) / HOURS.sum(), when, side="right").clip(max=23)
    mean, cv = np.full(len(person), rule.stay_min), np.full(len(person), rule.stay_cv)
    stay = np.asarray(luck.of("stay").lognormal(person, mean, cv, day=day))
    start = ((day * H_PER_DAY + hour + into) * MS_PER_H).astype(np.int64)
    return pd.DataFrame(
        {"person": person, "day": day, "from_ms": start, "brave": brave,
         "until_ms": start + (stay * MS_PER_MIN).astype(np.int64)}
    )  # fmt: skip


@lru_cache(maxsize=8)
def _bounds(ground: Ground, row: int, rule: Visiting) -> tuple[Floats, Floats]:
    """Return between which shares of those who go to any park those of one lie, by building."""
    every = parks_of(ground)
    drawn = np.array([_draw(ground, park, rule) for park in every])
    total = drawn.sum(axis=0)
    share = np.cumsum(drawn, axis=0) / np.where(total > 0.0, total, 1.0)
    place = [park.row for park in every].index(row)
    return (share[place - 1] if place else np.zeros(len(total))), share[place]


def _draw(ground: Ground, park: Park, rule: Visiting) -> Floats:
    """Return how much a park draws who lives in each building: sqrt(ha) exp(-way / decay)."""
    tree = cKDTree(shapely.get_coordinates(park.lines))
    away, _ = tree.query(np.column_stack([ground.place_x, ground.place_y]))
    way = rule.detour * away
    return np.where(way <= rule.reach_m, np.sqrt(park.hectares) * exps(-way / rule.decay_m), 0.0)
