"""Footprints: rectangles on grids and along edges, many at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.newtown.blocks import largest
from gis.newtown.plan import Lines
from gis.newtown.sequence import Floats, Ints

__all__ = ["Spots", "along_edges", "apart", "grid", "inside", "rectangles"]


class Spots(NamedTuple):
    """Places for buildings: block, middle, direction of the front (rad), row and column."""

    block: Ints
    x: Floats
    y: Floats
    angle: Floats
    row: Ints
    column: Ints

    def take(self, keep: NDArray[np.bool_] | Ints) -> Spots:
        """Return only these places."""
        values: list[Any] = [column[keep] for column in self]
        return Spots(*values)

    @classmethod
    def join(cls, *parts: Spots) -> Spots:
        """Return the places of all parts, one after the other."""
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def rectangles(spots: Spots, width: ArrayLike, depth: ArrayLike) -> Lines:
    """Return a rectangle at each place: `width` along its angle, `depth` across it, m."""
    along = np.stack([np.cos(spots.angle), np.sin(spots.angle)], axis=-1)
    across = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    half = [
        np.broadcast_to(np.asarray(v, dtype=np.float64) / 2, len(spots.x))[:, None]
        for v in (width, depth)
    ]
    middle = np.stack([spots.x, spots.y], axis=-1)
    signs = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    corners = [middle + a * half[0] * along + b * half[1] * across for a, b in signs]
    return np.asarray(shapely.polygons(np.stack(corners, axis=1)), dtype=object)


def _block_grid(
    shape: shapely.Polygon, angle: float, pitch: tuple[float, float], shift: tuple[float, float]
) -> tuple[Floats, Ints, Ints]:
    turned = shapely.transform(shape, lambda xy: xy @ _turn(-angle).T)
    west, south, east, north = shapely.bounds(turned)
    columns = max(1, round((east - west) / pitch[0]))
    rows = max(1, round((north - south) / pitch[1]))
    i, j = (a.ravel() for a in np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)))
    u = west + (i + 0.5 - shift[0]) * (east - west) / columns
    v = south + (j + 0.5 - shift[1]) * (north - south) / rows
    return np.stack([u, v], axis=-1) @ _turn(angle).T, j, i


def _turn(angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def grid(
    shapes: Lines,
    which: Ints,
    angle: Floats,
    pitch: tuple[float, float],
    *,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Spots:
    """Return grid places over the blocks `which`, each turned by its own angle.

    `pitch` is the spacing along and across, m, stretched to fill the block; `shift` moves the
    grid by that share of it.
    """
    parts: list[tuple[Floats, Ints, Ints]] = [
        _block_grid(shapes[b], angle[b], pitch, shift) for b in which
    ]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Spots(none, *(np.zeros(0),) * 3, none, none)
    block = np.repeat(which, [len(p[0]) for p in parts])
    xy = np.concatenate([p[0] for p in parts])
    row, column = (np.concatenate([p[k] for p in parts]) for k in (1, 2))
    return Spots(block, xy[:, 0], xy[:, 1], angle[block], row, column)


def along_edges(shapes: Lines, which: Ints, pitch: float, depth: float) -> Spots:
    """Return places along the inside of the blocks' edges, their fronts to the street."""
    rings = shapely.get_exterior_ring(largest(shapely.buffer(shapes[which], -depth / 2)))
    length = shapely.length(rings)
    count = np.nan_to_num(length // pitch).astype(np.int64)
    line = np.repeat(np.arange(len(which)), count)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    at = (nth + 0.5) * (length / np.maximum(count, 1))[line]
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(rings[line], at + d))
        for d in (-3.0, 3.0, 0.0)
    ]
    way = ends[1] - ends[0]
    angle = np.arctan2(way[:, 1], way[:, 0])
    return Spots(which[line], ends[2][:, 0], ends[2][:, 1], angle, np.zeros_like(nth), nth)


def inside(shapes: Lines, spots: Spots, footprints: Lines, setback: float) -> NDArray[np.bool_]:
    """Return which footprints lie in their block, `setback` m from its edge or more."""
    block, which = np.unique(spots.block, return_inverse=True)
    yards = shapely.buffer(shapes[block], -setback)
    shapely.prepare(yards)
    return np.asarray(shapely.contains(yards[which], footprints), dtype=bool)


def apart(footprints: Lines, gap: float) -> NDArray[np.bool_]:
    """Return which footprints to keep so that no two are nearer than `gap` m; the first wins."""
    a, b = shapely.STRtree(footprints).query(footprints, predicate="dwithin", distance=gap)
    keep = np.ones(len(footprints), dtype=bool)
    order = np.argsort(b, kind="stable")
    for first, second in zip(a[order], b[order], strict=True):
        if first < second and keep[first]:
            keep[second] = False
    return keep
