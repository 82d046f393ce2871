"""Small worlds with a fleet on a grid of streets: jobs that appear, vehicles, a dispatcher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.network import Network
from tests.twin.worlds import grid, land, lots
from twin.dispatch import Dispatcher, Promise
from twin.luck import Luck
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.columns import Kind
from twin.world.fleet.fleet import Fleet
from twin.world.ground import Ground
from twin.world.transit.behaviour import Ridership

__all__ = ["NOBODY", "QUICK", "Town", "dispatched"]

COLUMNS = ("car", "order", "depart_s", "destination", "gate", "purpose")
NOBODY = pd.DataFrame({name: np.zeros(0, int) for name in COLUMNS})
QUICK = Ridership(doors_s=0.0, pull_s=0.0, board_s=0.5, alight_s=0.5)


@dataclass(frozen=True)
class Town:
    """A square of ``size`` x ``size`` junctions, and requests of so many an hour between them.

    As a torus it has no edge: streets lead from each side to the one across.
    """

    size: int = 12
    spacing_m: float = 200.0
    kmh: float = 20.0
    an_hour: float = 60.0
    hours: float = 6.0
    seed: int = 1
    torus: bool = False

    @property
    def ground(self) -> Ground:
        seconds = self.spacing_m / self.kmh * 3.6
        network = grid(self.size, spacing_m=self.spacing_m, seconds=seconds)
        network = _closed(network, self.size) if self.torus else network
        return land(
            network, lots(network, Kind.PUBLIC, [0], 1), np.arange(network.nodes), homes=[-1, -1]
        )

    def requests(self) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Return when each is asked for (s), and the junctions where it starts and ends."""
        luck, number = Luck(self.seed, "requests", 0), round(2 * self.an_hour * self.hours)
        who = np.arange(number)
        asked = np.cumsum(luck.of("gap").exponential(who, mean=3_600 / self.an_hour))
        nodes = self.size**2
        start = (np.asarray(luck.of("start").uniform(who)) * nodes).astype(np.int64)
        more = (np.asarray(luck.of("end").uniform(who)) * (nodes - 1)).astype(np.int64)
        within = asked < self.hours * 3_600
        return asked[within], start[within], ((start + 1 + more) % nodes)[within]


def _closed(network: Network, size: int) -> Network:
    """Return a grid with streets both ways from each end of its rows and columns to the other."""
    line = np.arange(size)
    ends = [(line * size, line * size + size - 1), (line, line + size * (size - 1))]
    one, other = (np.concatenate(side) for side in zip(*ends, strict=True))
    tails, heads = np.concatenate([one, other]), np.concatenate([other, one])
    return Network(
        np.append(network.tails, tails), np.append(network.heads, heads),
        np.append(network.cost, np.full(len(tails), network.cost[0])), network.x, network.y,
    )  # fmt: skip


def dispatched(
    town: Town,
    vehicles: int,
    policy: Callable[[Sim], Dispatcher] | None = None,
    *,
    seats: int = 4,
    more_h: float = 2.0,
    run: type[Sim] = Sim,
) -> tuple[Trace, Sim]:
    """Return what came of a town's requests, and the run; it lasts some hours more than they do."""
    ground = town.ground
    sim = run(ground, When(start_h=0, hours=town.hours + more_h, warm_up=0))
    fleet = sim.part(Fleet)
    fleet.rides = QUICK
    network = ground.network
    fleet.stop_at(network.x, network.y, np.full(network.nodes, -1))
    begin = np.asarray(Luck(town.seed, "begin", 0).uniform(np.arange(vehicles)))
    for node in (begin * network.nodes).astype(int).tolist():
        fleet.add(seats, node)
    for asked_s, start, end in zip(*town.requests(), strict=True):
        fleet.give(float(asked_s), int(start), int(end))
    (policy or (lambda run: Dispatcher(run, Promise(900, 1.5, 600), every_s=10)))(sim)
    trace = sim.run(trips=NOBODY)
    return trace, sim
