"""Lines beside lines: sidewalks and kerbs from the middle of a street."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
import shapely.ops

from gis.newtown.plan import Lines
from gis.newtown.sequence import Floats, Ints

__all__ = ["Walk", "beside", "cut", "joined", "offset"]


class Walk(NamedTuple):
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


def joined(start: Floats, between: tuple[Floats, Ints], stop: Floats) -> Lines:
    """Return lines from `start` through the points between to `stop`."""
    n = np.arange(len(start))
    row = np.concatenate([n, between[1], n])
    rank = np.concatenate([n * 0, between[1] * 0 + 1, n * 0 + 2])
    order = np.lexsort((np.arange(len(row)), rank, row))
    xy = np.concatenate([start, between[0], stop])[order]
    return np.asarray(shapely.linestrings(xy, indices=row[order]), dtype=object)


def cut(walk: Walk, nodes: Floats, most_m: float) -> tuple[Walk, Floats]:
    """Return the lines cut evenly into legs of `most_m` or less; new nodes follow the old."""
    length = shapely.length(walk.line)
    count = np.maximum(np.ceil(length / most_m).astype(np.int64), 1)
    row = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    step = (length / count)[row]
    ends = zip(walk.line[row], nth * step, (nth + 1) * step, strict=True)
    legs = np.array([shapely.ops.substring(*end) for end in ends], dtype=object)
    fresh = len(nodes) + np.cumsum(nth > 0) - 1
    start = np.where(nth == 0, walk.start[row], fresh)
    stop = np.where(nth == count[row] - 1, walk.stop[row], fresh + 1)
    places = shapely.get_coordinates(shapely.get_point(legs[nth > 0], 0))
    return Walk(legs, start, stop, walk.kind), np.vstack([nodes, places])


def beside(lines: Lines, at: Floats, side: Floats | float) -> Floats:
    """Return the points `at` m along each line, moved to its left by `side` m; shape (n, 2)."""
    a, b = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(at + d, 0)))
        for d in (-0.5, 0.5)
    )
    way = (b - a) / np.maximum(np.hypot(*(b - a).T), 1e-9)[:, None]
    off = np.broadcast_to(side, len(lines))[:, None]
    return np.asarray((a + b) / 2 + np.stack([-way[:, 1], way[:, 0]], axis=1) * off)
