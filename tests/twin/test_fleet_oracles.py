"""Fleets against theory, through the production engine: pass if |sim - theory| <= 3 SE + bias.

The streets are a torus, as theory knows no edge. Where a formula is an approximation its tolerance
is the one its source gives.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.page.collect import Page, Panel
from tests.twin.fleets import Town, dispatched
from tests.twin.test_oracles import agrees
from twin.dispatch import Dispatcher, NearestIdle, Promise
from twin.sim import Sim
from twin.world.fleet.answers import grant
from twin.world.fleet.columns import TASK, Doing, State, Work
from twin.world.fleet.policies import promise
from twin.world.rows import table

Floats = NDArray[np.float64]
AREA_KM2, KMH, AN_HOUR = 25.0, 20.0, 60.0
TORUS = Town(size=25, spacing_m=200.0, kmh=KMH, an_hour=AN_HOUR, torus=True)
GRID_K = 0.627
"""sqrt(pi / 8): mean distance to the nearest of random points on a grid, over their spacing."""

WARM_H = 2.0
CLIFF = Panel(
    "fleets", "The small fleet: mean wait of all who asked",
    "작은 차량군: 요청자 전체의 평균 대기시간", "vehicles", "min",
    "60 requests an hour on 25 km2, nearest idle vehicle, nobody refused",
)  # fmt: skip


def nearest(sim: Sim) -> Dispatcher:
    return NearestIdle(sim, Promise(), every_s=1)


def pick_up_min(idle: float) -> float:
    """Return the time to the nearest of so many idle vehicles, min (O21)."""
    return GRID_K * math.sqrt(AREA_KM2 / idle) / KMH * 60.0


def idle_of(vehicles: int) -> float | None:
    """Return the largest number of idle vehicles at which the fleet is in balance, None without.

    M = n + lambda (t_pick + l / v), the mean way of a ride on a torus being half its side.
    """
    ride_min, per_min = 0.5 * math.sqrt(AREA_KM2) / KMH * 60.0, AN_HOUR / 60.0
    n = np.arange(0.05, vehicles, 0.01)
    over = n + per_min * (np.array([pick_up_min(each) for each in n]) + ride_min) - vehicles
    roots = np.flatnonzero((over[:-1] <= 0) & (over[1:] > 0))
    return float(n[roots[-1]]) if len(roots) else None


def pick_ups(vehicles: int, hours: float, seed: int = 1) -> tuple[Floats, Floats]:
    """Return the minutes from asking, and from being granted a vehicle, to being taken."""
    town = Town(**{**vars(TORUS), "hours": hours, "seed": seed})
    trace, sim = dispatched(town, vehicles, nearest, more_h=0.0)
    assert sim.world is not None
    jobs = sim.world.fleet.jobs
    asked = jobs[(jobs.asked_ms > WARM_H * 3_600_000) & (jobs.state != State.TO_COME)]
    end = sim.span.end_ms
    waits = np.where(asked.state >= State.ABOARD, asked.taken_ms, end) - asked.asked_ms
    granted = trace.frame("granted").set_index("job")["time_ms"]
    taken = trace.frame("picked_up").set_index("job")["time_ms"]
    late = taken[taken > WARM_H * 3_600_000]
    return waits / 60_000, ((late - granted[late.index]) / 60_000).to_numpy()


@pytest.mark.verify
@pytest.mark.parametrize("vehicles", [30, 45])
def test_the_nearest_idle_vehicle_is_as_far_as_the_balance_of_the_fleet_says(vehicles: int) -> None:
    """O21: mean-field; on a torus with idle vehicles where they happen to be +10 to +19 %."""
    idle = idle_of(vehicles)
    assert idle is not None
    found = np.array([pick_ups(vehicles, 10.0, seed)[1].mean() for seed in range(1, 9)])
    agrees(found, pick_up_min(idle), bias=0.20, precision=0.03)
    assert found.mean() > pick_up_min(idle), "they are where the last rides ended, not spread"


@pytest.mark.verify
def test_a_small_fleet_falls_off_a_cliff(page: Page) -> None:
    """O22: where no balance exists, or only with few idle vehicles, waits grow without end."""
    fleets = [12, 14, 16, 18, 20, 24, 28, 32, 40, 50]
    waits = [float(pick_ups(fleet, 12.0)[0].mean()) for fleet in fleets]
    balanced = {fleet: idle for fleet in range(12, 51) if (idle := idle_of(fleet))}
    edge = min(balanced)
    page.add(
        CLIFF,
        curves={"balance": (list(balanced), [pick_up_min(idle) for idle in balanced.values()])},
        bounds={f"no balance below {edge} vehicles": ([edge, edge], [0.0, max(waits)])},
        points={
            "twin, one run of 12 h": [
                (fleet, wait, 0.0) for fleet, wait in zip(fleets, waits, strict=True)
            ]
        },
    )
    by_fleet = dict(zip(fleets, waits, strict=True))
    assert 14 < edge <= 16
    assert by_fleet[14] > 3 * by_fleet[16], "below the edge"
    assert by_fleet[12] > 20 * by_fleet[40]
    assert by_fleet[20] < 1.25 * pick_up_min(balanced[20]), "beyond it"
    assert all(one >= other * 0.95 for one, other in pairwise(waits))


def test_without_a_balance_the_line_grows_without_end() -> None:
    assert idle_of(9) is None
    short, long = (pick_ups(9, hours)[0].mean() for hours in (6.0, 12.0))
    assert long > 1.6 * short
    assert pick_ups(40, 6.0)[0].mean() < 5.0


class NearestPoint(Dispatcher):
    """Who lets a vehicle go to the nearest place where somebody waits, or wants to get off."""

    def decide(self) -> None:
        world, now_ms = self.fleet.live_world, self.now_ms
        for job in self.fleet.new().tolist():
            promise(world, now_ms, self.look, job)
            grant(world, now_ms, job, 0, now_ms, now_ms)
        vehicle, jobs = world.fleet.vehicles[0], world.fleet.jobs
        if vehicle.doing != Doing.IDLE:
            return
        waiting, riding = (np.flatnonzero(jobs.state == s) for s in (State.READY, State.ABOARD))
        job = np.append(waiting, riding)
        if len(job):
            berth = np.append(jobs.start[waiting], jobs.end[riding])
            next_one = int(self.look.travel_ms[vehicle.berth, berth].argmin())
            work = Work.PICK_UP if next_one < len(waiting) else Work.SET_DOWN
            self.fleet.send(
                now_ms, 0, table(TASK, 1, berth=berth[next_one], job=job[next_one], work=work)
            )


@pytest.mark.verify
def test_one_bus_that_goes_to_the_nearest_point_takes_as_long_as_the_approximation_says() -> None:
    """O23: many-to-many with the nearest point next (Daganzo 1978), 20 to 30 %.

    Each rider is two stops, k sqrt(A / N) apart with N points open; so many must be open that the
    bus keeps up, and by Little's law a rider waits and rides for N / lambda.
    """
    an_hour, side_km, every_s = 24.0, 2.0, 2.0
    town = Town(size=20, spacing_m=100.0, kmh=KMH, an_hour=an_hour, hours=40.0, torus=True)
    stop_h = (0.5 + every_s / 2) / 3_600
    apart_km = (1 / (2 * an_hour) - stop_h) * KMH
    open_points = (GRID_K * side_km / apart_km) ** 2
    theory_min = 60 * open_points / an_hour
    found = []
    for seed in range(1, 7):
        policy = lambda sim: NearestPoint(sim, Promise(), every_s=every_s)  # noqa: E731
        trace, _ = dispatched(Town(**{**vars(town), "seed": seed}), 1, policy, seats=1_000)
        wait = trace.column("picked_up", "wait_ms").mean()
        found.append((wait + trace.column("set_down", "ride_ms").mean()) / 60_000)
    agrees(np.array(found), theory_min, bias=0.30, precision=0.15)
