"""Base routes of a city: what drivers who know its streets do at each time of the day.

For each period the demand of a lasting day is assigned to the streets until nobody would save much
by another way (:mod:`twin.world.assignment`); the sets of trees that this takes are kept, and each
driver knows one of them. A stop line lets through what its lanes do in their share of green, and a
turn at a signal waits for it as long as cars that come evenly do (Webster 1958, the uniform term).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import DayType, People, day
from gis.turning import Turning
from twin.luck import Luck
from twin.world.assignment import Delay, Demand, Routes, assign
from twin.world.streets.columns import Control, Ways
from twin.world.streets.kept import digest, kept
from twin.world.streets.layout import Flow, Layout

__all__ = [
    "PERIODS",
    "Period",
    "base_ways",
    "delay",
    "demands",
    "free_ways",
    "signal_wait",
    "turn_flows",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

S_PER_H, S_PER_DAY, HALF_HOURS = 3_600, 86_400, 48
GAP, MOST_SETS = 0.01, 6
ROUGH, ROUGH_SETS = 0.05, 3
MINOR = 0.5
"""Share of its time in which a minor or permissive turn finds a gap: an assumption."""
LEAST = 0.05
SIGNALS = (0.05, 10.0)
"""Alpha and beta of streets with signals: an assumption, the values for which Skabardonis & Dowling
1997 (Transportation Research Record 1572) are quoted, not checked against their paper."""


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
        np.ones(1),
        np.zeros(len(net.tails)),
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
    night = PERIODS[0]
    _, wait_s = signal_wait(layout, (night.from_h + night.to_h) / 2)
    left_s = replace(net, penalty=wait_s).towards(goals).cost
    for period, demand in zip(PERIODS, wanted, strict=True):
        share, wait_s = signal_wait(layout, (period.from_h + period.to_h) / 2)
        waiting = replace(net, penalty=wait_s)
        curve = delay(net, layout, share)
        found.append(assign(waiting, goals, demand, curve, gap=GAP, most_sets=MOST_SETS))
        wait_ms.append(wait_s * 1_000)
        pass_ms.append(S_PER_H * 1_000 / curve.capacity_h)
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
    return digest(__file__, [*columns, *numbers, *(part for demand in wanted for part in demand)])


def _turn_flows(net: Turning, goals: Ints, layout: Layout, wanted: Sequence[Demand]) -> Floats:
    found = []
    for period, demand in zip(PERIODS, wanted, strict=True):
        share, wait_s = signal_wait(layout, (period.from_h + period.to_h) / 2)
        waiting, curve = replace(net, penalty=wait_s), delay(net, layout, share)
        found.append(assign(waiting, goals, demand, curve, gap=ROUGH, most_sets=ROUGH_SETS).turns)
    return np.array(found)


def _ways(
    net: Turning,
    found: Sequence[Routes],
    left_s: NDArray[np.float32],
    period: NDArray[np.int64],
    wait_ms: Floats,
    pass_ms: Floats,
) -> Ways:
    sets = [len(routes.share) for routes in found]
    upto = [np.append(np.cumsum(routes.share)[:-1], 1.0) for routes in found]
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
        upto=np.concatenate(upto),
        wait_ms=np.round(wait_ms[:, rows]).astype(np.int32),
        pass_ms=np.round(pass_ms).astype(np.int32),
        gap=np.array([routes.gap for routes in found]),
    )


def signal_wait(layout: Layout, hour: float) -> tuple[Floats, Floats]:
    """Return of each turn the share of time it may go, and its mean wait for green (s).

    At an hour of the day. A permissive green counts by half for the share; who may turn on red
    waits for nobody but those with the right of way.
    """
    control = layout.turns["control"].to_numpy()
    share = np.where(control == Control.MINOR, MINOR, 1.0)
    wait = np.zeros(len(share))
    cycle, green, permissive = _greens_at(layout, hour)
    lit = (control == Control.SIGNAL) & (cycle > 0)
    whole = np.minimum((green + permissive)[lit] / cycle[lit], 1.0)
    share[lit] = np.minimum((green + MINOR * permissive)[lit] / cycle[lit], 1.0)
    wait[lit] = cycle[lit] * (1.0 - whole) ** 2 / 2.0
    wait[layout.turns["on_red"].to_numpy(bool)] = 0.0
    share[(control == Control.SIGNAL) & (cycle == 0)] = MINOR
    return share, wait


def _greens_at(layout: Layout, hour: float) -> tuple[Floats, Floats, Floats]:
    """Return of each turn the cycle, the green and the permissive green (s) at an hour."""
    size, slots, greens = len(layout.turns), layout.slots, layout.greens
    now = (slots["from_s"] <= hour * S_PER_H) & (slots["to_s"] > hour * S_PER_H)
    cycle_of = np.zeros(int(slots["signal"].max()) + 1 if len(slots) else 1)
    cycle_of[slots["signal"][now]] = slots["cycle_s"][now]
    signal = layout.turns["signal"].to_numpy(np.int64)
    cycle = np.where(signal >= 0, cycle_of[np.maximum(signal, 0)], 0.0)
    shown = greens[now.to_numpy()[greens["slot"].to_numpy(np.int64)]]
    length = (shown["to_s"] - shown["from_s"]).to_numpy(float)
    turn, second = shown["turn"].to_numpy(np.int64), shown["permissive"].to_numpy(bool)
    green, permissive = (
        np.bincount(turn[kind], length[kind], minlength=size) for kind in (~second, second)
    )
    return cycle, np.asarray(green, float), np.asarray(permissive, float)


def delay(net: Turning, layout: Layout, share: Floats, flow: Flow | None = None) -> Delay:
    """Return how the time to pass each street grows with its flow.

    A stop line lets through the saturation flow of its lanes, each in the mean share of time of
    the turns that it serves.
    """
    flow = flow or Flow()
    turns, lanes = layout.turns, layout.links["lanes"].to_numpy(np.int64)
    first = np.append(0, np.cumsum(lanes))
    link = turns["link"].to_numpy(np.int64)
    served = turns["lane_last"].to_numpy(np.int64) - turns["lane_first"].to_numpy(np.int64) + 1
    row = np.repeat(np.arange(len(turns)), served)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(served) - served, served)
    lane = first[link[row]] + turns["lane_first"].to_numpy(np.int64)[row] + nth
    count = np.bincount(lane, minlength=first[-1])
    each = np.bincount(lane, share[row], minlength=first[-1]) / np.maximum(count, 1)
    each[count == 0] = 1.0
    open_lanes = np.add.reduceat(np.append(each, 0.0), first[:-1])
    capacity = np.maximum(np.where(lanes > 0, open_lanes, 1.0), LEAST) * S_PER_H / flow.headway_s
    free_s = np.where(np.isfinite(net.cost), net.cost, 1.0)
    return Delay(free_s, capacity, *SIGNALS)


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
