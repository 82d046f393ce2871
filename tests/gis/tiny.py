"""A chessboard town small enough to count by hand: 5 x 5 junctions, 100 m apart."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.city import City

CRS = "EPSG:5186"
SIDE, STEP = 5, 100.0


def junctions() -> gpd.GeoDataFrame:
    """Return 25 junctions, row by row; the middle one has a signal."""
    points = [shapely.Point(x * STEP, y * STEP) for y in range(SIDE) for x in range(SIDE)]
    signal = np.arange(SIDE**2) == SIDE**2 // 2
    return gpd.GeoDataFrame({"signal": signal}, geometry=points, crs=CRS)


def streets(highway: str = "residential", width_m: float | None = 6.0) -> gpd.GeoDataFrame:
    """Return both directions of the 40 streets; the middle row is tertiary, 10 m wide."""
    nodes = np.arange(SIDE**2).reshape(SIDE, SIDE)
    pairs = [*zip(nodes[:, :-1].ravel(), nodes[:, 1:].ravel(), strict=True)]
    pairs += [*zip(nodes[:-1].ravel(), nodes[1:].ravel(), strict=True)]
    places = junctions().geometry.to_numpy()
    rows = [(way, a, b) for way, pair in enumerate(pairs) for a, b in (pair, pair[::-1])]
    middle = [a // SIDE == SIDE // 2 == b // SIDE for _, a, b in rows]
    columns = {
        "from_junction": [int(a) for _, a, _ in rows],
        "to_junction": [int(b) for _, _, b in rows],
        "way": [way for way, _, _ in rows],
        "lanes": 1,
        "highway": np.where(middle, "tertiary", highway),
    }
    if width_m is not None:
        columns["width_m"] = np.where(middle, 10.0, width_m)
    lines = [shapely.LineString([places[a], places[b]]) for _, a, b in rows]
    return gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)


def buildings() -> gpd.GeoDataFrame:
    """Return a building in each of the 16 blocks: 10 blocks of homes, 6 of work."""
    uses = ["apartment"] * 6 + ["villa"] * 3 + ["house"] + ["shop"] * 2 + ["office"] * 2
    uses += ["school", "hospital"]
    corners = [(x * STEP, y * STEP) for y in range(SIDE - 1) for x in range(SIDE - 1)]
    boxes = [shapely.box(x + 30, y + 30, x + 70, y + 60) for x, y in corners]
    return gpd.GeoDataFrame({"use": uses}, geometry=boxes, crs=CRS)


def districts(population: int = 2000, households: int = 900) -> gpd.GeoDataFrame:
    """Return a western and an eastern district with so many people each."""
    halves = [shapely.box(-50, -50, 200, 450), shapely.box(200, -50, 450, 450)]
    columns = {"name": ["서동", "동동"], "population": population, "households": households}
    return gpd.GeoDataFrame(columns, geometry=halves, crs=CRS)


def tiny(**layers: gpd.GeoDataFrame) -> City:
    """Return the town with streets, junctions and buildings, and whatever else is given."""
    every = {"streets": streets(), "junctions": junctions(), "buildings": buildings(), **layers}
    return City("tiny", CRS, every)
