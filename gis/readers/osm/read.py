"""The door of the OpenStreetMap reader: a file in, a city out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.city import City, Source
from gis.readers.osm import tags as meaning
from gis.readers.osm.kerbs import kerbs
from gis.readers.osm.places import Places, car_parks, nature, sites
from gis.readers.osm.project import Projection
from gis.readers.osm.scan import Found, scan, suffix
from gis.readers.osm.streets import crossings, footways, signals, streets
from gis.readers.osm.turn_bans import turn_bans

__all__ = ["ATTRIBUTION", "read_osm"]

ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0 (https://www.openstreetmap.org/copyright)"
MARGIN_M = 500.0


def read_osm(path: str | Path, name: str | None = None) -> City:
    """Read an OpenStreetMap file, ``.osm``, ``.osm.gz`` or ``.osm.pbf``, as a city.

    Layers are the ones of :mod:`gis.schema` that the file holds: streets, junctions, footways,
    crossings, buildings, car_parks, bus_stops, amenities, parks, water, trees, districts. Values
    that no tag gives are defaults by class, and columns named ``..._origin`` say so: ``found``,
    ``derived`` from other tags or the shape, ``synthetic``. Coordinates are EPSG:5186 in Korea,
    elsewhere those of the UTM zone. Rules on turning become the table ``turn_bans``. What lies over
    500 m off the streets' extent is left out.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        Where the file is empty, cut off, not OpenStreetMap data, or without a road.
    """
    path = Path(path)
    found = scan(path)
    roads = _roads(found, path)
    projection = Projection.around(np.array(found.ways.key)[np.array(found.ways.start)[roads]])
    layers, rules, notes = _layers(found, roads, projection)
    city = {
        key: gpd.GeoDataFrame(frame.reset_index(drop=True), geometry="geometry", crs=projection.crs)
        for key, frame in layers.items()
        if len(frame)
    }
    source = Source(f"OpenStreetMap, {path.name}", "ODbL-1.0", ATTRIBUTION)
    stem = path.name[: -len(suffix(path))]
    tables = {"turn_bans": rules} if len(rules) else {}
    sources = dict.fromkeys([*city, *tables], source)
    return City(name or stem, projection.crs, city, tables, sources, notes=notes)


def _roads(found: Found, path: Path) -> npt.NDArray[np.bool_]:
    roads = np.array([meaning.is_road(t) for t in found.ways.tags], dtype=bool)
    if roads.any():
        return roads
    if found.unplaced:
        raise ValueError(
            f"{path}: no roads: {found.unplaced} ways have no nodes with a place; nodes must be in "
            "the file, with latitude in [-90, 90] (are latitude and longitude swapped?)"
        )
    raise ValueError(
        f"{path}: no roads: a city needs ways with a highway tag of a street, e.g. residential"
    )


def _layers(
    found: Found, roads: npt.NDArray[np.bool_], projection: Projection
) -> tuple[Mapping[str, pd.DataFrame], pd.DataFrame, tuple[str, ...]]:
    """Return the layers, the rules on turning, and what of those was left out."""
    rows, junctions = streets(found, roads, projection)
    nodes = zip(junctions["lon"].tolist(), junctions["lat"].tolist(), strict=True)
    rules, untied = turn_bans(found, rows, {place: row for row, place in enumerate(nodes)})
    places = Places.of(found, projection, rows["geometry"].to_numpy(), MARGIN_M)
    built = sites(places)
    parking = [car_parks(places, rows, built["buildings"]), kerbs(found.ways, rows)]
    layers = {
        "streets": rows.drop(columns=["run", "along"]),
        "junctions": signals(junctions, rows, places).drop(columns=["lon", "lat"]),
        "footways": footways(found, projection),
        "crossings": crossings(found, rows, places, projection),
        "car_parks": pd.concat([frame for frame in parking if len(frame)] or parking[:1]),
        **built,
        **nature(places, found, projection, junctions["geometry"].to_numpy()),
    }
    return layers, rules, _notes(found, untied)


def _notes(found: Found, untied: int) -> tuple[str, ...]:
    rules, lost = len(found.restrictions) + found.left_out, found.left_out + untied
    if not lost:
        return ()
    return (
        f"turn_bans: {lost} of {rules} rules left out: they hold for some vehicles or hours, lead "
        "over a way, or name a street that is not there or goes on",
    )
