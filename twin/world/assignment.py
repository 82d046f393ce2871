"""Base routes: how drivers who know the streets spread over them, solved once and kept.

A user equilibrium (Wardrop 1952): nobody would be faster another way. It is found by simplicial
decomposition (Hearn, Lawphongpanich & Ventura 1987, Mathematical Programming Study 31:99-118): each
round sends everybody along the fastest ways at the present times, which makes one set of trees, and
then finds the mixture of the sets so far that is nearest to equilibrium. In a run each driver knows
one of the sets, by the shares of that mixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from gis.turning import NONE, Trees, Turning
from twin.kernel import kernel

__all__ = ["Delay", "Demand", "Routes", "assign"]

Floats = NDArray[np.float64]
MOST_SETS = 8
GAP = 1e-3


class Demand(NamedTuple):
    """Cars of one period: from which node to which goal (row of the goals), cars an hour."""

    start: NDArray[np.int32]
    goal: NDArray[np.int32]
    cars_h: Floats


@dataclass(frozen=True, eq=False)
class Delay:
    """How the time to pass an arc grows with its flow: ``t0 (1 + alpha (v / c)^beta)``.

    Parameters
    ----------
    free_s
        Time at no flow, s, with the mean wait for green in it.
    capacity_h
        Cars an hour that its stop line lets through.
    alpha, beta
        The Bureau of Public Roads' curve of 1964: 0.15 and 4.
    """

    free_s: Floats
    capacity_h: Floats
    alpha: float = 0.15
    beta: float = 4.0

    def seconds(self, flow: Floats) -> Floats:
        """Return the time to pass each arc at a flow in cars an hour."""
        return np.asarray(self.free_s * (1.0 + self.alpha * (flow / self.capacity_h) ** self.beta))

    def total(self, flow: Floats) -> float:
        """Return the integral of the times over the flow (Beckmann): least at equilibrium."""
        more = self.alpha / (self.beta + 1.0) * (flow / self.capacity_h) ** self.beta
        return float((self.free_s * flow * (1.0 + more)).sum())


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

    Turns take their penalties in ``net``, whatever the flow.

    Raises
    ------
    ValueError
        A way does not exist: a start from which a goal cannot be reached.
    """
    sets: list[Trees] = []
    loads, turns = np.zeros((0, len(net.tails))), np.zeros((0, len(net.source)))
    share, flow, found = np.ones(0), np.zeros(len(net.tails)), np.inf
    while True:
        seconds = delay.seconds(flow)
        trees = net.towards(goals, costs=seconds)
        fastest, turning = _load(net, trees, goals, demand)
        waits, wait = turns @ net.penalty, float(turning @ net.penalty)
        spent = float(seconds @ flow + waits @ share) if sets else 0.0
        if sets:
            found = (spent - float(seconds @ fastest) - wait) / spent if spent else 0.0
            if found <= gap or len(sets) == most_sets:
                break
        sets.append(trees)
        loads, turns = np.vstack([loads, fastest]), np.vstack([turns, turning])
        share = _mixture(loads, turns @ net.penalty, delay, share)
        flow = share @ loads
    return Routes(
        np.stack([each.next_slot for each in sets]),
        np.stack([each.first_slot for each in sets]),
        share,
        flow,
        share @ turns,
        found,
    )


def _mixture(loads: Floats, waits: Floats, delay: Delay, share: Floats) -> Floats:
    """Return the shares of the loads whose mixture is nearest to equilibrium."""
    if len(loads) == 1:
        return np.ones(1)
    scale = delay.total(loads[0]) + waits[0]
    if not scale:
        return np.append(share, 0.0)

    def value(shares: Floats) -> tuple[float, Floats]:
        flow = shares @ loads
        total = delay.total(flow) + float(shares @ waits)
        return total / scale, (loads @ delay.seconds(flow) + waits) / scale

    start = np.append(share * (1.0 - 1.0 / len(loads)), 1.0 / len(loads))
    best = minimize(
        value, start, jac=True, method="SLSQP", bounds=[(0.0, 1.0)] * len(loads),
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1.0, "jac": np.ones_like},
        options={"ftol": 1e-14, "maxiter": 200},
    ).x  # fmt: skip
    best = np.clip(best, 0.0, 1.0)
    return np.asarray(best / best.sum())


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
