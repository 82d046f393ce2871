"""Crashes on streets where cars queue: each takes a lane of its link until it is cleared.

When and where they happen is the luck of the day (:mod:`twin.world.incidents`), how long they last
has luck of its own: both are the same whatever the solutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.params import param
from twin.sim import Process, Sim
from twin.world.columns import World
from twin.world.incidents import INCIDENT_KINDS, Incidents

__all__ = ["Clearance", "take_lanes"]

CRASH_RANK = 7
CRASH, DEADLY = INCIDENT_KINDS.index("crash"), 2
H_PER_DAY = 24
LEFT = {1: 0.5, 2: 0.35, 3: 0.49, 4: 0.58, 5: 0.65, 6: 0.71, 7: 0.75, 8: 0.78}
"""Share of its capacity that a street of so many lanes keeps with one blocked.

Source: HCM 2010, exhibit 10-17 (freeways), as in FHWA-HOP-13-042, table 40; of the one lane, which
cars pass in turn, an assumption.
"""


@dataclass(frozen=True)
class Clearance:
    """How long a crash with casualties blocks a lane, fixed for a city, of no solution."""

    injury_min: float = param(
        30, "min", 0, 600,
        "mean where somebody is hurt: 12,894 crashes on freeways of Taiwan in 2019 "
        "(lawdata.com.tw 491825)", tag="D",
    )  # fmt: skip
    deadly_min: float = param(
        42, "min", 0, 600, "the same where somebody dies: at least 42 min, the same source", tag="D"
    )
    cv: float = param(0.7, "", 0, 3, "spread of a lognormal duration, a share of its mean")


def take_lanes(sim: Sim, clearance: Clearance | None = None) -> None:
    """Let each crash of a run take a lane of its link; without queues there is none to take.

    The trace gets ``lane_lost``: street (row), lost (share of its capacity), lasts_s.
    """
    if sim.ground.layout is None:
        return
    found = sim.part(Incidents).table().to_pandas()
    found = found[(found["kind"] == CRASH) & (found["street"] >= 0)].reset_index(drop=True)
    lasts_s = _lasts_s(sim, found, clearance or Clearance())
    open_now: dict[int, int] = {}
    begins_s = (found["time_ms"] + sim.span.epoch_ms) / 1_000
    for number, (street, begins, lasts) in enumerate(
        zip(found["street"].tolist(), begins_s.tolist(), lasts_s.tolist(), strict=True)
    ):
        sim.start(_blocks(sim, open_now, street, begins, lasts), key=(CRASH_RANK, number))


def _lasts_s(sim: Sim, crashes: pd.DataFrame, clearance: Clearance) -> NDArray[np.float64]:
    """Return how long each crash blocks its lane (s), each with luck of its own."""
    mean = np.where(crashes["severity"] == DEADLY, clearance.deadly_min, clearance.injury_min)
    cell, hour, nth = (crashes[name].to_numpy(np.int64) for name in ("cell", "hour", "nth"))
    minutes = sim.luck("clearance").lognormal(
        cell,
        mean,
        np.full(len(cell), clearance.cv),
        day=hour // H_PER_DAY,
        trip=hour % H_PER_DAY,
        look=nth,
    )
    return 60.0 * np.asarray(minutes, float)


def _blocks(
    sim: Sim, open_now: dict[int, int], street: int, begins_s: float, lasts_s: float
) -> Process:
    """Take a lane of a street from a time on, and give it back."""
    yield sim.wait(max(0.0, begins_s - sim.now))
    lost = _count(sim, open_now, street, +1)
    sim.record("lane_lost", street=street, lost=lost, lasts_s=lasts_s)
    yield sim.wait(lasts_s)
    _count(sim, open_now, street, -1)


def _count(sim: Sim, open_now: dict[int, int], street: int, change: int) -> float:
    """Count the crashes open on a street; set and return what they take of it together."""
    open_now[street] = open_now.get(street, 0) + change
    links = cast(World, sim.world).links
    left = LEFT[min(max(int(links.lanes[street]), 1), max(LEFT))]
    lost: float = 1.0 - left ** open_now[street]
    links.lost[street] = lost
    return lost
