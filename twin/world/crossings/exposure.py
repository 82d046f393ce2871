"""How much there is to gain at a crossing: walkers times cars, and drivers who would newly yield.

A walker meets a car where the next one comes within the critical gap: a share 1 - exp(-q t) of
walkers, in Poisson traffic of q cars a second. Of its drivers those yield for a sign whom it turns
round by the logit and who can still stop when it lights up: the car is anywhere in the gap.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.elementary import exp
from twin.world.crossings.crossings import Crossings
from twin.world.crossings.drivers import share_of, stopping_m
from twin.world.walking.behaviour import Gait

__all__ = ["meetings", "yields_gained"]

Floats = NDArray[np.float64]
S_PER_H = 3_600.0


class Counts(Protocol):
    """What was counted: walkers [crossing, 24] and cars [link, 24], by hour of the day."""

    @property
    def walkers(self) -> Floats:
        """Walkers over each crossing."""

    @property
    def cars(self) -> Floats:
        """Cars on each link."""


def meetings(crossings: Crossings, counts: Counts) -> Floats:
    """Return how often a day a walker finds a car of each watched link too near to go first."""
    watches = crossings.ground.walks.watches
    crossing = watches["crossing"].to_numpy(np.int64)
    gap_s = critical_s(crossings)[crossing]
    expected = cars_onto(watches, counts.cars) / S_PER_H * gap_s[:, None]
    found = 1.0 - np.array([exp(-x) for x in expected.ravel().tolist()]).reshape(expected.shape)
    return np.asarray((counts.walkers[crossing] * found).sum(axis=1))


def critical_s(crossings: Crossings) -> Floats:
    """Return the critical gap of the mean walker at each crossing: width / speed + margin."""
    gait, width = Gait(), crossings.places["width_m"].to_numpy(float)
    return np.asarray(width / gait.speed + gait.margin_s)


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


def yields_gained(
    crossings: Crossings, counts: Counts, *, recall: float, sign_logit: float, latency_s: float
) -> Floats:
    """Return how many drivers a day would newly yield at each crossing with a sign.

    ``recall`` is the chance that a walker is noticed and a driver notices it.
    """
    watches, b = crossings.start_watches(), crossings.behaviour
    crossing = crossings.ground.walks.watches["crossing"].to_numpy(np.int64)
    logit = watches.logit + crossings.places["yield_logit"].to_numpy(float)[crossing]
    more = np.array([share_of(x + sign_logit) - share_of(x) for x in logit.tolist()])
    need_s = np.array(
        [stopping_m(v, b.alert_react_s, b.alert_brake) / v for v in watches.mps.tolist()]
    )
    in_time = np.maximum(0.0, 1.0 - (need_s + latency_s) / critical_s(crossings)[crossing])
    gain = meetings(crossings, counts) * more * in_time * recall
    return np.bincount(crossing, gain, len(crossings.places)).astype(float)
