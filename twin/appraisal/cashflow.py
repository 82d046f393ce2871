"""Money over time, in real prices: present values, annuities, returns, lives of assets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

__all__ = [
    "annuity",
    "discount",
    "internal_rate",
    "payback_year",
    "present_value",
    "purchase_years",
    "ramp_up",
    "residual",
]


def discount(year: int, rate: float) -> float:
    """Return what 1 KRW of a year is worth in year 0."""
    return (1 + rate) ** -year


def present_value(flows: Mapping[int, float], rate: float) -> float:
    """Return the present value of amounts by year."""
    return math.fsum(amount * discount(year, rate) for year, amount in flows.items())


def annuity(rate: float, years: int) -> float:
    """Return the present value of 1 KRW a year over ``years`` years: (1 - (1+r)^-n) / r."""
    return float(years) if rate == 0 else -math.expm1(-years * math.log1p(rate)) / rate


def internal_rate(flows: Sequence[float]) -> tuple[float | None, str]:
    """Return the rate that leaves no net value, and how many there are: one, none or several.

    It is given only where the sign changes exactly once, which makes it unique.
    """
    signs = [amount > 0 for amount in flows if amount != 0]
    changes = sum(a != b for a, b in pairwise(signs))
    if changes != 1:
        return None, "none" if changes == 0 else "several"
    by_year = dict(enumerate(flows))
    low, high = -0.99, 1.0
    rising = present_value(by_year, low) < 0
    while (present_value(by_year, high) < 0) == rising:
        high = 2 * high + 1
        if high > 1e6:
            return None, "none"
    for _ in range(200):
        middle = (low + high) / 2
        if (present_value(by_year, middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2, "one"


def payback_year(flows: Sequence[float], rate: float) -> int | None:
    """Return the year from which the cumulated discounted net stays at 0 or above; None if never.

    Where a replacement takes it below 0 once more, the later year counts.
    """
    total, found = 0.0, None
    for year, amount in enumerate(flows):
        total += amount * discount(year, rate)
        if total < 0:
            found = None
        elif found is None:
            found = year
    return found


def ramp_up(year: int, tau: float, decay: float = 0.0) -> float:
    """Return the share of the mature effect felt in the mean of operation year 1, 2 ...

    The mean over the year of 1 - exp(-t/tau), with ``tau`` in years; ``decay`` is the share of the
    effect that wears off each year (novelty).
    """
    if year < 1:
        return 0.0
    grown = 1.0 if tau == 0 else 1 - tau * (math.exp(-(year - 1) / tau) - math.exp(-year / tau))
    return float(grown * (1 - decay) ** (year - 1))


def purchase_years(life: float, horizon: int) -> list[int]:
    """Return when a component is bought: in year 0, and at each end of life before the horizon."""
    count = 1 if math.isinf(life) else math.ceil(horizon / life)
    years = (math.ceil(k * life) if k else 0 for k in range(count))
    return [year for year in years if year < horizon]


def residual(price: float, life: float, horizon: int) -> float:
    """Return what a component is worth at the horizon, written off in a straight line."""
    age = horizon - purchase_years(life, horizon)[-1]
    return price * max(0.0, 1 - age / life)
