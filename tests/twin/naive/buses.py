"""Buses on their lines: call by call, among the cars."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

import mesa

from tests.twin.naive.streets import OnStreet
from tests.twin.naive.things import Thing, things
from twin.luck import u01
from twin.world.columns import AT, Rank
from twin.world.transit.columns import ALIGHTS, BOARDS

__all__ = ["Bus", "Service"]


class Service:
    """The lines, and the stops with their queues."""

    def __init__(self, city: Any) -> None:
        transit = city.world.transit
        self.city, self.rules = city, Thing(transit.rules, 0)
        self.routes = transit.routes.tolist()
        self.calls, self.lines = things(transit.calls), things(transit.lines)
        self.queues: list[list[Any]] = [[] for _ in transit.stops]
        self.policy, self.cost_s = transit.policy.tolist(), transit.cost_s.tolist()
        self.transfer, self.gates = transit.transfer.tolist(), transit.gates.tolist()
        self.near = [
            [(stop, m) for stop, m in zip(stops, metres, strict=True) if stop >= 0]
            for stops, metres in zip(transit.near.tolist(), transit.near_m.tolist(), strict=True)
        ]
        self.buses = [Bus(city, self, row) for row in things(transit.buses)]

    def begin(self) -> None:
        for bus in self.buses:
            self.city.at(bus.row.depart_ms, Rank.BUS, bus.number, bus.come)

    def metres(self, a: Thing, b: Thing) -> float:
        dx, dy = a.x - b.x, a.y - b.y
        return self.rules.detour * math.sqrt(dx * dx + dy * dy)

    def goes(self, stop: int, end: int) -> bool:
        """Tell whether somewhere on the way between two stops one waits for a bus."""
        while stop != end and self.transfer[end][stop] >= 0:
            stop = self.transfer[end][stop]
        return stop != end and self.cost_s[end][stop] < math.inf

    def does(self, rider: Any, call: int, what: int) -> bool:
        return bool(self.policy[rider.target][call] & what)


class Bus(OnStreet, mesa.Agent):  # type: ignore[misc]
    """A bus on one run; until its first call is over it stands beside the street."""

    is_bus = True

    def __init__(self, city: Any, service: Service, row: Thing) -> None:
        super().__init__(city)
        self.city, self.service, self.row, self.number = city, service, row, row.id
        self.id = service.rules.cars + row.id
        self.car = Thing(city.world.cars, self.id)
        self.line, self.call = service.lines[row.line], row.call
        self.step, self.done = service.calls[row.call].step, 0
        self.arc = service.routes[self.step]
        self.aboard: list[Any] = []

    def draw(self, purpose: int, look: int) -> float:
        rules = self.city.rules
        return u01(rules.seed, rules.epoch, purpose, self.car.key, self.car.moment, look)

    @property
    def last(self) -> bool:
        return self.call + 1 == self.line.beyond

    # At a stop.

    def come(self) -> None:
        service = self.service
        self.since = self.city.now
        leaving = [r for r in self.aboard if self.last or service.does(r, self.call, ALIGHTS)]
        for rider in leaving:
            rider.get_off(self)
        self.off, self.boarded = len(leaving), self.let_on()
        if self.off + self.boarded:
            dwell = max(self.boarded * self.boarding(), self.off * service.rules.alight_ms)
            self.stand(self.city.now + service.rules.doors_ms + dwell)
        else:
            self.pull_out()

    def close(self) -> None:
        late = self.let_on()
        if not late:
            self.pull_out()
            return
        self.boarded += late
        self.stand(self.city.now + late * self.boarding())

    def stand(self, until: int) -> None:
        if self.on is not None and self.service.calls[self.call].blocks:
            self.city.streets.block(self.on, until)
        self.city.at(until, Rank.BUS, self.number, self.close)

    def boarding(self) -> int:
        rules = self.service.rules
        return rules.board_ms + (rules.crowded_ms if len(self.aboard) > self.line.seats else 0)

    def wanting(self) -> list[Any]:
        queue = self.service.queues[self.service.calls[self.call].stop]
        return [r for r in queue if not self.last and self.service.does(r, self.call, BOARDS)]

    def let_on(self) -> int:
        boarding = self.wanting()[: self.line.capacity - len(self.aboard)]
        for rider in boarding:
            rider.get_on(self)
        return len(boarding)

    def pull_out(self) -> None:
        streets, denied = self.city.streets, self.wanting()
        for rider in denied:
            rider.denied += 1
        told = self.call, self.since, self.off, self.boarded, len(denied)
        self.city.log(AT.CALL, self.number, *told)
        street = streets.links[self.arc]
        self.done = int(street.ms * self.service.calls[self.call].at)
        self.call += 1
        if self.call == self.line.beyond:
            if self.on is not None:
                streets.leave(self)
        elif street.storage > 0 and self.on is None:
            streets.go(self, self.arc)
        else:
            self.run()

    # Between stops.

    def run(self) -> None:
        """Go on to the next call on this link, else to its end."""
        call, ms = self.service.calls[self.call], self.city.streets.links[self.arc].ms
        if call.step == self.step:
            there = self.city.now + int(ms * call.at) - self.done
            self.city.at(there, Rank.BUS, self.number, self.come)
        else:
            self.city.streets.come(self, ms - self.done)

    def at_line(self) -> None:
        self.step, self.done = self.step + 1, 0
        self.city.streets.go(self, self.service.routes[self.step])

    def wanted(self) -> int | None:
        return self.service.routes[self.step + 1]
