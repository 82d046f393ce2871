"""People with the legs of a day: on foot, by bus, on demand, or carried as planned."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

from gis.population import Mode
from tests.twin.naive.things import MINUTE, Thing
from tests.twin.naive.walkers import Walker
from twin.world.columns import AT, Rank
from twin.world.fleet.columns import ON_DEMAND, Lost
from twin.world.transit.columns import Unserved

__all__ = ["Person"]


class Person(Walker):
    """A person with the legs of a day."""

    def __init__(self, city: Any, row: Thing) -> None:
        super().__init__(city, row)
        self.legs = city.town.legs[row.leg : row.beyond]
        self.jobs: list[Any] = []
        self.stop = self.target = self.denied = self.wait = 0
        self.start = self.since = self.rode = self.waited_ms = self.boardings = 0

    def begin(self) -> None:
        if self.legs:
            self.due(self.legs[0].depart_ms)

    def due(self, time_ms: int) -> None:
        self.day.at(time_ms, Rank.RIDE, self.id, self.depart)

    def depart(self) -> None:
        """Begin the next leg: ask a fleet for it, or go as people do without one."""
        self.leg = self.legs.pop(0)
        if self.leg.mode == ON_DEMAND:
            self.jobs[0].appear()
            self.be_patient(self.day.fleet.rules.patience_ms, self.hang_up)
        else:
            self.travel(self.leg.mode)

    def travel(self, mode: int) -> None:
        leg, self.start = self.leg, self.day.now
        if mode == Mode.WALK:
            self.set_out(leg.origin, leg.destination, self.be_there_on_foot)
        elif mode == Mode.BUS and self.day.service.lines and self.ask():
            return
        elif leg.planned_ms < 0:
            self.waited_ms = self.denied = 0
            self.fail(Unserved.NO_PATH, -1)
        else:
            over = self.start + leg.planned_ms
            self.day.at(over, Rank.RIDE, self.id, lambda: self.be_carried(mode))

    def be_there_on_foot(self) -> None:
        self.day.log(AT.WALK, self.id, self.leg.id, *self.told())
        self.rest()

    def be_carried(self, mode: int) -> None:
        self.day.log(AT.TRAVEL, self.id, self.leg.id, self.start, mode)
        self.rest()

    def rest(self) -> None:
        if self.legs:
            self.due(max(self.legs[0].depart_ms, self.day.now + MINUTE))

    def be_patient(self, ms: int, then: Any) -> None:
        """Do something unless what is waited for has come by then."""
        self.wait += 1
        this = self.wait

        def over() -> None:
            if this == self.wait:
                then()

        self.day.at(self.day.now + ms, Rank.RIDE, self.id, over)

    def walk_to(self, start: int, goal: int, then: Any) -> None:
        """Walk to, between or from the stops of a ride, and then do something."""

        def be_there() -> None:
            self.day.log(AT.ACCESS, self.id, self.leg.id, *self.told())
            then()

        self.set_out(start, goal, be_there)

    # By bus.

    def cost(self, metres: float) -> float:
        return self.day.service.rules.walk_weight * metres / self.row.mps

    def ask(self) -> bool:
        """Choose the stops to get on and off at for the least weighted time, if lines are asked."""
        service, leg = self.day.service, self.leg
        ends = [self.near_row(leg.origin), self.near_row(leg.destination)]
        within, direct = min(leg.origin, leg.destination) >= 0, math.inf
        if within:
            direct = service.metres(*(self.day.places[row] for row in ends))
        best, ways, any_bus = math.inf, None, False
        for on, before in service.near[ends[0]] if min(ends) >= 0 else ():
            for off, after in service.near[ends[1]]:
                if not service.goes(on, off):
                    continue
                any_bus = True
                cost = self.cost(before) + service.cost_s[off][on] + self.cost(after)
                if before + after < direct and cost < best:
                    best, ways = cost, (on, off)
        if not any_bus and not within:
            return False
        self.waited_ms = self.boardings = self.denied = 0
        self.stop, self.target = ways or (-1, -1)
        self.day.log(AT.ASK, self.id, leg.id, self.stop, self.target)
        if not any_bus:
            self.fail(Unserved.NO_BUS, -1)
        elif ways is None:
            self.set_out(leg.origin, leg.destination, self.be_there_on_foot)
        elif leg.origin < 0:
            self.be_at_stop()
        else:
            self.walk_to(leg.origin, self.spot(self.stop), self.be_at_stop)
        return True

    def near_row(self, place: int) -> int:
        """Return the row of near stops of an end of the leg: a place or a gate."""
        gate, gates = self.leg.gate, self.day.service.gates
        return place if place >= 0 or not 0 <= gate < len(gates) else gates[gate]

    def spot(self, stop: int) -> int:
        return self.day.service.rules.spots + stop

    def be_at_stop(self) -> None:
        service, here = self.day.service, self.spot(self.stop)
        if self.stop == self.target:
            if self.leg.destination < 0:
                self.end_ride()
            else:
                self.walk_to(here, self.leg.destination, self.end_ride)
            return
        other = service.transfer[self.target][self.stop]
        if other >= 0:
            self.stop = other
            self.walk_to(here, self.spot(other), self.be_at_stop)
            return
        service.queues[self.stop].append(self)
        self.since = self.day.now
        self.be_patient(service.rules.patience_ms, self.lose_patience)

    def lose_patience(self) -> None:
        self.day.service.queues[self.stop].remove(self)
        self.waited_ms += self.day.now - self.since
        self.fail(Unserved.GAVE_UP, self.stop)

    def get_on(self, bus: Any) -> None:
        self.wait += 1
        self.day.service.queues[self.stop].remove(self)
        bus.aboard.append(self)
        waited = self.day.now - self.since
        self.day.log(AT.BOARD, self.id, bus.number, bus.call, waited)
        self.waited_ms += waited
        self.boardings += 1
        self.since = self.day.now

    def get_off(self, bus: Any) -> None:
        bus.aboard.remove(self)
        self.day.log(AT.ALIGHT, self.id, bus.number, bus.call, self.day.now - self.since)
        self.stop = self.day.service.calls[bus.call].stop
        self.be_at_stop()

    def fail(self, why: int, stop: int) -> None:
        told = why, stop, self.waited_ms, self.denied
        self.day.log(AT.UNSERVED, self.id, self.leg.id, *told)
        self.rest()

    def end_ride(self) -> None:
        told = self.start, self.waited_ms, self.boardings, self.denied
        self.day.log(AT.RIDE, self.id, self.leg.id, *told)
        self.rest()

    # On demand.

    def hang_up(self) -> None:
        """Have waited for too long, for an answer or for the vehicle."""
        self.jobs[0].lose(Lost.GAVE_UP)
        self.go_otherwise()

    def go_to_stop(self) -> None:
        """Be promised a vehicle: go to where it stops."""
        self.wait += 1
        berth = self.day.fleet.berths[self.jobs[0].start]
        self.walk_to(self.leg.origin, berth.spot, self.be_at_berth)

    def be_at_berth(self) -> None:
        """Be at the stop: the vehicle is still to come, or has left or been refused."""
        job = self.jobs[0]
        if job.lost:
            self.go_otherwise()
            return
        job.be_ready()
        self.be_patient(self.day.fleet.rules.patience_ms, self.hang_up)
        job.call_back()

    def be_taken(self) -> None:
        self.wait += 1

    def be_set_down(self) -> None:
        berth = self.day.fleet.berths[self.jobs[0].end]
        self.walk_to(berth.spot, self.leg.destination, self.end_hailed)

    def end_hailed(self) -> None:
        job = self.jobs.pop(0)
        took = job.taken_ms - job.asked_ms, job.ended_ms - job.taken_ms
        self.day.log(AT.HAILED, self.id, self.leg.id, job.id, job.asked_ms, *took)
        self.rest()

    def go_otherwise(self) -> None:
        """Make the leg without the fleet, as if from its start."""
        self.wait += 1
        self.travel(self.jobs.pop(0).otherwise)
