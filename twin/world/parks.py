"""Parks: the ways in them, what is in sight of these, and where in a park things happen.

A park is a polygon of the layer ``parks`` in which footways lie; a wood without any is none. What
happens in a park lies at one of the points of a lattice over it. Crime keeps to few places: half of
it to one square of 25 m in twenty (the law of crime concentration, Weisburd 2015,
doi:10.1111/1745-9125.12070), by lognormal weights that last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from twin.elementary import exps
from twin.luck import Luck
from twin.world.ground import Ground

__all__ = ["LATTICE_M", "Park", "lattice", "parks_of", "points_in", "weights"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LATTICE_M = 5.0
"""How far apart the points of a park are."""

SQUARE_M = 25.0
"""Side of the squares that crime keeps to."""

INSIDE = 0.5
"""How much of a footway must lie in a park for it to be one of its ways."""

CONCENTRATION = 1.6449
"""Spread of lognormal weights of which the top twentieth holds half: Phi(s - 1.6449) = 1/2."""


@dataclass(frozen=True, eq=False)
class Park:
    """A park: its row in the layer, and the rows of the footways in it (arcs along their lines).

    Its points are those of a lattice ``LATTICE_M`` apart; the last of a row lies within.
    """

    row: int
    name: str
    polygon: Polygon | MultiPolygon
    ways: Ints
    lines: NDArray[np.object_]

    @property
    def metres(self) -> float:
        """The length of its footways."""
        return float(shapely.length(self.lines).sum())

    @property
    def hectares(self) -> float:
        """Its area."""
        return float(self.polygon.area) / 1e4

    @cached_property
    def points(self) -> Floats:
        """Its points: x, y (m)."""
        return lattice(self.polygon)

    def some(self, most: int) -> Ints:
        """Return at most so many of its points (rows): all, or every second, third ... of them."""
        return np.arange(0, len(self.points), max(1, -(-len(self.points) // most)))


@lru_cache(maxsize=4)
def parks_of(ground: Ground) -> tuple[Park, ...]:
    """Return the parks in which footways lie; a city without footways is walked on its streets."""
    city = ground.city
    layer = "footways" if len(city.layers.get("footways", ())) else "streets"
    if "parks" not in city or layer not in city or not len(city["parks"]):
        return ()
    lines = city[layer].geometry.to_numpy()
    tree = shapely.STRtree(lines)
    found = []
    named = zip(_names(city["parks"]), city["parks"].geometry, strict=True)
    for row, (name, shape) in enumerate(named):
        near = np.sort(tree.query(shape, predicate="intersects")).astype(np.int64)
        share = shapely.length(shapely.intersection(lines[near], shape))
        ways = near[share >= INSIDE * shapely.length(lines[near])]
        if len(ways):
            found.append(Park(row, name, shape, ways, lines[ways]))
    return tuple(found)


def _names(layer: pd.DataFrame) -> list[str]:
    """Return what the parks are called; "" where nothing is known."""
    names = layer["name"] if "name" in layer else [""] * len(layer)
    return [name if isinstance(name, str) else "" for name in names]


def lattice(polygon: Polygon | MultiPolygon, step_m: float = LATTICE_M) -> Floats:
    """Return the points of a square lattice in a polygon; of a tiny one, a point on it."""
    west, south, east, north = polygon.bounds
    x = np.arange(math.ceil(west / step_m), math.floor(east / step_m) + 1) * step_m
    y = np.arange(math.ceil(south / step_m), math.floor(north / step_m) + 1) * step_m
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(polygon)
    inside = grid[shapely.contains_xy(polygon, grid[:, 0], grid[:, 1])]
    found: Floats = inside
    return found if len(inside) else shapely.get_coordinates(polygon.representative_point())


def weights(park: Park, kind: str, luck: Luck) -> Floats:
    """Return how likely an incident of a kind is at each point of a park; they sum to 1.

    Crime by the lasting ``luck`` of the city, everything else anywhere alike.
    """
    if kind != "crime":
        return np.full(len(park.points), 1.0 / len(park.points))
    # A square keeps its weight whatever the polygon around it: it is known by its place.
    column, row = np.floor(park.points / SQUARE_M).astype(np.int64).T
    drawn = np.asarray(luck.of("place").normal(column % (1 << 32), look=row % (1 << 32)))
    weight = exps(CONCENTRATION * drawn)
    return np.asarray(weight / weight.sum(), np.float64)


def points_in(park: Park, weight: Floats, chance: Floats) -> Floats:
    """Return the points (x, y) of a park at which numbers between 0 and 1 fall, by weight."""
    place = np.searchsorted(np.cumsum(weight), chance * weight.sum(), side="right")
    return np.asarray(park.points[np.minimum(place, len(weight) - 1)], np.float64)
