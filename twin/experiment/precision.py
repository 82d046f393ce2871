"""How many replications are enough, and what a family of intervals costs."""

from __future__ import annotations

import math
from typing import Protocol

__all__ = ["Interval", "bonferroni", "precise", "replications_needed", "t_quantile"]


class Interval(Protocol):
    """A mean with the bounds of its confidence interval, None where undefined."""

    @property
    def mean(self) -> float | None:
        """The mean of the replications."""

    @property
    def low(self) -> float | None:
        """The lower bound."""

    @property
    def high(self) -> float | None:
        """The upper bound."""

    @property
    def n(self) -> int:
        """How many replications were defined."""


def t_quantile(level: float, n: int) -> float:
    """Return t of Student for a two-sided interval of ``level`` from ``n`` values."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.5 + level / 2))


def bonferroni(level: float, family: int) -> float:
    """Return the level of each of ``family`` intervals that hold at ``level`` together."""
    if family < 1:
        raise ValueError(f"a family has at least 1 interval, got {family}")
    return 1 - (1 - level) / family


def precise(
    estimate: Interval, *, relative: float = 0.05, absolute: float | None = None, least: int = 10
) -> bool:
    """Return whether an estimate is precise enough to stop.

    The half-width must be at most ``absolute``, or g/(1+g) of the mean with g = ``relative``,
    which makes g the true relative error; never with fewer than ``least`` replications. Law,
    Simulation Modeling and Analysis, chapter 9 (assumption: quoted from general knowledge).
    """
    limit = _limit(estimate, relative, absolute)
    half = _half_width(estimate)
    return estimate.n >= least and half is not None and limit is not None and half <= limit


def replications_needed(
    estimate: Interval, *, relative: float = 0.05, absolute: float | None = None, least: int = 10
) -> int | None:
    """Return the number of replications planned from a pilot; None where it cannot be known.

    The half-width shrinks with the root of n: n = ceil(n0 (h / limit)^2).
    """
    limit = _limit(estimate, relative, absolute)
    half = _half_width(estimate)
    if half is None or limit is None or limit <= 0:
        return least if half == 0 else None
    return max(least, math.ceil(estimate.n * (half / limit) ** 2))


def _half_width(estimate: Interval) -> float | None:
    if estimate.low is None or estimate.high is None:
        return None
    return (estimate.high - estimate.low) / 2


def _limit(estimate: Interval, relative: float, absolute: float | None) -> float | None:
    if absolute is not None:
        return absolute
    return None if estimate.mean is None else abs(estimate.mean) * relative / (1 + relative)
