"""A published growth: its file, and how a prediction is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import scenarios
from scenarios import solutions
from scenarios.drt_bus import DrtBus
from twin.claims.claims import read_claims
from twin.claims.growth import FIRST, LAST, Grown, Growth, grow, read_growth
from twin.datafile import DataFileError
from twin.params import broken_rule, specs

FILE = Path(scenarios.__file__).parent / "trials" / "songdo_imod.trial.yaml"


@pytest.fixture(scope="module")
def trial() -> Growth:
    return read_growth(FILE, solutions())


def test_every_prior_is_a_range_of_a_parameter(trial: Growth) -> None:
    known = {f"drt_bus.{spec.name}": spec for spec in specs(DrtBus)}
    named = [prior for prior in trial.priors if prior.name != "people.seed"]
    assert len(named) >= 5
    for prior in named:
        for bound in (prior.low, prior.high):
            assert broken_rule(known[prior.name], bound) is None, prior.name
    assert trial.plan.fitted in known
    assert trial.plan.fitted not in {prior.name for prior in trial.priors}


def test_who_comes_to_know_it_is_taken_from_elsewhere(trial: Growth) -> None:
    """Yeongjong: users of all residents in two months, over those who would use an app."""
    ranges = {prior.name: prior for prior in trial.priors}
    share, app = ranges["drt_bus.reached_share"], ranges["drt_bus.app_share"]
    used = (read_claims()["T09"].after or 0.0) / 100.0
    assert (share.low, share.high) == pytest.approx((used / app.high, used / app.low))


def test_the_scenario_lives_the_months_that_are_told(trial: Growth) -> None:
    (bus,) = trial.scenario.alternatives[trial.plan.alternative]
    assert bus.stands_for == trial.plan.each
    assert trial.scenario.days * trial.plan.each >= trial.plan.last_month[1]
    with pytest.raises(ValueError, match="must last 153 days or more, each standing for 7, got 70"):
        replace(trial, scenario=replace(trial.scenario, days=10))


def test_the_outcome_says_what_is_fitted_and_whether_it_holds(trial: Growth) -> None:
    good = Grown(trial, 0.5, pd.DataFrame({FIRST: [30.0, 40.0], LAST: [225.0, 300.0]}))
    bad = Grown(trial, 0.5, pd.DataFrame({FIRST: [36.0, 36.0], LAST: [36.0, 40.0]}))
    assert good.holds
    assert not bad.holds
    assert "FITTED T10, first month, no prediction: drt_bus.constant 0.50; 35 rides" in str(good)
    assert "270 (270 to 270) rides a day; published 270, tolerance 30 %: holds" in str(good)
    assert "38 (36 to 40) rides a day; published 270, tolerance 30 %: DISAGREES" in str(bad)


def test_months_must_have_an_order(tmp_path: Path) -> None:
    path = tmp_path / FILE.name
    path.write_text(FILE.read_text().replace("[123, 153]", "[153, 123]"))
    with pytest.raises(DataFileError, match="last_month must be two days, the second later"):
        read_growth(path, solutions())


@pytest.mark.verify
def test_songdo_is_told_of_whichever_way_it_comes_out(trial: Growth) -> None:
    grown = grow(trial)
    assert grown.holds == (trial.plan.outcome == "agrees"), str(grown)
    assert grown.draws[FIRST].min() > 0
    assert (grown.draws[LAST] > grown.draws[FIRST]).all(), "it grows in every draw"
