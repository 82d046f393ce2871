"""A published trial as data: what is predicted, how it is counted, and what is not known.

The file beside a trial's scenario has the parts ``sources``, ``trial`` (one entry), ``priors``
(a range for each parameter that was not published), ``fixed`` (the settings of every run),
``capacity_only`` (those that switch choice off) and ``sharing_alone`` (those that leave out all of
the trial but the sharing).
Parameters are named ``owner.parameter``: ``behaviour``, ``oldtown``, ``people`` or a solution of
the scenario.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import DayType
from twin.datafile import DataFileError, DataTable, read_table
from twin.luck import Luck
from twin.params import Spec, broken_rule, specs
from twin.scenario import OldTown, Scenario, read, solution_name
from twin.world.behaviour import Behaviour

__all__ = [
    "Plan",
    "Prior",
    "Setting",
    "Trial",
    "centre",
    "changed",
    "parts_of",
    "read_trial",
    "sample",
]

PARTS = ("trial", "priors", "fixed", "capacity_only", "sharing_alone")
Floats = NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """What a trial is compared with, and by which counting protocol.

    ``alternative`` is the trial, ``capacity`` the same number of spaces open to all; ``input`` is
    the claim that the neighbourhood must meet, ``target`` the one that is predicted. Counts are of
    the rounds ``rounds_h``; ``other_rounds_h`` count the same runs otherwise, for comparison.
    ``outcome`` is what came out when the trial was lived last: it is told, whichever it is.
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
    outcome: Literal["agrees", "disagrees"]
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


class Seeded(Protocol):
    """The plan of a trial, as far as draws need it."""

    @property
    def seed(self) -> int:
        """The seed of the draws."""


class Sampled(Protocol):
    """Any trial with a plan and priors to draw from."""

    @property
    def plan(self) -> Seeded:
        """The plan."""

    @property
    def priors(self) -> tuple[Prior, ...]:
        """The ranges of what is not known."""


@dataclass(frozen=True)
class Trial:
    """A published trial: plan, scenario, priors; choice switched off, and all but the sharing."""

    plan: Plan
    scenario: Scenario
    priors: tuple[Prior, ...]
    fixed: Mapping[str, float]
    no_choice: Mapping[str, float]
    sharing: Mapping[str, float]
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

    plan_table = _part(path, "trial", Plan)
    plans = list(plan_table.entries.values())
    if len(plans) != 1:
        raise DataFileError(f"{path.name}: trial must hold one entry, got {len(plans)}")
    scenario = read(path.parent / plans[0].scenario, solutions)
    for name in (plans[0].alternative, plans[0].capacity):
        scenario.solutions(name)
    parts = {name: _part(path, name, Setting).entries.values() for name in PARTS[2:]}
    priors = tuple(_part(path, "priors", Prior).entries.values())
    known = _parameters(scenario, plans[0].alternative)
    for name, value in _values(priors, [s for part in parts.values() for s in part]):
        _check(f"{path.name}: {name}", name, value, known)
    settings = {name: {one.name: one.value for one in part} for name, part in parts.items()}
    return Trial(
        plan=plans[0],
        scenario=scenario,
        priors=priors,
        fixed=settings["fixed"],
        no_choice=settings["capacity_only"],
        sharing=settings["sharing_alone"],
        sources=plan_table.sources,
    )


def parts_of(path: Path, plan: type[T], *others: str) -> tuple[T, tuple[Prior, ...]]:
    """Return the one plan of a trial's file, and its priors; ``others`` are parts of it as well.

    Raises
    ------
    DataFileError
        Naming the entry and key that breaks a rule.
    """
    plans = read_table(path, "trial", plan, beside=("priors", *others)).entries.values()
    if len(plans) != 1:
        raise DataFileError(f"{path.name}: trial must hold one entry, got {len(plans)}")
    priors = read_table(path, "priors", Prior, beside=("trial", *others)).entries.values()
    return next(iter(plans)), tuple(priors)


def _part(path: Path, name: str, kind: type[T]) -> DataTable[T]:
    """Read one part of a trial's file."""
    return read_table(path, name, kind, beside=tuple(part for part in PARTS if part != name))


def _parameters(scenario: Scenario, alternative: str) -> dict[str, Spec]:
    """Return every parameter that a trial can set, by its name in the file."""
    owners: dict[str, type] = {"behaviour": Behaviour}
    if scenario.city.oldtown is not None:
        owners["oldtown"] = OldTown
    owners |= {solution_name(type(s)): type(s) for s in scenario.solutions(alternative)}
    named = {f"{o}.{spec.name}": spec for o, cls in owners.items() for spec in specs(cls)}
    seed = next(spec for spec in specs(Scenario) if spec.name == "seed")
    return named | {"people.seed": seed}


def _values(priors: Iterable[Prior], settings: Iterable[Setting]) -> Iterator[tuple[str, float]]:
    """Yield the bounds of every range, and every setting."""
    for prior in priors:
        for bound in (prior.low, prior.high):
            yield prior.name, bound
            if prior.total is not None:
                yield prior.rest, prior.total - bound
    yield from ((setting.name, setting.value) for setting in settings)


def _check(where: str, name: str, value: float, known: Mapping[str, Spec]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(known)}"
        raise DataFileError(f"{where}: is no parameter of this trial{hint}")
    rule = broken_rule(known[name], known[name].type(value))
    if rule:
        raise DataFileError(f"{where}: must be {rule}, got {value:g}")


def sample(trial: Sampled, draws: int) -> pd.DataFrame:
    """Return a Latin hypercube of the priors: one row a draw, one column a parameter.

    Each range is cut into as many equal parts as there are draws, and each part is drawn from once;
    keyed by draw and parameter. McKay, Beckman & Conover 1979, doi:10.1080/00401706.1979.10489755.
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


def changed(thing: Any, values: Mapping[str, float]) -> Any:
    """Return a dataclass with the parameters that ``owner.parameter`` names set to these values."""
    owner = type(thing).__name__.lower()
    kinds = {spec.name: spec.type for spec in specs(type(thing))}
    named = {}
    for full, value in values.items():
        whose, name = full.split(".")
        if whose.replace("_", "") == owner:
            named[name] = kinds[name](value)
    return replace(thing, **named)


def centre(trial: Sampled) -> dict[str, float]:
    """Return the middle of every prior."""
    columns: dict[str, Floats] = {}
    for prior in trial.priors:
        columns |= _column(prior, np.array([0.5]))
    return {name: float(values[0]) for name, values in columns.items()}
