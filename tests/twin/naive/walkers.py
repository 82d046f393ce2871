"""Walkers on footways, at crossings among cars, and the signs there."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mesa

from tests.twin.naive.things import DAY, H, Steps, Thing, things
from twin.elementary import exp
from twin.luck import lognormal, u01
from twin.world.columns import AT, Rank
from twin.world.crossings.columns import Outcome
from twin.world.walking.columns import MET, NO_WAY

__all__ = ["Sign", "Town", "Walker"]

FAR = 1 << 40
SHOWN_PET, CLOSE, SECOND = 60_000, 10_000, 1_000


def milliseconds(seconds: float) -> int:
    return math.floor(1000.0 * seconds + 0.5)


class Zebra:
    """A crossing with the links that bring cars onto it."""

    def __init__(self, city: Any, number: int) -> None:
        columns = city.world.crossings
        self.id, self.row = number, Thing(columns.places, number)
        watched = range(self.row.first, self.row.beyond)
        self.watches = [Thing(columns.watches, i) for i in watched]
        for watch in self.watches:
            watch.street = city.streets.links[watch.link]
        phases = range(self.row.first_window, self.row.beyond_window)
        self.phases = [Thing(columns.windows, i) for i in phases]
        self.recall = columns.recall[number].tolist()

    def opens(self, t: int) -> int:
        """When one may step off, not before t."""
        clock, waits = t % DAY, []
        for phase in self.phases:
            if phase.day_from_ms <= clock < phase.day_to_ms:
                since = (clock - phase.offset_ms) % phase.cycle_ms
                if phase.from_ms <= since < phase.to_ms:
                    return t
                waits += [(phase.from_ms - since) % phase.cycle_ms, phase.day_to_ms - clock]
        return t + min(waits, default=0)

    def light(self, now: int, since: int) -> None:
        """Light the sign from a time on, unless it is lit before."""
        row = self.row
        row.lit_from_ms = since if now >= row.lit_until_ms else min(row.lit_from_ms, since)
        row.lit_until_ms = max(row.lit_until_ms, since + row.on_ms)


class Walker(mesa.Agent):  # type: ignore[misc]
    """A person on foot."""

    def __init__(self, city: Any, row: Thing) -> None:
        super().__init__(city)
        self.day, self.town, self.row, self.id = city, city.town, row, row.id
        self.met: list[Any] = []
        self.leg: Any = None
        self.began = self.waited = self.straight = 0
        self.metres = 0.0

    def take(self, metres: float) -> int:
        return math.floor(1000.0 * metres / self.row.mps + 0.5)

    def walk(self, metres: float) -> Any:
        return self.day.when(self.day.now + self.take(metres), Rank.WALK, self.id)

    def set_out(self, start: int, goal: int, then: Callable[[], None]) -> None:
        """Walk from a spot to another, and then do something."""
        spots = self.town.spots
        self.day.env.process(self.go(spots[start], spots[goal], then))

    def go(self, start: Thing, goal: Thing, then: Callable[[], None]) -> Steps:
        self.began, self.waited, self.straight = self.day.now, 0, 0
        slots, node = self.town.slots[goal.tree], start.node
        if node != goal.node and slots[node] == NO_WAY:
            dx, dy = goal.x - start.x, goal.y - start.y
            self.metres, self.straight = self.town.rules.detour * math.sqrt(dx * dx + dy * dy), 1
            yield self.walk(self.metres)
        else:
            self.metres = start.door_m
            yield self.walk(start.door_m)
            while node != goal.node:
                way = self.town.way(node, slots[node])
                way.on, way.came = way.on + 1, way.came + 1
                self.metres += way.metres
                if way.crossing >= 0:
                    yield from self.cross(way, self.town.zebras[way.crossing])
                else:
                    yield self.walk(way.metres)
                way.on -= 1
                node = way.head
            self.metres += goal.door_m
            yield self.walk(goal.door_m)
        then()

    def told(self) -> tuple[int, int, int, int]:
        """Return when the walk began, its whole metres, the wait, and whether it was straight."""
        return self.began, math.floor(self.metres + 0.5), self.waited, self.straight

    # At a crossing.

    def cross(self, way: Thing, zebra: Zebra) -> Steps:
        self.way, self.zebra, self.met = way, zebra, []
        self.judged = lognormal(self.draw(self.town.rules.judge), 1.0, self.town.rules.judge_cv)
        self.lit = self.noticed() if zebra.row.sign else None
        stages = 2 if zebra.row.refuge else 1
        for self.stage in range(stages):
            came = self.day.now
            while (again := self.look()) is not None:
                yield self.day.when(again, Rank.CROSS, self.id)
            self.step_off(self.day.now - came)
            last = self.stage == stages - 1
            there = self.day.now + self.take(way.metres if stages == 1 else 0.5 * way.metres)
            yield self.day.when(there, Rank.WALK if last else Rank.CROSS, self.id)

    def draw(self, purpose: int) -> float:
        rules, who = self.town.rules, self.row.key
        return u01(rules.seed, rules.epoch, purpose, who, self.leg.moment, self.zebra.row.key)

    def noticed(self) -> int | None:
        """When the sign shows this walker."""
        now, place = self.day.now, self.zebra.row
        if self.draw(self.town.rules.notice) < self.zebra.recall[now // H]:
            self.day.log(AT.LIT, self.id, self.zebra.id, place.latency_ms)
            self.zebra.light(now, now + place.latency_ms)
        return max(now, place.lit_from_ms) if now < place.lit_until_ms else None

    def half(self, watch: Thing) -> int:
        """Return the half of the way over, 0 or 1, in which cars of a link pass."""
        return watch.half ^ self.way.against

    def watched(self) -> list[Thing]:
        refuge = self.zebra.row.refuge
        return [w for w in self.zebra.watches if not refuge or self.half(w) == self.stage]

    def off(self, watch: Thing) -> int:
        """Milliseconds from stepping off until this half is left."""
        halves = 1 if self.zebra.row.refuge else self.half(watch) + 1
        return halves * self.take(0.5 * self.zebra.row.width_m)

    def coming(self, watch: Thing) -> tuple[int, Any]:
        """Return when the first car of a link that meets the crossing is there, and the car."""
        return self.day.streets.first_of(watch.street, watch.into)

    def look(self) -> int | None:
        """When to look again; None to go now."""
        now = self.day.now
        if self.zebra.row.signal and (opens := self.zebra.opens(now)) > now:
            return opens
        again = [self.clear(watch) for watch in self.watched()]
        return min((t for t in again if t > now), default=None)

    def clear(self, watch: Thing) -> int:
        now, (due, car) = self.day.now, self.coming(watch)
        if car is None:
            return now
        width = self.zebra.row.width_m * (0.5 if self.zebra.row.refuge else 1.0)
        wanted = self.take(width) + milliseconds(self.row.margin_s)
        critical = math.floor(wanted / self.judged + 0.5)
        passes = max(due, watch.street.held_ms, now)
        if passes - now >= critical:
            if passes - now < critical + self.town.giving_way.near_ms:
                self.note(watch, due, car, Outcome.WALKER_FIRST)
            return now
        wheel = Wheel(self.day, watch, due, car)
        outcome, cue = wheel.gives_way(self.zebra, now, self.lit)
        self.note(watch, due, car, outcome)
        if outcome != Outcome.YIELDED:
            return passes
        if not wheel.brakes(now):
            wheel.tell_braking(self.zebra, cue, 0)
        self.day.streets.stop_turn(watch.street, watch.into, passes + self.off(watch))
        return now if car.lane is not None else max(due, now)

    def note(self, watch: Thing, due: int, car: Any, outcome: int) -> None:
        if car in self.met[-MET:]:
            return
        self.met.append(car)
        speed = math.floor(100.0 * watch.mps + 0.5)
        gap = due - self.day.now
        self.day.log(AT.ENCOUNTER, self.id, self.zebra.id, car.id, gap, outcome, speed)

    def step_off(self, waited: int) -> None:
        now = self.day.now
        pet = min((self.encroachment(watch) for watch in self.watched()), default=FAR)
        if waited > 0 or self.met or pet < SHOWN_PET:
            shown = pet if pet < SHOWN_PET else -1
            self.day.log(AT.CROSS, self.id, self.zebra.id, waited, shown, len(self.met), self.stage)
        self.waited += waited
        for watch in self.watched():
            self.tell_conflict(watch)
            if watch.into < 0:
                self.day.streets.hold(watch.street, now + self.off(watch))
        if self.lit is not None:
            place, over = self.zebra.row, now + self.take(self.way.metres)
            place.lit_until_ms = max(place.lit_until_ms, over)

    def tell_conflict(self, watch: Thing) -> None:
        """Tell how close the next car would come, and how fast it would still be."""
        now, (due, car) = self.day.now, self.coming(watch)
        wheel = Wheel(self.day, watch, due, car)
        if car is None or wheel.brakes(now):
            return
        middle = self.off(watch) - self.take(0.5 * self.zebra.row.width_m) // 2
        pet = abs(due - now - middle) - self.take(1.0)
        if pet < CLOSE:
            impact = wheel.impact(self.zebra, now, self.lit)
            speeds = (math.floor(100.0 * mps + 0.5) for mps in (watch.mps, impact))
            self.day.log(AT.CONFLICT, self.id, self.zebra.id, car.id, pet, *speeds)

    def encroachment(self, watch: Thing) -> int:
        now, (due, car), least = self.day.now, self.coming(watch), FAR
        if car is not None and watch.street.held_ms <= now:
            least = due - now - self.off(watch)
        if watch.into < 0:
            half = self.take(0.5 * self.zebra.row.width_m)
            least = min(least, now + self.off(watch) - half - watch.street.passed_ms)
        return least


class Wheel:
    """Who drives a car towards a crossing."""

    def __init__(self, city: Any, watch: Thing, due: int, car: Any) -> None:
        self.day, self.rules, self.dark = city, city.town.giving_way, city.town.dark
        self.watch, self.due, self.car = watch, due, car

    def brakes(self, now: int) -> bool:
        """Whether the car brakes for somebody already, or stands in a queue."""
        return self.watch.street.held_ms > now or self.car.lane is not None

    def tell_braking(self, zebra: Zebra, cue: int, alarm: int) -> None:
        behind = self.watch.street.moving[1:]
        headway = behind[0].reach - self.due if behind else -1
        speed = math.floor(100.0 * self.watch.mps + 0.5)
        self.day.log(AT.BRAKE, zebra.id, self.car.id, self.due - cue, speed, headway, alarm)

    def sees(self, zebra: Zebra) -> bool:
        return self.car.draw(self.rules.see, zebra.row.key) < zebra.row.notice

    def would(self, zebra: Zebra, now: int, sign_logit: float) -> bool:
        logit = zebra.row.yield_logit + self.watch.logit
        if self.dark[now // H]:
            logit += self.rules.night_logit
        u = self.car.draw(self.rules.purpose, zebra.row.key)
        return u < 1.0 / (1.0 + exp(-logit - sign_logit))

    def stops(self, cue: int, *, warned: bool) -> bool:
        rules, mps = self.rules, self.watch.mps
        react_s = rules.alert_react_s if warned else rules.react_s
        brake = rules.alert_brake if warned else rules.brake
        need = mps * react_s + mps * mps / (2.0 * brake)
        return mps * (self.due - cue) >= 1000.0 * need

    def gives_way(self, zebra: Zebra, now: int, lit: int | None) -> tuple[int, int]:
        braking = self.brakes(now)
        can = braking or self.stops(now, warned=False)
        if can and self.would(zebra, now, 0.0):
            return Outcome.YIELDED, now
        if lit is not None and self.sees(zebra):
            cue = max(now, lit)
            warned = braking or self.stops(cue, warned=True)
            if warned and self.would(zebra, now, zebra.row.sign_logit):
                return Outcome.YIELDED, cue
            can = can or warned
        return (Outcome.WOULD_NOT if can else Outcome.CANNOT_STOP), now

    def impact(self, zebra: Zebra, now: int, lit: int | None) -> float:
        """Return the speed with which the car comes to the crossing."""
        mps, rules = self.watch.mps, self.rules
        if lit is None or not self.sees(zebra):
            return mps
        metres = mps * (self.due - max(now, lit)) / 1000.0
        braked = max(0.0, metres - mps * rules.alert_react_s)
        return math.sqrt(max(0.0, mps * mps - 2.0 * rules.alert_brake * braked))


class Sign(mesa.Agent):  # type: ignore[misc]
    """The sign of a crossing, lit by mistake before one of the links it watches."""

    def __init__(self, city: Any, row: Thing) -> None:
        super().__init__(city)
        self.day, self.row = city, row
        self.zebra = city.town.zebras[row.crossing]
        self.watch = self.zebra.watches[row.watch - self.zebra.row.first]
        self.seen: Any = None

    def live(self) -> Steps:
        day, place, until = self.day, self.zebra.row, self.row.until_ms
        if self.row.at_ms < day.now:
            return
        yield day.when(self.row.at_ms, Rank.ALARM, self.row.id)
        self.zebra.light(day.now, day.now)
        if self.row.watch == place.first:
            day.log(AT.ALARM, self.zebra.id, until - day.now)
        self.flash()
        while day.now + SECOND < until:
            yield day.when(day.now + SECOND, Rank.ALARM, self.row.id)
            self.flash()

    def flash(self) -> None:
        """Let who comes see it, once."""
        now, street = self.day.now, self.watch.street
        due, car = self.day.streets.first_of(street, self.watch.into)
        if car is None or car is self.seen:
            return
        self.seen, wheel = car, Wheel(self.day, self.watch, due, car)
        if wheel.brakes(now) or not wheel.stops(now, warned=True):
            return
        if wheel.sees(self.zebra) and wheel.would(self.zebra, now, self.zebra.row.sign_logit):
            wheel.tell_braking(self.zebra, now, 1)
            until = due + self.day.town.giving_way.pause_ms
            self.day.streets.stop_turn(street, self.watch.into, until)


class Town:
    """The footways as objects."""

    def __init__(self, city: Any) -> None:
        walking, crossings = city.world.walking, city.world.crossings
        self.rules, self.giving_way = Thing(walking.rules, 0), Thing(crossings.rules, 0)
        self.legs, self.spots = things(walking.legs), things(walking.spots)
        self.ways = things(walking.ways)
        for way in self.ways:
            way.on = way.came = 0
        self.zebras = [Zebra(city, i) for i in range(len(crossings.places))]
        self.slots, self.dark = walking.slots.tolist(), crossings.dark.tolist()
        self.first, self.onward = walking.first.tolist(), walking.onward.tolist()

    def way(self, node: int, slot: int) -> Thing:
        return self.ways[self.onward[self.first[node] + slot]]

    def facing(self, arc: int) -> Thing:
        """Return the same footway in the other direction."""
        half = len(self.ways) // 2
        return self.ways[arc - half if self.ways[arc].against else arc + half]
