"""Buses of settlements: the lines within each town, and one along every main road, both ways.

Those within a town are those of a new town, whose rapid buses also carry who leaves the city: they
stand in for railway and coaches. Those between towns have one long headway: a rural service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from gis.derive.marks import Ints, scattered
from gis.figures import figure
from gis.newtown.corners import WALK_M
from gis.newtown.lines import beside
from gis.settlements.roads import Joints
from gis.settlements.sites import Settlement

__all__ = ["bus_tables", "ways_between"]

FROM_H, TO_H = 5.5, 23.5  # of the called buses too (IMOD11)
S_PER_H, S_PER_MIN = 3_600.0, 60.0
KIND, FEWEST_STOPS = "bus", 2
Tables = Mapping[str, pd.DataFrame]


def bus_tables(
    layers: Mapping[str, gpd.GeoDataFrame],
    within: Tables,
    between: Sequence[tuple[str, Ints]],
    headway_min: float,
) -> dict[str, pd.DataFrame]:
    """Return the tables of buses: those of the towns, and lines along some ways.

    ``between`` holds name and streets of each way from town to town.
    """
    stops, streets = layers["bus_stops"], layers["streets"]
    halt = _street_of(stops, streets)
    ways = [(name, way[np.isin(way, halt)]) for name, way in between]
    ways = [(name, way) for name, way in ways if len(way) >= FEWEST_STOPS]
    old = len(within["bus_lines"])
    calls = [within["bus_line_stops"]]
    for line, (_, way) in enumerate(ways, start=old):
        stop = np.array([int(np.flatnonzero(halt == street)[0]) for street in way])
        at_m = shapely.length(streets.geometry.to_numpy()[way]) / 2.0
        columns = {"line": line, "order": np.arange(len(way)), "stop": stop, "street": way}
        calls.append(pd.DataFrame({**columns, "at_m": at_m}))
    size = {what: int(figure(f"{what}_{KIND}")) for what in ("capacity", "seats")}
    more = pd.DataFrame({"name": [name for name, _ in ways], "kind": KIND, **size})
    lines = pd.concat([within["bus_lines"], more], ignore_index=True).assign(origin="synthetic")
    starts = _departures(np.arange(old, len(lines)), headway_min)
    return {
        "bus_lines": lines,
        "bus_line_stops": pd.concat(calls, ignore_index=True),
        "bus_departures": pd.concat([within["bus_departures"], starts], ignore_index=True),
    }


def ways_between(
    streets: gpd.GeoDataFrame,
    towns: Sequence[Settlement],
    joint: Joints,
    junctions: gpd.GeoDataFrame,
) -> list[tuple[str, Ints]]:
    """Return name and streets of the ways along each main road, there and back.

    A way crosses both towns whole: from the arm that lies farthest from the road.
    """
    found = []
    for pair, ends in zip(joint.town, joint.junction, strict=True):
        far = [_farthest(towns[int(i)], junctions, end) for i, end in zip(pair, ends, strict=True)]
        name = "–".join(towns[int(i)].name for i in pair)
        there = (far[0], *ends, far[1])
        found += [(name, _way(streets, there)), (f"{name} (back)", _way(streets, there[::-1]))]
    return found


def _farthest(town: Settlement, junctions: gpd.GeoDataFrame, end: int) -> int:
    """Return the junction of the arm that ends farthest from a junction."""
    here = shapely.get_coordinates(junctions.geometry.iloc[int(end)])[0]
    arm = town.arms[np.hypot(*(town.arms - here).T).argmax()]
    return int(shapely.STRtree(junctions.geometry.to_numpy()).nearest(shapely.Point(arm)))


def _way(streets: gpd.GeoDataFrame, through: Sequence[int]) -> Ints:
    """Return the streets of the fastest way through some junctions."""
    car = np.flatnonzero((streets["highway"] != "busway").to_numpy())
    tail, head = (streets[name].to_numpy()[car] for name in ("from_junction", "to_junction"))
    hours = (streets["length_m"] / streets["speed_kmh"]).to_numpy(float)[car]
    size = int(max(tail.max(), head.max())) + 1
    net = coo_array((hours, (tail, head)), shape=(size, size)).tocsr()
    before = dijkstra(net, indices=list(through[:-1]), return_predecessors=True)[1]
    street = dict(zip(zip(tail.tolist(), head.tolist(), strict=True), car.tolist(), strict=True))
    found: list[int] = []
    for row, end in zip(before, through[1:], strict=True):
        leg, node = [], int(end)
        while row[node] >= 0:
            leg.append(street[int(row[node]), node])
            node = int(row[node])
        found += leg[::-1]
    return np.array(found, dtype=np.int64)


def _street_of(stops: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> Ints:
    """Return the street of each stop: the one with its middle to the left of the stop."""
    car = np.flatnonzero((streets["highway"] != "busway").to_numpy())
    line, width = streets.geometry.to_numpy()[car], streets["width_m"].to_numpy(float)[car]
    side = beside(line, shapely.length(line) / 2.0, -(width / 2.0 + WALK_M))
    near = shapely.STRtree(shapely.points(side)).nearest(stops.geometry.to_numpy())
    return np.asarray(car[near], dtype=np.int64)


def _departures(lines: Ints, headway_min: float) -> pd.DataFrame:
    """Return the departures of lines at one headway all day, those of different lines scattered."""
    every_s = headway_min * S_PER_MIN
    first = FROM_H * S_PER_H + every_s * scattered(lines)
    count = np.ceil((TO_H * S_PER_H - first) / every_s).astype(np.int64)
    row = np.repeat(np.arange(len(lines)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    columns = {"line": lines[row], "depart_s": np.floor(first[row] + nth * every_s)}
    return pd.DataFrame(columns).assign(weekday=True, holiday=True)
