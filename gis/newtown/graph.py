"""Lines to a graph: split at every crossing, free of crumbs and dead ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.newtown.sequence import Floats, Ints

__all__ = ["Graph", "graph"]

CRUMB_M = 9.0


class Graph(NamedTuple):
    """Streets as edges between nodes; `line[i]` runs from `tail[i]` to `head[i]`."""

    line: NDArray[np.object_]
    kind: Ints
    tail: Ints
    head: Ints
    node: Floats


def _split(lines: NDArray[np.object_], kinds: Ints) -> tuple[NDArray[np.object_], Ints]:
    """Return the pieces between crossings, and each piece's kind: that of the line it lies on."""
    pieces = shapely.get_parts(shapely.union_all(lines))
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    pair, near = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=1e-3)
    kind = np.full(len(pieces), len(kinds) + 100, dtype=np.int64)
    np.minimum.at(kind, pair, kinds[near])
    return pieces, kind


def _number(lines: NDArray[np.object_]) -> tuple[Ints, Ints, Floats]:
    """Return dense numbers of the two ends of each line, and the coordinates of the nodes."""
    ends = np.stack([shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)])
    flat = ends.reshape(-1, 2)
    _, first, code = np.unique(np.round(flat, 3), axis=0, return_index=True, return_inverse=True)
    code = code.reshape(2, -1)
    return code[0].astype(np.int64), code[1].astype(np.int64), flat[first]


def _contract(g: Graph) -> Graph:
    """Return the graph with the ends of every crumb put into one node."""
    short = shapely.length(g.line) < CRUMB_M
    n = len(g.node)
    link = coo_array((np.ones(short.sum()), (g.tail[short], g.head[short])), shape=(n, n))
    label = connected_components(link, directed=False)[1]
    rank = np.full(n, len(g.line) + 100)
    for end in (g.tail, g.head):
        np.minimum.at(rank, end, g.kind)
    # The junction stands on the greater street, so that a crumb puts no kink into it.
    order = np.lexsort((rank, label))
    node = g.node[order[np.unique(label[order], return_index=True)[1]]]
    kept = _take(Graph(g.line, g.kind, label[g.tail], label[g.head], node), ~short)
    return kept._replace(line=_with_ends(kept.line, node[kept.tail], node[kept.head]))


def _with_ends(lines: NDArray[np.object_], start: Floats, stop: Floats) -> NDArray[np.object_]:
    xy, row = shapely.get_coordinates(lines, return_index=True)
    count = np.bincount(row, minlength=len(lines))
    last = np.cumsum(count) - 1
    xy[last - count + 1], xy[last] = start, stop
    return np.asarray(shapely.linestrings(xy, indices=row), dtype=object)


def _take(g: Graph, keep: NDArray[np.bool_]) -> Graph:
    return Graph(
        g.line[keep],
        g.kind[keep],
        g.tail[keep].astype(np.int64),
        g.head[keep].astype(np.int64),
        g.node,
    )


def _prune(g: Graph, ends: Ints) -> Graph:
    """Return the graph without dead ends, but for those that lead to the nodes `ends`."""
    while True:
        degree = np.bincount(np.concatenate([g.tail, g.head]), minlength=len(g.node))
        degree[ends] = 2
        keep = (degree[g.tail] > 1) & (degree[g.head] > 1) & (g.tail != g.head)
        if keep.all():
            return g
        g = _take(g, keep)


def _without_twins(g: Graph) -> Graph:
    """Return the graph with one street, the greatest, where several join the same two nodes."""
    low, high = np.minimum(g.tail, g.head), np.maximum(g.tail, g.head)
    order = np.lexsort((shapely.length(g.line), g.kind, high, low))
    same = (np.diff(low[order]) == 0) & (np.diff(high[order]) == 0)
    keep = np.ones(len(g.tail), dtype=bool)
    keep[order[1:][same]] = False
    return _take(g, keep)


def _through(g: Graph) -> Graph:
    """Return the graph with streets of one kind joined where nothing else meets them."""
    ends, edge = np.concatenate([g.tail, g.head]), np.tile(np.arange(len(g.tail)), 2)
    order = np.argsort(ends, kind="stable")
    degree = np.bincount(ends, minlength=len(g.node))
    first = (np.cumsum(degree) - degree)[degree == 2]
    a, b = edge[order[first]], edge[order[first + 1]]
    same = g.kind[a] == g.kind[b]
    n = len(g.tail)
    link = coo_array((np.ones(same.sum()), (a[same], b[same])), shape=(n, n))
    label = connected_components(link, directed=False)[1]
    parts = np.split(g.line[np.argsort(label, kind="stable")], np.cumsum(np.bincount(label))[:-1])
    lines = np.array(
        [
            p[0] if len(p) == 1 else shapely.line_merge(shapely.multilinestrings(list(p)))
            for p in parts
        ],
        dtype=object,
    )
    return Graph(lines, g.kind[np.unique(label, return_index=True)[1]], *_number(lines))


def _largest(g: Graph) -> Graph:
    n = len(g.node)
    link = coo_array((np.ones(len(g.tail)), (g.tail, g.head)), shape=(n, n))
    label = connected_components(link, directed=False)[1]
    main = np.bincount(label[g.tail]).argmax()
    return _take(g, label[g.tail] == main)


def _dense(g: Graph) -> Graph:
    used, code = np.unique(np.concatenate([g.tail, g.head]), return_inverse=True)
    tail, head = code.reshape(2, -1).astype(np.int64)
    return Graph(g.line, g.kind, tail, head, g.node[used])


def _nearest(g: Graph, places: Floats) -> Ints:
    found: Ints = shapely.STRtree(shapely.points(g.node)).nearest(shapely.points(places))
    return found


def graph(lines: NDArray[np.object_], kinds: Ints, ends: Floats) -> Graph:
    """Return the connected graph of these lines.

    Lines are split where they cross; crumbs under 9 m vanish into one junction; dead ends go,
    but for those that reach the points `ends`, shape (n, 2).
    """
    pieces, kind = _split(lines, kinds)
    g = Graph(pieces, kind, *_number(pieces))
    g = _contract(_prune(g, _nearest(g, ends)))
    return _through(_dense(_largest(_prune(_without_twins(g), _nearest(g, ends)))))
