"""The twin against published trials of signs at crossings: each claim passes or fails.

Each draw of the priors is one day of the same people with the same luck: without signs, and with
those of each alternative. What is compared is measured at the crossings that have one and no
signal. The interval is that of days resampled with replacement (Efron 1979,
doi:10.1214/aos/1176344552), so that it holds for a ratio of rare crashes as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.claims.claims import Claim, read_claims, show
from twin.claims.priors import Prior, changed, parts_of, sample
from twin.datafile import DataFileError, read_table
from twin.experiment.compare import Estimate
from twin.experiment.simulate import Study, live
from twin.experiment.study import open_city, prepare
from twin.luck import Luck
from twin.scenario import Scenario, read
from twin.solution import Solution
from twin.trace import Trace
from twin.world.crossings.measures import measure_crossings

__all__ = ["SignPlan", "SignTest", "SignTrial", "Signed", "read_sign_trial", "sign"]

RESAMPLED = 1_000
BASE = "base"
PERCENT = 100.0
Row = dict[str, float | None]
Verdict = Literal["pass", "FAIL", "cannot tell"]


@dataclass(frozen=True)
class SignPlan:
    """How a trial of signs is lived; the priors are those of the alternative ``varied``."""

    name: str
    scenario: str
    varied: str
    draws: int
    seed: int
    level: float
    source: str
    tag: str
    note: str = ""


@dataclass(frozen=True)
class SignTest:
    """A claim, and what it is compared with: a measure of crossings, as told or as a change (%).

    ``scale`` is what one of the measure is in the claim's unit; what is ``fitted`` proves nothing.
    """

    name: str
    alternative: str
    measure: str
    told: Literal["level", "change"]
    scale: float = 1.0
    fitted: bool = False
    source: str = ""
    tag: str = "GK"
    note: str = ""


@dataclass(frozen=True)
class SignTrial:
    """A published trial of signs: plan, scenario, what is tested, priors."""

    plan: SignPlan
    scenario: Scenario
    tests: tuple[SignTest, ...]
    priors: tuple[Prior, ...]


def read_sign_trial(path: str | Path, solutions: Mapping[str, type]) -> SignTrial:
    """Read a trial's file and the scenario that it names, which lies beside it.

    Raises
    ------
    DataFileError
        Naming the entry and key that breaks a rule, a claim or an alternative that is not there.
    """
    path = Path(path)
    plan, priors = parts_of(path, SignPlan, "tests")
    found = read_table(path, "tests", SignTest, beside=("trial", "priors"))
    tests = tuple(found.entries.values())
    scenario = read(path.parent / plan.scenario, solutions)
    for test in tests:
        if test.name not in read_claims().entries or test.alternative not in scenario.alternatives:
            raise DataFileError(f"{path.name}: {test.name}: no such claim, or no such alternative")
    return SignTrial(plan, scenario, tests, priors)


@dataclass(frozen=True, eq=False)
class Signed:
    """What came of the days: by alternative a row a day of measures, without signs and with."""

    trial: SignTrial
    days: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]] = field(repr=False)

    @cached_property
    def _again(self) -> NDArray[np.int64]:
        """Days resampled with replacement [time, day]."""
        draws = len(next(iter(self.days.values()))[0])
        luck = Luck(self.trial.plan.seed, "resample")
        times = np.arange(RESAMPLED)[:, None]
        u = np.asarray(luck.uniform(np.arange(draws)[None, :], look=times))
        return (u * draws).astype(np.int64)

    def found(self, test: SignTest) -> Estimate:
        """Return what the twin says, with its interval; undefined where there is nothing before."""
        without, signs = (
            frame[test.measure].to_numpy(float) for frame in self.days[test.alternative]
        )
        whole, many = np.arange(len(signs))[None, :], self._again
        middle = float(_told(test, without, signs, whole)[0])
        values = _told(test, without, signs, many)
        if not np.isfinite(middle) or not np.isfinite(values).all():
            return Estimate(None, None, None, len(signs))
        edge = (1 - self.trial.plan.level) / 2
        low, high = np.quantile(values, [edge, 1 - edge])
        return Estimate(middle, float(low), float(high), len(signs))

    def verdict(self, test: SignTest) -> Verdict:
        """Tell whether what the twin says is as near to the claim as its tolerance allows."""
        claim, said = read_claims()[test.name], self.found(test).mean
        published = _published(claim, test)
        if said is None or published is None or claim.tolerance is None:
            return "cannot tell"
        return "pass" if abs(said - published) <= claim.tolerance else "FAIL"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        plan, claims = self.trial.plan, read_claims()
        draws = len(self._again[0])
        yield f"{self.trial.scenario.name}: {draws} days, {plan.level:.0%} intervals"
        for test in self.trial.tests:
            claim, said = claims[test.name], self.found(test)
            kind = "FITTED" if test.fitted else "PREDICTION"
            published = _published(claim, test)
            yield (
                f"{kind} {test.name}, {test.alternative}: {_span(said)}; published "
                f"{_number(published)}{_error(claim)}, tolerance {_number(claim.tolerance)}: "
                f"{self.verdict(test)}"
            )
        yield from (show(test.name, claims) for test in self.trial.tests)


def _told(
    test: SignTest,
    without: NDArray[np.float64],
    signs: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the level (mean of days), or the change of the sum of days (%), of each resampling."""
    after = np.nanmean(signs[rows], axis=1)
    if test.told == "level":
        return np.asarray(test.scale * after)
    before = np.nanmean(without[rows], axis=1)
    ratio = np.full(len(rows), np.nan)
    np.divide(after, before, out=ratio, where=before > 0)
    return np.asarray(PERCENT * (ratio - 1.0))


def _published(claim: Claim, test: SignTest) -> float | None:
    return claim.after if test.told == "level" else claim.change


def _number(value: float | None) -> str:
    return "no figure" if value is None else f"{value:g}"


def _error(claim: Claim) -> str:
    return "" if claim.error is None else f" (standard error {claim.error:g})"


def _span(e: Estimate) -> str:
    if e.mean is None:
        return "undefined"
    return f"{e.mean:+.1f} ({e.low:+.1f} to {e.high:+.1f})"


class Signs:
    """Lives days of a trial on one ground."""

    def __init__(self, trial: SignTrial) -> None:
        self.trial = trial
        self.study: Study = prepare(
            trial.scenario, open_city(trial.scenario.city, trial.scenario.folder)
        )

    def lived(self, solutions: tuple[Solution, ...], number: int) -> Trace:
        """Return a day with some solutions."""
        when = replace(self.study.when, replication=number)
        return live(self.study.ground, solutions, when, area=self.study.area).trace

    def day(self, alternative: str, without: Trace, number: int, **values: float) -> list[Row]:
        """Return what is measured at the crossings with signs on a day, without and with them."""
        chosen = tuple(changed(s, values) for s in self.study.alternatives[alternative])
        signs = self.lived(chosen, number)
        stock = signs.frame("crossing")
        tested = stock["sign"].to_numpy(bool) & ~stock["signal"].to_numpy(bool)
        return [measure_crossings(trace, tested) for trace in (without, signs)]


def sign(trial: SignTrial, *, draws: int | None = None) -> Signed:
    """Live the days of a trial under its priors and return what they say."""
    signs, plan = Signs(trial), trial.plan
    rows: dict[str, list[list[Row]]] = {name: [] for name in trial.scenario.alternatives}
    drawn = sample(trial, plan.draws if draws is None else draws)
    for number, row in enumerate(drawn.to_dict("records")):
        without = signs.lived((), number)
        for name, found in rows.items():
            values = {str(k): float(v) for k, v in row.items()} if name == plan.varied else {}
            found.append(signs.day(name, without, number, **values))
    return Signed(
        trial,
        {
            name: (pd.DataFrame([a for a, _ in found]), pd.DataFrame([b for _, b in found]))
            for name, found in rows.items()
        },
    )
