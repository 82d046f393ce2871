"""The rows of street traffic: lanes, turns, signals, and what they share.

Times are integer milliseconds. A row number is an id; ranges are rows ``first`` to ``beyond`` - 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.shared import by_address
from twin.world.rows import Rows, columns, table

__all__ = ["GREEN", "LANE", "SIGNAL", "SLOT", "STREETS", "TURN", "Control", "Traffic", "no_traffic"]

HOURS = 24


class Control:
    """What a turn obeys: nothing, the right of way of others, a signal."""

    NONE = 0
    MINOR = 1
    SIGNAL = 2


LANE = columns(
    link="i4", head="i4", tail="i4", cars="i4", behind="i4", waits_for="i4", promise="i4",
    entry="i1", yielded="i1", headway_ms="i4", jam_headway_ms="i4", free_ms="i8", due_ms="i8",
    alarm_ms="i8", since_ms="i8",
)  # fmt: skip
"""A lane at a stop line, or (``entry``) the place off the street where cars wait to join a link.

``head`` to ``tail`` is its queue; ``behind`` the lane after it in the list of a full link it
``waits_for``; ``promise`` the link that keeps a hole for it. From ``free_ms`` on the next car may
pass; at ``due_ms`` its head is looked at again, at ``alarm_ms`` whether it is stuck (-1: not); it
has found the next link full since ``since_ms`` (-1: it has not).
"""

TURN = columns(
    link="i4", to="i4", lane_first="i4", lane_beyond="i4", signal="i4", green_first="i4",
    green_beyond="i4", foe_first="i4", foe_beyond="i4", red_first="i4", red_beyond="i4",
    gap_ms="i4", follow_ms="i4", control="i1", on_red="i1",
)  # fmt: skip
"""A turn from a link to another. It yields to the turns ``foe_first`` to ``foe_beyond`` of
``foes`` when it is minor or its green is permissive, to ``red_first`` to ``red_beyond`` on red."""

GREEN = columns(slot="i4", from_ms="i8", to_ms="i8", permissive="i1")
"""Effective green of a turn within the cycle of a slot."""

SLOT = columns(from_ms="i8", to_ms="i8", cycle_ms="i8", offset_ms="i8")
"""The part of a day in which a signal runs one plan; cycle 0: it is off, and everybody yields."""

SIGNAL = columns(first="i4", beyond="i4")
"""A signal: its slots through the day, in order."""

STREETS = columns(squeeze_ms="i8", manoeuvre_ms="i8", standing_loss="f8")
"""Scalars, one row: how long a head is stuck before it squeezes into a full link; how long a
parking manoeuvre blocks the kerb lane; lanes lost beside cars that stand illegally."""


@by_address
class Traffic(NamedTuple):
    """What moves on the streets.

    ``foes`` int32: turns to yield to. ``left_ms`` int64: when the last cars left each link, a ring
    for every link. ``routes`` int32: links of given routes, -1 after each. ``spent_ms``
    int64 [link, 24]: time on a link of the cars that entered in each hour of the day.
    """

    lanes: Rows
    turns: Rows
    greens: Rows
    slots: Rows
    signals: Rows
    rules: Rows
    foes: NDArray[np.int32]
    left_ms: NDArray[np.int64]
    routes: NDArray[np.int32]
    spent_ms: NDArray[np.int64]


def no_traffic(links: int) -> Traffic:
    """Return the traffic of streets at free flow: no lane, no turn, no signal."""
    return Traffic(
        lanes=table(LANE, 0),
        turns=table(TURN, 0),
        greens=table(GREEN, 0),
        slots=table(SLOT, 0),
        signals=table(SIGNAL, 0),
        rules=table(STREETS, 1),
        foes=np.zeros(0, np.int32),
        left_ms=np.zeros(0, np.int64),
        routes=np.zeros(0, np.int32),
        spent_ms=np.zeros((links, HOURS), np.int64),
    )
