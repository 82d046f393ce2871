"""The rows of street traffic: lanes, turns, signals, and what they share.

Times are integer milliseconds. A row number is an id; ranges are rows ``first`` to ``beyond`` - 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.shared import by_address
from twin.world.rows import Rows, columns, table

__all__ = [
    "GREEN", "LANE", "SIGNAL", "SLOT", "STREETS", "TURN", "Control", "Traffic", "Ways",
    "no_traffic", "no_ways",
]  # fmt: skip

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

STREETS = columns(
    squeeze_ms="i8", patience_ms="i8", manoeuvre_ms="i8", standing_loss="f8", packed="f8"
)
"""Scalars, one row: how long a head is stuck before it squeezes into a full link, and how often it
looks for another turn meanwhile; how long a parking manoeuvre blocks the kerb lane; lanes lost
beside cars that stand illegally; how many times what it stores a link holds bumper to bumper."""


@by_address
class Traffic(NamedTuple):
    """What moves on the streets.

    ``foes`` int32: turns to yield to. ``left_ms`` int64: when the last cars left each link, a ring
    for every link. ``routes`` int32: links of given routes, -1 after each but those of buses,
    which end at a call. ``spent_ms`` int64 [link, 24]: time on a link of the cars that entered in
    each hour of the day.
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


@by_address
class Ways(NamedTuple):
    """Base routes: trees towards goals, in sets; a driver knows one of the sets of the period.

    ``next_slot`` uint8 [set, goal, arc], for who is on an arc, and ``first_slot`` uint8
    [set, goal, node], for who is at rest, are as in :class:`gis.turning.Trees`. The arcs that leave
    a node are ``out_arc`` from ``out_first``; those that one may turn into from an arc ``onward``
    from ``onward_first``. ``left_s`` float32 [goal, arc] is the time (s) from the end of an arc
    without traffic. ``period`` int8 [48] is that of each half hour of a day; its sets begin at
    ``set_first``; ``upto`` float64 [set, goal] adds up their shares, and is 1 from the last set on
    that drivers to a goal take. ``wait_ms`` int32 [period, row of ``onward``] is the mean wait for
    green of a turn, ``pass_ms`` int32 [period, arc] the time from car to car at a stop line.
    ``gap`` float64 [period]: what drivers could save by other ways, of all their time.
    """

    next_slot: NDArray[np.uint8]
    first_slot: NDArray[np.uint8]
    out_first: NDArray[np.int32]
    out_arc: NDArray[np.int32]
    onward_first: NDArray[np.int32]
    onward: NDArray[np.int32]
    left_s: NDArray[np.float32]
    period: NDArray[np.int8]
    set_first: NDArray[np.int32]
    upto: NDArray[np.float64]
    wait_ms: NDArray[np.int32]
    pass_ms: NDArray[np.int32]
    gap: NDArray[np.float64]


def no_traffic(links: int, routes: NDArray[np.int32]) -> Traffic:
    """Return the traffic of streets at free flow: no lane, no turn, no signal; routes of buses."""
    return Traffic(
        lanes=table(LANE, 0),
        turns=table(TURN, 0),
        greens=table(GREEN, 0),
        slots=table(SLOT, 0),
        signals=table(SIGNAL, 0),
        rules=table(STREETS, 1),
        foes=np.zeros(0, np.int32),
        left_ms=np.zeros(0, np.int64),
        routes=routes,
        spent_ms=np.zeros((links, HOURS), np.int64),
    )


def no_ways(links: int) -> Ways:
    """Return the ways of cars that only follow routes of their own: one set, that leads nowhere."""
    nowhere = np.zeros(links + 1, np.int32)
    return Ways(
        next_slot=np.full((1, 1, links), 255, np.uint8),
        first_slot=np.full((1, 1, 1), 255, np.uint8),
        out_first=nowhere,
        out_arc=nowhere,
        onward_first=nowhere,
        onward=nowhere,
        left_s=np.full((1, links), np.inf, np.float32),
        period=np.zeros(1, np.int8),
        set_first=np.array([0, 1], np.int32),
        upto=np.ones((1, 1)),
        wait_ms=np.zeros((1, 1), np.int32),
        pass_ms=np.zeros((1, links), np.int32),
        gap=np.zeros(1),
    )
