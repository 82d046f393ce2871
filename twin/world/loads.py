"""What drivers ask of the streets when all to a goal go by the same tree."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gis.turning import NONE, Trees, Turning
from twin.kernel import kernel

__all__ = ["Demand", "Loads", "loads"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Demand(NamedTuple):
    """Cars of one period: from which node to which goal (row of the goals), cars an hour."""

    start: Ints
    goal: Ints
    cars_h: Floats


class Loads(NamedTuple):
    """What trees ask of the streets when everybody to their goal takes them.

    ``arcs_s`` float64 [tree] is the time of all cars of an hour on arcs (s), ``turns`` sparse
    [tree, turn] cars an hour.
    """

    arcs_s: Floats
    turns: csr_array

    def costs(self, turn_s: Floats) -> Floats:
        """Return the time of all cars of an hour by each tree where turns take a time."""
        return np.asarray(self.arcs_s + self.turns @ turn_s)


def loads(net: Turning, trees: Trees, goals: Ints, demand: Demand) -> Loads:
    """Return what the tree towards each goal asks of the streets of ``net``.

    Raises
    ------
    ValueError
        A way does not exist: a start from which a goal cannot be reached.
    """
    first, rows = net.onward
    streets = _Streets(net.out_first, net.out_arc, net.heads, first, net.target[rows], net.cost)
    order = np.argsort(demand.goal, kind="stable")
    cars = Demand(demand.start[order], demand.goal[order], demand.cars_h[order])
    lost, arcs_s, begin, turn, cars_h = _walk(
        trees.next_slot, trees.first_slot, streets, cars, goals
    )
    if lost >= 0:
        raise ValueError(
            f"no way leads from node {cars.start[lost]} to node {goals[cars.goal[lost]]}"
        )
    shape = (len(goals), len(net.source))
    return Loads(arcs_s, csr_array((cars_h, rows[turn], begin), shape=shape))


class _Streets(NamedTuple):
    """What a walk along trees reads of the streets."""

    out_first: Ints
    out_arc: Ints
    heads: Ints
    onward_first: Ints
    onward: Ints
    cost: Floats


@kernel
def _walk(
    next_slot: Bytes,
    first_slot: Bytes,
    streets: _Streets,
    demand: Demand,
    goals: Ints,
) -> tuple[int, Floats, Ints, Ints, Floats]:
    """Return -1, or the row of demand that finds no way, and the loads of each goal's tree.

    These are the seconds on arcs, where the turns of each tree begin, the turns and their cars an
    hour. Demand is in the order of goals.
    """
    flow, met = np.zeros(len(streets.onward)), np.empty(len(streets.onward), np.int32)
    passed = np.empty(len(streets.heads), np.int32)
    arcs_s, begin = np.zeros(len(goals)), np.zeros(len(goals) + 1, np.int32)
    turns, cars_h = np.empty(len(flow), np.int32), np.empty(len(flow))
    i, size = 0, 0
    for goal in range(len(goals)):
        many = 0
        while i < len(demand.goal) and demand.goal[i] == goal:
            length, took_s = _drive(
                next_slot[goal], first_slot[goal], streets, demand.start[i], goals[goal], passed
            )
            if length < 0:
                return i, arcs_s, begin, turns, cars_h
            arcs_s[goal] += demand.cars_h[i] * took_s
            for row in passed[:length]:
                if flow[row] == 0.0:
                    met[many] = row
                    many += 1
                flow[row] += demand.cars_h[i]
            i += 1
        while size + many > len(turns):
            turns, cars_h = np.append(turns, turns), np.append(cars_h, cars_h)
        for row in met[:many]:
            turns[size], cars_h[size] = row, flow[row]
            flow[row] = 0.0
            size += 1
        begin[goal + 1] = size
    return -1, arcs_s, begin, turns[:size], cars_h[:size]


@kernel
def _drive(
    next_slot: Bytes,
    first_slot: Bytes,
    streets: _Streets,
    start: int,
    goal: int,
    passed: Ints,
) -> tuple[int, float]:
    """Fill in the turns of the way from a node along a tree; return how many, and seconds on arcs.

    -1 where it does not lead to the goal.
    """
    node, came, many, took_s = start, -1, 0, 0.0
    slot = NONE if node == goal else first_slot[node]
    while slot != NONE:
        arc = streets.out_arc[streets.out_first[node] + slot]
        took_s += streets.cost[arc]
        if came >= 0:
            for k in range(streets.onward_first[came], streets.onward_first[came + 1]):
                if streets.onward[k] == arc:
                    passed[many] = k
                    many += 1
        node, came = streets.heads[arc], arc
        slot = next_slot[arc]
    return many if node == goal else -1, took_s
