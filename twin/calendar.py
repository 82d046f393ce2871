"""The calendar: one heap of events for all high-rate parts, in one fixed order.

An event is one 64-bit integer, so that its order is the order of integers:

===========  =======  =========================================================
bits         field    meaning
===========  =======  =========================================================
62 .. 30     time     milliseconds since midnight of day 0 (33 bits: 99 days)
29 .. 25     rank     the kind of event, in the order kinds act at one instant
24 .. 0      id       the car, space or thing it happens to (33 million)
===========  =======  =========================================================

Time is cut twice: in slots of two minutes, and the slot that is open in moments of 16 ms. Coming
events lie in a list for each later slot and for each moment of the open one, and only those of the
moment that is open lie in a heap, which so holds a handful: an event is moved two or three times,
whenever it comes, and hardly ever compared with another. (Buckets over a heap: Cherkassky, Goldberg
& Silverstein 1999, SIAM Journal on Computing 28(4):1326-1346.)

What happened is written to a log of integer rows, which the caller empties when it is full.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernel import inner, loop
from twin.shared import by_address

__all__ = [
    "ID_LIMIT", "LOG_COLUMNS", "NEW", "RANK_SHIFT", "TIME_LIMIT_MS", "TIME_SHIFT", "Calendar",
    "due", "empty_calendar", "log", "pop", "push", "push_all",
]  # fmt: skip

RANK_SHIFT, TIME_SHIFT = 25, 30
ID_LIMIT = 1 << RANK_SHIFT
TIME_LIMIT_MS = 1 << 33
MOMENT_SHIFT, SLOT_SHIFT = 4, 17
MOMENTS = 1 << (SLOT_SHIFT - MOMENT_SHIFT)
SIZE, OPEN, SOON, LATER, FREE, NEW = 0, 1, 2, 3, 4, 5
"""What ``state`` holds: keys in the heap, the open moment (counted from day 0), keys in later
moments of its slot and in later slots, the first free row of ``waiting``, and keys in ``new``."""
WAITING = np.dtype([("key", "i8"), ("next", "i4")], align=True)
LOG_COLUMNS = ("time_ms", "event", "who", "what", "a", "b", "c", "d")


@by_address
class Calendar(NamedTuple):
    """The coming events, and the log of past ones.

    ``heap`` int64 [capacity]: keys of the open moment and before. ``waiting`` [capacity]: later
    keys, each with the row of the one put into the same list before it, or of the next free row; -1
    ends a list. ``last`` int32 [MOMENTS + slots]: the row put last into the list of each moment of
    the open slot, and of each slot. ``new`` int64 [capacity]: keys of the slot opened last, for
    those who prepare for what comes. ``state`` int64 [6]: see SIZE and what follows. ``rows`` int64
    [rows, 8], ``logged`` int64 [1].
    """

    heap: NDArray[np.int64]
    waiting: Any
    last: NDArray[np.int32]
    new: NDArray[np.int64]
    state: NDArray[np.int64]
    rows: NDArray[np.int64]
    logged: NDArray[np.int64]


def empty_calendar(capacity: int, log_rows: int = 1 << 16) -> Calendar:
    """Return a calendar that can hold ``capacity`` coming events."""
    waiting = np.zeros(capacity, WAITING).view(np.recarray)
    waiting["next"] = np.append(np.arange(1, capacity), -1)
    return Calendar(
        heap=np.zeros(capacity, dtype=np.int64),
        waiting=waiting,
        last=np.full(MOMENTS + (TIME_LIMIT_MS >> SLOT_SHIFT), -1, dtype=np.int32),
        new=np.zeros(capacity, dtype=np.int64),
        state=np.zeros(6, dtype=np.int64),
        rows=np.zeros((log_rows, len(LOG_COLUMNS)), dtype=np.int64),
        logged=np.zeros(1, dtype=np.int64),
    )


@loop
def push(calendar: Calendar, time_ms: int, rank: int, thing: int) -> None:
    """Post an event."""
    state = calendar.state
    if state[SIZE] + state[SOON] + state[LATER] >= calendar.heap.size:
        raise OverflowError("the calendar is full: more events are pending than it was made for")
    put(calendar, (time_ms << TIME_SHIFT) | (rank << RANK_SHIFT) | thing)


@loop
def push_all(calendar: Calendar, times_ms: object, rank: int, things: object) -> None:
    """Post an event of one kind for each of ``things`` (int64, as ``times_ms``), in their order."""
    for i in range(things.size):  # type: ignore[attr-defined]
        push(calendar, times_ms[i], rank, things[i])  # type: ignore[index]


@inner
def put(calendar: Calendar, key: int) -> None:
    """Put a key where its time belongs: the heap, a moment of the open slot, or a later slot."""
    state = calendar.state
    moment = key >> (TIME_SHIFT + MOMENT_SHIFT)
    if moment <= state[OPEN]:
        state[SIZE] += 1
        sift_up(calendar, key)
    elif moment | (MOMENTS - 1) == state[OPEN] | (MOMENTS - 1):
        state[SOON] += 1
        enlist(calendar, key, moment & (MOMENTS - 1))
    else:
        state[LATER] += 1
        enlist(calendar, key, MOMENTS + moment // MOMENTS)


@inner
def enlist(calendar: Calendar, key: int, to: int) -> None:
    """Put a key into a list."""
    waiting, state = calendar.waiting, calendar.state
    row = state[FREE]
    state[FREE] = waiting.next[row]
    waiting.key[row] = key
    waiting.next[row] = calendar.last[to]
    calendar.last[to] = row


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
    while state[SIZE] == 0 and state[SOON] + state[LATER] > 0:
        open_next(calendar)
    return state[SIZE] > 0 and (calendar.heap[0] >> TIME_SHIFT) <= until_ms


@inner
def open_next(calendar: Calendar) -> None:
    """Open the next moment of the slot for which something waits, or else the next such slot."""
    state, last = calendar.state, calendar.last
    moment = state[OPEN] + 1
    if state[SOON] > 0:
        while last[moment & (MOMENTS - 1)] < 0:
            moment += 1
        state[OPEN] = moment
        state[SOON] -= open_list(calendar, moment & (MOMENTS - 1))
    else:
        slot = MOMENTS + (moment + MOMENTS - 1) // MOMENTS
        while last[slot] < 0:
            slot += 1
        state[OPEN] = (slot - MOMENTS) * MOMENTS
        tell_new(calendar, slot)
        state[LATER] -= open_list(calendar, slot)


@inner
def tell_new(calendar: Calendar, opened: int) -> None:
    """Note the keys of a list about to be opened."""
    count = 0
    row = calendar.last[opened]
    while row >= 0:
        calendar.new[count] = calendar.waiting.key[row]
        count += 1
        row = calendar.waiting.next[row]
    calendar.state[NEW] = count


@inner
def open_list(calendar: Calendar, opened: int) -> int:
    """Put the keys of a list where they belong now; return how many there were."""
    waiting, state = calendar.waiting, calendar.state
    count = 0
    row = calendar.last[opened]
    calendar.last[opened] = -1
    while row >= 0:
        before = waiting.next[row]
        waiting.next[row] = state[FREE]
        state[FREE] = row
        put(calendar, waiting.key[row])
        count += 1
        row = before
    return count


@loop
def pop(calendar: Calendar) -> int:
    """Take the first event and return its key; something must be :func:`due`."""
    state, heap = calendar.state, calendar.heap
    first = heap[0]
    state[SIZE] -= 1
    if state[SIZE] > 0:
        sift_down(calendar, heap[state[SIZE]])
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
