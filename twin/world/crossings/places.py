"""Where walkers meet cars: the crossings of a city, and the links that bring cars onto each."""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.city import City

__all__ = ["Cuts", "crossed_links", "crossing_places", "cut_links", "keys_of"]

SIGNAL_WITHIN_M = 15.0
STRAIGHT_DEG = 30.0
SHARPEST_DEG = 150.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Cuts(NamedTuple):
    """Where crossings cut links: in which half of the crossing, and whether the link ends there.

    A link that does not end at the crossing begins there: a junction is beyond either.
    """

    crossing: Ints
    link: Ints
    half: Ints
    ends: NDArray[np.bool_]


def crossing_places(city: City) -> pd.DataFrame:
    """Return the crossings: each footway of this kind that meets street links.

    Returns
    -------
    pandas.DataFrame
        footway (row), x, y (m), width_m (m to walk), lanes (of all links cut), signal (bool, from
        the layer ``crossings``), bearing (rad, of the street), school_m (m to the nearest school
        or other place of a child protection zone).
    """
    footways = city.layers.get("footways")
    if footways is None or not len(footways):
        return pd.DataFrame({name: np.empty(0) for name in COLUMNS})
    rows = np.flatnonzero((footways["kind"] == "crossing").to_numpy())
    cuts = _cuts(city["streets"], footways.geometry.to_numpy()[rows])
    met = np.unique(cuts.crossing)
    rows, lanes = (
        rows[met],
        np.bincount(cuts.crossing, city["streets"]["lanes"].to_numpy()[cuts.link]),
    )
    lines = footways.geometry.to_numpy()[rows]
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    ends = shapely.get_coordinates(shapely.get_point(lines, -1))
    ends -= shapely.get_coordinates(shapely.get_point(lines, 0))
    return pd.DataFrame(
        {
            "footway": rows,
            "x": middle[:, 0],
            "y": middle[:, 1],
            "width_m": footways["length_m"].to_numpy(float)[rows],
            "lanes": lanes[met],
            "signal": _signals(city, middle),
            "bearing": np.arctan2(ends[:, 0], -ends[:, 1]),
            "school_m": _to_school(city, middle),
        }
    )


COLUMNS = ("footway", "x", "y", "width_m", "lanes", "signal", "bearing", "school_m")


def crossed_links(city: City, places: pd.DataFrame) -> pd.DataFrame:
    """Return the links that bring cars onto each crossing, ordered by crossing.

    A link that ends at a crossing brings all its cars; one that begins there brings those of the
    links before it that turn into it. At a signal only cars turning right meet a walker.

    Returns
    -------
    pandas.DataFrame
        crossing, link, into (link, -1), half (0, 1), kmh (limit), turning (bool).
    """
    streets = city["streets"]
    cuts = cut_links(city, places)
    kmh = streets["speed_kmh"].to_numpy(float)
    ending = pd.DataFrame(
        {"crossing": cuts.crossing, "link": cuts.link, "into": -1, "half": cuts.half}
    )[cuts.ends].assign(degrees=0.0)
    beginning = pd.DataFrame({"crossing": cuts.crossing, "into": cuts.link, "half": cuts.half})[
        ~cuts.ends
    ]
    turns = beginning.merge(_turns(streets), on="into")
    signal = places["signal"].to_numpy(bool)
    right = (turns["degrees"] < -STRAIGHT_DEG) & (turns["degrees"] > -SHARPEST_DEG)
    found = pd.concat(
        [
            ending[~signal[ending["crossing"].to_numpy(np.int64)]],
            turns[right | ~signal[turns["crossing"].to_numpy(np.int64)]],
        ]
    ).sort_values(["crossing", "into", "link"], kind="stable", ignore_index=True)
    return pd.DataFrame(
        {
            **{name: found[name].to_numpy(np.int64) for name in ("crossing", "link", "into")},
            "half": found["half"].to_numpy(np.int64),
            "kmh": kmh[found["link"].to_numpy(np.int64)],
            "turning": (found["degrees"].abs() > STRAIGHT_DEG).to_numpy(),
        }
    )


def cut_links(city: City, places: pd.DataFrame) -> Cuts:
    """Return where the crossings of a city cut its links; a number is a row of ``places``."""
    none = np.empty(0, object)
    lines = city["footways"].geometry.to_numpy() if len(places) else none
    return _cuts(city["streets"], lines[places["footway"].to_numpy(np.int64)])


def keys_of(places: pd.DataFrame) -> Ints:
    """Return a number for each crossing that stays its own when others come or go."""
    spots = zip(places["x"].round(1), places["y"].round(1), strict=True)
    return np.array([crc32(f"{x:.1f},{y:.1f}".encode()) for x, y in spots], np.int64)


def _cuts(streets: gpd.GeoDataFrame, lines: NDArray[np.object_]) -> Cuts:
    """Return where lines cut links, in the order of both."""
    links = streets.geometry.to_numpy()
    crossing, link = shapely.STRtree(links).query(lines, predicate="crosses")
    order = np.lexsort((link, crossing))
    crossing, link = crossing[order], link[order]
    spot = shapely.centroid(shapely.intersection(lines[crossing], links[link]))
    along = shapely.line_locate_point(links[link], spot, normalized=True)
    half = shapely.line_locate_point(lines[crossing], spot, normalized=True) > 0.5
    return Cuts(crossing, link, half.astype(np.int64), along >= 0.5)


def _turns(streets: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return every turn from a link into another but back: link, into, degrees (left is more)."""
    tail, head = (streets[name].to_numpy() for name in ("from_junction", "to_junction"))
    lines = streets.geometry.to_numpy()
    rows = np.arange(len(streets))
    come = pd.DataFrame({"junction": head, "link": rows, "tail": tail, "came": _heading(lines, -1)})
    leave = pd.DataFrame({"junction": tail, "into": rows, "head": head, "left": _heading(lines, 0)})
    pairs = come.merge(leave, on="junction")
    pairs = pairs[pairs["tail"] != pairs["head"]]
    degrees = (np.degrees(pairs["left"] - pairs["came"]) + 180.0) % 360.0 - 180.0
    return pd.DataFrame({"link": pairs["link"], "into": pairs["into"], "degrees": degrees})


def _heading(lines: NDArray[np.object_], end: int) -> Floats:
    """Return the direction (rad, from east to north) of the first or the last piece of lines."""
    a, b = ((0, 1), (-2, -1))[end]
    step = shapely.get_coordinates(shapely.get_point(lines, b))
    step = step - shapely.get_coordinates(shapely.get_point(lines, a))
    return np.asarray(np.arctan2(step[:, 1], step[:, 0]))


def _signals(city: City, middle: Floats) -> NDArray[np.bool_]:
    """Return whether the marked crossing at each place has a signal."""
    marked = city.layers.get("crossings")
    if marked is None or not len(marked):
        return np.zeros(len(middle), bool)
    tree = cKDTree(shapely.get_coordinates(marked.geometry.to_numpy()))
    away, nearest = tree.query(middle)
    return np.asarray(marked["signal"].to_numpy(bool)[nearest] & (away <= SIGNAL_WITHIN_M))


def _to_school(city: City, middle: Floats) -> Floats:
    """Return metres to the nearest place of a school zone, infinite without any.

    These are the city's child protection zones, or its schools where none are listed.
    """
    points = _protected(city)
    if not len(points):
        return np.full(len(middle), np.inf)
    return np.asarray(cKDTree(points).query(middle)[0])


def _protected(city: City) -> Floats:
    zones = city.layers.get("child_protection_zones")
    if zones is not None and len(zones):
        return np.asarray(shapely.get_coordinates(zones.geometry.to_numpy()))
    found = [np.empty((0, 2))]
    for layer, column in (("buildings", "use"), ("amenities", "kind")):
        if layer in city and column in city[layer]:
            here = city[layer].geometry[city[layer][column] == "school"]
            found.append(shapely.get_coordinates(here.representative_point().to_numpy()))
    return np.concatenate(found)
