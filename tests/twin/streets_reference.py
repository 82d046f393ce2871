"""Street traffic once more, for reading: cars, lanes and links as objects under SimPy's clock.

Every link keeps all cars that ever left it, every queue is a list, and a signal is looked up among
the greens of all cycles of the day. Events of one instant are ordered by rank, then id.
"""

# mypy: disable-error-code="no-any-return, var-annotated"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import simpy

from tests.twin.reference import Thing
from twin.calendar import RANK_SHIFT
from twin.world.columns import AT, Rank, World
from twin.world.streets.columns import Control

__all__ = ["Streets"]

DAY = 86_400_000
FULL = -1


class Link:
    """A street between two junctions."""

    def __init__(self, row: Thing) -> None:
        self.row = row
        self.entered = self.promised = self.next_in = self.held = 0
        self.left: list[int] = []
        self.moving: list[Car] = []
        self.waiting: list[Lane] = []

    @property
    def present(self) -> int:
        return self.entered - len(self.left)

    def hole(self, n: int) -> int:
        """When the hole for the n-th car has come to the start."""
        if n < self.row.storage:
            return 0
        return self.left[n - self.row.storage] + self.row.wave_ms


class Lane:
    """A lane at a stop line, or the entry of a link."""

    def __init__(self, row: Thing) -> None:
        self.row, self.id = row, row.id
        self.cars: list[Car] = []
        self.free = 0
        self.due = self.alarm = self.since = -1
        self.waits_for: Any = None
        self.promise: Any = None
        self.yielded = False


class Car:
    """A car with its route."""

    def __init__(self, number: int, route: list[int], slower: float) -> None:
        self.id, self.route, self.slower = number, route, slower
        self.step, self.trip = 0, number
        self.on: Any = None
        self.lane: Any = None
        self.turn: Any = None
        self.reach = 0
        self.since: Any = None

    @property
    def wanted(self) -> int:
        return self.route[self.step] if self.step < len(self.route) else -1

    def drive(self, streets: Streets) -> None:
        """Go to the end of the link just entered."""
        streets.come(self, self.on.row.ms + int(self.slower * self.on.row.ms))


class Streets:
    """The model; ``rows`` holds what happened as (time, event, car, ...)."""

    def __init__(
        self, world: World, routes: list[list[int]], env: simpy.Environment | None = None
    ) -> None:
        traffic = world.traffic
        self.env = env or simpy.Environment()
        self.rules = Thing(traffic.rules, 0)
        self.links = [Link(Thing(world.links, i)) for i in range(len(world.links))]
        self.lanes = [Lane(Thing(traffic.lanes, i)) for i in range(len(traffic.lanes))]
        self.turns = [Thing(traffic.turns, i) for i in range(len(traffic.turns))]
        self.slots = [Thing(traffic.slots, i) for i in range(len(traffic.slots))]
        self.signals = [Thing(traffic.signals, i) for i in range(len(traffic.signals))]
        self.greens = [Thing(traffic.greens, i) for i in range(len(traffic.greens))]
        self.foes = traffic.foes.tolist()
        slower = world.cars.slower
        self.cars = [Car(i, route, float(slower[i])) for i, route in enumerate(routes)]
        self.rows: list[tuple[int, ...]] = []
        for car, depart in zip(self.cars, world.trips.depart_ms.tolist(), strict=True):
            self.at(depart, Rank.LEAVE, car.id, lambda car=car: self.set_off(car))

    @property
    def now(self) -> int:
        return int(self.env.now)

    def at(self, time_ms: int, rank: int, thing: int, do: Callable[[], object]) -> None:
        """Have something done at its place in the order (time, rank, id)."""
        event = self.env.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: do())
        priority = 2 + (rank << RANK_SHIFT) + thing
        self.env.schedule(event, priority=priority, delay=time_ms - self.now)  # type: ignore[arg-type]

    def run(self, until_ms: int) -> None:
        while self.env.peek() <= until_ms:
            self.env.step()

    def set_off(self, car: Car) -> None:
        self.rows.append((self.now, AT.DEPART, car.id, car.id))
        self.go_on(car)

    def go_on(self, car: Car) -> None:
        """Queue for the next link of the route, or arrive."""
        to = car.wanted
        if to < 0:
            self.rows.append((self.now, AT.ARRIVE, car.id, car.id, self.now - car.since))
            self.leave(car)
            return
        car.step += 1
        car.turn = None
        if car.on is None:
            lane = self.lanes[self.links[to].row.entry]
        else:
            row = car.on.row
            car.turn = next(t for t in self.turns[row.turn_first : row.turn_beyond] if t.to == to)
            lanes = self.lanes[car.turn.lane_first : car.turn.lane_beyond]
            lane = min(lanes, key=lambda lane: (len(lane.cars), lane.id))
        car.lane = lane
        lane.cars.append(car)
        if len(lane.cars) == 1:
            self.serve(lane)

    def leave(self, car: Car) -> None:
        car.on.left.append(self.now)
        self.wake(car.on)
        car.on = None

    def enter(self, car: Car, to: int) -> None:
        link = self.links[to]
        car.on, car.lane = link, None
        link.entered += 1
        car.drive(self)

    def come(self, car: Car, ms: int) -> None:
        """Have a car come to its stop line."""
        car.reach = self.now + ms
        car.on.moving.append(car)
        car.on.moving.sort(key=lambda car: car.reach)
        self.at(car.reach, Rank.LINK, car.id, lambda: self.stop_line(car))

    def stop_line(self, car: Car) -> None:
        car.on.moving.remove(car)
        self.go_on(car)

    def look(self, lane: Lane) -> None:
        if lane.alarm == self.now:
            lane.alarm = -1
            if lane.waits_for is not None:
                if self.now - lane.since < self.rules.squeeze_ms:
                    self.set_alarm(lane)
                else:
                    lane.waits_for.waiting.remove(lane)
                    lane.waits_for = None
                    self.serve(lane)
                return
        if lane.due == self.now:
            lane.due = -1
            self.serve(lane)

    def set_alarm(self, lane: Lane) -> None:
        lane.alarm = max(lane.since + self.rules.squeeze_ms, self.now + 1)
        self.at(lane.alarm, Rank.SERVE, lane.id, lambda: self.look(lane))

    def serve(self, lane: Lane) -> None:
        """Let cars pass as long as they may."""
        kept, lane.promise = lane.promise, None
        if kept is not None:
            kept.promised -= 1
        while lane.cars:
            when = self.earliest(lane)
            if when == FULL:
                self.wait(lane)
                break
            if when > self.now:
                self.post(lane, when)
                break
            self.pass_on(lane)
        if kept is not None:
            self.wake(kept)

    def post(self, lane: Lane, when: int) -> None:
        lane.due = when
        self.at(when, Rank.SERVE, lane.id, lambda: self.look(lane))

    def wait(self, lane: Lane) -> None:
        link = self.links[lane.cars[0].route[lane.cars[0].step - 1]]
        lane.waits_for = link
        link.waiting.append(lane)
        if lane.since < 0:
            lane.since = self.now
        if lane.alarm < 0 and not lane.row.entry:
            self.set_alarm(lane)

    def takes(self, link: Link, entry: int) -> int:
        return link.row.calm if entry and link.row.calm > 0 else link.row.storage

    def wake(self, link: Link) -> None:
        coming = link.entered + link.promised
        for lane in link.waiting:
            if coming - len(link.left) < self.takes(link, lane.row.entry):
                break
        else:
            return
        link.waiting.remove(lane)
        lane.waits_for = None
        if lane.row.entry:
            when = max(self.now + 1, lane.free)
        else:
            when = max(self.now, link.hole(coming), link.next_in, lane.free)
        lane.promise = link
        link.promised += 1
        self.post(lane, when)

    def earliest(self, lane: Lane) -> int:
        if lane.free > self.now:
            return lane.free
        car = lane.cars[0]
        lane.yielded = False
        if car.turn is not None:
            when = self.may_turn(lane, car.turn)
            if when > self.now:
                return when
        return self.room(lane, self.links[car.route[car.step - 1]])

    def room(self, lane: Lane, link: Link) -> int:
        coming = link.entered + link.promised
        if coming - len(link.left) >= self.takes(link, lane.row.entry):
            patient = lane.since < 0 or self.now - lane.since < self.rules.squeeze_ms
            return FULL if lane.row.entry or patient else self.now
        if lane.row.entry:
            return self.now
        return max(self.now, link.hole(coming), link.next_in)

    def may_turn(self, lane: Lane, turn: Thing) -> int:
        foes = self.foes[turn.foe_first : turn.foe_beyond]
        if turn.control == Control.NONE:
            return self.now
        if turn.control == Control.SIGNAL:
            green, permissive = self.green(turn, self.now)
            if green > self.now and not turn.on_red:
                return green
            if green > self.now:
                lane.yielded = True
                red = self.foes[turn.red_first : turn.red_beyond]
                return min(green, self.gap(turn, red))
            if not permissive:
                return self.now
        lane.yielded = True
        return self.gap(turn, foes)

    def green(self, turn: Thing, t: int) -> tuple[int, bool]:
        """Return the next time in a green or at the end of the slot, and if it is permissive."""
        signal, midnight = self.signals[turn.signal], t - t % DAY
        slots = self.slots[signal.first : signal.beyond]
        number, slot = next((i, s) for i, s in enumerate(slots) if t - midnight < s.to_ms)
        found = (midnight + slot.to_ms, False)
        for green in self.greens[turn.green_first : turn.green_beyond]:
            if green.slot != signal.first + number:
                continue
            for cycle in range(-1, DAY // slot.cycle_ms + 1):
                start = midnight + slot.offset_ms + cycle * slot.cycle_ms + green.from_ms
                end = start + green.to_ms - green.from_ms
                if start <= t < end:
                    return t, bool(green.permissive)
                if start > t:
                    found = min(found, (start, False))
                    break
        return found

    def gap(self, turn: Thing, foes: list[int]) -> int:
        until = self.now + turn.gap_ms
        passing = [at for foe in foes for at in self.passing(self.turns[foe], until)]
        blocking = [at for at in passing if at < until]
        return max(*blocking, self.now + 1) if blocking else self.now

    def passing(self, foe: Thing, until: int) -> list[int]:
        """When the cars of a turn can pass that might before a time."""
        found = []
        for lane in self.lanes[foe.lane_first : foe.lane_beyond]:
            if lane.waits_for is not None or (lane.yielded and lane.due > self.now):
                continue
            at = max(self.now, lane.due, lane.free)
            for car in lane.cars:
                if at < until and car.turn is foe:
                    found.append(self.lets(foe, at))
                at += lane.row.headway_ms
        coming = self.links[foe.link].moving
        wanted = [car for car in coming if car.reach < until and car.wanted == foe.to]
        return found + [self.lets(foe, max(self.now, car.reach)) for car in wanted]

    def lets(self, turn: Thing, at: int) -> int:
        return self.green(turn, at)[0] if turn.control == Control.SIGNAL else at

    def pass_on(self, lane: Lane) -> None:
        car = lane.cars.pop(0)
        to = car.route[car.step - 1]
        link = self.links[to]
        if not lane.row.entry:
            if link.present >= link.row.storage:
                stuck = self.now - lane.since
                self.rows.append((self.now, AT.SQUEEZE, car.id, to, car.trip, stuck))
            link.next_in = self.now + link.row.inflow_ms
        lane.since = -1
        if lane.row.entry:
            car.since = self.now if car.since is None else car.since
            lane.free = self.now + lane.row.headway_ms
        else:
            old = car.on
            self.leave(car)
            jammed = old.row.calm > 0 and old.present > old.row.calm
            headway = lane.row.jam_headway_ms if jammed else lane.row.headway_ms
            if lane.yielded:
                headway = max(headway, car.turn.follow_ms)
            lane.free = self.now + headway
        self.enter(car, to)
