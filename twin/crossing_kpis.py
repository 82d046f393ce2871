"""The indicators of every solution at crossings, inside its area and in the ring around it."""

from __future__ import annotations

import numpy as np

from twin.area import Area
from twin.solution import KPI, RING, Run, with_ring
from twin.world.crossings.approach import Approach
from twin.world.crossings.measures import measure_crossings

__all__ = ["CROSSING_DATA", "CROSSING_HEADLINE", "CROSSING_KPIS", "crossing_kpis"]

CROSSING_HEADLINE = "xwalk.yield"
CROSSING_DATA = {
    "streets": 1.0,
    "streets.lanes": 2.0,
    "streets.speed_kmh": 2.0,
    "footways": 2.0,
    "crossings": 2.0,
    "crossings.signal": 2.0,
    "buildings": 1.0,
    "buildings.use": 1.0,
    "districts.population": 1.0,
}
"""Weights of the data that a day of crossings rests on: what is there counts twice [GK]."""

DAYS_PER_YEAR = 365.0
APPROACH = Approach()

# By KPI: what :func:`measure_crossings` calls it, and what it is multiplied by.
MEASURED = {
    "xwalk.yield": ("yield_share", 100.0),
    "xwalk.yield_light": ("yield_light", 100.0),
    "xwalk.yield_dark": ("yield_dark", 100.0),
    "xwalk.v85_approach": ("v85_kmh", 1.0),
    "xwalk.approach": ("approach_kmh", 1.0),
    "xwalk.pet": ("short_pet_share", 100.0),
    "xwalk.conflicts": ("conflicts", 1.0),
    "xwalk.crash_year": ("crashes", DAYS_PER_YEAR),
    "xwalk.ped_delay": ("wait_s", 1.0),
    "xwalk.hard_brakes": ("hard_brakes", 1.0),
    "xwalk.rear_end": ("rear_conflicts", 1.0),
    "xwalk.uptime": ("works", 100.0),
    "xwalk.false_alarms": ("alarms", 1.0),
    "xwalk.true_share": ("true_share", 100.0),
    "xwalk.walkers": ("crossed", 1.0),
    "xwalk.deaths": ("deaths", 1.0),
    "xwalk.serious": ("serious", 1.0),
    "xwalk.slight": ("slight", 1.0),
    "xwalk.rear_hurt": ("rear_hurt", 1.0),
    "xwalk.ped_delay_h": ("wait_h", 1.0),
    "xwalk.car_h": ("car_h", 1.0),
}

HERE = (
    KPI("xwalk.yield", "%", "more",
        "drivers who gave way to a walker at the kerb / those who had the way to stop; at signals "
        "only those who turn"),
    KPI("xwalk.yield_light", "%", "more", "the same, in hours of daylight"),
    KPI("xwalk.yield_dark", "%", "more", "the same, in hours of darkness"),
    KPI("xwalk.v85_approach", "km/h", "less",
        f"85th percentile of the speed {APPROACH.at_m:g} m before a crossing of free-flowing "
        "drivers who come upon a walker at the kerb; each walker counts once; free speeds spread "
        f"by {APPROACH.speed_cv:.0%} about the limit (assumed)"),
    KPI("xwalk.approach", "km/h", "less", "mean of the same speeds"),
    KPI("xwalk.pet", "%", "less",
        "of those who step off within 10 s of a car that does not brake, with less than 1.5 s "
        "between them and it (post-encroachment time)"),
    KPI("xwalk.conflicts", "1/day", "less",
        "walkers who step off with less than 3 s between them and a car, unless a sign warned its "
        "driver in time"),
    KPI("xwalk.crash_year", "crashes/year", "less",
        "crashes with walkers to be expected of the day's conflicts, by extreme values: the tail "
        "of negated post-encroachment times beyond zero, pooled over many days, times the drivers "
        "who do not look (fitted)"),
    KPI("xwalk.ped_delay", "s", "less", "wait at a crossing, mean of all who cross"),
    KPI("xwalk.hard_brakes", "1/day", "less", "cars that brake harder than 3 m/s2"),
    KPI("xwalk.rear_end", "1/day", "less",
        "cars that must brake harder than 3.4 m/s2 behind one that brakes before a crossing"),
    KPI("xwalk.uptime", "%", "more", "time that the signs work"),
    KPI("xwalk.false_alarms", "1/day", "less", "signs lit with nobody there"),
    KPI("xwalk.true_share", "%", "more", "of all that lit a sign, walkers (predictive value)"),
    KPI("xwalk.walkers", "1/day", "more", "crossings made on foot"),
    KPI("xwalk.deaths", "person/day", "less", "killed in crashes with walkers, expected",
        value="fatality"),
    KPI("xwalk.serious", "person/day", "less",
        "severely injured (AIS 4 and more) in crashes with walkers, expected; priced as who is "
        "seriously injured by the police's count (three weeks and more), which is more people and "
        "less severe: both make the benefit smaller than it is",
        value="serious_injury"),
    KPI("xwalk.slight", "person/day", "less", "otherwise hurt in crashes with walkers, expected",
        value="minor_injury"),
    KPI("xwalk.rear_hurt", "person/day", "less", "hurt in rear-end crashes, expected",
        value="minor_injury"),
    KPI("xwalk.ped_delay_h", "person-h/day", "less", "the waits of all who cross",
        value="value_of_time_waiting"),
    KPI("xwalk.car_h", "veh-h/day", "less",
        "time of vehicles on the links that lead onto crossings, those that are called and those "
        "that search for a space among them",
        value="value_of_time_car_nonbusiness"),
)  # fmt: skip


CROSSING_KPIS = with_ring(HERE)


def crossing_kpis(run: Run) -> dict[str, float | None]:
    """Return every indicator of crossings of a run, in the area and in its ring."""
    around = _measured(run, run.area, ring=True)
    return _measured(run, run.area) | {f"{name}{RING}": x for name, x in around.items()}


def _measured(run: Run, area: Area, *, ring: bool = False) -> dict[str, float | None]:
    x, y = (run.trace.column("crossing", axis) for axis in ("x", "y"))
    inside = (area.in_ring if ring else area.inside)(x, y) if len(x) else np.zeros(0, bool)
    found = measure_crossings(run.trace, inside)
    return {kpi: _times(found[name], factor) for kpi, (name, factor) in MEASURED.items()}


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
