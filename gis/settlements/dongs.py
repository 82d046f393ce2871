"""The dongs of a list: outlines and people from a file, and where in each of them people live."""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.city import Source
from gis.derive.marks import Floats
from gis.newtown.sequence import apportion
from gis.newtown.streets import CRS
from gis.readers.finish import with_ages
from gis.readers.vector import Reading, read_vector

__all__ = ["Place", "middles", "read_dongs", "read_schools", "scaled"]

Place = str | os.PathLike[str]
POLE_M = 10.0  # how exactly the point farthest from the edge is found
NEAR = 0.5  # names of two syllables with one of them alike
CODE = "dong_code"


def read_dongs(file: Place, names: Sequence[str]) -> tuple[gpd.GeoDataFrame, Source]:
    """Return the dongs of these names, or codes, in the order they are named, and their source.

    Parameters
    ----------
    file
        Outlines with population and households, see :func:`gis.readers.vector.read_vector`; a
        table of ages in the same file is joined.
    names
        Name or code of each dong.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It has no dongs, a name is not among them, stands for several or is named twice, or a dong
        has no population or households.
    """
    reading, where = read_vector(file), Path(file).name
    if not names:
        raise ValueError("dongs.names must name at least one dong, got none")
    if "districts" not in reading.layers:
        raise ValueError(f"{where} has no dongs; it has {', '.join(reading.layers) or 'nothing'}")
    every = _with_ages(reading).to_crs(CRS)
    rows = [_row(every, name, where) for name in names]
    twice = [name for name, row in zip(names, rows, strict=True) if rows.count(row) > 1]
    if twice:
        raise ValueError(f"dongs.names must name each dong once, got {twice[0]!r} twice")
    chosen = every.iloc[rows].reset_index(drop=True)
    _counted(chosen, where)
    return chosen, reading.sources["districts"][0]


def _counted(dongs: gpd.GeoDataFrame, where: str) -> None:
    for column in ("population", "households"):
        known = dongs[column].notna() if column in dongs else np.zeros(len(dongs), dtype=bool)
        for name in dongs["name"][~known]:
            raise ValueError(f"{where}: {name} has no {column}")


def read_schools(file: Place) -> gpd.GeoDataFrame:
    """Return the schools of a file, see :func:`gis.readers.vector.read_vector`.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It holds no schools.
    """
    places = read_vector(file).layers.get("amenities", [])
    schools = [frame[frame["kind"] == "school"].to_crs(CRS) for frame in places if "kind" in frame]
    if not any(map(len, schools)):
        raise ValueError(f"{Path(file).name} has no schools")
    return gpd.GeoDataFrame(pd.concat(schools, ignore_index=True), crs=CRS)


def _with_ages(reading: Reading) -> gpd.GeoDataFrame:
    (dongs, *_), ages = reading.layers["districts"], reading.tables.get("population_by_age")
    return with_ages(dongs, ages[0]) if ages and CODE in dongs else dongs


def _row(dongs: gpd.GeoDataFrame, name: str, where: str) -> int:
    """Return the one row of a name or code."""
    known = dongs["name"].astype(str)
    code = dongs[CODE].astype(str) if CODE in dongs else known
    found = np.flatnonzero((known == name) | (code == name))
    if not len(found):
        near = get_close_matches(name, [*known], n=3, cutoff=NEAR)
        hint = f"; did you mean {', '.join(near)}?" if near else f"; it has {len(dongs)} dongs"
        raise ValueError(f"{where} has no dong {name!r}{hint}")
    if len(found) > 1:
        codes = ", ".join(code.iloc[found])
        raise ValueError(f"{where} has {len(found)} dongs {name!r}: name one by its code, {codes}")
    return int(found[0])


def scaled(dongs: gpd.GeoDataFrame, residents: int) -> gpd.GeoDataFrame:
    """Return dongs whose people are so many in all, shared out as they are; marked as derived.

    Ages and households go with the people of their dong.
    """
    now = dongs["population"].to_numpy(np.float64)
    people = apportion(residents, now)
    share = people / np.maximum(now, 1.0)
    households = np.rint(dongs["households"].to_numpy(np.float64) * share).astype(np.int64)
    ages = {str(c): dongs[c] * share for c in dongs.columns if str(c).startswith("age_")}
    marks = {"population_origin": "derived", "households_origin": "derived"}
    return dongs.assign(population=people, households=households, **ages, **marks)


def middles(dongs: gpd.GeoDataFrame, schools: gpd.GeoDataFrame | None) -> Floats:
    """Return where the town of each dong is, (n, 2): amid its schools, as people live near them.

    It is the median of their coordinates. Without schools it is the point of the outline that is
    farthest from its edge.
    """
    found = np.array([_pole(outline) for outline in dongs.geometry])
    if schools is None:
        return found
    dong, school = dongs.sindex.query(schools.geometry, predicate="within")[::-1]
    at = pd.DataFrame(schools.get_coordinates().to_numpy()[school]).groupby(dong).median()
    found[at.index] = at.to_numpy()
    return found


def _pole(outline: shapely.Geometry) -> Floats:
    """Return the pole of inaccessibility of the largest part of an outline."""
    parts = shapely.get_parts(outline)
    largest = parts[shapely.area(parts).argmax()]
    circle = shapely.maximum_inscribed_circle(largest, tolerance=POLE_M)
    return np.asarray(shapely.get_coordinates(circle)[0], dtype=np.float64)
