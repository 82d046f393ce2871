"""Put cities side by side so that every row number still means what it meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.city import City
from gis.schema import SCHEMA, TABLES

__all__ = ["united"]

Frames = tuple[dict[str, gpd.GeoDataFrame], dict[str, pd.DataFrame]]
# Columns that number things which are no rows of a layer: each group counts one kind of thing.
COUNTED = {"streets": ("way",), "footways": ("from_node", "to_node")}


def united(cities: Sequence[City]) -> Frames:
    """Return the layers and the tables of cities that lie apart, as those of one.

    Rows stand in the order of the cities. What refers to a row of another layer or table follows
    it; ways and nodes of footways are numbered on. Only layers and tables that all cities have are
    kept.

    Raises
    ------
    ValueError
        Where there is no city, or they have different coordinate systems.
    """
    systems = list(dict.fromkeys(city.crs for city in cities))
    if len(systems) != 1:
        raise ValueError(f"cities to unite must share one coordinate system, got {systems}")
    moved = [_moved(city, before) for city, before in zip(cities, _before(cities), strict=True)]
    layers = {
        name: gpd.GeoDataFrame(_stacked(moved, name), geometry="geometry", crs=systems[0])
        for name in _shared([city.layers for city in cities])
    }
    return layers, {n: _stacked(moved, n) for n in _shared([city.tables for city in cities])}


def _frames(city: City) -> dict[str, pd.DataFrame]:
    return {**city.layers, **city.tables}


def _shared(frames: Sequence[Mapping[str, pd.DataFrame]]) -> list[str]:
    """Return the names that all have, in the order of the first."""
    return [name for name in frames[0] if all(name in other for other in frames)]


def _before(cities: Sequence[City]) -> list[dict[str, int]]:
    """Return what each city's numbers begin after: rows by layer or table, and what is counted."""
    totals, found = dict[str, int](), []
    for city in cities:
        found.append(dict(totals))
        for name, frame in _frames(city).items():
            totals[name] = totals.get(name, 0) + len(frame)
            if name in COUNTED:
                most = int(frame[list(COUNTED[name])].to_numpy().max(initial=-1))
                totals[f"{name}#"] = totals.get(f"{name}#", 0) + most + 1
    return found


def _moved(city: City, before: Mapping[str, int]) -> dict[str, pd.DataFrame]:
    """Return the frames of a city with all numbers moved on."""
    found = {}
    for name, frame in _frames(city).items():
        fresh = dict[str, np.ndarray]()
        for column in SCHEMA[name].columns if name in SCHEMA else TABLES.get(name, ()):
            if column.refers and column.name in frame:
                old = frame[column.name].to_numpy(np.int64)
                fresh[column.name] = np.where(old >= 0, old + before.get(column.refers, 0), old)
        for counted in COUNTED.get(name, ()):
            fresh[counted] = frame[counted].to_numpy(np.int64) + before.get(f"{name}#", 0)
        found[name] = frame.assign(**fresh)
    return found


def _stacked(parts: Sequence[Mapping[str, pd.DataFrame]], name: str) -> pd.DataFrame:
    return pd.concat([part[name] for part in parts], ignore_index=True)
