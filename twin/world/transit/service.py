"""The service of a city: its lines as routes of links with calls, the same for every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.city import City
from gis.network import Network
from twin.world.rows import Rows, table
from twin.world.transit.behaviour import Ridership
from twin.world.transit.columns import CALL, LINE
from twin.world.transit.strategy import Lines, Strategies, strategies

__all__ = ["Service", "service"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BUSWAY = "busway"
LEAST_WALK_S = 1.0
"""No walk between stops is free, or people would go to and fro between two at one place."""

NEAREST = 6
"""How many stops near a place a rider thinks of."""

TABLES = ("bus_lines", "bus_line_stops", "bus_departures")
S_PER_DAY = 86_400.0


@dataclass(frozen=True, eq=False)
class Service:
    """Lines and calls (rows of LINE and CALL), routes (links), and the stops (m).

    ``line`` is the row of ``bus_lines`` of each line: one that no way of streets serves is left
    out. Stops are the rows of ``bus_stops``, with a line or without. ``ride_s`` is the free-flow
    time from each call to the next, ``left_m`` the way from each to the end of its link.
    """

    lines: Rows
    calls: Rows
    routes: NDArray[np.int32]
    line: Ints
    x: Floats
    y: Floats
    ride_s: Floats
    left_m: Floats
    found: dict[bytes, Strategies] = field(default_factory=dict, repr=False)

    def near(
        self, x: Floats, y: Floats, rides: Ridership
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the stops of lines within a walk of places, nearest first (-1 none), and the m."""
        called = np.unique(self.calls.stop)
        count = min(NEAREST, len(called))
        if not count:
            return np.full((len(x), 1), -1, np.int32), np.zeros((len(x), 1), np.float32)
        tree = cKDTree(np.column_stack([self.x[called], self.y[called]]))
        away, which = tree.query(np.column_stack([x, y]), k=[*range(1, count + 1)])
        metres = away * rides.detour
        stop = np.where(metres <= rides.reach_m, called[which], -1)
        return stop.astype(np.int32), metres.astype(np.float32)

    def strategies(self, departures: pd.DataFrame, rides: Ridership) -> Strategies:
        """Return what riders do, knowing how often each line runs on this day."""
        often = _frequency(departures, len(self.lines))
        mark = often.tobytes() + repr(rides).encode()
        if mark not in self.found:
            stops = len(self.x)
            transfer_s = rides.transfer_min * 60
            wait_s = rides.wait_weight * rides.wait_share
            self.found[mark] = strategies(self._known(often, rides), stops, wait_s, transfer_s)
        return self.found[mark]

    def _known(self, often: Floats, rides: Ridership) -> Lines:
        tree = cKDTree(np.column_stack([self.x, self.y]))
        pairs = tree.query_pairs(rides.transfer_m / rides.detour, output_type="ndarray")
        both = np.concatenate([pairs, pairs[:, ::-1]])
        both = both[np.lexsort((both[:, 1], both[:, 0]))]
        away = np.hypot(*(axis[both[:, 0]] - axis[both[:, 1]] for axis in (self.x, self.y)))
        return Lines(
            self.lines.first.astype(np.int64),
            self.lines.beyond.astype(np.int64),
            often,
            self.calls.stop.astype(np.int64),
            self.ride_s + rides.stop_s,
            np.searchsorted(both[:, 0], np.arange(len(self.x) + 1)),
            both[:, 1].astype(np.int64),
            np.maximum(away * rides.detour / rides.speed * rides.walk_weight, LEAST_WALK_S),
        )


def _no_lines(x: Floats, y: Floats) -> Service:
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    calls = table(CALL, 0)
    return Service(table(LINE, 0), calls, none.astype(np.int32), none, x, y, nothing, nothing)


def _frequency(departures: pd.DataFrame, lines: int) -> Floats:
    """Return the buses a second of each line between its first and its last, 0 where none runs."""
    often = np.zeros(lines)
    number = departures["line"].to_numpy(np.int64)
    for line in np.unique(number).tolist():
        times = departures["depart_s"].to_numpy(float)[number == line]
        span = float(times.max() - times.min())
        often[line] = (len(times) - 1) / span if span > 0 else 1 / S_PER_DAY
    return often


def service(city: City) -> Service:
    """Return the service of a city; without tables of buses no line calls at its stops."""
    x, y = _stops(city)
    if any(name not in city.tables or not len(city.tables[name]) for name in TABLES):
        return _no_lines(x, y)
    roads = _roads(city)
    ways = dict(_ways(city, roads))
    if not ways:
        return _no_lines(x, y)
    line = np.array(sorted(ways), np.int64)
    called = _called(city)
    stop = np.concatenate([called[row]["stop"].to_numpy(np.int64) for row in line])
    bounds = np.cumsum([0, *(len(ways[row][1]) for row in line)])
    starts = np.cumsum([0, *(len(ways[row][0]) for row in line)])
    routes = np.concatenate([ways[row][0] for row in line]).astype(np.int32)
    step = np.concatenate([ways[row][1] + start for row, start in zip(line, starts, strict=False)])
    share = np.concatenate([_shares(city, called[row]) for row in line])
    sizes = city.tables["bus_lines"].iloc[line]
    lines = table(
        LINE, len(line), first=bounds[:-1], beyond=bounds[1:],
        capacity=sizes["capacity"].to_numpy(), seats=sizes["seats"].to_numpy(),
    )  # fmt: skip
    calls = table(CALL, len(step), stop=stop, step=step, at=share)
    ride_s = _ride_s(lines, calls, _seconds(city)[routes])
    left_m = (1.0 - share) * city["streets"]["length_m"].to_numpy(float)[routes[step]]
    return Service(lines, calls, routes, line, x, y, ride_s, left_m)


def _stops(city: City) -> tuple[Floats, Floats]:
    """Return where the stops of buses are (m)."""
    if "bus_stops" not in city:
        return np.zeros(0), np.zeros(0)
    points = shapely.get_coordinates(city["bus_stops"].geometry.to_numpy())
    return points[:, 0], points[:, 1]


def _called(city: City) -> dict[int, pd.DataFrame]:
    calls = city.tables["bus_line_stops"].sort_values(["line", "order"], kind="stable")
    number = calls["line"].to_numpy(np.int64)
    return {int(line): calls[number == line] for line in np.unique(number)}


def _seconds(city: City) -> Floats:
    streets = city["streets"]
    speed: Floats = streets["speed_kmh"].to_numpy(float) / 3.6
    seconds: Floats = streets["length_m"].to_numpy(float) / speed
    return seconds


def _roads(city: City) -> Network:
    """Return the streets with their busways, which buses prefer."""
    driving, busway = Network.driving(city), (city["streets"]["highway"] == BUSWAY).to_numpy()
    cost = np.where(busway, _seconds(city) * Ridership.busway_share, driving.cost)
    return Network(driving.tails, driving.heads, cost, driving.x, driving.y)


def _ways(city: City, roads: Network) -> Iterator[tuple[int, tuple[Ints, Ints]]]:
    """Yield the links of each line that has a way, and the place of each call among them."""
    for line, calls in _called(city).items():
        try:
            found = _way(roads, calls["street"].to_numpy(np.int64), calls["at_m"].to_numpy(float))
        except ValueError:
            continue
        if len(calls) > 1:
            yield line, found


def _way(roads: Network, street: Ints, at_m: Floats) -> tuple[Ints, Ints]:
    links, steps = [int(street[0])], [0]
    for i in range(1, len(street)):
        if street[i] != street[i - 1] or at_m[i] <= at_m[i - 1]:
            between = roads.route(int(roads.heads[links[-1]]), int(roads.tails[street[i]]))
            links += [*between.tolist(), int(street[i])]
        steps.append(len(links) - 1)
    return np.array(links, np.int64), np.array(steps, np.int64)


def _shares(city: City, calls: pd.DataFrame) -> Floats:
    length = city["streets"]["length_m"].to_numpy(float)[calls["street"].to_numpy(np.int64)]
    share: Floats = np.clip(calls["at_m"].to_numpy(float) / np.maximum(length, 1e-9), 0.0, 1.0)
    return share


def _ride_s(lines: Rows, calls: Rows, seconds: Floats) -> Floats:
    """Return the free-flow time from each call to the next of its line, 0 behind the last."""
    before = np.concatenate([[0.0], np.cumsum(seconds)])
    moment = before[calls.step] + seconds[calls.step] * calls.at
    ride = np.append(np.diff(moment), 0.0)
    ride[lines.beyond - 1] = 0.0
    return np.asarray(ride)
