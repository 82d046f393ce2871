"""Hubs: the shop buildings where robots stand, chosen to be near to residents."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.figures import figure
from scenarios.delivery_robot.footways import metres_from
from scenarios.delivery_robot.orders import sellers
from twin.area import Area
from twin.sim import Sim
from twin.world.ground import Ground

__all__ = ["Hubs", "place_hubs", "saving_most", "shares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CANDIDATES, FAR_M = 400, 3_000.0


class Hubs(NamedTuple):
    """The building rows of hubs, the residents nearest to each, and metres [hub, building]."""

    rows: Ints
    people: Floats
    metres: Floats

    def tell(self, sim: Sim) -> None:
        """Write to the trace of a run where they are."""
        ground = sim.ground
        for hub, building in enumerate(self.rows.tolist()):
            x, y = float(ground.place_x[building]), float(ground.place_y[building])
            sim.record("robot_hub", hub=hub, building=building, x=x, y=y, z=0.0)


def place_hubs(ground: Ground, area: Area, number: int, reach_m: float) -> Hubs:
    """Return up to so many hubs at shops of an area, near to as many residents as can be.

    Each is put where it saves residents within ``reach_m`` most metres to the nearest hub, who has
    none counting as ``reach_m`` away: the greedy way to locate facilities, which saves at least
    1 - 1/e of the most (Cornuejols, Fisher & Nemhauser 1977, doi:10.1287/mnsc.23.8.789). Sites are
    told by the straight line; ``metres`` are on footways, infinite where none leads.

    Raises
    ------
    ValueError
        Where the area has no shop, or nobody lives in reach of one.
    """
    x, y = ground.place_x, ground.place_y
    shops, floor = sellers(ground)
    here = area.inside(x[shops], y[shops])
    if not here.any():
        raise ValueError(
            f"DeliveryRobot.area {area.name!r} must hold a shop or a restaurant for a hub, it "
            "holds none"
        )
    shops, floor = shops[here], floor[here]
    shops = np.sort(shops[np.argsort(-floor, kind="stable")[:CANDIDATES]])
    homes, people = _residents(ground, area)
    apart = np.hypot(x[shops][:, None] - x[homes], y[shops][:, None] - y[homes])
    away = np.minimum(apart * figure("detour"), reach_m)
    chosen = saving_most(away, people, number, reach_m)
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
    nearest = away[chosen].argmin(axis=0)
    within = np.where(away[chosen].min(axis=0) < reach_m, people, 0.0)
    return Hubs(shops[chosen], np.bincount(nearest, within, len(chosen)).astype(float), metres)


def _residents(ground: Ground, area: Area) -> tuple[Ints, Floats]:
    """Return the buildings of an area where people live, and how many do."""
    home = ground.people.residents["home"].to_numpy(np.int64)
    living = np.bincount(home, minlength=len(ground.place_x))
    rows = np.flatnonzero(living)
    rows = rows[area.inside(ground.place_x[rows], ground.place_y[rows])]
    return rows, living[rows].astype(float)


def saving_most(away: Floats, people: Floats, number: int, far_m: float) -> Ints:
    """Return up to so many sites, each the one that saves people most metres to the nearest.

    ``away`` [site, home] is in m, at most ``far_m``, which who has no site counts as away.
    """
    nearest, chosen = np.full(len(people), far_m), []
    for _ in range(min(number, len(away))):
        saved = np.maximum(nearest - away, 0.0) @ people
        best = int(saved.argmax())
        if saved[best] <= 0.0:
            break
        chosen.append(best)
        nearest = np.minimum(nearest, away[best])
    return np.array(chosen, np.int64)


def shares(people: Floats, fleet: int) -> Ints:
    """Return the hub of each robot: hubs get robots by their residents (largest remainder)."""
    wanted = people / people.sum() * fleet
    whole = np.floor(wanted).astype(np.int64)
    rest = np.argsort(-(wanted - whole), kind="stable")[: fleet - int(whole.sum())]
    whole[rest] += 1
    return np.repeat(np.arange(len(people)), whole)
