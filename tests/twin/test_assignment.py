"""Base routes: against equilibria that can be worked out by hand."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from gis.turning import Turning
from twin.world.assignment import Demand, Routes, assign


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
    return assign(net, np.array([2], np.int32), demand, delay, gap=gap)


def test_two_routes_take_the_same_time() -> None:
    """O26: t1(v1) = t2(v2) with v1 + v2 = q; the gap is below 1e-4."""
    net = parallel(600.0, 900.0)
    found = routed(net, [1_000.0, 2_000.0], 3_000.0)
    assert found.gap < 1e-4
    one, two = found.flow[0], found.flow[1]
    assert one + two == pytest.approx(3_000)
    first = 600 * (1 + 0.15 * (one / 1_000) ** 4)
    second = 900 * (1 + 0.15 * (two / 2_000) ** 4)
    assert first == pytest.approx(second, rel=1e-3)


def test_everybody_takes_the_fastest_way_where_there_is_no_delay() -> None:
    found = routed(parallel(600.0, 900.0), [1e7, 1e7], 3_000.0)
    assert found.flow[0] == pytest.approx(3_000)
    assert found.share.tolist() == [1.0]


def test_equal_ways_share_equally() -> None:
    found = routed(parallel(600.0, 600.0, 600.0), [500.0] * 3, 1_500.0)
    assert found.flow[:3] == pytest.approx([500.0] * 3, rel=1e-3)
    assert found.share.sum() == pytest.approx(1.0)


def test_the_limit_of_sets_is_kept_and_the_gap_is_said() -> None:
    net = parallel(600.0, 600.0, 600.0)
    demand = Demand(np.array([0], np.int32), np.array([0], np.int32), np.array([1_500.0]))
    delay = Curve(net, np.array([500.0] * 6 + [1e6]))
    found = assign(net, np.array([2], np.int32), demand, delay, gap=0.0, most_sets=2)
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
        found = assign(network, np.array([4], np.int32), demand, delay, gap=1e-6)
        spent = free @ found.flow + delay.seconds(found.turns) @ found.turns
        return float(spent) / 600.0

    assert time(without) == pytest.approx(1 + 30 + 50, rel=1e-3)
    assert time(net) > time(without) + 1.0


def test_a_way_that_does_not_exist_is_named() -> None:
    net = parallel(600.0, 900.0)
    demand = Demand(np.array([2], np.int32), np.array([0], np.int32), np.array([1.0]))
    delay = Curve(net, np.full(5, 100.0))
    with pytest.raises(ValueError, match="no way leads from node 2 to node 0"):
        assign(net, np.array([0], np.int32), demand, delay)
