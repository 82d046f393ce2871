"""Street corners: where the sidewalks of neighbouring arms of a junction meet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.newtown.graph import Graph
from gis.newtown.plan import KINDS
from gis.newtown.sequence import Floats, Ints

__all__ = ["WALK_M", "Corners", "corners"]

WALK_M = 1.6  # middle of the sidewalk, from the kerb
FARTHEST_M = 34.0
STRAIGHT = 0.3  # sine of the angle under which two arms count as one straight street
SKEW_M = 9.0
FEWEST_ARMS = 2
WIDTH = np.array([k.width for k in KINDS])


class Corners(NamedTuple):
    """Corners and arms of all junctions.

    An arm is one end of a way: arm 2w is the tail's end of way w, 2w + 1 the head's. Seen from the
    junction, corner `left[arm]` lies on the arm's left and `right[arm]` on its right; `pull[arm]`
    is how far along the arm (m) the corners reach; `across` marks arms to cross at a right angle.
    """

    xy: Floats
    left: Ints
    right: Ints
    pull: Floats
    junction: Ints
    across: NDArray[np.bool_]


def _bearing(g: Graph) -> Floats:
    """Return the direction in which each arm leaves its junction, rad."""
    away = np.minimum(shapely.length(g.line) / 2, 18.0)
    ends = []
    for node, at in ((g.tail, away), (g.head, -away)):
        step = shapely.get_coordinates(shapely.line_interpolate_point(g.line, at)) - g.node[node]
        ends.append(np.arctan2(step[:, 1], step[:, 0]))
    return np.stack(ends, axis=1).ravel()


def _meet(a: Floats, b: Floats, off_a: Floats, off_b: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return where the left edge of arms `a` meets the right edge of arms `b`.

    Also whether the two go straight on, so that their edges do not meet.
    """
    left = np.stack([-np.sin(a), np.cos(a)], axis=1)
    right = np.stack([np.sin(b), -np.cos(b)], axis=1)
    det = left[:, 0] * right[:, 1] - left[:, 1] * right[:, 0]
    flat = np.abs(det) < STRAIGHT
    safe = np.where(flat, 1.0, det)
    x = (off_a * right[:, 1] - off_b * left[:, 1]) / safe
    y = (off_b * left[:, 0] - off_a * right[:, 0]) / safe
    mean = (left + right) / 2 * np.maximum(off_a, off_b)[:, None]
    back = flat & ((left * right).sum(axis=1) < 0)
    mean[back] = (left * off_a[:, None])[back]
    return np.where(flat[:, None], mean, np.stack([x, y], axis=1)), flat


def _square(step: Floats, flat: NDArray[np.bool_], way: Floats, left: Ints, right: Ints) -> Floats:
    """Return the corners with those of straight edges moved to face the corner over the street."""
    arm = np.flatnonzero(flat[left] & ~flat[right])
    reach = (step[right[arm]] * way[arm]).sum(axis=1)
    moved = step.copy()
    moved[left[arm]] += reach[:, None] * way[arm]
    return moved


def corners(g: Graph) -> Corners:
    """Return the corners of all junctions of these streets."""
    junction = np.stack([g.tail, g.head], axis=1).ravel()
    bearing, off = _bearing(g), np.repeat(WIDTH[g.kind] / 2 + WALK_M, 2)
    order = np.lexsort((bearing, junction))
    j = junction[order]
    first = np.flatnonzero(np.r_[True, j[1:] != j[:-1]])
    count = np.diff(np.r_[first, len(j)])
    following = np.arange(1, len(j) + 1)
    following[first + count - 1] = first
    a, b = order, order[following]
    step, flat = _meet(bearing[a], bearing[b], off[a], off[b])
    size = np.hypot(step[:, 0], step[:, 1])
    step *= np.minimum(1.0, FARTHEST_M / np.maximum(size, 1e-9))[:, None]
    left, right = np.empty(len(j), np.int64), np.empty(len(j), np.int64)
    left[a], right[b] = np.arange(len(j)), np.arange(len(j))
    way = np.stack([np.cos(bearing), np.sin(bearing)], axis=1)
    step = _square(step, flat, way, left, right)
    reach = np.maximum((step[left] * way).sum(axis=1), (step[right] * way).sum(axis=1))
    skew = np.abs(((step[left] - step[right]) * way).sum(axis=1))
    across = (skew < SKEW_M) & (left != right) & (np.bincount(junction)[junction] > FEWEST_ARMS)
    return Corners(g.node[j] + step, left, right, np.clip(reach, 0.0, None), junction, across)
