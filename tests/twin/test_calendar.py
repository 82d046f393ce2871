"""The calendar: events come out in the order of (time, rank, id), whenever they were put in."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.calendar import (
    ID_LIMIT,
    RANK_SHIFT,
    SLOT_SHIFT,
    TIME_LIMIT_MS,
    TIME_SHIFT,
    Calendar,
    due,
    empty_calendar,
    pop,
    push,
)

FOREVER = TIME_LIMIT_MS - 1
times = st.one_of(
    st.integers(0, 40), st.integers(0, 2 << SLOT_SHIFT), st.integers(0, FOREVER)
)  # within moments, slots and days
events = st.lists(st.tuples(times, st.integers(0, 3), st.integers(0, 50)), max_size=80)


def key(time_ms: int, rank: int, thing: int) -> int:
    return (time_ms << TIME_SHIFT) | (rank << RANK_SHIFT) | thing


def emptied(calendar: Calendar) -> list[int]:
    out = []
    while due(calendar, FOREVER):
        out.append(int(pop(calendar)))
    return out


@settings(deadline=None, max_examples=60)
@given(events)
def test_events_come_in_order(posted: list[tuple[int, int, int]]) -> None:
    calendar = empty_calendar(100)
    for event in posted:
        push(calendar, *event)
    assert emptied(calendar) == sorted(key(*event) for event in posted)


@settings(deadline=None, max_examples=60)
@given(events, st.lists(times, min_size=1, max_size=20))
def test_events_that_post_events_keep_the_order(
    posted: list[tuple[int, int, int]], delays: list[int]
) -> None:
    calendar, heap = empty_calendar(200), [key(*event) for event in posted]
    heapq.heapify(heap)
    for event in posted:
        push(calendar, *event)
    for delay in delays:
        if not heap or (heap[0] >> TIME_SHIFT) + delay > FOREVER:
            break
        assert due(calendar, FOREVER)
        first = int(pop(calendar))
        assert first == heapq.heappop(heap)
        later = (first >> TIME_SHIFT) + delay
        push(calendar, later, 1, 7)
        heapq.heappush(heap, key(later, 1, 7))
    assert emptied(calendar) == [heapq.heappop(heap) for _ in range(len(heap))]


def test_time_goes_before_rank_and_rank_before_id() -> None:
    calendar = empty_calendar(10)
    for event in [(5, 2, 1), (5, 1, 9), (4, 3, ID_LIMIT - 1), (5, 1, 3)]:
        push(calendar, *event)
    assert emptied(calendar) == [
        key(4, 3, ID_LIMIT - 1), key(5, 1, 3), key(5, 1, 9), key(5, 2, 1)
    ]  # fmt: skip


def test_nothing_is_due_before_its_time() -> None:
    calendar = empty_calendar(4)
    assert not due(calendar, FOREVER)
    push(calendar, 1_000_000, 0, 0)
    assert not due(calendar, 999_999)
    assert due(calendar, 1_000_000)


def test_what_is_posted_before_the_open_slot_still_comes_first() -> None:
    calendar = empty_calendar(4)
    far = 10 << SLOT_SHIFT
    push(calendar, far, 0, 1)
    assert not due(calendar, far - 1)
    push(calendar, 5, 0, 2)
    assert emptied(calendar) == [key(5, 0, 2), key(far, 0, 1)]


def test_the_last_moment_of_the_99th_day_fits() -> None:
    calendar = empty_calendar(2)
    push(calendar, FOREVER, 3, ID_LIMIT - 1)
    assert emptied(calendar) == [key(FOREVER, 3, ID_LIMIT - 1)]
    assert key(FOREVER, 31, ID_LIMIT - 1) == 2**63 - 1


def test_places_are_used_again() -> None:
    calendar = empty_calendar(3)
    for round_ in range(20):
        for i in range(3):
            push(calendar, (round_ + 1) * 500_000 + i, 0, i)
        assert len(emptied(calendar)) == 3


def test_a_full_calendar_says_so() -> None:
    calendar = empty_calendar(2)
    push(calendar, 1, 0, 0)
    push(calendar, 900_000, 0, 0)
    with pytest.raises(OverflowError, match="the calendar is full: more events are pending"):
        push(calendar, 2, 0, 0)


def test_a_log_row_holds_what_its_columns_say() -> None:
    calendar = empty_calendar(1, log_rows=4)
    assert calendar.rows.shape == (4, 8)
    assert calendar.rows.dtype == np.int64
