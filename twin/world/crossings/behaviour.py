"""How drivers give way to walkers: every number with its unit, range, source and tag."""

from __future__ import annotations

from dataclasses import dataclass

from twin.params import param

__all__ = ["GivingWay"]

KOTSA = "KOTSA 2019, four-lane roads in Cheongju and Daejeon, 80 crossings without signal"
LAW = "MOLIT and KOTSA 2022, 28 junctions after the change of the Road Traffic Act"


@dataclass(frozen=True)
class GivingWay:
    """The logit of yielding, b0 + b1 sign + b2 v + b3 lanes + b4 night, and how cars stop.

    Where shares were counted they stand here as shares; the coefficients are made of them.
    """

    share_30: float = param(0.20, "", 0.001, 0.999, f"yielding at 30 km/h: {KOTSA}", tag="A")
    share_50: float = param(0.025, "", 0.001, 0.999, f"yielding at 50 km/h: {KOTSA}", tag="A")
    share_turning: float = param(
        0.302, "", 0.001, 0.999, f"turning cars that stop, no signal: {LAW}", tag="A"
    )
    share_turning_signal: float = param(
        0.484, "", 0.001, 0.999, f"turning cars that stop, at signals: {LAW}", tag="A"
    )
    lane_logit: float = param(
        0.0, "", -1, 0.5, "logit a lane beyond four; no share by lanes published in Korea"
    )
    night_logit: float = param(-0.3, "", -2, 0, "logit at night; no share by night found")
    school_logit: float = param(
        0.0, "", -1, 2, "in a school zone: 5.5 % against 4.3 % over all, KOTSA 2021, n = 185"
    )
    sign_logit: float = param(
        4.56, "", 0, 8, "from 4 to 80 %: rapid flashing beacons, FHWA-HRT-10-043", tag="k"
    )
    turning_kmh: float = param(20, "km/h", 5, 40, "speed of a car that turns into a crossing")
    react_s: float = param(
        2.5, "s", 0, 5, "brake reaction in design: AASHTO Green Book 2018, 3.2", tag="k"
    )
    brake: float = param(
        3.4, "m/s2", 0.5, 10, "deceleration in design: AASHTO Green Book 2018, 3.2", tag="k"
    )
    alert_react_s: float = param(1.0, "s", 0, 5, "reaction of a driver who is warned")
    alert_brake: float = param(5.0, "m/s2", 0.5, 10, "braking of a driver who is warned")
    near_s: float = param(5, "s", 0, 60, "gap beyond the critical one that still is an encounter")
    pause_s: float = param(
        2.0, "s", 0, 20, "how long who brakes for nobody stands before driving on"
    )
    entry_s: float = param(
        7, "s", 1, 30, "time to step off in a walk phase, Korean signal manual", tag="A"
    )
    clear_mps: float = param(
        1.0, "m/s", 0.5, 2, "clearance of a walk phase: 1 s a metre, Korean signal manual", tag="A"
    )
    clear_school_mps: float = param(
        0.8, "m/s", 0.5, 2, "the same in a school zone, Korean signal manual", tag="A"
    )
    cycle_s: float = param(120, "s", 30, 300, "cycle where a city has no signal plans")
    school_zone_m: float = param(
        300, "m", 0, 500, "radius of a school zone around its gate, Road Traffic Act 12", tag="A"
    )
