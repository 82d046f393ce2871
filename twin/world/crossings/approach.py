"""How fast drivers come to a crossing at which somebody waits: their speed 40 m before it.

That is the middle of the 30 to 50 m at which the field measures approach speeds. Who gives way
reacts and then brakes evenly to stand at the crossing, v(x)**2 = v**2 x / x0; all others keep on as
they come. Each walker counts once, shared among the drivers met: with a sign a walker meets fewer,
and what counts must not shift from busy streets to quiet ones for that. Cars that turn are counted
at the speed of their turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from twin.params import param
from twin.world.crossings.columns import Outcome

__all__ = ["Approach", "approaches", "mean_kmh", "percentile_kmh"]

Floats = NDArray[np.float64]
KMH, MS_PER_S = 3.6, 1_000.0
MEETING = ["time_ms", "crossing", "car"]
HALVINGS = 40


@dataclass(frozen=True)
class Approach:
    """Where and how approach speeds are measured."""

    at_m: float = param(40.0, "m", 5, 200, "middle of the 30 to 50 m at which speeds are measured")
    react_s: float = param(1.0, "s", 0, 3, "from what warns a driver to the brakes")
    speed_cv: float = param(
        0.15,
        "",
        0,
        0.5,
        "spread of free speeds, normal about their mean (Deardoff, Wiesner & Fazio 2011, Procedia "
        "Social and Behavioral Sciences 16, 306-316); its size is assumed",
    )


def approaches(met: pd.DataFrame, brakes: pd.DataFrame, how: Approach) -> pd.DataFrame:
    """Return the free-flowing drivers who came upon a walker at the kerb.

    Cars that already stand, or come behind one that brakes, are left out, as in the field.

    Parameters
    ----------
    met, brakes
        Rows of :func:`twin.world.crossings.measures.encounters`, and of the event ``brake``.

    Returns
    -------
    pandas.DataFrame
        crossing, kmh (mean speed at ``how.at_m`` of drivers like this one), weight (1 a walker).
    """
    upon = met[(met["outcome"] != Outcome.WALKER_FIRST) & (met["gap_ms"] > 0)]
    cues = brakes.loc[brakes["alarm"] == 0, [*MEETING, "gap_ms"]]
    free = upon.merge(cues.rename(columns={"gap_ms": "cue_ms"}), on=MEETING, how="left")
    free = free[~free["yielded"] | free["cue_ms"].notna()]
    mps = free["speed_cm_s"].to_numpy(float) / 100.0
    cue_s = free["cue_ms"].fillna(0.0).to_numpy(float) / MS_PER_S
    braking_m = np.where(free["yielded"], mps * (cue_s - how.react_s), 0.0)
    slowed = np.sqrt(np.minimum(how.at_m / np.maximum(braking_m, how.at_m), 1.0))
    walker = free.groupby(["person", "crossing"])["car"].transform("size").to_numpy(float)
    return pd.DataFrame(
        {
            "crossing": free["crossing"].to_numpy(np.int64),
            "kmh": mps * slowed * KMH,
            "weight": 1.0 / walker,
        }
    )


def mean_kmh(speeds: pd.DataFrame) -> float | None:
    """Return the mean approach speed; None where nobody came."""
    if not len(speeds):
        return None
    return float(np.average(speeds["kmh"], weights=speeds["weight"]))


def percentile_kmh(speeds: pd.DataFrame, percent: float, how: Approach) -> float | None:
    """Return the speed that this many percent of the drivers do not exceed; None where nobody came.

    The drivers are a mixture of normal distributions, one about each mean; found by bisection.
    """
    if not len(speeds):
        return None
    alike = speeds.assign(kmh=speeds["kmh"].round(1)).groupby("kmh")["weight"].sum()
    mean, share = alike.index.to_numpy(float), alike.to_numpy() / alike.sum()
    spread = np.maximum(how.speed_cv * mean, 1e-6)
    low, high = 0.0, float(mean.max() + 10.0 * spread.max())
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        below = float((share * ndtr((middle - mean) / spread)).sum())
        low, high = (middle, high) if below < percent / 100.0 else (low, middle)
    return (low + high) / 2.0
