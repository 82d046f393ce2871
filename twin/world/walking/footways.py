"""The footways of every run on a city: arcs, spots between which people walk, and the ways."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis import network as networks
from gis.city import City
from gis.network import Network
from twin.kept import digest, kept
from twin.world.crossings.places import crossed_links, crossing_places
from twin.world.rows import Rows, table
from twin.world.walking.behaviour import Gait
from twin.world.walking.columns import SPOT, WAY

__all__ = ["Walks", "walks"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Walks:
    """What all runs share about going on foot.

    ``network`` has arcs in m; ``crossing`` is the crossing of each arc (-1); ``spots`` (rows of
    SPOT) are the buildings and then ``stops`` stops of buses; ``goals`` the node of each tree.
    ``places`` has one row a crossing and ``watches`` one a link that brings cars onto it, see
    :func:`twin.world.crossings.places.crossing_places` and ``crossed_links``.
    """

    network: Network
    crossing: NDArray[np.int32]
    spots: Rows
    goals: NDArray[np.int32]
    places: pd.DataFrame
    watches: pd.DataFrame
    stops: int = 0
    reach_m: float = Gait.reach_m

    @property
    def doors(self) -> int:
        """How many of the spots are buildings: the first ones."""
        return len(self.spots) - self.stops

    @cached_property
    def slots(self) -> NDArray[np.uint8]:
        """The trees towards the goals, within reach; found once and kept."""
        net, reach = self.network, np.array([self.reach_m])
        name = digest((networks.__file__,), (net.tails, net.heads, net.cost, self.goals, reach))
        found = kept(
            f"paths-{name}", lambda: {"slots": net.slots_towards(self.goals, self.reach_m)}
        )
        return found["slots"]

    def nearest(self, goals: Ints, reach_m: float) -> tuple[Ints, Floats]:
        """Return the nearest of some spots on foot from each building, and the metres there.

        Parameters
        ----------
        goals
            Rows of ``spots``.
        reach_m
            How far one goes at most on footways, without the way from door to footway.

        Returns
        -------
        tuple
            Places among ``goals``, -1 where none is within reach; metres, infinite there.
        """
        nodes, which = self.network.nodes, np.full(self.network.nodes, -1, np.int64)
        metres = np.full(nodes, np.inf)
        for place, spot in enumerate(goals.tolist()):
            around, away = self.network.reach(int(self.spots.node[spot]), reach_m)
            away = away + self.spots.door_m[spot]
            nearer = around[away < metres[around]]
            metres[nearer], which[nearer] = away[away < metres[around]], place
        door = self.spots[: self.doors]
        return which[door.node], metres[door.node] + door.door_m

    @cached_property
    def ways(self) -> Rows:
        """The arcs as rows."""
        half = len(self.network.tails) // 2
        return table(
            WAY,
            len(self.network.tails),
            metres=np.where(np.isfinite(self.network.cost), self.network.cost, 0.0),
            head=self.network.heads,
            crossing=self.crossing,
            against=np.arange(len(self.network.tails)) >= half,
        )


def walks(
    city: City,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    stop_x: NDArray[np.float64],
    stop_y: NDArray[np.float64],
) -> Walks:
    """Return the ways on foot of a city between its buildings and stops of buses (m)."""
    network = Network.walking(city)
    spots, goals = spots_at(network, np.append(x, stop_x), np.append(y, stop_y))
    places = crossing_places(city)
    row = np.full(len(network.tails) // 2, -1, np.int32)
    row[places["footway"].to_numpy(np.int64)] = np.arange(len(places))
    return Walks(
        network=network, crossing=np.append(row, row), spots=spots, goals=goals,
        places=places, watches=crossed_links(city, places), stops=len(stop_x),
    )  # fmt: skip


def spots_at(
    network: Network, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[Rows, NDArray[np.int32]]:
    """Return places as spots at their nearest node, and the nodes that trees must lead to."""
    node = network.nearest(x, y)
    goals, tree = np.unique(node, return_inverse=True)
    door_m = np.hypot(network.x[node] - x, network.y[node] - y)
    return table(SPOT, len(x), x=x, y=y, door_m=door_m, node=node, tree=tree), goals
