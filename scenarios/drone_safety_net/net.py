"""The docks together: which drone goes to a call, in which weather, and why none does.

To each call the free drone that would have a picture first is sent, if one can make the way there
and back in the weather of the hour: a loss system with the nearest server first (Larson 1974,
doi:10.1016/0305-0548(74)90076-8). The ground crew goes anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenarios.drone_safety_net.airspace import OPEN, Airspace
from scenarios.drone_safety_net.drone import SURE, Drone, Mission, Trust
from scenarios.drone_safety_net.flight import CALM, Craft, Wind, wind_at
from twin.machines import Battery, Machine
from twin.response import Case, answer_calls
from twin.sim import Process, Sim
from twin.world.weather import Weather

__all__ = ["CALLS_RANK", "UNSERVED", "Limits", "Net", "Rules", "Sky", "Trips", "flown", "skies"]

Floats = NDArray[np.float64]

CALLS_RANK, REPORT_RANK = 20, 22
MS_PER_S, MS_PER_H = 1_000, 3_600_000
NETWORK = 1 << 30
"""The key of the network among what works and breaks down."""

UNSERVED = ("weather", "outage", "out of reach", "none free")
"""Why no drone went to a call, by the code that the event ``no_drone`` holds."""


@dataclass(frozen=True)
class Limits:
    """In which weather drones fly: gusts at their height (m/s), rain (mm in the hour), the dark.

    A gust is ``gust_factor`` times the wind of the hour, which grows with height to the power
    ``shear``.
    """

    gust: float = 100.0
    gust_factor: float = 1.0
    shear: float = 0.0
    rain_mm: float = 1_000.0
    in_the_dark: bool = True


ANY_WEATHER = Limits()


@dataclass(frozen=True)
class Rules:
    """How drones are used: in which weather, how far they are trusted, where they may fly.

    A drone stays ``stay_s`` on the mean, exponentially, as far as its battery allows, and is not
    sent where it could not stay ``least_stay_s``.
    """

    limits: Limits = ANY_WEATHER
    trust: Trust = SURE
    space: Airspace = OPEN
    stay_s: float = 600.0
    least_stay_s: float = 60.0


class Trips(NamedTuple):
    """Flights, one a row: time there and back (s), and how long the way is (m)."""

    out_s: Floats
    back_s: Floats
    metres: Floats


class Sky(NamedTuple):
    """The weather of one hour to a drone."""

    wind: Wind
    flies: bool


def skies(weather: Any, craft: Craft, limits: Limits) -> list[Sky]:
    """Return the sky of each hour of a table of weather (columns of ``Weather.table``)."""
    found = []
    for hour in weather.itertuples(index=False):
        wind = wind_at(craft.height_m, hour.wind_ms, hour.wind_from_deg, limits.shear)
        calm = wind.speed * limits.gust_factor <= limits.gust
        light = limits.in_the_dark or hour.daylight >= 0.5
        found.append(Sky(wind, bool(calm and light and hour.rain_mm <= limits.rain_mm)))
    return found


class Net:
    """All docks of a solution (n, 3: x, y and height; m), a drone in each, and who sends them."""

    def __init__(self, sim: Sim, docks: Floats, craft: Craft, rules: Rules) -> None:
        self.sim, self.craft, self.rules = sim, craft, rules
        luck = sim.luck("drone")
        self.drones = [
            Drone(sim, key, (x, y, z), craft=craft, trust=rules.trust, luck=luck)
            for key, (x, y, z) in enumerate(docks.tolist())
        ]
        self.docks, self.head_s = docks[:, :2], craft.launch_s + craft.rise_s
        nothing = Battery(1.0, 1.0)
        self.network = Machine(
            sim, NETWORK, battery=nothing, wear=rules.trust.outage, luck=luck.of("network")
        )
        self.stay = luck.of("stay")
        table = sim.part(Weather).table().to_pandas()
        self.sky = skies(table, craft, rules.limits)
        self.first_hour = int(table["hour"].iloc[0])

    def report(self) -> None:
        """Record each time that a drone or the network is down."""
        for machine, event in (
            (self.network, "network_down"),
            *((d, "drone_down") for d in self.drones),
        ):
            if machine.wear.between_h:
                key = REPORT_RANK, machine.key
                self.sim.start(self._spells(machine, event), key=key)

    def _spells(self, machine: Machine, event: str) -> Process:
        while True:
            up, until_s = machine.works(), machine.changes_s()
            if not up:
                free_ms = round(until_s * MS_PER_S) - self.sim.span.epoch_ms
                self.sim.record(event, machine=machine.key, free_ms=free_ms)
            yield self.sim.wait(max(until_s - self.sim.now, 0.001))

    def serve(self, wanted: Sequence[Case]) -> None:
        """Answer these calls, each at its moment."""
        called = [case for case in wanted if case.call_ms >= 0]
        answer_calls(self.sim, called, self.answer, key=(CALLS_RANK, 0))

    def sky_now(self) -> Sky:
        """Return the sky of this hour."""
        hour = (int(self.sim.env.now) - self.sim.span.epoch_ms) // MS_PER_H - self.first_hour
        return self.sky[min(max(hour, 0), len(self.sky) - 1)]

    def answer(self, case: Case) -> None:
        """Send a drone to a case, or record why none goes."""
        sky = self.sky_now()
        if not sky.flies or not self.network.works():
            self._not_served(case, "outage" if sky.flies else "weather")
            return
        home = self._trips(self.docks, case, sky.wind)
        needs_s = self.craft.needs_s(home.out_s, home.back_s) + self.rules.least_stay_s
        reached = (needs_s <= self.craft.usable_s) & (home.metres <= self.craft.link_m)
        eye_s, out_s = self._eyes(case, home, sky.wind)
        for row in np.argsort(eye_s, kind="stable").tolist():
            drone = self.drones[row]
            if drone.place is None or home.metres[row] > self.craft.link_m:
                continue
            saved_s = self.craft.rise_s if drone.errand is not None else 0.0
            flies_s = float(out_s[row]), float(home.back_s[row])
            spare_s = drone.usable_s + saved_s - self.craft.needs_s(*flies_s)
            if spare_s >= self.rules.least_stay_s:
                self._send(drone, case, flies_s, spare_s)
                return
        self._not_served(case, "none free" if reached.any() else "out of reach")

    def _eyes(self, case: Case, home: Trips, wind: Wind) -> tuple[Floats, Floats]:
        """Return when each drone would have a picture if it could come, and its cruise there (s).

        One on a round leaves it from where it is.
        """
        out_s, head_s = home.out_s.copy(), np.full(len(self.drones), self.head_s)
        roam = [d for d in self.drones if d.errand is not None and d.place is not None]
        if roam:
            rows = [drone.key for drone in roam]
            starts = np.array([drone.place for drone in roam])
            out_s[rows], head_s[rows] = self._trips(starts, case, wind).out_s, 0.0
        return head_s + out_s, out_s

    def _send(self, drone: Drone, case: Case, flies_s: tuple[float, float], most_s: float) -> None:
        """Send a drone, which stays as long as it is needed, but no longer than it can."""
        stay_s = min(float(self.stay.exponential(case.case, self.rules.stay_s)), most_s)
        space, there = self.rules.space, (case.x, case.y)
        way, home = space.way(drone.place or drone.at, there), space.way(there, drone.at)
        assert way is not None
        assert home is not None
        drone.send(case, Mission(way, home, *flies_s, stay_s))

    def _not_served(self, case: Case, why: str) -> None:
        self.sim.record("no_drone", case=case.case, why=UNSERVED.index(why))

    def _trips(self, starts: Floats, case: Case, wind: Wind) -> Trips:
        """Return the flights from places (n, 2) to a case and back, round what is closed."""
        lines = np.stack([starts, np.broadcast_to((case.x, case.y), starts.shape)], axis=1)
        trips = flown(self.craft, lines, wind)
        for row in np.flatnonzero(self.rules.space.blocked(lines)).tolist():
            start = float(starts[row, 0]), float(starts[row, 1])
            way = self.rules.space.way(start, (case.x, case.y))
            for column, value in zip(trips, _along(self.craft, way, wind), strict=True):
                column[row] = value
        return trips


def flown(craft: Craft, lines: Floats, wind: Wind = CALM) -> Trips:
    """Return the flights along straight lines (n, 2, 2; m) and back."""
    east, north = (lines[:, 1] - lines[:, 0]).T
    out_s, back_s = craft.cruise_s(east, north, wind), craft.cruise_s(-east, -north, wind)
    return Trips(out_s, back_s, np.hypot(east, north))


def _along(craft: Craft, way: Floats | None, wind: Wind) -> tuple[float, ...]:
    """Return a flight along a way and back; infinite where there is none."""
    if way is None:
        return (np.inf,) * 3
    legs = flown(craft, np.stack([way[:-1], way[1:]], axis=1), wind)
    return tuple(float(column.sum()) for column in legs)
