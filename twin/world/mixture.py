"""How drivers to each goal mix the trees that they know, nearest to where nobody would change."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from twin.kernel import inner, kernel
from twin.world.loads import Loads

__all__ = ["Delay", "mixed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
SWEEPS, SLOWER, FASTER = 40, 0.5, 1.2


class Delay(Protocol):
    """How long turns take at a flow."""

    def seconds(self, turns: Floats) -> Floats:
        """Return the time that each turn takes where each has a flow, in cars an hour."""

    def slopes(self, turns: Floats) -> csr_array:
        """Return how much longer each turn (column) takes by one more car an hour of each (row).

        Drivers only steer by it, so that an estimate will do.
        """


def mixed(loads: Loads, share: Floats, held: Ints, delay: Delay, settled: float) -> Floats:
    """Return shares near equilibrium among the trees of each goal, from shares to start with.

    Row ``set * goals + goal`` of the loads is a tree; a goal has those of its first ``held`` sets.
    Goal by goal drivers go over to the fastest tree, as many as would make both equally fast by the
    slopes of delays (Newton steps as of Jayakrishnan et al. 1994, Transportation Research Record
    1443:75-83). Then delays are looked at anew; where that made things worse, steps get shorter.
    """
    none = np.arange(len(share))[:, None] >= held
    best, least, last, step = share, np.inf, np.inf, 1.0
    for _ in range(SWEEPS):
        flow = share.ravel() @ loads.turns
        turn_s = delay.seconds(flow)
        costs = loads.costs(turn_s).reshape(share.shape)
        all_s = (share * costs).sum()
        uneven = all_s - np.where(none, np.inf, costs).min(axis=0).sum()
        if uneven < least:
            best, least = share, uneven
        if uneven <= settled * all_s:
            break
        step = step * SLOWER if uneven > last else min(step * FASTER, 1.0)
        last, aim = uneven, share.copy()
        _level(aim, held, _rows(loads), _sparse(delay.slopes(flow)), turn_s)
        share = share + step * (aim - share)
    return best


class _Sparse(NamedTuple):
    """The rows of a sparse matrix, one after another."""

    first: Ints
    at: Ints
    value: Floats


class _Rows(NamedTuple):
    """What kernels read of loads."""

    arcs_s: Floats
    turns: _Sparse


def _sparse(matrix: csr_array) -> _Sparse:
    return _Sparse(matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data)


def _rows(loads: Loads) -> _Rows:
    return _Rows(loads.arcs_s, _sparse(loads.turns))


@kernel
def _level(share: Floats, held: Ints, loads: _Rows, slopes: _Sparse, turn_s: Floats) -> None:
    """Let drivers to one goal after the other go over to its fastest tree, and times follow."""
    goals, more = share.shape[1], np.zeros(len(turn_s))
    for goal in range(goals):
        if held[goal] < 2:
            continue
        best = _fastest(loads, goal, goals, held[goal], turn_s)
        for each in range(held[goal]):
            if each != best and share[each, goal] > 0.0:
                here, there = each * goals + goal, best * goals + goal
                move = _move(loads, here, there, slopes, turn_s, more)
                move = min(max(move, -share[best, goal]), share[each, goal])
                _slow(loads.turns, there, move, slopes, turn_s)
                _slow(loads.turns, here, -move, slopes, turn_s)
                share[each, goal] -= move
                share[best, goal] += move


@inner
def _fastest(loads: _Rows, goal: int, goals: int, held: int, turn_s: Floats) -> int:
    """Return the set whose tree towards a goal is the fastest."""
    best, least = 0, np.inf
    for each in range(held):
        takes = _takes(loads, each * goals + goal, turn_s)
        if takes < least:
            best, least = each, takes
    return best


@inner
def _takes(loads: _Rows, tree: int, turn_s: Floats) -> float:
    """Return the time of all cars of an hour by a tree."""
    turns, total = loads.turns, loads.arcs_s[tree]
    for k in range(turns.first[tree], turns.first[tree + 1]):
        total += turns.value[k] * turn_s[turns.at[k]]
    return float(total)


@inner
def _move(
    loads: _Rows, here: int, there: int, slopes: _Sparse, turn_s: Floats, more: Floats
) -> float:
    """Return the share that makes two trees equally fast by going over from here to there.

    ``more`` is zero for each turn, and is again in the end.
    """
    _add(loads.turns, there, 1.0, more)
    _add(loads.turns, here, -1.0, more)
    late = _takes(loads, here, turn_s) - _takes(loads, there, turn_s)
    steep = _steep(loads.turns, there, slopes, more) - _steep(loads.turns, here, slopes, more)
    _clear(loads.turns, here, more)
    _clear(loads.turns, there, more)
    if steep > 0.0:
        return late / steep
    return np.inf if late > 0.0 else 0.0


@inner
def _steep(turns: _Sparse, tree: int, slopes: _Sparse, more: Floats) -> float:
    """Return by how much the time by a tree grows with some more flow of each turn."""
    total = 0.0
    for k in range(turns.first[tree], turns.first[tree + 1]):
        turn = turns.at[k]
        for j in range(slopes.first[turn], slopes.first[turn + 1]):
            total += turns.value[k] * slopes.value[j] * more[slopes.at[j]]
    return total


@inner
def _slow(turns: _Sparse, tree: int, share: float, slopes: _Sparse, turn_s: Floats) -> None:
    """Add to the times of turns what a share of the cars of a tree makes them longer."""
    for k in range(turns.first[tree], turns.first[tree + 1]):
        turn = turns.at[k]
        for j in range(slopes.first[turn], slopes.first[turn + 1]):
            turn_s[slopes.at[j]] += share * turns.value[k] * slopes.value[j]


@inner
def _add(turns: _Sparse, tree: int, share: float, more: Floats) -> None:
    """Add a share of the cars of a tree."""
    for k in range(turns.first[tree], turns.first[tree + 1]):
        more[turns.at[k]] += share * turns.value[k]


@inner
def _clear(turns: _Sparse, tree: int, more: Floats) -> None:
    """Forget the cars of a tree."""
    for k in range(turns.first[tree], turns.first[tree + 1]):
        more[turns.at[k]] = 0.0
