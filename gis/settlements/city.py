"""A city of real dongs: in each a town made in code, main roads and buses between them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.city import City, Source
from gis.derive import with_turns
from gis.newtown.streets import CRS
from gis.newtown.town import town
from gis.settlements.buses import bus_tables, ways_between
from gis.settlements.dongs import middles, scaled
from gis.settlements.roads import Joints, edge, footways, joints, main_roads
from gis.settlements.sites import Settlement, neighbours, sites
from gis.unite import united

__all__ = ["settlements"]

MADE = Source(
    "Dongne settlements", "CC0",
    "Streets, buildings, buses and all else but the dongs: synthetic, made by Dongne",
)  # fmt: skip


def settlements(
    dongs: gpd.GeoDataFrame,
    source: Source,
    *,
    headway_min: float,
    schools: gpd.GeoDataFrame | None = None,
    residents: int | None = None,
    seed: int = 1,
) -> City:
    """Return a city of real dongs with synthetic towns.

    Each dong has one town, made as :func:`gis.newtown.newtown` makes it, of the dong's people,
    where its people live. Main roads join neighbouring towns over the real distances, with buses
    along them; gates are at the city's edge, shared out by people. Only districts are found; an
    outline that does not hold its town is widened to it and marked derived.

    Parameters
    ----------
    dongs
        Outlines with name, population and households, see :func:`read_dongs`.
    source
        Where they come from.
    headway_min
        Minutes between buses on each line from town to town, all day.
    schools
        Points of schools, amid which each town is put; without them it is put where its dong is
        widest.
    residents
        Persons in all, shared out as the dongs' people are; without it they are kept.
    seed
        Another seed, other towns.

    Raises
    ------
    ValueError
        Where a dong has too few or too many people for a town, or two towns have no room.
    """
    dongs = dongs if residents is None else scaled(dongs, residents)
    towns, arms = sites(dongs, middles(dongs, schools), seed)
    layers, tables = united([_sited(one) for one in towns])
    layers["districts"] = _districts(dongs, towns)
    pairs = np.array(neighbours(np.array([t.centre for t in towns])), np.int64).reshape(-1, 2)
    layers, joint = _joined(layers, towns, pairs, arms)
    ways = ways_between(layers["streets"], towns, joint, layers["junctions"])
    tables |= bus_tables(layers, tables, ways, headway_min)
    sources = dict.fromkeys([*layers, *tables], MADE) | {"districts": _modified(source)}
    name = f"{', '.join(t.name for t in towns)} (synthetic streets, seed {seed})"
    whole = with_turns(City(name, CRS, layers, tables, sources, synthetic=True))
    return replace(whole, synthetic=False, notes=_notes(layers["districts"]))


def _sited(one: Settlement) -> City:
    """Return a town on its site, its bus stops named after its dong."""
    made = town(one.plan)
    layers = {
        name: frame.set_geometry(_moved(frame.geometry, one.matrix))
        for name, frame in made.layers.items()
        if name != "districts"
    }
    stops = layers["bus_stops"]
    layers["bus_stops"] = stops.assign(name=[f"{one.name} {n // 2 + 1}" for n in range(len(stops))])
    lines = made.tables["bus_lines"]
    named = lines.assign(name=[f"{one.name} {name}" for name in lines["name"]])
    return replace(made, layers=layers, tables={**made.tables, "bus_lines": named})


def _moved(shapes: gpd.GeoSeries, matrix: list[float]) -> gpd.GeoSeries:
    """Return shapes turned and moved; slivers that rounding makes cross themselves are mended."""
    moved = shapes.affine_transform(matrix)
    return moved.where(moved.is_valid, moved.buffer(0.0))


def _joined(
    layers: dict[str, gpd.GeoDataFrame],
    towns: list[Settlement],
    pairs: np.ndarray,
    arms: np.ndarray,
) -> tuple[dict[str, gpd.GeoDataFrame], Joints]:
    """Return the layers with the main roads in them, and where these begin and end."""
    junctions, streets, walks = (layers[name] for name in ("junctions", "streets", "footways"))
    joint = joints(towns, junctions, pairs, arms)
    gate = np.isin(np.arange(len(junctions)), edge(towns, junctions, joint))
    more = {"junctions": junctions.assign(gate=gate)}
    if len(pairs):
        roads = main_roads(towns, joint, junctions, int(streets["way"].max()) + 1)
        more["streets"] = _with(streets, roads)
        more["footways"] = _with(walks, footways(roads, walks))
    return {**layers, **more}, joint


def _with(frame: gpd.GeoDataFrame, more: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.concat([frame, more], ignore_index=True), crs=CRS)


def _districts(dongs: gpd.GeoDataFrame, towns: list[Settlement]) -> gpd.GeoDataFrame:
    """Return the dongs, each holding its own town and no part of another."""
    extent = np.array([one.extent for one in towns], dtype=object)
    outline = dongs.geometry.to_numpy()
    whole = [
        shapely.difference(shapely.union(shape, own), shapely.union_all(np.delete(extent, i)))
        for i, (shape, own) in enumerate(zip(outline, extent, strict=True))
    ]
    changed = ~shapely.equals(whole, outline)
    origin = np.where(changed, "derived", "found")
    return dongs.set_geometry(np.array(whole, dtype=object), crs=CRS).assign(origin=origin)


def _modified(source: Source) -> Source:
    return replace(source, attribution=f"{source.attribution}, modified")


def _notes(districts: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Return what a user should know of a city of settlements."""
    wide = districts.loc[districts["origin"] == "derived", "name"]
    notes = ["only dongs and their people are found; streets, buildings and buses are made up"]
    if len(wide):
        notes.append(f"districts: outlines of {', '.join(wide)} changed to hold the towns made up")
    return tuple(notes)
