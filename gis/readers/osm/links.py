"""OpenStreetMap ways become links between shared nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["Links", "Ways", "links"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass
class Ways:
    """Runs of nodes in the order of the file; a way that leaves the file and returns is two runs.

    ``key`` names a node by its place (longitude and latitude in units of 1e-7 degrees), which is
    how two ways are known to meet; ``start`` holds the first node of each run.
    """

    tags: list[Mapping[str, str]] = field(default_factory=list)
    way: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    key: list[tuple[int, int]] = field(default_factory=list)

    def add(self, way: int, tags: Mapping[str, str], run: list[tuple[int, int]]) -> None:
        """Append one run of nodes; nodes that repeat the one before are left out."""
        run = [key for i, key in enumerate(run) if i == 0 or key != run[i - 1]]
        if len(run) > 1:
            self.tags.append(tags)
            self.way.append(way)
            self.start.append(len(self.key))
            self.key.extend(run)

    def __len__(self) -> int:
        return len(self.tags)


@dataclass(frozen=True)
class Links:
    """Links between nodes where runs meet, end or are cut.

    Attributes
    ----------
    run
        Row of the run each link is a part of.
    tail, head
        Node at its start and end, dense numbers into ``node``.
    node
        Place of each node: longitude and latitude in units of 1e-7 degrees, shape (n, 2).
    line
        The links as lines in longitude and latitude.
    """

    run: Ints
    tail: Ints
    head: Ints
    node: Ints
    line: npt.NDArray[np.object_]


def links(ways: Ways, chosen: npt.NDArray[np.bool_]) -> Links:
    """Split the chosen runs wherever they share a node.

    Loops are halved, so that no link starts where it ends.
    """
    place, run = _vertices(ways, chosen)
    # one number for both coordinates sorts many times faster than pairs
    whole, at, vertex = np.unique(
        (place[:, 0] << 32) + place[:, 1], return_index=True, return_inverse=True
    )
    ends = np.flatnonzero(_split_here(vertex, run, len(whole)))
    same = run[ends[:-1]] == run[ends[1:]]
    first, last = _halve_loops(ends[:-1][same], ends[1:][same], vertex)
    used, dense = np.unique(vertex[np.concatenate([first, last])], return_inverse=True)
    line = _lines(place, first, last)
    return Links(run[first], dense[: len(first)], dense[len(first) :], place[at[used]], line)


def _vertices(ways: Ways, chosen: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    size = np.diff(np.append(np.array(ways.start, np.int64), len(ways.key)))
    run = np.repeat(np.arange(len(ways), dtype=np.int64), size)
    keep = chosen[run] if len(run) else np.zeros(0, bool)
    place = np.array(ways.key, np.int64).reshape(-1, 2)
    return place[keep], run[keep]


def _split_here(vertex: Ints, run: Ints, nodes: int) -> npt.NDArray[np.bool_]:
    shared = np.bincount(vertex, minlength=nodes)[vertex] > 1
    border = np.diff(run) != 0
    shared[:1] = True
    shared[-1:] = True
    shared[1:][border] = True
    shared[:-1][border] = True
    return shared


def _halve_loops(first: Ints, last: Ints, vertex: Ints) -> tuple[Ints, Ints]:
    loop = vertex[first] == vertex[last]
    middle = (first[loop] + last[loop]) // 2
    starts = np.concatenate([first, middle])
    stops = np.concatenate([np.where(loop, (first + last) // 2, last), last[loop]])
    order = np.argsort(starts, kind="stable")
    return starts[order], stops[order]


def _lines(place: Ints, first: Ints, last: Ints) -> npt.NDArray[np.object_]:
    size = last - first + 1
    link = np.repeat(np.arange(len(first)), size)
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    lines = shapely.linestrings(place[first[link] + offset] / 1e7, indices=link)
    return np.asarray(lines, dtype=object).reshape(-1)
