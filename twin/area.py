"""Where a solution acts: an area of the city, and the ring around it where the displaced goes."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.params import param, validate

if TYPE_CHECKING:
    from gis.city import City

__all__ = ["Area", "districts", "resolve"]

Polygonal: TypeAlias = "shapely.Polygon | shapely.MultiPolygon"
WHOLE = "city"
LONGITUDE_LATITUDE = "EPSG:4326"
LIMIT_BYTES = 20_000_000
# The first bytes of the formats that GDAL may open: a name alone could hide another driver.
MAGIC = {".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a"}
SUFFIXES = (".geojson", ".json", *MAGIC)


@dataclass(frozen=True)
class Area:
    """A part of a city.

    Parameters
    ----------
    name
        What people call it.
    polygon
        Its polygon or polygons, in the metric coordinates of the city.
    ring_m
        Width of the ring around it, in metres.
    """

    name: str
    polygon: Polygonal = field(repr=False)
    ring_m: float = param(250.0, "m", 0, 5_000, "about five minutes' walk at 0.8 m/s", tag="D")

    def __post_init__(self) -> None:
        validate(self)
        if self.polygon.is_empty or self.polygon.area <= 0:
            raise ValueError(f"Area.polygon of {self.name!r} must hold some ground, is empty")

    @cached_property
    def ring(self) -> Polygonal:
        """What lies within ``ring_m`` of the area and not in it."""
        ring: Polygonal = self.polygon.buffer(self.ring_m).difference(self.polygon)
        return ring

    def inside(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie in the area; its edge belongs to it."""
        shapely.prepare(self.polygon)
        return np.asarray(shapely.intersects_xy(self.polygon, x, y))

    def in_ring(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie in the ring and not in the area."""
        shapely.prepare(self.ring)
        found = shapely.intersects_xy(self.ring, x, y) & ~self.inside(x, y)
        return np.asarray(found)


def resolve(text: str, city: City, folder: str | Path = ".") -> Area:
    """Return the area that a scenario names.

    Parameters
    ----------
    text
        ``city`` for the whole city, a district's name, or a file of polygons: GeoJSON (in
        longitude and latitude unless it says otherwise), GeoPackage or shapefile.
    city
        The city it must lie in.
    folder
        Where a relative path starts: the scenario's folder.

    Raises
    ------
    FileNotFoundError
        Where the file is missing.
    ValueError
        Where the name is unknown, the file holds no polygon or no coordinate system, or the area
        does not touch the city.
    """
    if text == WHOLE:
        return Area(city.name, shapely.box(*_bounds(city)))
    known = districts(city)
    if text in known:
        return Area(text, known[text])
    if Path(text).suffix.lower() not in SUFFIXES:
        raise ValueError(_unknown(text, city, list(known)))
    polygon = _read(text, Path(folder) / text, city.crs)
    _must_touch(text, polygon, city)
    return Area(Path(text).stem, polygon)


def _bounds(city: City) -> NDArray[np.float64]:
    """Return the extent of all layers of a city: left, bottom, right, top."""
    boxes = np.array([layer.total_bounds for layer in city.layers.values() if len(layer)])
    if not boxes.size or not np.isfinite(boxes).any():
        raise ValueError(f"city {city.name!r} must hold something with a place, is empty")
    low, high = np.nanmin(boxes[:, :2], axis=0), np.nanmax(boxes[:, 2:], axis=0)
    return np.concatenate((low, high))


def districts(city: City) -> dict[str, Polygonal]:
    """Return the polygon of each named district of a city, in the order of the layer."""
    if "districts" not in city:
        return {}
    layer = city["districts"]
    names = [name for name in dict.fromkeys(layer["name"]) if isinstance(name, str) and name]
    return {name: _polygonal(layer.geometry[layer["name"] == name].to_numpy()) for name in names}


def _unknown(text: str, city: City, names: list[str]) -> str:
    near = difflib.get_close_matches(text, [*names, WHOLE], n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    shown = ", ".join(names[:30]) + (" ..." if len(names) > 30 else "")
    files = ", ".join(SUFFIXES)
    return (
        f"area {text!r} is no district of {city.name}; {hint}"
        f"Its districts: {shown or 'none'}; or 'city'; or a file ({files})"
    )


def _read(text: str, path: Path, crs: str) -> Polygonal:
    """Return the polygons of a file in the city's coordinates."""
    if not path.is_file():
        raise FileNotFoundError(f"area {text!r}: there is no file {path}")
    if path.stat().st_size > LIMIT_BYTES:
        raise ValueError(f"area {text!r}: must be at most {LIMIT_BYTES // 10**6} MB, is larger")
    suffix = path.suffix.lower()
    shapes, own = _geojson(text, path) if suffix not in MAGIC else _vector(text, path, suffix)
    polygon = _polygonal(shapes)
    if polygon.is_empty:
        raise ValueError(f"area {text!r}: the file must hold a polygon, it holds none")
    try:
        return _projected(polygon, own, crs)
    except RuntimeError:  # what pyproj's errors are
        raise ValueError(
            f"area {text!r}: the file states an unknown coordinate system, {own!r}"
        ) from None


def _geojson(text: str, path: Path) -> tuple[list[Any], str]:
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError(f"area {text!r}: must be GeoJSON, is not") from None
    crs = _stated_crs(data)
    try:
        shapes = [shapely.from_geojson(json.dumps(g)) for g in _geometries(data)]
    except (shapely.errors.GEOSException, TypeError) as error:
        raise ValueError(f"area {text!r}: must be GeoJSON, is not: {error}") from None
    if crs == LONGITUDE_LATITUDE:
        _must_be_degrees(text, shapes)
    return shapes, crs


def _geometries(data: Any) -> Iterator[Any]:
    """Yield the geometries of a GeoJSON object."""
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection":
        for feature in data.get("features") or []:
            yield from _geometries(feature)
    elif kind == "Feature":
        yield from _geometries(data.get("geometry"))
    elif kind is not None:
        yield data


def _stated_crs(data: Any) -> str:
    """Return the coordinate system that an old GeoJSON states, else longitude and latitude."""
    try:
        stated = str(data["crs"]["properties"]["name"])
    except (KeyError, TypeError):
        return LONGITUDE_LATITUDE
    return LONGITUDE_LATITUDE if stated.endswith(("CRS84", ":4326")) else stated


def _must_be_degrees(text: str, shapes: list[Any]) -> None:
    xy = shapely.get_coordinates(shapes)
    wrong = xy[~((np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90))]
    if len(wrong):
        x, y = wrong[0]
        hint = "; the two seem swapped" if abs(x) <= 90 and abs(y) <= 180 else ""
        rule = "must be in degrees, longitude first"
        raise ValueError(f"area {text!r}: {rule}, got {x:g}, {y:g}{hint}")


def _vector(text: str, path: Path, suffix: str) -> tuple[list[Any], str]:
    """Return the geometries of a GeoPackage or shapefile, and its coordinate system."""
    import geopandas as gpd

    with path.open("rb") as stream:
        if stream.read(len(MAGIC[suffix])) != MAGIC[suffix]:
            raise ValueError(f"area {text!r}: must be a {suffix} file, is something else")
    try:
        frame = gpd.read_file(path.resolve())
    except (ValueError, OSError, RuntimeError) as error:
        raise ValueError(f"area {text!r}: cannot be read: {error}") from None
    if getattr(frame, "crs", None) is None:
        raise ValueError(f"area {text!r}: the file must state its coordinate system, it has none")
    return list(frame.geometry), frame.crs.to_wkt()


def _polygonal(shapes: Any) -> Polygonal:
    """Return the union of the polygons among shapes, made valid and flat; maybe empty."""
    flat = shapely.force_2d(shapely.make_valid(np.asarray(shapes, dtype=object)))
    parts = shapely.get_parts(flat[~shapely.is_missing(flat)])
    parts = shapely.get_parts(parts)  # a collection may hold multipolygons
    union: Polygonal = shapely.union_all(parts[shapely.get_type_id(parts) == 3])
    return union if union.area > 0 else shapely.Polygon()


def _projected(polygon: Polygonal, own: str, crs: str) -> Polygonal:
    import pyproj

    change = pyproj.Transformer.from_crs(own, crs, always_xy=True)

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(change.transform(xy[:, 0], xy[:, 1]))

    found: Polygonal = shapely.transform(polygon, moved)
    return found


def _must_touch(text: str, polygon: Polygonal, city: City) -> None:
    box = shapely.box(*_bounds(city))
    if not polygon.intersects(box):
        there, here = _degrees(polygon, city.crs), _degrees(box, city.crs)
        raise ValueError(
            f"area {text!r} is not in {city.name}: it spans {there}, the city spans {here}"
        )


def _degrees(shape: Polygonal, crs: str) -> str:
    west, south, east, north = _projected(shape, crs, LONGITUDE_LATITUDE).bounds
    return f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}"
