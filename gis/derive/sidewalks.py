"""Ways on foot where a city has none mapped: both sides of each street, and over its ends.

Around a junction its arms (ends of streets) follow one another, and between two of them lies a
corner. A street has a side from corner to corner on its left and on its right, and each of its arms
is crossed from the corner at one side to that at the other: at a marked crossing where there is
one, else just so, without waiting for anybody.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.derive.marks import DERIVED

__all__ = ["footways", "with_paths"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NO_FEET = ("motorway", "motorway_link", "trunk", "trunk_link", "busway")
FROM_CORNER_M = 8.0
WALK_M = 1.5
MARKED_WITHIN_M = 20.0
PATHS = ("footway", "path", "steps")
JOINED_WITHIN_M = 40.0


class Arms(NamedTuple):
    """The ends of streets, two each in a row: ``left`` and ``right`` are the corners beside them.

    Left and right as seen from the junction. ``xy`` are the corners (m).
    """

    left: Ints
    right: Ints
    xy: Floats


def footways(streets: gpd.GeoDataFrame, crossings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the ways on foot along streets and over them.

    Parameters
    ----------
    crossings
        The marked ones: points.

    Returns
    -------
    geopandas.GeoDataFrame
        from_node and to_node (corners), length_m, kind (sidewalk; street where there is none, and
        over an end without marks; crossing over one with), origin.
    """
    one = streets[~streets["highway"].isin(NO_FEET)].drop_duplicates("way")
    if not len(one):
        return _none(streets.crs)
    arms = _arms(one)
    tail, head = np.arange(0, 2 * len(one), 2), np.arange(1, 2 * len(one), 2)
    start = np.concatenate([arms.left[tail], arms.right[tail], arms.right])
    stop = np.concatenate([arms.right[head], arms.left[head], arms.left])
    along = np.where(one["sidewalk"].to_numpy(bool), "sidewalk", "street")
    over = shapely.linestrings(np.stack([arms.xy[arms.right], arms.xy[arms.left]], axis=1))
    line = np.concatenate([_side(one, arms, 1), _side(one, arms, -1), over])
    kind = np.concatenate([along, along, np.where(_marked(over, crossings), "crossing", "street")])
    keep = (start != stop) & (shapely.length(line) > 0)
    dense = np.unique(np.stack([start, stop])[:, keep], return_inverse=True)[1].reshape(2, -1)
    return gpd.GeoDataFrame(
        {
            "from_node": dense[0],
            "to_node": dense[1],
            "length_m": shapely.length(line[keep]),
            "kind": kind[keep],
            "origin": DERIVED,
        },
        geometry=line[keep],
        crs=streets.crs,
    )


def with_paths(made: gpd.GeoDataFrame, found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return derived footways with the paths that a city maps, each joined where it met a street.

    Streets walked in their middle, and sidewalks and crossings that are mapped beside them, give
    way to the derived ones. A path's end that touched one of these is joined to the next corner.
    """
    path = found["kind"].isin(PATHS).to_numpy()
    ends = found[["from_node", "to_node"]].to_numpy(np.int64)
    nodes, dense = np.unique(ends[path], return_inverse=True)
    if not len(nodes):
        return made
    place = np.zeros((len(nodes), 2))
    lines = found.geometry.to_numpy()[path]
    for side, at in ((0, 0), (1, -1)):
        spots = shapely.get_coordinates(shapely.get_point(lines, at))
        place[dense.reshape(-1, 2)[:, side]] = spots
    corners = _corners(made)
    away, corner = cKDTree(corners).query(place)
    met = np.isin(nodes, ends[~path]) & (away <= JOINED_WITHIN_M) & (away > 0)
    first = len(corners)
    kept = found[path].assign(
        from_node=first + dense.reshape(-1, 2)[:, 0], to_node=first + dense.reshape(-1, 2)[:, 1]
    )
    joints = gpd.GeoDataFrame(
        {
            "from_node": first + np.flatnonzero(met), "to_node": corner[met],
            "length_m": away[met], "kind": "footway", "origin": DERIVED,
        },
        geometry=shapely.linestrings(np.stack([place[met], corners[corner[met]]], axis=1)),
        crs=made.crs,
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat([made, kept, joints], ignore_index=True), crs=made.crs)


def _corners(made: gpd.GeoDataFrame) -> Floats:
    """Return the places of the nodes of derived footways."""
    ends = made[["from_node", "to_node"]].to_numpy(np.int64)
    lines = made.geometry.to_numpy()
    place = np.zeros((ends.max() + 1, 2))
    for side, at in ((0, 0), (1, -1)):
        place[ends[:, side]] = shapely.get_coordinates(shapely.get_point(lines, at))
    return place


def _none(crs: object) -> gpd.GeoDataFrame:
    names = ("from_node", "to_node", "length_m", "kind", "origin")
    kinds = (np.int64, np.int64, float, object, object)
    empty = {name: np.empty(0, kind) for name, kind in zip(names, kinds, strict=True)}
    return gpd.GeoDataFrame(empty, geometry=np.empty(0, object), crs=crs)


def _arms(one: gpd.GeoDataFrame) -> Arms:
    """Return the arms of streets; the corner left of an arm has the arm's own number."""
    lines = one.geometry.to_numpy()
    ends = one[["from_junction", "to_junction"]].to_numpy(np.int64).ravel()
    out, step = _outward(lines)
    angle = np.arctan2(step[:, 1], step[:, 0])
    order = np.lexsort((angle, ends))
    first = np.append(True, ends[order][1:] != ends[order][:-1])
    last = np.append(first[1:], True)
    # Counter-clockwise the next arm's right corner is this one's left; the last one's the first's.
    after = np.append(order[1:], order[:1])
    after[last] = order[first]
    right = np.empty(len(order), np.int64)
    right[after] = order
    left = np.arange(len(order))
    half = np.repeat(one["width_m"].to_numpy(float) / 2 + WALK_M, 2)[:, None]
    aside = half * np.column_stack([-step[:, 1], step[:, 0]])
    xy = np.zeros_like(out)
    np.add.at(xy, left, (out + aside) / 2)
    np.add.at(xy, right, (out - aside) / 2)
    return Arms(left, right, xy)


def _outward(lines: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return a point on each arm some metres from its junction, and the unit vector outward."""
    length = shapely.length(lines)
    away = np.minimum(FROM_CORNER_M, 0.4 * length)
    ends = [(shapely.get_point(lines, 0), away), (shapely.get_point(lines, -1), length - away)]
    points, steps = [], []
    for end, at in ends:
        out = shapely.get_coordinates(shapely.line_interpolate_point(lines, at))
        step = out - shapely.get_coordinates(end)
        points.append(out)
        steps.append(step / np.maximum(np.hypot(*step.T), 1e-9)[:, None])
    return np.stack(points, axis=1).reshape(-1, 2), np.stack(steps, axis=1).reshape(-1, 2)


def _side(one: gpd.GeoDataFrame, arms: Arms, side: int) -> NDArray[np.object_]:
    """Return the line along one side of each street (1 left, -1 right), from corner to corner."""
    tail, head = np.arange(0, 2 * len(one), 2), np.arange(1, 2 * len(one), 2)
    ends = (arms.left[tail], arms.right[head]) if side > 0 else (arms.right[tail], arms.left[head])
    middle = shapely.line_interpolate_point(one.geometry.to_numpy(), 0.5, normalized=True)
    ahead = shapely.line_interpolate_point(one.geometry.to_numpy(), 0.55, normalized=True)
    step = shapely.get_coordinates(ahead) - shapely.get_coordinates(middle)
    step /= np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    half = side * (one["width_m"].to_numpy(float) / 2 + WALK_M)[:, None]
    beside = shapely.get_coordinates(middle) + half * np.column_stack([-step[:, 1], step[:, 0]])
    found: NDArray[np.object_] = shapely.linestrings(
        np.stack([arms.xy[ends[0]], beside, arms.xy[ends[1]]], axis=1)
    )
    return found


def _marked(over: NDArray[np.object_], crossings: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return over which arms the marks lead: of each marked crossing the nearest within 20 m."""
    marked = np.zeros(len(over), bool)
    if len(crossings) and len(over):
        middle = shapely.get_coordinates(shapely.line_interpolate_point(over, 0.5, normalized=True))
        away, arm = cKDTree(middle).query(shapely.get_coordinates(crossings.geometry.to_numpy()))
        marked[arm[away <= MARKED_WITHIN_M]] = True
    return marked
