"""From degrees to the metric system of the city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

__all__ = ["Projection"]

Geometries = npt.NDArray[np.object_]
DEGREE = 1e7
KOREA = "EPSG:5186"


@dataclass(frozen=True)
class Projection:
    """The way from longitude and latitude to metres.

    Parameters
    ----------
    crs
        Metric coordinate system.
    transformer
        From EPSG:4326 to it, longitude first.
    """

    crs: str
    transformer: pyproj.Transformer

    @classmethod
    def around(cls, places: npt.NDArray[np.int64]) -> Projection:
        """Choose EPSG:5186 where the median place (1e-7 degrees) is in Korea, else the UTM zone."""
        lon, lat = np.median(places / DEGREE, axis=0)
        crs = KOREA if _in_korea(lon, lat) else _utm(lon, lat)
        return cls(crs, pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True))

    @property
    def korea(self) -> bool:
        """Tell whether the city lies in Korea."""
        return self.crs == KOREA

    def __call__(self, shapes: Geometries) -> Geometries:
        """Return the shapes in metres."""
        return np.asarray(shapely.transform(shapes, self._move), dtype=object).reshape(-1)

    def points(self, places: npt.ArrayLike) -> Geometries:
        """Return points in metres of places in units of 1e-7 degrees, shape (n, 2)."""
        degrees = np.asarray(places, float).reshape(-1, 2) / DEGREE
        return self(np.asarray(shapely.points(degrees), dtype=object))

    def _move(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(self.transformer.transform(xy[:, 0], xy[:, 1]))


def _in_korea(lon: float, lat: float) -> bool:
    """Tell a place in Korea by a box without the Japanese islands to its south-east."""
    japan = lon > 128.9 and lat < 34.9
    return 124.5 < lon < 132.0 and 33.0 < lat < 38.7 and not japan


def _utm(lon: float, lat: float) -> str:
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1}"
