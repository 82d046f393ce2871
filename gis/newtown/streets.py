"""Streets and junctions as layers: one row for each direction, signals where arterials cross."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.newtown.graph import Graph
from gis.newtown.names import street_names
from gis.newtown.plan import BUSWAYS, COLLECTOR, KINDS, OUTER
from gis.newtown.sequence import Floats

__all__ = ["CRS", "junctions", "streets"]

CRS = "EPSG:5186"
BUSWAY_WIDTH_M = 7.0


def _ways(g: Graph) -> pd.DataFrame:
    """Return one row for each two-way street, the busways after the streets for all."""
    columns = {
        name: [getattr(k, name) for k in KINDS]
        for name in ("highway", "lanes", "speed", "width", "sidewalk")
    }
    kinds = pd.DataFrame(columns).rename(columns={"speed": "speed_kmh", "width": "width_m"})
    ways = kinds.iloc[g.kind].reset_index(drop=True)
    ways["line"], ways["tail"], ways["head"] = g.line, g.tail, g.head
    ways["name"] = street_names(g)
    bus = ways[np.isin(g.kind, BUSWAYS)].copy()
    bus["highway"], bus["lanes"], bus["width_m"] = "busway", 1, BUSWAY_WIDTH_M
    bus["sidewalk"] = False
    return pd.concat([ways, bus], ignore_index=True)


def streets(g: Graph) -> gpd.GeoDataFrame:
    """Return the streets: rows 2w and 2w + 1 are the two directions of way w."""
    ways = _ways(g)
    rows = np.repeat(np.arange(len(ways)), 2)
    back = np.arange(len(rows)) % 2 == 1
    line = ways.line.to_numpy()[rows]
    line = np.where(back, shapely.reverse(line), line)
    tail, head = ways["tail"].to_numpy()[rows], ways["head"].to_numpy()[rows]
    frame = ways.drop(columns=["line", "tail", "head"]).iloc[rows].reset_index(drop=True)
    frame.insert(0, "from_junction", np.where(back, head, tail))
    frame.insert(1, "to_junction", np.where(back, tail, head))
    frame.insert(2, "length_m", shapely.length(line))
    frame["way"] = rows
    return gpd.GeoDataFrame(frame, geometry=line, crs=CRS)


def junctions(g: Graph, gates: Floats) -> gpd.GeoDataFrame:
    """Return the junctions; signals stand where an arterial meets a main street."""
    n = len(g.node)
    main, arterial = g.kind <= COLLECTOR, g.kind < OUTER
    signal = (_degree(g, n, main) >= 3) & (_degree(g, n, arterial) >= 1)
    at = shapely.STRtree(shapely.points(g.node)).nearest(shapely.points(gates))
    gate = np.zeros(n, dtype=bool)
    gate[at] = True
    return gpd.GeoDataFrame(
        {"signal": signal, "gate": gate}, geometry=shapely.points(g.node), crs=CRS
    )


def _degree(g: Graph, n: int, which: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.bincount(np.concatenate([g.tail[which], g.head[which]]), minlength=n)
