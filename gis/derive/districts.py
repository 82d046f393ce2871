"""Districts: the share of each that the city covers, and one made from the extent where none is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.derive.buildings import HOMES
from gis.derive.marks import FOUND, SYNTHETIC, Ints, fill, origins
from gis.figures import figure

__all__ = ["complete_districts", "district_of", "extent", "rescaled"]

MARGIN_M = 50.0
LEAST, MOST = 0.25, 4.0
NEARLY = 0.8  # a district with so much inside loses only its empty edge


def extent(streets: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the area that streets and buildings cover: their convex hull and 50 m around it."""
    every = np.concatenate([streets.geometry.to_numpy(), buildings.geometry.to_numpy()])
    return shapely.convex_hull(shapely.geometrycollections(every)).buffer(MARGIN_M)


def complete_districts(
    found: gpd.GeoDataFrame | None,
    streets: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    name: str,
) -> gpd.GeoDataFrame:
    """Return districts with people and ``share_in_area``, the share of each in the city's extent.

    Without districts there is one, the extent. Where a district's population or households are
    not given, they are those that its dwellings usually hold.
    """
    area = extent(streets, buildings)
    if found is None or found.empty:
        row = {"name": [name], "share_in_area": [1.0], "origin": [SYNTHETIC]}
        made = gpd.GeoDataFrame(row, geometry=[area], crs=streets.crs)
        return _with_people(made, buildings)
    found = found.reset_index(drop=True)
    if "origin" not in found:
        found = found.assign(origin=FOUND)
    share = (found.intersection(area).area / found.area.where(found.area > 0.0)).fillna(0.0)
    found = fill(found, "share_in_area", share.where(share < NEARLY, 1.0))
    return _with_people(fill(found, "name", name), buildings)


def _with_people(districts: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return districts with households and population, those filled in marked synthetic."""
    size, occupied = figure("persons_per_household"), figure("occupied_dwellings")
    district = district_of(buildings, districts)
    inside = buildings["dwellings"].to_numpy(float)[district >= 0]
    dwellings = np.bincount(district[district >= 0], inside, len(districts))
    households = pd.Series(dwellings * occupied / districts["share_in_area"].clip(lower=0.01))
    if "population" in districts:
        households = (districts["population"].astype(float) / size).fillna(households)
    districts = fill(districts, "households", households.round(), origin=SYNTHETIC)
    people = (districts["households"].astype(float) * size).round()
    districts = fill(districts, "population", people, origin=SYNTHETIC)
    return districts.astype({"households": "int64", "population": "int64"})


def district_of(buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> Ints:
    """Return the first district that holds each building, -1 outside all of them."""
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    pairs = shapely.STRtree(districts.geometry.to_numpy()).query(points, predicate="intersects")
    district = np.full(len(buildings), -1, dtype=np.int64)
    district[pairs[0][::-1]] = pairs[1][::-1]
    return district


def rescaled(buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings whose derived dwellings hold the households of their district.

    Dwellings that were found stay; the others are multiplied by one factor per district, 0.25 to 4,
    so that together they hold the households at the usual occupancy. Districts whose households
    come from the dwellings are left alone.
    """
    given = np.asarray(origins(districts, "households") == FOUND)
    district = district_of(buildings, districts)
    dwellings = buildings["dwellings"].to_numpy(float)
    free = (origins(buildings, "dwellings") != FOUND) & buildings["use"].isin(HOMES)
    counted = [(district == number) for number in range(len(districts))]
    loose = np.array([dwellings[free & here].sum() for here in counted])
    fixed = np.array([dwellings[~free & here].sum() for here in counted])
    wanted = districts["households"] * districts["share_in_area"] / figure("occupied_dwellings")
    factor = np.clip((wanted.to_numpy(float) - fixed) / np.maximum(loose, 1.0), LEAST, MOST)
    factor = np.where(given, factor, 1.0)
    scaled = free.to_numpy() & (district >= 0)
    grown = np.maximum(np.round(dwellings * factor[district]), 1.0)
    return buildings.assign(dwellings=np.where(scaled, grown, dwellings).astype(np.int64))
