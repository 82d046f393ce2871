"""Where on Earth a file lies: its coordinate system, and coordinates that cannot be right."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from gis.schema import require_metric

__all__ = ["city_crs", "place_points", "require_crs"]

LON = ("경도", "lon", "longitude", "lng", "x좌표(경도)", "WGS84경도")
LAT = ("위도", "lat", "latitude", "y좌표(위도)", "WGS84위도")
X = ("x", "x좌표", "좌표정보(x)", "좌표정보x(epsg5174)")
Y = ("y", "y좌표", "좌표정보(y)", "좌표정보y(epsg5174)")
# South Korea with its islands, roughly 20 km wide of the coast (lon, lat).
KOREA = shapely.Polygon(
    [
        (124.4, 37.6), (124.4, 38.1), (125.9, 38.2),
        (127.2, 38.6), (128.3, 39.0), (129.2, 38.0), (130.6, 37.8),
        (131.2, 37.4), (130.8, 37.0), (129.9, 36.8), (129.9, 35.6), (129.3, 34.95), (128.4, 34.5),
        (127.3, 33.9), (127.1, 33.0), (126.0, 32.9), (125.8, 33.8), (124.8, 34.0), (124.9, 34.9),
        (125.8, 35.8), (125.4, 36.6), (124.4, 37.6),
    ]
)  # fmt: skip
_GUESSES = ("EPSG:4326", "EPSG:5186", "EPSG:5179")


def place_points(frame: pd.DataFrame, where: str, notes: list[str]) -> pd.DataFrame:
    """Return the table with points from its coordinates, or as it is where it has none.

    Longitude and latitude are EPSG:4326; columns named x and y are in a system that must be given.
    """
    for east, north, crs in ((LON, LAT, "EPSG:4326"), (X, Y, None)):
        pair = _column(frame, east), _column(frame, north)
        if None not in pair:
            return _with_points(frame, pair, crs, where, notes)
    return frame


def _column(frame: pd.DataFrame, names: tuple[str, ...]) -> Any:
    there = {str(c).strip().lower(): c for c in frame.columns}
    return next((there[n.lower()] for n in names if n.lower() in there), None)


def _with_points(
    frame: pd.DataFrame, pair: tuple[Any, Any], crs: str | None, where: str, notes: list[str]
) -> pd.DataFrame:
    x, y = (pd.to_numeric(frame[c], errors="coerce") for c in pair)
    there = (x.notna() & y.notna() & ((x != 0) | (y != 0))).to_numpy()
    if not there.all():
        notes.append(
            f"{where}: {int((~there).sum())} of {len(frame)} rows without coordinates left out"
        )
    placed: pd.DataFrame = gpd.GeoDataFrame(
        frame[there].reset_index(drop=True),
        geometry=gpd.points_from_xy(x[there], y[there]),
        crs=crs,
    )
    return placed


def require_crs(frame: gpd.GeoDataFrame, where: str, crs: str | None) -> pyproj.CRS:
    """Return the coordinate system of a frame, after a look at whether its numbers can be right.

    Raises
    ------
    ValueError
        None is named nor given, or the coordinates lie outside it; says what the numbers look
        like.
    """
    middle = _middle(frame)
    known: pyproj.CRS | None = frame.crs or (_given_crs(crs) if crs else None)
    if known is None:
        raise ValueError(f"{where} names no coordinate system; {_advice(middle)}")
    if middle is not None:
        _check_place(middle, known, where)
    return known


def _given_crs(crs: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"{crs!r} is no coordinate system; give e.g. EPSG:5186") from error


def city_crs(frame: gpd.GeoDataFrame) -> str:
    """Return the metric system for a city: 5179 kept, EPSG:5186 in Korea, else the UTM zone."""
    if frame.crs.to_epsg() == 5179:
        return "EPSG:5179"
    lon, lat = _lonlat(_middle(frame) or (0.0, 0.0), frame.crs)
    if KOREA.covers(shapely.Point(lon, lat)):
        return "EPSG:5186"
    return str(require_metric(frame.estimate_utm_crs().to_string()).to_string())


def _middle(frame: gpd.GeoDataFrame) -> tuple[float, float] | None:
    bounds = frame.geometry.bounds.to_numpy()
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    x0, y0, x1, y1 = np.median(bounds, axis=0)
    return float(x0 + x1) / 2, float(y0 + y1) / 2


def _lonlat(xy: tuple[float, float], crs: pyproj.CRS) -> tuple[float, float]:
    lon, lat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(*xy)
    return float(lon), float(lat)


def _in_korea(xy: tuple[float, float], crs: pyproj.CRS) -> bool:
    lon, lat = _lonlat(xy, crs)
    return bool(np.isfinite([lon, lat]).all() and KOREA.covers(shapely.Point(lon, lat)))


def _looks_like(xy: tuple[float, float]) -> list[str]:
    return [g for g in _GUESSES if _in_korea(xy, pyproj.CRS.from_user_input(g))]


def _advice(xy: tuple[float, float] | None) -> str:
    guesses = _looks_like(xy) if xy else []
    if not guesses:
        return "give one, e.g. crs='EPSG:5186'"
    return f"its numbers look like {guesses[0]}: give crs='{guesses[0]}' if that is right"


def _check_place(xy: tuple[float, float], crs: pyproj.CRS, where: str) -> None:
    if _belongs(xy, crs):
        return
    swapped = (xy[1], xy[0])
    shown = f"({xy[0]:.6g}, {xy[1]:.6g})"
    if _belongs(swapped, crs):
        pair = "longitude and latitude" if crs.is_geographic else "east and north"
        raise ValueError(
            f"{where}: {pair} look swapped: the middle {shown} is outside the area of "
            f"{crs.to_string()}, and inside it the other way round"
        )
    raise ValueError(
        f"{where}: the middle {shown} is outside the area of {crs.to_string()}; {_advice(xy)}"
    )


def _belongs(xy: tuple[float, float], crs: pyproj.CRS) -> bool:
    """Return whether a place lies in a system's area of use, for Korea's systems in Korea."""
    lon, lat = _lonlat(xy, crs) if not crs.is_geographic else xy
    if not (np.isfinite([lon, lat]).all() and abs(lon) <= 180 and abs(lat) <= 90):
        return False
    area = crs.area_of_use
    if area is not None and "Korea" in area.name:
        return bool(KOREA.covers(shapely.Point(lon, lat)))
    if crs.is_geographic:  # a whole-world system: only Korea's own numbers give a swap away
        return not KOREA.covers(shapely.Point(lat, lon))
    slack = 3.0
    return area is None or (
        area.west - slack <= lon <= area.east + slack
        and area.south - slack <= lat <= area.north + slack
    )
