"""Ways through the city: nearest node, route, reach, many to many, and trees towards targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gis.city import City

__all__ = ["Network"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
NOT_DRIVEN = ("busway",)
NOT_WALKED = ("motorway", "trunk", "busway")
MEMORY = 2 << 30
SETTLED = -2
NO_SLOT = 255

_F = TypeVar("_F", bound=Callable[..., object])


def _kernel(function: _F) -> _F:
    return cast(_F, numba.njit(cache=True, nogil=True)(function))


class _Star(NamedTuple):
    """Arcs grouped by one of their ends: ``arc[first[n]:first[n + 1]]`` touch node ``n``."""

    first: Ints
    arc: Ints
    other: Ints
    cost: Floats


@dataclass(frozen=True, eq=False)
class Network:
    """A directed graph in columns; the number of an arc is the row it was made of.

    Parameters
    ----------
    tails, heads
        Nodes where each arc starts and ends, 0 to n - 1.
    cost
        What it takes to pass each arc, more than 0; infinite closes it.
    x, y
        Place of each node, m; numbers that no arc uses may be without one (NaN).

    Raises
    ------
    ValueError
        Where there is no arc, columns differ in length, a node does not exist or a cost is not
        more than 0.
    """

    tails: Ints
    heads: Ints
    cost: Floats
    x: Floats
    y: Floats

    def __post_init__(self) -> None:
        for name in ("tails", "heads"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.int32))
        for name in ("cost", "x", "y"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.float64))
        _check(self)

    def __str__(self) -> str:
        return (
            f"{self.nodes} nodes, {len(self.tails)} arcs, "
            f"{self.left_out} nodes left out of the core"
        )

    @classmethod
    def driving(cls, city: City) -> Network:
        """Return the streets for cars: arc = row of streets, cost = seconds at the speed limit."""
        streets, junctions = city["streets"], city["junctions"]
        seconds = streets["length_m"].to_numpy(float) / streets["speed_kmh"].to_numpy(float) * 3.6
        closed = streets["highway"].isin(NOT_DRIVEN).to_numpy()
        points = shapely.get_coordinates(junctions.geometry.to_numpy())
        return cls(
            streets["from_junction"].to_numpy(),
            streets["to_junction"].to_numpy(),
            np.where(closed, np.inf, seconds),
            points[:, 0],
            points[:, 1],
        )

    @classmethod
    def walking(cls, city: City) -> Network:
        """Return the ways for walkers, both directions, cost = metres.

        Arc ``a`` is row ``a`` of the footways along its line, ``a + rows`` the same row against
        it. A city without footways is walked along its streets, motorways left out.
        """
        layer = "footways" if len(city.layers.get("footways", ())) else "streets"
        ways = city[layer]
        ends = ("from_node", "to_node") if layer == "footways" else ("from_junction", "to_junction")
        a, b = (ways[name].to_numpy() for name in ends)
        cost = ways["length_m"].to_numpy(float)
        if layer == "streets":
            cost = np.where(ways["highway"].isin(NOT_WALKED), np.inf, cost)
        x, y = _places(ways.geometry.to_numpy(), a, b)
        return cls(np.append(a, b), np.append(b, a), np.append(cost, cost), x, y)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.x)

    @cached_property
    def core(self) -> npt.NDArray[np.bool_]:
        """Mark the nodes of the largest part in which every node reaches every other."""
        ends = (self.tails[self._open], self.heads[self._open])
        graph = csr_matrix((np.ones(len(ends[0])), ends), shape=(self.nodes, self.nodes))
        _, part = connected_components(graph, directed=True, connection="strong")
        return np.asarray((part == np.bincount(part[self._touched]).argmax()) & self._touched)

    @property
    def left_out(self) -> int:
        """Number of nodes with an arc that are outside the core: nobody starts or ends there."""
        return int(self._touched.sum() - self.core.sum())

    @cached_property
    def _touched(self) -> npt.NDArray[np.bool_]:
        ends = np.concatenate([self.tails, self.heads])
        return np.bincount(ends, minlength=self.nodes) > 0

    @cached_property
    def _open(self) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.cost)

    @cached_property
    def _out(self) -> _Star:
        return _star(self.tails, self.heads, self.cost, self.nodes)

    @cached_property
    def _into(self) -> _Star:
        return _star(self.heads, self.tails, self.cost, self.nodes)

    @cached_property
    def _tree(self) -> tuple[cKDTree, Ints]:
        inside = np.flatnonzero(self.core).astype(np.int32)
        return cKDTree(np.column_stack([self.x[inside], self.y[inside]])), inside

    def nearest(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Ints:
        """Return the nearest node of the core to each place (m)."""
        tree, inside = self._tree
        _, found = tree.query(np.column_stack([np.atleast_1d(x), np.atleast_1d(y)]))
        return np.asarray(inside[found], np.int32)

    def route(self, start: int, end: int) -> Ints:
        """Return the arcs of the cheapest way; of equal ways the one by the lowest arcs.

        Raises
        ------
        ValueError
            Where no way leads from start to end.
        """
        start, end = self._node(start), self._node(end)
        cost, arc = _search(self._into, end, start, np.inf)
        if not np.isfinite(cost[start]):
            raise ValueError(f"no way leads from node {start} to node {end}")
        return _follow(arc, self.heads, start, end)

    def reach(self, node: int, limit: float) -> tuple[Ints, Floats]:
        """Return the nodes within a cost of a node, nearest first, and the cost of each."""
        cost, _ = _search(self._out, self._node(node), -1, limit)
        found = np.flatnonzero(cost <= limit)
        order = found[np.argsort(cost[found], kind="stable")].astype(np.int32)
        return order, cost[order]

    def many_to_many(self, starts: npt.ArrayLike, ends: npt.ArrayLike) -> Floats:
        """Return the cost from each start (row) to each end; infinite where no way leads."""
        a, b = self._all(starts), self._all(ends)
        if len(a) < len(b):
            return np.array([_search(self._out, int(n), -1, np.inf)[0][b] for n in a])
        return np.array([_search(self._into, int(n), -1, np.inf)[0][a] for n in b]).T

    @property
    def outgoing(self) -> tuple[Ints, Ints]:
        """Return the open arcs grouped by the node they leave: ``arc[first[n]:first[n + 1]]``."""
        return self._out.first, self._out.arc

    def slots_towards(
        self, targets: npt.ArrayLike, limit: float, limit_bytes: int = MEMORY
    ) -> npt.NDArray[np.uint8]:
        """Return the cheapest tree towards each target from the nodes within a cost of it.

        Returns
        -------
        numpy.ndarray
            uint8 of shape (targets, nodes): the place of the next arc among those of
            :attr:`outgoing` that leave the node; 255 at the target and where no way leads to it.

        Raises
        ------
        ValueError
            Where the table would be larger than ``limit_bytes``, or more than 254 arcs leave a
            node.
        """
        goals = self._all(targets)
        if len(goals) * self.nodes > limit_bytes:
            raise ValueError(
                f"slots towards {len(goals)} targets over {self.nodes} nodes need "
                f"{len(goals) * self.nodes} bytes, at most {limit_bytes} are allowed: give fewer "
                "targets or a higher limit_bytes"
            )
        most = int(np.diff(self._out.first).max())
        if most >= NO_SLOT:
            raise ValueError(f"at most {NO_SLOT - 1} arcs may leave a node, got {most}")
        slot = np.full(len(self.tails), NO_SLOT, np.uint8)
        slot[self._out.arc] = np.arange(len(self._out.arc)) - self._out.first[:-1].repeat(
            np.diff(self._out.first)
        )
        return _slots(self._into, goals, limit, slot)

    def _all(self, nodes: npt.ArrayLike) -> Ints:
        return np.array([self._node(n) for n in np.atleast_1d(nodes)], np.int32)

    def _node(self, node: int) -> int:
        if not 0 <= node < self.nodes:
            raise IndexError(f"node must be in [0, {self.nodes - 1}], got {node}")
        return int(node)


def _check(net: Network) -> None:
    if not len(net.tails):
        raise ValueError("a network must have at least one arc, got none")
    if not (len(net.tails) == len(net.heads) == len(net.cost)):
        raise ValueError(
            "tails, heads and cost must have the same length, got "
            f"{len(net.tails)}, {len(net.heads)} and {len(net.cost)}"
        )
    for name, ends in (("tails", net.tails), ("heads", net.heads)):
        wrong = np.flatnonzero((ends < 0) | (ends >= net.nodes))
        if len(wrong):
            raise ValueError(
                f"{name} must be in [0, {net.nodes - 1}], got {ends[wrong[0]]} at arc {wrong[0]}"
            )
    wrong = np.flatnonzero(~(net.cost > 0))
    if len(wrong):
        raise ValueError(f"cost must be more than 0, got {net.cost[wrong[0]]} at arc {wrong[0]}")


def _star(ends: Ints, others: Ints, cost: Floats, nodes: int) -> _Star:
    usable = np.flatnonzero(np.isfinite(cost))
    arc = usable[np.argsort(ends[usable], kind="stable")].astype(np.int32)
    first = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(ends[usable], minlength=nodes), out=first[1:])
    return _Star(first, arc, others[arc], cost[arc])


def _places(lines: npt.NDArray[np.object_], a: Ints, b: Ints) -> tuple[Floats, Floats]:
    place = np.full((int(max(a.max(), b.max())) + 1, 2), np.nan)
    for nodes, index in ((b, -1), (a, 0)):
        place[nodes] = shapely.get_coordinates(shapely.get_point(lines, index))
    return place[:, 0], place[:, 1]


def _follow(arc: Ints, heads: Ints, start: int, end: int) -> Ints:
    found = []
    node = start
    while node != end:
        found.append(arc[node])
        node = heads[arc[node]]
    return np.array(found, np.int32)


@_kernel
def _search(star: _Star, source: int, stop: int, limit: float) -> tuple[Floats, Ints]:
    """Run Dijkstra's algorithm from a source until ``stop`` is settled or the limit is passed.

    Returns the cost of each node and the arc by which it was reached: of equals the lowest. The
    arrays are taken out of the tuple first: each access inside the loop would count references.
    """
    first, arc, other, cost = star.first, star.arc, star.other, star.cost
    nodes = len(first) - 1
    best = np.full(nodes, np.inf)
    via = np.full(nodes, -1, np.int32)
    keys = np.empty(nodes + 1)
    heap = np.empty(nodes + 1, np.int32)
    slot = np.full(nodes, -1, np.int32)
    best[source] = 0.0
    keys[0], heap[0], slot[source], size = 0.0, source, 0, 1
    while size:
        node, reached = heap[0], keys[0]
        size -= 1
        _sift_down(keys, heap, slot, size)
        slot[node] = SETTLED
        if node == stop or reached > limit:
            break
        for k in range(first[node], first[node + 1]):
            there = other[k]
            total = reached + cost[k]
            if slot[there] == SETTLED or total > best[there] or total > limit:
                continue
            if total == best[there]:
                via[there] = min(via[there], arc[k])
                continue
            best[there] = total
            via[there] = arc[k]
            if slot[there] < 0:
                slot[there] = size
                size += 1
            _sift_up(keys, heap, slot, total, there)
    return best, via


@_kernel
def _slots(
    into: _Star, goals: Ints, limit: float, slot: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Return the slot of the arc towards each goal from every node within the limit."""
    nodes = len(into.first) - 1
    found = np.full((len(goals), nodes), NO_SLOT, np.uint8)
    for row in range(len(goals)):
        _, via = _search(into, goals[row], -1, limit)
        for node in range(nodes):
            if via[node] >= 0:
                found[row, node] = slot[via[node]]
    return found


@_kernel
def _sift_up(keys: Floats, heap: Ints, slot: Ints, key: float, node: int) -> None:
    """Move a node whose key became smaller up to its place in the heap of four children each."""
    at = slot[node]
    while at:
        parent = (at - 1) >> 2
        if keys[parent] <= key:
            break
        keys[at] = keys[parent]
        heap[at] = heap[parent]
        slot[heap[at]] = at
        at = parent
    keys[at] = key
    heap[at] = node
    slot[node] = at


@_kernel
def _sift_down(keys: Floats, heap: Ints, slot: Ints, size: int) -> None:
    """Put the last node, at ``size``, in the place of the first."""
    key, node = keys[size], heap[size]
    at, child = 0, 1
    while child < size:
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if keys[other] < keys[least]:
                least = other
        if key <= keys[least]:
            break
        keys[at] = keys[least]
        heap[at] = heap[least]
        slot[heap[at]] = at
        at, child = least, 4 * least + 1
    keys[at] = key
    heap[at] = node
    slot[node] = at
