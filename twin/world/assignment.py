"""Base routes: how drivers who know the streets spread over them, solved once and kept.

A user equilibrium (Wardrop 1952): nobody would be faster another way. It is found by simplicial
decomposition with a mixture for each goal (Larsson & Patriksson 1992, Transportation Science
26(1):4-17): each round looks, part by part of the goals, for the fastest trees at the present
times, and then, of the few trees that each goal has by now, for the shares nearest to equilibrium.
Where a goal has no room for another tree, the one that fewest take makes room (Hearn,
Lawphongpanich & Ventura 1987, Mathematical Programming Study 31:99-118). The gap is that of a last
look at all goals at the same times. A set holds one tree of each goal; in a run each driver knows
one of the sets, by the shares of those with the same goal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from gis.turning import Trees, Turning
from twin.world.loads import Demand, Loads, loads
from twin.world.mixture import Delay, mixed

__all__ = ["Routes", "Stop", "assign"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
RARE = 0.005
WORTH, SETTLED = 0.5, 0.1
"""Of the gap to reach: what a new tree must save those to its goal, and what mixing may leave."""
PARTS, NEAR = 16, 2.0
"""Parts of a round, and how near to the gap to reach all goals are looked at at once."""


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


def assign(net: Turning, goals: Ints, demand: Demand, delay: Delay, stop: Stop = STOP) -> Routes:
    """Return base routes whose relative gap is at most that of ``stop``, or as far as it goes.

    Arcs take their cost in ``net``, turns what ``delay`` says of their flow. A tree that hardly
    anybody takes in the end is left out.

    Raises
    ------
    ValueError
        A way does not exist: a start from which a goal cannot be reached.
    """
    known, gap, done = _Known(net, len(goals), stop.sets), np.inf, 0
    while True:
        last, near = done == stop.rounds, gap <= NEAR * stop.gap
        parts = 1 if last or near else min(PARTS, len(goals))
        late = now = 0.0
        for part in range(parts):
            some = np.arange(part, len(goals), parts)
            turn_s = delay.seconds(known.flow)
            trees = replace(net, penalty=turn_s).towards(goals[some])
            fastest = loads(net, trees, goals[some], _to(some, len(goals), demand))
            spent = known.spent(turn_s)[some]
            saves = spent - fastest.costs(turn_s)
            late, now = late + float(saves.sum()), now + float(spent.sum())
            if last or (near and late <= stop.gap * now):
                return known.routes(late / now if now else 0.0)
            wanted = (saves > WORTH * stop.gap * spent) | (spent == 0.0)
            known.learn(some, wanted, trees, fastest)
            known.mix(delay, SETTLED * stop.gap)
        gap, done = late / now if now else 0.0, done + 1


def _to(some: NDArray[np.int64], goals: int, demand: Demand) -> Demand:
    """Return the demand towards some of the goals, by their place among these."""
    place = np.full(goals, -1, np.int32)
    place[some] = np.arange(len(some))
    chosen = place[demand.goal] >= 0
    return Demand(demand.start[chosen], place[demand.goal[chosen]], demand.cars_h[chosen])


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
        costs = self.loads.costs(turn_s).reshape(self.share.shape)
        return np.asarray((self.share * costs).sum(axis=0))

    def learn(
        self, some: NDArray[np.int64], wanted: NDArray[np.bool_], trees: Trees, fastest: Loads
    ) -> None:
        """Learn trees of some goals, the wanted ones; one that hardly anybody takes makes room.

        Who took it takes the new one. Where nobody drives to a goal one tree is enough.
        """
        goal, new = some[wanted], np.flatnonzero(wanted)
        sets, goals = self.share.shape
        held = np.where(np.arange(sets)[:, None] < self.held, self.share, np.inf)[:, goal]
        rarest = held.argmin(axis=0)
        enough = np.where(fastest.arcs_s[new] > 0.0, sets, 1)
        reused = (held.min(axis=0) < RARE) | (self.held[goal] == enough)
        place = np.where(reused, rarest, self.held[goal])
        self.share[0, goal[self.held[goal] == 0]] = 1.0
        self.held[goal[~reused]] += 1
        self.next_slot[place, goal] = trees.next_slot[new]
        self.first_slot[place, goal] = trees.first_slot[new]
        row = np.arange(sets * goals)
        row[place * goals + goal] = sets * goals + new
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
