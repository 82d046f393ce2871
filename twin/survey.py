"""A count of who comes where on a day of a city, to choose sites by: made once for a city."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.ground import Ground

__all__ = ["Counts", "counted"]

COUNTED_DAY = 1 << 31
"""The replication whose day is counted: no study lives it."""


class Counts(NamedTuple):
    """Walkers over each crossing [crossing, 24] and cars on each link [link, 24], by hour."""

    walkers: NDArray[np.float64]
    cars: NDArray[np.float64]


def counted(ground: Ground) -> Counts:
    """Return the counts of a weekday without any solution, with everybody about."""
    if "counts" not in ground.counted:
        drawn = dict(ground.drawn)
        ground.counted["counts"] = _counts(ground, _lived(ground))
        ground.drawn.clear()
        ground.drawn.update(drawn)
    return cast(Counts, ground.counted["counts"])


def _lived(ground: Ground) -> Trace:
    when = When(replication=COUNTED_DAY, seed=ground.seed, warm_up=0, everybody=True)
    sim = Sim(ground, when)
    try:
        return sim.run()
    finally:
        sim.close()


def _counts(ground: Ground, trace: Trace) -> Counts:
    walkers = np.zeros((len(ground.walks.places), 24))
    over = trace.frame("crossed")
    if len(over):
        np.add.at(walkers, (over["crossing"], over["minute"] // 60), over["walkers"])
    cars = np.zeros((len(ground.network.tails), 24))
    flow = trace.frame("flow")
    if len(flow):
        np.add.at(cars, (flow["link"], flow["hour"]), flow["cars"])
    return Counts(walkers, cars)
