"""Extreme values: the tail of what is rare, by peaks over a threshold.

What exceeds a high threshold follows a generalised Pareto distribution (Pickands 1975,
doi:10.1214/aos/1176343003), fitted here by probability-weighted moments, which stay usable with
some dozens of peaks (Hosking & Wallis 1987, doi:10.1080/00401706.1987.10488243). Two measures of
the same events are joined by the logistic model of threshold excesses (Coles 2001, section 8.3;
on roads Zheng, Ismail, Sayed & Fatema 2018, Accident Analysis and Prevention).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.elementary import exp, log, log1p

__all__ = ["Pair", "Tail", "beyond", "both_beyond", "either_beyond", "fitted", "joined"]

Floats = NDArray[np.float64]
STRAIGHT = 1e-9
HALVINGS = 60


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


class Pair(NamedTuple):
    """Two tails of the same events, the share of events in each, and how they depend.

    ``dependence`` is that of the logistic model: 1 for none, towards 0 where both go together.
    """

    tails: tuple[Tail, Tail]
    shares: tuple[float, float]
    dependence: float


def joined(first: Floats, second: Floats) -> Pair:
    """Return the tails of two measures of the same events, each an excess, below 0 where none is.

    The dependence is the one at which as many events exceed neither threshold as did.

    Raises
    ------
    ValueError
        As :func:`fitted`, or where the measures are not of the same events.
    """
    if len(first) != len(second):
        raise ValueError(f"measures must be of the same events, got {len(first)}, {len(second)}")
    tails = fitted(first[first >= 0]), fitted(second[second >= 0])
    shares = float((first >= 0).mean()), float((second >= 0).mean())
    neither = float(((first < 0) & (second < 0)).mean())
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        either = either_beyond(Pair(tails, shares, middle), 0.0, 0.0)
        low, high = (middle, high) if either < 1.0 - neither else (low, middle)
    return Pair(tails, shares, (low + high) / 2.0)


def either_beyond(pair: Pair, first: float, second: float) -> float:
    """Return the share of events in which some measure exceeds its threshold by more than this."""
    rates = [
        -log1p(-share * beyond(tail, excess))
        for tail, share, excess in zip(pair.tails, pair.shares, (first, second), strict=True)
    ]
    most = max(rates)
    if min(rates) <= 0.0 or pair.dependence <= STRAIGHT:
        return 1.0 - exp(-most)
    # Divided by the larger one first, so that no power overflows.
    ratio = exp(log(min(rates) / most) / pair.dependence)
    return 1.0 - exp(-most * exp(pair.dependence * log1p(ratio)))


def both_beyond(pair: Pair, first: float, second: float) -> float:
    """Return the share of events in which both exceed their thresholds by more than this."""
    alone = zip(pair.tails, pair.shares, (first, second), strict=True)
    each = sum(share * beyond(tail, excess) for tail, share, excess in alone)
    return max(0.0, each - either_beyond(pair, first, second))
