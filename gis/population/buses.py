"""What people know of the buses within a city when they choose how to go.

The walk to the nearest stop that a line serves, and the wait there by the hour: that of somebody
who comes at any moment of it, which for headways H is E[H] (1 + cv^2) / 2 (Osuna & Newell 1972,
doi:10.1287/trsc.6.1.52). Assumptions: a bus that comes leads where one wants to go, at the mean
speed of buses, to which a car's mean speed in a city stands beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from gis.city import City
from gis.figures import figure

__all__ = ["Buses", "buses", "nearest", "unknown"]

HOURS, S_PER_H, S_PER_DAY = 24, 3_600.0, 86_400.0
TABLES = ("bus_lines", "bus_line_stops", "bus_departures")
DAY_TYPES = ("weekday", "holiday")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Buses(NamedTuple):
    """Buses within a city, by place.

    ``stop`` is a row of ``wait_h`` (-1: no bus within reach), ``stop_m`` the walk to it, ``wait_h``
    the mean wait by stop and hour for each type of day, infinite where none comes within a day.
    ``known`` tells whether there is a timetable.
    """

    stop: Ints
    stop_m: Floats
    wait_h: Mapping[str, Floats]
    known: bool


def buses(city: City, x: Floats, y: Floats) -> Buses:
    """Return the buses at places; without a timetable an assumed headway at every hour."""
    stops = city.layers.get("bus_stops")
    points = None if stops is None else stops.geometry.representative_point()
    xy = np.empty((0, 2)) if points is None else np.column_stack([points.x, points.y])
    if any(name not in city.tables for name in TABLES):
        return unknown(x, y, xy)
    calls = city.tables["bus_line_stops"].sort_values(["line", "order"], kind="stable")
    served = np.unique(calls["stop"].to_numpy(np.int64))
    stop, stop_m = nearest(x, y, xy[served])
    stop = np.where(stop_m <= figure("stop_reach_m"), stop, -1)
    at_s = _after_start(calls, xy)
    known = calls.assign(after_s=at_s, stop=np.searchsorted(served, calls["stop"]))
    departures = city.tables["bus_departures"]
    waits = {
        kind: _waits(known, departures[departures[kind].to_numpy(bool)], len(served))
        for kind in DAY_TYPES
    }
    return Buses(stop, stop_m, MappingProxyType(waits), known=True)


def unknown(x: Floats, y: Floats, stops: Floats) -> Buses:
    """Return buses as they are assumed to be where no timetable is given: everywhere, all day."""
    wait_h = np.full((1, HOURS), figure("headway_h") / 2.0)
    _, stop_m = nearest(x, y, stops)
    known_m = np.where(np.isfinite(stop_m), stop_m, figure("stop_m"))
    nowhere = np.zeros(len(x), np.int64)
    return Buses(nowhere, known_m, MappingProxyType(dict.fromkeys(DAY_TYPES, wait_h)), known=False)


def nearest(x: Floats, y: Floats, stops: Floats) -> tuple[Ints, Floats]:
    """Return the nearest stop of each place, and the walk there, m; -1 and infinite without any."""
    if not len(stops):
        return np.full(len(x), -1), np.full(len(x), np.inf)
    far, row = cKDTree(stops).query(np.column_stack([x, y]))
    return np.asarray(row, np.int64), np.asarray(far) * figure("detour")


def _after_start(calls: pd.DataFrame, stops: Floats) -> Floats:
    """Return the seconds from the start of the line to each call, at the mean speed of buses."""
    at = stops[calls["stop"].to_numpy(np.int64)]
    line = calls["line"].to_numpy()
    step_m = np.hypot(*np.diff(at, axis=0, prepend=at[:1]).T) * figure("detour")
    step_m[np.diff(line, prepend=-1) != 0] = 0.0
    run = pd.Series(step_m).groupby(line).cumsum().to_numpy()
    return np.asarray(run / 1_000.0 / figure("bus_kmh") * S_PER_H)


def _waits(calls: pd.DataFrame, departures: pd.DataFrame, stops: int) -> Floats:
    """Return the mean wait (h) by stop and hour, from the moments at which buses call."""
    last = calls.groupby("line")["order"].transform("max")
    every = calls[calls["order"] < last].merge(departures[["line", "depart_s"]], on="line")
    moment = ((every["after_s"] + every["depart_s"]) % S_PER_DAY).to_numpy(float)
    stop = every["stop"].to_numpy(np.int64)
    wait = np.full((max(stops, 1), HOURS), np.inf)
    for row in np.unique(stop).tolist():
        wait[row] = _mean_wait(np.unique(moment[stop == row]))
    return wait


def _mean_wait(moment: Floats) -> Floats:
    """Return the mean wait (h) in each hour for buses at these moments (s), every day the same."""
    edge = np.arange(HOURS + 1) * S_PER_H
    comes = np.concatenate([moment, moment[:1] + S_PER_DAY])
    left = np.unique(np.concatenate([edge, moment]))
    until = comes[np.searchsorted(moment, left[:-1], side="right")]
    length = np.diff(left)
    waited = length * (until - left[:-1] - length / 2.0)
    hour = (left[:-1] // S_PER_H).astype(np.int64)
    return np.bincount(hour, waited, minlength=HOURS) / S_PER_H / S_PER_H
