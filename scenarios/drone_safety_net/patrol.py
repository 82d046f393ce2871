"""Drones on patrol: rounds over places where nobody may have called yet, in set hours.

Each drone flies over the places that are nearest to its dock, as many as its battery allows, those
first where most is to be expected: round by round in the order of their bearings (the sweep of
Gillett & Miller 1974, doi:10.1287/opre.22.2.340), or at random. It sees what lies in the width of
its camera when it passes, and finishes its round before it answers a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenarios.drone_safety_net.drone import DRONE_RANK, Drone, fly_leg
from scenarios.drone_safety_net.net import Net
from twin.luck import Luck
from twin.patrol import Shift
from twin.response import DRONE, Case, look
from twin.sim import Process

__all__ = ["Beat", "Rounds", "order_by_bearing", "passes"]

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
                lasts_s = self._round(drone, own, number)
                number += lasts_s > 0.0
                yield self.sim.wait(lasts_s or TRY_AGAIN_S)

    def _round(self, drone: Drone, own: Ints, number: int) -> float:
        """Fly a round where weather, network and drone allow it; return how long it takes (s)."""
        if not (self.net.sky_now().flies and self.net.network.works() and drone.ready):
            return 0.0
        if drone.usable_s < CHARGED * drone.craft.usable_s:
            return 0.0
        rows = self._route(drone, own, number)
        if not len(rows):
            return 0.0
        line = self._line(drone, rows)
        whole_s = 2.0 * drone.craft.rise_s + _metres(line.way) / self.beat.speed
        ends_s = min(whole_s, drone.lost_after(number, round_=True))
        free_ms = int(self.sim.env.now) - self.sim.span.epoch_ms + round(MS_PER_S * ends_s)
        self.sim.record("round", machine=drone.key, places=len(rows), free_ms=free_ms)
        self._record(drone, line, ends_s)
        self._see(drone, line.way, number, ends_s)
        if ends_s < whole_s:
            self.sim.start(drone.lose(ends_s), key=(DRONE_RANK, drone.key))
            return ends_s
        drone.away(whole_s)
        return whole_s

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

    def _record(self, drone: Drone, line: Line, ends_s: float) -> None:
        """Record where the drone is on its round, and when it is over each place."""
        start = int(self.sim.env.now) - self.sim.span.epoch_ms
        high, moment = drone.craft.height_m, start
        spots = [(float(x), float(y), high) for x, y in line.way]
        ground = (*spots[0][:2], 0.0)
        lasts = np.hypot(*np.diff(line.way, axis=0).T) / self.beat.speed
        seconds = [drone.craft.rise_s, *lasts.tolist(), drone.craft.rise_s]
        stops, over = [ground, *spots, ground], [*line.place.tolist(), NOWHERE]
        for (spot, there), lasting, place in zip(pairwise(stops), seconds, over, strict=True):
            until = moment + round(MS_PER_S * lasting)
            if moment < start + MS_PER_S * ends_s:
                fly_leg(self.sim, drone.key, (moment, until), spot, there)
                if place != NOWHERE:
                    self.sim.record("visit", place=place, machine=drone.key, at_ms=until)
            moment = until

    def _see(self, drone: Drone, way: Floats, number: int, ends_s: float) -> None:
        """Record what it passes while there is something to be seen, by the luck of the pass."""
        start = int(self.sim.env.now) - self.sim.span.epoch_ms
        found = passes(way, self.beat.speed, self.spots, self.beat.width_m)
        after_s = found.after_s + drone.craft.rise_s
        at_ms = start + np.round(MS_PER_S * after_s).astype(np.int64)
        begins, ends = self.seen_ms[found.case].T
        there = (begins <= at_ms) & (at_ms < ends) & (after_s <= ends_s)
        recall = self.luck.of("recall")
        for row, seconds in zip(found.case[there].tolist(), after_s[there].tolist(), strict=True):
            case = self.cases[row]
            draw = recall.uniform(case.case, trip=number % 65_536, look=drone.key)
            if draw < self.beat.recall:
                look(self.sim, case, who=DRONE, machine=drone.key, after_s=seconds)


def _metres(way: Floats) -> float:
    return float(np.hypot(*np.diff(way, axis=0).T).sum())


def _pair(spot: Floats) -> tuple[float, float]:
    return float(spot[0]), float(spot[1])
