"""Sensors as they are: they miss some of what they should tell, tell it late, tell what is not so.

A sensor has a recall (sensitivity) that falls in the dark and in rain, false alarms that come as a
Poisson process, and times at which it does not work at all: it fails after exponential times and is
repaired after exponential ones, so that its availability is MTBF / (MTBF + MTTR). Every draw
belongs to the sensor and its hour: with more false alarms those of fewer are among them (a thinned
Poisson process), and a better recall notices all that a worse one does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.luck import Luck
from twin.world.weather import Sky

__all__ = [
    "MOST_ALARMS", "FalseAlarms", "availability", "false_alarms", "nth_of", "predictive_value",
    "recall_by_hour", "working_hours",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MS_PER_H, H_PER_DAY, H_PER_YEAR = 3_600_000, 24, 8_760
MOST_ALARMS = 20.0
"""The most false alarms an hour: those of a sensor are a share of as many."""


class FalseAlarms(NamedTuple):
    """Which sensor (row) tells what is not so, and when (ms), in the order of both."""

    sensor: Ints
    at_ms: Ints


def recall_by_hour(day: Floats, night: Floats, rain: Floats, sky: Sky) -> Floats:
    """Return the share of what it should tell that each sensor tells, by hour [sensor, hour].

    At night and in rain the lower of the two counts: what hides somebody from a camera in one hides
    the same people in the other.
    """
    recall = np.repeat(day[:, None], len(sky.dark), axis=1)
    for bad, share in ((sky.dark, night), (sky.wet, rain)):
        recall[:, bad] = np.minimum(recall[:, bad], share[:, None])
    return recall


def availability(failures_per_year: float, repair_days: float) -> float:
    """Return the share of time that a device works: MTBF / (MTBF + MTTR)."""
    return 1.0 / (1.0 + failures_per_year * repair_days * H_PER_DAY / H_PER_YEAR)


def working_hours(
    luck: Luck, keys: Ints, hours: int, *, failures_per_year: Floats, repair_days: Floats
) -> NDArray[np.bool_]:
    """Return in which hours each sensor works [sensor, hour], as if it had been there for long.

    ``failures_per_year`` counts failures in a year of working time.
    """
    works = np.ones((len(keys), hours), bool)
    for row, key in enumerate(keys.tolist()):
        fails, repair = float(failures_per_year[row]), float(repair_days[row]) * H_PER_DAY
        if fails > 0.0 and repair > 0.0:
            _mark_outages(works[row], luck, key, (H_PER_YEAR / fails, repair))
    return works


def _mark_outages(
    works: NDArray[np.bool_], luck: Luck, key: int, mean_h: tuple[float, float]
) -> None:
    """Mark the hours of one sensor in which it is out; means of the times up and down (h)."""
    up = luck.of("state").uniform(key) < mean_h[0] / sum(mean_h)
    now, spell = 0.0, 0
    while now < len(works):
        lasts = luck.of("spell").exponential(key, mean_h[0 if up else 1], look=spell)
        if not up:
            works[int(now) : int(now + lasts) + 1] = False
        now, spell, up = now + lasts, spell + 1, not up


def false_alarms(luck: Luck, keys: Ints, per_h: Floats, works: NDArray[np.bool_]) -> FalseAlarms:
    """Return the false alarms of sensors in the hours in which they work.

    Parameters
    ----------
    per_h
        How many an hour each sensor gives, 0 to :data:`MOST_ALARMS`.
    """
    if not works.size:
        return FalseAlarms(np.zeros(0, np.int64), np.zeros(0, np.int64))
    hour = np.arange(works.shape[1])
    when = {"day": hour // H_PER_DAY, "trip": hour % H_PER_DAY}
    counts = np.asarray(luck.of("number").poisson(keys[:, None], MOST_ALARMS, **when))
    sensor, at_h = (axis.repeat(counts.ravel()) for axis in np.indices(counts.shape).reshape(2, -1))
    look = nth_of(counts.ravel())
    each = {"day": at_h // H_PER_DAY, "trip": at_h % H_PER_DAY, "look": look}
    chosen = np.asarray(luck.of("thinned").uniform(keys[sensor], **each))
    kept = (chosen * MOST_ALARMS < per_h[sensor]) & works[sensor, at_h]
    into = np.asarray(luck.of("moment").uniform(keys[sensor], **each))
    at_ms = ((at_h + into) * MS_PER_H).astype(np.int64)
    order = np.lexsort((at_ms[kept], sensor[kept]))
    return FalseAlarms(sensor[kept][order], at_ms[kept][order])


def nth_of(counts: Ints) -> Ints:
    """Return 0, 1 ... up to each count, one after another."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def predictive_value(prevalence: float, sensitivity: float, specificity: float) -> float:
    """Return the share of alarms that are true: pi Se / (pi Se + (1 - pi)(1 - Sp))."""
    true, false = prevalence * sensitivity, (1.0 - prevalence) * (1.0 - specificity)
    return true / (true + false)
