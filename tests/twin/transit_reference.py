"""Buses and riders once more, for reading: objects with queues, on SimPy's clock.

Buses drive freely, or among the cars of :class:`tests.twin.streets_reference.Streets`.
"""

# mypy: disable-error-code="no-any-return, var-annotated"

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from itertools import accumulate

import mesa
import simpy

from tests.twin.reference import Thing
from tests.twin.streets_reference import Car, Streets
from twin.calendar import RANK_SHIFT
from twin.world.columns import EVENTS, Rank, World
from twin.world.transit.columns import ALIGHTS, BOARDS
from twin.world.walking.columns import NO_WAY

__all__ = ["Service", "live"]

MINUTE = 60_000
Rows = dict[str, list[tuple[int, ...]]]


class Service(mesa.Model):  # type: ignore[misc]
    """The model: stops with queues, buses on their runs, riders on their legs."""

    def __init__(self, world: World, start_ms: int, routes: list[list[int]] | None = None) -> None:
        super().__init__()
        transit = world.transit
        self.env = simpy.Environment(initial_time=start_ms)
        self.streets = None if routes is None else Streets(world, routes, self.env)
        self.routes = transit.routes.tolist()
        self.rows: Rows = defaultdict(list)
        self.rules = Thing(transit.rules, 0)
        self.calls = [Thing(transit.calls, i) for i in range(len(transit.calls))]
        self.lines = [Thing(transit.lines, i) for i in range(len(transit.lines))]
        self.stops = [Thing(transit.stops, i) for i in range(len(transit.stops))]
        self.queues: list[list[Rider]] = [[] for _ in self.stops]
        self.legs = [Thing(world.walking.legs, i) for i in range(len(world.walking.legs))]
        self.walking = Footways(world)
        self.places = [Thing(world.places, i) for i in range(len(world.places))]
        self.ms = [int(world.links.ms[arc]) for arc in transit.routes]
        self.policy, self.cost_s = transit.policy.tolist(), transit.cost_s.tolist()
        self.transfer, self.gates = transit.transfer.tolist(), transit.gates.tolist()
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
        self.call, self.step = self.line.first, model.calls[self.line.first].step
        self.aboard: list[Rider] = []
        self.car = Car(model.rules.cars + row.id, model.routes[self.step :], 0.0)
        self.car.trip, self.car.drive = -1, lambda _: self.enter()  # type: ignore[method-assign]
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
            self.stand(service.now + service.rules.doors_ms + dwell)
        else:
            self.pull_out()

    def close(self) -> None:
        late = self.let_on()
        if not late:
            self.pull_out()
            return
        self.on += late
        self.stand(self.service.now + late * self.boarding())

    def stand(self, until: int) -> None:
        service, on = self.service, self.car.on
        if on is not None and service.calls[self.call].blocks:
            lane = service.streets.lanes[on.row.lane_first]
            lane.free = max(lane.free, until)
        service.at(until, Rank.BUS, self.id, self.close)

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
        streets, on = service.streets, self.car.on
        self.done = int(service.ms[self.step] * service.calls[self.call].at)
        self.call += 1
        if self.call == self.line.beyond:
            if on is not None:
                streets.leave(self.car)
        elif streets is not None and on is None:
            streets.go_on(self.car)
        else:
            self.go_on()

    def go_on(self) -> None:
        service, ms, call = self.service, self.service.ms[self.step], self.service.calls[self.call]
        if call.step == self.step:
            service.at(service.now + int(ms * call.at) - self.done, Rank.BUS, self.id, self.come)
        elif service.streets is None:
            service.at(service.now + ms - self.done, Rank.LINK, self.car.id, self.next_link)
        else:
            service.streets.come(self.car, ms - self.done)

    def next_link(self) -> None:
        self.step, self.done = self.step + 1, 0
        self.go_on()

    def enter(self) -> None:
        """Be on a link where cars queue: the first, on which it stood, or the next."""
        if self.car.step == 1:
            self.go_on()
        else:
            self.next_link()


class Footways:
    """The footways between spots."""

    def __init__(self, world: World) -> None:
        walking = world.walking
        self.spots = [Thing(walking.spots, i) for i in range(len(walking.spots))]
        self.arcs = [Thing(walking.ways, i) for i in range(len(walking.ways))]
        self.first, self.onward = walking.first.tolist(), walking.onward.tolist()
        self.slots, self.detour = walking.slots.tolist(), float(walking.rules.detour[0])

    def ways(self, start: int, goal: int) -> tuple[list[float], int]:
        """Return the metres from door to door, way by way, and 1 where no footway leads there."""
        a, b = self.spots[start], self.spots[goal]
        node, slots = a.node, self.slots[b.tree]
        if node != b.node and slots[node] == NO_WAY:
            dx, dy = b.x - a.x, b.y - a.y
            return [self.detour * math.sqrt(dx * dx + dy * dy)], 1
        metres = [a.door_m]
        while node != b.node:
            arc = self.arcs[self.onward[self.first[node] + slots[node]]]
            metres.append(arc.metres)
            node = arc.head
        return [*metres, b.door_m], 0


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
        ends = [self.near(leg.origin), self.near(leg.destination)]
        within = leg.origin >= 0 and leg.destination >= 0
        direct = service.metres(*(service.places[row] for row in ends)) if within else math.inf
        best, ways, any_bus = math.inf, None, False
        for on, before in service.near[ends[0]] if min(ends) >= 0 else ():
            for off, after in service.near[ends[1]]:
                if not self.goes(on, off):
                    continue
                any_bus = True
                cost = self.cost(before) + service.cost_s[off][on] + self.cost(after)
                if before + after < direct and cost < best:
                    best, ways = cost, (on, off)
        if not within and not any_bus:
            self.be_carried()
            return
        self.stop, self.target = ways or (-1, -1)
        service.log("ask", self.id, leg.id, self.stop, self.target)
        if not any_bus:
            self.fail(2, -1)
        elif ways is None:
            self.walk(leg.origin, leg.destination, self.rest, "walk")
        elif leg.origin < 0:
            self.be_at_stop()
        else:
            self.walk(leg.origin, self.spot(self.stop), self.be_at_stop)

    def near(self, place: int) -> int:
        """Return the row of near stops of an end of the leg: a place or a gate."""
        gate = self.leg.gate
        return place if place >= 0 or gate < 0 else self.service.gates[gate]

    def be_carried(self) -> None:
        service, leg, began = self.service, self.leg, self.service.now

        def be_there() -> None:
            service.log("travel", self.id, leg.id, began, leg.mode)
            self.rest()

        if leg.planned_ms < 0:
            self.fail(0, -1)
        else:
            service.at(began + leg.planned_ms, Rank.RIDE, self.id, be_there)

    def spot(self, stop: int) -> int:
        return self.service.rules.spots + stop

    def goes(self, stop: int, end: int) -> bool:
        """Tell whether somewhere on the way between two stops one waits for a bus."""
        while stop != end and self.service.transfer[end][stop] >= 0:
            stop = self.service.transfer[end][stop]
        return stop != end and self.service.cost_s[end][stop] < math.inf

    def walk(self, start: int, goal: int, then: Callable[[], None], event: str = "access") -> None:
        """Walk all the way, and then do something: no crossing is on it."""
        service, began = self.service, self.service.now
        ways, straight = service.walking.ways(start, goal)
        took = sum(math.floor(1_000.0 * metres / self.mps + 0.5) for metres in ways)
        whole = math.floor(list(accumulate(ways))[-1] + 0.5)

        def be_there() -> None:
            service.log(event, self.id, self.leg.id, began, whole, 0, straight)
            then()

        service.at(began + took, Rank.WALK, self.id, be_there)

    def be_at_stop(self) -> None:
        service = self.service
        if self.stop == self.target:
            if self.leg.destination < 0:
                self.arrive()
            else:
                self.walk(self.spot(self.stop), self.leg.destination, self.arrive)
            return
        other = service.transfer[self.target][self.stop]
        if other >= 0:
            here, self.stop = self.spot(self.stop), other
            self.walk(here, self.spot(other), self.be_at_stop)
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


def live(world: World, start_ms: int, end_ms: int, routes: list[list[int]] | None = None) -> Rows:
    """Live the day and return the rows of each event: with routes, among cars that queue."""
    service = Service(world, start_ms, routes)
    service.env.run(until=end_ms + 1)
    service.remove_all_agents()
    mesa.Agent._ids.pop(service, None)
    rows = dict(service.rows)
    for time, code, *columns in [] if service.streets is None else service.streets.rows:
        rows.setdefault(EVENTS[code][0], []).append((time, *columns))
    return rows
