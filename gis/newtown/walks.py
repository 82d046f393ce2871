"""Where people walk: sidewalks on both sides, crossings at every corner, paths in the parks."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.newtown.corners import WALK_M, Corners
from gis.newtown.graph import Graph
from gis.newtown.lines import Walk, cut, joined, offset
from gis.newtown.paths import paths
from gis.newtown.plan import KINDS, WIDE
from gis.newtown.sequence import Floats, Ints
from gis.newtown.site import Site
from gis.newtown.streets import CRS

__all__ = ["crossings", "footways", "linked"]

WIDTH = np.array([k.width for k in KINDS])
SIDEWALK = np.array([k.sidewalk for k in KINDS])
LEG_M = 45.0  # a node this often, so that doors and parked cars are near one
Flags = NDArray[np.bool_]


def _sidewalks(g: Graph, c: Corners) -> list[Walk]:
    ways = np.flatnonzero(SIDEWALK[g.kind])
    tail, head = 2 * ways, 2 * ways + 1
    found = []
    for sign, start, stop in ((1, c.left[tail], c.right[head]), (-1, c.right[tail], c.left[head])):
        side = sign * (WIDTH[g.kind[ways]] / 2 + WALK_M)
        between = offset(g.line[ways], side, (c.pull[tail] + 2, c.pull[head] + 2))
        found.append(Walk(joined(c.xy[start], between, c.xy[stop]), start, stop, "sidewalk"))
    return found


def _crossed(g: Graph, c: Corners, signal: Flags) -> Ints:
    """Return the arms with a crossing: on streets of four lanes only where there are signals."""
    kind = np.repeat(g.kind, 2)
    calm = (kind > WIDE) | signal[c.junction]
    return np.flatnonzero(SIDEWALK[kind] & c.across & calm)


def linked(site: Site, signal: Flags) -> Flags:
    """Return the junctions with signals, with those added that join sidewalks cut off otherwise."""
    g, c, signal = site.streets, site.corners, signal.copy()
    tail, head = 2 * np.arange(len(g.line)), 2 * np.arange(len(g.line)) + 1
    lanes = np.flatnonzero(~np.repeat(SIDEWALK[g.kind], 2))
    arms = np.flatnonzero(np.repeat(SIDEWALK[g.kind], 2) & c.across)
    while True:
        over = np.concatenate([_crossed(g, c, signal), lanes])
        start = np.concatenate([c.left[tail], c.right[tail], c.left[over]])
        stop = np.concatenate([c.right[head], c.left[head], c.right[over]])
        link = coo_array((np.ones(len(start)), (start, stop)), shape=(len(c.xy),) * 2)
        label = connected_components(link, directed=False)[1]
        apart = arms[label[c.left[arms]] != label[c.right[arms]]]
        if not len(apart):
            return signal
        signal[c.junction[apart[0]]] = True


def _over(g: Graph, c: Corners, signal: Flags) -> Walk:
    """Return the links from corner to corner across each arm that can be crossed."""
    arms = _crossed(g, c, signal)
    start, stop = c.right[arms], c.left[arms]
    line = shapely.linestrings(np.stack([c.xy[start], c.xy[stop]], axis=1))
    return Walk(line, start, stop, "crossing")


def _lanes(g: Graph, c: Corners, nodes: Floats) -> tuple[list[Walk], Floats]:
    """Return the lanes without sidewalk, walked in their middle, and the nodes with those added.

    The mouth of a lane is a node between the two corners beside it.
    """
    ways = np.flatnonzero(~SIDEWALK[g.kind])
    arms = np.stack([2 * ways, 2 * ways + 1], axis=1).ravel()
    mouth = (c.xy[c.left[arms]] + c.xy[c.right[arms]]) / 2
    number = len(nodes) + np.arange(len(arms))
    trim = c.pull[arms].reshape(-1, 2) + 2
    between = offset(g.line[ways], np.zeros(len(ways)), (trim[:, 0], trim[:, 1]))
    run = joined(mouth[0::2], between, mouth[1::2])
    found = [Walk(run, number[0::2], number[1::2], "street")]
    for side in (c.left, c.right):
        link = shapely.linestrings(np.stack([mouth, c.xy[side[arms]]], axis=1))
        found.append(Walk(link, number, side[arms], "footway"))
    return found, np.vstack([nodes, mouth])


def footways(site: Site, signal: Flags) -> gpd.GeoDataFrame:
    """Return the footways, their nodes numbered densely."""
    g, c = site.streets, site.corners
    walks, nodes = _lanes(g, c, c.xy)
    walks = [_over(g, c, signal), *walks]
    for walk in (*_sidewalks(g, c), walks.pop(1)):
        legs, nodes = cut(walk, nodes, LEG_M)
        walks.append(legs)
    walks += paths(site, nodes)
    line = np.concatenate([w.line for w in walks])
    ends = np.stack(
        [np.concatenate([w.start for w in walks]), np.concatenate([w.stop for w in walks])]
    )
    kind = np.repeat([w.kind for w in walks], [len(w.line) for w in walks])
    keep = (ends[0] != ends[1]) & (shapely.length(line) > 0)
    dense = np.unique(ends[:, keep], return_inverse=True)[1].reshape(2, -1)
    frame = pd.DataFrame(
        {
            "from_node": dense[0],
            "to_node": dense[1],
            "length_m": shapely.length(line[keep]),
            "kind": kind[keep],
        }
    )
    return gpd.GeoDataFrame(frame, geometry=line[keep], crs=CRS)


def crossings(site: Site, signal: Flags) -> gpd.GeoDataFrame:
    """Return the marked crossings, in the middle of each arm of a junction with sidewalks."""
    g, c = site.streets, site.corners
    arm, over = _crossed(g, c, signal), _over(g, c, signal)
    middle = shapely.line_interpolate_point(over.line, 0.5, normalized=True)
    frame = {"street": arm, "signal": signal[c.junction[arm]]}
    return gpd.GeoDataFrame(frame, geometry=middle, crs=CRS)
