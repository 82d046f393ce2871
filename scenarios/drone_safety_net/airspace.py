"""Where drones may fly: straight, or the shortest way round what is closed to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["OPEN", "Airspace"]

Floats = NDArray[np.float64]

CLEAR_M = 10.0
"""m that a way round keeps from what is closed."""


@dataclass(frozen=True)
class Airspace:
    """The air over a city, less what is closed: polygons in its metres, None for nothing."""

    closed: Polygon | MultiPolygon | None = None

    @cached_property
    def _corners(self) -> Floats:
        """Where a shortest way can turn: corners of the closed parts, a little outside of them."""
        if self.closed is None:
            return np.empty((0, 2))
        around = self.closed.buffer(CLEAR_M, join_style="mitre").simplify(CLEAR_M / 2)
        return np.asarray(shapely.get_coordinates(around))

    def open_at(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Return which places a drone may fly over."""
        if self.closed is None:
            return np.ones(np.shape(x), bool)
        return np.asarray(~shapely.intersects_xy(self.closed, x, y))

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> Floats | None:
        """Return the points (n, 2) of the shortest way, None where there is none.

        Straight where it may be; else along the corners of what is closed (visibility graph,
        Lozano-Perez & Wesley 1979, doi:10.1145/359156.359164).
        """
        ends = np.array([start, end])
        if not self.blocked(ends[None])[0]:
            return ends
        if not self.open_at(ends[:, 0], ends[:, 1]).all():
            return None
        points = np.concatenate((ends, self._corners))
        return self._shortest(points)

    def blocked(self, lines: Floats) -> NDArray[np.bool_]:
        """Return which straight lines (n, 2, 2; m) cross what is closed."""
        if self.closed is None:
            return np.zeros(len(lines), bool)
        shapely.prepare(self.closed)
        return np.asarray(shapely.intersects(self.closed, shapely.linestrings(lines)))

    def _shortest(self, points: Floats) -> Floats | None:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        pairs = np.array(list(combinations(range(len(points)), 2)))
        pairs = pairs[~self.blocked(points[pairs])]
        metres = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
        size = len(points)
        graph = coo_array((metres, pairs.T), shape=(size, size)).tocsr()
        away, before = dijkstra(graph, directed=False, indices=0, return_predecessors=True)
        if not np.isfinite(away[1]):
            return None
        rows = [1]
        while rows[-1]:
            rows.append(int(before[rows[-1]]))
        return points[rows[::-1]]


OPEN = Airspace()
