"""One junction with arms in given directions: the smallest place where turns mean something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.city import City
from gis.derive.turns import complete_turns

CRS = "EPSG:5186"
ARM_M = 100.0


def crossroads(
    arms: Sequence[float],
    *,
    lanes: int | Sequence[int] = 1,
    highway: str | Sequence[str] = "residential",
    oneway: Mapping[int, str] | None = None,
    signal: bool = False,
) -> City:
    """Return a junction (row 0) with one two-way street to each direction, degrees from east.

    Street ``2 a`` comes in on arm ``a`` and ``2 a + 1`` leaves by it; ``oneway`` names the arms
    that have only the one (``in`` or ``out``), whose rows then move up.
    """
    count = len(arms)
    many = [lanes] * count if isinstance(lanes, int) else list(lanes)
    kinds = [highway] * count if isinstance(highway, str) else list(highway)
    angle = np.radians(np.asarray(arms, float))
    place = np.vstack([[0.0, 0.0], np.column_stack([np.cos(angle), np.sin(angle)]) * ARM_M])
    rows = [
        (a, way) for a in range(count) for way in ("in", "out") if (oneway or {}).get(a, way) == way
    ]
    ends = np.array([(a + 1, 0) if way == "in" else (0, a + 1) for a, way in rows])
    columns = {
        "from_junction": ends[:, 0],
        "to_junction": ends[:, 1],
        "length_m": ARM_M,
        "lanes": [many[a] for a, _ in rows],
        "speed_kmh": 50.0,
        "width_m": [many[a] * 6.4 for a, _ in rows],
        "highway": [kinds[a] for a, _ in rows],
        "way": [a for a, _ in rows],
        "origin": "found",
    }
    lit = np.arange(count + 1) == (0 if signal else -1)
    places = gpd.GeoDataFrame(
        {"signal": lit, "gate": False, "origin": "found"}, geometry=shapely.points(place), crs=CRS
    )
    lines = shapely.linestrings(place[ends])
    streets = gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)
    return City("crossroads", CRS, {"streets": streets, "junctions": places})


def turns_at(city: City, bans: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the derived turns of the middle junction."""
    turns = complete_turns(None, bans, city["streets"], city["junctions"])
    return turns[turns["junction"] == 0].reset_index(drop=True)


def named(turns: pd.DataFrame) -> dict[tuple[int, int], str]:
    """Return the kind of each turn by the arms it joins, for two-way arms."""
    arm = zip(turns["from_street"] // 2, turns["to_street"] // 2, strict=True)
    return dict(zip(((int(a), int(b)) for a, b in arm), turns["kind"], strict=True))
