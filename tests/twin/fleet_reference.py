"""Vehicles that take jobs, naively: a SimPy process a vehicle, told what to do as a dispatcher did.

Things only, on streets without traffic. A vehicle drives link by link to the berth of its next task
and looks at its plan again at each junction; at a berth it takes, sets down, stands and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import simpy

from twin.world.columns import Rank, World
from twin.world.fleet.columns import Doing, Work

__all__ = ["Command", "Model", "Vehicle"]

NONE = 255
Row = tuple[Any, ...]
Task = tuple[int, int, int]  # berth, job, work


@dataclass(frozen=True)
class Command:
    """What a dispatcher said at a time: a plan of a vehicle, a promise, or a refusal."""

    time_ms: int
    kind: str
    job: int
    vehicle: int = -1
    plan: tuple[Task, ...] = ()
    taken_ms: int = 0


@dataclass
class Vehicle:
    """A vehicle: where it is (``arc`` -1: at its node), its plan, what it does, who is aboard."""

    number: int
    node: int
    berth: int
    plan: list[Task] = field(default_factory=list)
    doing: int = Doing.IDLE
    aboard: int = 0
    off: int = 0
    on: int = 0
    turn: int = 0


class Model:
    """All vehicles and jobs of a run; ``rows`` are what happened, by event."""

    def __init__(self, world: World, nodes: list[int], asked_ms: list[int]) -> None:
        self.world, self.env = world, simpy.Environment()
        berths = world.fleet.berths
        at = {int(node): row for row, node in enumerate(berths.node)}
        self.vehicles = [Vehicle(n, node, at[node]) for n, node in enumerate(nodes)]
        self.asked, self.state = asked_ms, {}
        self.taken: dict[int, int] = {}
        self.rows: dict[str, list[Row]] = {}

    def log(self, event: str, *columns: int) -> None:
        self.rows.setdefault(event, []).append((self.now, *columns))

    @property
    def now(self) -> int:
        return int(self.env.now)

    def at(self, delay_ms: int, rank: int, thing: int) -> simpy.Event:
        """Return an event after a delay, in the order of kinds and things of its instant."""
        event = self.env.event()
        event._ok, event._value = True, None
        self.env.schedule(event, priority=(rank << 25) + thing, delay=delay_ms)  # type: ignore[arg-type]
        return event

    def live(self, commands: list[Command], until_ms: int) -> dict[str, list[Row]]:
        """Let everything happen that is due, and tell vehicles what they were told."""
        for job, time_ms in enumerate(self.asked):
            self.env.process(self.appear(job, time_ms))
        self.env.process(self.told(commands))
        self.env.run(until=until_ms + 1)
        return self.rows

    def appear(self, job: int, time_ms: int) -> Iterator[simpy.Event]:
        yield self.at(time_ms, Rank.TASK, len(self.vehicles) + job)
        self.state[job] = "asked"
        jobs = self.world.fleet.jobs
        self.log("asked", -1, job, -1, int(jobs.start[job]), int(jobs.end[job]))

    def told(self, commands: list[Command]) -> Iterator[simpy.Event]:
        """Say what the dispatcher said, after all else of the same instant."""
        for command in commands:
            yield self.at(command.time_ms - self.now, 31, 0)
            getattr(self, command.kind)(command)

    def grant(self, command: Command) -> None:
        wait = command.taken_ms - self.asked[command.job]
        self.log("granted", -1, command.job, command.vehicle, wait, -1)
        self.state[command.job] = "ready"

    def refuse(self, command: Command) -> None:
        self.state[command.job] = "lost"
        self.log("lost", -1, command.job, 0, -1, self.now - self.asked[command.job])

    def send(self, command: Command) -> None:
        vehicle = self.vehicles[command.vehicle]
        vehicle.plan = list(command.plan)
        if vehicle.doing == Doing.IDLE and vehicle.plan:
            self.env.process(self.come(vehicle))

    def come(self, vehicle: Vehicle) -> Iterator[simpy.Event]:
        """Work off the plan until nothing is left of it."""
        vehicle.turn += 1
        turn = vehicle.turn
        yield self.at(0, Rank.TASK, vehicle.number)
        while turn == vehicle.turn:
            stay_ms = self.serve(vehicle)
            if stay_ms:
                vehicle.doing = Doing.STANDING
                yield self.at(stay_ms, Rank.TASK, vehicle.number)
                continue
            self.close(vehicle)
            if not vehicle.plan:
                vehicle.doing = Doing.IDLE
                return
            yield from self.drive(vehicle)

    def serve(self, vehicle: Vehicle) -> int:
        """Do the tasks of this berth; return for how long the vehicle stands."""
        rules, off, on = self.world.fleet.rules[0], 0, 0
        while vehicle.plan and vehicle.plan[0][0] == vehicle.berth:
            _, job, work = vehicle.plan.pop(0)
            if work == Work.PICK_UP and self.state[job] == "ready":
                self.state[job], self.taken[job], on = "aboard", self.now, on + 1
                waited = self.now - self.asked[job]
                self.log("picked_up", -1, job, vehicle.number, waited, waited)
            elif work == Work.SET_DOWN and self.state[job] == "aboard":
                self.state[job], off = "done", off + 1
                self.log("set_down", -1, job, vehicle.number, self.now - self.taken[job])
        vehicle.aboard += on - off
        vehicle.off, vehicle.on = vehicle.off + off, vehicle.on + on
        if not off + on:
            return 0
        return int(rules.doors_ms + max(off * rules.alight_ms, on * rules.board_ms))

    def close(self, vehicle: Vehicle) -> None:
        if vehicle.doing != Doing.IDLE:
            self.log(
                "stop", vehicle.number, vehicle.berth, vehicle.off, vehicle.on, vehicle.aboard, 0
            )
        vehicle.off = vehicle.on = 0

    def drive(self, vehicle: Vehicle) -> Iterator[simpy.Event]:
        """Go to the berth of the next task, which may be another one at each junction."""
        ways, links, car = self.world.ways, self.world.links, self.first_car + vehicle.number
        vehicle.doing, arc = Doing.DRIVING, -1
        while True:
            vehicle.berth = vehicle.plan[0][0]
            goal = int(self.world.nodes.row[self.world.fleet.berths.node[vehicle.berth]])
            slot = (
                ways.first_slot[0, goal, vehicle.node] if arc < 0 else ways.next_slot[0, goal, arc]
            )
            if slot == NONE:
                if arc < 0:
                    yield self.at(0, Rank.TASK, vehicle.number)
                return
            arc = int(ways.out_arc[ways.out_first[vehicle.node] + slot])
            vehicle.berth = -1
            yield self.at(int(links.ms[arc]), Rank.LINK, car)
            self.log("drive", vehicle.number, arc)
            vehicle.node = int(links.head[arc])

    @property
    def first_car(self) -> int:
        return int(self.world.fleet.rules.cars[0])
