"""A patrol robot and a drone at one fire: who is second is worth only what it comes earlier."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pyarrow as pa
import pytest

from gis.newtown import newtown
from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.patrol_robot import PatrolRobot
from twin.area import Area, resolve
from twin.experiment.simulate import live
from twin.response import eyes
from twin.rounds import loop, park_in
from twin.sim import When
from twin.solution import Solution
from twin.world.crews import Crews
from twin.world.ground import Ground, ground
from twin.world.incidents import INCIDENT_KINDS

MIN_MS = 60_000
NOON_MS = 12 * 60 * MIN_MS
STEADY = {"from_h": 0.0, "to_h": 24.0, "breakdown_h": 0.0, "battery_wh": 100_000.0,
          "charge_w": 50_000.0, "see_fire": 1.0, "online": 1.0}  # fmt: skip


@cache
def town() -> Ground:
    return ground(newtown(residents=2_000))


@cache
def area() -> Area:
    return resolve("city", town().city)


@cache
def fire() -> pa.Table:
    """Return all that happens: a fire on the way of a patrol, called in after twenty minutes."""
    park = park_in(town(), area(), name="", what="PatrolRobot")
    network, arc = town().walks.network, int(loop(town(), park)[0])
    run = live(town(), (), When(everybody=True), area=area())
    one = run.trace.frame("case").iloc[[0]]
    place = {
        axis: (values[network.tails[arc]] + values[network.heads[arc]]) / 2.0
        for axis, values in (("x", network.x), ("y", network.y))
    }
    when = {"time_ms": NOON_MS, "call_ms": NOON_MS + 20 * MIN_MS, "scene_ms": NOON_MS + 26 * MIN_MS,
            "end_ms": NOON_MS + 26 * MIN_MS}  # fmt: skip
    made = one.assign(
        **when, **place, kind=INCIDENT_KINDS.index("fire"), case=0, real=1, probe=0, weight=1.0
    )
    return pa.Table.from_pandas(made, preserve_index=False)


def at_the_fire(monkeypatch: pytest.MonkeyPatch, *solutions: Solution) -> pd.Series:
    """Return who saw the fire when, on a day on which drones can fly and robots go out."""
    table = fire()
    monkeypatch.setattr(Crews, "table", lambda _: table)
    day = When(everybody=True)
    for replication in range(30):
        run = live(town(), solutions, replace(day, replication=replication), area=area())
        weather = run.trace.frame("weather").set_index("hour").loc[10:13]
        if weather["rain_mm"].max() == 0.0 and weather["wind_ms"].max() < 6.0:
            return eyes(run.trace, area().polygon).iloc[0]
    raise AssertionError("no calm noon was found")


def drones() -> DroneSafetyNet:
    return DroneSafetyNet(area=area(), docks=1)


def robots() -> PatrolRobot:
    return PatrolRobot(area=area(), **STEADY)  # type: ignore[arg-type]


def test_two_at_one_fire_lead_less_than_each_alone_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = at_the_fire(monkeypatch, drones())
    patrol = at_the_fire(monkeypatch, robots())
    both = at_the_fire(monkeypatch, drones(), robots())
    call_ms, scene_ms = NOON_MS + 20 * MIN_MS, NOON_MS + 26 * MIN_MS
    assert call_ms < alone["drone_ms"] < scene_ms
    assert NOON_MS <= patrol["robot_ms"] < call_ms
    assert (both["drone_ms"], both["robot_ms"]) == (alone["drone_ms"], patrol["robot_ms"])
    assert both["eye_ms"] == patrol["eye_ms"] < alone["eye_ms"]
    assert both["lead_s"] == patrol["lead_s"] < alone["lead_s"] + patrol["lead_s"]
    assert (both["wait_s"], alone["wait_s"] > 0) == (0.0, True)
