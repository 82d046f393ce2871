"""Money over time against closed forms (oracle O45)."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.appraisal import cashflow


@pytest.mark.parametrize(
    ("years", "row"),
    [
        (5, (4.7135, 4.5151, 4.3900, 4.1002)),
        (7, (6.4720, 6.1145, 5.8927, 5.3893)),
        (10, (8.9826, 8.3166, 7.9127, 7.0236)),
        (15, (12.8493, 11.5174, 10.7395, 9.1079)),
        (20, (16.3514, 14.2124, 13.0079, 10.5940)),
        (30, (22.3965, 18.3920, 16.2889, 12.4090)),
        (40, (27.3555, 21.3551, 18.4016, 13.3317)),
    ],
)
def test_o45_annuities_are_those_of_the_tables(years: int, row: tuple[float, ...]) -> None:
    for rate, printed in zip((0.02, 0.035, 0.045, 0.07), row, strict=True):
        exact = math.fsum((1 + rate) ** -year for year in range(1, years + 1))
        assert cashflow.annuity(rate, years) == pytest.approx(exact, rel=1e-9)
        assert cashflow.annuity(rate, years) == pytest.approx(printed, abs=5e-5)


def test_an_annuity_without_interest_is_the_number_of_years() -> None:
    assert cashflow.annuity(0.0, 7) == 7.0
    assert cashflow.annuity(1e-12, 7) == pytest.approx(7.0, rel=1e-9)


@given(st.floats(-0.5, 3.0), st.integers(1, 20))
def test_the_internal_rate_is_the_one_that_was_put_in(rate: float, years: int) -> None:
    payment = 1 / cashflow.annuity(rate, years)
    found, roots = cashflow.internal_rate([-1.0, *[payment] * years])
    assert roots == "one"
    assert found == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize(
    ("flows", "roots"),
    [
        ([-1.0, -2.0], "none"),
        ([1.0, 2.0], "none"),
        ([0.0, 0.0], "none"),
        ([-1.0, 5.0, -6.0], "several"),
        ([-1.0, 1e-9], "none"),
    ],
)
def test_no_internal_rate_where_it_is_not_unique(flows: list[float], roots: str) -> None:
    assert cashflow.internal_rate(flows) == (None, roots)


def test_payback_is_when_the_sum_stays_at_nothing_or_above() -> None:
    assert cashflow.payback_year([-100.0, 50.0, 50.0, 50.0], 0.0) == 2
    assert cashflow.payback_year([-100.0, 50.0, 50.0, 50.0], 0.045) == 3
    assert cashflow.payback_year([-100.0, 1.0], 0.045) is None
    assert cashflow.payback_year([0.0, 1.0], 0.045) == 0
    assert cashflow.payback_year([0.0, -1.0], 0.045) is None
    assert cashflow.payback_year([-5.0, 6.0, -4.0, 9.0], 0.0) == 3


def test_ramp_up_is_the_mean_of_the_year() -> None:
    steps = 100_000
    for year, tau in product((1, 2, 5), (0.5, 0.75, 1.0)):
        times = ((year - 1) + (i + 0.5) / steps for i in range(steps))
        mean = math.fsum(1 - math.exp(-t / tau) for t in times) / steps
        assert cashflow.ramp_up(year, tau) == pytest.approx(mean, abs=1e-9)
    assert (cashflow.ramp_up(0, 0.75), cashflow.ramp_up(1, 0.0)) == (0.0, 1.0)
    assert cashflow.ramp_up(3, 0.0, decay=0.1) == pytest.approx(0.81)


@pytest.mark.parametrize(
    ("life", "years", "left"),
    [
        (7, [0, 7], 4 / 7),
        (10, [0], 0.0),
        (5, [0, 5], 0.0),
        (30, [0], 2 / 3),
        (math.inf, [0], 1.0),
        (2.5, [0, 3, 5, 8], 0.2),
    ],
)
def test_what_wears_out_is_bought_again_and_the_rest_is_worth_something(
    life: float, years: list[int], left: float
) -> None:
    assert cashflow.purchase_years(life, 10) == years
    assert cashflow.residual(100.0, life, 10) == pytest.approx(100 * left)
