"""Stages of a signal: which turns have green together, and in which order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.derive.marks import Floats, Ints
from gis.derive.turns import turned

__all__ = ["Approaches", "Stage", "arms", "stages"]

SAME_ARM_DEG = 20.0
AXIS_DEG = 45.0
_ORDER = {"straight": 0, "right": 1, "left": 2, "uturn": 3}

Mask = npt.NDArray[np.bool_]


class Approaches(NamedTuple):
    """The turns of one junction, in columns; ``conflict`` is square, by turn.

    ``street`` and ``kind`` tell where each comes from and what it is, ``entering`` the place of
    its approach around the junction in degrees, ``rank`` the importance of its street,
    ``shared`` whether it turns left from a lane for straight on, ``follows`` whether it only ever
    runs beside another turn (a change between busway and lanes), ``late`` whether it takes what
    green the others leave (to the right out of a busway, across the lanes beside it).
    """

    street: Ints
    kind: npt.NDArray[np.object_]
    entering: Floats
    rank: Floats
    shared: Mask
    follows: Mask
    late: Mask
    conflict: Mask


class Stage(NamedTuple):
    """Turns with green together; those of ``permissive`` must yield."""

    green: Mask
    permissive: Mask


def arms(entering: Floats) -> Ints:
    """Return the arm of each approach: those less than 20 degrees apart are on the same one."""
    order = np.argsort(entering, kind="stable")
    gap = np.diff(entering[order], prepend=entering[order[-1]] - 360.0) >= SAME_ARM_DEG
    arm = np.empty(len(entering), np.int64)
    # Those before the first gap continue the last arm.
    arm[order] = (np.cumsum(gap) - 1) % max(int(gap.sum()), 1)
    return arm


def stages(turns: Approaches) -> list[Stage]:
    """Return the stages of a junction, the most important street first.

    Opposite approaches share two stages, straight on first and then left (leading straight,
    protected left); approaches with a lane for both straight on and left, and those without an
    opposite, get a stage each with all their turns. In each stage every turn of a street that
    has green already joins in if it conflicts with none there; nothing that conflicts is ever
    green together, except changes between a busway and the lanes beside it, which yield.
    """
    found: list[Mask] = []
    done = turns.follows & _led(turns)
    for group in _groups(turns):
        while (left := group & ~done & ~turns.late).any():
            found.append(_compatible(turns, group & ~turns.late, left))
            done = done | found[-1]
    for turn in np.flatnonzero(turns.late & ~done):
        free = [green for green in found if not turns.conflict[turn][green].any()]
        if not free:
            found.append(np.zeros(len(done), bool))
        for green in free or found[-1:]:
            green[turn] = True
    return [_with_changes(turns, green) for green in found]


def _led(turns: Approaches) -> Mask:
    """Return which turns have another, that is no change, from their street."""
    return np.isin(turns.street, turns.street[~turns.follows])


def _groups(turns: Approaches) -> list[Mask]:
    """Return the turns of each axis, or of each approach without an opposite, by rank."""
    arm = arms(turns.entering)
    place = np.array([turns.entering[arm == k][0] for k in range(arm.max() + 1)])
    rank = np.array([turns.rank[arm == k].max() for k in range(len(place))])
    off = np.abs(turned(place[:, None] - place[None, :] + 180.0))
    partner = np.arange(len(place))
    for a, b in sorted(zip(*np.nonzero(np.triu(off <= AXIS_DEG, 1)), strict=True), key=off.item):
        if partner[a] == a and partner[b] == b:
            partner[a], partner[b] = b, a
    heads = [a for a in range(len(place)) if partner[a] >= a]
    heads.sort(key=lambda a: (-max(rank[a], rank[partner[a]]), a))
    split = turns.shared & np.isin(turns.kind, ("left", "uturn"))
    found = []
    for a in heads:
        halves = [arm == k for k in dict.fromkeys((a, int(partner[a])))]
        whole = np.logical_or.reduce(halves)
        found += halves if (split & whole).any() else [whole]
    return found


def _compatible(turns: Approaches, group: Mask, left: Mask) -> Mask:
    """Return a largest set of turns without conflict: those still without green come first."""
    order = np.lexsort((np.array([_ORDER[k] for k in turns.kind]), ~left))
    green = np.zeros(len(left), bool)
    for turn in order:
        led = left[turn] or turns.street[turn] in turns.street[green]
        free = led and group[turn] and not turns.follows[turn]
        green[turn] = free and not turns.conflict[turn][green].any()
    if not green.any():
        green[np.flatnonzero(left)[0]] = True
    return green


def _with_changes(turns: Approaches, green: Mask) -> Stage:
    """Add the changes between busway and lanes of the streets and kinds that have green."""
    lit = set(zip(turns.street[green], turns.kind[green], strict=True))
    for street in dict.fromkeys(turns.street[turns.follows]):
        own = (turns.street == street) & ~turns.follows
        kinds = set(turns.kind[own])
        if own.any() and (own & green).any():
            lit |= {(street, k) for k in turns.kind[turns.street == street] if k not in kinds}
    join = (
        np.array([pair in lit for pair in zip(turns.street, turns.kind, strict=True)])
        & turns.follows
    )
    return Stage(green | join, join & ~green)
