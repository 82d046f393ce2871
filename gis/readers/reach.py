"""Tell which places of a city no trip can really reach."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gis.city import City
from gis.network import Network

__all__ = ["out_of_reach"]

FAR_M = 500.0
"""From here on a place is told to be far from the streets: an assumption."""
PLACES = ("buildings", "car_parks")

Mask = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


def out_of_reach(city: City) -> list[str]:
    """Return notes on the places found that lie far from the streets in use, or at others.

    In use are streets that cars may drive from everywhere and leave to everywhere. Trips to a place
    end at their junction that is nearest to it, however far that is.
    """
    lines, used = city["streets"].geometry.to_numpy(), _in_use(city)
    notes = []
    for layer in PLACES:
        found = city[layer][(city[layer]["origin"] == "found").to_numpy()]
        street, way = _away(found, lines), _away(found, lines[used])
        cut_off = (street < way) & (street <= FAR_M)
        why = {
            f"more than {FAR_M:g} m from any street": (way > FAR_M) & ~cut_off,
            "nearest to streets that cannot be reached and left again": cut_off,
        }
        notes += [
            f"{layer}: {int(rows.sum()):,} of {len(found):,} found are {where}; trips to them end "
            f"at the nearest junction in use"
            for where, rows in why.items()
            if rows.any()
        ]
    return notes


def _in_use(city: City) -> Mask:
    """Return which streets lie in the largest part where cars get from everywhere to everywhere."""
    net = Network.driving(city)
    return np.asarray(np.isfinite(net.cost) & net.core[net.tails] & net.core[net.heads])


def _away(places: gpd.GeoDataFrame, lines: Shapes) -> npt.NDArray[np.float64]:
    """Return how far each place is from the nearest of the lines, m."""
    points = shapely.point_on_surface(places.geometry.to_numpy())
    _, away = shapely.STRtree(lines).query_nearest(points, all_matches=False, return_distance=True)
    return np.asarray(away, dtype=np.float64)
