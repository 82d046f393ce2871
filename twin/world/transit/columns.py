"""The columns of transit: lines and their calls, buses, stops with their queues, riders.

Times are integer milliseconds, lengths metres. A row number is an id. A stop row is a served stop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.shared import by_address
from twin.world.rows import Rows, columns, table

__all__ = [
    "ALIGHTS",
    "BOARDS",
    "BUS",
    "CALL",
    "LINE",
    "RIDER",
    "SERVICE",
    "STOP",
    "Riding",
    "Transit",
    "Unserved",
    "no_transit",
]  # fmt: skip

BOARDS, ALIGHTS = 1, 2
"""What a policy says of a call: get on here, get off here."""


class Riding:
    """What a rider is doing."""

    RESTING = 0
    TO_STOP = 1
    WAITING = 2
    ABOARD = 3
    TO_PLACE = 4


class Unserved:
    """Why a leg was not made."""

    NO_PATH = 0
    GAVE_UP = 1
    NO_BUS = 2


LINE = columns(first="i4", beyond="i4", capacity="i4", seats="i4")
"""A line in one direction: its calls."""

CALL = columns(stop="i4", step="i4", at="f8", blocks="i1")
"""A call of a line: the row of ``routes`` with its link, and the share of the link before it.

``blocks`` is 1 where the stop is so near the stop line that a bus at it blocks the kerb lane."""

BUS = columns(
    line="i4", call="i4", aboard="i4", head="i4", tail="i4", boarded="i4",
    alighted="i4", standing="i1", since_ms="i8", depart_ms="i8",
)  # fmt: skip
"""A bus on one run from ``depart_ms`` on: the call it goes to or stands at since ``since_ms``.

It has a row among the cars, which follows ``routes``.
``head`` and ``tail`` are the riders aboard, in the order they got on; ``boarded`` and ``alighted``
count at this call.
"""

STOP = columns(x="f8", y="f8", head="i4", tail="i4")
"""A stop, with its queue in the order of coming."""

RIDER = columns(
    asked_ms="i8", since_ms="i8", waited_ms="i8", stop="i4", target="i4", bus="i4", before="i4",
    after="i4", boardings="i2", denied="i2", riding="i1", alarmed="i1",
)  # fmt: skip
"""A person on a leg by a bus of the city.

``asked_ms`` (when it began), ``waited_ms``, ``boardings`` and ``denied`` are of the leg,
``since_ms`` of the wait or ride;
``target`` is the stop to leave the buses at; ``before`` and ``after`` are neighbours in a queue or
a bus; ``alarmed`` is 1 with an event to come that looks whether patience is over.
"""

SERVICE = columns(
    cars="i8", spots="i8", doors_ms="i8", board_ms="i8", crowded_ms="i8", alight_ms="i8",
    patience_ms="i8", detour="f8", walk_weight="f8",
)  # fmt: skip
"""The scalars of transit: one row.

``cars`` is the row of the first bus among the cars, ``spots`` that of the first stop among the
spots of walkers.
"""


@by_address
class Transit(NamedTuple):
    """The buses and riders of one run.

    ``routes`` int32: links of the lines, one after the other, which traffic reads too.
    ``policy`` uint8 [target, call]: BOARDS and ALIGHTS for riders to a target. ``transfer`` int32
    [target, stop]: the stop to walk to from here, -1 to wait here. ``cost_s`` float32 [target,
    stop]: weighted seconds from a stop to a target. ``near`` int32 [place, n] and ``near_m``
    float32 [place, n]: stops within a walk (-1 none) and the metres to them; gates of the city
    follow the places, to whose stops nobody walks. ``gates`` int32 [junction]: their rows, -1 none.
    """

    lines: Rows
    calls: Rows
    buses: Rows
    stops: Rows
    riders: Rows
    rules: Rows
    routes: NDArray[np.int32]
    policy: NDArray[np.uint8]
    transfer: NDArray[np.int32]
    cost_s: NDArray[np.float32]
    near: NDArray[np.int32]
    near_m: NDArray[np.float32]
    gates: NDArray[np.int32]


def no_transit() -> Transit:
    """Return the columns of a run without buses."""
    return Transit(
        lines=table(LINE, 0),
        calls=table(CALL, 0),
        buses=table(BUS, 0),
        stops=table(STOP, 0),
        riders=table(RIDER, 0),
        rules=table(SERVICE, 1, cars=1 << 60),
        routes=np.zeros(0, np.int32),
        policy=np.zeros((0, 0), np.uint8),
        transfer=np.zeros((0, 0), np.int32),
        cost_s=np.zeros((0, 0), np.float32),
        near=np.zeros((0, 0), np.int32),
        near_m=np.zeros((0, 0), np.float32),
        gates=np.zeros(0, np.int32),
    )
