"""Logarithm and exponential made of plain arithmetic, jitted: the same bits on every machine.

A system's ``log`` may differ in the last bit from one processor to the next, and from a scalar to
a vectorised loop. These use only ``+ - * /`` and exact scaling by powers of two, which IEEE 754
fixes, so a draw that goes through them is the same number wherever it is made.

Source: the algorithms and coefficients of FreeBSD msun / fdlibm (``e_log.c``, ``s_log1p.c``,
``e_exp.c``; Sun Microsystems 1993, freely usable). Error: at most 1 unit in the last place, 2 for
``log1p``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from twin.kernel import kernel

__all__ = ["exp", "exps", "log", "log1p"]

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
SQRT_HALF = 0.70710678118654752440
LARGEST = 709.782712893383973096  # exp of more overflows


@kernel
def _log_scaled(f: float, k: int) -> float:
    """Return ``log(2**k * (1 + f))`` for 1 + f between sqrt(1/2) and sqrt(2)."""
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    odd = z * (
        0.6666666666666735130
        + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591))
    )
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + even + odd) + k * LN2_LOW)) - f)


@kernel
def log(x: float) -> float:
    """Return the natural logarithm of a positive finite number."""
    mantissa, k = math.frexp(x)
    if mantissa < SQRT_HALF:
        mantissa *= 2.0
        k -= 1
    return _log_scaled(mantissa - 1.0, k)


@kernel
def log1p(x: float) -> float:
    """Return ``log(1 + x)`` for x > -1, without loss near 0."""
    if -0.29 < x < 0.41:
        return _log_scaled(x, 0)
    u = 1.0 + x
    lost = 1.0 - (u - x) if x > 0.0 else x - (u - 1.0)  # what rounding 1 + x left out
    return log(u) + lost / u


@kernel
def exp(x: float) -> float:
    """Return e to the power x: 0 below the smallest number, infinity above the largest."""
    if x > LARGEST:
        return math.inf
    if x < -745.2:
        return 0.0
    k = math.floor(x / (LN2_HIGH + LN2_LOW) + 0.5)
    low = k * LN2_LOW
    r = (x - k * LN2_HIGH) - low
    high = x - k * LN2_HIGH
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t
            * (
                6.61375632143793436117e-05
                + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)
            )
        )
    )
    return math.ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), int(k))


@kernel
def exps(column: Any) -> Any:
    """Return e to the power of each number of a column."""
    out = np.empty(column.size)
    for i in range(column.size):
        out[i] = exp(column[i])
    return out
