"""The twin against the published growth of a service, under priors set before looking.

How many ride in the first month sets the level: the liking of the service is fitted to it in the
middle of all priors. Then each draw of the priors lives all months, and what is tested is by how
much more the last month has: people who come to know it, and learn what it is like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.claims.claims import read_claims, show
from twin.claims.lives import Lives, fitted
from twin.claims.priors import Prior, centre, parts_of, sample
from twin.scenario import Scenario, read

__all__ = ["FIRST", "LAST", "Grown", "Growth", "GrowthPlan", "grow", "read_growth"]

FIRST, LAST = "rides a day, first month", "rides a day, last month"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GrowthPlan:
    """What a trial of growth is compared with.

    ``claim`` tells rides a day in a first month (before) and in a last one (after), with its
    tolerance in %; months are days from the start, the first of them counted, the last not.
    ``each`` is how many days a lived one stands for. The level is fitted by the parameter
    ``fitted`` between two values. ``outcome`` is what came out when it was lived last.
    """

    name: str
    scenario: str
    alternative: str
    claim: str
    first_month: list[int]
    last_month: list[int]
    each: int
    fitted: str
    fitted_from: float
    fitted_to: float
    draws: int
    seed: int
    level: float
    outcome: Literal["agrees", "disagrees"]
    source: str
    tag: str
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("first_month", "last_month"):
            days = getattr(self, name)
            if len(days) != 2 or not 0 <= days[0] < days[1]:
                raise ValueError(f"{name} must be two days, the second later, got {days}")


@dataclass(frozen=True)
class Growth:
    """A published growth: plan, scenario, priors.

    Raises
    ------
    ValueError
        Where the scenario has fewer days than the last month needs.
    """

    plan: GrowthPlan
    scenario: Scenario
    priors: tuple[Prior, ...]

    def __post_init__(self) -> None:
        lived = self.scenario.days * self.plan.each
        if lived < self.plan.last_month[1]:
            rule = f"{self.plan.last_month[1]} days or more, each standing for {self.plan.each}"
            raise ValueError(f"{self.scenario.name} must last {rule}, got {lived}")


def read_growth(path: str | Path, solutions: Mapping[str, type]) -> Growth:
    """Read a trial's file and the scenario that it names, which lies beside it.

    Raises
    ------
    DataFileError
        Naming the entry and key that breaks a rule.
    """
    path = Path(path)
    plan, priors = parts_of(path, GrowthPlan)
    scenario = read(path.parent / plan.scenario, solutions)
    scenario.solutions(plan.alternative)
    return Growth(plan, scenario, priors)


@dataclass(frozen=True)
class Grown:
    """What came of the draws: the fitted liking, and a row a draw of rides a day in each month."""

    trial: Growth
    liking: float
    draws: pd.DataFrame

    @property
    def last(self) -> Floats:
        """The last month's rides a day if the first month's were as published, by draw."""
        before = read_claims()[self.trial.plan.claim].before or 0.0
        return np.asarray(before * self.draws[LAST] / self.draws[FIRST])

    @property
    def holds(self) -> bool:
        """Whether the mean of the draws is as near to the published month as is tolerated."""
        claim = read_claims()[self.trial.plan.claim]
        after, percent = claim.after or 0.0, claim.tolerance or 0.0
        return bool(abs(self.last.mean() - after) <= percent / 100.0 * after)

    def __str__(self) -> str:
        plan, claims = self.trial.plan, read_claims()
        claim, edge = claims[plan.claim], (1 - plan.level) / 2
        low, high = np.quantile(self.last, [edge, 1 - edge])
        return "\n".join(
            [
                f"{self.trial.scenario.name}: {len(self.draws)} draws, {plan.level:.0%} interval; "
                f"a lived day stands for {plan.each}",
                f"FITTED {plan.claim}, first month, no prediction: {plan.fitted} "
                f"{self.liking:.2f}; {self.draws[FIRST].mean():.0f} rides a day over the draws, "
                f"published {claim.before:g}",
                f"PREDICTION {plan.claim}, last month from the first: {self.last.mean():.0f} "
                f"({low:.0f} to {high:.0f}) rides a day; published {claim.after:g}, tolerance "
                f"{claim.tolerance:g} %: {'holds' if self.holds else 'DISAGREES'}",
                show(plan.claim, claims),
            ]
        )


class Months:
    """Lives the months of a trial."""

    def __init__(self, trial: Growth) -> None:
        self.trial, self.lives = trial, Lives(trial.scenario)

    def rides(self, values: Mapping[str, float], number: int, days: int | None = None) -> Floats:
        """Return rides a day, day by day; a lived day for all that it stands for."""
        run = self.lives.run(values, self.trial.plan.alternative, number, days=days)
        served = run.trace.frame("learned")["served"].to_numpy(float)
        return np.repeat(served, self.trial.plan.each)

    def month(self, rides: Floats, days: list[int]) -> float:
        """Return the mean of a month."""
        return float(rides[slice(*days)].mean())

    def fit(self) -> float:
        """Return the liking at which as many ride in the first month, amid all priors."""
        plan, middle = self.trial.plan, centre(self.trial)
        wanted, days = read_claims()[plan.claim].before or 0.0, -(-plan.first_month[1] // plan.each)

        def first_month(liking: float) -> float:
            rides = self.rides({**middle, plan.fitted: liking}, 0, days)
            return self.month(rides, plan.first_month)

        return fitted(first_month, plan.fitted_from, plan.fitted_to, wanted)


def grow(trial: Growth, *, draws: int | None = None, liking: float | None = None) -> Grown:
    """Live the months of a trial under its priors and return what they predict."""
    months, plan = Months(trial), trial.plan
    found, rows = months.fit() if liking is None else liking, []
    for number, row in sample(trial, draws or plan.draws).iterrows():
        values = {str(name): float(value) for name, value in row.items()}
        rides = months.rides({**values, plan.fitted: found}, int(str(number)))
        first, last = (months.month(rides, days) for days in (plan.first_month, plan.last_month))
        rows.append({**values, FIRST: first, LAST: last})
    return Grown(trial, found, pd.DataFrame(rows))
