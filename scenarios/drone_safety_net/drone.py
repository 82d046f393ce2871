"""A drone and its dock: it flies to a case, looks, stays, comes back and charges, or is lost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scenarios.drone_safety_net.flight import Craft
from twin.luck import Luck
from twin.machines import Battery, Machine, Wear
from twin.response import DRONE, Case, look
from twin.sim import Process, Sim

__all__ = ["DRONE_RANK", "SURE", "TICK_S", "Drone", "Errand", "Mission", "Spot", "Trust", "fly_leg"]

Floats = NDArray[np.float64]
Spot = tuple[float, float, float]

DRONE_RANK = 21
S_PER_H, MS_PER_S = 3_600.0, 1_000
TICK_S = 0.002
"""Moments this near are one: the clock counts whole milliseconds."""

BATTERY_WH = 100.0
"""What a full battery is taken for: endurance is told in time, so that only shares matter."""

LINK, LOST, CLEAR = 1, 2, 3
"""What a draw of a mission is for."""


NEVER = Wear()


@dataclass(frozen=True)
class Trust:
    """What goes wrong: breakdowns, outages of the network, lost links and lost drones.

    ``no_link`` is the share of missions without a picture. A drone is lost once in ``lost_h`` hours
    of flight (0: never), and another is there after ``replace_h``. Who looks at a call for nothing
    can tell so in a share ``tells_nothing`` of cases, and wrongly in ``wrong_clear`` of real ones.
    """

    wear: Wear = NEVER
    outage: Wear = NEVER
    no_link: float = 0.0
    lost_h: float = 0.0
    replace_h: float = 72.0
    tells_nothing: float = 1.0
    wrong_clear: float = 0.0


SURE = Trust()


class Mission(NamedTuple):
    """A flight: its ways there and home (n, 2; m), how long they take, and the stay there (s)."""

    way: Floats
    home: Floats
    out_s: float
    back_s: float
    stay_s: float


class Errand(Protocol):
    """A round that a drone is on, which it may leave for a call."""

    def at(self, now_s: float) -> tuple[float, float] | None:
        """Return where it is, None while it climbs or lands."""

    def flown_s(self, now_s: float) -> float:
        """Return how long it has been in the air."""

    def tell(self, now_s: float) -> None:
        """Record what it did so far."""


class Drone(Machine):
    """A drone, and the dock that it lives in, at x, y and height (m).

    Climbing takes as long as from the ground: roofs are a little nearer.
    """

    def __init__(
        self, sim: Sim, key: int, spot: Spot, *, craft: Craft, trust: Trust, luck: Luck
    ) -> None:
        charge_w = BATTERY_WH * S_PER_H / craft.charge_s
        battery = Battery(BATTERY_WH, charge_w, craft.reserve)
        super().__init__(sim, key, battery=battery, wear=trust.wear, luck=luck)
        self.at, self.roof_m = spot[:2], min(spot[2], craft.height_m)
        self.craft, self.trust = craft, trust
        self.power_w = BATTERY_WH * S_PER_H / craft.endurance_s
        self.mine = luck.of("mission")
        self.free_at_s = self.docked_s = sim.now
        self.errand: Errand | None = None

    @property
    def place(self) -> tuple[float, float] | None:
        """Where it could leave for a call from: its dock, or a round; None where it cannot."""
        if self.errand is not None:
            return self.errand.at(self.sim.now)
        return self.at if self.ready else None

    @property
    def head_s(self) -> float:
        """From a call until it is on its way at its height: at once where it is in the air."""
        return 0.0 if self.errand is not None else self.craft.launch_s + self.craft.rise_s

    @property
    def ready(self) -> bool:
        """Whether it is in its dock and works."""
        return self.free_at_s <= self.sim.now + TICK_S and self.works()

    @property
    def usable_s(self) -> float:
        """How long it could fly now, with what it has been charged since it landed."""
        flown_s = 0.0 if self.errand is None else self.errand.flown_s(self.sim.now)
        if self.errand is None:
            lacked = self.battery.capacity_wh - self.left_wh
            got = min(lacked, self.battery.charge_w * (self.sim.now - self.docked_s) / S_PER_H)
            self.left_wh, self.docked_s = self.left_wh + got, self.sim.now
        spare = self.left_wh - self.battery.capacity_wh * self.battery.reserve
        return max(spare, 0.0) / self.power_w * S_PER_H - flown_s

    def land(self, flown_s: float) -> None:
        """Be in its dock after so long in the air."""
        self.use(flown_s * self.power_w / S_PER_H)
        self.free_at_s = self.docked_s = self.sim.now

    def send(self, case: Case, mission: Mission) -> None:
        """Send it off to a case at once; to a probe it would go, and stays."""
        craft, head_s = self.craft, self.head_s
        eye_s = head_s + mission.out_s + craft.stoop_s + craft.search_s
        lost_s = max(head_s - craft.rise_s, 0.0) + self.lost_after(case.case)
        if case.probe:
            if eye_s <= lost_s:
                self._look(case, eye_s)
            return
        whole_s = eye_s + mission.stay_s + craft.stoop_s + mission.back_s + craft.rise_s
        gone_s = lost_s + self.trust.replace_h * S_PER_H
        self.free_at_s = self.sim.now + (whole_s if whole_s <= lost_s else gone_s)
        self._record(case, mission, head_s, min(whole_s, lost_s))
        if self.errand is not None:
            flown_s = self.errand.flown_s(self.sim.now)
            self.errand.tell(self.sim.now)
            self.errand = None
            self.use(flown_s * self.power_w / S_PER_H)
        flies_s = whole_s - max(head_s - craft.rise_s, 0.0)
        due_s = eye_s, whole_s, lost_s, flies_s
        self.sim.start(self._fly(case, due_s), key=(DRONE_RANK, self.key))

    def _fly(self, case: Case, due_s: tuple[float, float, float, float]) -> Process:
        eye_s, whole_s, lost_s, flies_s = due_s
        seen_s = min(eye_s, lost_s)
        yield self.sim.wait(seen_s)
        if eye_s <= lost_s:
            self._look(case)
        if lost_s < whole_s:
            yield from self.lose(lost_s - seen_s)
            return
        yield self.sim.wait(whole_s - seen_s)
        self.land(flies_s)

    def lose(self, after_s: float) -> Process:
        """Come down somewhere after so long; another stands in the dock some days later."""
        self.free_at_s = self.sim.now + after_s + self.trust.replace_h * S_PER_H
        yield self.sim.wait(after_s)
        self.sim.record("drone_lost", machine=self.key)
        yield self.sim.wait(max(self.free_at_s - self.sim.now, 0.0))
        self.left_wh, self.docked_s = self.battery.capacity_wh, self.sim.now

    def _look(self, case: Case, after_s: float = 0.0) -> None:
        """Have the case in view, unless there is no link, and tell whether anything is there."""
        if self.mine.uniform(case.case, look=LINK) < self.trust.no_link:
            return
        look(self.sim, case, who=DRONE, machine=self.key, after_s=after_s)
        share = self.trust.wrong_clear if case.real else self.trust.tells_nothing
        if self.mine.uniform(case.case, look=CLEAR) < share:
            at_ms = self.sim.env.now - self.sim.span.epoch_ms + round(after_s * MS_PER_S)
            self.sim.record("all_clear", case=case.case, machine=self.key, at_ms=at_ms)

    def lost_after(self, number: int, *, round_: bool = False) -> float:
        """Return after how long in the air (s) it would be lost, on a mission or a round."""
        if not self.trust.lost_h:
            return math.inf
        luck = self.mine.of("round") if round_ else self.mine
        return float(
            luck.exponential(number, self.trust.lost_h * S_PER_H, trip=self.key, look=LOST)
        )

    def _record(self, case: Case, mission: Mission, head_s: float, ends_s: float) -> None:
        """Record the mission, and where the drone is on it until it ends."""
        start = int(self.sim.env.now) - self.sim.span.epoch_ms
        self.sim.record(
            "mission", machine=self.key, case=case.case, out_s=mission.out_s,
            stay_s=mission.stay_s, back_s=mission.back_s,
            free_ms=start + round(MS_PER_S * (self.free_at_s - self.sim.now)),
        )  # fmt: skip
        waits_s = max(head_s - self.craft.rise_s, 0.0)
        moment, end = start + round(MS_PER_S * waits_s), start + round(MS_PER_S * ends_s)
        for spot, there, seconds in _path(self.craft, mission, self.roof_m, climbs=head_s > 0.0):
            until = moment + round(MS_PER_S * seconds)
            if moment < end:
                fly_leg(self.sim, self.key, (moment, until), spot, there)
            moment = until


def fly_leg(sim: Sim, machine: int, when_ms: tuple[int, int], spot: Spot, there: Spot) -> None:
    """Record where a drone is between two moments of the trace (ms), from a spot to another."""
    sim.record(
        "drone_leg", machine=machine, from_ms=when_ms[0], x=spot[0], y=spot[1], z=spot[2],
        to_x=there[0], to_y=there[1], to_z=there[2], until_ms=when_ms[1],
    )  # fmt: skip


def _path(
    craft: Craft, mission: Mission, roof_m: float, *, climbs: bool
) -> Iterator[tuple[Spot, Spot, float]]:
    """Yield the legs of a mission: from, to (x, y, z; m) and how long each takes (s)."""
    first, last, dock = (
        _pair(spot) for spot in (mission.way[0], mission.way[-1], mission.home[-1])
    )
    above, low = (*last, craft.height_m), (*last, min(craft.look_m, craft.height_m))
    if climbs:
        yield (*first, roof_m), (*first, craft.height_m), craft.rise_s
    yield from _level(mission.way, craft.height_m, mission.out_s)
    yield above, low, craft.stoop_s
    yield low, low, craft.search_s + mission.stay_s
    yield low, above, craft.stoop_s
    yield from _level(mission.home, craft.height_m, mission.back_s)
    yield (*dock, craft.height_m), (*dock, roof_m), craft.rise_s


def _level(way: Floats, height_m: float, lasts_s: float) -> Iterator[tuple[Spot, Spot, float]]:
    """Yield the legs of a way that is flown evenly at one height."""
    metres = np.hypot(*np.diff(way, axis=0).T)
    share = metres / metres.sum() if metres.sum() > 0 else metres * 0.0
    for (one, other), part in zip(pairwise(way), share.tolist(), strict=True):
        yield (*_pair(one), height_m), (*_pair(other), height_m), lasts_s * part


def _pair(spot: Floats) -> tuple[float, float]:
    return float(spot[0]), float(spot[1])
