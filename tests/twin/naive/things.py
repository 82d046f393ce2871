"""Rows as objects of plain numbers, and the one clock that they live by."""

# mypy: disable-error-code="no-any-return, var-annotated"
# A row of a table is an object whose attributes have no declared types.

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import mesa
import simpy

from twin.calendar import RANK_SHIFT
from twin.world.rows import Rows

__all__ = ["DAY", "FIRST_COME", "MINUTE", "SAYS", "Clock", "H", "Steps", "Thing", "fire", "things"]

H, DAY, MINUTE = 3_600_000, 86_400_000, 60_000
FIRST_COME = 2
"""SimPy keeps the priorities 0 and 1 for itself."""
SAYS = 31
"""The rank of who speaks after all else of an instant."""
Steps = Generator[simpy.Event, None, None]


class Thing:
    """One row of a table as an object of plain numbers."""

    def __init__(self, rows: Rows, number: int) -> None:
        self.id = number
        for name in rows.dtype.names:
            setattr(self, name, rows[name][number].item())

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def things(rows: Rows) -> list[Thing]:
    """Return all rows of a table as objects."""
    return [Thing(rows, number) for number in range(len(rows))]


def fire(event: simpy.Event) -> None:
    """Let happen at once, within the event that is on, what waits for an event."""
    event._ok, event._value = True, None
    waiting, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for resume in waiting or ():
        resume(event)


class Clock(mesa.Model):  # type: ignore[misc]
    """SimPy's clock in milliseconds, and what happened as (time, code, numbers)."""

    def __init__(self, start_ms: int) -> None:
        super().__init__()
        self.env = simpy.Environment(initial_time=start_ms)
        self.told: list[tuple[int, ...]] = []

    @property
    def now(self) -> int:
        return int(self.env.now)

    def when(self, time_ms: int, rank: int, thing: int) -> simpy.Event:
        """Return an event of SimPy at its place in the order (time, rank, id)."""
        event = self.env.event()
        event._ok, event._value = True, None
        priority = FIRST_COME + (rank << RANK_SHIFT) + thing
        self.env.schedule(event, priority=priority, delay=time_ms - self.now)  # type: ignore[arg-type]
        return event

    def at(self, time_ms: int, rank: int, thing: int, do: Callable[[], object]) -> None:
        """Have something done at its place in the order (time, rank, id)."""
        callbacks = self.when(time_ms, rank, thing).callbacks
        assert callbacks is not None
        callbacks.append(lambda _: do())

    def log(self, code: int, *columns: int) -> None:
        self.told.append((self.now, code, *columns))
