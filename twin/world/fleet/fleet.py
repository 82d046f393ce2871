"""The part of a run that solutions see: vehicles that take jobs, and who asks for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from twin.world.columns import World
from twin.world.fleet.answers import refuse, replan
from twin.world.fleet.columns import (
    BERTH,
    DUTY,
    JOB,
    LONGEST,
    ON_DEMAND,
    TASK,
    VEHICLE,
    FleetColumns,
    Lost,
    State,
    no_fleet,
)
from twin.world.fleet.insertion import Look, looked, plan_of
from twin.world.ground import Ground
from twin.world.rows import Rows, table
from twin.world.transit.behaviour import Ridership

__all__ = ["Asking", "Fleet"]

Ints = NDArray[np.int64]
FAR_M = 500.0
"""How far a berth may lie from the junction it is reached by."""

MS_PER_S = 1_000
JOB_COLUMNS = (
    "start", "end", "load", "state", "walk_ms", "direct_ms", "worth_krw", "instead_krw",
)  # fmt: skip
JOBS = ("asked_s", "start", "end", "load")


class Asking(NamedTuple):
    """The days' trips by car and legs of the others, once it is clear who asks a fleet, or may.

    Trips keep their index; legs may have new rows. Those on demand have the mode ``ON_DEMAND`` and
    the columns ``start`` and ``end`` (berths), ``walk_s`` (to the first), ``otherwise`` (mode),
    ``worth_krw`` and ``instead_krw``. What is still to choose has a number in ``choice`` (-1
    elsewhere), and is there both ways, one of them ``off``.
    """

    trips: pd.DataFrame
    legs: pd.DataFrame


class _Open(NamedTuple):
    """The rows of trips or legs that are still to choose: of which choice, and for whom asks."""

    row: Ints
    choice: Ints
    asks: NDArray[np.bool_]


@dataclass(eq=False)
class Fleet:
    """The fleets of a run. Solutions add vehicles, berths, and who asks, before it starts.

    ``asks`` says who of the days asks for a ride on demand; nobody without it. Who chooses later is
    told by :meth:`choose`.
    """

    ground: Ground
    rides: Ridership = field(default_factory=Ridership)
    patience_s: float = 3_600.0
    asks: Callable[[pd.DataFrame, pd.DataFrame], Asking] | None = None
    world: World | None = field(default=None, repr=False)
    berths: Rows = field(default_factory=lambda: table(BERTH, 0), repr=False)
    _vehicles: list[tuple[int, int]] = field(default_factory=list, repr=False)
    _things: list[tuple[float, int, int, int]] = field(default_factory=list, repr=False)
    _open: tuple[_Open, ...] = field(default=(), repr=False)
    _seen: int = 0

    def stop_at(self, x: ArrayLike, y: ArrayLike, spot: ArrayLike) -> Ints:
        """Add berths at places (m), each at the nearest junction that ways lead to; return rows.

        ``spot`` is the row of each among the spots of walkers, -1 where nobody walks to it.

        Raises
        ------
        ValueError
            Where a berth is off the network: farther than ``FAR_M`` from any junction.
        """
        places = np.column_stack([x, y]).astype(float)
        nodes = [self.ground.nearest_goal(*place) for place in places.tolist()]
        _check_near(self.ground, places, nodes)
        added = table(BERTH, len(nodes), x=x, y=y, node=nodes, spot=spot)
        first = len(self.berths)
        both = table(BERTH, first + len(added))
        both[:first], both[first:] = self.berths, added
        self.berths = both
        return np.arange(first, len(both))

    def add(self, seats: int, berth: int) -> int:
        """Add a vehicle that starts at a berth, and is always on duty; return its row."""
        self._vehicles.append((seats, berth))
        return len(self._vehicles) - 1

    def give(self, asked_s: float, start: int, end: int, load: int = 1) -> None:
        """Give a job that no person walks to: it is asked for and ready at a time (s)."""
        self._things.append((asked_s, start, end, load))

    def asking(self, trips: pd.DataFrame, legs: pd.DataFrame) -> Asking:
        """Return the trips and legs of the days once it is clear who asks, or may."""
        if self.asks is None:
            return Asking(trips, legs)
        asking = self.asks(trips, legs)
        self._open = _open(asking.trips), _open(asking.legs)
        return asking

    def choose(self, asks: NDArray[np.bool_]) -> None:
        """Let each choice (a row) ask from now on, or go as usual; what has begun goes on."""
        world = self.live_world
        for moves, found in zip((world.trips, world.walking.legs), self._open, strict=False):
            moves.off[found.row] = asks[found.choice] != found.asks

    def start(self, persons: int, legs: pd.DataFrame | None) -> FleetColumns:
        """Return the fleets at the start of a run."""
        if not self._vehicles and not self._things and self.asks is None:
            return no_fleet()
        seats, berth = np.array(self._vehicles, np.int64).reshape(-1, 2).T
        vehicles = table(VEHICLE, len(seats), seats=seats, berth=berth, due_ms=-1, until_ms=1 << 60)
        jobs, next_job = self._jobs(persons, legs)
        r = self.rides
        return FleetColumns(
            vehicles=vehicles,
            tasks=table(TASK, len(vehicles) * LONGEST, job=-1),
            jobs=jobs,
            berths=self.berths,
            rules=table(
                DUTY, 1, doors_ms=round((r.doors_s + r.pull_s) * MS_PER_S),
                board_ms=round(r.board_s * MS_PER_S), alight_ms=round(r.alight_s * MS_PER_S),
                patience_ms=round(self.patience_s * MS_PER_S),
            ),
            asked=np.full(len(jobs), -1, np.int32),
            next_job=next_job,
            # a copy: pandas gives what cannot be written to, for which the loop is compiled again
            length_m=self.ground.city["streets"]["length_m"].to_numpy(float, copy=True)
            if "streets" in self.ground.city else np.zeros(len(self.ground.network.tails)),
        )  # fmt: skip

    def _jobs(self, persons: int, legs: pd.DataFrame | None) -> tuple[Rows, NDArray[np.int32]]:
        """Return the jobs, those of persons by person and then in their order, things after."""
        found = pd.DataFrame() if legs is None else legs
        rows = (
            np.flatnonzero(found["mode"].to_numpy() == ON_DEMAND)
            if len(found)
            else np.zeros(0, int)
        )
        mine = found.iloc[rows]
        things = pd.DataFrame(self._things, columns=list(JOBS))
        jobs = table(
            JOB, len(rows) + len(things), leg=-1, who=-1, vehicle=-1, asked_ms=-1, ready_ms=-1,
            taken_ms=-1, ended_ms=-1, load=1, by_ms=1 << 60, longest_ms=1 << 60,
        )  # fmt: skip
        own, given = jobs[: len(rows)], jobs[len(rows) :]
        if len(rows):
            own.leg, own.who = rows, mine["person"]
            own.walk_ms = np.round(mine["walk_s"].to_numpy(float) * MS_PER_S)
            for name in ("start", "end", "otherwise", "worth_krw", "instead_krw"):
                own[name] = mine[name].to_numpy()
        for name in ("start", "end", "load"):
            given[name] = things[name].to_numpy(np.int64)
        given.asked_ms = np.round(things["asked_s"].to_numpy(float) * MS_PER_S)
        who = own.who if len(rows) else np.zeros(0, np.int64)
        return jobs, np.searchsorted(who, np.arange(persons)).astype(np.int32)

    @property
    def live(self) -> FleetColumns:
        """The columns of the run that is on."""
        return self.live_world.fleet

    @property
    def live_world(self) -> World:
        """The world of the run that is on."""
        if self.world is None:
            raise RuntimeError("a fleet can be told what to do once the run has begun")
        return self.world

    def look(self, weights: tuple[float, float, float], promise: Rows) -> Look:
        """Return what a dispatcher looks by; weights of a second of driving, waiting and riding."""
        return looked(self.live_world, weights, promise)

    def new(self) -> Ints:
        """Return the jobs that were asked for since somebody last asked this."""
        fleet, seen = self.live, self._seen
        self._seen = int(fleet.rules.asked[0])
        jobs = fleet.asked[seen : self._seen].astype(np.int64)
        asked: Ints = jobs[fleet.jobs.state[jobs] == State.ASKED]
        return asked

    def plan(self, vehicle: int) -> Rows:
        """Return the tasks that a vehicle has still to do."""
        tasks = table(TASK, LONGEST)
        return tasks[: plan_of(self.live_world, vehicle, tasks)].copy()

    def send(self, now_ms: int, vehicle: int, tasks: Rows) -> None:
        """Give a vehicle another plan."""
        replan(self.live_world, now_ms, vehicle, tasks, len(tasks))

    def refuse(self, now_ms: int, job: int, why: int = Lost.REFUSED) -> None:
        """Refuse a job."""
        refuse(self.live_world, now_ms, job, why)

    def tables(self) -> dict[str, pa.Table]:
        """Return what the trace keeps beside its events: ``vehicle``, ``berth``, ``job``.

        The berth of a vehicle is where it begins.
        """
        fleet = self.live
        if not len(fleet.berths):
            return {}
        vehicles, berths, jobs = fleet.vehicles, fleet.berths, fleet.jobs
        return {
            "vehicle": pa.table(
                {
                    "vehicle": np.arange(len(vehicles)),
                    "car": np.arange(len(vehicles)) + int(fleet.rules.cars[0]),
                    "seats": vehicles.seats,
                    "berth": np.array([berth for _, berth in self._vehicles]),
                }
            ),
            "berth": pa.table({"berth": np.arange(len(berths)), "x": berths.x, "y": berths.y}),
            "job": pa.table(
                {
                    "job": np.arange(len(jobs)),
                    **{n: jobs[n] for n in JOB_COLUMNS},
                }
            ),
        }


def _open(moves: pd.DataFrame) -> _Open:
    choice = moves["choice"].to_numpy(np.int64)
    row = np.flatnonzero(choice >= 0)
    asks = (
        moves["mode"].to_numpy()[row] == ON_DEMAND if "mode" in moves else np.zeros(len(row), bool)
    )
    return _Open(row, choice[row], asks)


def _check_near(ground: Ground, places: NDArray[np.float64], nodes: list[int]) -> None:
    network = ground.network
    for number, ((east, north), node) in enumerate(zip(places, nodes, strict=True)):
        away = float(np.hypot(network.x[node] - east, network.y[node] - north))
        if away > FAR_M:
            rule = f"within {FAR_M:g} m of a junction of the streets"
            raise ValueError(f"stop {number} must be {rule}, got {away:.0f} m")
