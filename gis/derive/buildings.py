"""Buildings made whole: use, floors, height, floor area, dwellings and jobs."""

from __future__ import annotations

from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.derive.marks import FOUND, by_use, fill
from gis.figures import figure, table

__all__ = ["HOMES", "USES", "complete_buildings"]

HOMES = ("apartment", "villa", "house")
USES = (*HOMES, "office", "shop", "school", "hospital", "public", "industry", "parking", "other")

GROSS = MappingProxyType({use: f"gross_{use}_m2" for use in HOMES})
TALL_STOREYS = ("office", "hospital", "shop")
SMALL_M2, BIG_M2 = 40.0, 400.0


def complete_buildings(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings with every column of the schema, each filled column marked.

    A building of unknown use is read from its shape: sheds stay ``other``, low houses become homes,
    big ones become offices or apartments by their floors.
    """
    buildings = buildings.reset_index(drop=True)
    if "origin" not in buildings:
        buildings = buildings.assign(origin=FOUND)
    buildings = _uses(buildings)
    floors, height = _floors(buildings)
    buildings = fill(buildings, "floors", floors).astype({"floors": "int64"})
    buildings = fill(buildings, "height_m", height).astype({"height_m": float})
    buildings = fill(buildings, "floor_area_m2", buildings.area * buildings["floors"])
    buildings = fill(buildings, "dwellings", _dwellings(buildings)).astype({"dwellings": "int64"})
    buildings = fill(buildings, "jobs", _jobs(buildings)).astype({"jobs": "int64"})
    return fill(buildings, "name", "")


def _uses(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings with a use from the list, guessed from the shape where none is known."""
    use = buildings.get("use", pd.Series(None, index=buildings.index, dtype=object))
    known = use.isin(USES) & ((use != "other") | ("use_origin" in buildings))
    floors, _ = _floors(buildings.assign(use="other"))
    seen = buildings.get("floors", pd.Series(np.nan, index=buildings.index)).notna()
    seen |= buildings.get("height_m", pd.Series(np.nan, index=buildings.index)).notna()
    area, tall = buildings.area, floors.where(seen, 3)
    guess = np.select(
        [area < SMALL_M2, (area < BIG_M2) & (tall <= 2), (area < BIG_M2) & (tall <= 6), tall >= 10],
        ["other", "house", "villa", "apartment"],
        "shop",
    )
    return fill(buildings.assign(use=use.where(known)), "use", guess)


def _floors(buildings: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """Return floors and heights, each from the other, else both from the use."""
    empty = pd.Series(np.nan, index=buildings.index)
    tall = {use: figure("storey_office_m") for use in TALL_STOREYS}
    storey = by_use(buildings["use"], tall).fillna(figure("storey_m"))
    given = buildings.get("floors", empty).astype(float)
    height = buildings.get("height_m", empty).astype(float)
    floors = given.fillna((height / storey).round()).fillna(
        by_use(buildings["use"], {use: floors for use, (floors,) in table("floors").items()})
    )
    floors = floors.clip(lower=1).round()
    return floors, height.fillna(floors * storey)


def _dwellings(buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return dwellings by the usual floor area of a dwelling; a house holds at least one."""
    gross = by_use(buildings["use"], {use: figure(name) for use, name in GROSS.items()})
    least = buildings["use"].isin(HOMES).astype(float)
    return pd.Series((buildings["floor_area_m2"] / gross).fillna(0.0).round().clip(lower=least))


def _jobs(buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return jobs by the usual floor area of a job; none in homes."""
    each = by_use(buildings["use"], {use: area for use, (area,) in table("job_area").items()})
    return pd.Series((buildings["floor_area_m2"] / each).fillna(0.0).round())
