"""Published trials of signs: the file, the resampled interval, and how each passes or fails."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scenarios
from scenarios import solutions
from scenarios.ai_crosswalk import AiCrosswalk
from twin.claims.claims import read_claims
from twin.claims.signs import Signed, SignTest, SignTrial, read_sign_trial, sign
from twin.datafile import DataFileError
from twin.params import broken_rule, specs

FILE = Path(scenarios.__file__).parent / "trials" / "crossing_signs.trial.yaml"
DAYS = 20
OUTCOME = {
    "T16": "pass", "T20": "FAIL", "T20N": "FAIL", "T21": "cannot tell", "T17": "FAIL",
    "T18": "FAIL", "T19": "pass", "T22": "pass",
}  # fmt: skip


@cache
def trial() -> SignTrial:
    return read_sign_trial(FILE, solutions())


def test_every_claim_of_the_solution_with_a_figure_is_tested() -> None:
    claims = read_claims()
    figures = {n for n in AiCrosswalk.claims if (claims[n].change, claims[n].after) != (None, None)}
    assert {test.name for test in trial().tests} == figures
    assert [test.name for test in trial().tests if test.fitted] == ["T16"]


def test_every_prior_is_a_range_of_the_sign_that_is_varied() -> None:
    known = {f"ai_crosswalk.{spec.name}": spec for spec in specs(AiCrosswalk)}
    for prior in trial().priors:
        assert all(broken_rule(known[prior.name], x) is None for x in (prior.low, prior.high))
    assert trial().plan.varied in trial().scenario.alternatives


def days(**measures: tuple[float, float]) -> Signed:
    """Return alike days: of each measure, without signs and with them."""
    frames = tuple(
        pd.DataFrame({name: [pair[i]] * 10 for name, pair in measures.items()}) for i in (0, 1)
    )
    return Signed(trial(), dict.fromkeys(trial().scenario.alternatives, frames))  # type: ignore[arg-type]


ON_TARGET = {
    "yield_share": (0.04, 0.80), "crashes": (1.0, 0.31), "rear_conflicts": (100.0, 111.0),
    "approach_kmh": (50.0, 40.0),
}  # fmt: skip


def test_each_claim_passes_or_fails_and_what_contradicts_it_does_the_other() -> None:
    text = str(days(**ON_TARGET))
    assert "FITTED T16, beacon: +80.0 (+80.0 to +80.0); published 80, tolerance 15: pass" in text
    assert "PREDICTION T20, beacon: -69.0 (-69.0 to -69.0); published -69, tolerance 15: pa" in text
    assert "published -47 (standard error 37.7), tolerance 20: FAIL" in text
    assert "PREDICTION T18, camera: -20.0 (-20.0 to -20.0); published -20, tolerance 10: pa" in text
    assert "PREDICTION T19, camera: -20.0 (-20.0 to -20.0); published 0, tolerance 7: FAIL" in text
    assert "contradicts T20N" in text


def test_where_nothing_happened_before_a_change_cannot_be_told() -> None:
    found = days(**{**ON_TARGET, "rear_conflicts": (0.0, 1.0)})
    (test,) = (test for test in trial().tests if test.name == "T21")
    assert found.verdict(test) == "cannot tell"
    assert "PREDICTION T21, beacon: undefined; published 11, tolerance 10: cannot tell" in str(
        found
    )


def test_the_interval_of_a_ratio_is_that_of_its_delta_method() -> None:
    """The standard error of a ratio r of two means is r cv sqrt(2 (1 - correlation) / n)."""
    number, cv = 200, 0.2
    spread = np.linspace(-1.7, 1.7, number)
    before, after = 10 * (1 + cv * spread), 5 * (1 + cv * spread[np.argsort(np.sin(997 * spread))])
    frames = (pd.DataFrame({"crashes": before}), pd.DataFrame({"crashes": after}))
    found = Signed(trial(), {"beacon": frames})
    test = SignTest("T20", "beacon", "crashes", "change")
    sd = float(np.std(cv * spread))
    one_way = np.corrcoef(before, after)[0, 1]
    error = 100 * 0.5 * sd * np.sqrt(2 * (1 - one_way) / number)
    said = found.found(test)
    assert said.mean == pytest.approx(-50.0)
    assert said.low is not None
    assert said.high is not None
    assert said.high - said.low == pytest.approx(2 * 1.645 * error, rel=0.1)


@pytest.mark.parametrize(
    ("old", "new"), [("T16:", "T99:"), ("alternative: beacon", "alternative: b")]
)
def test_a_claim_or_an_alternative_that_is_not_there_is_named(
    old: str, new: str, tmp_path: Path
) -> None:
    path = tmp_path / FILE.name
    path.write_text(FILE.read_text("utf-8").replace(old, new, 1), "utf-8")
    (tmp_path / trial().plan.scenario).write_text((FILE.parent / trial().plan.scenario).read_text())
    with pytest.raises(DataFileError, match=r"T\d+: no such claim, or no such alternative"):
        read_sign_trial(path, solutions())


@pytest.mark.verify
def test_what_the_twin_says_of_each_claim() -> None:
    """It is told, whichever it is; a change of the outcome is noticed here."""
    found = sign(trial(), draws=DAYS)
    assert {test.name: found.verdict(test) for test in trial().tests} == OUTCOME, str(found)
