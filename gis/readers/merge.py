"""Add a layer of one source to that of another, without counting a thing twice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.derive.marks import mark

__all__ = ["MARGIN_M", "join", "near"]

MARGIN_M = 500.0
# Metres within which two sources mean the same thing; assumptions, about the size of the thing.
SAME_M: Mapping[str, float] = MappingProxyType(
    {"car_parks": 25.0, "crossings": 8.0, "bus_stops": 15.0, "trees": 2.0, "amenities": 40.0}
)

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def near(
    frame: gpd.GeoDataFrame, layer: str, streets: gpd.GeoDataFrame, notes: list[str]
) -> gpd.GeoDataFrame:
    """Return the rows within 500 m of the streets' extent; districts must overlap the extent."""
    x0, y0, x1, y1 = streets.total_bounds
    margin = 0.0 if layer == "districts" else MARGIN_M
    box = shapely.box(x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    inside = np.asarray(shapely.intersects(frame.geometry.to_numpy(), box), dtype=bool)
    if not inside.all():
        notes.append(
            f"{layer}: {int((~inside).sum())} of {len(frame)} rows lie outside the city, left out"
        )
    return frame[inside].reset_index(drop=True)


def join(
    first: gpd.GeoDataFrame | None, later: gpd.GeoDataFrame, layer: str, notes: list[str]
) -> gpd.GeoDataFrame:
    """Return the first layer and what is new in the later; what both know fills gaps of the first.

    Two buildings are one where a point on the later lies in the first; districts, where their code
    is the same; points, where they are close, of the same kind and, for amenities, of one name.
    """
    if first is None or not len(first):
        return later.reset_index(drop=True)
    if not len(later):
        return first
    same = _same_as(first, later, layer)
    known = same >= 0
    if known.any():
        first = _filled(first, later[known], same[known])
        notes.append(f"{layer}: {int(known.sum())} of {len(later)} rows are there already")
    both = pd.concat([first, later[~known]], ignore_index=True)
    return gpd.GeoDataFrame(_no_gaps(both, first), geometry="geometry", crs=first.crs)


def _same_as(first: gpd.GeoDataFrame, later: gpd.GeoDataFrame, layer: str) -> Ints:
    """Return for each later row the row of the first that is the same thing, -1 for none."""
    none = np.full(len(later), -1, dtype=np.int64)
    if layer == "buildings":
        points = shapely.point_on_surface(later.geometry.to_numpy())
        found = first.sindex.query(points, predicate="intersects")
        none[found[0][::-1]] = found[1][::-1]
    elif "dong_code" in first and "dong_code" in later:
        row = pd.Series(np.arange(len(first)), index=first["dong_code"].astype("str"))
        number = later["dong_code"].astype("str").map(row[~row.index.duplicated()])
        none = number.fillna(-1).to_numpy(np.int64)
    elif layer in SAME_M:
        none = _close(first, later, layer)
    return none


def _close(first: gpd.GeoDataFrame, later: gpd.GeoDataFrame, layer: str) -> Ints:
    row = np.full(len(later), -1, dtype=np.int64)
    found = first.sindex.query(later.geometry, predicate="dwithin", distance=SAME_M[layer])
    alike = np.ones(found.shape[1], dtype=bool)
    for column in ("kind", "name") if layer == "amenities" else ("kind",):
        if column in first and column in later:
            ours, theirs = first[column].to_numpy()[found[1]], later[column].to_numpy()[found[0]]
            alike &= ours == theirs
    pairs = found[:, alike]
    row[pairs[0][::-1]] = pairs[1][::-1]
    return row


def _filled(first: gpd.GeoDataFrame, later: gpd.GeoDataFrame, rows: Ints) -> gpd.GeoDataFrame:
    """Put found values of the later in the place of empty or assumed values of the first.

    Where a thing got a new value, its other assumed values are emptied, so that they are derived
    again from what is known now (a height from the floors found, not from a floor count assumed).
    """
    first = first.copy()
    given = {}
    for column in later.columns.intersection(first.columns).drop(["geometry", "origin"]):
        if not column.endswith("_origin"):
            better = _assumed(first, column)[rows] & ~_empty(later[column])
            given[column] = rows[better]
            first = _put(first, column, rows[better], later[column].to_numpy()[better])
    changed = np.zeros(len(first), dtype=bool)
    changed[np.concatenate([*given.values(), rows[:0]])] = True
    for column in first.columns.intersection(list(_FOLLOW)):
        stale = changed & _assumed(first, column)
        stale[given.get(column, rows[:0])] = False
        if stale.any():
            first[column] = first[column].astype(float).where(~stale)
    real = np.asarray(later["origin"] == "found", dtype=bool)
    return _put(first, "origin", rows[real], np.array("found"))


# OpenStreetMap gives floors and height together: one mark stands for both.
_SHARED = {"floors": "height_origin"}
_FOLLOW = ("height_m", "floors", "floor_area_m2", "dwellings", "jobs")


def _put(
    frame: gpd.GeoDataFrame, column: str, rows: Ints, new: npt.NDArray[np.generic]
) -> gpd.GeoDataFrame:
    """Put new values into rows of a column, and say in its mark that they were found."""
    if not len(rows):
        return frame
    fresh = frame[column].astype(object).to_numpy(copy=True)
    fresh[rows] = new
    frame = frame.assign(**{column: pd.Series(fresh, index=frame.index).infer_objects()})
    return _put(frame, mark(column), rows, np.array("found")) if mark(column) in frame else frame


def _assumed(frame: gpd.GeoDataFrame, column: str) -> Mask:
    """Return where a value is empty, or marked as not found, or its row is made up."""
    empty = _empty(frame[column]) | _differs(frame["origin"], "found")
    name = next((n for n in (mark(column), _SHARED.get(column)) if n in frame), None)
    return empty if name is None else empty | _differs(frame[name], "found")


def _empty(values: pd.Series) -> Mask:
    return np.asarray(values.isna() | (values.astype("str") == ""), dtype=bool)


def _differs(values: pd.Series, word: str) -> Mask:
    return np.asarray(values != word, dtype=bool)


def _no_gaps(both: pd.DataFrame, first: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give rows that lack a reference -1, a flag False, and a mark that of their row."""
    for column in first.columns:
        kind = first[column].dtype.kind
        if str(column).endswith("_origin"):
            both[column] = both[column].fillna(both["origin"])
        elif column in ("building", "street"):
            both[column] = both[column].fillna(-1).astype("int64")
        elif kind == "b":
            both[column] = both[column].fillna(value=False).astype(bool)
    return both
