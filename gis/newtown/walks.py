"""Where people walk: sidewalks on both sides, crossings at every corner, paths in the parks."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from numpy.typing import NDArray
from shapely import LineString

from gis.newtown.corners import WALK_M, Corners
from gis.newtown.graph import Graph
from gis.newtown.plan import CENTRE, KINDS, OUTER, Lines, Plan
from gis.newtown.sequence import Floats, Ints
from gis.newtown.site import Site
from gis.newtown.streets import CRS

__all__ = ["crossings", "footways", "offset"]

WIDTH = np.array([k.width for k in KINDS])
FARTHEST_SPOKE_M, LEG_M, BANK_PATH_M = 90.0, 70.0, 6.0
EMPTY = shapely.Point()
SIDEWALK = np.array([k.sidewalk for k in KINDS])


Flags = NDArray[np.bool_]


class _Walk(NamedTuple):
    """Walking lines of one kind between nodes."""

    line: Lines
    start: Ints
    stop: Ints
    kind: str


def offset(lines: Lines, side: Floats, trim: tuple[Floats, Floats]) -> tuple[Floats, Ints]:
    """Return the vertices of each line moved to its left by `side` m, and whose they are.

    Vertices nearer to the ends than `trim` m (start, stop) are left out.
    """
    xy, row = shapely.get_coordinates(lines, return_index=True)
    step = np.diff(xy, axis=0)
    new = np.r_[True, row[1:] != row[:-1]]
    old = np.r_[new[1:], True]
    ahead = np.vstack([step, [[0, 0]]])
    ahead[old] = 0
    behind = np.vstack([[[0, 0]], step])
    behind[new] = 0
    way = ahead + behind
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    run = np.cumsum(np.hypot(behind[:, 0], behind[:, 1]))
    run -= run[new][row]
    keep = (run > trim[0][row]) & (run < (shapely.length(lines) - trim[1])[row]) & ~new & ~old
    moved = xy + np.stack([-way[:, 1], way[:, 0]], axis=1) * side[row][:, None]
    return moved[keep], row[keep]


def _joined(start: Floats, between: tuple[Floats, Ints], stop: Floats) -> Lines:
    """Return lines from `start` through the points between to `stop`."""
    n = np.arange(len(start))
    row = np.concatenate([n, between[1], n])
    rank = np.concatenate([n * 0, between[1] * 0 + 1, n * 0 + 2])
    order = np.lexsort((np.arange(len(row)), rank, row))
    xy = np.concatenate([start, between[0], stop])[order]
    return np.asarray(shapely.linestrings(xy, indices=row[order]), dtype=object)


def _sidewalks(g: Graph, c: Corners) -> list[_Walk]:
    ways = np.flatnonzero(SIDEWALK[g.kind])
    tail, head = 2 * ways, 2 * ways + 1
    found = []
    for sign, start, stop in ((1, c.left[tail], c.right[head]), (-1, c.right[tail], c.left[head])):
        side = sign * (WIDTH[g.kind[ways]] / 2 + WALK_M)
        between = offset(g.line[ways], side, (c.pull[tail] + 2, c.pull[head] + 2))
        found.append(_Walk(_joined(c.xy[start], between, c.xy[stop]), start, stop, "sidewalk"))
    return found


def _crossed(g: Graph, c: Corners, signal: Flags) -> Ints:
    """Return the arms with a crossing: on arterials only where there are signals."""
    kind = np.repeat(g.kind, 2)
    calm = (kind > OUTER) | signal[c.junction]
    return np.flatnonzero(SIDEWALK[kind] & c.across & calm)


def _over(g: Graph, c: Corners, signal: Flags) -> _Walk:
    """Return the links from corner to corner across each arm that can be crossed."""
    arms = _crossed(g, c, signal)
    start, stop = c.right[arms], c.left[arms]
    line = shapely.linestrings(np.stack([c.xy[start], c.xy[stop]], axis=1))
    return _Walk(line, start, stop, "crossing")


def _lanes(g: Graph, c: Corners, nodes: Floats) -> tuple[list[_Walk], Floats]:
    """Return the lanes without sidewalk, walked in their middle, and the nodes with those added.

    The mouth of a lane is a node between the two corners beside it.
    """
    ways = np.flatnonzero(~SIDEWALK[g.kind])
    arms = np.stack([2 * ways, 2 * ways + 1], axis=1).ravel()
    mouth = (c.xy[c.left[arms]] + c.xy[c.right[arms]]) / 2
    number = len(nodes) + np.arange(len(arms))
    trim = c.pull[arms].reshape(-1, 2) + 2
    between = offset(g.line[ways], np.zeros(len(ways)), (trim[:, 0], trim[:, 1]))
    run = _joined(mouth[0::2], between, mouth[1::2])
    found = [_Walk(run, number[0::2], number[1::2], "street")]
    for side in (c.left, c.right):
        link = shapely.linestrings(np.stack([mouth, c.xy[side[arms]]], axis=1))
        found.append(_Walk(link, number, side[arms], "footway"))
    return found, np.vstack([nodes, mouth])


def _star(nodes: Floats, shape: shapely.Polygon, hub: Floats, number: int) -> _Walk:
    """Return paths from a hub to the corners around a park, one toward each side."""
    around = np.flatnonzero(shapely.dwithin(shape, shapely.points(nodes), 7.0))
    step = nodes[around] - hub
    sector = np.floor((np.arctan2(step[:, 1], step[:, 0]) + np.pi) / (2 * np.pi / 6)).astype(int)
    first = around[np.unique(sector, return_index=True)[1]]
    ends = np.stack([np.broadcast_to(hub, (len(first), 2)), nodes[first]], axis=1)
    return _Walk(shapely.linestrings(ends), np.full(len(first), number), first, "path")


def _parks(parks: Lines, nodes: Floats) -> tuple[list[_Walk], Floats]:
    found = []
    base = nodes
    for shape in parks:
        hub = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
        walk = _star(base, shape, hub, len(nodes))
        if len(walk.line) > 1:
            found.append(walk)
            nodes = np.vstack([nodes, hub])
    return found, nodes


def _trail(line: LineString, corners: Ints, nodes: Floats,
           wet: shapely.Geometry) -> tuple[list[_Walk], Floats]:
    """Return a trail cut by evenly spaced hubs, each joined to the nearest of the corners."""
    hubs = max(2, int(line.length / LEG_M))
    step = line.length / (hubs if line.is_ring else hubs - 1)
    at = np.arange(hubs) * step
    places = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    number = len(nodes) + np.arange(hubs)
    legs = at if line.is_ring else at[:-1]
    arcs = np.array([shapely.ops.substring(line, a, a + step) for a in legs], dtype=object)
    end = corners[shapely.STRtree(shapely.points(nodes[corners])).nearest(shapely.points(places))]
    spoke = shapely.linestrings(np.stack([places, nodes[end]], axis=1))
    run = _Walk(arcs, number[: len(legs)], np.roll(number, -1)[: len(legs)], "path")
    near = (shapely.length(spoke) < FARTHEST_SPOKE_M) & ~shapely.intersects(spoke, wet)
    return [run, _Walk(spoke[near], number[near], end[near], "path")], np.vstack([nodes, places])


def _trails(plan: Plan, nodes: Floats) -> tuple[list[_Walk], Floats]:
    """Return the path around the lake, and those along both banks of the river."""
    ring = plan.ring(plan.rings[0] * 0.72)
    around = np.hypot(*(nodes - np.array(CENTRE)).T) < 1.35 * plan.rings[0]
    count, river = len(nodes), shapely.buffer(plan.river, plan.river_width / 2)
    walks, nodes = _trail(ring, np.flatnonzero(around), nodes, EMPTY)
    beside = shapely.contains_xy(plan.corridor, *nodes[:count].T)
    banks = shapely.buffer(plan.river, plan.river_width / 2 + BANK_PATH_M).exterior
    dry = shapely.intersection(banks, shapely.buffer(plan.outline, -12.0))
    for line in shapely.get_parts(shapely.line_merge(dry)):
        if line.length > LEG_M and beside.any():
            more, nodes = _trail(line, np.flatnonzero(beside), nodes, river)
            walks += more
    return walks, nodes


def footways(site: Site, signal: Flags) -> gpd.GeoDataFrame:
    """Return the footways, their nodes numbered densely."""
    g, c = site.streets, site.corners
    walks = [*_sidewalks(g, c), _over(g, c, signal)]
    lanes, nodes = _lanes(g, c, c.xy)
    trails, nodes = _trails(site.plan, nodes)
    stars, nodes = _parks(site.blocks.land[site.which("park")], nodes)
    walks += lanes + trails + stars
    line = np.concatenate([w.line for w in walks])
    ends = np.stack([np.concatenate([w.start for w in walks]),
                     np.concatenate([w.stop for w in walks])])
    kind = np.repeat([w.kind for w in walks], [len(w.line) for w in walks])
    keep = (ends[0] != ends[1]) & (shapely.length(line) > 0)
    dense = np.unique(ends[:, keep], return_inverse=True)[1].reshape(2, -1)
    frame = pd.DataFrame({"from_node": dense[0], "to_node": dense[1],
                          "length_m": shapely.length(line[keep]), "kind": kind[keep]})
    return gpd.GeoDataFrame(frame, geometry=line[keep], crs=CRS)


def crossings(site: Site, signal: Flags) -> gpd.GeoDataFrame:
    """Return the marked crossings, in the middle of each arm of a junction with sidewalks."""
    g, c = site.streets, site.corners
    arm, over = _crossed(g, c, signal), _over(g, c, signal)
    middle = shapely.line_interpolate_point(over.line, 0.5, normalized=True)
    frame = {"street": arm, "signal": signal[c.junction[arm]]}
    return gpd.GeoDataFrame(frame, geometry=middle, crs=CRS)
