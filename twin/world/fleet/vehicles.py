"""The vehicles of fleets at the start of a run: their rows among the cars, the first events."""

from __future__ import annotations

import numpy as np

from twin.calendar import Calendar, push_all
from twin.world.columns import CAR, Phase, Rank
from twin.world.fleet.columns import FleetColumns
from twin.world.rows import Rows, table

__all__ = ["begin", "on_duty"]

KEY = 1 << 31
"""Keys of vehicles start here."""


def begin(fleet: FleetColumns, calendar: Calendar) -> None:
    """Put the first event of every thing that asks in the calendar."""
    things = np.flatnonzero(fleet.jobs.who < 0)
    push_all(calendar, fleet.jobs.asked_ms[things], Rank.TASK, len(fleet.vehicles) + things)


def on_duty(cars: Rows, fleet: FleetColumns) -> Rows:
    """Return the cars with a row for each vehicle behind them, off the street at its berth."""
    vehicles = fleet.vehicles
    if not len(vehicles):
        return cars
    rows = table(CAR, len(cars) + len(vehicles), lane=-1, lot=-1, permit=-1, trip=-1, arc=-1)
    rows[: len(cars)] = cars
    added = rows[len(cars) :]
    added.phase, added.guided = Phase.ON_DUTY, 1
    added.node = fleet.berths.node[vehicles.berth]
    added.key = KEY + np.arange(len(vehicles))
    return rows
