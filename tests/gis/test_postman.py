"""A round covers every way, comes back, and is as short as trying everything finds."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from gis.network import Network
from gis.postman import covering_round
from twin.luck import Luck

Edges = list[tuple[int, int]]


def walkable(edges: Edges, places: np.ndarray, cost: np.ndarray | None = None) -> Network:
    """Return ways in both directions between places; their length is the straight one."""
    a, b = np.array(edges).T
    metres = np.hypot(*(places[a] - places[b]).T) if cost is None else cost
    ends = np.append(a, b), np.append(b, a)
    return Network(*ends, np.append(metres, metres), places[:, 0], places[:, 1])


def block(side: int) -> tuple[Edges, np.ndarray]:
    """Return a square of streets, 100 m apart."""
    places = np.stack(np.divmod(np.arange(side * side), side), axis=1) * 100.0
    edges = [(n, n + 1) for n in range(side * side) if n % side < side - 1]
    edges += [(n, n + side) for n in range(side * (side - 1))]
    return edges, places


def checked(network: Network, ways: np.ndarray) -> float:
    """Return how long the round over ways is; it must hang together, close, and cover them."""
    found = covering_round(network, ways)
    half = len(network.tails) // 2
    assert all(network.heads[a] == network.tails[b] for a, b in pairwise(found.tolist()))
    assert network.heads[found[-1]] == network.tails[found[0]]
    assert set(ways.tolist()) <= set((found % half).tolist())
    return float(network.cost[found].sum())


def test_a_ring_is_gone_once_and_a_star_twice() -> None:
    corners = np.array([[0, 0], [100, 0], [100, 100], [0, 100]], float)
    ring = walkable([(0, 1), (1, 2), (2, 3), (3, 0)], corners)
    assert checked(ring, np.arange(4)) == 400.0
    star = walkable([(0, 1), (0, 2), (0, 3)], corners)
    length = 100.0 + 100.0 * np.sqrt(2.0) + 100.0
    assert checked(star, np.arange(3)) == pytest.approx(2 * length)


def test_a_block_of_streets_takes_the_least_that_theory_allows() -> None:
    """A grid of 4 x 4 has 8 odd nodes on its rim: four pairs, each one street apart."""
    edges, places = block(4)
    assert checked(walkable(edges, places), np.arange(len(edges))) == 100.0 * (len(edges) + 4)


@pytest.mark.parametrize("trial", range(12))
def test_no_round_is_shorter_by_trying_every_pairing(trial: int) -> None:
    """On networks of up to ten odd nodes the best pairing is found by trying all."""
    edges, places = block(3)
    keep = np.asarray(Luck(3, "keep", trial).uniform(np.arange(len(edges)))) < 0.85
    cost = 50.0 + 100.0 * np.asarray(Luck(3, "cost", trial).uniform(np.arange(len(edges))))
    network = walkable(edges, places, cost)
    ways = np.flatnonzero(keep)
    own = walkable([edges[way] for way in ways], places, cost[ways])
    if not joined(own, edges, ways):
        own, ways = network, np.arange(len(edges))
    found = checked(network, ways)
    best = cost[ways].sum() + shortest_pairing(own)
    assert best - 1e-6 <= found <= 1.1 * best


def joined(network: Network, edges: Edges, ways: np.ndarray) -> bool:
    nodes = np.unique(np.array(edges)[ways])
    return bool(np.isfinite(network.many_to_many(nodes[:1], nodes)).all())


def shortest_pairing(network: Network) -> float:
    """Return the least length of ways between pairs of odd nodes, of all pairings."""
    half = len(network.tails) // 2
    degree = np.bincount(network.tails[: 2 * half], minlength=network.nodes)
    odd = np.flatnonzero(degree % 2)
    apart = network.many_to_many(odd, odd)

    @cache
    def least(left: frozenset[int]) -> float:
        if not left:
            return 0.0
        one = min(left)
        rest = left - {one}
        return min(float(apart[one, other]) + least(rest - {other}) for other in sorted(rest))

    return least(frozenset(range(len(odd))))


def test_what_does_not_hang_together_is_joined_by_the_shortest_way() -> None:
    edges, places = block(3)
    network = walkable(edges, places)
    far = np.array([edges.index((0, 1)), edges.index((7, 8))])
    assert checked(network, far) == pytest.approx(2 * (200.0 + 200.0))


def test_the_direction_of_ways_does_not_matter_and_none_are_no_round() -> None:
    edges, places = block(3)
    network = walkable(edges, places)
    ways = np.arange(4)
    assert (covering_round(network, ways) == covering_round(network, ways + len(edges))).all()
    assert not len(covering_round(network, np.zeros(0, int)))
