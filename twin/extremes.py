"""Extreme values: the tail of what is rare, by peaks over a threshold.

What exceeds a high threshold follows a generalised Pareto distribution (Pickands 1975,
doi:10.1214/aos/1176343003), fitted here by probability-weighted moments, which stay usable with
some dozens of peaks (Hosking & Wallis 1987, doi:10.1080/00401706.1987.10488243).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.elementary import exp, log1p

__all__ = ["Tail", "beyond", "fitted"]

Floats = NDArray[np.float64]
STRAIGHT = 1e-9


class Tail(NamedTuple):
    """A generalised Pareto distribution of excesses: shape (below 0 it ends), scale, peaks."""

    shape: float
    scale: float
    peaks: int


def fitted(excess: Floats) -> Tail:
    """Return the tail of excesses over a threshold, each 0 or more.

    Raises
    ------
    ValueError
        Where there are less than two different excesses.
    """
    rising = np.sort(np.asarray(excess, float))
    count = len(rising)
    if count < 2 or rising[0] < 0 or rising[0] == rising[-1]:
        raise ValueError(f"a tail needs two different excesses of 0 or more, got {rising[:3]}")
    mean = float(rising.mean())
    above = (count - 1 - np.arange(count)) / (count - 1)
    weighted = float((above * rising).mean())
    return Tail(
        shape=2.0 - mean / (mean - 2.0 * weighted),
        scale=2.0 * mean * weighted / (mean - 2.0 * weighted),
        peaks=count,
    )


def beyond(tail: Tail, excess: float) -> float:
    """Return the share of peaks that exceed the threshold by more than this."""
    if abs(tail.shape) < STRAIGHT:
        return exp(-excess / tail.scale)
    inside = tail.shape * excess / tail.scale
    return 0.0 if inside <= -1.0 else exp(-log1p(inside) / tail.shape)
