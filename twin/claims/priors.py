"""A published trial as data: what is predicted, how it is counted, and what is not known.

The file beside a trial's scenario has the parts ``sources``, ``trial`` (one entry), ``priors``
(a range for each parameter that was not published) and ``capacity_only`` (the settings that switch
choice off). Parameters are named ``owner.parameter``: ``behaviour``, ``oldtown``, ``people`` or a
solution of the scenario.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import DayType
from twin.datafile import DataFileError, read_table
from twin.luck import Luck
from twin.scenario import Scenario, read

__all__ = ["Plan", "Prior", "Setting", "Trial", "centre", "read_trial", "sample"]

PARTS = ("trial", "priors", "capacity_only")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """What a trial is compared with, and by which counting protocol.

    ``alternative`` is the trial, ``capacity`` the same number of spaces open to all; ``input`` is
    the claim that the neighbourhood must meet, ``target`` the one that is predicted. Counts are of
    the rounds ``rounds_h``; ``other_rounds_h`` count the same runs otherwise, for comparison.
    """

    name: str
    scenario: str
    alternative: str
    capacity: str
    day_type: Literal["weekday", "holiday"]
    input: str
    target: str
    effective: str
    disputed: list[str]
    supply_before: int
    supply_after: int
    demand: int
    rounds_h: list[float]
    reference_h: float
    other_rounds_h: list[list[float]]
    draws: int
    seed: int
    level: float
    source: str
    tag: str
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError(f"level must be between 0 and 1, got {self.level}")
        if self.draws < 2:
            raise ValueError(f"draws must be at least 2, got {self.draws}")
        if not self.rounds_h:
            raise ValueError("rounds_h must name at least one round, got none")

    @property
    def day(self) -> DayType:
        """The kind of day that is lived."""
        return self.day_type


@dataclass(frozen=True)
class Prior:
    """The range of a parameter, evenly likely within it, on a plain or a logarithmic scale.

    With ``step`` only low, low + step ... are drawn. What is left of ``total`` goes to ``rest``.
    """

    name: str
    low: float
    high: float
    source: str
    tag: str
    spacing: Literal["linear", "log"] = "linear"
    step: float | None = None
    rest: str = ""
    total: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"low must be below high, got {self.low:g} and {self.high:g}")
        if self.spacing == "log" and self.low <= 0:
            raise ValueError(f"low must be above 0 on a log scale, got {self.low:g}")
        if (self.total is None) != (self.rest == ""):
            raise ValueError("rest and total must be given together")

    def at(self, chance: Floats) -> Floats:
        """Return the values below which the prior has these chances."""
        if self.step is not None:
            number = math.floor((self.high - self.low) / self.step + 1e-9) + 1
            return self.low + self.step * np.minimum(np.floor(chance * number), number - 1)
        if self.spacing == "log":
            return np.asarray(self.low * (self.high / self.low) ** chance)
        return self.low + (self.high - self.low) * chance


@dataclass(frozen=True)
class Setting:
    """One parameter at one value."""

    name: str
    value: float
    source: str
    tag: str


@dataclass(frozen=True)
class Trial:
    """A published trial: its plan, its scenario, the priors, and choice switched off."""

    plan: Plan
    scenario: Scenario
    priors: tuple[Prior, ...]
    no_choice: Mapping[str, float]
    sources: Mapping[str, str]


def read_trial(path: str | Path, solutions: Mapping[str, type]) -> Trial:
    """Read a trial's file and the scenario that it names, which lies beside it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataFileError
        Naming the entry and key that breaks a rule.
    ScenarioError
        Where the scenario is wrong.
    """
    path = Path(path)

    def part(name: str, kind: type) -> Mapping[str, object]:
        beside = tuple(other for other in PARTS if other != name)
        return read_table(path, name, kind, beside=beside).entries

    plans = [plan for plan in part("trial", Plan).values() if isinstance(plan, Plan)]
    if len(plans) != 1:
        raise DataFileError(f"{path.name}: trial must hold one entry, got {len(plans)}")
    scenario = read(path.parent / plans[0].scenario, solutions)
    for name in (plans[0].alternative, plans[0].capacity):
        scenario.solutions(name)
    settings = [s for s in part("capacity_only", Setting).values() if isinstance(s, Setting)]
    return Trial(
        plan=plans[0],
        scenario=scenario,
        priors=tuple(p for p in part("priors", Prior).values() if isinstance(p, Prior)),
        no_choice={setting.name: setting.value for setting in settings},
        sources=read_table(path, "trial", Plan, beside=PARTS[1:]).sources,
    )


def sample(trial: Trial, draws: int) -> pd.DataFrame:
    """Return a Latin hypercube of the priors: one row a draw, one column a parameter.

    Each range is cut into as many equal parts as there are draws, and each part is drawn from once
    (McKay, Beckman & Conover 1979, doi:10.1080/00401706.1979.10489755); keyed by draw and parameter.
    """
    luck, rows = Luck(trial.plan.seed, "trial"), np.arange(draws)
    columns: dict[str, Floats] = {}
    for prior in trial.priors:
        own = luck.of(prior.name)
        order = np.argsort(np.argsort(np.asarray(own.of("part").uniform(rows)), kind="stable"))
        chance = (order + np.asarray(own.of("within").uniform(rows))) / draws
        columns |= _column(prior, chance)
    return pd.DataFrame(columns)


def _column(prior: Prior, chance: Floats) -> dict[str, Floats]:
    values = prior.at(chance)
    if prior.total is None:
        return {prior.name: values}
    return {prior.name: values, prior.rest: prior.total - values}


def centre(trial: Trial) -> dict[str, float]:
    """Return the middle of every prior."""
    columns = {}
    for prior in trial.priors:
        columns |= _column(prior, np.array([0.5]))
    return {name: float(values[0]) for name, values in columns.items()}
