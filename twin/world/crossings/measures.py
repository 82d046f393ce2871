"""What a day's trace says about crossings: pure functions of its tables.

The trace holds, of who walks (times in ms since midnight of day 0):

``walk``
    a leg on foot that is over: person, leg, start_ms, metres, wait_ms (at crossings), straight (1
    where no footway led there)
``encounter``
    a walker and the next car of a link came close: person, crossing, car, gap_ms (until the car
    would be there; below 0 it stands since then), outcome (code of :class:`Outcome`), speed_cm_s
``cross``
    a walker stepped off who had waited, met a car or was close to one in time: person, crossing,
    wait_ms, pet_ms (post-encroachment time, -1 none below a minute), cars (met), stage (1 from a
    refuge)
``crossed``, ``footfall``
    walkers by crossing and minute of the day, by footway arc and hour of the day
``crossing``
    the crossings: x, y, width_m, lanes, signal, refuge, school, sign
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.trace import Trace
from twin.world.crossings.columns import Outcome

__all__ = ["encounters", "measure_crossings"]

SHORT_PET_S = 1.5
HARD_MPS2 = 3.0


def encounters(trace: Trace) -> pd.DataFrame:
    """Return the encounters with what they asked of the driver.

    Returns
    -------
    pandas.DataFrame
        The columns of ``encounter``, and yielded (bool), could_yield (bool: there was the way to
        stop), brake_mps2 (deceleration to stand at the crossing from now, v / (2 gap), of a car
        that yielded; NaN of others), hard (bool: over 3 m/s2, on which a follower may run up).
    """
    met = trace.frame("encounter")
    if met.empty:
        met = pd.DataFrame({name: np.empty(0, np.int64) for name in ENCOUNTER})
    yielded = (met["outcome"] == Outcome.YIELDED).to_numpy()
    gap_s = met["gap_ms"].to_numpy(float) / 1000.0
    brake = np.full(len(met), np.nan)
    moving = yielded & (gap_s > 0)
    brake[moving] = met["speed_cm_s"].to_numpy(float)[moving] / 100.0 / (2.0 * gap_s[moving])
    brake[yielded & ~moving] = 0.0
    return met.assign(
        yielded=yielded,
        could_yield=met["outcome"].isin([Outcome.YIELDED, Outcome.WOULD_NOT]),
        brake_mps2=brake,
        hard=brake > HARD_MPS2,
    )


ENCOUNTER = ("time_ms", "person", "crossing", "car", "gap_ms", "outcome", "speed_cm_s")


def measure_crossings(trace: Trace, inside: NDArray[np.bool_]) -> dict[str, float | None]:
    """Return the indicators of the crossings marked by ``inside``; None where undefined.

    Returns
    -------
    dict
        yield_share (drivers who gave way of those who could), short_pet_share (of the times below
        a minute, those below 1.5 s), wait_s (mean of all who crossed, those who went at once
        included), hard_brakes (yields that asked for more than 3 m/s2), crossed (walkers).
    """
    met = encounters(trace)
    met = met[inside[met["crossing"].to_numpy(np.int64)]]
    over = trace.frame("cross")
    rows = inside[trace.column("cross", "crossing")]
    times = trace.column("cross", "pet_ms")[rows]
    pet = times[times >= 0] / 1000.0
    waited_s = float(trace.column("cross", "wait_ms")[rows].sum()) / 1000.0
    counts = trace.column("crossed", "walkers")[inside[trace.column("crossed", "crossing")]]
    crossed = float(counts.sum())
    asked = int(met["could_yield"].sum())
    return {
        "yield_share": float(met["yielded"].sum()) / asked if asked else None,
        "short_pet_share": float((pet < SHORT_PET_S).mean()) if len(pet) else None,
        "wait_s": waited_s / crossed if crossed and len(over) else None,
        "hard_brakes": float(met["hard"].sum()),
        "crossed": crossed,
    }
