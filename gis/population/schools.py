"""Who goes to which school: levels by age, and places that no more pupils take than there are."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from gis.figures import figure
from gis.population.draws import Draws
from gis.population.places import Places

__all__ = ["LEVELS", "Level", "schooled", "seated"]

NONE, OUTSIDE = -2, -1
CHOICES = 8  # nearest schools that a pupil may go to
BAND = 5
LEVELS = ("none", "elementary", "middle", "high", "university")
FIRST_YEAR, BEYOND = (6, 12, 15, 18), 23
NAMES = ("초등", "중학교", "고등학교", "대학교")  # by which a school's name tells its level

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Level(IntEnum):
    """Where a resident learns: the code of each level is its position in :data:`LEVELS`."""

    NONE = 0
    ELEMENTARY = 1
    MIDDLE = 2
    HIGH = 3
    UNIVERSITY = 4


class Pupils(NamedTuple):
    """Pupils of one level: person and place of home (m)."""

    person: Ints
    x: Floats
    y: Floats


def schooled(
    persons: pd.DataFrame, where: Places, buildings: gpd.GeoDataFrame, luck: Draws
) -> pd.DataFrame:
    """Return persons with studies (code in :data:`LEVELS`) and school (row of buildings).

    School is -1 outside the city and -2 for those who do not learn. Each level goes to its own
    schools; levels that have none take the places left in the others, then the outside.
    """
    luck = luck.of("school")
    studies = _levels(persons, luck)
    rows = np.flatnonzero((buildings["use"] == "school").to_numpy())
    area = buildings["floor_area_m2"].to_numpy(float)[rows]
    left = np.floor(area / figure("school_m2")).astype(np.int64)
    own = _own_levels(buildings, rows)
    school = np.where(studies > 0, OUTSIDE, NONE).astype(np.int32)
    home = persons["home"].to_numpy()
    levels = list(range(1, len(LEVELS)))
    for level in sorted(levels, key=lambda each: not own[:, each].any()):
        able = own[:, level] if own[:, level].any() else ~own[:, Level.UNIVERSITY]
        if not able.any() or (level == Level.UNIVERSITY and not own[:, level].any()):
            continue
        who = np.flatnonzero((studies == level) & (home >= 0))
        pupils = Pupils(persons["person"].to_numpy()[who], where.x[home[who]], where.y[home[who]])
        places = np.column_stack([where.x[rows[able]], where.y[rows[able]]])
        taken = seated(pupils, places, left[able], rows[able], luck)
        school[who] = np.where(taken >= 0, rows[able][taken], OUTSIDE)
        left[able] -= np.bincount(taken[taken >= 0], minlength=int(able.sum()))
    return persons.assign(studies=studies, school=school)


def _levels(persons: pd.DataFrame, luck: Draws) -> npt.NDArray[np.int8]:
    """Return the level at which each person learns, by age; who works does not learn."""
    person = persons["person"].to_numpy()
    year = persons["age"].to_numpy() + np.floor(BAND * luck.of("year").uniform(person))
    level = np.searchsorted(FIRST_YEAR, year, side="right")
    level[year >= BEYOND] = Level.NONE
    share = np.array([0.0, *[figure("in_school")] * 3, figure("in_university")])[level]
    learns = (luck.of("learns").uniform(person) < share) & ~persons["works"].to_numpy()
    return np.where(learns, level, Level.NONE).astype(np.int8)


def _own_levels(buildings: pd.DataFrame, rows: Ints) -> npt.NDArray[np.bool_]:
    """Return which levels each school is for: by its name, else all but the university."""
    names = buildings["name"].fillna("").astype(str).iloc[rows] if "name" in buildings else None
    own = np.zeros((len(rows), len(LEVELS)), dtype=bool)
    if names is not None:
        for level, word in enumerate(NAMES, start=1):
            own[:, level] = names.str.contains(word, regex=False).to_numpy(bool)
    own[~own.any(axis=1), Level.ELEMENTARY : Level.UNIVERSITY] = True
    return own


def seated(pupils: Pupils, places: Floats, capacity: Ints, key: Ints, luck: Draws) -> Ints:
    """Return the school of each pupil, none with more pupils than places; -1 without a place.

    Pupils like near schools, each in an order of its own (a logit by distance); schools take whom
    the lot favours. Deferred acceptance (Gale and Shapley 1962, doi:10.2307/2312726), so the result
    is the same in whatever order pupils ask.

    Parameters
    ----------
    pupils
        Who asks, and from where.
    places
        x and y of each school, m.
    capacity, key
        Places of each school, and the number that stands for it in draws.
    """
    most = min(CHOICES, len(places))
    if not len(pupils.person) or not most:
        return np.full(len(pupils.person), -1)
    far, near = cKDTree(places).query(np.column_stack([pupils.x, pupils.y]), most)
    far, near = far.reshape(-1, most), near.reshape(-1, most)
    liking = luck.of("liking").gumbel(pupils.person[:, None], look=key[near])
    score = liking - far / 1000.0 * figure("detour") / figure("school_choice_km")
    wish = np.take_along_axis(near, np.argsort(-score, axis=1, kind="stable"), axis=1)
    wish = np.column_stack([wish, np.full(len(wish), -1)])
    return _deferred(wish, luck.of("lot").uniform(pupils.person), capacity)


def _deferred(wish: Ints, lot: Floats, capacity: Ints) -> Ints:
    """Return what deferred acceptance gives each row of wishes; the last wish is -1, no place."""
    asks = np.zeros(len(wish), dtype=np.int64)
    row = np.arange(len(wish))
    while True:
        school = wish[row, asks]
        order = np.lexsort([lot, school])
        start = np.searchsorted(school[order], school[order], side="left")
        turn = np.empty(len(wish), dtype=np.int64)
        turn[order] = row - start
        refused = (school >= 0) & (turn >= capacity[school])
        if not refused.any():
            return school
        asks[refused] += 1
