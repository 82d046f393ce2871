"""What there is to gain at a crossing: walkers times cars, what they risk, whom a sign would stop.

Who comes to the kerb takes the gap before the next car where they judge it long enough: with a
lognormal error of judgement (:class:`twin.world.walking.behaviour.Gait`) they step off into a
shorter one now and then. In Poisson traffic of q cars a second the gap is g with density q. Those
that are conflicts (see :mod:`twin.world.crossings.risk`) and leave a warned driver the way to stop
can be averted.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from twin.elementary import log, log1p
from twin.world.crossings.crossings import Crossings
from twin.world.crossings.drivers import stopping_m
from twin.world.crossings.kerb import PATH_M
from twin.world.crossings.risk import Risk, severe_chance
from twin.world.walking.behaviour import Gait

__all__ = ["Counts", "cars_onto", "conflicts_averted"]

Floats = NDArray[np.float64]
S_PER_H, KMH = 3_600.0, 3.6
STEP_S = 0.1


class Counts(Protocol):
    """What was counted: walkers [crossing, 24] and cars [link, 24], by hour of the day."""

    @property
    def walkers(self) -> Floats:
        """Walkers over each crossing."""

    @property
    def cars(self) -> Floats:
        """Cars on each link."""


def conflicts_averted(crossings: Crossings, counts: Counts, *, latency_s: float) -> Floats:
    """Return the conflicts a day at each crossing that a sign could avert which all notice.

    Each counts by the chance that an impact at the speed of its link injures severely or kills.
    """
    watched, rows = crossings.ground.walks.watches, crossings.start_watches()
    crossing = watched["crossing"].to_numpy(np.int64)
    width_m = crossings.places["width_m"].to_numpy(float)[crossing]
    b = crossings.behaviour
    gain = np.zeros(len(watched))
    per_pair = (counts.walkers[crossing] * cars_onto(watched, counts.cars)).sum(axis=1) / S_PER_H
    for row, mps in enumerate(rows.mps.tolist()):
        if per_pair[row] > 0.0:
            warned_s = latency_s + stopping_m(mps, b.alert_react_s, b.alert_brake) / mps
            spell_s = _conflict_s(float(width_m[row]), warned_s, Gait(), Risk())
            gain[row] = per_pair[row] * spell_s * severe_chance(mps * KMH)
    return np.bincount(crossing, gain, len(crossings.places)).astype(float)


def _conflict_s(width_m: float, least_s: float, gait: Gait, risk: Risk) -> float:
    """Return for how many seconds of gaps a walker steps off into a conflict, of either half.

    Only gaps count that are at least ``least_s``: with less a warned driver cannot stop.
    """
    over_s = width_m / gait.speed
    gap = np.arange(least_s, over_s + gait.margin_s, STEP_S)
    if not len(gap) or gait.judge_cv == 0.0:
        return 0.0
    spread = math.sqrt(log1p(gait.judge_cv * gait.judge_cv))
    needed = np.array([log((over_s + gait.margin_s) / g) for g in gap.tolist()])
    steps_off = ndtr(-(needed + 0.5 * spread * spread) / spread)
    near_s = risk.threshold_s + PATH_M / gait.speed
    halves = (abs(gap - share * over_s) < near_s for share in (0.25, 0.75))
    return float(sum((steps_off * half).sum() for half in halves)) * STEP_S / 2.0


def cars_onto(watches: pd.DataFrame, cars: Floats) -> Floats:
    """Return cars an hour of each watched link that meet its crossing [watch, 24].

    Of those that turn into another link, as many come from each link as its share of all traffic
    that may.
    """
    link, into = (watches[name].to_numpy(np.int64) for name in ("link", "into"))
    onto: Floats = cars[link]
    turning = np.flatnonzero(into >= 0)
    if not len(turning):
        return onto
    group = watches.iloc[turning].groupby(["crossing", "into"]).ngroup().to_numpy()
    total = np.zeros((group.max() + 1, onto.shape[1]))
    np.add.at(total, group, onto[turning])
    share = onto[turning] / np.maximum(total[group], 1.0)
    onto[turning] = np.minimum(onto[turning], share * cars[into[turning]])
    return onto
