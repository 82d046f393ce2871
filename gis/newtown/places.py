"""Small things people go to: bus stops along the main streets, shops and services."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.newtown.corners import WALK_M, Corners
from gis.newtown.graph import Graph
from gis.newtown.lines import beside
from gis.newtown.people import home_of
from gis.newtown.plan import COLLECTOR, KINDS, RINGS, Plan
from gis.newtown.sequence import Ints, spread
from gis.newtown.streets import CRS

__all__ = ["amenities", "bus_stops"]

WIDTH = np.array([k.width for k in KINDS])
SHORTEST_M = 110.0
PLACES = {
    "convenience": "편의점",
    "cafe": "카페",
    "restaurant": "식당",
    "clinic": "의원",
    "pharmacy": "약국",
    "bank": "은행",
    "academy": "학원",
    "kindergarten": "어린이집",
    "library": "작은도서관",
    "gym": "체육관",
}


def bus_stops(g: Graph, c: Corners, dongs: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Ints]:
    """Return the bus stops, in the middle of both sides of main streets, and their street rows."""
    clear = shapely.length(g.line) - c.pull[0::2] - c.pull[1::2]
    main = np.flatnonzero(
        (g.kind <= COLLECTOR) & (clear > SHORTEST_M * 0.6) & (shapely.length(g.line) > SHORTEST_M)
    )
    ways = main[(np.isin(g.kind[main], RINGS)) | (np.arange(len(main)) % 2 == 0)]
    rows = np.stack([2 * ways, 2 * ways + 1], axis=1).ravel()
    line = g.line[rows // 2]
    half = shapely.length(line) / 2
    side = (WIDTH[g.kind[rows // 2]] / 2 + WALK_M) * np.where(rows % 2 == 0, -1, 1)
    point = shapely.points(beside(line, half, side))
    dong = home_of(dongs.geometry.to_numpy(), point)
    short = np.array([name.split()[0] for name in dongs["name"]], dtype=object)[dong]
    names = [f"{name} {n // 2 + 1}" for n, name in enumerate(short)]
    return gpd.GeoDataFrame({"name": names}, geometry=point, crs=CRS), rows


def amenities(plan: Plan, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return shops and services on the ground floors, and the schools and the hospital."""
    rows = np.flatnonzero(buildings["use"].isin(["shop", "office"]))
    rows = np.repeat(rows, 2)
    which = (spread(len(rows), seed=plan.seed, purpose=71) * len(PLACES)).astype(np.int64)
    single = np.flatnonzero(buildings["use"].isin(["school", "hospital", "public"]))
    kind = np.append(np.array(list(PLACES), dtype=object)[which], buildings["use"].iloc[single])
    label = {"school": "초등학교", "hospital": "병원", "public": "주민센터"}
    name = np.append(
        np.array(list(PLACES.values()), dtype=object)[which],
        buildings["use"].iloc[single].map(label),
    )
    shape = buildings.geometry.to_numpy()[np.append(rows, single)]
    corner = shapely.get_point(shapely.get_exterior_ring(shape), np.arange(len(shape)) % 2)
    inside = shapely.get_coordinates(shapely.centroid(shape)) * 0.35
    point = shapely.points(shapely.get_coordinates(corner) * 0.65 + inside)
    return gpd.GeoDataFrame({"kind": kind, "name": name}, geometry=point, crs=CRS)
