"""The ways that robots go: footways without steps."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gis.network import Network
from twin.world.ground import Ground

__all__ = ["metres_from", "robot_network", "steps"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@lru_cache(maxsize=4)
def steps(ground: Ground) -> NDArray[np.bool_]:
    """Return which arcs of the ways on foot are steps, where the city's data tell."""
    footways = ground.city.layers.get("footways", ())
    if not len(footways):
        return np.zeros(len(ground.walks.network.tails), bool)
    one_way = (footways["kind"] == "steps").to_numpy()
    return np.append(one_way, one_way)


@lru_cache(maxsize=4)
def robot_network(ground: Ground) -> Network:
    """Return the ways on foot without steps, in metres."""
    net = ground.walks.network
    cost = np.where(steps(ground), np.inf, net.cost)
    return Network(net.tails, net.heads, cost, net.x, net.y)


def metres_from(ground: Ground, spots: Ints, reach_m: float) -> Floats:
    """Return the metres from the door of each spot (building row) to that of each building.

    Infinite [spot, building] where no footway without steps leads within reach.
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
