"""Tours of vehicles that start full and visit stops one after the other, as vans with parcels do.

Stops are split into compact zones of about as many loads, one a vehicle (recursive bisection across
the longer side), and each zone is visited from the nearest neighbour on, improved by exchanging two
ways (2-opt, Croes 1958, doi:10.1287/opre.6.6.791) and moving chains of up to three stops (Or 1976)
until neither makes it shorter: some 5 % above the shortest tour.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernel import kernel

__all__ = ["Tours", "length_m", "tour", "tours", "zones"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CHAIN = 3
SHORTER_M = 1e-9


class Tours(NamedTuple):
    """The vehicle of each stop, and the metres of each vehicle's closed tour, straight lines."""

    vehicle: Ints
    metres: Floats


def zones(x: Floats, y: Floats, load: Floats, capacity: float) -> Ints:
    """Return the zone of each stop: each zone holds at most about ``capacity`` of load.

    There are as many as the load needs; a stop is never split.
    """
    found = np.zeros(len(x), np.int64)
    todo = [(np.arange(len(x)), max(1, math.ceil(float(load.sum()) / capacity)), 0)]
    while todo:
        rows, parts, first = todo.pop()
        if parts == 1 or len(rows) < 2:
            found[rows] = first
            continue
        wide = np.ptp(x[rows]) >= np.ptp(y[rows])
        order = rows[np.argsort((x if wide else y)[rows], kind="stable")]
        left = parts // 2
        running = np.cumsum(load[order])
        cut = int(np.searchsorted(running, running[-1] * left / parts)) + 1
        cut = min(max(cut, 1), len(order) - 1)
        todo += [(order[:cut], left, first), (order[cut:], parts - left, first + left)]
    return found


def tour(x: Floats, y: Floats) -> Ints:
    """Return a short closed tour over places, as their rows in the order of the visits."""
    x, y = np.array(x, float), np.array(y, float)
    order = _nearest_neighbours(x, y)
    _improve(order, x, y)
    return order


def length_m(order: Ints, x: Floats, y: Floats) -> float:
    """Return the metres of a closed tour."""
    dx, dy = x[order] - x[np.roll(order, -1)], y[order] - y[np.roll(order, -1)]
    return float(np.hypot(dx, dy).sum())


def tours(x: Floats, y: Floats, load: Floats, capacity: float) -> Tours:
    """Return the tours of vehicles over stops (m), each with its load; none without stops."""
    if not len(x):
        return Tours(np.zeros(0, np.int64), np.zeros(0))
    zone = zones(x, y, load, capacity)
    used, vehicle = np.unique(zone, return_inverse=True)
    metres = np.zeros(len(used))
    for number in range(len(used)):
        rows = np.flatnonzero(vehicle == number)
        metres[number] = length_m(tour(x[rows], y[rows]), x[rows], y[rows])
    return Tours(vehicle.astype(np.int64), metres)


@kernel
def _apart(x: Floats, y: Floats, a: int, b: int) -> float:
    return math.sqrt((x[a] - x[b]) * (x[a] - x[b]) + (y[a] - y[b]) * (y[a] - y[b]))


@kernel
def _nearest_neighbours(x: Floats, y: Floats) -> Ints:
    """Return the tour that always goes to the nearest place not yet visited, from the first."""
    order = np.arange(x.size)
    for i in range(1, x.size):
        best = i
        for j in range(i + 1, x.size):
            if _apart(x, y, order[i - 1], order[j]) < _apart(x, y, order[i - 1], order[best]):
                best = j
        order[i], order[best] = order[best], order[i]
    return order


@kernel
def _improve(order: Ints, x: Floats, y: Floats) -> None:
    """Make a tour shorter until neither an exchange nor a move does."""
    better = order.size > 3
    while better:
        better = _exchange(order, x, y)
        better = _move(order, x, y) or better


@kernel
def _exchange(order: Ints, x: Floats, y: Floats) -> bool:
    """Turn round each part of the tour that makes it shorter; tell whether any did."""
    n, found = order.size, False
    for i in range(n - 1):
        for j in range(i + 2, n):
            a, b, c, d = order[i], order[i + 1], order[j], order[(j + 1) % n]
            if a == d:
                continue
            before = _apart(x, y, a, b) + _apart(x, y, c, d)
            if _apart(x, y, a, c) + _apart(x, y, b, d) < before - SHORTER_M:
                order[i + 1 : j + 1] = order[i + 1 : j + 1][::-1].copy()
                found = True
    return found


@kernel
def _move(order: Ints, x: Floats, y: Floats) -> bool:
    """Move each chain of stops to where it makes the tour shorter; tell whether any did."""
    n, found = order.size, False
    for size in range(1, min(CHAIN, n - 2) + 1):
        for start in range(n):
            turned = np.concatenate((order[start:], order[:start]))
            first, last, after, before = turned[0], turned[size - 1], turned[size], turned[n - 1]
            gain = _apart(x, y, before, first) + _apart(x, y, last, after)
            gain -= _apart(x, y, before, after)
            best, where, flip = SHORTER_M, -1, False
            for k in range(size, n - 1):
                a, b = turned[k], turned[k + 1]
                gap = _apart(x, y, a, b)
                ahead = gain - _apart(x, y, a, first) - _apart(x, y, last, b) + gap
                round_ = gain - _apart(x, y, a, last) - _apart(x, y, first, b) + gap
                if ahead > best:
                    best, where, flip = ahead, k, False
                if round_ > best:
                    best, where, flip = round_, k, True
            if where >= 0:
                chain = turned[:size].copy()
                chain = chain[::-1].copy() if flip else chain
                order[: where + 1 - size] = turned[size : where + 1]
                order[where + 1 - size : where + 1] = chain
                order[where + 1 :] = turned[where + 1 :]
                found = True
    return found
