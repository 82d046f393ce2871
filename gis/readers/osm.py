"""OpenStreetMap files become a city."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import pyproj
import shapely

from gis.city import City, Source
from gis.readers import osm_tags
from gis.readers.osm_ways import Links, Ways, links

__all__ = ["ATTRIBUTION", "read_osm"]

ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0 (https://www.openstreetmap.org/copyright)"
SUFFIXES = (".osm", ".osm.gz", ".osm.pbf")
KEYS = (
    "highway", "building", "amenity", "shop", "leisure", "landuse", "natural", "waterway",
    "boundary", "public_transport",
)  # fmt: skip

Tags = Mapping[str, str]
Geometries = npt.NDArray[np.object_]


@dataclass
class _Found:
    """What one pass over the file finds: tagged nodes, ways with a highway, and areas."""

    points: list[tuple[tuple[int, int], Tags]] = field(default_factory=list)
    ways: Ways = field(default_factory=Ways)
    areas: list[tuple[str, Tags]] = field(default_factory=list)


def read_osm(path: str | Path, name: str | None = None) -> City:
    """Read an OpenStreetMap file, ``.osm``, ``.osm.gz`` or ``.osm.pbf``, as a city.

    Layers: streets, junctions, footways, buildings, car_parks, crossings, bus_stops, amenities,
    parks, water, trees. Coordinates are EPSG:5186 in Korea, elsewhere the UTM zone.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        Where the file is empty, cut off, no OpenStreetMap data or without a road.
    """
    path = Path(path)
    found = _scan(_checked(path))
    tags = found.ways.tags
    roads = np.array([osm_tags.is_road(t) for t in tags], dtype=bool)
    if not roads.any():
        raise ValueError(f"{path}: no roads, a city needs ways with a highway tag for cars")
    crs, to_metres = _projection(found.ways, roads)
    streets, junctions = _streets(found, roads, to_metres, crs == "EPSG:5186")
    layers = {"streets": streets, "junctions": junctions}
    layers = {
        key: gpd.GeoDataFrame(value, geometry="geometry", crs=crs) for key, value in layers.items()
    }
    source = Source(f"OpenStreetMap, {path.name}", "ODbL-1.0", ATTRIBUTION)
    stem = path.name[: -len(_suffix(path))]
    return City(name or stem, crs, layers, sources=dict.fromkeys(layers, source))


def _suffix(path: Path) -> str:
    return next((s for s in sorted(SUFFIXES, key=len)[::-1] if path.name.endswith(s)), "")


def _checked(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; give an OpenStreetMap file of your city")
    if not _suffix(path):
        raise ValueError(f"{path}: not OpenStreetMap data, allowed are {', '.join(SUFFIXES)}")
    if not path.stat().st_size:
        raise ValueError(f"{path}: the file is empty, it must hold OpenStreetMap data")
    return path


def _scan(path: Path) -> _Found:
    found = _Found()
    wanted = osmium.filter.KeyFilter(*KEYS)
    wkb = osmium.geom.WKBFactory()
    try:
        reader = osmium.FileProcessor(str(path)).with_locations().with_areas().with_filter(wanted)
        for thing in reader:
            _sort_in(found, thing, wkb)
    except RuntimeError as error:
        raise ValueError(f"{path}: cannot be read as OpenStreetMap data: {error}") from error
    return found


def _sort_in(found: _Found, thing: osmium.osm.OSMObject, wkb: osmium.geom.WKBFactory) -> None:
    tags = dict(thing.tags)
    if thing.is_node():
        found.points.append(((thing.location.x, thing.location.y), tags))
    elif thing.is_way() and "highway" in tags:
        for run in _runs(thing.nodes):
            found.ways.add(thing.id, tags, run)
    elif thing.is_area() and thing.num_rings()[0]:
        found.areas.append((wkb.create_multipolygon(thing), tags))


def _runs(nodes: Iterable[osmium.osm.NodeRef]) -> Iterable[list[tuple[int, int]]]:
    """Yield the stretches of a way whose nodes are all in the file."""
    run: list[tuple[int, int]] = []
    for node in nodes:
        if node.location.valid():
            run.append((node.location.x, node.location.y))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _projection(ways: Ways, roads: npt.NDArray[np.bool_]) -> tuple[str, pyproj.Transformer]:
    """Return the metric system for the middle of the roads, and the way there."""
    first = np.array(ways.key, np.int64)[np.array(ways.start)[roads]] / 1e7
    lon, lat = np.median(first, axis=0)
    crs = "EPSG:5186" if _in_korea(lon, lat) else _utm(lon, lat)
    return crs, pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def _in_korea(lon: float, lat: float) -> bool:
    """Tell a place in Korea by a box without the Japanese islands to its south-east."""
    japan = lon > 128.9 and lat < 34.9
    return 124.5 < lon < 132.0 and 33.0 < lat < 38.7 and not japan


def _utm(lon: float, lat: float) -> str:
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1}"


def _to_metres(shapes: Geometries, transformer: pyproj.Transformer) -> Geometries:
    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(shapes, move), dtype=object)


def _streets(
    found: _Found, roads: npt.NDArray[np.bool_], transformer: pyproj.Transformer, korea: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    net = links(found.ways, roads)
    lines = _to_metres(net.line, transformer)
    rows_of_roads = np.flatnonzero(roads)
    attributes = pd.DataFrame(
        [_street(found.ways.tags[row], korea) for row in rows_of_roads], index=rows_of_roads
    ).loc[net.run]
    along = _direction(net, lines, attributes, "forward")
    against = _direction(net, lines, attributes, "backward")
    rows = pd.concat([along, against]).sort_values("way", kind="stable")
    rows = rows[rows["lanes"] > 0].reset_index(drop=True)
    points = _to_metres(shapely.points(net.node / 1e7), transformer)
    return rows, pd.DataFrame({"signal": False, "origin": "found", "geometry": points})


def _street(tags: Tags, korea: bool) -> dict[str, object]:
    forward, backward, lanes_origin = osm_tags.lanes(tags, korea)
    width, width_origin = osm_tags.width(tags, forward + backward)
    sidewalk, sidewalk_origin = osm_tags.sidewalk(tags)
    limits = [osm_tags.speed(tags, side) for side in ("forward", "backward")]
    return {
        "lanes_forward": forward,
        "lanes_backward": backward,
        "speed_forward": limits[0][0],
        "speed_backward": limits[1][0],
        "width_m": width,
        "highway": osm_tags.road_class(tags),
        "name": tags.get("name", ""),
        "sidewalk": sidewalk,
        "lanes_origin": lanes_origin,
        "speed_origin": limits[0][1],
        "width_origin": width_origin,
        "sidewalk_origin": sidewalk_origin,
    }


def _direction(net: Links, lines: Geometries, attributes: pd.DataFrame, side: str) -> pd.DataFrame:
    ends = (net.tail, net.head) if side == "forward" else (net.head, net.tail)
    shared = attributes.drop(columns=[c for c in attributes if c.endswith("ward")])
    shape = lines if side == "forward" else shapely.reverse(lines)
    return pd.DataFrame(
        {
            "from_junction": ends[0],
            "to_junction": ends[1],
            "length_m": shapely.length(lines),
            "lanes": attributes[f"lanes_{side}"].to_numpy(int),
            "speed_kmh": attributes[f"speed_{side}"].to_numpy(float),
            **{column: shared[column].to_numpy() for column in shared},
            "way": np.arange(len(lines)),
            "origin": "found",
            "geometry": shape,
        }
    )
