"""A sweep: what is swept, the curve read off it, where it begins to pay, and bad input."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scenarios.ai_crosswalk import AiCrosswalk
from scenarios.drt_bus import DrtBus
from scenarios.enforcement import Enforcement
from twin.appraisal.curve import Curve, Point, Switch, crossings, curve, told
from twin.experiment.compare import Comparison, Effect, Estimate, Row
from twin.experiment.sweep import doubts_of, label, swept, unit_of
from twin.scenario import CitySpec, Scenario
from twin.solution import KPI, Doubt

SCENARIO = Scenario(
    "Sweep", CitySpec(), (), {"signs": (AiCrosswalk(), Enforcement()), "other": (Enforcement(),)}
)
RECALL = Doubt(("recall", "night_recall"), (0.0, 0.25, 1.0), "Recall", "재현율")
YIELD = KPI("xwalk.yield", "%", "more", "who yields")


def test_each_value_is_an_alternative_of_its_own() -> None:
    made = swept(SCENARIO, "signs", [RECALL])
    assert list(made.alternatives) == ["recall-0", "recall-0_25", "recall-1"]
    signs, enforcement = made.alternatives["recall-0_25"]
    assert (signs.recall, signs.night_recall, signs.rain_recall) == (0.25, 0.25, 0.85)
    assert enforcement == Enforcement()
    assert (made.base, made.doubts) == (SCENARIO.base, (RECALL,))


def test_solutions_say_what_is_in_doubt() -> None:
    made = swept(SCENARIO)
    assert made.doubts == doubts_of(SCENARIO) == AiCrosswalk.doubts
    values = [value for doubt in AiCrosswalk.doubts for value in doubt.values]
    assert len(made.alternatives) == len(values)


def test_a_fleet_comes_in_whole_buses() -> None:
    fleet, fare = (Doubt((name,), (1, 2), name, name) for name in ("fleet", "max_detour"))
    assert unit_of(fleet, [Enforcement(), DrtBus()]) == ("buses", True)
    assert unit_of(fare, [DrtBus()]) == ("", False)


class Case:
    """An alternative whose B/C is twice a value, give or take the half."""

    def __init__(self, value: float) -> None:
        self.bc: float | None = 2 * value
        self.bc_noise: tuple[float | None, float | None] = (value, 3 * value)


def test_the_curve_is_in_the_order_of_the_values() -> None:
    doubt = replace(RECALL, values=(1.0, 0.5), met="xwalk.yield")
    names = [label(doubt, value) for value in doubt.values]
    effects = {
        name: Effect(50.0 * x, x, 0.0, 1.0, 3, None) for name, x in zip(names, (2, 1), strict=True)
    }
    row = Row(YIELD, Estimate(10.0, 9.0, 11.0, 3), effects, {})
    comparison = Comparison((row,), tuple(names), 3, 0.95)
    cases = {name: Case(value) for name, value in zip(names, doubt.values, strict=True)}
    found = curve(doubt, comparison, cases, headline="xwalk.yield")
    assert [point.value for point in found.points] == [0.5, 1.0]
    assert [(p.bc, p.low, p.high, p.met) for p in found.points] == [
        (1.0, 0.5, 1.5, 50.0), (2.0, 1.0, 3.0, 100.0),
    ]  # fmt: skip
    assert found.points[1].effect == effects["recall-1"]


def drawn(*points: tuple[float, float | None, float | None, float | None], **more: object) -> Curve:
    made = tuple(Point(*point, met=10.0 * point[0]) for point in points)
    return Curve(RECALL, "", bool(more.get("whole")), made, YIELD, YIELD)


def test_a_line_crosses_a_level_up_or_down() -> None:
    assert crossings([(0.0, 0.0), (0.5, 0.8), (1.0, 1.2)]) == [(pytest.approx(0.75), True)]
    assert crossings([(0.0, 2.0), (1.0, 0.0)]) == [(pytest.approx(0.5), False)]
    assert crossings([(0.0, 0.2), (1.0, 0.9)]) == []
    assert crossings([(0.0, 0.0), (1.0, 4.0)], level=3.0) == [(pytest.approx(0.75), True)]


def test_the_switching_value_has_the_interval_in_which_noise_leaves_it_open() -> None:
    """B/C = 2x with noise of 0.2 either way is 1 at x = 0.5, and may be so from 0.4 to 0.6."""
    points = [(x, 2 * x, 2 * x - 0.2, 2 * x + 0.2) for x in (0.0, 0.25, 0.75, 1.0)]
    (up,) = drawn(*points).switches
    assert up == Switch(
        pytest.approx(0.5), pytest.approx(0.4), pytest.approx(0.6), True, pytest.approx(5.0)
    )
    falls = [
        (x, 2 - bc, 2 - high, 2 - low) for x, bc, low, high in points if None not in (bc, low, high)
    ]
    (down,) = drawn(*falls).switches
    assert (down.rises, down.low, down.high) == (False, pytest.approx(0.4), pytest.approx(0.6))


def test_what_nobody_tried_leaves_the_interval_open() -> None:
    (switch,) = drawn((0.0, 0.5, -1.0, 2.0), (1.0, 1.5, 0.5, 2.5)).switches
    assert (switch.value, switch.low, switch.high) == (0.5, None, None)
    (known,) = told(drawn((0.0, 0.5, -1.0, 2.0), (1.0, 1.5, 0.5, 2.5)))
    assert "from 0.50 on (simulation noise alone: 0.00 or less to 1.00 or more)" in known


def test_whole_numbers_are_those_that_pay() -> None:
    up = drawn((1, 0.5, 0.5, 0.5), (2, 1.3, 1.3, 1.3), whole=True).switches
    down = drawn((1, 1.3, 1.3, 1.3), (4, 0.5, 0.5, 0.5), whole=True).switches
    assert [(one.value, one.met) for one in (*up, *down)] == [(2.0, 20.0), (2.0, 20.0)]


@pytest.mark.parametrize(
    ("ratios", "en", "ko"),
    [
        ((0.2, 0.4), "at no value that was tried, from 0.00 to 1.00; the highest B/C is 0.40",
         "이득이 아닙니다"),
        ((1.5, 1.2), "at every value that was tried, from 0.00 to 1.00; the lowest B/C is 1.20",
         "이득입니다"),
        ((None, None), "whether it pays cannot be told", "말할 수 없습니다"),
    ],
)  # fmt: skip
def test_that_it_never_or_always_pays_is_said(
    ratios: tuple[float | None, ...], en: str, ko: str
) -> None:
    found = drawn(*((x, bc, bc, bc) for x, bc in zip((0.0, 1.0), ratios, strict=True)))
    assert found.switches == []
    assert en in " ".join(told(found))
    assert ko in " ".join(told(found, "ko"))


@pytest.mark.parametrize(
    ("alternative", "doubts", "wording"),
    [
        ("sings", [RECALL], "no alternative 'sings' to sweep; there are: signs, other"),
        ("other", [], "no solution of 'other' says what is in doubt about it; name a parameter"),
        ("signs", [replace(RECALL, values=())], "at least two that differ, got none"),
        ("signs", [replace(RECALL, values=(1.0, 1.0))], "at least two that differ, got 1, 1"),
        ("other", [RECALL], "'other' has no parameter 'recall'; it has: camera_cost"),
        ("signs", [replace(RECALL, values=(0.5, 1.5))],
         r"AiCrosswalk.recall must be in \[0, 1\], got 1.5"),
    ],
)  # fmt: skip
def test_what_cannot_be_swept_is_told(alternative: str, doubts: list[Doubt], wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        swept(SCENARIO, alternative, doubts)
