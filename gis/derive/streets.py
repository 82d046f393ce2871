"""Streets made whole: width, speed, sidewalk by class of street, and the gates of the city."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.derive.marks import DERIVED, FOUND, Ints, by_use, fill
from gis.figures import figure, table

__all__ = ["MAJOR", "across", "complete_junctions", "complete_streets", "core", "degrees"]

UNKNOWN = (1, 30, 0)
MAJOR = ("motorway", "trunk", "primary", "secondary", "tertiary")
GATES, GATE_M, WITHIN = 12, 500.0, 0.8  # [GK]


def complete_streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return streets with every column of the schema, each filled value marked."""
    streets = streets.reset_index(drop=True)
    if "origin" not in streets:
        streets = streets.assign(origin=FOUND)
    streets = fill(streets, "highway", _class_by_lanes(streets))
    classes = table("streets")
    kinds = streets["highway"].astype(str).str.removesuffix("_link")
    usual = np.array([classes.get(kind, UNKNOWN) for kind in kinds])
    streets = fill(streets, "lanes", usual[:, 0].astype(int))
    streets = fill(streets, "speed_kmh", usual[:, 1].astype(float))
    streets = fill(streets, "sidewalk", usual[:, 2] == 1)
    streets = fill(streets, "length_m", streets.length)
    streets = fill(streets, "name", "")
    streets = fill(streets, "way", _pairs(streets))
    return fill(streets, "width_m", _widths(streets)).astype({"lanes": "int64", "sidewalk": bool})


def _class_by_lanes(streets: gpd.GeoDataFrame) -> pd.Series:
    """Guess a class from lanes and speed where a network names none."""
    lanes = streets["lanes"] if "lanes" in streets else pd.Series(1, index=streets.index)
    speed = streets["speed_kmh"] if "speed_kmh" in streets else pd.Series(30.0, index=streets.index)
    conditions = [lanes >= 4, lanes == 3, (lanes == 2) | (speed >= 60), speed >= 50]
    kinds = ["primary", "secondary", "tertiary", "unclassified"]
    return pd.Series(np.select(conditions, kinds, "residential"), index=streets.index, dtype=object)


def _pairs(streets: gpd.GeoDataFrame) -> Ints:
    """Return one number for the two directions of a street: same ends, about the same length."""
    ends = np.sort(streets[["from_junction", "to_junction"]].to_numpy(np.int64), axis=1)
    key = pd.DataFrame({"a": ends[:, 0], "b": ends[:, 1], "m": streets.length.round(0)})
    return np.asarray(key.groupby(["a", "b", "m"], sort=False).ngroup(), dtype=np.int64)


def _widths(streets: gpd.GeoDataFrame) -> pd.Series:
    """Return the width of the carriageway: the lanes of both directions, or the usual width."""
    by_lanes = streets.groupby("way")["lanes"].transform("sum").astype(float) * figure("lane_m")
    usual = by_use(streets["highway"], {k: m for k, (m,) in table("narrow").items()})
    return pd.Series(np.maximum(by_lanes, usual.fillna(0.0)))


def core(streets: gpd.GeoDataFrame, junctions: int) -> npt.NDArray[np.bool_]:
    """Return which junctions lie in the largest part where every place reaches every other."""
    tails = streets["from_junction"].to_numpy(np.int64)
    heads = streets["to_junction"].to_numpy(np.int64)
    if not len(tails):
        return np.zeros(junctions, dtype=bool)
    graph = coo_array((np.ones(len(tails)), (tails, heads)), shape=(junctions, junctions))
    _, part = connected_components(graph.tocsr(), directed=True, connection="strong")
    return np.asarray(part == np.bincount(part).argmax())


def across(streets: gpd.GeoDataFrame) -> Ints:
    """Return how many lanes somebody crosses who crosses each street: those of both directions."""
    lanes = streets["lanes"].groupby(streets["way"]).transform("sum")
    return np.asarray(lanes, dtype=np.int64)


def degrees(streets: gpd.GeoDataFrame, junctions: int) -> Ints:
    """Return how many other junctions each is joined to: from 3 on it has corners."""
    ends = streets[["from_junction", "to_junction"]].to_numpy(np.int64)
    both = np.unique(np.vstack([ends, ends[:, ::-1]]), axis=0)
    return np.asarray(np.bincount(both[:, 0], minlength=junctions), dtype=np.int64)


def complete_junctions(junctions: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return junctions with signals and gates; gates are marked in ``gate_origin``.

    Where no gate is given, the outermost junction on a major street in each direction becomes one,
    if every place can be reached from it and it from every place: twelve directions at least, and
    one for each 500 m of the outline, but for those where the major streets end far within.
    """
    junctions = junctions.reset_index(drop=True)
    if "origin" not in junctions:
        junctions = junctions.assign(origin=FOUND)
    junctions = fill(junctions, "signal", values=False).astype({"signal": bool})
    given = junctions.get("gate")
    if given is not None and given.fillna(value=False).astype(bool).any():
        return fill(junctions, "gate", values=False).astype({"gate": bool})
    return junctions.assign(gate=_gates(junctions, streets), gate_origin=DERIVED)


def _gates(junctions: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Return the outermost junction of each direction, on a major street where there is one."""
    inside = core(streets, len(junctions))
    x, y = shapely.get_x(junctions.geometry.array), shapely.get_y(junctions.geometry.array)
    if not inside.any():
        return inside
    east, north = x - x[inside].mean(), y - y[inside].mean()
    major = np.zeros(len(junctions), dtype=bool)
    busy = streets["highway"].str.removesuffix("_link").isin(MAJOR)
    major[streets.loc[busy, ["from_junction", "to_junction"]].to_numpy().ravel()] = True
    usable = inside & major if (inside & major).sum() > 1 else inside
    outline_m = shapely.length(
        shapely.convex_hull(shapely.multipoints(np.column_stack([x, y])[inside]))
    )
    number = max(GATES, round(outline_m / GATE_M))
    turn = (np.arctan2(north, east) + np.pi) / (2 * np.pi)
    table = pd.DataFrame(
        {"sector": (turn * number).astype(int) % number, "far": np.hypot(east, north)}
    )
    edge = table[inside].groupby("sector")["far"].max()
    outermost = table[usable].groupby("sector")["far"].idxmax()
    near = table["far"][outermost].to_numpy() >= WITHIN * edge[outermost.index].to_numpy()
    gate = np.zeros(len(junctions), dtype=bool)
    gate[outermost[near].to_numpy()] = True
    return gate
