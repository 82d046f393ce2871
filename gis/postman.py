"""A round that covers ways: the route inspection problem of a postman, nearly solved.

Every way is gone at least once, and the round ends where it began. Where an odd number of ways
meet, some are gone twice: those between pairs of such nodes, chosen so that they are short in all
(Edmonds & Johnson 1973, doi:10.1007/BF01580113). The nearest pairs come first, and two pairs are
then exchanged as long as that shortens the round: near the optimum, not always at it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from gis.network import Network

__all__ = ["covering_round"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Pair = tuple[int, int]


def covering_round(network: Network, ways: npt.ArrayLike) -> Ints:
    """Return a closed round over ways that can be gone in both directions.

    Parameters
    ----------
    network
        Ways on foot, as :meth:`gis.network.Network.walking` makes them: arc ``a + n / 2`` is arc
        ``a`` in the other direction.
    ways
        Arcs to cover, in whichever direction. What does not hang together is joined by the
        shortest ways of the network between its nearest ends.

    Returns
    -------
    numpy.ndarray
        Arcs, each leaving where the last one ended, from the lowest node and back to it; empty
        without ways.
    """
    half = len(network.tails) // 2
    edges = np.unique(np.asarray(ways, np.int64) % half)
    if not len(edges):
        return edges
    edges = _joined(network, edges)
    return _circuit(network, np.concatenate([edges, _doubled(network, edges)]))


def _joined(network: Network, edges: Ints) -> Ints:
    """Return the edges, and those that join what does not hang together."""
    half = len(network.tails) // 2
    while True:
        nodes, ends = _ends(network, edges)
        graph = csr_array((np.ones(len(edges)), (ends[0], ends[1])), shape=(len(nodes),) * 2)
        count, label = connected_components(graph, directed=False)
        if count == 1:
            return edges
        near, other = nodes[label == label[0]], nodes[label != label[0]]
        away, found = cKDTree(_places(network, near)).query(_places(network, other))
        here = int(away.argmin())
        link = network.route(int(near[found[here]]), int(other[here]))
        edges = np.unique(np.concatenate([edges, link.astype(np.int64) % half]))


def _ends(network: Network, edges: Ints) -> tuple[Ints, Ints]:
    """Return the nodes of edges, and the places of both ends of each among them [2, edge]."""
    both = np.stack([network.tails[edges], network.heads[edges]]).astype(np.int64)
    nodes, places = np.unique(both, return_inverse=True)
    return nodes, places.reshape(2, -1)


def _places(network: Network, nodes: Ints) -> Floats:
    return np.column_stack([network.x[nodes], network.y[nodes]])


def _doubled(network: Network, edges: Ints) -> Ints:
    """Return the edges to go twice, so that an even number meets in every node."""
    nodes, ends = _ends(network, edges)
    odd = np.flatnonzero(np.bincount(ends.ravel(), minlength=len(nodes)) % 2)
    if not len(odd):
        return odd
    best = _shortest(ends, network.cost[edges])
    rows = [best[pair] for pair in sorted(best)]
    start, end = np.array(sorted(best)).T
    graph = csr_array((network.cost[edges[rows]], (start, end)), shape=(len(nodes),) * 2)
    apart, before = dijkstra(graph, directed=False, indices=odd, return_predecessors=True)
    found: list[int] = []
    for a, b in _paired(apart[:, odd]):
        node, last = int(odd[b]), int(odd[a])
        while node != last:
            step = int(before[a, node])
            found.append(best[min(node, step), max(node, step)])
            node = step
    return edges[np.array(found, np.int64)]


def _shortest(ends: Ints, cost: Floats) -> dict[Pair, int]:
    """Return the shortest edge (row) between each pair of nodes that one joins."""
    best: dict[Pair, int] = {}
    for row, (a, b) in enumerate(ends.T.tolist()):
        pair = min(a, b), max(a, b)
        if a != b and (pair not in best or cost[row] < cost[best[pair]]):
            best[pair] = row
    return best


def _paired(apart: Floats) -> list[Pair]:
    """Return pairs of nodes that are near one another: all of them, each in one."""
    left = set(range(len(apart)))
    first, second = np.triu_indices(len(apart), 1)
    pairs: list[Pair] = []
    for row in np.argsort(apart[first, second], kind="stable").tolist():
        a, b = int(first[row]), int(second[row])
        if a in left and b in left:
            pairs.append((a, b))
            left -= {a, b}
    return _exchanged(pairs, apart)


def _exchanged(pairs: list[Pair], apart: Floats) -> list[Pair]:
    """Return the pairs after all exchanges between two of them that make these shorter."""
    again = True
    while again:
        again = False
        for i in range(len(pairs)):
            for j in range(i):
                (a, b), (c, d) = pairs[i], pairs[j]
                others = (((a, c), (b, d)), ((a, d), (b, c)))
                best = min(others, key=lambda two: apart[two[0]] + apart[two[1]])
                if apart[best[0]] + apart[best[1]] < apart[a, b] + apart[c, d] - 1e-9:
                    pairs[i], pairs[j] = best
                    again = True
    return pairs


def _circuit(network: Network, edges: Ints) -> Ints:
    """Return a walk over every edge once, back to where it began (Hierholzer 1873)."""
    half = len(network.tails) // 2
    leaving: dict[int, list[Pair]] = {}
    for row, edge in enumerate(edges.tolist()):
        for arc in (edge, edge + half):
            leaving.setdefault(int(network.tails[arc]), []).append((row, arc))
    used = np.zeros(len(edges), bool)
    stack: list[tuple[int, int]] = [(min(leaving), -1)]
    walked: list[int] = []
    while stack:
        node, came = stack[-1]
        while leaving[node] and used[leaving[node][-1][0]]:
            leaving[node].pop()
        if leaving[node]:
            row, arc = leaving[node].pop()
            used[row] = True
            stack.append((int(network.heads[arc]), arc))
        else:
            stack.pop()
            walked.append(came)
    return np.array(walked[-2::-1], np.int64)
