"""Small worlds with buses: a grid of streets, lines along it, people who ride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from gis.city import City
from gis.population import Mode, People
from tests.twin.worlds import grid, land, lots
from twin.luck import Luck
from twin.world.columns import Kind
from twin.world.ground import Ground

__all__ = ["bus_land", "corridor", "crowd"]

SPACING_M = 100.0
RESIDENTS = 6_000
CRS = "EPSG:5186"


def bus_land(
    size: int,
    lines: Sequence[Sequence[int]],
    departures: Sequence[ArrayLike],
    *,
    places: ArrayLike,
    capacity: int = 60,
    seconds: float = 10.0,
    at_m: float = 50.0,
    gates: ArrayLike = (),
) -> Ground:
    """Return a grid with lines: for each, the street of each of its stops, ``at_m`` along it.

    ``gates`` are junctions.
    """
    network = grid(size, spacing_m=SPACING_M, seconds=seconds)
    nothing = lots(network, Kind.PUBLIC, [0], 1)
    ground = land(network, nothing, places, homes=[])
    points = np.column_stack([network.x, network.y])
    ways = shapely.linestrings(np.stack([points[network.tails], points[network.heads]], axis=1))
    streets = gpd.GeoDataFrame(
        {
            "from_junction": network.tails, "to_junction": network.heads, "length_m": SPACING_M,
            "lanes": 1,
            "speed_kmh": 3.6 * SPACING_M / seconds, "highway": "tertiary",
        },
        geometry=ways, crs=CRS,
    )  # fmt: skip
    called = sorted({street for line in lines for street in line})
    spots = shapely.line_interpolate_point(ways[called], at_m)
    junctions = gpd.GeoDataFrame(
        {"gate": np.isin(np.arange(len(points)), gates)},
        geometry=gpd.points_from_xy(*points.T), crs=CRS,
    )  # fmt: skip
    layers = {
        "streets": streets, "junctions": junctions,
        "bus_stops": gpd.GeoDataFrame(geometry=spots, crs=CRS),
    }  # fmt: skip
    residents = pd.DataFrame({"age": np.full(RESIDENTS, 30)})
    people = cast(People, SimpleNamespace(cars=ground.people.cars, residents=residents))
    return replace(
        ground,
        people=people,
        city=City("buses", CRS, layers, _tables(lines, departures, capacity, called, at_m)),
    )


def _tables(
    lines: Sequence[Sequence[int]],
    departures: Sequence[ArrayLike],
    capacity: int,
    called: list[int],
    at_m: float,
) -> dict[str, pd.DataFrame]:
    names = [f"L{n}" for n in range(len(lines))]
    calls = [
        pd.DataFrame(
            {
                "line": n, "order": np.arange(len(line)), "street": line, "at_m": at_m,
                "stop": [called.index(street) for street in line],
            }
        )
        for n, line in enumerate(lines)
    ]  # fmt: skip
    leaving = [
        pd.DataFrame({"line": n, "depart_s": np.asarray(t, float)})
        for n, t in enumerate(departures)
    ]
    return {
        "bus_lines": pd.DataFrame(
            {"name": names, "kind": "bus", "capacity": capacity, "seats": capacity // 2}
        ),
        "bus_line_stops": pd.concat(calls, ignore_index=True),
        "bus_departures": pd.concat(leaving, ignore_index=True).assign(weekday=True, holiday=True),
    }


def corridor(departures: ArrayLike, **more: int) -> Ground:
    """Return one line along the lowest row of a grid of 12, with a place at each junction of it."""
    east = list(range(0, 22, 2))  # every other row of streets leads back
    return bus_land(12, [east], [departures], places=np.arange(12), **more)


def crowd(luck: Luck, size: int, places: int, from_h: float, to_h: float) -> pd.DataFrame:
    """Return one or two journeys a person between places."""
    person = np.repeat(np.arange(size), 2)
    order = np.tile([0, 1], size)

    def draw(look: int) -> np.ndarray:
        return np.asarray(luck.uniform(person, trip=order, look=look))

    legs = pd.DataFrame(
        {
            "person": person,
            "order": order,
            "depart_s": 3_600 * (from_h + (to_h - from_h) * (order + draw(0)) / 2),
            "origin": (draw(1) * places).astype(int),
            "destination": (draw(2) * places).astype(int),
            "mode": Mode.BUS,
            "purpose": 0,
            "planned_s": -1.0,
        }
    )
    legs.loc[draw(3) < 0.01, "origin"] = -1
    return legs[(order == 0) | (draw(4) < 0.5)].reset_index(drop=True)
