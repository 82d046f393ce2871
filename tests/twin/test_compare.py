"""Paired comparisons: the law of variances, coverage, and nothing that depends on order."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.test_runner import Square
from twin.experiment.compare import Comparison, Estimate, compare, estimate, mean_costs
from twin.experiment.precision import bonferroni, precise, replications_needed, t_quantile
from twin.experiment.runner import Finished, Job, processes, serial
from twin.luck import Luck
from twin.solution import KPI, Cost

WALK = KPI("walk", "m", "less", "From the parking place to the destination.")
DAYS = {"weekday": 250.0, "holiday": 115.0}
Series = list[float | None]


def runs(series: dict[str, Series], day_type: str = "weekday") -> list[Finished]:
    return [
        Finished(Job(name, day_type, r), {"walk": value})
        for name, values in series.items()
        for r, value in enumerate(values)
    ]


def of(series: dict[str, Series], level: float = 0.95) -> Comparison:
    names = [name for name in series if name != "base"]
    return compare(
        runs(series), alternatives=names, day_weights={"weekday": 1.0}, kpis=[WALK], level=level
    )


def test_student_t_is_the_one_of_the_tables() -> None:
    known = {(0.95, 10): 2.262157, (0.95, 2): 12.706205, (0.99, 31): 2.749996}
    for (level, n), t in known.items():
        assert t_quantile(level, n) == pytest.approx(t, abs=1e-6)


def test_a_paired_interval_by_hand() -> None:
    effect = of({"base": [10.0, 12.0, 14.0], "new": [9.0, 10.0, 14.0]})["walk"].alternatives["new"]
    half = 4.302653 * 1.0 / math.sqrt(3)  # the differences -1, -2, 0 have S = 1
    assert (effect.mean, effect.diff, effect.n) == (11.0, -1.0, 3)
    assert (effect.low, effect.high) == pytest.approx((-1 - half, -1 + half), abs=1e-6)
    assert effect.variance_ratio == pytest.approx(1.0 / (4.0 + 7.0))
    assert not effect.clear


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=12))
def test_o49_the_variance_of_a_difference(pairs: list[tuple[float, float]]) -> None:
    a, b = (list(column) for column in zip(*pairs, strict=True))
    effect = of({"base": list(a), "new": list(b)})["walk"].alternatives["new"]
    (s_aa, s_ab), (_, s_bb) = np.cov(a, b)
    if s_aa + s_bb > 1e-3:
        expected = (s_aa + s_bb - 2 * s_ab) / (s_aa + s_bb)
        assert effect.variance_ratio == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=12))
def test_o49_identical_alternatives_differ_by_exactly_nothing(values: list[float]) -> None:
    effect = of({"base": list(values), "same": list(values)})["walk"].alternatives["same"]
    assert (effect.diff, effect.low, effect.high, effect.variance_ratio) == (0.0, 0.0, 0.0, 0.0)
    assert not effect.clear


@given(st.floats(-1e3, 1e3), st.integers(2, 60))
def test_what_never_varies_has_exactly_no_noise(value: float, n: int) -> None:
    effect = of({"base": [0.0] * n, "new": [value] * n})["walk"].alternatives["new"]
    assert (effect.diff, effect.low, effect.high) == (value, value, value)
    assert effect.variance_ratio == 0.0


def test_independent_runs_have_a_variance_ratio_of_one() -> None:
    draws = [Luck(1, name, replication=0).normal(np.arange(20_000)) for name in ("a", "b")]
    series: dict[str, Series] = {"base": draws[0].tolist(), "new": draws[1].tolist()}
    ratio = of(series)["walk"].alternatives["new"].variance_ratio
    assert ratio == pytest.approx(1.0, abs=4 / math.sqrt(20_000))


def mm1_day_means(luck: Luck, days: int, customers: int) -> np.ndarray:
    """Return the mean wait of each M/M/1 day at rate 1 and 2, started in its steady state."""
    job, total = np.arange(days), np.zeros(days)
    busy = luck.of("busy").uniform(job) < 0.5
    wait = np.where(busy, luck.of("start").exponential(job, mean=1.0), 0.0)
    for customer in range(customers):
        total += wait
        served = luck.of("service").exponential(job, mean=0.5, trip=customer)
        arrival = luck.of("arrival").exponential(job, mean=1.0, trip=customer)
        wait = np.maximum(0.0, wait + served - arrival)
    return np.asarray(total / customers)


def test_o51_intervals_cover_the_known_mean_as_often_as_they_say() -> None:
    truth = 0.5  # rho / (mu - lambda)
    days = mm1_day_means(Luck(3, "mm1", replication=0), 1_000 * 30, customers=300)
    assert days.mean() == pytest.approx(truth, abs=3 * days.std() / math.sqrt(len(days)))
    covered = 0
    for experiment in days.reshape(1_000, 30):
        interval = estimate(experiment.tolist())
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= truth <= interval.high
    assert 0.93 <= covered / 1_000 <= 0.97


def test_o51_paired_differences_cover_the_true_difference() -> None:
    """Normal days with a common part: here the t interval is exact, so 3 SE is the rule."""
    luck, shape, truth = Luck(4, "days", replication=0), (4_000, 10), -0.5
    thing = np.arange(shape[0] * shape[1])
    common, noise, more = (luck.of(p).normal(thing).reshape(shape) for p in ("c", "n", "m"))
    base, new = common + 0.3 * noise, common + 0.3 * more + truth
    covered = 0
    for a, b in zip(base, new, strict=True):
        effect = of({"base": a.tolist(), "new": b.tolist()})["walk"].alternatives["new"]
        assert effect.low is not None
        assert effect.high is not None
        covered += effect.low <= truth <= effect.high
    assert abs(covered / 4_000 - 0.95) <= 3 * math.sqrt(0.95 * 0.05 / 4_000)


def test_the_order_of_the_runs_never_shows() -> None:
    series: dict[str, Series] = {"base": [0.1, 0.7, 1e9, None], "new": [0.3, 1e-9, 0.2, 1.0]}
    # numbers 8 apart share a slot in a small set, which then iterates in the order of arrival
    finished = [
        Finished(replace(run.job, replication=8 * run.job.replication), run.kpis)
        for run in runs(series)
    ]
    results = [
        compare(order, alternatives=["new"], day_weights={"weekday": 1.0}, kpis=[WALK])
        for order in itertools.islice(itertools.permutations(finished), 0, 40_320, 997)
    ]
    assert all(result == results[0] for result in results)


def test_one_two_and_eight_workers_compare_equal() -> None:
    jobs = [Job(name, "weekday", r) for name in ("base", "more") for r in range(3)]
    square = KPI("square", "1", "more", "The square of the replication.")
    results = [
        compare(done, alternatives=["more"], day_weights={"weekday": 1.0}, kpis=[square])
        for done in (
            serial(Square(), jobs),
            *(processes(Square(), jobs, workers=workers) for workers in (1, 2, 8)),
        )
    ]
    assert all(result == results[0] for result in results)


def test_a_replication_is_the_weighted_mean_of_its_days() -> None:
    finished = runs({"base": [1.0, 1.0], "new": [3.0, 5.0]}, "weekday") + runs(
        {"base": [2.0, 2.0], "new": [7.0, None]}, "holiday"
    )
    row = compare(finished, alternatives=["new"], day_weights=DAYS, kpis=[WALK])["walk"]
    assert row.base.mean == pytest.approx((250 * 1 + 115 * 2) / 365)
    assert row.alternatives["new"].n == 1
    assert row.differences["new"] == (pytest.approx((250 * 2 + 115 * 5) / 365), None)


def test_undefined_days_are_left_out_in_pairs_and_counted() -> None:
    effect = of({"base": [1.0, None, 3.0, 4.0], "new": [2.0, 9.0, None, 5.0]})["walk"]
    assert effect.alternatives["new"].n == 2
    assert effect.alternatives["new"].diff == 1.0
    assert effect.alternatives["new"].mean == pytest.approx(16 / 3)


def test_what_one_replication_cannot_tell_is_none() -> None:
    row = of({"base": [1.0], "new": [2.0], "none": [None]})["walk"].as_dict()
    assert row["base"] == {"mean": 1.0, "low": None, "high": None}
    assert row["alternatives"]["new"] == {
        "mean": 2.0, "diff": 1.0, "low": None, "high": None, "n": 1, "variance_ratio": None,
    }  # fmt: skip
    assert set(row["alternatives"]["none"].values()) == {None, 0}


def test_results_have_the_promised_shape_and_read_as_json() -> None:
    comparison = of({"base": [1.0, 2.0], "new": [2.0, 2.5]})
    result = json.loads(json.dumps(comparison.as_dict(), allow_nan=False))
    assert list(result) == ["replications", "level", "kpis"]
    (row,) = result["kpis"]
    assert list(row) == ["name", "unit", "better", "definition", "base", "alternatives"]
    assert "walk" in comparison
    assert "run" not in comparison


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (Job("base", "weekday", 0), "run base/weekday/0 is there twice"),
        (Job("odd", "weekday", 0), "run odd/weekday/0 is of no known alternative: base, new"),
        (Job("new", "sunday", 0), "run new/sunday/0 is of no known day type: weekday, holiday"),
    ],
)
def test_runs_that_do_not_belong_are_refused(job: Job, message: str) -> None:
    finished = [Finished(Job("base", "weekday", 0), {}), Finished(job, {})]
    with pytest.raises(ValueError, match=message):
        compare(finished, alternatives=["new"], day_weights=DAYS, kpis=[WALK])


@pytest.mark.parametrize(
    ("level", "weights", "message"),
    [
        (95, DAYS, "level must be between 0 and 1, got 95"),
        (0.95, {}, "day_weights must name at least one day type"),
        (0.95, {"weekday": -1.0}, "weight of day type weekday must be above 0, got -1.0"),
    ],
)
def test_settings_out_of_range_are_refused(
    level: float, weights: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compare([], alternatives=["new"], day_weights=weights, kpis=[WALK], level=level)


def test_an_unknown_kpi_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no KPI 'run' was compared; there are: walk"):
        of({"base": [1.0]})["run"]


def test_costs_are_averaged_over_days_and_replications() -> None:
    def cost(opex: float) -> Cost:
        return Cost("patrol", 5e6, opex, 7, 2020, "local", "quotation", "GK")

    finished = [
        Finished(Job("new", day, r), {}, (cost(opex),))
        for day, r, opex in [("weekday", 0, 10.0), ("weekday", 1, 20.0), ("holiday", 0, 30.0)]
    ]
    (mean,) = mean_costs(finished, day_weights={"weekday": 1.0, "holiday": 2.0})["new"]
    assert mean.capex == pytest.approx(5e6)
    assert mean.opex == pytest.approx((10 + 20 + 2 * 30) / 4)


def test_costs_are_listed_in_the_same_order_whatever_order_they_come_in() -> None:
    one, two = (Cost(item, 1.0, 0.1, 7, 2020, "local", "quotation", "GK") for item in "ab")
    done = [
        Finished(Job("new", "weekday", 0), {}, (one, two)),
        Finished(Job("new", "weekday", 1), {}, (two, one)),
    ]
    weights = {"weekday": 1.0}
    forward = mean_costs(done, day_weights=weights)
    assert mean_costs(done[::-1], day_weights=weights) == forward
    assert [cost.item for cost in forward["new"]] == ["a", "b"]


def test_precision_asks_for_true_relative_error() -> None:
    days = [100.0 + r for r in range(-10, 11)]
    enough = estimate(days)
    assert precise(enough, relative=0.05)
    assert not precise(enough, relative=0.02)
    assert not precise(estimate(days[:9]), relative=0.5)
    assert not precise(estimate([1.0]), relative=0.5, least=1)
    half = (enough.high or 0) - (enough.mean or 0)
    assert precise(enough, absolute=half)
    assert not precise(enough, absolute=half * 0.999)
    # 5 % of the true mean 100 where the estimate is 5 % too high
    assert precise(Estimate(105.0, 100.0 + 1e-9, 110.0 - 1e-9, 10), relative=0.05)
    assert not precise(Estimate(105.0, 100.0 - 1e-6, 110.0 + 1e-6, 10), relative=0.05)


def test_planned_replications_follow_the_square_law() -> None:
    pilot = estimate([90.0, 110.0] * 5)
    half = (pilot.high or 0) - 100.0
    assert replications_needed(pilot, absolute=half / 3) == 90
    assert replications_needed(pilot, absolute=half * 3) == 10
    assert replications_needed(estimate([1.0])) is None
    assert replications_needed(estimate([5.0, 5.0])) == 10
    assert replications_needed(estimate([-1.0, 1.0])) is None


def test_a_family_of_intervals_needs_a_higher_level_each() -> None:
    assert bonferroni(0.95, 1) == 0.95
    assert bonferroni(0.95, 10) == pytest.approx(0.995)
    with pytest.raises(ValueError, match="a family has at least 1 interval, got 0"):
        bonferroni(0.95, 0)
