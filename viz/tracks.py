"""From a trace to places: where each parked car and each sign stands at one moment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from twin.solution import Look
from twin.trace import Trace
from twin.world.columns import Kind
from twin.world.indicators import stays

__all__ = ["parked", "signs"]

MS_PER_S = 1_000
STATES = {Kind.KERB_ILLEGAL: "illegal", Kind.PRIVATE: "garage"}
NO_LOOKS: Mapping[str, Look] = MappingProxyType({})
NOTHING = pd.DataFrame(
    {"x": [], "y": [], "heading_rad": [], "state": np.empty(0, object)}, dtype=object
).astype({"x": float, "y": float, "heading_rad": float})


def parked(
    city: City, trace: Trace, moment_s: float, looks: Mapping[str, Look] = NO_LOOKS
) -> pd.DataFrame:
    """Return the cars that stand in the city at a moment (s since midnight of day 0).

    Columns x, y (m), heading_rad (counter-clockwise from east) and state: legal, illegal,
    garage for a building's own spaces, or the name of a look where its event was recorded for the
    lot. A car at a kerb stands in the bay that its order of arrival gives it; off the street
    it is at the point of its lot.
    """
    moment = round(moment_s * MS_PER_S)
    lots = trace.frame("lot")
    now = stays(trace, moment + 1)
    now = now[(now["start_ms"] <= moment) & (now["end_ms"] > moment)]
    now = now.merge(lots, on="lot")
    now = now.sort_values(["lot", "start_ms", "car"], kind="stable")
    bay = now.groupby("parent").cumcount().to_numpy().astype(np.int64)
    x, y, heading = _stand(city, now, bay)
    state = now["kind"].map(STATES).fillna("legal").to_numpy(object, copy=True)
    for name, look in looks.items():
        marked = trace.frame(look.event)
        if len(marked) and look.thing == "car":
            lots_then = marked.loc[marked["time_ms"] <= moment, "lot"]
            state[now["lot"].isin(lots_then).to_numpy()] = name
    return pd.DataFrame({"x": x, "y": y, "heading_rad": heading, "state": state})


def signs(trace: Trace, moment_s: float, looks: Mapping[str, Look] = NO_LOOKS) -> pd.DataFrame:
    """Return the signs at crossings at a moment, with the columns of :func:`parked`.

    They stand at one side of the street and face along it.
    """
    crossings, found = trace.frame("crossing"), [NOTHING]
    for name, look in looks.items():
        put_up = trace.frame(look.event)
        if look.thing != "sign" or not len(put_up) or not len(crossings):
            continue
        then = put_up.loc[put_up["time_ms"] <= round(moment_s * MS_PER_S), "crossing"]
        here = crossings[crossings["crossing"].isin(then)]
        heading, aside = here["bearing"].to_numpy(float), here["width_m"].to_numpy(float) / 2
        found.append(
            pd.DataFrame(
                {
                    "x": here["x"] + aside * np.sin(heading),
                    "y": here["y"] - aside * np.cos(heading),
                    "heading_rad": heading,
                    "state": name,
                }
            )
        )
    return pd.concat(found, ignore_index=True)


def _stand(
    city: City, now: pd.DataFrame, bay: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return x, y and heading of each car: along its kerb, or just its lot, where bays are."""
    kerb = now["arc"].to_numpy() >= 0
    x, y = now["x"].to_numpy(float).copy(), now["y"].to_numpy(float).copy()
    heading = np.full(len(now), math.pi / 2)
    lines = np.full(len(now), None, dtype=object)
    lines[kerb] = city["car_parks"].geometry.to_numpy()[now["parent"].to_numpy()[kerb]]
    on_kerb = _along(lines[kerb], bay[kerb], now["capacity"].to_numpy()[kerb])
    x[kerb], y[kerb], heading[kerb] = on_kerb
    return x, y, heading


def _along(
    lines: NDArray[np.object_], bay: NDArray[np.int64], bays: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle of each bay on its line, and the line's direction there."""
    length = shapely.length(lines)
    at = length * (bay + 0.5) / np.maximum(bays, 1)
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, at))
    back = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(at - 1, 0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, at + 1))
    way = ahead - back
    return here[:, 0], here[:, 1], np.arctan2(way[:, 1], way[:, 0])
