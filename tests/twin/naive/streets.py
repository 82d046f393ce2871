"""Street traffic: cars, lanes and links as objects.

Every link keeps all cars that ever left it, every queue is a list, and a signal is looked up among
the greens of the cycles around. A link that stores nothing is one of free flow.
"""

# mypy: disable-error-code="no-any-return, var-annotated"

from __future__ import annotations

import math
from bisect import insort
from typing import Any

from tests.twin.naive.things import DAY, Clock, Thing, things
from twin.world.columns import AT, Rank, World
from twin.world.streets.columns import Control

__all__ = ["Lane", "OnStreet", "Street", "Streets"]

FULL = -1


class Street(Thing):
    """A street from a junction to the next."""

    def __init__(self, world: World, number: int) -> None:
        super().__init__(world.links, number)
        self.left: list[int] = []
        self.most = 0
        self.moving: list[Any] = []
        self.waiting: list[Lane] = []

    @property
    def present(self) -> int:
        return self.entered - len(self.left)

    @property
    def coming(self) -> int:
        """How many there are with those for whom a hole is kept."""
        return self.present + self.promised

    def hole(self, n: int) -> int:
        """When the hole for the n-th car has come to the start."""
        if n < self.storage:
            return 0
        return self.left[n - self.storage] + self.wave_ms


class Lane(Thing):
    """A lane at a stop line, or the entry of a street."""

    def __init__(self, world: World, number: int) -> None:
        super().__init__(world.traffic.lanes, number)
        self.cars: list[Any] = []
        self.free = 0
        self.due = self.alarm = self.since = -1
        self.waits_for: Any = None
        self.promise: Any = None
        self.yielded = False


class OnStreet:
    """What moves on streets: it takes one link after the other."""

    trip_number, goal_row = -1, -1
    arc, next, reach, is_bus = -1, -1, 0, False
    on: Any = None
    lane: Any = None
    turn: Any = None

    def wanted(self) -> int | None:
        """Return the link wanted after this one, -1 at the goal, None where nobody knows."""
        raise NotImplementedError

    def run(self) -> None:
        """Go on from the start of the link just entered."""
        raise NotImplementedError

    def at_line(self) -> None:
        """Be at the end of the link."""
        raise NotImplementedError

    def joined(self) -> None:
        """Come onto the street from rest."""


class Streets:
    """All streets with their lanes and signals."""

    def __init__(self, clock: Clock, world: World) -> None:
        self.entered = 0
        traffic = world.traffic
        self.clock, self.rules, self.ways = clock, Thing(traffic.rules, 0), world.ways
        self.links = [Street(world, i) for i in range(len(world.links))]
        self.lanes = [Lane(world, i) for i in range(len(traffic.lanes))]
        self.turns, self.slots = things(traffic.turns), things(traffic.slots)
        self.signals, self.greens = things(traffic.signals), things(traffic.greens)
        self.foes = traffic.foes.tolist()
        self.turned_aside = self.kept_out = 0

    @property
    def now(self) -> int:
        return self.clock.now

    # Onto a link, along it and off it.

    def go(self, car: OnStreet, to: int) -> None:
        """Take a link next: from rest, or in a lane that serves the turn."""
        street = self.links[to]
        if car.on is not None:
            self.join(car, to)
        elif street.storage == 0:
            car.joined()
            self.enter(car, to)
        else:
            self.queue(car, self.lanes[street.entry], None, to)

    def join(self, car: OnStreet, to: int) -> None:
        here = car.on
        turns = self.turns[here.turn_first : here.turn_beyond]
        turn = next((t for t in turns if t.to == to), None)
        lanes = self.lanes[here.lane_first : here.lane_first + here.lanes]
        if turn is not None:
            lanes = self.lanes[turn.lane_first : turn.lane_beyond]
        lane = min(lanes, key=lambda lane: (len(lane.cars), lane.id))
        self.queue(car, lane, turn, to)

    def queue(self, car: OnStreet, lane: Lane, turn: Thing | None, to: int) -> None:
        car.lane, car.turn, car.next = lane, turn, to
        lane.cars.append(car)
        if len(lane.cars) == 1:
            self.serve(lane)

    def enter(self, car: OnStreet, to: int) -> None:
        street = self.links[to]
        self.entered += 1
        car.arc, car.lane, car.on = to, None, None
        if street.watched:
            self.clock.log(AT.MOVE, car.id, to, car.trip_number)  # type: ignore[attr-defined]
        if street.storage > 0:
            street.entered += 1
            street.most = max(street.most, street.present)
            car.on = street
        car.run()

    def come(self, car: OnStreet, ms: int) -> None:
        """Have a car come to its stop line. Nobody at free flow looks out for buses."""
        street = self.links[car.arc]
        car.reach = self.now + ms
        if street.storage > 0 or not car.is_bus:
            insort(street.moving, car, key=lambda car: car.reach)
        self.at_end(car, car.reach)

    def at_end(self, car: OnStreet, time_ms: int) -> None:
        self.clock.at(time_ms, Rank.LINK, car.id, lambda: self.stop_line(car))  # type: ignore[attr-defined]

    def stop_line(self, car: OnStreet) -> None:
        street = self.links[car.arc]
        if street.storage > 0:
            street.moving.remove(car)
        elif not car.is_bus:
            if street.held_ms > self.now:
                self.at_end(car, street.held_ms)
                return
            street.moving.remove(car)
            street.passed_ms = self.now
        car.at_line()

    def step_off(self, car: OnStreet) -> None:
        """Leave the street at the end of a link."""
        if car.on is not None:
            car.on.passed_ms = self.now
            self.leave(car)

    def leave(self, car: OnStreet) -> None:
        street, car.on = car.on, None
        street.left.append(self.now)
        self.wake(street)

    def hold(self, street: Street, until: int) -> None:
        street.held_ms = max(street.held_ms, until)

    def block(self, street: Street, until: int) -> None:
        lane = self.lanes[street.lane_first]
        lane.free = max(lane.free, until)

    # A lane.

    def look(self, lane: Lane) -> None:
        if lane.alarm == self.now:
            lane.alarm = -1
            if lane.waits_for is not None:
                if self.may_squeeze(lane) or self.turns_aside(lane):
                    lane.waits_for.waiting.remove(lane)
                    lane.waits_for = None
                    self.serve(lane)
                else:
                    self.set_alarm(lane)
                return
        if lane.due == self.now:
            lane.due = -1
            self.serve(lane)

    def may_squeeze(self, lane: Lane) -> bool:
        """Whether a head is stuck so long that it squeezes in, where cars are not packed yet."""
        if lane.entry or lane.since < 0 or self.now - lane.since < self.rules.squeeze_ms:
            return False
        street = self.links[lane.cars[0].next]
        room = street.coming < self.packed(street)
        self.kept_out += not room
        return room

    def packed(self, street: Street) -> int:
        """Return how many cars a street holds bumper to bumper, or one more a lane than it stores.

        That one stands in the junction.
        """
        packed = math.floor(self.rules.packed * street.storage)
        return max(street.storage + street.lanes, packed)

    def turns_aside(self, lane: Lane) -> bool:
        """Let the head of a lane want another turn with room: the soonest way to its goal."""
        car, here = lane.cars[0], self.links[lane.link]
        if car.goal_row < 0:
            return False
        left_s, found = self.ways.left_s[car.goal_row].tolist(), []
        for turn in self.turns[here.turn_first : here.turn_beyond]:
            street = self.links[turn.to]
            room = street.storage == 0 or street.coming < street.storage
            served = turn.lane_first <= lane.id < turn.lane_beyond
            if served and room and left_s[turn.to] < math.inf:
                found.append((street.ms / 1_000 + left_s[turn.to], turn.id, turn))
        if not found:
            return False
        self.turned_aside += 1
        car.turn = min(found)[2]
        car.next = car.turn.to
        return True

    def set_alarm(self, lane: Lane) -> None:
        stuck, lane.alarm = lane.since + self.rules.squeeze_ms, self.now + self.rules.patience_ms
        if self.now < stuck < lane.alarm:
            lane.alarm = stuck
        self.clock.at(lane.alarm, Rank.SERVE, lane.id, lambda: self.look(lane))

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
        self.clock.at(when, Rank.SERVE, lane.id, lambda: self.look(lane))

    def wait(self, lane: Lane) -> None:
        street = self.links[lane.cars[0].next]
        lane.waits_for = street
        street.waiting.append(lane)
        if lane.since < 0:
            lane.since = self.now
        if lane.alarm < 0 and not lane.entry:
            self.set_alarm(lane)

    def takes(self, street: Street, entry: int) -> int:
        return street.calm if entry and street.calm > 0 else street.storage

    def wake(self, street: Street) -> None:
        """Keep the hole for the first who may take it."""
        fit = (w for w in street.waiting if street.coming < self.takes(street, w.entry))
        lane = next(fit, None)
        if lane is None:
            return
        street.waiting.remove(lane)
        lane.waits_for = None
        if lane.entry:
            when = max(self.now + 1, lane.free)
        else:
            hole = street.hole(street.entered + street.promised)
            when = max(self.now, hole, street.next_in_ms, lane.free)
        lane.promise = street
        street.promised += 1
        self.post(lane, when)

    def earliest(self, lane: Lane) -> int:
        if lane.free > self.now:
            return lane.free
        car = lane.cars[0]
        lane.yielded = False
        if not lane.entry and self.links[lane.link].held_ms > self.now:
            return self.links[lane.link].held_ms
        if car.turn is not None:
            when = self.may_turn(lane, car.turn)
            if when > self.now:
                return when
        return self.room(lane, self.links[car.next])

    def room(self, lane: Lane, street: Street) -> int:
        if street.storage == 0:
            return self.now
        if street.coming >= self.takes(street, lane.entry):
            return self.now if self.may_squeeze(lane) else FULL
        if lane.entry:
            return self.now
        return max(self.now, street.hole(street.entered + street.promised), street.next_in_ms)

    def pass_on(self, lane: Lane) -> None:
        car = lane.cars.pop(0)
        street = self.links[car.next]
        if not lane.entry and street.storage > 0:
            if street.present >= street.storage:
                told = car.id, car.next, car.trip_number, self.now - lane.since
                self.clock.log(AT.SQUEEZE, *told)
            street.next_in_ms = self.now + self.slowed(street, street.inflow_ms)
        lane.since = -1
        if lane.entry:
            car.joined()
            lane.free = self.now + lane.headway_ms
        else:
            here = car.on
            self.step_off(car)
            lane.free = self.now + self.headway(lane, here, car)
        self.enter(car, car.next)

    def headway(self, lane: Lane, here: Street, car: OnStreet) -> int:
        jammed = here.calm > 0 and here.present > here.calm
        headway = lane.jam_headway_ms if jammed else lane.headway_ms
        if lane.yielded:
            headway = max(headway, car.turn.follow_ms)
        return self.slowed(here, headway)

    def slowed(self, street: Street, apart: int) -> int:
        left = 1.0 - street.lost
        if street.standing:
            left *= 1.0 - self.rules.standing_loss / street.lanes
        return apart if left == 1.0 else int(apart / left)

    # Signals and gaps.

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
        if slot.cycle_ms == 0:
            return t, True
        found = (midnight + slot.to_ms, False)
        now = (t - midnight - slot.offset_ms) // slot.cycle_ms
        for green in self.greens[turn.green_first : turn.green_beyond]:
            if green.slot != signal.first + number:
                continue
            for cycle in (now - 1, now, now + 1):
                start = midnight + slot.offset_ms + cycle * slot.cycle_ms + green.from_ms
                if start <= t < start + green.to_ms - green.from_ms:
                    return t, bool(green.permissive)
                if start > t:
                    found = min(found, (start, False))
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
                at += lane.headway_ms
        coming = [car for car in self.links[foe.link].moving if car.reach < until]
        wanted = [car for car in coming if car.wanted() in (foe.to, None)]
        return found + [self.lets(foe, max(self.now, car.reach)) for car in wanted]

    def lets(self, turn: Thing, at: int) -> int:
        return self.green(turn, at)[0] if turn.control == Control.SIGNAL else at

    # What walkers see.

    def first_of(self, street: Street, into: int) -> tuple[int, Any]:
        """Return who can pass the stop line of a street first, and when; None where nobody can.

        With ``into`` only who goes there: the first that moves, and who stands at the head of a
        lane that does not wait for room.
        """
        found = []
        if street.moving:
            car = street.moving[0]
            if into < 0 or car.wanted() == into:
                found.append((car.reach, -1, car))
        lanes = range(street.lane_first, street.lane_first + street.lanes) if street.storage else ()
        heads = [lane for lane in map(self.lanes.__getitem__, lanes) if lane.cars]
        ready = [lane for lane in heads if lane.waits_for is None]
        found += [(a.due, a.id, a.cars[0]) for a in ready if into in (-1, a.cars[0].next)]
        due, _, car = min(found, key=lambda one: one[:2], default=(0, 0, None))
        return due, car

    def stop_turn(self, street: Street, into: int, until: int) -> None:
        """Hold who turns into a link; on a street without queues nobody passes them."""
        if into < 0 or street.storage == 0:
            self.hold(street, until)
            return
        for turn in self.turns[street.turn_first : street.turn_beyond]:
            if turn.to == into:
                for lane in self.lanes[turn.lane_first : turn.lane_beyond]:
                    lane.free = max(lane.free, until)
