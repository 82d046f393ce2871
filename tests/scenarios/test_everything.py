"""All solutions in one city on one clock: nothing where set to nothing, and who meets whom.

That of a drone and a patrol at one fire the first one counts is in ``test_robots_and_drones``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from gis.newtown import newtown
from scenarios import solutions
from scenarios.ai_crosswalk import AiCrosswalk
from scenarios.delivery_robot import DeliveryRobot
from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.drt_bus import DrtBus
from scenarios.patrol_robot import PatrolRobot
from scenarios.quarantine_robot import QuarantineRobot
from scenarios.shared_parking import SharedParking
from twin.area import resolve
from twin.experiment.simulate import live
from twin.sim import When
from twin.solution import Run, Solution
from twin.trace import Trace
from twin.world.crossings.columns import Outcome
from twin.world.ground import Ground, ground

DAY = When(everybody=True, warm_up=0)
SETTINGS: dict[type[Solution], dict[str, Any]] = {
    SharedParking: {"spaces": 100},
    DrtBus: {"fleet": 4, "constant": 2.0, "app_share": 1.0},
    AiCrosswalk: {"sites": 100},
    DroneSafetyNet: {"docks": 2, "indoors": True},
    DeliveryRobot: {"fleet": 12, "hubs": 2, "uptake": 1.0},
    QuarantineRobot: {"fleet": 2},
    PatrolRobot: {"fleet": 2, "from_h": 0.0, "to_h": 24.0},
}
"""Machines that many ask and that are about all day: else there would be little to see."""


@cache
def town() -> Ground:
    return ground(newtown(residents=4_000), queues=True)


@cache
def lived(*kinds: type[Solution]) -> Run:
    where = resolve("city", town().city)
    chosen = (kind(area=where, **SETTINGS[kind]) for kind in kinds)  # type: ignore[arg-type]
    return live(town(), tuple(chosen), DAY, area=where)


def package() -> Run:
    return lived(*SETTINGS)


def test_all_solutions_at_nothing_are_the_base_day() -> None:
    where = resolve("city", town().city)
    idle = (kind(area=where, **kind.nothing) for kind in solutions().values())
    assert live(town(), tuple(idle), DAY, area=where).trace == lived().trace


def test_robots_wait_at_crossings_with_signs_that_see_them() -> None:
    trace = package().trace
    signs = set(trace.column("sign", "crossing").tolist())
    assert set(trace.column("machine_lit", "crossing").tolist()) <= signs
    assert len(trace["machine_lit"]) > 10
    waited = trace.frame("machine_cross")
    assert waited.loc[waited["crossing"].isin(signs), "wait_ms"].sum() > 0
    without = lived(*(kind for kind in SETTINGS if kind is not AiCrosswalk)).trace
    assert not len(without["machine_lit"])
    assert given_way(trace) > given_way(without) > 0, "drivers see the sign"


def given_way(trace: Trace) -> int:
    """Return how many drivers gave way to a robot at the kerb."""
    return int((trace.column("machine_encounter", "outcome") == Outcome.YIELDED).sum())


def test_robots_meet_who_walks_and_stand_for_them() -> None:
    trace = package().trace
    rolled = trace.frame("rolled")
    assert rolled["met"].sum() > 20
    assert rolled["blocked_ms"].sum() > 0
    few = rolled.groupby(rolled["time_ms"] // 3_600_000)["met"].sum()
    assert few.get(3, 0) < few.get(18, 0), "in the evening more people walk than at night"


def test_one_solution_more_leaves_the_luck_of_the_others_alone() -> None:
    alone, whole = lived(DroneSafetyNet).trace, package().trace
    for event in ("case", "incident", "weather"):
        assert alone[event] == whole[event], event
    orders = [lived(*kinds).trace for kinds in ((DeliveryRobot,), tuple(SETTINGS))]
    assert np.array_equal(*(np.sort(trace.column("robot_asked", "order")) for trace in orders))
