"""Evenly spread numbers without chance: golden-ratio sequences, and exact shares of a total."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["apportion", "spread", "spread_plane"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The plastic number makes the plane's sequence (Roberts 2018, "R2"); the golden ratio the line's.
GOLDEN = 0.6180339887498949
R2 = (0.7548776662466927, 0.5698402909980532)


def _start(seed: int, purpose: int, step: float) -> float:
    return float(((seed % 1_000_003) * step + purpose * 0.3819660112501051) % 1.0)


def spread(n: int, *, seed: int, purpose: int) -> Floats:
    """Return `n` numbers spread evenly in [0, 1): a golden-ratio sequence begun by the seed."""
    start = _start(seed, purpose, R2[0])
    return np.asarray((start + np.arange(1, n + 1) * GOLDEN) % 1.0, dtype=np.float64)


def spread_plane(n: int, *, seed: int, purpose: int) -> Floats:
    """Return `n` points spread evenly in the unit square: the R2 sequence, shape (n, 2)."""
    start = np.array([_start(seed, purpose, step) for step in R2])
    steps = np.arange(1, n + 1)[:, None] * np.array(R2)
    return np.asarray((start + steps) % 1.0, dtype=np.float64)


def apportion(total: int, weights: ArrayLike) -> Ints:
    """Return whole shares of `total` in proportion to `weights`, summing to it exactly.

    Largest remainders win the units left over; ties go to the earlier entry.
    """
    weight = np.asarray(weights, dtype=np.float64)
    if total == 0 or weight.sum() <= 0:
        return np.zeros(len(weight), dtype=np.int64)
    exact = total * weight / weight.sum()
    share: Ints = np.floor(exact + 1e-9).astype(np.int64)
    short = int(total - share.sum())
    order = np.argsort(share - exact, kind="stable")
    share[order[:short]] += 1
    return share
