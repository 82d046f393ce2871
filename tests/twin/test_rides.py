"""A published trial of rides: its file, and how a prediction is told."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import scenarios
from scenarios import solutions
from scenarios.drt_bus import DrtBus
from tests.conftest import DATA, data_file
from twin.claims.claims import read_claims
from twin.claims.priors import centre, sample
from twin.claims.rides import Ridden, RideTrial, read_ride_trial, ride
from twin.datafile import DataFileError
from twin.params import broken_rule, specs

FILE = Path(scenarios.__file__).parent / "trials" / "yeongjong_imod.trial.yaml"
ON_TARGET = {
    "drt.wait": 13.0, "drt.wait_all": 15.0, "drt.ride": 16.0, "drt.on_board": 0.9,
    "drt.riders": 465.0, "transit.wait_all": 14.0, "base: transit.wait_all": 18.0,
}  # fmt: skip
DAYS = 3
OUTCOME = {"drt.wait": "DISAGREES", "drt.ride": "DISAGREES", "drt.on_board": "DISAGREES"}


@pytest.fixture(scope="module")
def trial() -> RideTrial:
    return read_ride_trial(FILE, solutions())


def test_every_prior_is_a_range_of_a_parameter(trial: RideTrial) -> None:
    known = {f"drt_bus.{spec.name}": spec for spec in specs(DrtBus)}
    named = [prior for prior in trial.priors if prior.name != "people.seed"]
    assert len(named) >= 5
    for prior in named:
        for bound in (prior.low, prior.high):
            assert broken_rule(known[prior.name], bound) is None, prior.name
    assert trial.plan.fitted in known
    assert trial.plan.fitted not in {prior.name for prior in trial.priors}


def test_what_is_told_of_the_pilot_agrees_with_itself(trial: RideTrial) -> None:
    """28,800 trips in 62 days, riding 16 min in 8 buses 18 h a day."""
    plan, claims = trial.plan, read_claims()
    trips, took = claims[plan.demand].after, claims[plan.ride].after
    assert trips is not None
    assert took is not None
    assert trips / 62 == pytest.approx(plan.rides_a_day, rel=0.01)
    on_board = plan.rides_a_day / 18 * took / 60 / 8
    assert plan.on_board_low < on_board < plan.on_board_high


def test_draws_lie_in_the_priors(trial: RideTrial) -> None:
    drawn, middle = sample(trial, 20), centre(trial)
    for prior in trial.priors:
        assert drawn[prior.name].between(prior.low, prior.high).all()
        assert prior.low <= middle[prior.name] <= prior.high


def test_the_outcome_says_what_is_fitted_what_holds_and_what_not(trial: RideTrial) -> None:
    good = Ridden(trial, 0.5, pd.DataFrame([ON_TARGET] * 3))
    bad = Ridden(trial, 0.5, pd.DataFrame([{**ON_TARGET, "drt.ride": 2.0}] * 3))
    assert "FITTED T08, no prediction: drt_bus.constant 0.50 gives 465.00" in str(good)
    assert str(good).count(": holds") == 3
    assert set(good.outcome.values()) == {"holds"}
    assert bad.outcome == {**good.outcome, "drt.ride": "DISAGREES"}
    assert "ride (min): 2.00 (2.00 to 2.00); published 16: DISAGREES" in str(bad)
    assert "DISPUTED T06: 78 min of wait would be a headway of 2.6 h" in str(good)
    assert "of all who asked: 15.00" in str(good)


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / FILE.name
    path.write_text(FILE.read_text().replace("rides_a_day: 465", "rides: 465"))
    with pytest.raises(DataFileError, match="rides"):
        read_ride_trial(path, solutions())


@pytest.mark.verify
def test_what_the_twin_says_of_each_claim(
    trial: RideTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, whichever it is; a change of the outcome is noticed here."""
    dongs = trial.scenario.city.dongs
    assert dongs is not None
    for name in (dongs.file, dongs.schools):
        data_file(name)
    monkeypatch.setenv("DONGNE_DATA", str(DATA))
    found = ride(trial, draws=DAYS)
    assert found.outcome == OUTCOME, str(found)
    assert found.draws["drt.riders"].mean() == pytest.approx(trial.plan.rides_a_day, rel=0.25)
