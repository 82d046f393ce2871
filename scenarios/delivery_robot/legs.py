"""Where a robot was on a way, for pictures: a leg for each footway, with the times about.

The trace tells when a machine came onto each footway (``roll``); here the waits at crossings are
shared out evenly among those of the way, and what walkers blocked among its other footways.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.sim import Sim
from twin.world.walking.pavement import Walked

__all__ = ["EVENT", "stand", "tell_legs"]

EVENT = "robot_leg"
Ints = NDArray[np.int64]
MS_PER_S = 1_000.0


def stand(sim: Sim, machine: int, spot: int) -> None:
    """Record that a machine stands at a building from now on."""
    network, node = sim.ground.walks.network, int(sim.ground.walks.spots.node[spot])
    now_ms = int(sim.env.now) - sim.span.epoch_ms
    place = float(network.x[node]), float(network.y[node])
    _tell(sim, machine, (now_ms, now_ms), (place, place))


def tell_legs(sim: Sim, machine: int, arcs: Ints, walked: Walked) -> None:
    """Record the legs of a way along footways that a machine has just gone."""
    walks, now_ms = sim.ground.walks, int(sim.env.now) - sim.span.epoch_ms
    took_s = walks.ways.metres[arcs] * max(walked.seconds - walked.wait_s - walked.blocked_s, 0.0)
    took_s /= max(walked.metres, 1e-9)
    crossed = walks.crossing[arcs] >= 0
    for kind, more_s in ((crossed, walked.wait_s), (~crossed, walked.blocked_s)):
        took_s[kind] += more_s / max(int(kind.sum()), 1)
    ends = np.round(now_ms - MS_PER_S * (walked.seconds - np.cumsum(np.append(0.0, took_s))))
    network = walks.network
    for arc, from_ms, until_ms in zip(arcs.tolist(), ends[:-1], ends[1:], strict=True):
        start, end = int(network.tails[arc]), int(network.heads[arc])
        places = tuple((float(network.x[n]), float(network.y[n])) for n in (start, end))
        _tell(sim, machine, (int(from_ms), int(until_ms)), places)


def _tell(
    sim: Sim, machine: int, times: tuple[int, int], places: tuple[tuple[float, float], ...]
) -> None:
    (x, y), (to_x, to_y) = places
    sim.record(
        EVENT, machine=machine, from_ms=times[0], x=x, y=y, z=0.0, to_x=to_x, to_y=to_y, to_z=0.0,
        until_ms=times[1],
    )  # fmt: skip
