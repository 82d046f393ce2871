"""Idle vehicles: which of them is nearest to a job."""

from __future__ import annotations

from typing import Any

from twin.kernel import inner, loop
from twin.world.columns import World
from twin.world.fleet.columns import Doing
from twin.world.fleet.insertion import Look, ahead_ms, plan_of

__all__ = ["idle_of", "is_idle", "nearest_idle"]

DRIVING, STANDING, NEVER_MS = Doing.DRIVING, Doing.STANDING, 1 << 60


@inner
def is_idle(world: World, t: int, vehicle: int, tasks: Any) -> bool:
    """Tell whether a vehicle is on duty and has nothing to do; who roams has not."""
    vehicles = world.fleet.vehicles
    if not vehicles.from_ms[vehicle] <= t < vehicles.until_ms[vehicle]:
        return False
    return vehicles.doing[vehicle] != STANDING and plan_of(world, vehicle, tasks) == 0


@loop
def nearest_idle(world: World, t: int, look: Look, job: int) -> int:
    """Return the idle vehicle that is first at the start of a job, -1 where there is none."""
    chosen, least = -1, NEVER_MS
    for vehicle in range(len(world.fleet.vehicles)):
        if is_idle(world, t, vehicle, look.tasks):
            away = ahead_ms(world, t, vehicle, world.fleet.jobs.start[job])
            if away < least:
                chosen, least = vehicle, away
    return chosen


@loop
def idle_of(world: World, t: int, look: Look, found: Any) -> int:
    """Write the vehicles that stand idle at a berth; return how many."""
    vehicles, count = world.fleet.vehicles, 0
    for vehicle in range(len(vehicles)):
        at_rest = vehicles.doing[vehicle] != DRIVING and vehicles.berth[vehicle] >= 0
        if at_rest and is_idle(world, t, vehicle, look.tasks):
            found[count] = vehicle
            count += 1
    return count
