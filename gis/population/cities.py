"""Cities whose ways of travelling are published, and which of them a city is like."""

from __future__ import annotations

import numpy as np
from pyproj import Transformer

from gis.city import City
from gis.figures import TABLES

__all__ = ["HOME", "like"]

HOME = "sejong"
"""The city whose people those of a new town, and of cities far from all others, travel like."""
NEAR_KM = 30.0
"""How far from the centre of a published city its people still travel as in it: an assumption."""
DEGREES = "EPSG:4326"


def like(city: City) -> str:
    """Return the published city whose people those of a city travel like: the nearest one.

    A city that is made up, or far from all of them, is taken for :data:`HOME`.
    """
    if city.synthetic:
        return HOME
    middle = np.mean(np.reshape(city["streets"].total_bounds, (2, 2)), axis=0)
    lon, lat = Transformer.from_crs(city.crs, DEGREES, always_xy=True).transform(*middle)
    away = {name: _km(lon, lat, *there) for name, there in TABLES["cities"].rows.items()}
    nearest = min(away, key=lambda name: away[name])
    return nearest if away[nearest] <= NEAR_KM else HOME


def _km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the distance between two near places (degrees) on a plane."""
    east = (lon - other_lon) * np.cos(np.radians(lat))
    return float(111.2 * np.hypot(east, lat - other_lat))
