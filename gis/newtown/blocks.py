"""Blocks: the land between the streets, cut small enough to build on, and what each is for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from gis.newtown.graph import Graph, graph
from gis.newtown.plan import CENTRE, KINDS, LOCAL, Lines, Plan, main_lines
from gis.newtown.sequence import Floats

__all__ = ["SIDEWALK_M", "Blocks", "blocks", "gates", "largest", "lay_out", "subdivide", "surfaces"]

SIDEWALK_M = 3.0
SMALLEST_M2 = 150.0
WIDTH = np.array([k.width for k in KINDS])
SIDEWALK = np.array([k.sidewalk for k in KINDS])
BRIDGE = np.array([k.bridge for k in KINDS])


@dataclass(frozen=True)
class Blocks:
    """Blocks by column: `face` to the street centrelines, `land` to the back of the sidewalk.

    `rho` and `theta` place a block's middle around the town's centre (rho 1 = mean outer ring);
    `axis` is the direction of its long side, rad; `corridor` marks those along the river.
    """

    face: Lines
    land: Lines
    rho: Floats
    theta: Floats
    axis: Floats
    corridor: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.face)


def gates(plan: Plan) -> Floats:
    """Return the points, (n, 2), where the arterials leave the town."""
    return np.stack([plan.place(plan.end, a) for a in plan.arterials])


def lay_out(plan: Plan) -> Graph:
    """Return the main streets; only the greater ones cross the river."""
    lines, kinds = main_lines(plan)
    core = shapely.buffer(plan.corridor, -1.0)
    wet = ~BRIDGE[kinds]
    lines[wet] = shapely.difference(lines[wet], core)
    parts, row = shapely.get_parts(lines, return_index=True)
    return graph(parts, kinds[row], gates(plan))


def largest(shapes: Lines) -> Lines:
    """Return the largest part of each polygon or multipolygon; empty stays empty."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    out = np.full(len(shapes), shapely.Polygon(), dtype=object)
    order = np.argsort(shapely.area(parts), kind="stable")
    out[row[order]] = parts[order]
    return out


def surfaces(g: Graph) -> Lines:
    """Return the ground that each street takes, its sidewalks included."""
    half = WIDTH[g.kind] / 2 + SIDEWALK_M * SIDEWALK[g.kind]
    grounds: Lines = shapely.buffer(g.line, half, quad_segs=4)
    return grounds


def faces(g: Graph) -> Lines:
    """Return the areas between the streets' centrelines."""
    found: Lines = shapely.get_parts(shapely.polygonize(g.line))
    return found


def _axis(shapes: Lines) -> Floats:
    """Return the direction of the long side of each shape's smallest rectangle, rad."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    sides = np.diff(corners, axis=1)[:, :2]
    long = np.hypot(sides[..., 0], sides[..., 1]).argmax(axis=1)
    side = sides[np.arange(len(sides)), long]
    return np.asarray(np.arctan2(side[:, 1], side[:, 0]), dtype=np.float64)


def _cut(face: shapely.Polygon, angle: float) -> LineString:
    """Return the line that halves a face across its long side, a little beyond its edges."""
    middle = shapely.get_coordinates(shapely.centroid(face))[0]
    across = np.array([-np.sin(angle), np.cos(angle)]) * 2000
    inside = shapely.intersection(LineString([middle - across, middle + across]), face)
    parts = shapely.get_parts(inside)
    best = shapely.get_coordinates(parts[shapely.length(parts).argmax()])
    way = (best[-1] - best[0]) / np.hypot(*(best[-1] - best[0]))
    return LineString([best[0] - 2 * way, best[-1] + 2 * way])


def subdivide(g: Graph, plan: Plan, most_m2: float) -> Graph:
    """Return the streets with local ones added, until no block outside the park is larger."""
    for _ in range(3):
        shapes = faces(g)
        dry = ~shapely.contains_xy(plan.corridor, *_middles(shapes).T)
        park = shapely.contains_xy(shapes, *CENTRE)
        large = shapes[(shapely.area(shapes) > most_m2) & dry & ~park]
        if not len(large):
            break
        cuts = [_cut(f, a) for f, a in zip(large, _axis(large), strict=True)]
        lines = np.concatenate([g.line, np.array(cuts, dtype=object)])
        g = graph(lines, np.append(g.kind, np.full(len(cuts), LOCAL)), gates(plan))
    return g


def _middles(shapes: Lines) -> Floats:
    found: Floats = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return found


def _without(shapes: Lines, grounds: Lines) -> Lines:
    """Return each shape less the grounds that touch it."""
    row, near = shapely.STRtree(grounds).query(shapes, predicate="intersects")
    order = np.argsort(row, kind="stable")
    groups = np.split(grounds[near[order]], np.cumsum(np.bincount(row, minlength=len(shapes)))[:-1])
    taken = np.array([shapely.union_all(group) for group in groups], dtype=object)
    return largest(shapely.difference(shapes, taken))


def blocks(g: Graph, plan: Plan) -> Blocks:
    """Return the blocks between these streets, in the order of their direction and distance."""
    shapes = faces(g)
    off = shapely.get_coordinates(shapely.centroid(shapes)) - np.array(CENTRE)
    rho = np.hypot(off[:, 0], off[:, 1]) / plan.radius
    theta = np.arctan2(off[:, 1], off[:, 0])
    order = np.lexsort((theta, np.round(rho, 2)))
    shapes = shapes[order]
    land = _without(shapes, surfaces(g))
    corridor = shapely.contains_xy(plan.corridor, *_middles(shapes).T)
    keep = shapely.area(land) > SMALLEST_M2
    columns = (shapes, land, rho[order], theta[order], _axis(shapes), corridor)
    return Blocks(*(values[keep] for values in columns))
