"""Buses and riders once more, for reading: objects with queues, on SimPy's clock."""

# mypy: disable-error-code="no-any-return, var-annotated"

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable

import mesa
import simpy

from tests.twin.reference import Thing
from twin.calendar import RANK_SHIFT
from twin.world.columns import Rank, World
from twin.world.transit.columns import ALIGHTS, BOARDS

__all__ = ["Service", "live"]

MINUTE = 60_000
Rows = dict[str, list[tuple[int, ...]]]


class Service(mesa.Model):  # type: ignore[misc]
    """The model: stops with queues, buses on their runs, riders on their legs."""

    def __init__(self, world: World, start_ms: int) -> None:
        super().__init__()
        transit = world.transit
        self.env = simpy.Environment(initial_time=start_ms)
        self.rows: Rows = defaultdict(list)
        self.rules = Thing(transit.rules, 0)
        self.calls = [Thing(transit.calls, i) for i in range(len(transit.calls))]
        self.lines = [Thing(transit.lines, i) for i in range(len(transit.lines))]
        self.stops = [Thing(transit.stops, i) for i in range(len(transit.stops))]
        self.queues: list[list[Rider]] = [[] for _ in self.stops]
        self.legs = [Thing(world.walking.legs, i) for i in range(len(world.walking.legs))]
        self.places = [Thing(world.places, i) for i in range(len(world.places))]
        self.ms = [int(world.links.ms[arc]) for arc in transit.routes]
        self.policy, self.cost_s = transit.policy.tolist(), transit.cost_s.tolist()
        self.transfer = transit.transfer.tolist()
        self.near = [
            [(stop, m) for stop, m in zip(stops, metres, strict=True) if stop >= 0]
            for stops, metres in zip(transit.near.tolist(), transit.near_m.tolist(), strict=True)
        ]
        self.buses = [Bus(self, Thing(transit.buses, i)) for i in range(len(transit.buses))]
        persons = world.walking.persons
        self.riders = [Rider(self, Thing(persons, i)) for i in range(len(persons))]

    @property
    def now(self) -> int:
        return int(self.env.now)

    def at(self, time_ms: int, rank: int, thing: int, do: Callable[[], None]) -> None:
        """Do something at its place in the order (time, rank, id)."""
        event = self.env.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: do())
        priority = 2 + (rank << RANK_SHIFT) + thing
        self.env.schedule(event, priority=priority, delay=time_ms - self.now)  # type: ignore[arg-type]

    def log(self, event: str, *columns: int) -> None:
        self.rows[event].append((self.now, *columns))

    def metres(self, a: Thing, b: Thing) -> float:
        dx, dy = a.x - b.x, a.y - b.y
        return self.rules.detour * math.sqrt(dx * dx + dy * dy)

    def does(self, rider: Rider, call: int, what: int) -> bool:
        return bool(self.policy[rider.target][call] & what)


class Bus(mesa.Agent):  # type: ignore[misc]
    """A bus on one run."""

    def __init__(self, model: Service, row: Thing) -> None:
        super().__init__(model)
        self.service, self.id, self.line = model, row.id, model.lines[row.line]
        self.call, self.step = self.line.first, row.step
        self.aboard: list[Rider] = []
        model.at(row.depart_ms, Rank.BUS, self.id, self.come)

    @property
    def last(self) -> bool:
        return self.call + 1 == self.line.beyond

    def come(self) -> None:
        service = self.service
        self.since = service.now
        leaving = [r for r in self.aboard if self.last or service.does(r, self.call, ALIGHTS)]
        for rider in leaving:
            rider.get_off(self)
        self.off, self.on = len(leaving), self.let_on()
        if self.off + self.on:
            dwell = max(self.on * self.boarding(), self.off * service.rules.alight_ms)
            closing = service.now + service.rules.doors_ms + dwell
            service.at(closing, Rank.BUS, self.id, self.close)
        else:
            self.pull_out()

    def close(self) -> None:
        late = self.let_on()
        if not late:
            self.pull_out()
            return
        self.on += late
        again = self.service.now + late * self.boarding()
        self.service.at(again, Rank.BUS, self.id, self.close)

    def boarding(self) -> int:
        rules = self.service.rules
        return rules.board_ms + (rules.crowded_ms if len(self.aboard) > self.line.seats else 0)

    def wanting(self) -> list[Rider]:
        queue = self.service.queues[self.service.calls[self.call].stop]
        return [r for r in queue if not self.last and self.service.does(r, self.call, BOARDS)]

    def let_on(self) -> int:
        room = self.line.capacity - len(self.aboard)
        boarding = self.wanting()[:room]
        for rider in boarding:
            rider.get_on(self)
        return len(boarding)

    def pull_out(self) -> None:
        service = self.service
        denied = self.wanting()
        for rider in denied:
            rider.denied += 1
        service.log("call", self.id, self.call, self.since, self.off, self.on, len(denied))
        if self.last:
            return
        done = int(service.ms[self.step] * service.calls[self.call].at)
        self.call += 1
        self.go_on(done)

    def go_on(self, done: int) -> None:
        service, ms, call = self.service, self.service.ms[self.step], self.service.calls[self.call]
        if call.step == self.step:
            service.at(service.now + int(ms * call.at) - done, Rank.BUS, self.id, self.come)
        else:
            car = service.rules.cars + self.id
            service.at(service.now + ms - done, Rank.LINK, car, self.next_link)

    def next_link(self) -> None:
        self.step += 1
        self.go_on(0)


class Rider(mesa.Agent):  # type: ignore[misc]
    """A person with legs by bus."""

    def __init__(self, model: Service, row: Thing) -> None:
        super().__init__(model)
        self.service, self.id, self.mps = model, row.id, row.mps
        self.legs = model.legs[row.leg : row.beyond]
        self.stop = self.target = self.denied = self.waits = 0
        if self.legs:
            self.set_out(self.legs[0].depart_ms)

    def set_out(self, time_ms: int) -> None:
        self.service.at(time_ms, Rank.RIDE, self.id, self.ask)

    def cost(self, metres: float) -> float:
        return self.service.rules.walk_weight * metres / self.mps

    def ask(self) -> None:
        service, leg = self.service, self.legs.pop(0)
        self.leg, self.start = leg, service.now
        self.waited = self.boardings = self.denied = 0
        if leg.origin < 0 or leg.destination < 0:
            self.fail(0, -1)
            return
        direct = service.metres(service.places[leg.origin], service.places[leg.destination])
        best, ways = self.cost(direct), None
        for on, before in service.near[leg.origin]:
            for off, after in service.near[leg.destination]:
                cost = self.cost(before) + service.cost_s[off][on] + self.cost(after)
                if off != on and cost < best:
                    best, ways = cost, (on, before, off, after)
        if ways is None:
            service.log("ask", self.id, leg.id, -1, -1)
            self.walk(direct, self.arrive)
            return
        self.stop, before, self.target, self.after = ways
        service.log("ask", self.id, leg.id, self.stop, self.target)
        self.walk(before, self.be_at_stop)

    def walk(self, metres: float, then: Callable[[], None]) -> None:
        took = max(1, math.floor(1_000.0 * metres / self.mps + 0.5))
        self.service.at(self.service.now + took, Rank.RIDE, self.id, then)

    def be_at_stop(self) -> None:
        service = self.service
        if self.stop == self.target:
            self.walk(self.after, self.arrive)
            return
        other = service.transfer[self.target][self.stop]
        if other >= 0:
            metres = service.metres(service.stops[self.stop], service.stops[other])
            self.stop = other
            self.walk(metres, self.be_at_stop)
            return
        service.queues[self.stop].append(self)
        self.since = service.now
        self.waits += 1
        this = self.waits
        over = service.now + service.rules.patience_ms
        service.at(over, Rank.RIDE, self.id, lambda: self.lose_patience(this))

    def lose_patience(self, wait: int) -> None:
        queue = self.service.queues[self.stop]
        if wait == self.waits and self in queue:
            queue.remove(self)
            self.waited += self.service.now - self.since
            self.fail(1, self.stop)

    def get_on(self, bus: Bus) -> None:
        service = self.service
        service.queues[self.stop].remove(self)
        bus.aboard.append(self)
        waited = service.now - self.since
        service.log("board", self.id, bus.id, bus.call, waited)
        self.waited += waited
        self.boardings += 1
        self.since = service.now

    def get_off(self, bus: Bus) -> None:
        service = self.service
        bus.aboard.remove(self)
        service.log("alight", self.id, bus.id, bus.call, service.now - self.since)
        self.stop = service.calls[bus.call].stop
        self.be_at_stop()

    def fail(self, why: int, stop: int) -> None:
        self.service.log("unserved", self.id, self.leg.id, why, stop, self.waited, self.denied)
        self.rest()

    def arrive(self) -> None:
        told = (self.start, self.waited, self.boardings, self.denied)
        self.service.log("ride", self.id, self.leg.id, *told)
        self.rest()

    def rest(self) -> None:
        if self.legs:
            self.set_out(max(self.legs[0].depart_ms, self.service.now + MINUTE))


def live(world: World, start_ms: int, end_ms: int) -> Rows:
    """Live the day and return the rows of each event."""
    service = Service(world, start_ms)
    service.env.run(until=end_ms + 1)
    service.remove_all_agents()
    mesa.Agent._ids.pop(service, None)
    return dict(service.rows)
