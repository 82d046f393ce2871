"""Turns that cross or merge, and which of the two yields."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.derive.marks import Floats, Ints
from gis.derive.turns import BUSWAY, ends, joined, turned

__all__ = ["Conflicts", "Sides", "conflicting", "sides", "yields"]

LATERAL_DEG = 0.5  # on its street, an end stands this far from the axis; a busway half as far
OPPOSITE_DEG = 175.0

Mask = npt.NDArray[np.bool_]


class Sides(NamedTuple):
    """Where each street enters its last junction, and leaves its first, on a circle, degrees.

    Seen from the junction, counter-clockwise from east; traffic keeps to the right, so that on
    the same arm the way out comes just before the way in, and a busway lies between them.
    """

    entering: Floats
    leaving: Floats


class Conflicts(NamedTuple):
    """What each turn must yield to when it is permissive or minor.

    Turn ``t`` yields to the turns ``other[first[t]:beyond[t]]`` (rows of ``turns``, int32); where
    ``by_light`` is true only while the other has the better light (green before permissive green
    before red), else always.
    """

    first: npt.NDArray[np.int32]
    beyond: npt.NDArray[np.int32]
    other: npt.NDArray[np.int32]
    by_light: Mask


def sides(streets: gpd.GeoDataFrame) -> Sides:
    """Return where streets enter and leave junctions; both directions of a street share an axis."""
    at = ends(streets)
    angle = np.radians(np.concatenate([at.reaching + 180.0, at.leaving]))
    tail, head = streets["from_junction"].to_numpy(), streets["to_junction"].to_numpy()
    junction = np.concatenate([head, tail])
    way = streets["way"].to_numpy(np.int64)
    # The two ends of a loop are arms of their own.
    own = np.where(tail == head, way.max(initial=0) + 1 + np.arange(len(way)), way)
    key = junction * np.int64(own.max(initial=0) + 1 + len(way))
    key = key + np.concatenate([own, np.where(tail == head, own + len(way), own)])
    _, arm = np.unique(key, return_inverse=True)
    axis = np.degrees(np.arctan2(np.bincount(arm, np.sin(angle)), np.bincount(arm, np.cos(angle))))
    lateral = np.where(streets["highway"] == BUSWAY, LATERAL_DEG / 2, LATERAL_DEG)
    both = axis[arm] + np.concatenate([lateral, -lateral])
    return Sides(both[: len(way)] % 360.0, both[len(way) :] % 360.0)


def conflicting(turns: pd.DataFrame, streets: gpd.GeoDataFrame) -> tuple[Ints, Ints]:
    """Return the pairs of turns, both ways round, whose paths cross or end in the same street.

    Two paths cross where their ends alternate around the junction. Turns that leave the same
    street do not conflict.
    """
    at = turns["junction"].to_numpy(np.int64)
    a, b = joined(at, at)
    apart = turns["from_street"].to_numpy()[a] != turns["from_street"].to_numpy()[b]
    a, b = a[apart], b[apart]
    side = sides(streets)
    start, end = side.entering[turns["from_street"]], side.leaving[turns["to_street"]]
    own = (end[a] - start[a]) % 360.0
    crossing = ((start[b] - start[a]) % 360.0 < own) != ((end[b] - start[a]) % 360.0 < own)
    merging = turns["to_street"].to_numpy()[a] == turns["to_street"].to_numpy()[b]
    return a[crossing | merging], b[crossing | merging]


_WEIGHT = {"straight": 0, "right": 1, "left": 2, "uturn": 3}


def yields(turns: pd.DataFrame, streets: gpd.GeoDataFrame) -> Conflicts:
    """Return for each turn the turns it must yield to when it is permissive or minor.

    Of two that conflict, the minor yields to the major; of equals a change between a busway and
    the lanes beside it yields, then the left turn to the straight and the right one, the right
    one to the straight, a U-turn to all; of the same kind the one that has the other on its right
    (Road Traffic Act of Korea, articles 25 and 26). At a signal every conflict is listed: the one
    that would not yield by these rules yields by its light, as on a right turn on red.
    """
    a, b = conflicting(turns, streets)
    bus = (streets["highway"] == BUSWAY).to_numpy()
    change = bus[turns["from_street"]] != bus[turns["to_street"]]
    minor = (turns["control"] == "priority").to_numpy() & ~turns["major"].to_numpy(bool)
    weight = turns["kind"].map(_WEIGHT).to_numpy() + 8 * change + 16 * minor
    entering = sides(streets).entering[turns["from_street"]]
    aside = turned(entering[b] - entering[a])  # above 0: the other comes from the right
    on_right = np.where(np.abs(aside) > OPPOSITE_DEG, a > b, aside > 0)
    giving = np.where(weight[a] == weight[b], on_right, weight[a] > weight[b])
    signal = (turns["control"] == "signal").to_numpy()[a]
    keep = giving | signal
    first = np.searchsorted(a[keep], np.arange(len(turns) + 1)).astype(np.int32)
    return Conflicts(first[:-1], first[1:], b[keep].astype(np.int32), ~giving[keep])
