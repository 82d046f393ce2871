"""Sites made by hand: a street with Poisson traffic, one crossing, walkers who come one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.network import Network
from gis.population import Mode
from tests.twin.worlds import land, lots, ring
from twin.calendar import push
from twin.luck import Luck
from twin.world.behaviour import Behaviour
from twin.world.columns import EVENTS, Kind, Rank, World
from twin.world.crossings.columns import (
    ALARM,
    CROSSING,
    GIVING_WAY,
    MINUTES,
    WATCH,
    WINDOW,
    CrossingColumns,
)
from twin.world.day import Others, build
from twin.world.fleet.columns import no_fleet
from twin.world.loop import advance
from twin.world.parking import Parking
from twin.world.rows import table
from twin.world.transit.columns import no_transit
from twin.world.walking.behaviour import Gait
from twin.world.walking.columns import Walking
from twin.world.walking.day import begin, walkers
from twin.world.walking.footways import Walks, spots_at

__all__ = ["Site"]

DAY_MS = 86_400_000
GAP_S = 8.0


@dataclass
class Site:
    """Copies of one crossing that share nothing but the clock.

    ``flow`` is cars a second, ``apart_s`` the mean time between walkers, who walk at 1 m/s and want
    a gap of ``gap_s``, ``width_m`` of it to be on the street, where cars wait for them; ``logit``
    is that of a driver's yielding.
    ``react_s`` and ``brake`` tell who can stop; without them everybody can.
    ``red_s`` of each ``cycle_s`` is don't-walk; 0: no signal. With a ``recall`` there is a sign
    that shows who comes ``latency_s`` later, and that a share ``notice`` of drivers sees.
    """

    sites: int = 40
    flow: float = 0.15
    apart_s: float = 150.0
    width_m: float = 5.0
    gap_s: float = GAP_S
    logit: float = -50.0
    red_s: float = 0.0
    cycle_s: float = 120.0
    recall: float = 0.0
    notice: float = 1.0
    sign_logit: float = 100.0
    latency_s: float = 0.0
    react_s: float = 0.0
    brake: float = 1e12
    seed: int = 1
    stops: list[tuple[int, int]] = field(default_factory=list)

    @cached_property
    def luck(self) -> Luck:
        return Luck(self.seed, "kerb", 0)

    def _times(self, purpose: str, mean_s: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return site and time (s) of Poisson arrivals on one day, in the order of both."""
        number = int(1.2 * 86_400 / mean_s) + 100
        things = np.arange(self.sites * number)
        gaps = np.asarray(self.luck.of(purpose).exponential(things, mean=mean_s))
        times = gaps.reshape(self.sites, number).cumsum(axis=1)
        assert (times[:, -1] > 86_400).all(), "arrivals ran out"
        site, _ = np.nonzero(times < 86_400)
        return site, times[times < 86_400]

    def _walking(self) -> Walking:
        node = np.arange(2 * self.sites)
        ends, x = np.concatenate([node[::2], node[1::2]]), node * 1_000.0
        network = Network(
            ends, np.roll(ends, self.sites), np.full(len(ends), self.width_m), x, 0.0 * x
        )
        spots, goals = spots_at(Everywhere(network), x, 0.0 * x)
        crossing = np.tile(np.arange(self.sites, dtype=np.int32), 2)
        walks = Walks(network, crossing, spots, goals, pd.DataFrame(), pd.DataFrame())
        site, seconds = self._times("walker", self.apart_s)
        legs = pd.DataFrame(
            {
                "person": np.arange(len(site)), "order": 0, "mode": Mode.WALK, "depart_s": seconds,
                "origin": 2 * site, "destination": 2 * site + 1, "purpose": 0, "planned_s": 0.0,
            }
        )  # fmt: skip
        gait = Gait(
            speed=1.0, speed_cv=0.0, margin_s=self.gap_s - self.width_m, margin_cv=0.0,
            judge_cv=0.0,
        )  # fmt: skip
        return walkers(walks, np.full(len(site), 30), legs, gait, self.luck)

    def _crossings(self) -> CrossingColumns:
        each, signal = np.arange(self.sites), self.red_s > 0
        places = table(
            CROSSING, self.sites, key=each, width_m=self.width_m, yield_logit=self.logit,
            sign=self.recall > 0, notice=self.notice, sign_logit=self.sign_logit,
            latency_ms=round(1000 * self.latency_s), on_ms=1, lit_until_ms=-1, first=each,
            beyond=each + (not signal), first_window=0, beyond_window=1, signal=signal,
        )  # fmt: skip
        windows = table(
            WINDOW, 1, to_ms=round(1000 * (self.cycle_s - self.red_s)),
            cycle_ms=round(1000 * self.cycle_s), day_to_ms=DAY_MS,
        )  # fmt: skip
        return CrossingColumns(
            places=places,
            watches=table(WATCH, self.sites, mps=10.0, link=2 * each, into=-1),
            windows=windows,
            alarms=table(ALARM, 0),
            rules=table(
                GIVING_WAY,
                1,
                purpose=7,
                see=8,
                react_s=self.react_s,
                brake=self.brake,
                alert_react_s=self.react_s,
                alert_brake=self.brake,
            ),
            recall=np.full((self.sites, 1), self.recall),
            dark=np.zeros(1, bool),
            walked=np.zeros((self.sites, MINUTES), np.int32),
        )

    def world(self) -> World:
        """Return the sites with their traffic, before the first event."""
        network = ring(2 * self.sites, seconds=60.0)
        site, seconds = self._times("car", 1.0 / self.flow)
        out = 2 * np.arange(self.sites) + 1
        parks = lots(network, Kind.PUBLIC, [0], 1)
        ground = land(network, parks, [0], homes=np.full(len(site), -1), gates=out)
        trips = pd.DataFrame(
            {
                "car": np.arange(len(site)), "order": 0, "depart_s": seconds, "destination": -1,
                "gate": out[site], "purpose": 0,
            }
        )  # fmt: skip
        parking = Parking(ground, Behaviour(look_s=0))
        others = Others(self._walking(), self._crossings(), no_transit(), no_fleet())
        world = build(ground, parking, trips, self.luck, 0, others)
        world.cars.node[:] = 2 * site
        for car, depart in enumerate(world.trips.depart_ms):
            push(world.calendar, depart, Rank.LEAVE, car)
        begin(world.walking, world.calendar)
        return world

    def waits(self, every_s: float = 0.0) -> pd.DataFrame:
        """Live the day and return its ``walk`` rows with their site, in seconds.

        ``every_s`` stops the clock again and again and keeps how many stand at a kerb then.
        """
        walks = self.lived(every_s)["walk"]
        return pd.DataFrame({"wait_s": walks["wait_ms"] / 1000.0}).assign(
            site=self.origin[walks["leg"]] // 2
        )

    def lived(self, every_s: float = 0.0) -> dict[str, pd.DataFrame]:
        """Live the day and return its events by name, each with ``time_ms`` and its columns."""
        world, rows = self.world(), []
        self.origin = world.walking.legs.origin
        halts = np.arange(every_s, 86_400, every_s) if every_s else []
        for halt in [*halts, 2 * 86_400]:
            while not advance(world, round(1000 * halt)):
                rows.append(_emptied(world))
            rows.append(_emptied(world))
            self.stops.append((standing(world), sum(map(len, rows))))
        log = np.concatenate(rows)
        return {
            name: pd.DataFrame(
                {"time_ms": log[log[:, 1] == code, 0]}
                | {c: log[log[:, 1] == code, 2 + i] for i, c in enumerate(columns)}
            )
            for code, (name, columns) in EVENTS.items()
        }


class Everywhere:
    """A network whose nearest node is where one is: sites have no core."""

    def __init__(self, network: Network) -> None:
        self.x, self.y = network.x, network.y

    def nearest(self, x: NDArray[np.float64], _y: NDArray[np.float64]) -> NDArray[np.int32]:
        return np.arange(len(x), dtype=np.int32)


def standing(world: World) -> int:
    """Return how many stand at a kerb now: they came to a crossing and did not step off."""
    onto = world.walking.footfall[world.walking.ways.crossing >= 0].sum()
    return int(onto - world.crossings.walked.sum())


def _emptied(world: World) -> NDArray[np.int64]:
    rows = world.calendar.rows[: world.calendar.logged[0]].copy()
    world.calendar.logged[0] = 0
    return rows
