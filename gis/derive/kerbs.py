"""Kerbs: where cars stand along streets, by right or because they physically fit."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from gis.derive.marks import DERIVED, Floats, by_use, scattered
from gis.derive.streets import degrees
from gis.figures import figure

__all__ = ["kerbs"]

ARTERIAL = ("primary", "secondary")
LOCAL = ("tertiary", "unclassified", "residential", "living_street")
NARROW = ("residential", "living_street")
WIDE_M = 8.0  # from here painted bays leave two cars room to pass
LANES_M = 6.0
CORNERS = 3


def kerbs(
    streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame, crossings: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return one row for each side of a street where cars fit: a line along its kerb.

    A car takes 6 m; 5 m at corners and on either side of a crossing stay free, and 3 m of the
    carriageway for others to pass. Narrow residential streets partly have residents' bays, wider
    ones partly painted bays; the rest is ``kerb_illegal``.
    """
    start, end = _corners(streets, len(junctions))
    usable = streets.length.to_numpy() - start - end - _crossed(streets, crossings)
    spaces = np.floor(usable / figure("bay_m")).astype(int)
    sides = _sides(streets, spaces)
    if sides.empty:
        return gpd.GeoDataFrame({"street": []}, geometry=[], crs=streets.crs)
    row = sides["row"].to_numpy()
    lines = _lines(streets, row, sides["right"].to_numpy(), (start, end))
    kind = _kinds(streets.loc[row], first=sides["first"].to_numpy())
    return gpd.GeoDataFrame(
        {
            "kind": kind,
            "spaces": spaces[row],
            "price_krw_h": np.where(kind == "kerb_legal", figure("kerb_price"), 0.0),
            "building": -1,
            "street": row,
            "open_from_h": 0.0,
            "open_to_h": 24.0,
            "name": streets["name"].to_numpy()[row],
            "origin": DERIVED,
        },
        geometry=lines,
        crs=streets.crs,
    )


def _corners(streets: gpd.GeoDataFrame, junctions: int) -> tuple[Floats, Floats]:
    """Return how many metres stay free at the start and at the end of each street."""
    half = streets["width_m"].to_numpy() / 2.0
    tails, heads = streets["from_junction"].to_numpy(), streets["to_junction"].to_numpy()
    widest = np.zeros(junctions)
    np.maximum.at(widest, tails, half)
    np.maximum.at(widest, heads, half)
    free = np.where(degrees(streets, junctions) >= CORNERS, widest + figure("corner_m"), 0.0)
    return free[tails], free[heads]


def _crossed(streets: gpd.GeoDataFrame, crossings: gpd.GeoDataFrame) -> Floats:
    """Return how many metres stay free at the crossings of each street."""
    ways = streets["way"].to_numpy()
    row = crossings["street"].to_numpy() if "street" in crossings else np.zeros(0, dtype=int)
    each = pd.Series(ways[row[row >= 0]]).value_counts().to_dict()
    number = by_use(streets["way"], each).fillna(0.0).to_numpy(float)
    return np.asarray(number * 2.0 * figure("corner_m"))


def _sides(streets: gpd.GeoDataFrame, spaces: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return row, right and first of each side of a street where at least one car fits."""
    kind, width = streets["highway"], streets["width_m"].to_numpy()
    fits = np.floor((width - figure("clear_width_m")) / figure("parked_width_m")).clip(0, 2)
    fits = np.where(kind.isin(ARTERIAL), np.where(width >= LANES_M, 2, 0), fits)
    fits = np.where(kind.isin(ARTERIAL + LOCAL) & (spaces > 0), fits, 0)
    place = streets.groupby("way").cumcount().to_numpy()
    alone = streets.groupby("way")["way"].transform("size").to_numpy() == 1
    rows = np.arange(len(streets))
    first = (place == 0) & (fits >= 1)
    second = ((place == 1) | alone) & (fits >= 2)
    return pd.DataFrame(
        {
            "row": np.concatenate([rows[first], rows[second]]),
            "right": np.concatenate([np.ones(first.sum(), bool), ~alone[second]]),
            "first": np.repeat([True, False], [first.sum(), second.sum()]),
        }
    ).sort_values("row", kind="stable", ignore_index=True)


def _kinds(streets: gpd.GeoDataFrame, *, first: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    """Return the kind of each side: bays on one side of the streets that a sequence picks."""
    kind, wide = streets["highway"], (streets["width_m"] >= WIDE_M).to_numpy()
    ways = streets["way"].to_numpy()
    residents = kind.isin(NARROW).to_numpy() & ~wide
    residents &= scattered(ways) < figure("resident_share")
    painted = kind.isin(LOCAL).to_numpy() & wide
    painted &= scattered(ways, 0.37) < figure("kerb_legal_share")
    return np.select(
        [first & residents, first & painted], ["resident_priority", "kerb_legal"], "kerb_illegal"
    ).astype(object)


def _lines(
    streets: gpd.GeoDataFrame,
    row: npt.NDArray[np.int64],
    right: npt.NDArray[np.bool_],
    free: tuple[Floats, Floats],
) -> npt.NDArray[np.object_]:
    """Return the kerb lines: the street without its corners, moved to its side."""
    lines = streets.geometry.to_numpy()[row]
    length = shapely.length(lines)
    parts = [
        substring(line, start, size - end)
        for line, start, end, size in zip(lines, free[0][row], free[1][row], length, strict=True)
    ]
    aside = (streets["width_m"].to_numpy()[row] - figure("parked_width_m")) / 2.0
    moved = shapely.offset_curve(parts, np.where(right, -aside, aside), join_style="mitre")
    whole = (shapely.get_type_id(moved) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(
        moved
    )
    return np.where(whole, moved, np.asarray(parts, dtype=object))
