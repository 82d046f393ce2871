"""When a run lives: what is asked for, the span it lives, and how its moves are numbered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import DayType

__all__ = ["QUIET_H", "Span", "When"]

MS_PER_S = 1_000
MS_PER_H = 3_600_000
MS_PER_DAY = 24 * MS_PER_H
QUIET_H = 4.0
"""The hour at which a day of trips starts, and the first day that is lived."""


@dataclass(frozen=True)
class Span:
    """When a run lives, in milliseconds since midnight of the first day that is lived.

    Life begins at ``begin_ms``; what happens from ``start_ms`` to ``end_ms`` is kept, in a trace
    that counts from ``epoch_ms``, the midnight of its day 0.
    """

    begin_ms: int
    start_ms: int
    end_ms: int
    epoch_ms: int

    @property
    def last_day(self) -> int:
        """The day, from 04:00 to 04:00, in which the run ends, as the trace counts them."""
        return (self.end_ms - 1 - self.epoch_ms - round(QUIET_H * MS_PER_H)) // MS_PER_DAY

    def numbered(self, drawn: pd.DataFrame, made: pd.DataFrame) -> NDArray[np.int64]:
        """Return the numbers of trips or legs that are made: those they were drawn with.

        What was not drawn is numbered after all others.
        """
        numbers, row = self._numbers(self._due_ms(drawn)), made.index.to_numpy(np.int64)
        new = row >= len(drawn)
        found = np.append(numbers[np.where(new, -1, row)], -1)
        late = self._due_ms(made)[new] > self.end_ms
        found[np.flatnonzero(new)] = np.where(late, -1, numbers.max() + 1 + np.cumsum(~late) - 1)
        return found

    def _due_ms(self, moves: pd.DataFrame) -> NDArray[np.int64]:
        """Return when trips or legs are due, as the calendar counts it."""
        due = np.round(moves["depart_s"].to_numpy(float) * MS_PER_S)
        return due.astype(np.int64) + self.epoch_ms

    def _numbers(self, depart: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number that each trip or leg has in the trace: day by day, then in its order.

        Those due by the start come first; -1 is what comes after the end (and, last, no trip). So
        a day more, or another solution, changes no number.
        """
        day = np.maximum((depart - self.start_ms - 1) // MS_PER_DAY, -1)
        due = np.flatnonzero(depart <= self.end_ms)
        numbers = np.full(len(depart) + 1, -1)
        numbers[due[np.argsort(day[due], kind="stable")]] = np.arange(len(due))
        return numbers


@dataclass(frozen=True)
class When:
    """The time and luck of a run: start and length in hours, the kind of day, the replication.

    Before the start ``warm_up`` days of the same kind are lived and forgotten: where cars stand at
    the start is the twin's own. Without any, residents park at home at the start, the best space
    that is left to each. With ``everybody`` those without a car walk, ride buses and meet the cars.
    """

    replication: int = 0
    day_type: DayType = "weekday"
    start_h: float = QUIET_H
    hours: float = 24.0
    seed: int = 1
    warm_up: int = 1
    everybody: bool = False

    @property
    def span(self) -> Span:
        """The time lived, which begins at the quietest hour where there is a warm-up."""
        early = self.warm_up > 0 and self.start_h < QUIET_H
        epoch = (self.warm_up + early) * MS_PER_DAY
        start = epoch + round(self.start_h * MS_PER_H)
        begin = round(QUIET_H * MS_PER_H) if self.warm_up else start
        return Span(begin, start, start + round(self.hours * MS_PER_H), epoch)
