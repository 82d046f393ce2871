"""Base routes: against equilibria that can be worked out by hand."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gis.newtown import newtown
from gis.turning import NONE, Trees, Turning
from twin.world.assignment import Routes, Stop, assign
from twin.world.loads import Demand, loads


@dataclass(frozen=True)
class Curve:
    """The curve of the Bureau of Public Roads (1964) over the flow of the arc that a turn leaves.

    ``alpha`` times the arc's cost is added at its capacity.
    """

    net: Turning
    capacity_h: NDArray[np.float64]
    alpha: float = 0.15
    beta: float = 4.0

    def seconds(self, turns: NDArray[np.float64]) -> NDArray[np.float64]:
        flow = np.bincount(self.net.source, turns, minlength=len(self.net.tails))
        more = self.alpha * (flow / self.capacity_h) ** self.beta
        open_s = np.where(np.isfinite(self.net.cost), self.net.cost, 0.0)
        return np.asarray((open_s * more)[self.net.source])

    def slopes(self, turns: NDArray[np.float64]) -> csr_array:
        """Return the derivative: each turn takes longer by those that leave the same arc."""
        flow = np.bincount(self.net.source, turns, minlength=len(self.net.tails))
        open_s = np.where(np.isfinite(self.net.cost), self.net.cost, 0.0)
        steep = self.alpha * self.beta * (flow / self.capacity_h) ** (self.beta - 1)
        same = self.net.source[:, None] == self.net.source
        return csr_array(same * (open_s * steep / self.capacity_h)[self.net.source])


def parallel(*seconds: float) -> Turning:
    """Ways from node 0 to node 1, each over a node of its own; then all on to node 2."""
    ways = len(seconds)
    over = np.arange(3, 3 + ways)
    tails = np.concatenate([np.zeros(ways, int), over, [1]])
    heads = np.concatenate([over, np.ones(ways, int), [2]])
    source = np.concatenate([np.arange(ways), ways + np.arange(ways)])
    target = np.concatenate([ways + np.arange(ways), np.full(ways, 2 * ways)])
    cost = np.concatenate([np.asarray(seconds) / 2, np.asarray(seconds) / 2, [10.0]])
    return Turning(tails, heads, cost, source, target, np.zeros(2 * ways), 3 + ways)


def routed(net: Turning, capacity: list[float], cars_h: float, gap: float = 1e-5) -> Routes:
    demand = Demand(np.array([0], np.int32), np.array([0], np.int32), np.array([cars_h]))
    size = np.concatenate([capacity, capacity, [1e6]])
    delay = Curve(net, size)
    return assign(net, np.array([2], np.int32), demand, delay, Stop(gap))


def test_two_routes_take_the_same_time() -> None:
    """O26: t1(v1) = t2(v2) with v1 + v2 = q; the gap is below 1e-4."""
    net = parallel(600.0, 900.0)
    found = routed(net, [1_000.0, 2_000.0], 3_000.0)
    assert found.gap < 1e-4
    one, two = found.turns[:2]
    assert one + two == pytest.approx(3_000)
    first = 600 * (1 + 0.15 * (one / 1_000) ** 4)
    second = 900 * (1 + 0.15 * (two / 2_000) ** 4)
    assert first == pytest.approx(second, rel=1e-3)


def test_everybody_takes_the_fastest_way_where_there_is_no_delay() -> None:
    found = routed(parallel(600.0, 900.0), [1e7, 1e7], 3_000.0)
    assert found.turns[0] == pytest.approx(3_000)
    assert found.share.tolist() == [[1.0]]


def test_equal_ways_share_equally() -> None:
    found = routed(parallel(600.0, 600.0, 600.0), [500.0] * 3, 1_500.0)
    assert found.turns[:3] == pytest.approx([500.0] * 3, rel=1e-3)
    assert found.share.sum(axis=0) == pytest.approx([1.0])


def test_the_limit_of_sets_is_kept_and_the_gap_is_said() -> None:
    net = parallel(600.0, 600.0, 600.0)
    demand = Demand(np.array([0], np.int32), np.array([0], np.int32), np.array([1_500.0]))
    delay = Curve(net, np.array([500.0] * 6 + [1e6]))
    found = assign(net, np.array([2], np.int32), demand, delay, Stop(gap=0.0, sets=2))
    assert len(found.share) == 2
    assert found.gap > 0.01


def test_braess_adds_a_way_and_everybody_is_slower() -> None:
    """Braess 1968: with the short cut the equilibrium takes longer, although nothing was lost."""
    tails, heads = np.array([0, 0, 1, 2, 1, 3]), np.array([1, 2, 3, 3, 2, 4])
    source = np.array([0, 0, 1, 2, 3, 4])
    target = np.array([2, 4, 3, 5, 5, 3])
    free = np.array([1.0, 50.0, 50.0, 1.0, 10.0, 1e-6])
    net = Turning(tails, heads, free, source, target, np.zeros(6), 5)
    without = Turning(tails, heads, np.where(np.arange(6) == 4, np.inf, free), source, target,
                      np.zeros(6), 5)  # fmt: skip
    capacity = np.array([100.0, 1e9, 1e9, 100.0, 1e9, 1e9])
    demand = Demand(np.array([0], np.int32), np.array([0], np.int32), np.array([600.0]))

    def time(network: Turning) -> float:
        delay = Curve(network, capacity, alpha=10.0, beta=1.0)
        found = assign(network, np.array([4], np.int32), demand, delay, Stop(1e-6))
        flow = np.bincount(source, found.turns, minlength=len(tails))
        spent = free @ flow + delay.seconds(found.turns) @ found.turns
        return float(spent) / 600.0

    assert time(without) == pytest.approx(1 + 30 + 50, rel=1e-3)
    assert time(net) > time(without) + 1.0


def test_a_way_that_does_not_exist_is_named() -> None:
    net = parallel(600.0, 900.0)
    demand = Demand(np.array([2], np.int32), np.array([0], np.int32), np.array([1.0]))
    delay = Curve(net, np.full(5, 100.0))
    with pytest.raises(ValueError, match="no way leads from node 2 to node 0"):
        assign(net, np.array([0], np.int32), demand, delay)


def two_towns() -> tuple[Turning, Curve]:
    """Two places with two ways of 600 s to a goal: equally wide ones, and one four times as wide.

    The goals are nodes 2 and 7.
    """
    one = parallel(600.0, 600.0)
    arcs, size = len(one.tails), one.nodes
    net = Turning(
        np.append(one.tails, one.tails + size), np.append(one.heads, one.heads + size),
        np.append(one.cost, one.cost),
        np.append(one.source, one.source + arcs), np.append(one.target, one.target + arcs),
        np.append(one.penalty, one.penalty), 2 * size,
    )  # fmt: skip
    return net, Curve(net, np.array([500.0] * 4 + [1e9] + [800.0, 200.0] * 2 + [1e9]))


def test_drivers_to_each_goal_mix_two_trees_as_it_suits_them() -> None:
    """By 1 : 1 to one goal and 4 : 1 to the other; no mixture is good for both."""
    net, delay = two_towns()
    demand = Demand(*np.array([[0, 5], [0, 1]], np.int32), np.array([1_000.0, 1_000.0]))
    found = assign(net, np.array([2, 7], np.int32), demand, delay, Stop(gap=1e-6, sets=2))
    assert found.gap <= 1e-6
    assert found.share == pytest.approx(np.array([[0.5, 0.8], [0.5, 0.2]]), abs=1e-3)
    free = net.cost[net.source]
    for share in np.linspace(0.0, 1.0, 101):
        turns = 1_000.0 * np.tile([share, 1.0 - share], 4)
        takes = (free + delay.seconds(turns)).reshape(2, 2, 2).sum(axis=1)
        late = turns[:4].reshape(2, 2) * (takes - takes.min(axis=1, keepdims=True))
        assert late.sum() > 0.01 * (turns[:4].reshape(2, 2) * takes).sum()


def test_a_goal_to_which_nobody_drives_has_the_fastest_tree() -> None:
    net, delay = two_towns()
    demand = Demand(np.array([0], np.int32), np.array([0], np.int32), np.array([1_000.0]))
    found = assign(net, np.array([2, 7], np.int32), demand, delay, Stop(gap=1e-6))
    assert found.share[:, 1].tolist() == [1.0, 0.0]
    trees = net.towards([7])
    assert (found.next_slot[:, 1] == trees.next_slot[0]).all()


def test_loads_are_those_of_everybody_who_drives_along_a_tree() -> None:
    """Bit for bit those of a walk in plain Python."""
    net = Turning.driving(newtown(residents=2_000))
    goals = np.flatnonzero(net.core_nodes)[::7].astype(np.int32)
    start, goal = np.meshgrid(np.flatnonzero(net.core_nodes)[::5], np.arange(len(goals) - 1))
    cars_h = 0.1 + np.arange(start.size) % 7
    demand = Demand(start.ravel().astype(np.int32), goal.ravel().astype(np.int32), cars_h)
    trees = net.towards(goals)
    found = loads(net, trees, goals, demand)
    arcs_s, turns = walked(net, trees, goals, demand)
    assert found.arcs_s.tolist() == arcs_s
    assert found.turns.shape == (len(goals), len(net.source))
    cells = found.turns.tocoo()
    cars = zip(cells.row.tolist(), cells.col.tolist(), cells.data.tolist(), strict=True)
    assert {(row, turn): cars_h for row, turn, cars_h in cars} == turns


def walked(
    net: Turning, trees: Trees, goals: NDArray[np.int32], demand: Demand
) -> tuple[list[float], dict[tuple[int, int], float]]:
    """Return the seconds on arcs of each goal's tree, and its cars an hour by (goal, turn)."""
    turn_of = {(a, b): n for n, (a, b) in enumerate(zip(net.source, net.target, strict=True))}
    arcs_s, turns = [0.0] * len(goals), {}
    for start, goal, cars_h in zip(*(part.tolist() for part in demand), strict=True):
        node, arc, took_s = start, None, 0.0
        slot = NONE if node == goals[goal] else trees.first_slot[goal, node]
        while slot != NONE:
            taken = int(net.out_arc[net.out_first[node] + slot])
            took_s += float(net.cost[taken])
            if arc is not None:
                key = goal, turn_of[arc, taken]
                turns[key] = turns.get(key, 0.0) + cars_h
            arc, node = taken, net.heads[taken]
            slot = trees.next_slot[goal, arc]
        arcs_s[goal] += cars_h * took_s
    return arcs_s, turns
