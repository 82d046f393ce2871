"""Where people go: attractions of buildings, distance decay, and what lies outside the city."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.city import City
from gis.derive.marks import by_use
from gis.figures import figure, table
from gis.population.buses import Buses, buses
from gis.population.draws import PURPOSES, Purpose
from gis.population.fitting import fit

__all__ = ["LENGTHS", "Places", "inside_share", "pick", "places", "to_work"]

ATTRACTING = ("office", "shop", "school", "hospital", "public", "industry", "other")
LENGTHS: Mapping[int, str] = MappingProxyType(
    {
        Purpose.WORK: "length_work_km",
        Purpose.BUSINESS: "length_other_km",
        Purpose.SHOP: "length_shop_km",
        Purpose.LEISURE: "length_other_km",
        Purpose.SCHOOL: "length_school_km",
        Purpose.OTHER: "length_other_km",
    }
)
CELL_M = 250.0
NEAREST_M = 150.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Places(NamedTuple):
    """Buildings as destinations.

    Coordinates, cell of each, centres of cells, attractions, and the buses within the city.
    """

    x: Floats
    y: Floats
    cell: Ints
    cell_x: Floats
    cell_y: Floats
    attraction: dict[int, Floats]
    radius_km: float
    buses: Buses


def places(city: City) -> Places:
    """Return the buildings of a city as destinations; cells are squares of 250 m or more."""
    buildings, streets = city["buildings"], city["streets"]
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    x, y = shapely.get_x(points), shapely.get_y(points)
    hull = shapely.convex_hull(shapely.geometrycollections(streets.geometry.to_numpy()))
    size = max(CELL_M, float(np.sqrt(hull.area)) / 16.0)
    grid = pd.DataFrame({"i": np.floor(x / size), "j": np.floor(y / size)})
    cell: Ints = np.asarray(grid.groupby(["i", "j"]).ngroup(), dtype=np.int64)
    number = np.asarray(np.bincount(cell), dtype=float)
    floor = buildings["floor_area_m2"].to_numpy(float) / 100.0
    attraction = {
        PURPOSES.index(purpose): floor
        * by_use(buildings["use"], dict(zip(ATTRACTING, visits, strict=True)))
        .fillna(0.0)
        .to_numpy()
        for purpose, visits in table("attraction").items()
    }
    guests = buildings["dwellings"].to_numpy(float) * figure("guests_a_dwelling")
    attraction[Purpose.LEISURE] = attraction[Purpose.LEISURE] + guests
    return Places(
        x, y, cell, np.bincount(cell, x) / number, np.bincount(cell, y) / number, attraction,
        float(np.sqrt(hull.area / np.pi)) / 1000.0, buses(city, x, y),
    )  # fmt: skip


def inside_share(radius_km: float, purpose: int) -> float:
    """Return the share of trips that stay in a city of this radius.

    Trip lengths are taken as exponential with the mean of their purpose; a trip stays if it is
    shorter than the way from the middle to the edge.
    """
    reach = radius_km * figure("detour")
    return float(1.0 - np.exp(-reach / figure(LENGTHS[purpose])))


def decay(where: Places, mean_km: float) -> Floats:
    """Return the weight of distance from each cell to each building, exp(-length / mean)."""
    apart = np.hypot(where.cell_x[:, None] - where.x, where.cell_y[:, None] - where.y)
    length_km = np.maximum(apart, NEAREST_M) * figure("detour") / 1000.0
    return np.asarray(np.exp(-length_km / mean_km))


def pick(weights: Floats, rows: Ints, chance: Floats) -> Ints:
    """Return, for each row number, a column with probability by its weight; -1 where all are 0.

    ``rows`` and ``chance`` are broadcast together.
    """
    running = np.cumsum(weights, axis=1)
    total = running[:, -1]
    share = running / np.where(total > 0.0, total, 1.0)[:, None]
    flat = (share + np.arange(len(share))[:, None]).ravel()
    column = np.searchsorted(flat, rows + np.minimum(chance, 1.0 - 1e-12), side="right")
    column = np.minimum(column - rows * weights.shape[1], weights.shape[1] - 1)
    return np.where(total[rows] > 0.0, column, -1)


def to_work(where: Places, workers: Floats, jobs: Floats) -> Floats:
    """Return workers from each cell to each building: distance decay, both margins met.

    ``workers`` (by cell) and ``jobs`` (by building) have any totals; the smaller one is met.
    """
    total = min(workers.sum(), jobs.sum())
    if total <= 0.0:
        return np.zeros((len(workers), len(jobs)))
    seed = decay(where, figure(LENGTHS[Purpose.WORK])) * jobs + 0.0
    margins: dict[tuple[int, ...], Floats] = {
        (0,): workers * (total / workers.sum()),
        (1,): jobs * (total / jobs.sum()),
    }
    return fit(seed, margins, rounds=15, within=1e-4)
