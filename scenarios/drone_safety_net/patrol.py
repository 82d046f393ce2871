"""Drones on patrol: rounds over places where nobody may have called yet, in set hours.

Each drone flies over the places that are nearest to its dock, as many as its battery allows, those
first where most is to be expected: round by round in the order of their bearings (the sweep of
Gillett & Miller 1974, doi:10.1287/opre.22.2.340), or at random. It sees what lies in the width of
its camera when it passes, and leaves its round where it is the nearest to a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenarios.drone_safety_net.drone import DRONE_RANK, TICK_S, Drone, Spot, fly_leg
from scenarios.drone_safety_net.net import Net
from twin.luck import Luck
from twin.patrol import Shift
from twin.response import DRONE, Case, look
from twin.sim import Process

__all__ = ["Beat", "Round", "Rounds", "order_by_bearing", "passes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MS_PER_S = 1_000
NOWHERE = -1
CHARGED = 0.9
"""How full a battery is when a round begins, of what may be used of it."""

TRY_AGAIN_S = 300.0
"""How long a drone that cannot fly its round waits before it tries again."""


@dataclass(frozen=True)
class Beat:
    """When and how drones patrol: hours, speed (m/s), width that the camera sees (m), recall.

    ``recall`` is the share of what lies in that width that is told at a pass.
    """

    shift: Shift
    speed: float
    width_m: float
    recall: float
    route: Literal["loop", "random"] = "loop"


class Line(NamedTuple):
    """The way of a round (n, 2; m), and the place that is under each of its points, -1 for none."""

    way: Floats
    place: Ints


class Leg(NamedTuple):
    """From and to (x, y, z; m), since and until when of its round (s), the place at its end."""

    spot: Spot
    there: Spot
    from_s: float
    until_s: float
    place: int


class Passes(NamedTuple):
    """Which cases a way passes, each with when, s since its start."""

    case: Ints
    after_s: Floats


def order_by_bearing(dock: tuple[float, float], places: Floats) -> Ints:
    """Return the rows of places (n, 2) in the order of their bearing from a dock."""
    away = places - np.array(dock)
    return np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable").astype(np.int64)


def passes(way: Floats, speed: float, spots: Floats, width_m: float) -> Passes:
    """Return which spots (n, 2) lie within half a width of a leg of a way, and when it passes."""
    start, step = way[:-1], np.diff(way, axis=0)
    metres = np.hypot(*step.T)
    before = np.append(0.0, np.cumsum(metres))[:-1]
    safe = np.where(metres > 0, metres, 1.0)
    from_start = spots[None] - start[:, None]
    along = np.clip((from_start * step[:, None]).sum(axis=2) / safe[:, None], 0, metres[:, None])
    nearest = start[:, None] + (step / safe[:, None])[:, None] * along[:, :, None]
    near = np.hypot(*(spots[None] - nearest).transpose(2, 0, 1)) <= width_m / 2
    leg, case = np.nonzero(near)
    return Passes(case.astype(np.int64), (before[leg] + along[leg, case]) / speed)


class Rounds:
    """The patrol of all drones of a net over places (n, 2; m), the most telling first."""

    def __init__(self, net: Net, places: Floats, wanted: Sequence[Case], beat: Beat) -> None:
        self.net, self.beat, self.sim = net, beat, net.sim
        self.luck: Luck = net.sim.luck("drone/patrol")
        self.cases = [case for case in wanted if case.real]
        self.spots = np.array([(c.x, c.y) for c in self.cases], float).reshape(-1, 2)
        lasting = [(c.time_ms, c.end_ms) for c in self.cases]
        self.seen_ms = np.array(lasting, np.int64).reshape(-1, 2)
        self.places = places
        nearest = np.linalg.norm(places[:, None] - net.docks[None], axis=2).argmin(axis=1)
        for drone in net.drones:
            own = np.flatnonzero(nearest == drone.key)
            if len(own):
                self.sim.start(self._patrol(drone, own), key=(DRONE_RANK, drone.key))

    def _patrol(self, drone: Drone, own: Ints) -> Process:
        number = 0
        for begins, ends in self.beat.shift.spells(self.sim.now):
            yield self.sim.wait(max(0.0, begins - self.sim.now))
            while self.sim.now < ends:
                one = self._round(drone, own, number)
                if one is None:
                    yield self.sim.wait(TRY_AGAIN_S)
                    continue
                number += 1
                yield from self._fly(drone, one)

    def _fly(self, drone: Drone, one: Round) -> Process:
        """Go from leg to leg until the round ends, or it is left for a call."""
        for seconds in one.steps_s():
            yield self.sim.wait(seconds)
            if drone.errand is not one:
                return
            one.tell(self.sim.now)
        drone.errand = None
        if one.ends_s < one.whole_s:
            yield from drone.lose(0.0)
        else:
            drone.land(one.whole_s)

    def _round(self, drone: Drone, own: Ints, number: int) -> Round | None:
        """Begin a round where weather, network and drone allow it."""
        if not (self.net.sky_now().flies and self.net.network.works() and drone.ready):
            return None
        if drone.usable_s < CHARGED * drone.craft.usable_s:
            return None
        rows = self._route(drone, own, number)
        if not len(rows):
            return None
        one = Round(self, drone, self._line(drone, rows), number)
        drone.errand, drone.free_at_s = one, self.sim.now + one.ends_s
        free_ms = int(self.sim.env.now) - self.sim.span.epoch_ms + round(MS_PER_S * one.ends_s)
        self.sim.record("round", machine=drone.key, places=len(rows), free_ms=free_ms)
        return one

    def _line(self, drone: Drone, rows: Ints) -> Line:
        """Return the way from the dock over places and back, round what is closed."""
        spots = np.concatenate(([drone.at], self.places[rows], [drone.at]))
        way, place = [spots[0]], [NOWHERE]
        for number, (one, other) in enumerate(pairwise(spots)):
            leg = self.net.rules.space.way(_pair(one), _pair(other))
            if leg is not None:
                way += list(leg[1:])
                over = int(rows[number]) if number < len(rows) else NOWHERE
                place += [NOWHERE] * (len(leg) - 2) + [over]
        return Line(np.array(way), np.array(place, np.int64))

    def _route(self, drone: Drone, own: Ints, number: int) -> Ints:
        """Return the places of a round: the first that its battery lasts for, in their order."""
        if self.beat.route == "random":
            draws = np.asarray(self.luck.uniform(drone.key, trip=number, look=np.arange(len(own))))
            rows = own[np.argsort(draws, kind="stable")]
        else:
            rows = own
        budget_m = (drone.usable_s - 2.0 * drone.craft.rise_s) * self.beat.speed
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._length(drone, self._ordered(drone, rows[:middle])) <= budget_m
            low, high = (middle, high) if fits else (low, middle - 1)
        return self._ordered(drone, rows[:low])

    def _ordered(self, drone: Drone, rows: Ints) -> Ints:
        if self.beat.route == "random":
            return rows
        return rows[order_by_bearing(drone.at, self.places[rows])]

    def _length(self, drone: Drone, rows: Ints) -> float:
        return _metres(np.concatenate(([drone.at], self.places[rows], [drone.at])))

    def see(self, one: Round, from_s: float, until_s: float) -> None:
        """Record what a round passes between two times while there is something to be seen."""
        after_s = one.passes.after_s
        at_ms = one.start_ms + np.round(MS_PER_S * after_s).astype(np.int64)
        begins, ends = self.seen_ms[one.passes.case].T
        there = (begins <= at_ms) & (at_ms < ends) & (from_s < after_s) & (after_s <= until_s)
        recall, key = self.luck.of("recall"), one.drone.key
        for row in np.flatnonzero(there).tolist():
            case = self.cases[int(one.passes.case[row])]
            draw = recall.uniform(case.case, trip=one.number % 65_536, look=key)
            if draw < self.beat.recall:
                ago_s = one.start_s + float(after_s[row]) - self.sim.now
                look(self.sim, case, who=DRONE, machine=key, after_s=ago_s)


class Round:
    """One round of a drone, which ends in its dock, for a call, or where it is lost."""

    def __init__(self, rounds: Rounds, drone: Drone, line: Line, number: int) -> None:
        self.rounds, self.drone, self.line, self.number = rounds, drone, line, number
        sim, beat = rounds.sim, rounds.beat
        self.start_s, self.start_ms = sim.now, int(sim.env.now) - sim.span.epoch_ms
        self.cruise_s = _metres(line.way) / beat.speed
        self.whole_s = 2.0 * drone.craft.rise_s + self.cruise_s
        self.ends_s = min(self.whole_s, drone.lost_after(number, round_=True))
        self.legs = list(self._legs())
        found = passes(line.way, beat.speed, rounds.spots, beat.width_m)
        self.passes = Passes(found.case, found.after_s + drone.craft.rise_s)
        self.told, self.told_s = 0, 0.0

    def _legs(self) -> Iterator[Leg]:
        craft, moment_s = self.drone.craft, 0.0
        spots = [(*_pair(spot), craft.height_m) for spot in self.line.way]
        dock = (*_pair(self.line.way[0]), self.drone.roof_m)
        lasts = np.hypot(*np.diff(self.line.way, axis=0).T) / self.rounds.beat.speed
        seconds = [craft.rise_s, *lasts.tolist(), craft.rise_s]
        over = [*self.line.place.tolist(), NOWHERE]
        for (spot, there), lasting, place in zip(
            pairwise([dock, *spots, dock]), seconds, over, strict=True
        ):
            yield Leg(spot, there, moment_s, moment_s + lasting, place)
            moment_s += lasting

    def steps_s(self) -> Iterator[float]:
        """Yield how long it is from the end of one leg to the next, until the round ends."""
        gone_s = 0.0
        for leg in self.legs:
            until_s = min(leg.until_s, self.ends_s)
            if until_s > gone_s:
                yield until_s - gone_s
                gone_s = until_s

    def flown_s(self, now_s: float) -> float:
        """Return how long it has been in the air."""
        return now_s - self.start_s

    def at(self, now_s: float) -> tuple[float, float] | None:
        """Return where it is over the ground, None while it climbs or lands."""
        along_s = self.flown_s(now_s) - self.drone.craft.rise_s
        if not -TICK_S <= along_s <= self.cruise_s:
            return None
        legs = np.hypot(*np.diff(self.line.way, axis=0).T)
        reached = np.append(0.0, np.cumsum(legs))
        x, y = (np.interp(along_s * self.rounds.beat.speed, reached, w) for w in self.line.way.T)
        return float(x), float(y)

    def tell(self, now_s: float) -> None:
        """Record where it was since it was last told, what it was over, and what it saw."""
        until_s, sim, key = self.flown_s(now_s), self.rounds.sim, self.drone.key
        for leg in self.legs[self.told :]:
            if leg.from_s >= until_s - TICK_S:
                break
            whole = leg.until_s <= until_s + TICK_S
            share = 1.0 if whole else (until_s - leg.from_s) / (leg.until_s - leg.from_s)
            x, y, z = (a + (b - a) * share for a, b in zip(leg.spot, leg.there, strict=True))
            ends_s = leg.until_s if whole else until_s
            when_ms = self.start_ms + _ms(leg.from_s), self.start_ms + _ms(ends_s)
            fly_leg(sim, key, when_ms, leg.spot, (x, y, z))
            if whole and leg.place != NOWHERE:
                sim.record("visit", place=leg.place, machine=key, at_ms=when_ms[1])
            self.told += 1
        self.rounds.see(self, self.told_s, until_s)
        self.told_s = until_s


def _ms(seconds: float) -> int:
    return round(MS_PER_S * seconds)


def _metres(way: Floats) -> float:
    return float(np.hypot(*np.diff(way, axis=0).T).sum())


def _pair(spot: Floats) -> tuple[float, float]:
    return float(spot[0]), float(spot[1])
