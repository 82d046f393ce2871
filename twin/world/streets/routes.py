"""Base routes of a city: what drivers who know its streets do at each time of the day.

For each period the demand of a lasting day is assigned to the streets until nobody would save much
by another way (:mod:`twin.world.assignment`); the sets of trees that this takes are kept, and each
driver knows one of them, by the shares of those with the same goal. What holds cars up are the
stop lines (:mod:`twin.world.streets.delays`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import DayType, People, day
from gis.turning import Turning
from twin.kept import digest, kept
from twin.luck import Luck
from twin.world import assignment, loads, mixture
from twin.world.assignment import Routes, Stop, assign
from twin.world.loads import Demand
from twin.world.streets import delays
from twin.world.streets.columns import Ways
from twin.world.streets.delays import StopLines, stop_lines
from twin.world.streets.layout import Layout

__all__ = [
    "PERIODS",
    "Period",
    "base_ways",
    "demands",
    "free_ways",
    "turn_flows",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

SOURCES = (__file__, assignment.__file__, loads.__file__, mixture.__file__, delays.__file__)
MS_PER_S, S_PER_H, S_PER_DAY, HALF_HOURS = 1_000, 3_600, 86_400, 48
FINE, ROUGH = Stop(gap=0.01, sets=8, rounds=20), Stop(gap=0.05, sets=4, rounds=4)


@dataclass(frozen=True)
class Period:
    """A part of the day with its own base routes, in hours."""

    name: str
    from_h: float
    to_h: float


PERIODS = (
    Period("night", 0, 7),
    Period("morning peak", 7, 9.5),
    Period("day", 9.5, 17),
    Period("evening peak", 17, 20),
    Period("evening", 20, 24),
)
"""The parts of the day for which cities time their signals: peaks 07:00-09:30, 17:00-20:00."""


def free_ways(net: Turning, goals: Ints) -> Ways:
    """Return the ways of streets without traffic: the fastest, for everybody and all day long."""
    trees = net.towards(goals)
    routes = Routes(
        trees.next_slot[None],
        trees.first_slot[None],
        np.ones((1, len(goals))),
        np.zeros(len(net.source)),
        0.0,
    )
    wait_ms, pass_ms = np.zeros((1, len(net.source))), np.zeros((1, len(net.tails)))
    return _ways(net, [routes], trees.cost, np.zeros(HALF_HOURS, np.int64), wait_ms, pass_ms)


def base_ways(net: Turning, goals: Ints, layout: Layout, wanted: Sequence[Demand]) -> Ways:
    """Return the base routes of each period, found once and kept.

    Parameters
    ----------
    net
        The streets without traffic (s); its turns are those of the layout, row by row.
    wanted
        The demand of each of :data:`PERIODS`.
    """
    name = f"ways-{_mark(net, goals, layout, wanted)}"
    return Ways(**kept(name, lambda: _base_ways(net, goals, layout, wanted)._asdict()))


def _base_ways(net: Turning, goals: Ints, layout: Layout, wanted: Sequence[Demand]) -> Ways:
    found, wait_ms, pass_ms = [], [], []
    left_s = replace(net, penalty=_lines(layout, PERIODS[0]).wait_s).towards(goals).cost
    links, link = len(net.tails), layout.turns["link"].to_numpy(np.int64)
    for period, demand in zip(PERIODS, wanted, strict=True):
        lines = _lines(layout, period)
        found.append(assign(net, goals, demand, lines, FINE))
        wait_ms.append(lines.wait_s * MS_PER_S)
        pass_ms.append(lines.pass_s(links, link, found[-1].turns) * MS_PER_S)
    middle_h = (np.arange(HALF_HOURS) + 0.5) / 2
    period_of = np.searchsorted([p.to_h for p in PERIODS], middle_h)
    return _ways(net, found, left_s, period_of, np.array(wait_ms), np.array(pass_ms))


def turn_flows(net: Turning, goals: Ints, layout: Layout, wanted: Sequence[Demand]) -> Floats:
    """Return cars an hour of each turn (column) in each of :data:`PERIODS` (row), about."""
    name = f"turns-{_mark(net, goals, layout, wanted)}"
    return kept(name, lambda: {"flow": _turn_flows(net, goals, layout, wanted)})["flow"]


def _mark(net: Turning, goals: Ints, layout: Layout, wanted: Sequence[Demand]) -> str:
    """Return a digest of all that base routes are made of."""
    columns = (net.tails, net.heads, net.cost, net.source, net.target, net.penalty, goals)
    tables = (layout.links, layout.turns, layout.slots, layout.greens)
    numbers = (table.to_numpy(float) for table in tables)
    return digest(SOURCES, [*columns, *numbers, *(part for demand in wanted for part in demand)])


def _turn_flows(net: Turning, goals: Ints, layout: Layout, wanted: Sequence[Demand]) -> Floats:
    periods = zip(PERIODS, wanted, strict=True)
    found = [assign(net, goals, d, _lines(layout, period), ROUGH) for period, d in periods]
    return np.array([routes.turns for routes in found])


def _lines(layout: Layout, period: Period) -> StopLines:
    """Return the stop lines in the middle of a period."""
    return stop_lines(layout, (period.from_h + period.to_h) / 2)


def _ways(
    net: Turning,
    found: Sequence[Routes],
    left_s: NDArray[np.float32],
    period: NDArray[np.int64],
    wait_ms: Floats,
    pass_ms: Floats,
) -> Ways:
    sets = [len(routes.share) for routes in found]
    first, rows = net.onward
    return Ways(
        next_slot=np.concatenate([routes.next_slot for routes in found]),
        first_slot=np.concatenate([routes.first_slot for routes in found]),
        out_first=net.out_first,
        out_arc=net.out_arc,
        onward_first=first,
        onward=net.target[rows],
        left_s=left_s,
        period=period.astype(np.int8),
        set_first=np.append(0, np.cumsum(sets)).astype(np.int32),
        upto=np.concatenate([_upto(routes.share) for routes in found]),
        wait_ms=np.round(wait_ms[:, rows]).astype(np.int32),
        pass_ms=np.round(pass_ms).astype(np.int32),
        gap=np.array([routes.gap for routes in found]),
    )


def _upto(share: Floats) -> Floats:
    """Add up the shares [set, goal] that fall from set to set: 1 from the last that is taken on."""
    more = np.append(share[1:], np.zeros((1, share.shape[1])), axis=0) > 0.0
    return np.where(more, np.cumsum(share, axis=0), 1.0)


def demands(
    people: People, place_node: Ints, gate_node: Ints, goals: Ints, day_type: DayType, seed: int
) -> list[Demand]:
    """Return the car trips of each period of a lasting day, from node to goal, cars an hour.

    As many an hour as in the busiest hour of the period. Its luck is its own: no replication lives
    this day. A trip begins where the one before ended.
    """
    trips = day(people, Luck(seed, "base routes"), 0, day_type)
    start, end = _ends(trips, people, place_node, gate_node)
    hour = trips["depart_s"].to_numpy(float) % S_PER_DAY / S_PER_H
    goal = np.searchsorted(goals, end)
    found = []
    for period in PERIODS:
        now = (hour >= period.from_h) & (hour < period.to_h) & (start != end)
        pair = start[now].astype(np.int64) * len(goals) + goal[now]
        pairs, cars = np.unique(pair, return_counts=True)
        found.append(
            Demand(
                (pairs // len(goals)).astype(np.int32),
                (pairs % len(goals)).astype(np.int32),
                cars * (_busiest(hour[now]) / max(now.sum(), 1)),
            )
        )
    return found


def _busiest(hour: Floats) -> int:
    """Return how many of some moments (h) lie in the busiest hour, looked at by half hours."""
    halves = np.bincount((hour * 2).astype(np.int64), minlength=HALF_HOURS)
    return int((halves[:-1] + halves[1:]).max())


def _ends(
    trips: pd.DataFrame, people: People, place_node: Ints, gate_node: Ints
) -> tuple[Ints, Ints]:
    """Return the nodes where each trip starts and ends."""
    car = trips["car"].to_numpy(np.int64)
    to, gate = trips["destination"].to_numpy(np.int64), trips["gate"].to_numpy(np.int64)
    outside = gate_node[np.maximum(gate, 0)]
    end = np.where(to >= 0, place_node[np.maximum(to, 0)], outside)
    home = people.cars["home"].to_numpy(np.int64)[car]
    begin = np.where(home >= 0, place_node[np.maximum(home, 0)], outside)
    first = np.append(True, car[1:] != car[:-1])
    return np.where(first, begin, np.roll(end, 1)), end
