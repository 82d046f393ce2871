"""The calendar: one heap of events for all high-rate parts, in one fixed order.

An event is one 64-bit integer, so that its order is the order of integers:

===========  =======  =========================================================
bits         field    meaning
===========  =======  =========================================================
62 .. 30     time     milliseconds since midnight of day 0 (33 bits: 99 days)
29 .. 25     rank     the kind of event, in the order kinds act at one instant
24 .. 0      id       the car, space or thing it happens to (33 million)
===========  =======  =========================================================

What happened is written to a log of integer rows, which the caller empties when it is full.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernel import inner, loop
from twin.shared import by_address

__all__ = [
    "ID_LIMIT",
    "LOG_COLUMNS",
    "RANK_SHIFT",
    "TIME_LIMIT_MS",
    "TIME_SHIFT",
    "Calendar",
    "empty_calendar",
    "log",
    "pop",
    "push",
]

RANK_SHIFT, TIME_SHIFT = 25, 30
ID_LIMIT = 1 << RANK_SHIFT
TIME_LIMIT_MS = 1 << 33
LOG_COLUMNS = ("time_ms", "event", "who", "what", "a", "b", "c", "d")


@by_address
class Calendar(NamedTuple):
    """The heap of coming events, and the log of past ones.

    ``heap`` int64 [capacity], ``size`` int64 [1], ``rows`` int64 [capacity, 8], ``logged``
    int64 [1].
    """

    heap: NDArray[np.int64]
    size: NDArray[np.int64]
    rows: NDArray[np.int64]
    logged: NDArray[np.int64]


def empty_calendar(capacity: int, log_rows: int = 1 << 16) -> Calendar:
    """Return a calendar that can hold ``capacity`` coming events."""
    return Calendar(
        heap=np.zeros(capacity + 2, dtype=np.int64),
        size=np.zeros(1, dtype=np.int64),
        rows=np.zeros((log_rows, len(LOG_COLUMNS)), dtype=np.int64),
        logged=np.zeros(1, dtype=np.int64),
    )


@loop
def push(calendar: Calendar, time_ms: int, rank: int, thing: int) -> None:
    """Post an event."""
    key = (time_ms << TIME_SHIFT) | (rank << RANK_SHIFT) | thing
    heap = calendar.heap
    place = calendar.size[0]
    if place >= heap.size:
        raise OverflowError("the calendar is full: more events are pending than it was made for")
    calendar.size[0] = place + 1
    while place > 0:
        parent = (place - 1) >> 2
        if heap[parent] <= key:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = key


@loop
def pop(calendar: Calendar) -> int:
    """Remove the first event and return its key; the heap must not be empty."""
    heap = calendar.heap
    first = heap[0]
    size = calendar.size[0] - 1
    calendar.size[0] = size
    key = heap[size]
    place = 0
    while True:
        child = (place << 2) + 1
        if child >= size:
            break
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if heap[other] < heap[least]:
                least = other
        if heap[least] >= key:
            break
        heap[place] = heap[least]
        place = least
    heap[place] = key
    return first


@inner
def log(  # noqa: PLR0913, PLR0917 - one argument a column of the log
    calendar: Calendar, time_ms: int, event: int, who: int, what: int,
    a: int = 0, b: int = 0, c: int = 0, d: int = 0,
) -> None:  # fmt: skip
    """Write one row to the log; the caller keeps it from overflowing."""
    row = calendar.logged[0]
    rows = calendar.rows
    rows[row, 0] = time_ms
    rows[row, 1] = event
    rows[row, 2] = who
    rows[row, 3] = what
    rows[row, 4] = a
    rows[row, 5] = b
    rows[row, 6] = c
    rows[row, 7] = d
    calendar.logged[0] = row + 1
