"""What people on foot meet: crossings, bus stops and trees, laid along the streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.derive.marks import DERIVED, SYNTHETIC, scattered
from gis.derive.streets import across, degrees

__all__ = ["WITHOUT_SIGNAL", "bus_stops", "crossings", "trees"]

NO_FEET = ("motorway", "motorway_link", "trunk", "trunk_link", "busway")
BUSY = ("primary", "secondary", "tertiary")
BUS_STREETS = ("primary", "secondary")
FROM_CORNER_M = 8.0
SHORTEST_M = 25.0
STOP_SPACING_M = 450.0
TREE_SPACING_M = 12.0
TREES = 20_000
CORNERS = 3
WITHOUT_SIGNAL = 3
"""Lanes that are crossed on foot without a signal at the most, both directions: an assumption."""


def crossings(streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a crossing at the end of each street that runs into a signal or a busy junction.

    Without a signal only streets of few lanes are crossed.
    """
    heads = streets["to_junction"].to_numpy()
    corner = degrees(streets, len(junctions))[heads] >= CORNERS
    signal = junctions["signal"].to_numpy()[heads]
    busy = streets["highway"].isin(BUSY).to_numpy()
    feet = ~streets["highway"].isin(NO_FEET).to_numpy()
    few = across(streets) <= WITHOUT_SIGNAL
    chosen = corner & feet & (signal | (busy & few)) & (streets.length.to_numpy() >= SHORTEST_M)
    lines = streets.geometry.to_numpy()[chosen]
    return gpd.GeoDataFrame(
        {"street": np.flatnonzero(chosen), "signal": signal[chosen], "origin": DERIVED},
        geometry=shapely.line_interpolate_point(lines, shapely.length(lines) - FROM_CORNER_M),
        crs=streets.crs,
    )


def bus_stops(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return bus stops beside the larger streets, about 450 m apart."""
    rows = streets[streets["highway"].isin(BUS_STREETS)]
    share = (rows.length / STOP_SPACING_M).clip(upper=1.0)
    rows = rows[(scattered(rows.index.to_numpy()) < share) & (rows.length > 2 * SHORTEST_M)]
    middle = shapely.line_interpolate_point(rows.geometry.to_numpy(), 0.5, normalized=True)
    names = [f"정류장 {number + 1}" for number in range(len(rows))]
    return gpd.GeoDataFrame({"name": names, "origin": SYNTHETIC}, geometry=middle, crs=streets.crs)


def trees(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return street trees on the right of streets with a sidewalk, 12 m apart, 20,000 at most."""
    rows = streets[streets["sidewalk"] & (streets.length > SHORTEST_M)]
    number = np.floor(rows.length.to_numpy() / TREE_SPACING_M).astype(int)
    number = np.floor(number * min(1.0, TREES / max(1, number.sum()))).astype(int)
    side = shapely.offset_curve(rows.geometry.to_numpy(), -(rows["width_m"].to_numpy() / 2.0 + 1.5))
    whole = (shapely.get_type_id(side) == shapely.GeometryType.LINESTRING) & (number > 0)
    side, number = np.asarray(side)[whole], number[whole]
    place = pd.Series(np.repeat(np.arange(len(side)), number)).groupby(level=0).first()
    step = place.groupby(place).cumcount() + 0.5
    points = shapely.line_interpolate_point(
        side[place.to_numpy()], (step / number[place.to_numpy()]).to_numpy(), normalized=True
    )
    return gpd.GeoDataFrame(
        {"origin": SYNTHETIC}, index=range(len(points)), geometry=points, crs=streets.crs
    )
