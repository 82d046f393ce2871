"""Jammed streets: by how much cars squeezed, and who was not over by the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from twin.experiment.runner import Finished
from twin.trace import Trace

__all__ = ["LATE_H", "MOST_LATE", "MOST_SQUEEZES", "Jam", "mean_jam", "told", "worst"]

MOST_SQUEEZES = 0.01
"""Squeezes a car trip above which streets are jammed: an assumption."""
MOST_LATE = 0.01
"""Share of cars late at the end above which they are: an assumption."""
LATE_H = 1.0
"""A car is late whose trip was due so long ago and is not over: an assumption."""
MS_PER_H = 3_600_000
COUNTS = ("trips", "cars", "squeezes", "waiting", "moving", "late")


@dataclass(frozen=True)
class Jam:
    """How streets jammed, means of the runs of an alternative.

    ``trips`` of ``cars`` were due; ``squeezes`` are cars that pushed into a full street; at the end
    some were ``waiting`` to join a street, others ``moving`` on one, some of both were ``late``.
    """

    alternative: str
    trips: float
    cars: float
    squeezes: float
    waiting: float
    moving: float
    late: float

    @property
    def squeezes_a_trip(self) -> float:
        """Squeezes over car trips due."""
        return self.squeezes / max(self.trips, 1.0)

    @property
    def late_share(self) -> float:
        """Cars that are late at the end, of all that had a trip."""
        return self.late / max(self.cars, 1.0)

    @property
    def any(self) -> bool:
        """Whether there is anything to be told."""
        return self.squeezes + self.waiting + self.late > 0

    @property
    def jammed(self) -> bool:
        """Whether so much jammed that nothing can be decided by these runs."""
        return self.squeezes_a_trip > MOST_SQUEEZES or self.late_share > MOST_LATE


def told(trace: Trace) -> pa.Table:
    """Return the counts of one run as a row: the fields of :class:`Jam` after its first."""
    left = trace.frame("unfinished")
    waits, late_ms = (trace.column("unfinished", name) for name in ("waits", "late_ms"))
    trips = trace.frame("trip")
    row = {
        "trips": len(trips),
        "cars": trips["car"].nunique() if len(trips) else 0,
        "squeezes": len(trace["squeeze"]),
        "waiting": int(waits.sum()),
        "moving": len(left) - int(waits.sum()),
        "late": int((late_ms > LATE_H * MS_PER_H).sum()),
    }
    return pa.table({name: [row[name]] for name in COUNTS})


def mean_jam(finished: Sequence[Finished], alternative: str | None = None) -> Jam:
    """Return the means of the runs of an alternative, or of all."""
    of = [run for run in finished if alternative in (None, run.job.alternative)]
    rows = [row for run in of if "jam" in run.tables for row in run.tables["jam"].to_pylist()]
    means = (sum(row[name] for row in rows) / max(len(rows), 1) for name in COUNTS)
    return Jam(alternative or "", *means)


def worst(finished: Sequence[Finished]) -> Jam:
    """Return the alternative, the base too, whose streets jammed most."""
    names = dict.fromkeys(run.job.alternative for run in finished)
    each = [mean_jam(finished, name) for name in names] or [mean_jam(finished)]
    return max(each, key=lambda jam: max(jam.squeezes_a_trip, jam.late_share))
