"""Runs that keep what the naive city needs: the world at its start, what the dispatcher said."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from tests.twin.naive.city import City
from tests.twin.naive.fleet import Said, Task
from tests.twin.naive.machines import Sent
from twin.dispatch import Dispatcher
from twin.sim import Sim
from twin.world.columns import AT, World
from twin.world.fleet.columns import LONGEST, Lost, State, Work
from twin.world.rows import Rows
from twin.world.walking.pavement import Pavement

__all__ = ["Recorded", "Sending", "Told", "naively", "same"]


class Told(Sim):
    """A run without warm-up that keeps its world as it was at the start, and its whole log."""

    began: World

    def _settle(self) -> None:
        self.began = deepcopy(cast(World, self.world))
        super()._settle()

    @property
    def told(self) -> list[list[int]]:
        """The log, row by row in the order of events."""
        return cast(list[list[int]], np.concatenate(self._rows).tolist())


class Recorded(Dispatcher):
    """A dispatcher that inserts, and writes down what it said: as the columns show it after."""

    def __init__(self, sim: Sim, *promise: Any, **more: Any) -> None:
        super().__init__(sim, *promise, **more)
        self.said: list[Said] = []
        self.breath = 0
        self.fleet.send, self.fleet.refuse = self.send, self.refuse  # type: ignore[method-assign]

    def decide(self) -> None:
        self.breath += 1
        super().decide()

    def roam(self) -> None:
        self.breath += 1
        super().roam()

    def answer(self, asked: NDArray[np.int64]) -> None:
        for job in asked.tolist():
            super().answer(np.array([job]))
            self.note_answer(job)

    def take_back(self, vehicle: int) -> None:
        self.breath += 1
        plan = self.fleet.plan(vehicle)
        waiting = (self.fleet.live.jobs.state[plan.job] != State.ABOARD) & (plan.job >= 0)
        super().take_back(vehicle)
        for job in plan.job[waiting & (plan.work == Work.PICK_UP)].tolist():
            self.note_answer(job, Lost.BROKEN)

    def send(self, now_ms: int, vehicle: int, tasks: Rows) -> None:
        type(self.fleet).send(self.fleet, now_ms, vehicle, tasks)
        self.note_plan(vehicle)

    def refuse(self, now_ms: int, job: int, why: int = Lost.REFUSED) -> None:
        type(self.fleet).refuse(self.fleet, now_ms, job, why)
        self.note("refuse", job=job, why=why)

    def note(self, kind: str, **more: Any) -> None:
        self.said.append(Said(self.now_ms, self.breath, kind, **more))

    def note_plan(self, vehicle: int) -> None:
        fleet = self.fleet.live
        rows = fleet.tasks[vehicle * LONGEST :][: fleet.vehicles.beyond[vehicle]]
        names = ("berth", "job", "work", "stay_ms")
        plan = tuple(Task(*(int(row[name]) for name in names)) for row in rows)
        self.note("send", vehicle=vehicle, plan=plan)

    def note_answer(self, job: int, why: int = Lost.REFUSED) -> None:
        row = self.fleet.live.jobs[job]
        if row.state == State.LOST:
            self.note("refuse", job=job, why=why)
            return
        self.note_plan(int(row.vehicle))
        told = {"job": job, "vehicle": int(row.vehicle), "hold_ms": int(row.hold_ms)}
        self.note("grant", wait_ms=self.promised_ms(job), **told)

    def promised_ms(self, job: int) -> int:
        """Return the wait that was promised just now; 0 where the job was granted before."""
        calendar = self.fleet.live_world.calendar
        log = calendar.rows[: calendar.logged[0]]
        granted = log[(log[:, 1] == AT.GRANTED) & (log[:, 3] == job), 5]
        return int(granted[-1]) if len(granted) else 0


class Sending(Pavement):
    """Machines on footways, and a list of where they were sent."""

    sent: list[Sent]

    def _send(
        self, number: int, arcs: NDArray[np.integer[Any]], node: int, door_m: float
    ) -> simpy.Event:
        from_m = self._machines[number].door_m
        event = super()._send(number, arcs, node, door_m)
        legs, machines = self._live.walking.legs, self._live.walking.machines
        moment = int(legs.moment[len(legs) - len(machines) + number])
        way = tuple(map(int, arcs))
        self.sent.append(Sent(int(self.clock.env.now), number, way, from_m, door_m, moment))
        return event


def naively(run: Told, said: Sequence[Said] = (), sent: Sequence[Sent] = ()) -> City:
    """Return the naive city after it has lived what a run lived."""
    city = City(run.began, run.span.begin_ms, said, sent)
    city.live(run.span.end_ms, run.ground.people.cars["home"].tolist())
    return city


def same(kernel: list[list[int]], naive: list[tuple[int, ...]]) -> None:
    """Check that the same happened, event by event in one order; tell the first that differs."""
    for number, (row, expected) in enumerate(zip(kernel, naive, strict=False)):
        assert tuple(row[: len(expected)]) == expected, f"event {number}"
    assert len(kernel) == len(naive)
