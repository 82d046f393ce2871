"""A curve over one parameter: what is swept, what is read off it, and bad input."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios.ai_crosswalk import AiCrosswalk
from scenarios.enforcement import Enforcement
from twin.experiment.sweep import Point, crossings, curve, label, swept
from twin.scenario import CitySpec, Scenario

SCENARIO = Scenario(
    "Sweep", CitySpec(), (), {"signs": (AiCrosswalk(), Enforcement()), "other": (Enforcement(),)}
)
RECALL = ("recall", "night_recall")


def test_each_value_is_an_alternative_of_its_own() -> None:
    made = swept(SCENARIO, "signs", [0.0, 0.25, 1.0], RECALL)
    assert list(made.alternatives) == ["at-0", "at-0_25", "at-1"]
    signs, enforcement = made.alternatives["at-0_25"]
    assert (signs.recall, signs.night_recall, signs.rain_recall) == (0.25, 0.25, 0.85)
    assert enforcement == Enforcement()
    assert made.base == SCENARIO.base


def test_the_curve_is_in_the_order_of_the_values() -> None:
    cases = {label(x): SimpleNamespace(bc=2 * x, bc_noise=(x, 3 * x)) for x in (0.5, 1.0)}
    assert curve(cases, [1.0, 0.5]) == [Point(1.0, 2.0, 1.0, 3.0), Point(0.5, 1.0, 0.5, 1.5)]


def points(*pairs: tuple[float, float | None]) -> list[Point]:
    return [Point(x, y, None, None) for x, y in pairs]


def test_it_pays_from_where_the_line_crosses_one() -> None:
    assert crossings(points((0.0, 0.0), (0.5, 0.8), (1.0, 1.2))) == [pytest.approx(0.75)]
    assert crossings(points((0.0, 2.0), (0.5, None), (1.0, 0.0))) == [pytest.approx(0.5)]
    assert crossings(points((0.0, 0.2), (1.0, 0.9))) == []
    assert crossings(points((0.0, 0.0), (1.0, 4.0)), level=3.0) == [pytest.approx(0.75)]


@pytest.mark.parametrize(
    ("alternative", "values", "parameters", "told"),
    [
        ("sings", [1.0], RECALL, "no alternative 'sings' to sweep; there are: signs, other"),
        ("signs", [], RECALL, "values to sweep must be at least one, got none"),
        ("other", [1.0], RECALL, "'other' has no parameter 'recall'; it has: camera_cost"),
        ("signs", [1.5], RECALL, r"AiCrosswalk.recall must be in \[0, 1\], got 1.5"),
    ],
)
def test_what_cannot_be_swept_is_told(
    alternative: str, values: list[float], parameters: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        swept(SCENARIO, alternative, values, parameters)
