"""Buildings for a city that has none: laid out in the blocks between its streets."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.derive.marks import SYNTHETIC, scattered

__all__ = ["blocks_filled", "named_after"]

SMALLEST_M2, LARGEST_M2 = 500.0, 250_000.0
SETBACK_M = 4.0
BUSY = ("primary", "secondary", "tertiary")


class Layout(NamedTuple):
    """How a kind of block is built: use, size of a building, spacing along and across, floors."""

    use: str
    long_m: float
    deep_m: float
    along_m: float
    across_m: float
    floors: int


APARTMENTS = Layout("apartment", 52.0, 13.0, 66.0, 46.0, 20)
VILLAS = Layout("villa", 14.0, 12.0, 18.0, 18.0, 4)
HOUSES = Layout("house", 11.0, 10.0, 16.0, 17.0, 2)
SHOPS = Layout("shop", 22.0, 18.0, 30.0, 26.0, 5)
OFFICES = Layout("office", 32.0, 22.0, 42.0, 36.0, 9)
SCHOOL = Layout("school", 60.0, 18.0, 140.0, 110.0, 4)
HOSPITAL = Layout("hospital", 32.0, 22.0, 42.0, 36.0, 6)
KNOWN = MappingProxyType({"school": SCHOOL, "hospital": HOSPITAL})
APARTMENTS_M2 = 14_000.0
FAR_M = 200.0


def blocks_filled(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return synthetic buildings in the blocks that the streets enclose, with use and floors.

    Blocks of 500 m2 to 25 ha are built up; larger ones are taken as hills, rivers and fields.
    Large blocks get apartments, small ones villas and houses, those on busy streets partly shops
    and offices; which one is chosen by a low-discrepancy sequence of the block's number.
    """
    blocks = _blocks(streets)
    kinds = _kinds(blocks, streets)
    made = [_built(block, kind) for block, kind in zip(blocks, kinds, strict=True)]
    empty = pd.DataFrame({"use": [], "floors": [], "geometry": []}, dtype=object)
    every = pd.concat([part for part in made if len(part)] or [empty], ignore_index=True)
    frame = gpd.GeoDataFrame(every, geometry="geometry", crs=streets.crs)
    return frame.astype({"floors": "int64"}).assign(origin=SYNTHETIC, name="")


def named_after(buildings: gpd.GeoDataFrame, amenities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return synthetic buildings, those nearest to a known school or hospital turned into it."""
    for kind, layout in KNOWN.items():
        points = amenities[amenities["kind"] == kind]
        if points.empty or buildings.empty:
            continue
        rows, near = shapely.STRtree(buildings.geometry.to_numpy()).query_nearest(
            points.geometry.to_numpy(), max_distance=FAR_M, all_matches=False
        )
        buildings.loc[near, "use"] = layout.use
        buildings.loc[near, "floors"] = layout.floors
        if "name" in points:
            buildings.loc[near, "name"] = points["name"].to_numpy()[rows]
    return buildings


def _blocks(streets: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Return the blocks between the streets, without carriageways, in a fixed order."""
    one = streets.drop_duplicates("way")
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(one.geometry.to_numpy())]))
    faces = faces[(shapely.area(faces) >= SMALLEST_M2) & (shapely.area(faces) <= LARGEST_M2)]
    tree = shapely.STRtree(faces)
    wide = shapely.buffer(one.geometry.to_numpy(), one["width_m"].to_numpy() / 2.0 + SETBACK_M)
    roads, block = tree.query(wide, predicate="intersects")
    cut = (
        pd.Series(wide[roads]).groupby(block).agg(lambda parts: shapely.union_all(parts.to_numpy()))
    )
    free = faces.copy()
    free[cut.index] = shapely.difference(faces[cut.index], cut.to_numpy())
    parts = shapely.get_parts(free)
    parts = parts[shapely.area(parts) >= SMALLEST_M2]
    centre = shapely.centroid(parts)
    order = np.lexsort([shapely.get_y(centre).round(1), shapely.get_x(centre).round(1)])
    return np.asarray(parts[order])


def _kinds(blocks: npt.NDArray[np.object_], streets: gpd.GeoDataFrame) -> list[Layout]:
    """Return the layout of each block by its size and whether it lies on a busy street."""
    busy = streets.loc[streets["highway"].isin(BUSY)].geometry.to_numpy()
    near = np.zeros(len(blocks), dtype=bool)
    if len(busy):
        pairs = shapely.STRtree(busy).query(blocks, predicate="dwithin", distance=30.0)
        near[pairs[0]] = True
    lot = scattered(np.arange(len(blocks)))
    large = shapely.area(blocks) >= APARTMENTS_M2
    return [_layout(*each) for each in zip(lot, large, near, strict=True)]


def _layout(lot: float, large: bool, near: bool) -> Layout:
    """Return the layout that a lot number picks: shares are assumptions."""
    if large:
        steps = [(0.05, SCHOOL), (0.18, OFFICES if near else VILLAS), (1.0, APARTMENTS)]
    elif near:
        steps = [(0.35, SHOPS), (0.55, OFFICES), (0.92, VILLAS), (1.0, HOUSES)]
    else:
        steps = [(0.12, SHOPS), (0.80, VILLAS), (1.0, HOUSES)]
    return next(layout for limit, layout in steps if lot < limit)


def _built(block: shapely.Geometry, layout: Layout) -> pd.DataFrame:
    """Return the buildings of one block: a grid along its longest side, kept where it fits."""
    frame = shapely.oriented_envelope(block)
    corners = shapely.get_coordinates(frame)
    if len(corners) < 4:
        return pd.DataFrame({"geometry": []})
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    along, across = (first, second) if np.hypot(*first) >= np.hypot(*second) else (second, first)
    origin = corners[0] if along is first else corners[1]
    if along is second:
        across = corners[0] - corners[1]
    boxes = _grid(origin, along, across, layout)
    fits = shapely.contains_properly(block, boxes) if len(boxes) else np.zeros(0, dtype=bool)
    return pd.DataFrame({"use": layout.use, "floors": layout.floors, "geometry": boxes[fits]})


def _grid(
    origin: npt.NDArray[np.float64],
    along: npt.NDArray[np.float64],
    across: npt.NDArray[np.float64],
    layout: Layout,
) -> npt.NDArray[np.object_]:
    """Return the boxes of a layout over a rectangle given by a corner and two sides."""
    size = np.hypot(*along), np.hypot(*across)
    number = [max(1, int(size[0] // layout.along_m)), max(1, int(size[1] // layout.across_m))]
    unit = along / size[0], across / size[1]
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(number[0]), np.arange(number[1])))
    x, y = (i + 0.5) * size[0] / number[0], (j + 0.5) * size[1] / number[1]
    centre = origin + x[:, None] * unit[0] + y[:, None] * unit[1]
    a, b = unit[0] * layout.long_m / 2.0, unit[1] * layout.deep_m / 2.0
    ring = np.stack([centre - a - b, centre + a - b, centre + a + b, centre - a + b], axis=1)
    return np.asarray(shapely.polygons(ring))
