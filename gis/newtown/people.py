"""Districts: the town's dongs, and who lives in them, to the last person."""

from __future__ import annotations

from itertools import combinations, pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.newtown.names import DONGS
from gis.newtown.plan import Lines, Plan
from gis.newtown.sequence import Floats, Ints, apportion, spread
from gis.newtown.streets import CRS

__all__ = ["AGES", "districts", "home_of"]

AGES = tuple(f"age_{age:02d}" for age in range(0, 101, 5))
# Shares by five-year band, %: a young new town, its bulge of parents and small children [GK].
PROFILE = (
    6.6,
    7.4,
    6.6,
    5.0,
    4.4,
    5.2,
    7.0,
    9.6,
    10.4,
    9.2,
    7.2,
    5.6,
    4.8,
    3.8,
    2.6,
    1.9,
    1.4,
    0.8,
    0.35,
    0.12,
    0.03,
)
# Persons per dwelling relative to one another [GK]; the total is given.
PERSONS = {"apartment": 2.4, "villa": 1.75, "house": 2.1}


def _sectors(plan: Plan) -> Lines:
    """Return one sector of the town for each gap between two arterials."""
    bearings = np.append(plan.arterials, plan.arterials[0] + 2 * np.pi)
    far = plan.radius * 1.6
    sectors = []
    for a, b in pairwise(bearings):
        arc = plan.place(far, np.linspace(a, b, 40))
        out, back = (plan.place(np.linspace(0, far, 120), angle) for angle in (a, b))
        sectors.append(shapely.Polygon(np.concatenate([out, arc, back[::-1]])))
    return np.array(sectors, dtype=object)


def home_of(shapes: Lines, points: Lines) -> Ints:
    """Return the row of the shape nearest to each point: the one that holds it, as a rule."""
    return np.asarray(shapely.STRtree(shapes).nearest(points), dtype=np.int64)


def _count(plan: Plan) -> int:
    """Return how many dongs: three at least, a new one for about 9,000 residents.

    A large town has two for each two gaps between arterials: inside and outside its outer busway.
    """
    if plan.large:
        return 2 * ((len(plan.arterials) + 1) // 2)
    return int(np.clip(round(2.4 + plan.residents / 9000), 3, len(plan.arterials)))


def _ages(population: Ints, plan: Plan) -> Ints:
    """Return persons by district and age band; each row sums to the district's population."""
    lean = 0.6 * (spread(len(population), seed=plan.seed, purpose=61) - 0.5)
    age = np.arange(len(PROFILE)) / len(PROFILE)
    rows = [
        apportion(int(total), np.array(PROFILE) * np.exp(tilt * age))
        for total, tilt in zip(population, lean, strict=True)
    ]
    return np.array(rows)


def _parts(weight: Floats, n: int) -> Ints:
    """Return which of `n` dongs each sector joins: neighbours together, the least dong largest."""
    best, found = -1.0, np.zeros(len(weight), dtype=np.int64)
    for cuts in combinations(range(len(weight)), n):
        part = np.searchsorted(np.array(cuts), np.arange(len(weight)), side="right") % n
        least = np.bincount(part, weight, n).min()
        if least > best:
            best, found = least, part
    return found


def _joined(plan: Plan, buildings: gpd.GeoDataFrame, middle: Lines, n: int) -> Lines:
    """Return `n` dongs of neighbouring sectors that hold about as many homes each."""
    sectors = _sectors(plan)
    homes = buildings["dwellings"].to_numpy(np.float64)
    sector = home_of(sectors, middle)
    part = _parts(np.bincount(sector, homes, len(sectors)).astype(np.float64), n)
    joined = [
        shapely.intersection(shapely.union_all(sectors[part == k]), plan.extent) for k in range(n)
    ]
    return np.array(joined, dtype=object)


def _halved(plan: Plan) -> Lines:
    """Return two dongs for each two sectors of a large town: in- and outside its outer busway."""
    inside = shapely.Polygon(plan.ring(plan.rings[plan.outer_brt]).coords)
    single = _sectors(plan)
    pairs = [shapely.union_all(single[k : k + 2]) for k in range(0, len(single), 2)]
    sectors = np.array(pairs, dtype=object)
    outside = shapely.difference(plan.extent, inside)
    return np.concatenate(
        [shapely.intersection(sectors, inside), shapely.intersection(sectors, outside)]
    )


def districts(plan: Plan, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the dongs with population, households and persons by age band."""
    n = _count(plan)
    middle = shapely.centroid(buildings.geometry.to_numpy())
    shapes = _halved(plan) if plan.large else _joined(plan, buildings, middle, n)
    home = home_of(shapes, middle)
    households = np.bincount(home, buildings["dwellings"], n).astype(np.int64)
    persons = buildings["dwellings"] * buildings["use"].map(PERSONS).fillna(0.0)
    population = apportion(plan.residents, np.bincount(home, persons, n))
    names = [f"{hangul} {latin}" for hangul, latin in DONGS[:n]]
    frame = pd.DataFrame({"name": names, "population": population, "households": households})
    ages = pd.DataFrame(_ages(population, plan), columns=list(AGES))
    return gpd.GeoDataFrame(pd.concat([frame, ages], axis=1), geometry=shapes, crs=CRS)
