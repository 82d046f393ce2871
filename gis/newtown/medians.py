"""Medians: the great streets are crossed and turned across only where there are signals."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.derive.turns import complete_turns
from gis.newtown.graph import Graph
from gis.newtown.plan import BUSWAYS, KINDS

__all__ = ["turn_bans"]

MEDIAN_LANES = 3  # each way, from which a street has a median [GK]


def turn_bans(g: Graph, streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the turns across a median, which signals alone allow: from_street, to_street.

    Who comes to such a street without a signal turns right, and who is on it does not turn left.
    """
    lanes = np.array([kind.lanes for kind in KINDS])
    way = np.isin(g.kind, BUSWAYS) | (lanes[g.kind] >= MEDIAN_LANES)
    car = (streets["highway"] != "busway").to_numpy()
    median = np.zeros(len(streets), bool)
    median[: 2 * len(way)] = np.repeat(way, 2)
    turns = complete_turns(None, None, streets, junctions)
    a, b = turns["from_street"].to_numpy(), turns["to_street"].to_numpy()
    at, kind = turns["junction"].to_numpy(), turns["kind"].to_numpy(object)
    through = np.bincount(at[median[a] & median[b] & (kind == "straight")], minlength=at.max() + 1)
    free = ~junctions["signal"].to_numpy(bool)[at] & (through[at] > 0) & car[a] & car[b]
    across = ~(median[a] & median[b]) & np.isin(kind, ("left", "straight"))
    banned = turns.loc[free & across, ["from_street", "to_street"]]
    rows: pd.DataFrame = banned.reset_index(drop=True)
    return rows
