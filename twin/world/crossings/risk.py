"""From conflicts to casualties: how often a near miss is none, and what an impact does.

A conflict is a walker who steps off so close before a car that, if it did not brake, it would pass
less than ``threshold_s`` from them. Its post-encroachment time is below zero where both would be in
one place at once. The share of such crash courses among conflicts is the tail of the negated time
beyond zero, by peaks over the threshold (Songchitruksa & Tarko 2006, doi:10.1016/j.aap.2006.02.003;
for pedestrians Borsos et al. 2020, doi:10.1016/j.aap.2020.105517). A day of a town has too few
conflicts to tell its own tail, so one tail, pooled over many days, stands for all. A crash course
is a crash where the driver does not look; what the sign warns in time is none.

The field joins a second measure, the time to collision (Zheng, Ismail, Sayed & Fatema 2018). Here
it adds nothing, as `make verify` measures with :func:`twin.extremes.joined`: walkers judge gaps, so
that who looks can always stop, and what both say together is what the first says alone. Children
who dart out, and cars that hide them, are not in the model; the fitted share stands for them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.elementary import exp
from twin.extremes import Tail, beyond
from twin.params import param

__all__ = [
    "Casualties",
    "Risk",
    "casualties",
    "death_chance",
    "driver_brake",
    "follower_brake",
    "severe_chance",
]

Floats = NDArray[np.float64]
CAR_M = 5.0
KMH = 3.6


@dataclass(frozen=True)
class Risk:
    """What makes conflicts crashes."""

    threshold_s: float = param(3.0, "s", 0.5, 5, "conflicts that count as peaks")
    tail_shape: float = param(
        -0.337, "", -1, 1, "348 conflicts of 20 base days of the new town of 20,000", tag="twin"
    )
    tail_scale_s: float = param(
        1.573, "s", 0.01, 20, "the same; `make verify` fits them anew", tag="twin"
    )
    unaware_share: float = param(
        0.023,
        "",
        0,
        1,
        "drivers who do not see who steps off before them; fitted, and held by `make verify`: 7.5 "
        "crashes at crossings a year and 20,000 residents, 52.9 % (share of deaths: KICT, phys.org "
        "2019-02) of Korea's 109,877 with walkers in 2020-22 (TAAS, autopostk.com 145562)",
    )
    hard_brake: float = param(
        3.4, "m/s2", 1, 8, "DRAC of a conflict: AASHTO 2004, comfortable braking", tag="k"
    )
    brake_react_s: float = param(1.0, "s", 0, 3, "from what warns a driver to the brakes")
    follow_react_s: float = param(1.5, "s", 0.3, 3, "reaction of who follows a car that brakes")
    rear_chance: float = param(
        5e-5, "", 0, 0.01, "crashes a conflict, 1 in 20,000: FHWA-HRT-08-051", tag="k"
    )
    rear_hurt: float = param(0.5, "persons/crash", 0, 3, "slightly injured in a rear-end crash")

    @property
    def crash_course_share(self) -> float:
        """The share of conflicts in which both would be in one place at once."""
        return beyond(Tail(self.tail_shape, self.tail_scale_s, 0), self.threshold_s)


class Casualties(NamedTuple):
    """Expected crashes of a day with walkers, and persons by the worst that happens to them."""

    crashes: float
    deaths: float
    serious: float
    slight: float


def death_chance(kmh: float) -> float:
    """Return the chance that a walker dies of an impact (Rosen & Sander 2009, general knowledge).

    1 / (1 + exp(6.9 - 0.090 v)); 50 over 40 km/h gives 2.3 and 50 over 30 km/h 5.6.
    """
    return 1.0 / (1.0 + exp(6.9 - 0.090 * kmh))


def severe_chance(kmh: float) -> float:
    """Return the chance of an injury of AIS 4 or more, or death (fit to Tefft 2013)."""
    return max(death_chance(kmh), 1.0 / (1.0 + exp(4.621 - 0.0876 * kmh)))


def casualties(conflicts: pd.DataFrame, risk: Risk) -> Casualties:
    """Return what is to be expected of conflicts, each with ``impact_cm_s``; 0 is one averted."""
    kmh = conflicts["impact_cm_s"].to_numpy(float) / 100.0 * KMH
    kmh = kmh[kmh > 0.0]
    each = risk.crash_course_share * risk.unaware_share
    deaths = np.array([death_chance(v) for v in kmh.tolist()])
    severe = np.array([severe_chance(v) for v in kmh.tolist()])
    shares = float(deaths.sum()), float((severe - deaths).sum()), float((1.0 - severe).sum())
    return Casualties(each * len(kmh), *(each * share for share in shares))


def driver_brake(brakes: pd.DataFrame, risk: Risk) -> Floats:
    """Return how hard (m/s2) each driver of :func:`follower_brake` brakes: v**2 / (2 s)."""
    mps = brakes["speed_cm_s"].to_numpy(float) / 100.0
    left_s = brakes["gap_ms"].to_numpy(float) / 1000.0 - risk.brake_react_s
    return np.asarray(mps / (2.0 * np.maximum(left_s, 0.001)))


def follower_brake(brakes: pd.DataFrame, risk: Risk) -> Floats:
    """Return how hard (m/s2) who follows must brake behind a car that does; 0 where none follows.

    ``brakes`` has gap_ms (time from the cue to the crossing), speed_cm_s, headway_ms (-1 none).
    Both stop: s + v**2 / (2 a) - v t - v**2 / (2 b) = 0; infinite where there is no way left.
    """
    mps = brakes["speed_cm_s"].to_numpy(float) / 100.0
    headway_s = brakes["headway_ms"].to_numpy(float) / 1000.0
    gap_s = np.maximum(brakes["gap_ms"].to_numpy(float) / 1000.0, 0.0)
    left = mps * (headway_s + gap_s - risk.follow_react_s) - CAR_M
    need = np.full(len(brakes), np.inf)
    np.divide(mps * mps, 2.0 * left, out=need, where=left > 0.0)
    return np.where(headway_s < 0.0, 0.0, need)
