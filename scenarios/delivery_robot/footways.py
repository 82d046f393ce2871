"""The footways that robots can use: all but steps, and how they go on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from gis.network import Network
from twin.sim import Sim
from twin.world.ground import Ground

__all__ = ["Pavement", "Walked", "metres_from", "robot_network"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Walked(NamedTuple):
    """What a way was like: its metres and seconds, waits at crossings, walkers met, blocked."""

    metres: float
    seconds: float
    wait_s: float
    met: int
    blocked_s: float


@lru_cache(maxsize=4)
def robot_network(ground: Ground) -> Network:
    """Return the footways of a city without steps, in metres."""
    net, city = ground.walks.network, ground.city
    if not len(city.layers.get("footways", ())):
        return net
    steps = (city["footways"]["kind"] == "steps").to_numpy()
    cost = np.where(np.append(steps, steps), np.inf, net.cost)
    return Network(net.tails, net.heads, cost, net.x, net.y)


def metres_from(ground: Ground, spots: Ints, reach_m: float) -> Floats:
    """Return the metres from each spot (building row) to each building [spot, building].

    Infinite where no footway without steps leads within reach.
    """
    network, doors = robot_network(ground), ground.walks.doors
    door = ground.walks.spots[:doors]
    found = np.full((len(spots), doors), np.inf)
    for row, spot in enumerate(spots.tolist()):
        away = np.full(network.nodes, np.inf)
        near, metres = network.reach(int(door.node[spot]), reach_m)
        away[near] = metres
        found[row] = away[door.node] + door.door_m + door.door_m[spot]
    return found


@dataclass
class Pavement:
    """Machines on footways, without walkers and signals."""

    sim: Sim

    def __post_init__(self) -> None:
        self.mps: list[float] = []

    def add(self, spot: int, mps: float, width_m: float = 0.6) -> int:  # noqa: ARG002
        """Add a machine and return its number."""
        self.mps.append(mps)
        return len(self.mps) - 1

    def along(self, number: int, arcs: Ints) -> simpy.Event:
        """Return an event that comes when the machine has gone along the arcs."""
        metres = float(self.sim.ground.walks.network.cost[arcs].sum())
        seconds = metres / self.mps[number]
        event = self.sim.wait(seconds)
        event._value = Walked(metres, seconds, 0.0, 0, 0.0)
        return event
