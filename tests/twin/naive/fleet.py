"""Vehicles that take jobs, told what to do as a dispatcher did, and the jobs of people and things.

A vehicle drives link by link to the berth of its next task and looks at its plan again at each
junction; at a berth it sets down, takes aboard, stands, holds for who is still to come and goes on.
"""

# mypy: disable-error-code="no-any-return, var-annotated"

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import mesa

from tests.twin.naive.streets import OnStreet
from tests.twin.naive.things import DAY, SAYS, Thing, things
from twin.luck import u01
from twin.world.columns import AT, Rank
from twin.world.fleet.columns import Doing, Lost, State, Work

__all__ = ["Fleet", "Said", "Task"]

MOST_TRIPS = (1 << 16) - 1


class Task(NamedTuple):
    """A task of a plan."""

    berth: int
    job: int
    work: int
    stay_ms: int = 0


@dataclass(frozen=True)
class Said:
    """What a dispatcher said: a plan of a vehicle, a promise, or a refusal.

    What has one ``breath`` was said at once, without anything happening meanwhile.
    """

    time_ms: int
    breath: int
    kind: str
    job: int = -1
    vehicle: int = -1
    plan: tuple[Task, ...] = ()
    wait_ms: int = 0
    hold_ms: int = 0
    why: int = 0


class Fleet:
    """All vehicles and jobs of a run."""

    def __init__(self, city: Any, said: Sequence[Said]) -> None:
        fleet = city.world.fleet
        self.city, self.said, self.rules = city, said, Thing(fleet.rules, 0)
        self.berths, self.length_m = things(fleet.berths), fleet.length_m.tolist()
        self.jobs = [Job(fleet.jobs, i).of(self) for i in range(len(fleet.jobs))]
        self.vehicles = [Vehicle(self, row) for row in things(fleet.vehicles)]

    def begin(self) -> None:
        for job in self.jobs:
            if job.who >= 0:
                self.city.persons[job.who].jobs.append(job)
            else:
                thing = len(self.vehicles) + job.id
                self.city.at(job.asked_ms, Rank.TASK, thing, job.appear)
        for (time_ms, breath), said in groupby(self.said, lambda s: (s.time_ms, s.breath)):
            self.city.at(time_ms, SAYS, breath, lambda words=tuple(said): self.hear(words))

    def hear(self, said: Sequence[Said]) -> None:
        for word in said:
            getattr(self, word.kind)(word)

    def send(self, said: Said) -> None:
        self.vehicles[said.vehicle].be_sent(list(said.plan))

    def grant(self, said: Said) -> None:
        """Promise a job to a vehicle: who asked goes to the stop."""
        job = self.jobs[said.job]
        job.vehicle, job.hold_ms = self.vehicles[said.vehicle], said.hold_ms
        if job.state != State.ASKED:
            return
        self.city.log(AT.GRANTED, job.who, job.id, said.vehicle, said.wait_ms, job.leg)
        job.state = State.READY if job.who < 0 else State.GRANTED
        if job.who >= 0:
            job.person.go_to_stop()

    def refuse(self, said: Said) -> None:
        """Refuse a job; who is on the way to the stop learns it there."""
        job = self.jobs[said.job]
        walks = job.state == State.GRANTED
        job.lose(said.why)
        if job.who >= 0 and not walks:
            job.person.go_otherwise()


class Job(Thing):
    """What is to be carried from a berth to another: a person, or a thing."""

    def of(self, fleet: Fleet) -> Job:
        self.fleet, self.city, self.vehicle = fleet, fleet.city, None
        return self

    @property
    def person(self) -> Any:
        return self.city.persons[self.who]

    @property
    def lost(self) -> bool:
        return self.state == State.LOST

    def appear(self) -> None:
        self.state, self.asked_ms = State.ASKED, self.city.now
        self.ready_ms = self.city.now + self.walk_ms
        self.city.log(AT.ASKED, self.who, self.id, self.leg, self.start, self.end)

    def lose(self, why: int) -> None:
        self.state, now = State.LOST, self.city.now
        self.city.log(AT.LOST, self.who, self.id, why, self.leg, now - self.asked_ms)

    def be_ready(self) -> None:
        self.state, self.ready_ms = State.READY, self.city.now

    def call_back(self) -> None:
        """Let the vehicle act that holds for this job."""
        if self.vehicle.doing == Doing.HOLDING and self.vehicle.berth == self.start:
            self.vehicle.come_by(self.city.now)

    def get_on(self, vehicle: Vehicle) -> None:
        self.state, now = State.ABOARD, self.city.now
        self.taken_ms = now
        waited = now - self.asked_ms, now - self.ready_ms
        self.city.log(AT.PICKED_UP, self.who, self.id, vehicle.number, *waited)
        if self.who >= 0:
            self.person.be_taken()

    def get_off(self, vehicle: Vehicle) -> None:
        self.state, self.ended_ms = State.DONE, self.city.now
        rode = self.ended_ms - self.taken_ms
        self.city.log(AT.SET_DOWN, self.who, self.id, vehicle.number, rode)
        if self.who >= 0:
            self.person.be_set_down()


class Vehicle(OnStreet, mesa.Agent):  # type: ignore[misc]
    """A vehicle: where it is, its plan, what it does, how many are aboard."""

    def __init__(self, fleet: Fleet, row: Thing) -> None:
        super().__init__(fleet.city)
        self.fleet, self.city, self.number = fleet, fleet.city, row.id
        self.id = fleet.rules.cars + row.id
        self.car = Thing(fleet.city.world.cars, self.id)
        self.node, self.berth, self.doing = self.car.node, row.berth, Doing.IDLE
        self.plan: list[Task] = []
        self.aboard = self.off = self.taken = self.trips = self.moment = 0
        self.metres, self.due, self.base_set, self.goal = 0.0, -1, 0, -1

    def draw(self, purpose: int, look: int) -> float:
        rules = self.city.rules
        return u01(rules.seed, rules.epoch, purpose, self.car.key, self.moment, look)

    def be_sent(self, plan: list[Task]) -> None:
        self.plan = plan
        if (self.doing == Doing.IDLE and plan) or self.doing == Doing.HOLDING:
            self.come_by(self.city.now)

    def come_by(self, time_ms: int) -> None:
        """Look at the plan at a time."""
        self.due = time_ms
        self.city.at(time_ms, Rank.TASK, self.number, self.look)

    def look(self) -> None:
        if self.due == self.city.now:
            self.due = -1
            self.serve()

    # At a berth.

    def serve(self) -> None:
        """Do the tasks of this berth; then stand, hold for somebody, or go on."""
        off = on = stay_ms = 0
        held: Any = None
        while self.plan and self.plan[0].berth == self.berth and held is None:
            task = self.plan[0]
            job = self.fleet.jobs[task.job] if task.job >= 0 else None
            if task.work == Work.PICK_UP and self.waits_for(job):
                held = job
                continue
            self.plan.pop(0)
            if task.work == Work.PICK_UP:
                on += self.take(job)
            elif task.work == Work.SET_DOWN:
                off += self.put(job)
            else:
                stay_ms += task.stay_ms
        self.off, self.taken = self.off + off, self.taken + on
        if off + on + stay_ms:
            self.doing = Doing.STANDING
            self.come_by(self.city.now + stay_ms + self.dwell(off, on))
        elif held is not None:
            self.doing = Doing.HOLDING
            self.come_by(held.hold_ms)
        else:
            self.depart()

    def waits_for(self, job: Any) -> bool:
        return job.state == State.GRANTED and job.hold_ms > self.city.now

    def take(self, job: Any) -> int:
        if job.state == State.GRANTED:
            job.lose(Lost.NOT_THERE)
        if job.state != State.READY:
            return 0
        self.aboard += job.load
        job.get_on(self)
        return job.load

    def put(self, job: Any) -> int:
        if job.state != State.ABOARD:
            return 0
        self.aboard -= job.load
        job.get_off(self)
        return job.load

    def dwell(self, off: int, on: int) -> int:
        rules = self.fleet.rules
        slower = max(off * rules.alight_ms, on * rules.board_ms)
        return rules.doors_ms + slower if off + on else 0

    # On the way.

    def depart(self) -> None:
        if self.doing != Doing.IDLE:
            told = self.off, self.taken, self.aboard, int(self.metres + 0.5)
            self.city.log(AT.STOP, self.number, self.berth, *told)
            self.metres = 0.0
        self.off = self.taken = 0
        if self.plan:
            self.set_out()
        else:
            self.doing = Doing.IDLE

    def set_out(self) -> None:
        self.trips = min(self.trips + 1, MOST_TRIPS)
        self.moment = (self.city.now // DAY << 16) | self.trips
        self.aim()
        known, _ = self.city.known_sets(self.goal)
        self.base_set = min(known, key=lambda s: self.city.way_ms(s, self.node, self.goal))
        arc = self.city.next_link(self.base_set, self.node, -1, self.goal)
        if arc < 0:
            self.berth = self.plan[0].berth
            self.come_by(self.city.now)
            return
        self.berth, self.doing = -1, Doing.DRIVING
        self.city.streets.go(self, arc)

    def aim(self) -> None:
        self.goal = self.fleet.berths[self.plan[0].berth].node

    def run(self) -> None:
        ms = self.city.streets.links[self.arc].ms
        self.city.streets.come(self, ms + int(self.car.slower * ms))

    def at_line(self) -> None:
        """Take another link by the plan as it is now, or be at the berth."""
        street = self.city.streets.links[self.arc]
        self.city.log(AT.DRIVE, self.number, self.arc)
        self.metres += self.fleet.length_m[self.arc]
        if self.plan:
            self.aim()
            arc = self.city.next_link(self.base_set, street.head, self.arc, self.goal)
            if arc >= 0:
                self.city.streets.go(self, arc)
                return
        self.city.streets.step_off(self)
        self.node, self.arc = street.head, -1
        if self.plan:
            self.berth = self.plan[0].berth
            self.serve()
        else:
            self.doing = Doing.IDLE

    def wanted(self) -> int | None:
        ahead = self.city.streets.links[self.arc].head
        return self.city.next_link(self.base_set, ahead, self.arc, self.goal)

    @property
    def goal_row(self) -> int:  # type: ignore[override]
        return self.city.nodes[self.goal].row
