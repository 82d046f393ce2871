"""How people walk: every number with its unit, range, source and tag."""

from __future__ import annotations

from dataclasses import dataclass

from twin.params import param

__all__ = ["Gait"]


@dataclass(frozen=True)
class Gait:
    """Speeds of walking and what walkers want of a gap; fixed for a city, of no solution."""

    speed: float = param(
        1.34, "m/s", 0.5, 2.5, "Weidmann 1993, Transporttechnik der Fussgaenger: mean", tag="k"
    )
    speed_elderly: float = param(
        1.16,
        "m/s",
        0.3,
        2.0,
        "from 65 years: 3.81 ft/s, Gates et al. 2006, TRR 1982, 11 junctions, n = 326",
        tag="A",
    )
    speed_child: float = param(
        1.16,
        "m/s",
        0.3,
        2.0,
        "under 10 years: assisted children walk like those over 65, Gates et al. 2006, TRR 1982",
        tag="A",
    )
    speed_cv: float = param(0.19, "", 0, 0.6, "0.26 of 1.34 m/s between people, Weidmann", tag="k")
    elderly_from: int = param(65, "years", 50, 90, "Gates et al. 2006, TRR 1982", tag="A")
    adult_from: int = param(10, "years", 5, 18, "children walk with or like an adult from then on")
    margin_s: float = param(
        3.0,
        "s",
        0,
        10,
        "start-up and end clearance in the critical gap L/S + 3 s, HCM 2010, 19-69",
        tag="k",
    )
    margin_cv: float = param(
        0.3, "", 0, 2, "spread of that margin between people; critical gaps are lognormal"
    )
    judge_cv: float = param(
        0.2, "", 0, 0.5, "spread of how long a walker thinks a gap is, over what it is"
    )
    detour: float = param(1.3, "", 1, 2, "walked way over the straight line where no footway leads")
    reach_m: float = param(3_000, "m", 500, 20_000, "how far ways on foot are known")
