"""The tail of excesses: fits of samples whose tail is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.extremes import Tail, beyond, fitted
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
