"""Motion on request: who was on which street, in an area and a window of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, contains_xy

from twin.world.ground import Ground

__all__ = ["Watch", "asked_for"]


@dataclass(frozen=True, eq=False)
class Watch:
    """Where and when motion was asked for."""

    area: Polygon | MultiPolygon
    from_ms: int
    to_ms: int

    def links(self, ground: Ground) -> NDArray[np.int64]:
        """Return the links whose middle lies in the area."""
        network = ground.network
        x = (network.x[network.tails] + network.x[network.heads]) / 2
        y = (network.y[network.tails] + network.y[network.heads]) / 2
        return np.flatnonzero(contains_xy(self.area, x, y))


def asked_for(moves: pa.Table, watches: Sequence[Watch], ground: Ground) -> pa.Table:
    """Return the moves (time_ms, arc) in the window of any watch whose area holds the link."""
    time, arc = moves.column("time_ms").to_numpy(), moves.column("arc").to_numpy()
    kept = np.zeros(len(moves), bool)
    for watch in watches:
        inside = np.isin(arc, watch.links(ground))
        kept |= inside & (time >= watch.from_ms) & (time < watch.to_ms)
    return moves.filter(pa.array(kept))
