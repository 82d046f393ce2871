"""What drones did on a day: who saw first, how much of the city is near, what it saved and cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from gis.figures import figure
from scenarios.drone_safety_net.flight import Craft
from scenarios.drone_safety_net.net import flown
from scenarios.drone_safety_net.sites import Seen
from twin.response import eyes
from twin.solution import Run
from twin.trace import Trace
from twin.world.crews import SERVICES, services
from twin.world.incidents import INCIDENT_KINDS

__all__ = [
    "Near",
    "coverage",
    "first_eyes",
    "flown_h",
    "found_early",
    "gap_min",
    "near_homes_min",
    "ready_share",
    "saved_h",
]

Floats = NDArray[np.float64]

MS_PER_S, MS_PER_MIN, MS_PER_H = 1_000, 60_000, 3_600_000
S_PER_H = 3_600.0
SPOTS = 4_000
"""How many places of an area are tried for how much of it is near a dock."""

HOME_M, SAMPLE_MS = 30.0, 5_000
"""How near (m, across the ground) to a home a drone is over it, and how often that is looked at."""


class Near(NamedTuple):
    """Shares (%) of the people and of the area that a drone would have in view within a time."""

    people: float | None
    area: float


def first_eyes(run: Run, seen: Seen) -> pd.DataFrame:
    """Return the calls of the area that drones are sent to, with who saw them first.

    The columns of :func:`twin.response.eyes`.
    """
    found = _visible(eyes(run.trace, run.area.polygon), seen)
    return found[found["call_ms"] >= 0] if len(found) else found


def _visible(found: pd.DataFrame, seen: Seen) -> pd.DataFrame:
    """Return the cases that drones could see: outdoors, and fires; of the kinds asked for."""
    if not len(found):
        return found
    codes = [INCIDENT_KINDS.index(kind) for kind in seen.kinds]
    fire = found["kind"] == INCIDENT_KINDS.index("fire")
    return found[found["kind"].isin(codes) & (seen.indoors | fire | (found["place"] < 0))]


def coverage(run: Run, craft: Craft, within_s: float) -> Near:
    """Return how much a drone would have in view within a time of a call, no wind, all free."""
    docks = run.trace.frame("dock")
    spots, weight = _residents(run.city, run)
    people = float(weight.sum())
    near = _covered(docks, spots, craft, within_s)
    share = 100.0 * float(weight[near].sum()) / people if people else None
    return Near(share, 100.0 * float(_covered(docks, _spots(run), craft, within_s).mean()))


def _covered(
    docks: pd.DataFrame, spots: Floats, craft: Craft, within_s: float
) -> NDArray[np.bool_]:
    """Return which places (n, 2) some dock's drone has in view within a time."""
    near = np.zeros(len(spots), bool)
    for x, y in docks[["x", "y"]].to_numpy(float) if len(docks) else ():
        lines = np.stack([np.broadcast_to((x, y), spots.shape), spots], axis=1)
        trips = flown(craft, lines)
        can = (craft.needs_s(trips.out_s, trips.back_s) <= craft.usable_s) & (
            trips.metres <= craft.link_m
        )
        near |= can & (craft.eye_s(trips.out_s) <= within_s)
    return near


def _residents(city: City, run: Run) -> tuple[Floats, Floats]:
    """Return the homes of an area (n, 2; m), and how many live in each."""
    layer = city["buildings"]
    spots = shapely.get_coordinates(layer.geometry.representative_point().to_numpy())
    each = figure("occupied_dwellings") * figure("persons_per_household")
    live = layer["dwellings"].to_numpy(float) * each
    kept = run.area.inside(spots[:, 0], spots[:, 1]) & (live > 0)
    return spots[kept], live[kept]


def _spots(run: Run) -> Floats:
    """Return places spread evenly over an area (n, 2)."""
    left, bottom, right, top = run.area.polygon.bounds
    side = max(np.sqrt((right - left) * (top - bottom) / SPOTS), 1.0)
    x, y = np.meshgrid(
        np.arange(left + side / 2, right, side), np.arange(bottom + side / 2, top, side)
    )
    grid = np.column_stack((x.ravel(), y.ravel()))
    return grid[run.area.inside(grid[:, 0], grid[:, 1])]


def saved_h(run: Run, seen: Seen, check_min: float) -> tuple[float, float, float]:
    """Return hours of crews saved, calls for nothing told in time, and real ones told wrongly.

    All three as many as the cases stand for.

    A crew that is told before it arrives turns back: it saves what it would still have driven, the
    same way back and the check at the place, for everybody aboard.
    """
    told, calls = run.trace.frame("all_clear"), first_eyes(run, seen)
    if not len(told) or not len(calls):
        return 0.0, 0.0, 0.0
    first = told.groupby("case")["at_ms"].min()
    calls = calls.assign(told_ms=calls["case"].map(first))
    before = calls[calls["told_ms"] < calls["scene_ms"]]
    early_s = (before["scene_ms"] - before["told_ms"]) / MS_PER_S
    spared_s = 2.0 * np.minimum(early_s, before["drive_s"]) + 60.0 * check_min
    people = before["service"].map(lambda code: services()[SERVICES[code]].people)
    nothing = (before["real"] == 0).to_numpy()
    weight = before["weight"].to_numpy(float)
    hours = (weight * spared_s * people)[nothing].sum() / S_PER_H
    return float(hours), float(weight[nothing].sum()), float(weight[~nothing].sum())


def found_early(run: Run, seen: Seen) -> float:
    """Return the real cases that a drone saw before anybody called, as many as they stand for."""
    found = _visible(eyes(run.trace, run.area.polygon), seen)
    if not len(found):
        return 0.0
    uncalled = (found["call_ms"] < 0) | (found["drone_ms"] < found["call_ms"])
    early = found["drone_ms"].notna() & uncalled & (found["real"] == 1)
    return float(found.loc[early, "weight"].sum())


def gap_min(trace: Trace, share: float, from_h: float) -> float | None:
    """Return a quantile of the minutes between visits to a place on patrol; None without two.

    Of visits in one shift, which begins at ``from_h``: the rest of the day is no gap.
    """
    visits = trace.frame("visit")
    if not len(visits):
        return None
    visits = visits.sort_values(["place", "at_ms"], kind="stable")
    shift = (visits["at_ms"] - round(from_h * MS_PER_H)) // (24 * MS_PER_H)
    gaps = (
        visits.groupby(["place", shift.rename("shift")])["at_ms"].diff().dropna().to_numpy(float)
        / MS_PER_MIN
    )
    return float(np.quantile(gaps, share)) if len(gaps) else None


def flown_h(trace: Trace) -> float:
    """Return the hours that drones were in the air."""
    legs = trace.frame("drone_leg")
    return float((legs["until_ms"] - legs["from_ms"]).sum()) / MS_PER_H if len(legs) else 0.0


def near_homes_min(run: Run) -> float:
    """Return the minutes that drones were over homes, or beside them at most 30 m away."""
    legs, layer = run.trace.frame("drone_leg"), run.city["buildings"]
    homes = layer.geometry.to_numpy()[layer["dwellings"].to_numpy() > 0]
    if not len(legs) or not len(homes):
        return 0.0
    lasts = (legs["until_ms"] - legs["from_ms"]).to_numpy(float)
    count = np.maximum(np.ceil(lasts / SAMPLE_MS), 1).astype(int)
    row = np.repeat(np.arange(len(legs)), count)
    share = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[row]
    start, end = legs[["x", "y"]].to_numpy(float), legs[["to_x", "to_y"]].to_numpy(float)
    points = shapely.points(start[row] + (end - start)[row] * share[:, None])
    near, _ = shapely.STRtree(homes).query(points, predicate="dwithin", distance=HOME_M)
    over = np.unique(near)
    return float((lasts / count)[row[over]].sum()) / MS_PER_MIN


def ready_share(run: Run, flies: NDArray[np.bool_]) -> float | None:
    """Return the share of time (%) that a drone is there and could start: weather, network, itself.

    ``flies`` tells for each hour of the run's weather whether drones fly; None without docks.
    """
    docks = run.trace.frame("dock")
    if not len(docks):
        return None
    start, end = run.span_ms
    minutes = np.arange(start, end, MS_PER_MIN)
    hours = run.trace.column("weather", "time_ms")
    sky = flies[np.clip(np.searchsorted(hours, minutes, side="right") - 1, 0, len(flies) - 1)]
    sky = sky & ~_during(run.trace.frame("network_down"), minutes)
    spells = [run.trace.frame(event) for event in ("mission", "round", "drone_down")]
    ready = 0.0
    for machine in docks["dock"].tolist():
        own = [rows[rows["machine"] == machine] if len(rows) else rows for rows in spells]
        away = np.any([_during(rows, minutes) for rows in own], axis=0)
        ready += float((sky & ~away).mean())
    return 100.0 * ready / len(docks)


def _during(spells: pd.DataFrame, moments: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which moments lie in spells, from ``time_ms`` to ``free_ms``."""
    inside = np.zeros(len(moments), bool)
    for start, end in spells[["time_ms", "free_ms"]].to_numpy() if len(spells) else ():
        inside |= (moments >= start) & (moments < end)
    return inside
