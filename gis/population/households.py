"""Residents and households of each district, and the dwellings they live in."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.derive.districts import district_of
from gis.derive.marks import scattered
from gis.figures import figure, table
from gis.population.draws import Draws
from gis.population.fitting import controlled_rounding, fit, rounded, tilted

__all__ = ["AGES", "age_columns", "housed", "residents"]

AGES = np.arange(0, 105, 5)
SIZES = np.arange(1, 6)
ADULT = 20
SORTING = 0.5  # how far large households rather live in houses and apartments than in villas
GENERATION = 30  # years between parents and children, for who lives with whom


Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Margins(NamedTuple):
    """Whole numbers that every district must meet: persons by age, households by size."""

    ages: Ints
    sizes: Ints


def age_columns(districts: pd.DataFrame) -> list[str]:
    """Return the names of the age columns, 0 to 4 first, or none where one is missing."""
    names = [f"age_{age:02d}" for age in AGES]
    return names if all(name in districts for name in names) else []


def margins(districts: pd.DataFrame) -> Margins:
    """Return the people of the part of each district that lies in the city, as whole numbers.

    Household sizes follow the national shares, tilted so that their mean is the district's.
    """
    share = districts["share_in_area"].to_numpy(float) if "share_in_area" in districts else 1.0
    persons = np.floor(districts["population"].to_numpy(float) * share + 0.5).astype(np.int64)
    households = np.floor(districts["households"].to_numpy(float) * share + 0.5).astype(np.int64)
    households = np.clip(households, -(-persons // SIZES[-1]), persons)
    national = np.array([figure(f"household_{size}") for size in SIZES])
    mean = persons / np.maximum(households, 1)
    sizes = tilted(national, SIZES.astype(float), np.clip(mean, 1.0, 5.0)) * households[:, None]
    columns = age_columns(districts)
    ages = (
        districts[columns].to_numpy(float)
        if columns
        else np.tile(table("ages")["share"], (len(persons), 1))
    )
    whole = np.array([_exact(rounded(row), p) for row, p in zip(sizes, persons, strict=True)])
    whole = whole.reshape(len(persons), len(SIZES))
    lived = (whole * SIZES).sum(axis=1)
    ages = ages / np.maximum(ages.sum(axis=1, keepdims=True), 1e-9) * lived[:, None]
    return Margins(np.array([rounded(row) for row in ages]).reshape(len(persons), len(AGES)), whole)


def _exact(sizes: Ints, persons: int) -> Ints:
    """Return household counts that hold exactly so many persons: a few households change by one."""
    sizes = sizes.copy()
    while (missing := persons - int(sizes @ SIZES)) != 0:
        step = 1 if missing > 0 else -1
        able = sizes[:-1] if step > 0 else sizes[1:]
        if not able.any():
            break
        size = int(able.argmax()) + (step < 0)
        moved = min(abs(missing), int(sizes[size]))
        sizes[size] -= moved
        sizes[size + step] += moved
    return sizes


def residents(districts: pd.DataFrame, luck: Draws) -> pd.DataFrame:
    """Return one row for each resident: district, age (years, start of the band), size, household.

    Age by household size by district is fitted to the margins, rounded with both margins kept,
    and people are put together: a grown-up first, then those of a fitting age.
    """
    want = margins(districts)
    seed = want.ages[:, :, None] * _living()[None] + 1e-9
    table = fit(seed, {(0, 1): want.ages.astype(float), (0, 2): (want.sizes * SIZES).astype(float)})
    shape = table[0].shape if len(table) else (len(AGES), len(SIZES))
    cells = np.arange(shape[0] * shape[1])
    counts = np.array(
        [
            controlled_rounding(
                table[d], want.ages[d], want.sizes[d] * SIZES,
                luck.of("rounding").uniform(cells, look=d).reshape(shape),
            )
            for d in range(len(districts))
        ]
    ).reshape(len(districts), *shape)  # fmt: skip
    district, size, age = np.nonzero(np.ones(counts.transpose(0, 2, 1).shape))
    times = counts.transpose(0, 2, 1).ravel()
    frame = pd.DataFrame(
        {
            "district": np.repeat(district, times).astype(np.int32),
            "age": np.repeat(AGES[age], times).astype(np.int16),
            "size": np.repeat(SIZES[size], times).astype(np.int16),
        }
    )
    return _together(frame, luck)


def _living() -> Floats:
    """Return in which households people of each age band live, by size."""
    rows = table("living")
    start = np.searchsorted([int(age) for age in rows], AGES, side="right") - 1
    return np.array(list(rows.values()))[start]


def _together(people: pd.DataFrame, luck: Draws) -> pd.DataFrame:
    """Return people with the household each lives in, numbered from 0 over the city."""
    person = np.arange(len(people))
    group = people["district"].to_numpy(np.int64) * 10 + people["size"].to_numpy()
    age, size = people["age"].to_numpy(float), people["size"].to_numpy(np.int64)
    chance = luck.of("head").uniform(person)
    by_chance = np.lexsort([chance, age < ADULT, group])
    place = _place(group[by_chance])
    heads_wanted = _total(group[by_chance]) // size[by_chance]
    head = np.empty(len(people), dtype=bool)
    head[by_chance] = place < heads_wanted
    near = np.where(age < ADULT, age + GENERATION, age) + 10.0 * luck.of("match").uniform(person)
    heads = np.flatnonzero(head)[np.lexsort([near[head], group[head]])]
    rest = np.flatnonzero(~head)[np.lexsort([near[~head], group[~head]])]
    household = np.empty(len(people), dtype=np.int32)
    household[heads] = np.arange(len(heads))
    household[rest] = np.repeat(np.arange(len(heads)), size[heads] - 1)
    return people.assign(household=household, head=head)


def _place(group: Ints) -> Ints:
    """Return each row's place within its group, from 0; groups stand together."""
    start = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(start, np.diff(np.append(start, len(group))))


def _total(group: Ints) -> Ints:
    """Return the size of each row's group; groups stand together."""
    start = np.flatnonzero(np.diff(group, prepend=-1))
    number = np.diff(np.append(start, len(group)))
    return np.repeat(number, number)


def housed(
    people: pd.DataFrame, districts: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, luck: Draws
) -> pd.DataFrame:
    """Return one row for each household: household, district, size, home (row of buildings).

    Households spread evenly over the dwellings of their district, small ones rather in villas, or
    over the whole city where the district has none; a dwelling holds a second household only when
    all hold one.
    """
    heads = people[people["head"]].sort_values("household", kind="stable")
    households = heads[["household", "district", "size"]].reset_index(drop=True)
    where = district_of(buildings, districts)
    size, chance = households["size"], luck.of("home").uniform(households["household"].to_numpy())
    order = np.lexsort([chance + SORTING * size / SIZES[-1], households["district"]])
    home = np.full(len(households), -1, dtype=np.int32)
    for district, rows in _groups(households["district"].to_numpy()[order], order):
        dwellings = _dwellings(buildings, where == district)
        if not len(dwellings):
            dwellings = _dwellings(buildings, np.ones(len(buildings), dtype=bool))
        if len(dwellings):
            spread = np.floor((np.arange(len(rows)) + 0.5) * len(dwellings) / len(rows)).astype(int)
            home[rows] = dwellings[spread]
    return households.assign(home=home)


def _groups(keys: Ints, rows: Ints) -> list[tuple[int, Ints]]:
    """Return the rows of each key; keys stand together."""
    start = np.flatnonzero(np.diff(keys, prepend=-1))
    return (
        [(int(keys[s]), part) for s, part in zip(start, np.split(rows, start[1:]), strict=True)]
        if len(rows)
        else []
    )


def _dwellings(buildings: pd.DataFrame, chosen: npt.NDArray[np.bool_]) -> Ints:
    """Return the building of each dwelling of the chosen buildings, villas rather first."""
    number = np.where(chosen, buildings["dwellings"].to_numpy(np.int64), 0)
    row = np.repeat(np.arange(len(buildings)), number)
    large = (buildings["use"] != "villa").to_numpy(float)[row]
    return row[np.argsort(scattered(np.arange(len(row))) + SORTING * large, kind="stable")]
