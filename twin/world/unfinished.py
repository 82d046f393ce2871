"""Cars whose trip is not over when a run ends: on the street, or waiting to join it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from twin.span import Span
from twin.world.columns import Phase, World

__all__ = ["unfinished"]

RESTING = (Phase.AWAY, Phase.PARKED, Phase.ON_DUTY)


def unfinished(world: World, span: Span, numbers: NDArray[np.int64]) -> pa.Table:
    """Return the cars under way at the end of a run, neither buses nor vehicles of fleets.

    Columns: time_ms (the end); car; trip, by the ``numbers`` of the trace's trips (-1: of the
    warm-up); waits (1 for one that has not come onto a street since it left its space); late_ms,
    since its trip was due.
    """
    rows = world.cars[: world.fleet.rules.cars[0]]
    car = np.flatnonzero(~np.isin(rows.phase, RESTING))
    trip, lane = rows.trip[car], rows.lane[car]
    entry = np.append(world.traffic.lanes.entry, 0)
    late_ms = span.end_ms - world.trips.depart_ms[trip]
    return pa.table(
        {
            "time_ms": np.full(len(car), span.end_ms - span.epoch_ms),
            "car": car,
            "trip": numbers[trip],
            "waits": entry[lane].astype(np.int64),
            "late_ms": late_ms,
        }
    )
