"""Small worlds made by hand: streets, lots, cars, trips; the production engine runs them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gis.city import City
from gis.network import Network
from gis.population import People
from gis.turning import Turning
from twin.world.columns import ACCESS_ALL, ACCESS_BUILDING, ACCESS_PERMIT, Kind
from twin.world.ground import Ground

__all__ = ["every_turn", "grid", "land", "lots", "ring", "there_and_back"]

ACCESS = {Kind.PRIVATE: ACCESS_BUILDING, Kind.RESIDENT_PRIORITY: ACCESS_PERMIT}


def grid(size: int, *, spacing_m: float = 100.0, seconds: float = 10.0) -> Network:
    """Return ``size`` x ``size`` junctions with a street both ways between neighbours."""
    node = np.arange(size * size)
    east, north = node[node % size < size - 1], node[: size * (size - 1)]
    pairs = np.column_stack([np.append(east, north), np.append(east + 1, north + size)])
    both = np.column_stack([pairs, pairs[:, ::-1]]).reshape(-1, 2)
    x, y = node % size * spacing_m, node // size * spacing_m
    return _network(both[:, 0], both[:, 1], seconds, x, y)


def ring(size: int, *, radius_m: float = 50.0, seconds: float = 1.0) -> Network:
    """Return a one-way street of ``size`` links that closes on itself."""
    node = np.arange(size)
    turn = 2 * np.pi * node / size
    x, y = radius_m * np.cos(turn), radius_m * np.sin(turn)
    return _network(node, np.roll(node, -1), seconds, x, y)


def _network(tails: Any, heads: Any, seconds: float, x: Any, y: Any) -> Network:
    return Network(tails, heads, np.full(len(tails), seconds), x, y)


def lots(
    network: Network, kind: int, node: ArrayLike, capacity: ArrayLike, **more: Any
) -> pd.DataFrame:
    """Return lots of one kind at these junctions, free of charge unless said otherwise."""
    node = np.atleast_1d(np.asarray(node))
    columns = {
        "kind": kind, "x": network.x[node], "y": network.y[node], "node": node.astype(np.int32),
        "arc": -1, "way": -1, "width_m": np.nan, "capacity": capacity, "building": -1,
        "price_krw_h": 0.0, "open_from_h": 0.0, "open_to_h": 24.0,
        "access": ACCESS.get(kind, ACCESS_ALL), **more,
    }  # fmt: skip
    kinds = {"kind": np.int8, "access": np.int8, "arc": np.int32, "building": np.int32}
    whole = {"capacity": np.int64, "way": np.int32}
    return pd.DataFrame(columns).astype({**kinds, **whole})


def land(
    network: Network,
    lots: pd.DataFrame,
    places: ArrayLike,
    *,
    homes: ArrayLike,
    gates: ArrayLike = (),
    apart_m: float = 0.0,
) -> Ground:
    """Return the ground of a made-up world.

    Parameters
    ----------
    places
        The junction at which each destination lies, ``apart_m`` (m) to the east of it.
    homes
        The place each car is at home, -1 for cars from outside.
    gates
        Junctions by which cars leave.
    """
    node = np.asarray(places, np.int32)
    goals = np.unique(np.concatenate([node, lots["node"], np.asarray(gates, np.int32)]))
    homes = np.asarray(homes, np.int32)
    cars = pd.DataFrame({"car": np.arange(len(homes)), "home": homes})
    return Ground(
        city=City("made by hand", "EPSG:5186", {}),
        seed=1,
        network=network,
        people=cast(People, SimpleNamespace(cars=cars)),
        car_key=np.arange(len(homes), dtype=np.int64),
        lots=lots.reset_index(drop=True),
        place_x=network.x[node] + apart_m,
        place_y=network.y[node],
        place_node=node,
        gate_node=np.arange(network.nodes, dtype=np.int32),
        goals=goals.astype(np.int32),
        turning=every_turn(network),
    )


def every_turn(network: Network) -> Turning:
    """Return the streets with every turn allowed, those back too."""
    after = [np.flatnonzero(network.tails == head) for head in network.heads]
    source = np.repeat(np.arange(len(after)), [len(arcs) for arcs in after])
    return Turning(
        network.tails, network.heads, network.cost, source, np.concatenate(after),
        np.zeros(len(source)), network.nodes,
    )  # fmt: skip


def there_and_back(
    arrive_s: NDArray[Any], stay_s: NDArray[Any], place: ArrayLike, gate: ArrayLike
) -> pd.DataFrame:
    """Return two trips a car: from a gate to a place, and back when the stay is over."""
    n = len(arrive_s)
    depart = np.column_stack([arrive_s, arrive_s + stay_s])
    goal = np.column_stack([np.broadcast_to(place, n), np.full(n, -1)])
    return pd.DataFrame(
        {
            "car": np.repeat(np.arange(n, dtype=np.int32), 2),
            "order": np.tile(np.array([0, 1], np.int16), n),
            "depart_s": depart.ravel(),
            "destination": goal.ravel().astype(np.int32),
            "gate": np.repeat(np.broadcast_to(gate, n), 2).astype(np.int32),
            "purpose": np.int8(0),
        }
    )
