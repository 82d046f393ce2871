"""The calendar: one heap of events for all high-rate parts, in one fixed order.

An event is one 64-bit integer, so that its order is the order of integers:

===========  =======  =========================================================
bits         field    meaning
===========  =======  =========================================================
62 .. 30     time     milliseconds since midnight of day 0 (33 bits: 99 days)
29 .. 25     rank     the kind of event, in the order kinds act at one instant
24 .. 0      id       the car, space or thing it happens to (33 million)
===========  =======  =========================================================

Events within the slot of two minutes that is open lie in a heap; later ones lie in a list for each
slot, and are put in order only when their slot is opened: the heap stays as small as the traffic.
What happened is written to a log of integer rows, which the caller empties when it is full.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernel import inner, loop
from twin.shared import by_address

__all__ = [
    "ID_LIMIT", "LOG_COLUMNS", "RANK_SHIFT", "TIME_LIMIT_MS", "TIME_SHIFT", "Calendar", "due",
    "empty_calendar", "log", "pop", "push",
]  # fmt: skip

RANK_SHIFT, TIME_SHIFT = 25, 30
ID_LIMIT = 1 << RANK_SHIFT
TIME_LIMIT_MS = 1 << 33
SLOT_SHIFT = 17
SIZE, OPEN, WAITING, FREE, HOLE = 0, 1, 2, 3, 4
"""What ``state`` holds: keys in the heap, the open slot, keys in later slots, the first free row of
``later``, and 1 when the first key of the heap is taken and its place not yet filled."""
LOG_COLUMNS = ("time_ms", "event", "who", "what", "a", "b", "c", "d")


@by_address
class Calendar(NamedTuple):
    """The coming events, and the log of past ones.

    ``heap`` int64 [capacity]: keys of the open slot and before. ``later`` int64 [capacity]: keys of
    other slots; ``last`` int32 [slot] the row of ``later`` that was put into a slot last, ``next``
    int32 [capacity] the one before it in the same slot, or the next free row; -1 ends a list.
    ``state`` int64 [5]: see SIZE and what follows. ``rows`` int64 [rows, 8], ``logged`` int64 [1].
    """

    heap: NDArray[np.int64]
    later: NDArray[np.int64]
    last: NDArray[np.int32]
    next: NDArray[np.int32]
    state: NDArray[np.int64]
    rows: NDArray[np.int64]
    logged: NDArray[np.int64]


def empty_calendar(capacity: int, log_rows: int = 1 << 16) -> Calendar:
    """Return a calendar that can hold ``capacity`` coming events."""
    return Calendar(
        heap=np.zeros(capacity, dtype=np.int64),
        later=np.zeros(capacity, dtype=np.int64),
        last=np.full(TIME_LIMIT_MS >> SLOT_SHIFT, -1, dtype=np.int32),
        next=np.append(np.arange(1, capacity, dtype=np.int32), np.int32(-1)),
        state=np.zeros(5, dtype=np.int64),
        rows=np.zeros((log_rows, len(LOG_COLUMNS)), dtype=np.int64),
        logged=np.zeros(1, dtype=np.int64),
    )


@loop
def push(calendar: Calendar, time_ms: int, rank: int, thing: int) -> None:
    """Post an event."""
    state = calendar.state
    if state[SIZE] + state[WAITING] >= calendar.heap.size:
        raise OverflowError("the calendar is full: more events are pending than it was made for")
    key = (time_ms << TIME_SHIFT) | (rank << RANK_SHIFT) | thing
    slot = time_ms >> SLOT_SHIFT
    if slot > state[OPEN]:
        row = state[FREE]
        state[FREE] = calendar.next[row]
        calendar.later[row] = key
        calendar.next[row] = calendar.last[slot]
        calendar.last[slot] = row
        state[WAITING] += 1
    elif state[HOLE]:
        state[HOLE] = 0
        sift_down(calendar, key)
    else:
        state[SIZE] += 1
        sift_up(calendar, key)


@inner
def sift_up(calendar: Calendar, key: int) -> None:
    """Put a key at the end of the heap, which has four children to a parent, and raise it."""
    heap = calendar.heap
    place = calendar.state[SIZE] - 1
    while place > 0:
        parent = (place - 1) >> 2
        if heap[parent] <= key:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = key


@inner
def sift_down(calendar: Calendar, key: int) -> None:
    """Put a key in the place of the first, and lower it."""
    heap = calendar.heap
    size = calendar.state[SIZE]
    place, child = 0, 1
    while child < size:
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if heap[other] < heap[least]:
                least = other
        if heap[least] >= key:
            break
        heap[place] = heap[least]
        place = least
        child = (place << 2) + 1
    heap[place] = key


@loop
def due(calendar: Calendar, until_ms: int) -> bool:
    """Tell whether an event is due at or before a time, opening slots until the first is known."""
    state = calendar.state
    if state[HOLE]:
        state[HOLE] = 0
        state[SIZE] -= 1
        if state[SIZE] > 0:
            sift_down(calendar, calendar.heap[state[SIZE]])
    while state[SIZE] == 0 and state[WAITING] > 0:
        open_slot(calendar)
    return state[SIZE] > 0 and (calendar.heap[0] >> TIME_SHIFT) <= until_ms


@inner
def open_slot(calendar: Calendar) -> None:
    """Put the events of the next slot into the heap."""
    state = calendar.state
    state[OPEN] += 1
    row = calendar.last[state[OPEN]]
    calendar.last[state[OPEN]] = -1
    while row >= 0:
        before = calendar.next[row]
        state[SIZE] += 1
        state[WAITING] -= 1
        sift_up(calendar, calendar.later[row])
        calendar.next[row] = state[FREE]
        state[FREE] = row
        row = before


@loop
def pop(calendar: Calendar) -> int:
    """Take the first event and return its key; something must be :func:`due`.

    Its place in the heap is left to the next event posted, which is mostly the next of that car.
    """
    calendar.state[HOLE] = 1
    return calendar.heap[0]


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
