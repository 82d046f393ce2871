"""The twin against a published trial of rides on demand, under priors set before looking.

How many ride sets the demand: the liking of the bus is fitted to it in the middle of all priors.
Then each draw of the priors is one paired day, without and with the bus; tested are the wait of
those who were served, the ride, and how many are on board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from twin.claims.claims import read_claims, show
from twin.claims.lives import Lives, fitted
from twin.claims.priors import Prior, centre, parts_of, sample
from twin.scenario import Scenario, read

__all__ = ["Ridden", "RidePlan", "RideTrial", "read_ride_trial", "ride"]

WAIT, WAIT_ALL, RIDE = "drt.wait", "drt.wait_all", "drt.ride"
ON_BOARD, RIDERS, BY_BUS = "drt.on_board", "drt.riders", "transit.wait_all"
MIN_PER_H = 60


@dataclass(frozen=True)
class RidePlan:
    """What a trial of rides is compared with.

    ``demand`` is the claim that the demand is fitted to, as ``rides_a_day``, by the parameter
    ``fitted`` between two values; ``wait`` and ``ride`` are the claims that are tested, as is how
    many are on board; ``disputed`` is shown.
    """

    name: str
    scenario: str
    alternative: str
    demand: str
    rides_a_day: float
    fitted: str
    fitted_from: float
    fitted_to: float
    wait: str
    ride: str
    disputed: str
    on_board_low: float
    on_board_high: float
    tolerance_min: float
    draws: int
    seed: int
    level: float
    source: str
    tag: str
    note: str = ""


@dataclass(frozen=True)
class RideTrial:
    """A published trial of rides: plan, scenario, priors."""

    plan: RidePlan
    scenario: Scenario
    priors: tuple[Prior, ...]


def read_ride_trial(path: str | Path, solutions: Mapping[str, type]) -> RideTrial:
    """Read a trial's file and the scenario that it names, which lies beside it.

    Raises
    ------
    DataFileError
        Naming the entry and key that breaks a rule.
    """
    path = Path(path)
    plan, priors = parts_of(path, RidePlan)
    scenario = read(path.parent / plan.scenario, solutions)
    scenario.solutions(plan.alternative)
    return RideTrial(plan, scenario, priors)


@dataclass(frozen=True)
class Ridden:
    """What came of the draws: the fitted liking, and a row a draw of what was measured."""

    trial: RideTrial
    liking: float
    draws: pd.DataFrame

    def span(self, name: str) -> str:
        """Return mean and predictive interval of what was measured."""
        values, edge = self.draws[name], (1 - self.trial.plan.level) / 2
        low, high = values.quantile([edge, 1 - edge])
        return f"{values.mean():.2f} ({low:.2f} to {high:.2f})"

    def holds(self, name: str, low: float, high: float) -> str:
        """Tell whether the mean of what was measured lies in a published range."""
        return "holds" if low <= self.draws[name].mean() <= high else "DISAGREES"

    @property
    def outcome(self) -> dict[str, str]:
        """Tell of each indicator that is tested whether it holds: wait, ride, people on board."""
        plan, claims = self.trial.plan, read_claims()
        by = plan.tolerance_min
        published = {WAIT: claims[plan.wait].after or 0.0, RIDE: claims[plan.ride].after or 0.0}
        state = {name: self.holds(name, at - by, at + by) for name, at in published.items()}
        return {**state, ON_BOARD: self.holds(ON_BOARD, plan.on_board_low, plan.on_board_high)}

    def __str__(self) -> str:
        plan, claims = self.trial.plan, read_claims()
        wait, took, state = claims[plan.wait], claims[plan.ride], self.outcome
        board = plan.on_board_low, plan.on_board_high
        told = claims[plan.disputed].before or 0.0
        return "\n".join(
            [
                f"{self.trial.scenario.name}: {len(self.draws)} draws, {plan.level:.0%} intervals",
                f"FITTED {plan.demand}, no prediction: {plan.fitted} {self.liking:.2f} gives "
                f"{self.span(RIDERS)} rides a day; published {plan.rides_a_day:g}",
                f"PREDICTION {plan.wait}, wait of those served (min): {self.span(WAIT)}; published "
                f"{wait.after:g}: {state[WAIT]}",
                f"  beside it, of all who asked: {self.span(WAIT_ALL)}",
                f"  of all who go by bus (min): {self.span('base: ' + BY_BUS)} without it, "
                f"{self.span(BY_BUS)} with it; published {wait.before:g} before",
                f"PREDICTION {plan.ride}, ride (min): {self.span(RIDE)}; published {took.after:g}: "
                f"{state[RIDE]}",
                f"PREDICTION on board per bus: {self.span(ON_BOARD)}; derived {board[0]:g} to "
                f"{board[1]:g}: {state[ON_BOARD]}",
                f"DISPUTED {plan.disputed}: {told:g} min of wait would be a headway of "
                f"{2 * told / MIN_PER_H:.1f} h (half the headway, buses on time)",
                *(show(name, claims) for name in (plan.wait, plan.ride, plan.disputed)),
            ]
        )


class Rides:
    """Lives days of a trial, without and with the bus."""

    def __init__(self, trial: RideTrial) -> None:
        self.trial, self.lives = trial, Lives(trial.scenario)

    def day(self, values: Mapping[str, float], alternative: str, number: int) -> dict[str, float]:
        """Return the indicators of a day under some values of parameters."""
        run = self.lives.run(values, alternative, number)
        judge = self.trial.scenario.alternatives[self.trial.plan.alternative]
        return {k: v for s in judge for k, v in s.measure(run).items() if v is not None}

    def fit(self) -> float:
        """Return the liking at which as many ride as did, in the middle of all priors."""
        plan, middle = self.trial.plan, centre(self.trial)

        def riders(liking: float) -> float:
            return self.day({**middle, plan.fitted: liking}, plan.alternative, 0)[RIDERS]

        return fitted(riders, plan.fitted_from, plan.fitted_to, plan.rides_a_day)


def ride(trial: RideTrial, *, draws: int | None = None, liking: float | None = None) -> Ridden:
    """Live the days of a trial under its priors and return what they predict."""
    rides, plan = Rides(trial), trial.plan
    found = rides.fit() if liking is None else liking
    rows = []
    for number, row in sample(trial, draws or plan.draws).iterrows():
        values = {str(name): float(value) for name, value in row.items()}
        base = rides.day(values, "base", int(str(number)))
        with_it = rides.day({**values, plan.fitted: found}, plan.alternative, int(str(number)))
        rows.append({**values, **{f"base: {k}": v for k, v in base.items()}, **with_it})
    return Ridden(trial, found, pd.DataFrame(rows))
