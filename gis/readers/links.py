"""Tie the layers of vector files together: names of things become row numbers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.readers.signals import signal_tables
from gis.schema import TABLES

__all__ = ["link_tables", "nearest_street", "network"]

SNAP_M = 0.5
NEAR_M = 30.0
RAW = {"signal_phases": {"junctions": ("junction",)}}  # what is tied before it becomes a table

Ints = npt.NDArray[np.int64]


def network(
    streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame | None, notes: list[str]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return streets that refer to rows of junctions, and the junctions.

    Streets that name their junctions are tied by name; where there is no junction layer the ends
    of the lines give the places. Lines without names are taken as centre lines: their ends, 0.5 m
    apart at most, become junctions, and each line becomes two directions unless ``oneway`` is true.
    """
    if not {"from_junction", "to_junction"} <= set(streets.columns):
        return _from_lines(streets, notes)
    if junctions is None:
        junctions = _from_ends(streets)
        notes.append(f"junctions: none given, {len(junctions)} placed at the ends of the streets")
    tied = _tie(streets, junctions, ("from_junction", "to_junction"), "streets", notes)
    streets = gpd.GeoDataFrame(tied, geometry="geometry", crs=streets.crs)
    return streets.assign(way=_ways(streets)), junctions


def link_tables(
    tables: dict[str, pd.DataFrame],
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    notes: list[str],
) -> dict[str, pd.DataFrame]:
    """Return the tables with names of streets and junctions turned into row numbers.

    Lane by lane turns and phases become the tables of the schema.
    """
    layers = {"streets": streets, "junctions": junctions}
    linked = {}
    for name, table in tables.items():
        for layer, target in layers.items():
            columns = RAW.get(name, {}).get(layer, ()) or tuple(
                c.name for c in TABLES.get(name, ()) if c.refers == layer and c.name in table
            )
            table = _tie(table, target, columns, name, notes) if columns else table  # noqa: PLW2901
        linked[name] = table
    return signal_tables(linked, streets, notes)


def nearest_street(points: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> Ints:
    """Return the street nearest to each point within 30 m, -1 where there is none."""
    row: Ints = np.full(len(points), -1, dtype=np.int64)
    found = streets.sindex.nearest(points.geometry, return_all=False, max_distance=NEAR_M)
    row[found[0]] = found[1]
    return row


def _tie(
    frame: pd.DataFrame,
    target: gpd.GeoDataFrame,
    columns: tuple[str, ...],
    name: str,
    notes: list[str],
) -> pd.DataFrame:
    """Turn names into row numbers; rows whose thing is not there are left out and counted."""
    names = target["source_id"] if "source_id" in target else pd.Series(range(len(target)))
    row = pd.Series(np.arange(len(target)), index=names.astype("str"))
    row = row[~row.index.duplicated()]
    number = frame[list(columns)].apply(lambda c: c.astype("str").map(row))
    there = number.notna().all(axis=1).to_numpy()
    if not there.all():
        notes.append(
            f"{name}: {int((~there).sum())} of {len(frame)} rows left out, since what they refer "
            f"to in {', '.join(columns)} is not there"
        )
    fresh: pd.DataFrame = frame[there].reset_index(drop=True)
    for column in columns:
        fresh[column] = number.loc[there, column].to_numpy(np.int64)
    return fresh


def _from_ends(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    lines = streets.geometry.to_numpy()
    names = pd.concat([streets["from_junction"], streets["to_junction"]], ignore_index=True)
    points = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    first = ~names.duplicated()
    return gpd.GeoDataFrame(
        {"source_id": names[first].astype("str").to_numpy(), "origin": "derived"},
        geometry=points[first.to_numpy()],
        crs=streets.crs,
    )


def _from_lines(
    streets: gpd.GeoDataFrame, notes: list[str]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    lines = streets.geometry.to_numpy()
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    grid = np.round(shapely.get_coordinates(ends) / SNAP_M).astype(np.int64)
    _, first, node = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    node = node.reshape(2, len(lines))
    forward = streets.assign(from_junction=node[0], to_junction=node[1], way=np.arange(len(lines)))
    oneway = streets["oneway"].to_numpy(bool) if "oneway" in streets else np.zeros(len(lines), bool)
    back = forward[~oneway].assign(from_junction=node[1][~oneway], to_junction=node[0][~oneway])
    back = back.set_geometry(shapely.reverse(lines[~oneway]), crs=streets.crs)
    both = gpd.GeoDataFrame(pd.concat([forward, back], ignore_index=True), crs=streets.crs)
    both = both[both["from_junction"] != both["to_junction"]].reset_index(drop=True)
    junctions = gpd.GeoDataFrame({"origin": "derived"}, geometry=ends[first], crs=streets.crs,
                                 index=range(len(first)))  # fmt: skip
    notes.append(
        f"streets: lines without junctions, {len(junctions)} junctions placed at their ends and "
        f"{int((~oneway).sum())} lines taken as two-way"
    )
    return both.drop(columns=["oneway"], errors="ignore"), junctions


def _ways(streets: gpd.GeoDataFrame) -> Ints:
    """Return one number for the two directions of a street: same ends, paired by length."""
    a, b = streets["from_junction"].to_numpy(), streets["to_junction"].to_numpy()
    ends = pd.DataFrame({"low": np.minimum(a, b), "high": np.maximum(a, b), "up": a < b})
    ends["length"] = streets.length.to_numpy()
    order = ends.sort_values(["low", "high", "up", "length"], kind="stable")
    ends["nth"] = order.groupby(["low", "high", "up"]).cumcount()
    number = ends.groupby(["low", "high", "nth"], sort=False).ngroup()
    return number.to_numpy().astype(np.int64)
