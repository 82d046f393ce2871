"""Districts: the share of each that the city covers, and one made from the extent where none is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.derive.buildings import HOMES
from gis.derive.marks import DERIVED, FOUND, SYNTHETIC
from gis.figures import figure

__all__ = ["complete_districts", "extent", "rescaled"]

MARGIN_M = 50.0
LEAST, MOST = 0.25, 4.0


def extent(streets: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the area that the streets cover: their convex hull and 50 m around it."""
    return shapely.convex_hull(shapely.union_all(streets.geometry.to_numpy())).buffer(MARGIN_M)


def complete_districts(
    found: gpd.GeoDataFrame | None, *, streets: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, name: str
) -> gpd.GeoDataFrame:
    """Return districts with ``share_in_area``, the share of each that lies in the city's extent.

    Without districts there is one, the extent, with the people that its dwellings usually hold.
    """
    area = extent(streets)
    if found is not None and len(found):
        found = found.reset_index(drop=True)
        if "origin" not in found:
            found = found.assign(origin=FOUND)
        if "share_in_area" in found:
            return found
        share = found.intersection(area).area / found.area.where(found.area > 0.0)
        return found.assign(share_in_area=share.fillna(0.0), share_in_area_origin=DERIVED)
    households = round(buildings["dwellings"].sum() * figure("occupied_dwellings"))
    row = {
        "name": [name],
        "population": [round(households * figure("persons_per_household"))],
        "households": [households],
        "share_in_area": [1.0],
        "origin": [SYNTHETIC],
    }
    return gpd.GeoDataFrame(row, geometry=[area], crs=streets.crs)


def rescaled(buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings whose derived dwellings hold the households of their district.

    Dwellings that were found stay; the others are multiplied by one factor per district, 0.25 to 4,
    so that together they hold the households at the usual occupancy.
    """
    if "origin" in districts and (districts["origin"] == SYNTHETIC).all():
        return buildings
    inside = shapely.STRtree(districts.geometry.to_numpy())
    points = buildings.representative_point().array
    pairs = inside.query(points, predicate="intersects")
    district = np.full(len(buildings), -1)
    district[pairs[0][::-1]] = pairs[1][::-1]
    wanted = districts["households"] * districts["share_in_area"] / figure("occupied_dwellings")
    free = (buildings["dwellings_origin"] != FOUND) & buildings["use"].isin(HOMES)
    dwellings = buildings["dwellings"].astype(float)
    fixed = np.bincount(district[~free & (district >= 0)], dwellings[~free & (district >= 0)], len(districts))
    loose = np.bincount(district[free & (district >= 0)], dwellings[free & (district >= 0)], len(districts))
    factor = np.clip((wanted.to_numpy() - fixed) / np.maximum(loose, 1.0), LEAST, MOST)
    grown = (dwellings * factor[district]).round().clip(lower=1.0)
    scaled = free & (district >= 0)
    return buildings.assign(dwellings=grown.where(scaled, dwellings).astype("int64"))
