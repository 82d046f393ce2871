"""Hubs: the shop buildings where robots stand, chosen for the residents that they reach on foot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.figures import figure
from scenarios.delivery_robot.footways import metres_from
from scenarios.delivery_robot.orders import shop_rows
from twin.area import Area
from twin.siting import cover_greedily
from twin.world.ground import Ground

__all__ = ["Hubs", "place_hubs", "shares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CANDIDATES, FAR_M = 400, 3_000.0


class Hubs(NamedTuple):
    """The building rows of hubs, the residents that each adds, and metres [hub, building]."""

    rows: Ints
    gain: Floats
    metres: Floats


def place_hubs(ground: Ground, area: Area, number: int, reach_m: float) -> Hubs:
    """Return up to so many hubs at shops of an area, each where it adds most residents in reach.

    The maximal covering location problem, solved greedily (see :mod:`twin.siting`); what is in
    reach is told by the straight line, ``metres`` are on footways, infinite where none leads.

    Raises
    ------
    ValueError
        Where the area has no shop, or nobody lives in reach of one.
    """
    x, y = ground.place_x, ground.place_y
    shops = shop_rows(ground)
    shops = shops[area.inside(x[shops], y[shops])]
    if not len(shops):
        raise ValueError(
            f"DeliveryRobot.area {area.name!r} must hold a building with use shop for a hub, "
            "it holds none"
        )
    floor = ground.city["buildings"]["floor_area_m2"].to_numpy(float)[shops]
    shops = np.sort(shops[np.argsort(-floor, kind="stable")[:CANDIDATES]])
    homes, people = _residents(ground, area)
    apart = np.hypot(x[shops][:, None] - x[homes], y[shops][:, None] - y[homes])
    reach = apart * figure("detour") <= reach_m
    chosen = cover_greedily(reach, people, number)
    if not len(chosen):
        raise ValueError(
            f"DeliveryRobot.reach_m must bring a resident of {area.name!r} within reach of a "
            f"shop, got {reach_m:g} m"
        )
    metres = metres_from(ground, shops[chosen], FAR_M)
    if not (metres[:, homes] <= reach_m).any():
        raise ValueError(
            f"DeliveryRobot.area {area.name!r} must have footways without steps from a shop to a "
            f"home within {reach_m:g} m, it has none"
        )
    return Hubs(shops[chosen], _gains(reach, people, chosen), metres)


def _residents(ground: Ground, area: Area) -> tuple[Ints, Floats]:
    """Return the buildings of an area where people live, and how many do."""
    home = ground.people.residents["home"].to_numpy(np.int64)
    living = np.bincount(home, minlength=len(ground.place_x))
    rows = np.flatnonzero(living)
    rows = rows[area.inside(ground.place_x[rows], ground.place_y[rows])]
    return rows, living[rows].astype(float)


def _gains(reach: NDArray[np.bool_], people: Floats, chosen: Ints) -> Floats:
    """Return the residents that each of the chosen adds, in their order."""
    before = np.zeros(len(people), bool)
    gains = []
    for site in chosen.tolist():
        gains.append(people[reach[site] & ~before].sum())
        before |= reach[site]
    return np.array(gains)


def shares(gain: Floats, fleet: int) -> Ints:
    """Return the hub of each robot: hubs get robots by their residents (largest remainder)."""
    wanted = gain / gain.sum() * fleet
    whole = np.floor(wanted).astype(np.int64)
    rest = np.argsort(-(wanted - whole), kind="stable")[: fleet - int(whole.sum())]
    whole[rest] += 1
    return np.repeat(np.arange(len(gain)), whole)
