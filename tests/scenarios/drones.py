"""Nets of drones with calls of their own, through the production dispatch: for tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.newtown import newtown
from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.drone_safety_net.flight import CALM, Craft
from scenarios.drone_safety_net.net import Net, Rules, Sky
from twin.area import Area, resolve
from twin.luck import Luck
from twin.response import Case
from twin.sim import Sim, When
from twin.solution import Run
from twin.trace import Trace
from twin.world.ground import Ground, ground

__all__ = [
    "HOUR_MS",
    "LUCK",
    "PLAIN",
    "REAL",
    "RESIDENTS",
    "SURE",
    "called",
    "drones",
    "eye_s",
    "flown_net",
    "judged",
    "lived",
    "random_spots",
    "town",
    "whole",
]

Floats = NDArray[np.float64]

HOUR_MS = 3_600_000
FOREVER = 1e9
PLAIN = Craft(
    speed=15.0, climb=1e9, height_m=50.0, look_m=50.0, launch_s=0.0, search_s=0.0,
    endurance_s=FOREVER, reserve=0.0, charge_s=1.0, link_m=FOREVER,
)  # fmt: skip
"""A drone without anything but its flight: no launch, no climb, a battery without end."""


RESIDENTS = 8_000
SURE = {
    "breakdown_h": 0.0, "network_h": 0.0, "no_link": 0.0, "lost_h": 0.0, "gust_ms": 40.0,
    "rain_mm": 100.0, "tells_nothing": 1.0, "wrong_clear": 0.0, "stay_min": 0.0,
}  # fmt: skip
LUCK = Luck(5, "drone tests", 0)
REAL = replace(
    PLAIN, climb=5.0, height_m=80.0, look_m=50.0, launch_s=40.0, search_s=10.0,
    endurance_s=2_100.0, reserve=0.2, charge_s=2_100.0, link_m=7_000.0,
)  # fmt: skip


@cache
def town(residents: int = 2_000) -> Ground:
    return ground(newtown(residents=residents))


def random_spots(number: int, side_m: float, luck: Luck, which: int = 0) -> Floats:
    """Return places (n, 2; m) at random in a square about the origin."""
    rows = np.arange(number)
    x, y = (np.asarray(luck.of(axis).uniform(rows, look=which)) for axis in ("x", "y"))
    return (np.column_stack((x, y)) - 0.5) * side_m


def called(
    spots: Floats, call_ms: NDArray[np.int64], *, probe: int = 1, real: int = 1
) -> list[Case]:
    """Return calls from places at moments (ms of the trace), probes unless it says otherwise."""
    return [
        Case(n, 0, float(x), float(y), int(t), int(t), int(t) + HOUR_MS, int(t) + HOUR_MS,
             real, -1, probe)
        for n, ((x, y), t) in enumerate(zip(spots, call_ms, strict=True))
    ]  # fmt: skip


def flown_net(
    docks: Floats, calls: list[Case], rules: Rules | None = None, *, craft: Craft = PLAIN,
    when: When | None = None, calm: bool = True,
) -> tuple[Trace, Net]:  # fmt: skip
    """Return the trace of a day in which nobody drives, and the net that answered its calls.

    The day is without wind and rain where it is ``calm``.
    """
    sim = Sim(town(), when or When(start_h=0.0, hours=24.0, warm_up=0))
    try:
        net = Net(sim, np.column_stack((docks, np.zeros(len(docks)))), craft, rules or Rules())
        for dock, (x, y) in enumerate(docks):
            sim.record("dock", dock=dock, x=float(x), y=float(y), z=0.0)
        net.sky = [Sky(CALM, True)] if calm else net.sky
        net.report()
        net.serve(calls)
        return sim.run(trips=sim.trips()[:0]), net
    finally:
        sim.close()


def eye_s(trace: Trace, calls: list[Case]) -> pd.Series:
    """Return the seconds from call to look, by case."""
    looks = trace.frame("look").set_index("case")["at_ms"]
    due = pd.Series({case.case: case.call_ms for case in calls})
    return (looks - due).dropna() / 1_000.0


@cache
def whole() -> Area:
    return resolve("city", town(RESIDENTS).city)


def drones(**settings: object) -> DroneSafetyNet:
    return DroneSafetyNet(area=whole(), **settings)  # type: ignore[arg-type]


@cache
def lived(**settings: object) -> Run:
    """Return a day without drones where no setting is given."""
    ground = town(RESIDENTS)
    sim = Sim(ground, When(start_h=0.0, warm_up=0))
    try:
        if settings:
            drones(**settings).install(sim)
        trace = sim.run(trips=sim.trips()[:0])
    finally:
        sim.close()
    return Run(ground.city, trace, whole(), (0.0, 86_400.0), "weekday", 0, ground=ground)


def judged(**settings: object) -> dict[str, float]:
    given = {key: value for key, value in settings.items() if key != "docks"}
    found = drones(**given).measure(lived(**settings))
    return {name: np.nan if value is None else value for name, value in found.items()}
