"""The columns of fleets: vehicles with their plans, the jobs they do, the berths they stop at.

Times are integer milliseconds, lengths metres. A row number is an id.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.population import MODES
from twin.shared import by_address
from twin.world.rows import Rows, columns, table

__all__ = [
    "BERTH", "DUTY", "JOB", "LONGEST", "ON_DEMAND", "TASK", "VEHICLE", "Doing", "FleetColumns",
    "Lost", "State", "Work", "no_fleet",
]  # fmt: skip

ON_DEMAND = len(MODES)
"""The mode of a leg that asks a fleet: behind those that people choose among today."""

LONGEST = 48
"""Most tasks of a plan."""


class Work:
    """What is done at a task: take a job aboard, set it down, or only be there for a while."""

    PICK_UP = 0
    SET_DOWN = 1
    VISIT = 2


class Doing:
    """What a vehicle is doing; ``HOLDING`` waits at a berth for somebody who is still to come."""

    IDLE = 0
    DRIVING = 1
    STANDING = 2
    HOLDING = 3


class State:
    """How far a job is; from ``DONE`` on nothing more happens to it."""

    TO_COME = 0
    ASKED = 1
    GRANTED = 2
    READY = 3
    ABOARD = 4
    DONE = 5
    LOST = 6


class Lost:
    """Why a job was not done.

    Refused, given up by who waited, nobody there, no answer, or a vehicle that broke down.
    """

    REFUSED = 0
    GAVE_UP = 1
    NOT_THERE = 2
    NO_ANSWER = 3
    BROKEN = 4


VEHICLE = columns(
    due_ms="i8", since_ms="i8", from_ms="i8", until_ms="i8", metres="f8", seats="i4", aboard="i4",
    task="i4", beyond="i4", berth="i4", trips="i4", off="i4", on="i4", doing="i1",
)  # fmt: skip
"""A vehicle, which has a row among the cars. ``task`` to ``beyond`` - 1 of its plan are to come.

It takes new jobs from ``from_ms`` on that are done by ``until_ms``.

``berth`` is where it is (-1 under way); it stands or holds there until ``due_ms``, since
``since_ms``; ``off`` and ``on`` count this stop. ``metres`` are driven since the last stop, and
``trips`` counts how often it set out.
"""

TASK = columns(berth="i4", job="i4", stay_ms="i8", work="i1")
"""A task of a plan: what is done where; a visit (job -1) takes ``stay_ms``."""

JOB = columns(
    asked_ms="i8", ready_ms="i8", taken_ms="i8", ended_ms="i8", hold_ms="i8", by_ms="i8",
    longest_ms="i8", walk_ms="i8", direct_ms="i8", who="i4", leg="i4", start="i4", end="i4",
    vehicle="i4", load="i4", state="i1", otherwise="i1", worth_krw="f8",
    instead_krw="f8",
)  # fmt: skip
"""A job: ``load`` from the berth ``start`` to ``end``, of the person ``who`` (-1: a thing).

It is asked for at ``asked_ms`` (a thing is given beforehand), ready at ``start`` at ``ready_ms``,
after a walk of about ``walk_ms``, taken aboard at ``taken_ms`` and over at ``ended_ms``. A vehicle
holds for it until ``hold_ms``; it is to be taken by ``by_ms`` and carried for at most
``longest_ms``; ``direct_ms`` is the way without a detour. ``otherwise`` is the mode that a person
takes whose job is lost; ``worth_krw`` is what they expected to gain, ``instead_krw`` what they gain
by that mode (a loss).
"""

BERTH = columns(x="f8", y="f8", node="i4", spot="i4")
"""Where vehicles stop: place, the junction at which it lies, its row among the spots of walkers."""

DUTY = columns(
    cars="i8", asked="i8", doors_ms="i8", board_ms="i8", alight_ms="i8", patience_ms="i8",
)  # fmt: skip
"""The scalars of fleets: one row. ``cars`` is the row of the first vehicle among the cars,
``asked`` how many jobs were asked for."""


@by_address
class FleetColumns(NamedTuple):
    """The fleets of one run.

    ``tasks`` has ``LONGEST`` rows for each vehicle. ``asked`` int32 [job]: the jobs in the order in
    which they were asked for. ``next_job`` int32 [person]: the job of their next leg on demand.
    ``length_m`` float64 [link].
    """

    vehicles: Rows
    tasks: Rows
    jobs: Rows
    berths: Rows
    rules: Rows
    asked: NDArray[np.int32]
    next_job: NDArray[np.int32]
    length_m: NDArray[np.float64]


def no_fleet() -> FleetColumns:
    """Return the columns of a run without fleets."""
    return FleetColumns(
        vehicles=table(VEHICLE, 0),
        tasks=table(TASK, 0),
        jobs=table(JOB, 0),
        berths=table(BERTH, 0),
        rules=table(DUTY, 1, cars=1 << 60),
        asked=np.zeros(0, np.int32),
        next_job=np.zeros(0, np.int32),
        length_m=np.zeros(0),
    )
