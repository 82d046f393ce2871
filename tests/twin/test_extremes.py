"""The tail of excesses: fits of samples whose tail is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.extremes import Pair, Tail, beyond, both_beyond, either_beyond, fitted, joined
from twin.luck import Luck

MANY = np.asarray(Luck(2, "tail", 0).uniform(np.arange(20_000)))


def pareto(u: NDArray[np.float64], shape: float, scale: float) -> NDArray[np.float64]:
    """Return generalised Pareto numbers by the inverse of their distribution."""
    return scale / shape * ((1 - u) ** -shape - 1)


@pytest.mark.parametrize("shape", [-0.4, -0.2, 0.1, 0.3])
def test_a_known_tail_is_found(shape: float) -> None:
    tail = fitted(pareto(MANY, shape, 2.0))
    assert tail.peaks == len(MANY)
    assert tail.shape == pytest.approx(shape, abs=0.03)
    assert tail.scale == pytest.approx(2.0, rel=0.03)
    deep = pareto(np.array([0.999]), shape, 2.0)[0]
    assert beyond(tail, deep) == pytest.approx(0.001, rel=0.25)


def test_an_exponential_tail_has_shape_zero() -> None:
    tail = fitted(-np.log1p(-MANY))
    assert tail.shape == pytest.approx(0.0, abs=0.02)
    assert beyond(Tail(0.0, 2.0, 0), 4.0) == pytest.approx(math.exp(-2), rel=1e-12)
    assert beyond(Tail(1e-8, 2.0, 0), 4.0) == pytest.approx(math.exp(-2), rel=1e-6)


def test_a_tail_that_ends_holds_nothing_beyond_its_end() -> None:
    assert beyond(Tail(-0.5, 1.0, 0), 2.0) == 0.0
    assert beyond(Tail(-0.5, 1.0, 0), 1.9) == pytest.approx((1 - 0.95) ** 2)
    assert beyond(Tail(0.2, 1.0, 0), 0.0) == 1.0


def test_too_little_is_refused() -> None:
    for few in ([], [1.0], [1.0, 1.0], [-1.0, 2.0]):
        with pytest.raises(ValueError, match="a tail needs two different excesses of 0 or more"):
            fitted(np.array(few))


def logistic(dependence: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return pairs of unit Frechet numbers of the logistic model (Shi, Smith & Coles 1992)."""
    luck, each = Luck(5, "pair", 0), np.arange(60_000)
    split, which = (np.asarray(luck.of(name).uniform(each)) for name in ("split", "which"))
    ends = [np.asarray(luck.of(name).exponential(each, mean=1.0)) for name in ("one", "two")]
    total = np.where(which < dependence, ends[0] + ends[1], ends[0])
    return 1 / (total * split**dependence), 1 / (total * (1 - split) ** dependence)


@pytest.mark.parametrize("dependence", [0.3, 0.6, 1.0])
def test_a_known_dependence_is_found_and_tells_what_is_beyond_both(dependence: float) -> None:
    """Thresholds at the 95th percentile, asked for the 99th of one and the 99.5th of the other."""
    one, two = logistic(dependence)
    edges = [float(np.quantile(values, 0.95)) for values in (one, two)]
    pair = joined(one - edges[0], two - edges[1])
    assert pair.dependence == pytest.approx(dependence, abs=0.04)
    far = [float(np.quantile(values, q)) for values, q in ((one, 0.99), (two, 0.995))]
    excess = [far[0] - edges[0], far[1] - edges[1]]
    for told, happened in (
        (either_beyond(pair, *excess), ((one > far[0]) | (two > far[1])).mean()),
        (both_beyond(pair, *excess), ((one > far[0]) & (two > far[1])).mean()),
    ):
        error = math.sqrt(happened * (1 - happened) / len(one))
        assert told == pytest.approx(happened, abs=3 * error + 0.05 * happened)


def test_the_limits_of_dependence() -> None:
    """Alone they multiply; bound together the rarer one decides; a tail that ended adds nothing."""
    tails = Tail(0.1, 1.0, 0), Tail(-0.5, 1.0, 0)
    apart, bound = Pair(tails, (0.1, 0.2), 1.0), Pair(tails, (0.1, 0.2), 0.0)
    assert both_beyond(apart, 0, 0) == pytest.approx(0.1 * 0.2, rel=1e-12)
    assert either_beyond(bound, 0, 0) == pytest.approx(0.2, rel=1e-12)
    assert both_beyond(bound, 0, 0) == pytest.approx(0.1, rel=1e-12)
    ended = Pair(tails, (0.1, 0.2), 0.5)
    assert either_beyond(ended, 1.0, 3.0) == pytest.approx(0.1 * beyond(tails[0], 1.0), rel=1e-12)
    assert both_beyond(ended, 1.0, 3.0) == pytest.approx(0.0, abs=1e-15)


def test_measures_of_other_events_are_refused() -> None:
    with pytest.raises(ValueError, match="measures must be of the same events, got 2, 3"):
        joined(np.zeros(2), np.zeros(3))
