"""Main roads from town to town, with a footway beside each, and the gates at the city's edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.derive.marks import Floats, Ints
from gis.newtown.lines import Walk, beside, cut
from gis.newtown.plan import RESIDENTS_A_GATE
from gis.newtown.sequence import apportion
from gis.newtown.streets import CRS
from gis.settlements.sites import Settlement

__all__ = ["Joints", "edge", "footways", "joints", "main_roads"]

# Lanes as of national roads; 80 km/h is the limit outside built-up areas on two lanes each way
# (Road Traffic Act of Korea, Enforcement Rule, Article 19). The width is general knowledge.
HIGHWAY, LANES, SPEED_KMH, WIDTH_M = "primary", 2, 80.0, 16.0
BEND = 0.35  # how far a road goes on the way its town sends it, of the distance [GK]
STEP_M = 25.0
PATH_M = 2.6  # middle of the footway from the edge of the road
LEG_M = 100.0
FEWEST_GATES = 2


class Joints(NamedTuple):
    """Where main roads begin and end: junction rows, shape (roads, 2), of arms of these towns."""

    town: Ints
    junction: Ints


def joints(
    towns: Sequence[Settlement], junctions: gpd.GeoDataFrame, pairs: Ints, arms: Ints
) -> Joints:
    """Return the junctions that the arms of each pair of towns end at."""
    ends = [towns[int(i)].arms[arm] for i, arm in zip(pairs.ravel(), arms.ravel(), strict=True)]
    points = shapely.points(np.reshape(ends, (-1, 2)))
    near = shapely.STRtree(junctions.geometry.to_numpy()).nearest(points)
    return Joints(pairs, np.asarray(near, dtype=np.int64).reshape(arms.shape))


def edge(towns: Sequence[Settlement], junctions: gpd.GeoDataFrame, joint: Joints) -> Ints:
    """Return the junctions by which the city is left: ends of arms without a main road.

    There are as many as a new town of all people has, shared out by people, two at least; of each
    town those nearest to the city's edge, the convex hull of all arms' ends.
    """
    people = [town.plan.residents for town in towns]
    number = apportion(max(FEWEST_GATES, round(sum(people) / RESIDENTS_A_GATE)), people)
    every = shapely.multipoints(np.concatenate([town.arms for town in towns]))
    hull, tree = shapely.boundary(shapely.convex_hull(every)), shapely.STRtree(junctions.geometry)
    found = []
    for town, gates in zip(towns, number, strict=True):
        row = tree.nearest(shapely.points(town.arms))
        away = shapely.distance(hull, shapely.points(town.arms))
        free = np.flatnonzero(~np.isin(row, joint.junction))
        found.append(row[free[np.argsort(away[free], kind="stable")[:gates]]])
    return np.sort(np.concatenate(found)).astype(np.int64)


def main_roads(
    towns: Sequence[Settlement], joint: Joints, junctions: gpd.GeoDataFrame, first_way: int
) -> gpd.GeoDataFrame:
    """Return both directions of the main roads as streets, their ways numbered from the first."""
    at = shapely.get_coordinates(junctions.geometry.to_numpy())[joint.junction]
    middle = np.array([town.centre for town in towns])[joint.town]
    lines = [
        _bent(*each) for each in zip(at[:, 0], at[:, 1], middle[:, 0], middle[:, 1], strict=True)
    ]
    both = np.repeat(np.array(lines, dtype=object), 2)
    both[1::2] = shapely.reverse(both[1::2])
    names = ["–".join(towns[int(i)].name for i in pair) for pair in joint.town]
    columns = {
        "from_junction": joint.junction.ravel(),
        "to_junction": joint.junction[:, ::-1].ravel(),
        "length_m": shapely.length(both),
        "highway": HIGHWAY,
        "lanes": LANES,
        "speed_kmh": SPEED_KMH,
        "width_m": WIDTH_M,
        "sidewalk": False,
        "name": np.repeat(np.array(names, dtype=object), 2),
        "way": first_way + np.arange(len(both)) // 2,
        "origin": "synthetic",
    }
    return gpd.GeoDataFrame(columns, geometry=both, crs=CRS)


def _bent(start: Floats, end: Floats, middle: Floats, other: Floats) -> shapely.LineString:
    """Return a cubic Bezier curve that leaves and reaches two towns straight from their middles."""
    apart = float(np.hypot(*(end - start)))
    out = [_ahead(p, m, BEND * apart) for p, m in ((start, middle), (end, other))]
    t = np.linspace(0.0, 1.0, max(2, int(apart / STEP_M) + 1))[:, None]
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    points = sum(w * p for w, p in zip(weights, (start, *out, end), strict=True))
    return shapely.LineString(points)


def _ahead(point: Floats, behind: Floats, by: float) -> Floats:
    """Return the point so far ahead of one, seen from another behind it."""
    return np.asarray(point + by * (point - behind) / np.hypot(*(point - behind)))


def footways(roads: gpd.GeoDataFrame, given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the footways beside main roads, joined to the nearest nodes of those given."""
    number, at = _nodes(given)
    lines = roads.geometry.to_numpy()[::2]
    tree = shapely.STRtree(shapely.points(at))
    ends = [tree.nearest(shapely.get_point(lines, i)) for i in (0, -1)]
    run = [_beside(line, at[a], at[b]) for line, a, b in zip(lines, *ends, strict=True)]
    walk = Walk(np.array(run, dtype=object), number[ends[0]], number[ends[1]], "footway")
    legs, _ = cut(walk, np.zeros((int(number.max()) + 1, 2)), LEG_M)
    columns = {
        "from_node": legs.start,
        "to_node": legs.stop,
        "length_m": shapely.length(legs.line),
        "kind": legs.kind,
        "origin": "synthetic",
    }
    return gpd.GeoDataFrame(columns, geometry=legs.line, crs=CRS)


def _nodes(footways: gpd.GeoDataFrame) -> tuple[Ints, Floats]:
    """Return the nodes of footways and their coordinates."""
    lines = footways.geometry.to_numpy()
    ends = pd.concat([footways["from_node"], footways["to_node"]]).to_numpy(np.int64)
    at = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)])
    number, first = np.unique(ends, return_index=True)
    return number, at[first]


def _beside(line: shapely.LineString, start: Floats, end: Floats) -> shapely.LineString:
    """Return the line to the right of a road, from one node to another."""
    run = np.arange(STEP_M, max(line.length - STEP_M / 2.0, STEP_M + 1.0), STEP_M)
    right = beside(np.repeat(line, len(run)), run, -(WIDTH_M / 2.0 + PATH_M))
    return shapely.LineString(np.concatenate([[start], right, [end]]))
