"""Ways of cars that obey turns: trees over arcs, towards junctions."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from gis.city import City
from gis.network import Network

__all__ = ["NONE", "Trees", "Turning"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
NONE = 255
MEMORY = 4 << 30
BUCKETS = 1 << 15
FILES = ("next_slot", "first_slot", "cost")

_F = TypeVar("_F", bound=Callable[..., object])


def _kernel(function: _F) -> _F:
    return cast(_F, numba.njit(cache=True, nogil=True)(function))


class Trees(NamedTuple):
    """Trees towards goals: at each junction the place of the next arc among those that leave it.

    ``next_slot`` is uint8 of shape (goals, arcs), for who stands at the end of an arc, and
    ``first_slot`` uint8 of shape (goals, nodes), for who starts at rest; 255 at the goal and
    where no way leads to it. ``cost`` is float32 of shape (goals, arcs): what is still to pay at
    the end of the arc, 0 at the goal, infinite where no way leads there. The arc of a slot is
    ``Turning.out_arc[Turning.out_first[node] + slot]``.
    """

    next_slot: Bytes
    first_slot: Bytes
    cost: npt.NDArray[np.float32]


class _Graph(NamedTuple):
    """Turns by the arc they lead into: from which arc, at which penalty, to which slot."""

    first: Ints
    source: Ints
    penalty: Floats
    slot: Bytes


@dataclass(frozen=True, eq=False)
class Turning:
    """The streets of a city with the turns between them; arc = row of streets.

    Parameters
    ----------
    tails, heads
        Nodes where each arc starts and ends, 0 to ``nodes`` - 1.
    cost
        What it takes to pass each arc, more than 0; infinite closes it.
    source, target
        Arcs that each turn leads from and to; what is not listed is banned.
    penalty
        What it takes to make each turn, 0 or more.
    nodes
        Number of nodes.

    Raises
    ------
    ValueError
        A turn does not lead from the end of one arc into another, a penalty is below 0, or more
        than 255 arcs leave a node.
    """

    tails: Ints
    heads: Ints
    cost: Floats
    source: Ints
    target: Ints
    penalty: Floats
    nodes: int

    def __post_init__(self) -> None:
        for name in ("tails", "heads", "source", "target"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.int32))
        for name in ("cost", "penalty"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.float64))
        _check(self)

    @classmethod
    def driving(
        cls, city: City, *, left_s: float = 0.0, right_s: float = 0.0, uturn_s: float = 0.0
    ) -> Turning:
        """Return the streets for cars, in seconds at the speed limit, with penalties by kind.

        ``city`` must have its table ``turns``; see :func:`gis.derive.with_turns`.
        """
        net, turns = Network.driving(city), city.tables["turns"]
        seconds = {"left": left_s, "right": right_s, "uturn": uturn_s, "straight": 0.0}
        return cls(
            net.tails,
            net.heads,
            net.cost,
            turns["from_street"].to_numpy(),
            turns["to_street"].to_numpy(),
            np.array([seconds[kind] for kind in turns["kind"]]),
            net.nodes,
        )

    @cached_property
    def out_first(self) -> Ints:
        """Where the arcs that leave each node begin in ``out_arc``; one longer than the nodes."""
        first = np.zeros(self.nodes + 1, np.int32)
        np.cumsum(np.bincount(self.tails, minlength=self.nodes), out=first[1:])
        return first

    @cached_property
    def out_arc(self) -> Ints:
        """Arcs by the node that they leave, then by number."""
        return np.argsort(self.tails, kind="stable").astype(np.int32)

    @cached_property
    def slot(self) -> Bytes:
        """Place of each arc among those that leave its first node."""
        place = np.empty(len(self.tails), np.int64)
        place[self.out_arc] = np.arange(len(self.tails)) - self.out_first[self.tails[self.out_arc]]
        return place.astype(np.uint8)

    @cached_property
    def core(self) -> npt.NDArray[np.bool_]:
        """Mark the arcs of the largest part in which every arc leads to every other by turns."""
        ends = (self.source[self._usable], self.target[self._usable])
        arcs = len(self.tails)
        graph = csr_matrix((np.ones(len(ends[0])), ends), shape=(arcs, arcs))
        _, part = connected_components(graph, directed=True, connection="strong")
        closed = ~np.isfinite(self.cost)
        most = np.bincount(part[~closed]).argmax() if not closed.all() else -1
        return np.asarray((part == most) & ~closed)

    @cached_property
    def core_nodes(self) -> npt.NDArray[np.bool_]:
        """Mark the nodes where a car can arrive from the core and leave into it."""
        into, out = (
            np.bincount(ends[self.core], minlength=self.nodes) > 0
            for ends in (self.heads, self.tails)
        )
        return np.asarray(into & out)

    @cached_property
    def onward(self) -> tuple[Ints, Ints]:
        """Where the turns from each arc begin, one longer than the arcs, and the rows of turns.

        Turns from or into closed arcs are left out.
        """
        usable = np.flatnonzero(self._usable)
        order = usable[np.lexsort([self.target[usable], self.source[usable]])]
        first = np.zeros(len(self.tails) + 1, np.int32)
        np.cumsum(np.bincount(self.source[order], minlength=len(self.tails)), out=first[1:])
        return first, order.astype(np.int32)

    @cached_property
    def _usable(self) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.cost[self.source]) & np.isfinite(self.cost[self.target])

    @cached_property
    def _graph(self) -> _Graph:
        usable = np.flatnonzero(self._usable)
        order = usable[np.argsort(self.target[usable], kind="stable")]
        first = np.zeros(len(self.tails) + 1, np.int32)
        np.cumsum(np.bincount(self.target[order], minlength=len(self.tails)), out=first[1:])
        slots = self.slot[self.target[order]]
        return _Graph(first, self.source[order], self.penalty[order], slots)

    def towards(
        self, goals: npt.ArrayLike, costs: Floats | None = None, limit_bytes: int = MEMORY
    ) -> Trees:
        """Return the cheapest tree towards each goal, from the end of every arc and from rest.

        Of equally cheap turns the one into the lowest arc is taken.

        Parameters
        ----------
        goals
            Nodes.
        costs
            Cost of each arc in place of ``cost``, e.g. of a loaded network; more than 0. Arcs
            that ``cost`` closes stay closed.
        limit_bytes
            Largest size of the tables, 5 bytes a goal and arc and 1 a goal and node.

        Raises
        ------
        ValueError
            The tables would be larger, or a cost is not more than 0.
        IndexError
            A goal is not a node.
        """
        found = np.atleast_1d(np.asarray(goals, np.int64))
        _check_goals(found, self, limit_bytes)
        given = self.cost if costs is None else np.ascontiguousarray(costs, np.float64)
        _check_costs(given, self)
        shape = (len(found), len(self.tails))
        trees = Trees(
            np.empty(shape, np.uint8),
            np.empty((len(found), self.nodes), np.uint8),
            np.empty(shape, np.float32),
        )
        cost = np.where(np.isfinite(self.cost), given, np.inf)
        into = np.argsort(self.heads, kind="stable").astype(np.int32)
        into_first = np.zeros(self.nodes + 1, np.int32)
        np.cumsum(np.bincount(self.heads, minlength=self.nodes), out=into_first[1:])
        step = _step(cost, self.penalty)
        for row, goal in enumerate(found):
            ends = into[into_first[goal] : into_first[goal + 1]]
            best, slot = _search(self._graph, cost, ends, step)
            trees.cost[row], trees.next_slot[row] = best, slot
            trees.first_slot[row] = _starts(best, cost, self.out_first, self.out_arc)
            trees.first_slot[row, goal] = NONE
        return trees

    def kept(self, folder: str | os.PathLike[str], goals: npt.ArrayLike) -> Trees:
        """Return the trees towards the goals, read from the folder, or made and kept there.

        Files are named by a digest of the network and the goals, and opened without being read
        into memory; a file that is not whole never has its name.
        """
        place = Path(folder) / f"trees-{self.digest(goals)}"
        if not place.is_dir():
            _keep(self.towards(goals), place)
        return Trees(*(np.load(place / f"{name}.npy", mmap_mode="r") for name in FILES))

    def digest(self, goals: npt.ArrayLike) -> str:
        """Return a SHA-256 of the network and the goals."""
        total = hashlib.sha256(str(self.nodes).encode())
        columns = (self.tails, self.heads, self.cost, self.source, self.target, self.penalty)
        for column in (*columns, np.asarray(goals, np.int64)):
            total.update(np.ascontiguousarray(column).tobytes())
        return total.hexdigest()[:32]


def _keep(trees: Trees, place: Path) -> None:
    """Write the tables of trees, so that the folder appears only when it is whole."""
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            np.save(part / f"{name}.npy", getattr(trees, name))
        part.rename(place)
    except OSError:  # somebody else may have made the same in the meantime
        if not place.is_dir():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check(net: Turning) -> None:
    at = net.heads[net.source] != net.tails[net.target]
    if at.any():
        wrong = int(np.flatnonzero(at)[0])
        raise ValueError(
            f"a turn must lead from the end of one arc into another, got turn {wrong} from arc "
            f"{net.source[wrong]} to arc {net.target[wrong]}"
        )
    low = ~(net.penalty >= 0)
    if low.any():
        wrong = int(np.flatnonzero(low)[0])
        raise ValueError(f"penalty must be at least 0, got {net.penalty[wrong]} at turn {wrong}")
    most = np.bincount(net.tails, minlength=1).max()
    if most > NONE:
        raise ValueError(f"at most {NONE} arcs may leave a node, got {most}")
    _check_costs(net.cost, net)


def _check_costs(cost: Floats, net: Turning) -> None:
    if len(cost) != len(net.tails):
        raise ValueError(f"costs must hold one value an arc ({len(net.tails)}), got {len(cost)}")
    wrong = np.flatnonzero(~(cost > 0))
    if len(wrong):
        raise ValueError(f"cost must be more than 0, got {cost[wrong[0]]} at arc {wrong[0]}")


def _check_goals(goals: npt.NDArray[np.int64], net: Turning, limit_bytes: int) -> None:
    wrong = goals[(goals < 0) | (goals >= net.nodes)]
    if len(wrong):
        raise IndexError(f"a goal must be a node in [0, {net.nodes - 1}], got {wrong[0]}")
    size = len(goals) * (5 * len(net.tails) + net.nodes)
    if size > limit_bytes:
        raise ValueError(
            f"trees towards {len(goals)} goals over {len(net.tails)} arcs need {size} bytes, at "
            f"most {limit_bytes} are allowed: give fewer goals or a higher limit_bytes"
        )


def _step(cost: Floats, penalty: Floats) -> float:
    """Return the width of a bucket: short against most arcs, so that few are looked at twice."""
    finite = cost[np.isfinite(cost)]
    if not len(finite):
        return 1.0
    longest = finite.max() + penalty.max(initial=0.0)
    return float(max(np.quantile(finite, 0.1), longest / (BUCKETS - 2)))


@_kernel
def _search(graph: _Graph, cost: Floats, ends: Ints, step: float) -> tuple[Floats, Bytes]:
    """Return for each arc what is to pay from its end to the goal, and the next slot.

    Dijkstra's algorithm with buckets of equal width (Dial, 1969): arcs wait in doubly linked
    lists, by cost; an arc that is improved within the bucket at hand is looked at again, so that
    the result does not depend on the width. ``ends`` are the arcs that end at the goal.
    """
    first, source, penalty, slots = graph.first, graph.source, graph.penalty, graph.slot
    arcs = len(first) - 1
    best = np.full(arcs, np.inf)
    via = np.full(arcs, np.uint8(255), np.uint8)
    head = np.full(BUCKETS, -1, np.int32)
    after = np.full(arcs, -1, np.int32)
    before, where = after.copy(), after.copy()
    waiting, at = 0, 0
    for arc in ends:
        if np.isfinite(cost[arc]):
            best[arc] = 0.0
            waiting += _move(head, after, before, where, arc, 0)
    while waiting:
        arc = head[at]
        if arc < 0:
            at = (at + 1) % BUCKETS
            continue
        waiting += _move(head, after, before, where, arc, -1)
        reached = best[arc] + cost[arc]
        for k in range(first[arc], first[arc + 1]):
            there = source[k]
            total = reached + penalty[k]
            if total < best[there]:
                best[there] = total
                via[there] = slots[k]
                bucket = int(total / step) % BUCKETS
                waiting += _move(head, after, before, where, there, bucket)
            elif total == best[there]:
                via[there] = min(via[there], slots[k])
    return best, via


@_kernel
def _move(head: Ints, after: Ints, before: Ints, where: Ints, arc: int, bucket: int) -> int:
    """Move an arc from its bucket to another (-1: to none); return by how much the arcs grow."""
    old = where[arc]
    if old == bucket:
        return 0
    if old >= 0:
        if before[arc] >= 0:
            after[before[arc]] = after[arc]
        else:
            head[old] = after[arc]
        if after[arc] >= 0:
            before[after[arc]] = before[arc]
    where[arc] = bucket
    if bucket < 0:
        return -1
    before[arc] = -1
    after[arc] = head[bucket]
    if head[bucket] >= 0:
        before[head[bucket]] = arc
    head[bucket] = arc
    return 0 if old >= 0 else 1


@_kernel
def _starts(best: Floats, cost: Floats, out_first: Ints, out_arc: Ints) -> Bytes:
    """Return the slot by which to leave each node from rest: of equals the lowest."""
    nodes = len(out_first) - 1
    found = np.full(nodes, np.uint8(255), np.uint8)
    for node in range(nodes):
        least = np.inf
        for k in range(out_first[node], out_first[node + 1]):
            total = cost[out_arc[k]] + best[out_arc[k]]
            if total < least:
                least = total
                found[node] = k - out_first[node]
    return found
