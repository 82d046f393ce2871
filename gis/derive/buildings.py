"""Buildings made whole: use, floors, height, floor area, dwellings and jobs."""

from __future__ import annotations

from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.derive.marks import FOUND, by_use, fill, mark, worst
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
    big ones become offices or apartments by their floors. What is filled in from made-up values is
    made up itself.
    """
    buildings = buildings.reset_index(drop=True)
    if "origin" not in buildings:
        buildings = buildings.assign(origin=FOUND)
    buildings = _uses(_floors_marked(buildings))
    floors, height = _floors(buildings)
    buildings = _filled(buildings, "floors", floors, "use", "height_m")
    buildings = _filled(buildings, "height_m", height, "use", "floors")
    area = buildings.area * buildings["floors"]
    buildings = _filled(buildings, "floor_area_m2", area, "floors")
    buildings = _filled(buildings, "dwellings", _dwellings(buildings), "use", "floor_area_m2")
    buildings = _filled(buildings, "jobs", _jobs(buildings), "use", "floor_area_m2")
    buildings = buildings.astype({"floors": "int64", "dwellings": "int64", "jobs": "int64"})
    return fill(buildings.astype({"height_m": float}), "name", "")


def _filled(
    buildings: gpd.GeoDataFrame, column: str, values: pd.Series, *made_of: str
) -> gpd.GeoDataFrame:
    """Return buildings with a column filled, its marks no better than those of what it is of."""
    return fill(buildings, column, values, origin=worst(buildings, *made_of))


def _floors_marked(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings whose floors have a mark of their own where a reader marked both as one."""
    height, floors = mark("height_m"), mark("floors")
    if "floors" not in buildings or height not in buildings or floors in buildings:
        return buildings
    return buildings.assign(**{floors: buildings[height]})


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
    shape = worst(buildings, "floors", "height_m")
    return fill(buildings.assign(use=use.where(known)), "use", guess, origin=shape)


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
