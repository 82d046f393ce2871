"""A city small enough to check by hand: a grid of two-way streets, 100 m apart."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.city import City, Source

CRS = "EPSG:5186"
EAST, NORTH = 230_000.0, 417_000.0


def layer(geometry: object, **columns: object) -> gpd.GeoDataFrame:
    """Return found things in EPSG:5186."""
    return gpd.GeoDataFrame(geometry=geometry, crs=CRS).assign(origin="found", **columns)


def grid_city(size: int = 4) -> City:
    """Return ``size`` x ``size`` junctions, with a house, a car park and a crossing per street."""
    at = np.array([(x, y) for y in range(size) for x in range(size)]) * 100.0 + (EAST, NORTH)
    pairs = [(i, i + 1) for i in range(size * size) if (i + 1) % size]
    pairs += [(i, i + size) for i in range(size * (size - 1))]
    both = np.array([p for a, b in pairs for p in ((a, b), (b, a))])
    streets = layer(
        shapely.linestrings(at[both]),
        from_junction=both[:, 0],
        to_junction=both[:, 1],
        lanes=1,
        way=np.arange(len(both)) // 2,
    )
    middle = at[both[::2]].mean(axis=1)
    houses = shapely.box(*(middle + 10).T, *(middle + 20).T)
    row = np.arange(len(pairs))
    return City(
        "Grid",
        CRS,
        {
            "streets": streets,
            "junctions": layer(shapely.points(at), signal=False, gate=False),
            "buildings": layer(houses, use="house", dwellings=2, floors=2),
            "car_parks": layer(
                shapely.points(middle + 8), spaces=3, building=row, street=row * 2, kind="private"
            ),
            "crossings": layer(shapely.points(middle), street=row * 2, signal=False),
            "footways": layer(
                shapely.linestrings(at[both[::2]]), from_node=both[::2, 0], to_node=both[::2, 1]
            ),
            "parks": layer([shapely.box(EAST, NORTH, EAST + 300, NORTH + 300)], name="공원"),
            "districts": layer(
                [shapely.box(EAST - 50, NORTH - 50, EAST + 350, NORTH + 350)],
                name="동",
                population=480,
                households=200,
                age_20=48.0,
            ),
        },
        tables={
            "turns": pd.DataFrame({"junction": [0, 1], "from_street": [1, 0], "to_street": [0, 2]})
        },
        sources={"streets": Source("a file", "CC0", "Streets: a file, CC0")},
        notes=("read by hand",),
    )
