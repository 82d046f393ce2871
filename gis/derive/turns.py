"""Ways through a junction: which turns there are, by which lanes, and who has priority."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.derive.marks import DERIVED, FOUND, Floats, Ints, fill
from gis.schema import HIGHWAYS

__all__ = ["Ends", "complete_turns", "ends", "joined", "turned"]

NEAR_M = 10.0  # over which the direction of a street at a junction is taken
STRAIGHT_DEG = 45.0  # half a right angle: nearer to straight on than to a turn
UTURN_DEG = 160.0
SAME_ARM_DEG = 10.0
BUSWAY = "busway"

Mask = npt.NDArray[np.bool_]


class Ends(NamedTuple):
    """Directions of each street where it leaves its first junction and reaches its last, degrees.

    Counter-clockwise from east, along the direction of travel.
    """

    leaving: Floats
    reaching: Floats


def ends(streets: gpd.GeoDataFrame) -> Ends:
    """Return the direction of each street over its first and its last 10 m."""
    lines = streets.geometry.to_numpy()
    length = shapely.length(lines)
    near = np.minimum(NEAR_M, length)
    return Ends(_bearing(lines, 0 * near, near), _bearing(lines, length - near, length))


def _bearing(lines: npt.NDArray[np.object_], start: Floats, stop: Floats) -> Floats:
    a, b = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines, at)) for at in (start, stop)
    )
    return np.asarray(np.degrees(np.arctan2(b[:, 1] - a[:, 1], b[:, 0] - a[:, 0])))


def turned(degrees: Floats) -> Floats:
    """Return angles in [-180, 180): to the left above 0."""
    return np.asarray((degrees + 180.0) % 360.0 - 180.0)


def joined(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Return the rows of each pair of equal keys, by rows of the left, then of the right."""
    order = np.argsort(right, kind="stable")
    first, beyond = (np.searchsorted(right[order], left, side) for side in ("left", "right"))
    count = beyond - first
    rows = np.repeat(np.arange(len(left)), count)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows.astype(np.int64), order[np.repeat(first, count) + nth].astype(np.int64)


def complete_turns(
    given: pd.DataFrame | None,
    bans: pd.DataFrame | None,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    *,
    origin: str = DERIVED,
) -> pd.DataFrame:
    """Return the turns of a city, as the table ``turns`` of the schema describes them.

    A street with given turns has these and no others; a street without gets them by rule: to
    each street of its last junction, but back only at a dead end, and between a busway and the
    lanes beside it only straight on or to the left. Kinds come from the angle between the
    streets (45 and 160 degrees), lanes from their number (right from the kerb, left from the
    inmost lane, shared with straight on where there are fewer than three), control and priority
    from signals and classes: the streets of the highest class at a junction are major, of equal
    classes those with the most lanes; where all are alike the control is ``none``.

    Parameters
    ----------
    given
        junction, from_street, to_street and any other column of ``turns``; None where none.
    bans
        from_street, to_street of turns that are forbidden; None where none.
    streets, junctions
        Complete layers.
    origin
        What derived rows say about themselves.
    """
    found = pd.DataFrame({"from_street": [], "to_street": []}, dtype=np.int64)
    if given is not None and len(given):
        found = given.reset_index(drop=True)
        found = found if "origin" in found else found.assign(origin=FOUND)
    lacking = ~np.isin(np.arange(len(streets)), found["from_street"])
    made = _possible(streets, bans, lacking).assign(origin=origin)
    every = pd.concat([found, made], ignore_index=True) if len(found) else made
    every = every.assign(junction=streets["to_junction"].to_numpy()[every["from_street"]])
    every = _filled(every, "kind", _kinds(every, streets), len(found))
    columns = {**_lanes(every, streets), **_control(every, streets, junctions)}
    for name, values in columns.items():
        every = _filled(every, name, values, len(found))
    order = ["junction", "from_street", "to_street", "kind", *columns, "origin"]
    every = every.astype({"lane_first": "int64", "lane_last": "int64", "major": bool})
    return every[[*order, *(c for c in every.columns if c not in order)]]


def _filled(
    turns: pd.DataFrame, name: str, values: npt.NDArray[np.generic], found: int
) -> pd.DataFrame:
    """Return the turns with a column filled; gaps in found rows are marked."""
    if not found and name not in turns:
        return turns.assign(**{name: values})
    return pd.DataFrame(fill(turns, name, values))


def _possible(streets: gpd.GeoDataFrame, bans: pd.DataFrame | None, lacking: Mask) -> pd.DataFrame:
    """Return from_street, to_street and kind of the turns of streets without given ones."""
    a, b = joined(streets["to_junction"].to_numpy(), streets["from_junction"].to_numpy())
    turns = pd.DataFrame({"from_street": a, "to_street": b})[lacking[a]]
    a, b = turns["from_street"].to_numpy(), turns["to_street"].to_numpy()
    bus = (streets["highway"] == BUSWAY).to_numpy()
    kind = _kinds(turns, streets)
    back, banned = kind == "uturn", _listed(turns, bans)
    usual = ~back & ~banned & ((bus[a] == bus[b]) | (kind == "straight") | (kind == "left"))
    open_to_all = np.bincount(a, usual & (bus[a] | ~bus[b]), len(streets)) > 0
    own = _is_reverse(turns, streets)
    has_own = np.bincount(a, own, len(streets)) > 0
    dead_end = ~open_to_all[a] & back & ~banned & (own | ~has_own[a])
    chosen: pd.DataFrame = turns.assign(kind=kind)[usual | dead_end].reset_index(drop=True)
    return chosen


def _listed(turns: pd.DataFrame, bans: pd.DataFrame | None) -> Mask:
    if bans is None or not len(bans):
        return np.zeros(len(turns), bool)
    keys = ["from_street", "to_street"]
    return np.asarray(
        pd.MultiIndex.from_frame(turns[keys]).isin(pd.MultiIndex.from_frame(bans[keys]))
    )


def _is_reverse(turns: pd.DataFrame, streets: gpd.GeoDataFrame) -> Mask:
    """Return which turns lead into the other direction of their own street."""
    a, b = turns["from_street"].to_numpy(), turns["to_street"].to_numpy()
    way, tail = streets["way"].to_numpy(), streets["from_junction"].to_numpy()
    head = streets["to_junction"].to_numpy()
    return np.asarray((way[a] == way[b]) & (tail[a] == head[b]))


def _kinds(turns: pd.DataFrame, streets: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Return the kind of each turn: of the streets ahead the straightest is straight on."""
    a, b = turns["from_street"].to_numpy(), turns["to_street"].to_numpy()
    at = ends(streets)
    angle = turned(at.leaving[b] - at.reaching[a])
    back = _is_reverse(turns, streets) | (np.abs(angle) > UTURN_DEG)
    bend = np.where(back, np.inf, np.abs(angle))
    least = np.full(len(streets), np.inf)
    np.minimum.at(least, a, bend)
    straightest = np.zeros(len(streets))
    best = bend == least[a]
    straightest[a[best]] = angle[best]
    ahead = least[a] <= STRAIGHT_DEG
    aside = turned(angle - np.where(ahead, straightest[a], 0.0))
    straight = ahead & (np.abs(aside) <= SAME_ARM_DEG) & (np.abs(angle) <= STRAIGHT_DEG)
    return np.asarray(
        np.select([back, straight, aside > 0], ["uturn", "straight", "left"], "right"), object
    )


def _lanes(turns: pd.DataFrame, streets: gpd.GeoDataFrame) -> dict[str, Ints]:
    """Return the lanes of each turn by the number of lanes and the kinds there are."""
    kind = turns["kind"].to_numpy(object)
    street = turns["from_street"].to_numpy()
    lanes = streets["lanes"].to_numpy(np.int64)[street]
    has = {k: (np.bincount(street, kind == k, len(streets)) > 0)[street] for k in np.unique(kind)}
    none = np.zeros(len(turns), bool)
    right, straight = has.get("right", none), has.get("straight", none)
    left = has.get("left", none) | has.get("uturn", none)
    half = np.where(straight, 1, np.maximum(lanes // 2, 1))  # where a street ends, each has half
    first = np.select(
        [(kind == "left") & (straight | right), (kind == "uturn") & (straight | right | left)],
        [np.where(straight, lanes - 1, np.minimum(lanes // 2, lanes - 1)), lanes - 1], 0,
    )  # fmt: skip
    first = np.where((kind == "uturn") & ~(straight | right | has.get("left", none)), 0, first)
    last = np.select(
        [(kind == "right") & (straight | left), (kind == "straight") & left & (lanes >= 3)],
        [half - 1, lanes - 2], lanes - 1,
    )  # fmt: skip
    return {"lane_first": first.astype(np.int64), "lane_last": last.astype(np.int64)}


def _control(
    turns: pd.DataFrame, streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame
) -> dict[str, npt.NDArray[np.generic]]:
    """Return control and priority: by signals, else by class of street, then by lanes."""
    at, street = turns["junction"].to_numpy(), turns["from_street"].to_numpy()
    signal = junctions["signal"].to_numpy(bool)[at]
    bus = (streets["highway"] == BUSWAY).to_numpy()[street]
    # A busway runs in the middle of a street and shares its rank.
    rank = np.array([HIGHWAYS.index(k) for k in streets["highway"].astype(str)])[street]
    lanes = streets["lanes"].to_numpy(np.int64)[street]
    high, equal = _highest(at, -rank, bus)
    wide, alike = _highest(at, lanes, bus)
    major = ~signal & ~(equal & alike) & (np.where(equal, wide, high) | bus)
    control = np.select([signal, equal & alike], ["signal", "none"], "priority")
    return {"control": control.astype(object), "major": np.asarray(major)}


def _highest(at: Ints, value: Ints, apart: Mask) -> tuple[Mask, Mask]:
    """Return which values are the highest of their junction, and where all are equal."""
    most = np.full(at.max(initial=0) + 1, np.iinfo(np.int64).min)
    least = np.full(len(most), np.iinfo(np.int64).max)
    np.maximum.at(most, at[~apart], value[~apart])
    np.minimum.at(least, at[~apart], value[~apart])
    return value == most[at], (most <= least)[at]
