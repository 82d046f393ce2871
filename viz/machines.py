"""From a trace to places: where drones and robots are at a moment, and where docks are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.solution import Look
from twin.trace import Trace

__all__ = ["docks", "machines", "telling_moment"]

Floats = NDArray[np.float64]

MS_PER_S = 1_000
COLUMNS = ("x", "y", "z", "heading_rad", "state", "trail")
FROM, TO = ["x", "y", "z"], ["to_x", "to_y", "to_z"]
NO_LOOKS: Mapping[str, Look] = MappingProxyType({})
NEVER = 1e12


def machines(trace: Trace, moment_s: float, looks: Mapping[str, Look] = NO_LOOKS) -> pd.DataFrame:
    """Return the drones in the air and the robots at a moment (s since midnight of day 0).

    Columns x, y, z (m; z above ground), heading_rad, state (the name of their look) and trail: the
    points (n, 3) of the way that a drone is on, the first those behind it, None for a robot. Both
    are evenly on the way between the moments that their legs name. A robot stands where its last
    leg ended, or its first begins.
    """
    moment, found = round(moment_s * MS_PER_S), [_nothing()]
    for name, look in looks.items():
        legs = trace.frame(look.event)
        if look.thing in {"drone", "robot"} and len(legs):
            place = _flying if look.thing == "drone" else _standing
            found.append(place(legs, moment).assign(state=name))
    return pd.concat(found, ignore_index=True)[[*COLUMNS]]


def docks(trace: Trace, moment_s: float, looks: Mapping[str, Look] = NO_LOOKS) -> pd.DataFrame:
    """Return the docks at a moment, with the columns of :func:`machines`."""
    found = [_nothing()]
    for name, look in looks.items():
        put_up = trace.frame(look.event)
        if look.thing == "dock" and len(put_up):
            rows = put_up.loc[put_up["time_ms"] <= round(moment_s * MS_PER_S), ["x", "y", "z"]]
            found.append(rows.assign(heading_rad=0.0, state=name, trail=None))
    return pd.concat(found, ignore_index=True)[[*COLUMNS]]


def telling_moment(trace: Trace, moment_s: float, looks: Mapping[str, Look] = NO_LOOKS) -> float:
    """Return the moment (s) nearest to one at which a drone hangs over a place.

    Drones are in the air for minutes of a day only. Where none hangs, at which one flies; where
    none does, the same moment.
    """
    best, away = moment_s, NEVER
    for look in looks.values():
        legs = trace.frame(look.event)
        if look.thing != "drone" or not len(legs):
            continue
        still = (legs[FROM].to_numpy() == legs[TO].to_numpy()).all(axis=1)
        level = legs["z"] == legs["to_z"]
        told = next((legs[rows] for rows in (still, level) if rows.any()), legs)
        middle = (told["from_ms"] + told["until_ms"]).to_numpy() / 2 / MS_PER_S
        nearest = float(middle[np.abs(middle - moment_s).argmin()])
        if abs(nearest - moment_s) < away:
            best, away = nearest, abs(nearest - moment_s)
    return best


def _nothing() -> pd.DataFrame:
    kinds = dict.fromkeys(("x", "y", "z", "heading_rad"), float) | {
        "state": object,
        "trail": object,
    }
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _flying(legs: pd.DataFrame, moment: int) -> pd.DataFrame:
    """Return the machines that are on a leg at a moment (ms)."""
    now = legs[(legs["from_ms"] <= moment) & (legs["until_ms"] > moment)]
    rows = _between(now.drop_duplicates("machine"), moment)
    rows = rows.assign(heading_rad=_headings(legs, moment, rows["machine"]))
    trails = [_trail(legs[legs["machine"] == key], moment) for key in rows["machine"]]
    return rows.assign(trail=pd.Series(trails, rows.index, dtype=object))


def _standing(legs: pd.DataFrame, moment: int) -> pd.DataFrame:
    """Return every machine: on a leg, else at the end of the last one or the start of the first."""
    begun = legs[legs["from_ms"] <= moment].drop_duplicates("machine", keep="last")
    waits = legs[~legs["machine"].isin(begun["machine"])].drop_duplicates("machine")
    rows = _between(pd.concat([begun, waits]), moment).assign(trail=None)
    return rows.assign(heading_rad=_headings(legs, moment, rows["machine"]))


def _between(legs: pd.DataFrame, moment: int) -> pd.DataFrame:
    """Return where machines are on their legs, at the ends of these before and after."""
    start, end = legs[FROM].to_numpy(float), legs[TO].to_numpy(float)
    lasts = np.maximum((legs["until_ms"] - legs["from_ms"]).to_numpy(float), 1.0)
    share = np.clip((moment - legs["from_ms"].to_numpy(float)) / lasts, 0.0, 1.0)
    x, y, z = (start + (end - start) * share[:, None]).T
    return pd.DataFrame({"machine": legs["machine"].to_numpy(), "x": x, "y": y, "z": z})


def _headings(legs: pd.DataFrame, moment: int, machines: pd.Series) -> Floats:
    """Return where machines head: as they last moved, or first will; east where they never do."""
    legs = legs[(legs["x"] != legs["to_x"]) | (legs["y"] != legs["to_y"])]
    begun = legs[legs["from_ms"] <= moment].drop_duplicates("machine", keep="last")
    later = legs[~legs["machine"].isin(begun["machine"])].drop_duplicates("machine")
    own = pd.concat([begun, later])
    turned = np.arctan2(own["to_y"] - own["y"], own["to_x"] - own["x"])
    by_machine = dict(zip(own["machine"].tolist(), turned.tolist(), strict=True))
    return np.array([by_machine.get(key, 0.0) for key in machines.tolist()])


def _trail(legs: pd.DataFrame, moment: int) -> Floats:
    """Return the points of the legs of one machine that follow one another about a moment."""
    legs = legs.sort_values("from_ms", kind="stable")
    begins = legs["from_ms"].to_numpy() > np.append(-NEVER, legs["until_ms"].to_numpy()[:-1])
    flight = np.cumsum(begins)
    now = ((legs["from_ms"] <= moment) & (legs["until_ms"] > moment)).to_numpy()
    own = legs[flight == flight[now][0]]
    return np.concatenate((own[FROM].to_numpy(float)[:1], own[TO].to_numpy(float)))
