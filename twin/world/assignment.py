"""Base routes: how drivers who know the streets spread over them, solved once and kept.

A user equilibrium (Wardrop 1952): nobody would be faster another way. It is found by simplicial
decomposition with a mixture for each goal (Larsson & Patriksson 1992, Transportation Science
26(1):4-17): each round finds the fastest tree towards each goal at the present times, and then, of
the few trees that each goal has by now, the shares nearest to equilibrium. Where a goal has no room
for another tree, the one that fewest take makes room (Hearn, Lawphongpanich & Ventura 1987,
Mathematical Programming Study 31:99-118). A set holds one tree of each goal; in a run each driver
knows one of the sets, by the shares of where he goes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from gis.turning import NONE, Trees, Turning
from twin.kernel import kernel
from twin.world.mixture import Delay, Loads, mixed, spent

__all__ = ["Delay", "Demand", "Routes", "Stop", "assign"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
RARE = 0.005
WORTH, SETTLED = 0.5, 0.1


class Demand(NamedTuple):
    """Cars of one period: from which node to which goal (row of the goals), cars an hour."""

    start: Ints
    goal: Ints
    cars_h: Floats


class Stop(NamedTuple):
    """When base routes are good enough: at a relative gap, or after so many rounds.

    ``sets`` is the largest number of trees towards a goal.
    """

    gap: float = 1e-3
    sets: int = 8
    rounds: int = 20


STOP = Stop()


@dataclass(frozen=True, eq=False)
class Routes:
    """Sets of trees, and the share of drivers to each goal who know each.

    ``next_slot`` uint8 [set, goal, arc] and ``first_slot`` uint8 [set, goal, node] are as in
    :class:`gis.turning.Trees`; ``share`` float64 [set, goal] adds up to 1 for each goal and falls
    from set to set. ``turns`` is cars an hour on each turn; ``gap`` the relative gap: what could be
    saved by changing ways, of all time spent.
    """

    next_slot: NDArray[np.uint8]
    first_slot: NDArray[np.uint8]
    share: Floats
    turns: Floats
    gap: float


def assign(
    net: Turning, goals: Ints, demand: Demand, delay: Delay, stop: Stop = STOP
) -> Routes:
    """Return base routes whose relative gap is at most that of ``stop``, or as far as it goes.

    Arcs take their cost in ``net``, turns what ``delay`` says of their flow. A tree that hardly
    anybody takes in the end is left out.

    Raises
    ------
    ValueError
        A way does not exist: a start from which a goal cannot be reached.
    """
    known, gap = _Known(net, len(goals), stop.sets), np.inf
    for done in range(stop.rounds + 1):
        turn_s = delay.seconds(known.flow)
        trees = replace(net, penalty=turn_s).towards(goals)
        fastest = _load(net, trees, goals, demand)
        now, least = known.spent(turn_s), fastest.costs(turn_s)
        late = now - least
        gap = float(late.sum() / now.sum()) if now.any() else 0.0
        if done and (gap <= stop.gap or done == stop.rounds):
            break
        known.learn(trees, fastest, (late > WORTH * stop.gap * now) | (now == 0.0))
        known.mix(delay, SETTLED * stop.gap)
    return known.routes(gap)


class _Known:
    """The trees known so far, their loads and the shares of drivers who take them."""

    def __init__(self, net: Turning, goals: int, sets: int) -> None:
        self.next_slot = np.empty((sets, goals, len(net.tails)), np.uint8)
        self.first_slot = np.empty((sets, goals, net.nodes), np.uint8)
        self.held = np.zeros(goals, np.int32)
        self.share = np.zeros((sets, goals))
        nobody = csr_array((sets * goals, len(net.source)))
        self.loads = Loads(np.zeros(sets * goals), nobody)

    @property
    def flow(self) -> Floats:
        """Cars an hour of each turn."""
        return np.asarray(self.share.ravel() @ self.loads.turns)

    def spent(self, turn_s: Floats) -> Floats:
        """Return the time of all cars of an hour to each goal where turns take a time."""
        return spent(self.loads, self.share, turn_s)

    def learn(self, trees: Trees, fastest: Loads, wanted: NDArray[np.bool_]) -> None:
        """Learn the trees of the wanted goals, in the place of those that fewest take if need be.

        Who took what makes room takes the new one.
        """
        goal = np.flatnonzero(wanted)
        sets, goals = self.share.shape
        held = np.where(np.arange(sets)[:, None] < self.held, self.share, np.inf)[:, goal]
        rarest = held.argmin(axis=0)
        reused = (held.min(axis=0) < RARE) | (self.held[goal] == sets)
        place = np.where(reused, rarest, self.held[goal])
        self.share[0, goal[self.held[goal] == 0]] = 1.0
        self.held[goal[~reused]] += 1
        self.next_slot[place, goal] = trees.next_slot[goal]
        self.first_slot[place, goal] = trees.first_slot[goal]
        row = np.arange(sets * goals)
        row[place * goals + goal] = sets * goals + goal
        every = vstack([self.loads.turns, fastest.turns], format="csr")
        arcs_s = np.append(self.loads.arcs_s, fastest.arcs_s)
        self.loads = Loads(arcs_s[row], every[row])

    def mix(self, delay: Delay, settled: float) -> None:
        """Find the shares nearest to equilibrium among these trees."""
        self.share = mixed(self.loads, self.share, self.held, delay, settled)

    def routes(self, gap: float) -> Routes:
        """Return the trees that drivers take, first for each goal what most of them do.

        Where a goal has fewer than another its first tree stands in for the rest, with no share.
        """
        order = np.argsort(-self.share, axis=0, kind="stable")
        share = np.take_along_axis(self.share, order, axis=0)
        share[1:][share[1:] < RARE] = 0.0
        sets = int((share > 0.0).sum(axis=0).max(initial=1))
        share = (share / share.sum(axis=0))[:sets]
        order = np.where(share > 0.0, order[:sets], order[0])
        goals = np.arange(order.shape[1])
        trees = self.next_slot[order, goals], self.first_slot[order, goals]
        return Routes(*trees, share, self.flow, gap)


class _Streets(NamedTuple):
    """What a walk along trees reads of the streets."""

    out_first: Ints
    out_arc: Ints
    heads: Ints
    onward_first: Ints
    onward: Ints
    cost: Floats


def _load(net: Turning, trees: Trees, goals: Ints, demand: Demand) -> Loads:
    """Return the loads of each goal's tree when everybody drives along it."""
    first, rows = net.onward
    streets = _Streets(
        net.out_first, net.out_arc, net.heads, first, net.target[rows], net.cost
    )
    order = np.argsort(demand.goal, kind="stable")
    cars = Demand(demand.start[order], demand.goal[order], demand.cars_h[order])
    lost, arcs_s, begin, turn, cars_h = _walk(
        trees.next_slot, trees.first_slot, streets, cars, goals
    )
    if lost >= 0:
        raise ValueError(f"no way leads from node {cars.start[lost]} to node {goals[cars.goal[lost]]}")
    shape = (len(goals), len(net.source))
    return Loads(arcs_s, csr_array((cars_h, rows[turn], begin), shape=shape))


@kernel
def _walk(
    next_slot: NDArray[np.uint8],
    first_slot: NDArray[np.uint8],
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
    next_slot: NDArray[np.uint8],
    first_slot: NDArray[np.uint8],
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
