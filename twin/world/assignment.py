"""Base routes: how drivers who know the streets spread over them, solved once and kept.

A user equilibrium (Wardrop 1952): nobody would be faster another way. It is found by simplicial
decomposition (Hearn, Lawphongpanich & Ventura 1987, Mathematical Programming Study 31:99-118; for
delays that depend on the flow of others: Lawphongpanich & Hearn 1984, Transportation Research B
18(2):123-133): each round sends everybody along the fastest ways at the present times, which makes
one set of trees, and then finds the mixture of the sets so far that is nearest to equilibrium. In a
run each driver knows one of the sets, by the shares of that mixture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gis.turning import NONE, Trees, Turning
from twin.kernel import kernel

__all__ = ["Delay", "Demand", "Routes", "assign"]

Floats = NDArray[np.float64]
MOST_SETS = 8
GAP = 1e-3
ROUNDS, SETTLED, RARE = 400, 1e-7, 0.005
NO_COST = np.zeros((0, 0), np.float32)


class Demand(NamedTuple):
    """Cars of one period: from which node to which goal (row of the goals), cars an hour."""

    start: NDArray[np.int32]
    goal: NDArray[np.int32]
    cars_h: Floats


class Delay(Protocol):
    """How long turns take at a flow."""

    def seconds(self, turns: Floats) -> Floats:
        """Return the time that each turn takes where each has a flow, in cars an hour."""


@dataclass(frozen=True, eq=False)
class Routes:
    """Sets of trees and the share of drivers who know each.

    ``next_slot`` uint8 [set, goal, arc] and ``first_slot`` uint8 [set, goal, node] are as in
    :class:`gis.turning.Trees`; ``share`` float64 [set] adds up to 1. ``flow`` is cars an hour on
    each arc, ``turns`` on each turn; ``gap`` the relative gap: what could be saved by
    changing ways, of all time spent.
    """

    next_slot: NDArray[np.uint8]
    first_slot: NDArray[np.uint8]
    share: Floats
    flow: Floats
    turns: Floats
    gap: float


class _Loads(NamedTuple):
    """What each set asks of the streets: its seconds on arcs, cars an hour on arcs and turns."""

    arcs_s: Floats
    flow: Floats
    turns: Floats

    def costs(self, delay: Delay, share: Floats) -> Floats:
        """Return the time that each set takes where drivers mix the sets."""
        return np.asarray(self.arcs_s + self.turns @ delay.seconds(share @ self.turns))


def assign(
    net: Turning,
    goals: NDArray[np.int32],
    demand: Demand,
    delay: Delay,
    *,
    gap: float = GAP,
    most_sets: int = MOST_SETS,
) -> Routes:
    """Return base routes whose relative gap is at most ``gap``, or the best of ``most_sets``.

    Arcs take their cost in ``net``, turns what ``delay`` says of their flow. A set that hardly
    anybody takes in the end is left out.

    Raises
    ------
    ValueError
        A way does not exist: a start from which a goal cannot be reached.
    """
    sets: list[Trees] = []
    none = (np.zeros(0), np.zeros((0, len(net.tails))), np.zeros((0, len(net.source))))
    loads, share, found = _Loads(*none), np.zeros(0), np.inf
    cost = np.where(np.isfinite(net.cost), net.cost, 0.0)
    while True:
        turn_s = delay.seconds(share @ loads.turns)
        trees = replace(net, penalty=turn_s).towards(goals)
        flow, turns = _load(net, trees, goals, demand)
        if sets:
            spent = float(share @ loads.costs(delay, share))
            found = (spent - float(flow @ cost + turns @ turn_s)) / spent if spent else 0.0
            if found <= gap or len(sets) == most_sets:
                break
        sets.append(trees._replace(cost=NO_COST))
        loads = _Loads(
            np.append(loads.arcs_s, flow @ cost),
            np.vstack([loads.flow, flow]),
            np.vstack([loads.turns, turns]),
        )
        share = _mixture(loads, delay, share)
    kept = np.flatnonzero(share >= RARE)
    return Routes(
        np.stack([sets[each].next_slot for each in kept]),
        np.stack([sets[each].first_slot for each in kept]),
        share[kept] / share[kept].sum(),
        share @ loads.flow,
        share @ loads.turns,
        found,
    )


def _mixture(loads: _Loads, delay: Delay, share: Floats) -> Floats:
    """Return the shares of the sets whose mixture is nearest to equilibrium.

    From the last one drivers move to what is faster, by steps that shrink where they overshoot
    (the projection method: Bertsekas & Gafni 1982, Mathematical Programming Study 17:139-159).
    """
    size = len(share) + 1
    share = np.append(share * (1.0 - 1.0 / size), 1.0 / size)
    step, (costs, worst) = 1.0, _uneven(loads, delay, share)
    best, least = share, worst
    for _ in range(ROUNDS):
        if worst <= SETTLED:
            break
        share = _on_simplex(share - step * (costs / costs.mean() - 1.0))
        costs, now = _uneven(loads, delay, share)
        step = step * 0.7 if now > worst else step * 1.05
        worst = now
        if worst < least:
            best, least = share, worst
    return best


def _uneven(loads: _Loads, delay: Delay, share: Floats) -> tuple[Floats, float]:
    """Return the time that each set takes, and what changing sets would save, of all time."""
    costs = loads.costs(delay, share)
    spent = float(share @ costs)
    return costs, (spent - float(costs.min())) / spent if spent else 0.0


def _on_simplex(point: Floats) -> Floats:
    """Return the nearest point whose parts are 0 or more and add up to 1."""
    falling = np.sort(point)[::-1]
    over = (np.cumsum(falling) - 1.0) / np.arange(1, len(point) + 1)
    return np.asarray(np.maximum(point - over[falling > over][-1], 0.0))


class _Net(NamedTuple):
    """What a walk along trees reads of the streets."""

    out_first: NDArray[np.int32]
    out_arc: NDArray[np.int32]
    heads: NDArray[np.int32]
    onward_first: NDArray[np.int32]
    onward: NDArray[np.int32]


def _load(
    net: Turning, trees: Trees, goals: NDArray[np.int32], demand: Demand
) -> tuple[Floats, Floats]:
    """Return cars an hour on each arc and each turn when everybody drives along trees."""
    first, rows = net.onward
    streets = _Net(net.out_first, net.out_arc, net.heads, first, net.target[rows])
    lost, flow, turned = _walk(trees.next_slot, trees.first_slot, streets, demand, goals)
    if lost >= 0:
        raise ValueError(
            f"no way leads from node {demand.start[lost]} to node {goals[demand.goal[lost]]}"
        )
    turns = np.zeros(len(net.source))
    turns[rows] = turned
    return np.asarray(flow), turns


@kernel
def _walk(
    next_slot: NDArray[np.uint8],
    first_slot: NDArray[np.uint8],
    net: _Net,
    demand: Demand,
    goals: NDArray[np.int32],
) -> tuple[int, Floats, Floats]:
    """Return -1, or the row of demand that finds no way, the flow of each arc and each turn."""
    start, goal, cars_h = demand.start, demand.goal, demand.cars_h
    out_first, out_arc, heads = net.out_first, net.out_arc, net.heads
    onward_first, onward = net.onward_first, net.onward
    flow, turned = np.zeros(len(heads)), np.zeros(len(onward))
    for i in range(len(start)):
        row, node, came = goal[i], start[i], -1
        if node == goals[row]:
            continue
        slot = first_slot[row, node]
        while slot != NONE:
            arc = out_arc[out_first[node] + slot]
            flow[arc] += cars_h[i]
            if came >= 0:
                for k in range(onward_first[came], onward_first[came + 1]):
                    if onward[k] == arc:
                        turned[k] += cars_h[i]
            node, came = heads[arc], arc
            slot = next_slot[row, arc]
        if node != goals[row]:
            return i, flow, turned
    return -1, flow, turned
