"""What came of robots that look for masks: who met them, who wears one, who is infected."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.quarantine_robot.exposure import Air, Masks, infected, quanta, wearing
from twin.luck import Luck
from twin.park_kpis import Crowd, Legs
from twin.world.parks import Park

__all__ = [
    "Company",
    "Detector",
    "Met",
    "Response",
    "Worn",
    "disinfected_m2",
    "expected_infections",
    "met",
    "passes_per_h",
    "winds",
]  # fmt: skip

Floats = NDArray[np.float64]
MIN_PER_H, S_PER_H = 60.0, 3_600.0


class Detector(NamedTuple):
    """Which faces it sees of those it passes, and how it tells masks: shares."""

    faces: float
    sensitivity: float
    specificity: float


class Response(NamedTuple):
    """Who wears a mask: without a robot, at the most, and the encounters for half of that."""

    base: float
    most: float
    half: float


class Company(NamedTuple):
    """Who may infect a visitor: shares infectious, companions, how near a stranger counts (m)."""

    infectious: float
    companions: float
    near_m: float


class Worn(NamedTuple):
    """Which visits (rows) wear a mask, and the share of all person-hours (None: nobody came)."""

    visits: NDArray[np.bool_]
    share: float | None


class Met(NamedTuple):
    """What came of meeting robots: masks, and those that would be worn without robots.

    Then of all in the park: encounters, and true and false alarms.
    """

    worn: Worn
    without: Worn
    encounters: float
    true: float
    false: float

    @property
    def gained(self) -> float:
        """The share of person-hours with a mask that robots brought."""
        if self.worn.share is None or self.without.share is None:
            return 0.0
        return self.worn.share - self.without.share

    @property
    def predictive(self) -> float | None:
        """The share of alarms that are true; None where nobody was told anything."""
        told = self.true + self.false
        return self.true / told if told else None


def met(
    crowd: Crowd, seen_per_h: Floats, response: Response, detector: Detector, luck: Luck
) -> Met:
    """Return what came of meeting robots that pass anybody in the park so often in each hour.

    Each visitor has a mask or not by luck of their own, the same in every alternative: more
    encounters never take one off. Who is on the way through counts as if met by no robot before.
    """
    dose = crowd.minutes @ seen_per_h / MIN_PER_H
    who = crowd.visits[["person", "day"]].to_numpy(np.int64)
    bare = np.asarray(luck.uniform(who[:, 0], day=who[:, 1]))
    share = wearing(response.base, dose, most=response.most, half=response.half)
    worn = _worn(crowd, bare < share, response.base)
    passing = float(crowd.passing_h @ seen_per_h)
    masked = float(dose @ worn.visits) + response.base * passing
    every = float(dose.sum()) + passing
    return Met(
        worn, _worn(crowd, bare < response.base, response.base), every,
        (every - masked) * detector.faces * detector.sensitivity,
        masked * detector.faces * (1.0 - detector.specificity),
    )  # fmt: skip


def _worn(crowd: Crowd, visits: NDArray[np.bool_], passing: float) -> Worn:
    """Return masks of visits, and of all in the park if such a share of those who pass has one."""
    hours, through = crowd.minutes.sum(axis=1) / MIN_PER_H, float(crowd.passing_h.sum())
    total = float(hours.sum()) + through
    worn = float(hours @ visits) + passing * through
    return Worn(visits, worn / total if total else None)


def passes_per_h(legs: Legs, park: Park, hours: int, *, mps: float, walk_mps: float) -> Floats:
    """Return how often robots pass somebody in the park in each hour.

    Robots go so many metres an hour over the ways; who sits there is passed by metres over length.
    Half of those in the park walk, one way or the other alike, so that robots and walkers meet at
    the mean of the sum and the difference of their speeds, which is the larger one.
    """
    gone = np.zeros(hours)
    if len(legs):
        found = legs.hourly(legs.metres)
        gone[: len(found)] = found[:hours]
    return gone / park.metres * 0.5 * (1.0 + max(mps, walk_mps) / mps)


def expected_infections(
    crowd: Crowd, worn: Worn, park: Park, company: Company, *, air: tuple[Air, Floats], masks: Masks
) -> float:
    """Return the infections to be expected of the visits, by Wells-Riley in the open.

    Beside a visitor are companions all the time, and strangers as the ways are crowded; each is
    infectious with a small probability, so that expectations add. ``air`` comes with the wind of
    each hour (m/s).
    """
    if not len(crowd.visits) or worn.share is None:
        return 0.0
    hours = crowd.minutes / MIN_PER_H
    strangers = crowd.person_h / park.metres * company.near_m
    total = 0.0
    for hour in np.flatnonzero(hours.any(axis=0)).tolist():
        here = hours[:, hour] > 0.0
        fresh = air[0].fresh_m3_h(air[1][hour : hour + 1])
        dose = quanta(
            air[0], hours[here, hour], fresh, masks=masks,
            others=np.full(1, worn.share), wears=worn.visits[here].astype(float),
        )  # fmt: skip
        beside = company.companions + strangers[hour]
        total += company.infectious * beside * float(infected(dose).sum())
    return total


def disinfected_m2(legs: Legs, tour_m: float, *, swath_m: float, tank_m2: float) -> float:
    """Return the ground sprayed: a swath until the tank is empty, which is filled each round."""
    if not len(legs) or not tour_m:
        return 0.0
    return float(legs.metres.sum()) * min(swath_m, tank_m2 / tour_m)


def winds(weather: pd.DataFrame, hours: int) -> Floats:
    """Return the wind of each hour since midnight of day 0; calm where it is not known."""
    found = np.zeros(hours)
    if len(weather):
        found[weather["hour"].to_numpy(int)] = weather["wind_ms"].to_numpy(float)
    return found
