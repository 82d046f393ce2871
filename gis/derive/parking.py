"""Car parks by law and by width: private ones of buildings, public ones, and the kerbs.

Every row has kind, spaces, price_krw_h, building, street, open_from_h, open_to_h, name and origin.
"""

from __future__ import annotations

from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.derive.kerbs import kerbs
from gis.derive.marks import FOUND, SYNTHETIC, by_use, fill, worst
from gis.derive.streets import core
from gis.figures import figure

__all__ = ["KERB", "car_parks", "statutory_spaces"]

KERB = ("kerb_legal", "kerb_illegal", "resident_priority")
NOT_ENTERED = ("motorway", "motorway_link", "trunk", "trunk_link", "busway")
BY_AREA = MappingProxyType(
    {"office": "space_office_m2", "shop": "space_shop_m2", "hospital": "space_hospital_m2",
     "public": "space_public_m2", "school": "space_school_m2", "industry": "space_industry_m2",
     "parking": "space_parking_m2", "other": "space_other_m2"}
)  # fmt: skip
OFF_STREET = 0.71  # of the national public spaces: 648,412 of 910,000 (see figures)
APART_M = 300.0


def car_parks(
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    *,
    crossings: gpd.GeoDataFrame,
    found: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    """Return the car parks found, and those that law and width imply where none were found."""
    parts = []
    if found is not None and len(found):
        parts.append(_whole(found))
    kinds = set(parts[0]["kind"]) if parts else set()
    taken = parts[0]["building"] if parts else pd.Series(dtype="int64")
    parts.append(_private(buildings[~buildings.index.isin(taken)]))
    if "public" not in kinds:
        parts.append(_public(buildings))
    if "kerb_illegal" not in kinds:
        lined = parts[0][parts[0]["kind"].isin(KERB)] if kinds else None
        parts.append(_kerbs_beside(lined, kerbs(streets, junctions, crossings), streets))
    parts = [part for part in parts if len(part)] or [_private(buildings.iloc[:0])]
    every = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=streets.crs)
    for column in every.columns[every.columns.str.endswith("_origin")]:
        every[column] = every[column].fillna(every["origin"])
    return _entered(every, streets, len(junctions))


def _kerbs_beside(
    found: gpd.GeoDataFrame | None, made: gpd.GeoDataFrame, streets: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the kerbs made on the streets that have no found ones.

    A city whose legal bays were found has no others: its other kerbs are all ``kerb_illegal``.
    """
    if found is None or found.empty:
        return made
    ways = streets["way"].to_numpy()
    taken = np.unique(ways[found["street"].to_numpy()[found["street"].to_numpy() >= 0]])
    free = made[~np.isin(ways[made["street"].to_numpy(dtype=np.int64)], taken)]
    return free.assign(kind="kerb_illegal", price_krw_h=0.0)


def statutory_spaces(buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the spaces that the rules ask of each building; half a space or more counts as one."""
    use, area = buildings["use"], buildings["floor_area_m2"].astype(float)
    per_space = by_use(use, {name: figure(rule) for name, rule in BY_AREA.items()})
    spaces = (area / per_space).fillna(0.0)
    for home in ("apartment", "villa"):
        spaces = spaces.where(use != home, buildings["dwellings"] * figure(f"spaces_{home}"))
    first, more = figure("spaces_house_m2"), figure("spaces_house_next_m2")
    house = (1.0 + ((area - first) / more).clip(lower=0.0)).where(area > 50.0, 0.0)
    return pd.Series(np.floor(spaces.where(use != "house", house) + 0.5), dtype="int64")


def _whole(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return found car parks with every column, gaps marked."""
    found = found.reset_index(drop=True)
    if "origin" not in found:
        found = found.assign(origin=FOUND)
    found = fill(found, "kind", "public")
    area = found.area.where(found.area > 0.0, 32.0 * figure("space_parking_m2"))
    found = fill(found, "spaces", (area / figure("space_parking_m2")).round().clip(lower=1))
    price = np.where(found["kind"] == "public", figure("public_price"), 0.0)
    for column, value in (("price_krw_h", price), ("building", -1), ("street", -1),
                          ("open_from_h", 0.0), ("open_to_h", 24.0), ("name", "")):  # fmt: skip
        found = fill(found, column, value)
    areal = found.geom_type.isin(["Polygon", "MultiPolygon"])
    points = found.geometry.where(~areal, found.geometry.representative_point())
    return found.set_geometry(points).astype({"spaces": "int64", "building": "int64"})


def _private(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one car park for each building that the rules ask one of."""
    spaces = statutory_spaces(buildings)
    with_any = buildings[spaces > 0]
    columns = {
        "kind": np.where(with_any["use"] == "parking", "public", "private"),
        "spaces": spaces[spaces > 0].to_numpy(),
        "price_krw_h": np.where(with_any["use"] == "parking", figure("public_price"), 0.0),
        "building": with_any.index.to_numpy(),
        "name": with_any["name"].to_numpy(),
        "origin": worst(with_any, "origin", "use", "floor_area_m2", "dwellings").to_numpy(),
    }
    return _rows(with_any.representative_point().array, columns, crs=buildings.crs)


def _public(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a few car parks beside the largest destinations, as many spaces as is usual."""
    residents = (
        buildings["dwellings"].sum()
        * figure("occupied_dwellings")
        * figure("persons_per_household")
    )
    spaces = residents * figure("public_spaces_per_person") * OFF_STREET
    wanted = int(np.ceil(spaces / figure("public_spaces_each")))
    places = buildings[buildings["use"].isin(["shop", "public", "office", "hospital"])]
    places = places.sort_values("floor_area_m2", ascending=False, kind="stable")
    points = _apart(places.representative_point().array, wanted)
    if not len(points):
        return _rows([], {}, crs=buildings.crs)
    columns = {
        "kind": "public",
        "spaces": max(1, round(spaces / len(points))),
        "price_krw_h": figure("public_price"),
        "building": -1,
        "name": [f"공영주차장 {number + 1}" for number in range(len(points))],
        "origin": SYNTHETIC,
    }
    return _rows(points, columns, crs=buildings.crs)


def _apart(points: npt.ArrayLike, wanted: int) -> list[shapely.Point]:
    """Return the first points of a list that lie apart from one another."""
    chosen: list[shapely.Point] = []
    for point in np.asarray(points):
        if len(chosen) == wanted:
            break
        if all(point.distance(other) >= APART_M for other in chosen):
            chosen.append(point)
    return chosen


def _rows(geometry: npt.ArrayLike, columns: dict[str, object], *, crs: object) -> gpd.GeoDataFrame:
    """Return car parks open all day, without an entry yet."""
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)
    return frame.assign(street=-1, open_from_h=0.0, open_to_h=24.0).reset_index(drop=True)


def _entered(
    parks: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, junctions: int
) -> gpd.GeoDataFrame:
    """Return car parks with the street they are entered from: the nearest that can be reached."""
    inside = core(streets, junctions)
    ends = streets[["from_junction", "to_junction"]].to_numpy()
    usable = inside[ends].all(axis=1) & ~streets["highway"].isin(NOT_ENTERED).to_numpy()
    doors = streets[usable].drop_duplicates("way") if usable.any() else streets.iloc[:0]
    missing = (parks["street"] < 0).to_numpy()
    if missing.any() and len(doors):
        nearest = shapely.STRtree(doors.geometry.array).nearest(parks.geometry.array[missing])
        parks.loc[missing, "street"] = doors.index.to_numpy()[nearest]
    return parks.astype({"spaces": "int64", "building": "int64", "street": "int64"})
