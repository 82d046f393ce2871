"""Access: who comes to a hospital, a school and a station within 45 min, nine times out of ten.

Of each kind it is the place nearest to home, from door to door, without a car. On foot a way takes
as long as riders reckon with; by bus lines it is the optimal strategy with a wait of 0.9 headways
at each boarding, the 90th percentile where buses are regular. By a called bus it takes as long as
it took those who asked on the day: each request of the run is one occasion, with its wait and its
ride over the direct drive; who was not served did not come in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenarios.drt_bus.indicators import requests
from twin.solution import Run
from twin.world.ground import Ground
from twin.world.transit.behaviour import Ridership

__all__ = ["ACCESS", "KINDS", "OLD", "Occasions", "accessible", "reached"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Points = tuple[tuple[float, float], ...]

LIMIT_S, OFTEN, OLD = 2_700.0, 0.9, 65
KINDS = ("hospital", "school", "station")
ACCESS = ("drt.access", *(f"drt.access_{kind}" for kind in KINDS), "drt.access_old")
RIDERS = Ridership(wait_share=OFTEN, wait_weight=1.0, walk_weight=1.0, transfer_min=0.0)
"""Riders who are told the seconds that a way takes, each wait at its 90th percentile."""

MS_PER_S, AT_ONCE = 1_000, 4_000_000


@dataclass(frozen=True, eq=False)
class Occasions:
    """What the requests of a run met: wait (s), ride over the direct drive; NaN: not served."""

    wait_s: Floats
    ratio: Floats


class Called(NamedTuple):
    """What a called bus offers: its stops, how far people walk to one, how its requests went."""

    stops: Points
    reach_m: float
    day: Occasions


def accessible(run: Run, reach_m: float) -> dict[str, float | None]:
    """Return the shares (%) of the residents of an area who come in time: to all kinds, to each.

    And of those of ``OLD`` and more to all. None where nobody lives, or the city has no such place.
    Riders think of stops within ``reach_m`` of a called bus.
    """
    ground = run.ground
    if ground is None:
        return dict.fromkeys(ACCESS)
    who = ground.people.residents
    home = who["home"].to_numpy(np.int64)
    here = run.area.inside(ground.place_x[home], ground.place_y[home])
    called = Called(_stops(run), reach_m, _occasions(run))
    kinds = [_in_time(ground, kind, day_type=run.day_type, called=called) for kind in KINDS]
    each = [None if times is None else times[home[here]] for times in kinds]
    known = [times for times in each if times is not None]
    whole = np.logical_and.reduce(known) if len(known) == len(KINDS) else None
    old = None if whole is None else whole[who["age"].to_numpy()[here] >= OLD]
    return dict(zip(ACCESS, map(_share, (whole, *each, old)), strict=True))


def _share(flags: Flags | None) -> float | None:
    return None if flags is None or not len(flags) else 100.0 * float(flags.mean())


def _occasions(run: Run) -> Occasions:
    """Return how all requests of the run went that are over."""
    asked = requests(run.trace)
    over = asked[asked["ride_ms"].notna() | asked["why"].notna()]
    served = over["ride_ms"].notna()
    wait, ride = (over[name].where(served).to_numpy(float) for name in ("wait_ms", "ride_ms"))
    return Occasions(wait / MS_PER_S, ride / over["direct_ms"].to_numpy(float))


def _stops(run: Run) -> Points:
    berths = run.trace.frame("berth")
    return tuple(zip(berths["x"], berths["y"], strict=True)) if len(berths) else ()


def _in_time(ground: Ground, kind: str, *, day_type: str, called: Called) -> Flags | None:
    """Return which buildings lie within the limit of a kind of places, None where there is none."""
    if not len(_places(ground, kind)):
        return None
    without_s = np.minimum(*_without(ground, kind, day_type))
    if not called.stops or not len(called.day.wait_s):
        return np.asarray(without_s <= LIMIT_S)
    foot_s, drive_s = _called(ground, kind, called.stops, called.reach_m)
    return reached(without_s, foot_s, drive_s, called.day)


def reached(without_s: Floats, foot_s: Floats, drive_s: Floats, day: Occasions) -> Flags:
    """Return which ways are within the limit: without the called bus, or with it often enough.

    ``without_s`` is the time without it, ``foot_s`` the walk to and from its stops and ``drive_s``
    the direct drive between them, infinite where it does not serve.
    """
    in_time = without_s <= LIMIT_S
    ask = np.flatnonzero(~in_time & np.isfinite(foot_s + drive_s))
    size = max(1, AT_ONCE // max(len(day.wait_s), 1))
    for start in range(0, len(ask), size):
        rows = ask[start : start + size]
        took = foot_s[rows, None] + day.wait_s + day.ratio * drive_s[rows, None]
        in_time[rows] = (took <= LIMIT_S).mean(axis=1) >= OFTEN
    return np.asarray(in_time)


def _places(ground: Ground, kind: str) -> Floats:
    """Return the places (n, 2) of a kind; a station is also a stop of rapid buses."""
    city = ground.city
    if kind != "station":
        rows = np.flatnonzero(city["buildings"]["use"] == kind)
        return np.column_stack([ground.place_x[rows], ground.place_y[rows]])
    service, found = ground.service, [np.zeros((0, 2))]
    if "amenities" in city:
        named = city["amenities"][(city["amenities"]["kind"] == kind).to_numpy()]
        found.append(shapely.get_coordinates(named.geometry.to_numpy()))
    if len(service.line):
        line = np.repeat(service.line, service.lines.beyond - service.lines.first)
        rapid = city.tables["bus_lines"]["kind"].to_numpy()[line] == "brt"
        stop = np.unique(service.calls.stop[rapid])
        found.append(np.column_stack([service.x[stop], service.y[stop]]))
    return np.concatenate(found)


def _nearest(ground: Ground, kind: str) -> tuple[Floats, Floats]:
    """Return the metres on foot from each building to the nearest place of a kind, and that."""
    places = _places(ground, kind)
    away, which = cKDTree(places).query(np.column_stack([ground.place_x, ground.place_y]))
    return away * RIDERS.detour, places[which]


@lru_cache(maxsize=16)
def _without(ground: Ground, kind: str, day_type: str) -> tuple[Floats, Floats]:
    """Return the seconds from each building to the nearest place: on foot, and by bus lines."""
    metres, to = _nearest(ground, kind)
    service = ground.service
    if not len(service.lines):
        return metres / RIDERS.speed, np.full(len(metres), np.inf)
    departures = _departures(ground, day_type)
    cost_s = service.strategies(departures, RIDERS).cost_s
    start, start_m = service.near(ground.place_x, ground.place_y, RIDERS)
    end, end_m = service.near(to[:, 0], to[:, 1], RIDERS)
    best = np.full(len(metres), np.inf)
    for one in range(start.shape[1]):
        for other in range(end.shape[1]):
            foot_m = start_m[:, one] + end_m[:, other]
            took = foot_m / RIDERS.speed + cost_s[end[:, other], start[:, one]]
            known = (start[:, one] >= 0) & (end[:, other] >= 0)
            best = np.where(known, np.minimum(best, took), best)
    return metres / RIDERS.speed, best


def _departures(ground: Ground, day_type: str) -> pd.DataFrame:
    """Return the departures of a type of day by the line of the service."""
    service, table = ground.service, ground.city.tables["bus_departures"]
    row = {int(line): number for number, line in enumerate(service.line)}
    kept = table[table["line"].isin(service.line) & table[day_type].to_numpy(bool)]
    return kept.assign(line=[row[int(line)] for line in kept["line"]])


@lru_cache(maxsize=16)
def _called(ground: Ground, kind: str, stops: Points, reach_m: float) -> tuple[Floats, Floats]:
    """Return the walk and the direct drive (s) from each building to the nearest place of a kind.

    By the stops nearest to both; infinite where they are the same, or out of reach.
    """
    berths, (_, to) = np.array(stops), _nearest(ground, kind)
    homes = np.column_stack([ground.place_x, ground.place_y])
    (start_m, start), (end_m, end) = (cKDTree(berths).query(xy) for xy in (homes, to))
    nodes = np.array([ground.nearest_goal(*berth) for berth in stops])
    ends, column = np.unique(end, return_inverse=True)
    drive_s = ground.network.many_to_many(nodes, nodes[ends])[start, column]
    start_m, end_m = start_m * RIDERS.detour, end_m * RIDERS.detour
    served = (start != end) & (np.maximum(start_m, end_m) <= reach_m)
    return (start_m + end_m) / RIDERS.speed, np.where(served, drive_s, np.inf)
