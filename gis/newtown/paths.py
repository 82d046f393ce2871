"""Paths in the green: across the parks, around the lake, along the river."""

from __future__ import annotations

import numpy as np
import shapely
import shapely.ops
from shapely import LineString

from gis.newtown.lines import Walk
from gis.newtown.plan import CENTRE, Lines, Plan
from gis.newtown.sequence import Floats, Ints
from gis.newtown.site import Site

__all__ = ["paths"]

FARTHEST_SPOKE_M, LEG_M, BANK_PATH_M = 90.0, 70.0, 6.0
EMPTY = shapely.Point()
BEND = 0.09  # how far a path strays from the straight line, as a share of its length


def _curved(start: Floats, stop: Floats) -> Lines:
    """Return gently bent lines from `start` to `stop`, by turns to the left and to the right."""
    t = np.linspace(0, 1, 9)[None, :, None]
    way = stop - start
    turn = np.where(np.arange(len(way)) % 2 == 0, 1.0, -1.0)[:, None]
    aside = np.stack([-way[:, 1], way[:, 0]], axis=1) * turn * BEND
    xy = start[:, None] + way[:, None] * t + aside[:, None] * 4 * t * (1 - t)
    return np.asarray(shapely.linestrings(xy), dtype=object)


def _star(nodes: Floats, shape: shapely.Polygon, hub: Floats, number: int) -> Walk:
    """Return paths from a hub to the corners around a park, one toward each side."""
    around = np.flatnonzero(shapely.dwithin(shape, shapely.points(nodes), 7.0))
    step = nodes[around] - hub
    sector = np.floor((np.arctan2(step[:, 1], step[:, 0]) + np.pi) / (2 * np.pi / 6)).astype(int)
    first = around[np.unique(sector, return_index=True)[1]]
    line = _curved(np.broadcast_to(hub, (len(first), 2)), nodes[first])
    return Walk(line, np.full(len(first), number), first, "path")


def _parks(parks: Lines, nodes: Floats) -> tuple[list[Walk], Floats]:
    found = []
    base = nodes
    for shape in parks:
        hub = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
        walk = _star(base, shape, hub, len(nodes))
        if len(walk.line) > 1:
            found.append(walk)
            nodes = np.vstack([nodes, hub])
    return found, nodes


def _trail(
    line: LineString, corners: Ints, nodes: Floats, wet: shapely.Geometry
) -> tuple[list[Walk], Floats]:
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
    run = Walk(arcs, number[: len(legs)], np.roll(number, -1)[: len(legs)], "path")
    near = (shapely.length(spoke) < FARTHEST_SPOKE_M) & ~shapely.intersects(spoke, wet)
    if not near.any():
        return [], nodes
    return [run, Walk(spoke[near], number[near], end[near], "path")], np.vstack([nodes, places])


def _trails(plan: Plan, nodes: Floats) -> tuple[list[Walk], Floats]:
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


def paths(site: Site, corners: Floats) -> list[Walk]:
    """Return the paths; their nodes are numbered on from those of the sidewalks, `corners`."""
    trails, nodes = _trails(site.plan, corners)
    stars, _ = _parks(site.blocks.land[site.which("park")], nodes)
    return trails + stars
