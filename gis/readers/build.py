"""Build a city from any mix of files: the door through which data comes in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from gis.city import City, Source
from gis.readers.finish import finish, with_ages
from gis.readers.gtfs import is_gtfs, with_buses
from gis.readers.links import link_tables, nearest_street, network
from gis.readers.merge import join, near
from gis.readers.place import city_crs
from gis.readers.reach import out_of_reach
from gis.readers.vector import SUFFIXES, Reading, read_vectors
from gis.schema import validate

__all__ = ["read"]

CONNECTED = 0.95
OSM = (".osm", ".osm.gz", ".osm.pbf")


def read(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    name: str | None = None,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, Any] | str | os.PathLike[str] | None = None,
) -> City:
    """Return one complete city from OpenStreetMap files, vector files, tables and saved cities.

    The first file with streets gives the network and the extent; what the others hold within
    500 m of it is added, without what is already there. Missing layers and columns are then
    filled in by rule and marked.

    Parameters
    ----------
    paths
        One path or several; ``.osm``, ``.osm.gz``, ``.osm.pbf``, those of
        :func:`gis.readers.vector.read_vector`, folders of saved cities, and a timetable of buses
        in GTFS (a folder or a zip archive).
    name
        Name of the city; without it the name of the first file.
    crs, encoding, mapping
        For vector files; see :func:`gis.readers.vector.read_vector`.

    Raises
    ------
    FileNotFoundError
        One of the files is not there.
    ValueError
        A file cannot be read, no file holds streets, or a value breaks the schema.
    """
    files = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(p) for p in paths]
    if not files:
        raise ValueError("a city needs at least one file")
    for file in files:
        _check_kind(file)
    feeds = [f for f in files if is_gtfs(f)]
    ready = [f for f in files if f not in feeds and (f.is_dir() or f.name.lower().endswith(OSM))]
    others = [f for f in files if f not in (*ready, *feeds)]
    cities = [_ready(file) for file in ready]
    reading = read_vectors(others, mapping=mapping, crs=crs, encoding=encoding)
    called = name or files[0].name.split(".")[0]
    base = cities[0] if cities else _from_vector(reading, files, called)
    city = _extended(base, reading, called)
    for other in cities[1:]:
        city = _extended(city, _as_reading(other), called)
    city = _complete(city)
    for feed in feeds:
        city = with_buses(city, feed)
    return city


def _check_kind(path: Path) -> None:
    if not path.exists():
        raise FileNotFoundError(f"no file {path}")
    kinds = (*OSM, *SUFFIXES)
    if not path.is_dir() and not path.name.lower().endswith(kinds):
        known = ", ".join(kinds)
        raise ValueError(
            f"{path.name} is of no known kind; known are the folder of a saved city, and {known}"
        )


def _ready(path: Path) -> City:
    if path.is_dir():
        return City.open(path)
    from gis.readers.osm import read_osm

    return read_osm(path)


def _complete(city: City) -> City:
    """Fill in what is missing, and note what a user should know before trusting it."""
    from gis.derive import complete
    from gis.derive.streets import core

    validate(city)
    inside = core(city["streets"], len(city["junctions"]))
    if inside.sum() < 2:
        raise ValueError(
            f"{city.name}: the streets are disconnected: no two junctions can be reached from each "
            f"other; look at the directions and at the ends of the lines"
        )
    whole = complete(city)
    notes = [*whole.notes]
    if inside.mean() < CONNECTED:
        notes.append(
            f"streets: only {int(inside.sum()):,} of {len(inside):,} junctions "
            f"({inside.mean():.0%}) are in the largest part where every place reaches every other; "
            f"trips stay in it"
        )
    if not len(city.layers.get("buildings", ())):
        notes.append(f"buildings: none in the files, {len(whole['buildings']):,} made up")
    notes += out_of_reach(whole)
    whole = replace(whole, notes=tuple(notes))
    validate(whole, complete=True)
    return whole


def _as_reading(city: City) -> Reading:
    """Return a second city as if it came from files, without its network and what refers to it."""
    layers = {
        n: [f] for n, f in city.layers.items() if n not in ("streets", "junctions", "footways")
    }
    for frames in layers.values():
        frames[0] = frames[0].drop(columns=["building", "street"], errors="ignore")
    return Reading(layers=layers, sources={n: [s] for n, s in city.sources.items()})


def _from_vector(reading: Reading, files: list[Path], name: str) -> City:
    """Take the network out of the vector files and return it as the beginning of a city."""
    if "streets" not in reading.layers:
        known = ", ".join(reading.layers) or "no layer that is known"
        raise ValueError(
            f"no streets in {', '.join(f.name for f in files)}: found {known}; a city needs streets"
        )
    if not any(len(frame) for frame in reading.layers["streets"]):
        why = "; ".join(reading.notes) or "their layer is empty"
        raise ValueError(f"no streets in {', '.join(f.name for f in files)}: {why}")
    notes: list[str] = []
    crs = city_crs(next(frame for frame in reading.layers["streets"] if len(frame)))
    streets = _stacked(reading.layers.pop("streets"), "streets", crs, notes)
    given = reading.layers.pop("junctions", None)
    junctions = _stacked(given, "junctions", crs, notes) if given else None
    streets, junctions = network(streets, junctions, notes)
    tables = {n: pd.concat(t, ignore_index=True) for n, t in reading.tables.items()}
    tables = link_tables(tables, streets, junctions, notes)
    reading.tables.clear()
    layers = {"streets": streets, "junctions": junctions}
    return City(name, crs, layers, tables=tables, notes=tuple(notes))


def _stacked(
    frames: Iterable[gpd.GeoDataFrame], layer: str, crs: str, notes: list[str]
) -> gpd.GeoDataFrame:
    moved = [finish(frame.to_crs(crs), layer, notes) for frame in frames]
    return gpd.GeoDataFrame(pd.concat(moved, ignore_index=True), geometry="geometry", crs=crs)


def _extended(city: City, reading: Reading, name: str) -> City:
    """Add what was read to a city that has streets, where it is near and not there already."""
    notes = list(reading.notes)
    layers = dict(city.layers)
    for layer, frames in reading.layers.items():
        if layer in ("streets", "junctions"):
            notes.append(f"{layer}: those of {name} kept, those of other files left out")
            continue
        for frame in frames:
            part = finish(frame.to_crs(city.crs), layer, notes)
            part = near(part, layer, city["streets"], notes)
            layers[layer] = join(layers.get(layer), part, layer, notes)
    tables = {
        **{n: pd.concat(t, ignore_index=True) for n, t in reading.tables.items()},
        **city.tables,
    }
    sources = _sources(city.sources, reading.sources, {*layers, *tables})
    whole = City(name, city.crs, layers, tables, sources, city.synthetic, (*city.notes, *notes))
    return _tied(whole)


def _tied(city: City) -> City:
    """Tie crossings to streets, and ages to districts, where the files did not."""
    crossings, districts = city.layers.get("crossings"), city.layers.get("districts")
    if crossings is not None and "street" not in crossings:
        city = city.edit(
            crossings=crossings.assign(street=nearest_street(crossings, city["streets"]))
        )
    ages = city.tables.get("population_by_age")
    if districts is not None and ages is not None and "dong_code" in districts:
        city = city.edit(districts=with_ages(districts, ages))
    return city


def _sources(
    ours: Mapping[str, Source], theirs: Mapping[str, list[Source]], there: set[str]
) -> dict[str, Source]:
    """Return one source per layer; where several files gave it, all of them are named."""
    total = {name: source for name, source in ours.items() if name in there}
    for name, found in theirs.items():
        if name not in there:
            continue
        every = dict.fromkeys([*([total[name]] if name in total else []), *found])
        total[name] = Source(
            "; ".join(dict.fromkeys(s.name for s in every)),
            "; ".join(dict.fromkeys(s.licence for s in every)),
            "\n".join(dict.fromkeys(s.attribution for s in every)),
        )
    return total
