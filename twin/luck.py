"""Random numbers that belong to a situation: the same luck for the same situation in every run.

A draw is a pure function of who draws what, when; nothing is counted, so one draw more or one
person more changes no other draw, and two scenarios differ only where the scenario differs.

The generator is Philox4x32 with 10 rounds (Salmon, Moraes, Dror, Shaw: *Parallel random numbers:
as easy as 1, 2, 3*, SC11, doi:10.1145/2063384.2063405), checked against the known-answer vectors
of Random123. Its six 32-bit words are laid out once and for all:

=========  ==========================================================================
word       holds
=========  ==========================================================================
key 0      seed, 0 to 2**32 - 1
key 1      epoch: 0 is *lasting* (fixed per city), else replication + 1
counter 0  thing: the person, car, cell or job that draws, 0 to 2**32 - 1
counter 1  look: what is looked at, the alternative or the attempt, 0 to 2**32 - 1
counter 2  when: day << 16 | trip, each 0 to 65,535
counter 3  purpose: CRC-32 of the purpose's name in UTF-8
=========  ==========================================================================

The first output word and the upper 20 bits of the second make a 52-bit integer k, and the uniform
``(k + 0.5) / 2**52``: never 0, never 1, exact, symmetric about one half. Every other distribution
is the inverse of its distribution function at that one uniform, so it rises with the uniform.
Scalars, columns and kernels go through the same jitted functions, made of plain arithmetic.

In a kernel: ``gumbel(u01(seed, epoch, purpose, thing, when, look))`` with the first three words
from :attr:`Luck.key`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np

from twin.elementary import exp, log, log1p
from twin.kernel import kernel

__all__ = [
    "Luck",
    "at",
    "exponential",
    "gumbel",
    "lognormal",
    "normal",
    "philox",
    "poisson",
    "purpose_code",
    "u01",
]

WORD = 2**32 - 1
HALF_WORD = 2**16 - 1
POISSON_LARGEST = 1e6

Word: TypeAlias = np.uint64
Drawn: TypeAlias = Any  # a number where every argument is a scalar, else an array
Ints: TypeAlias = Any  # an integer or an array of integers
Floats: TypeAlias = Any  # a number or an array of numbers

MULTIPLY_0 = np.uint64(0xD2511F53)
MULTIPLY_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
LOW = np.uint64(WORD)
SHIFT = np.uint64(32)


@kernel
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[Word, Word, Word, Word]:
    """Return the four 32-bit words that ten rounds of Philox4x32 make of a counter and a key."""
    a, b, c, d = np.uint64(c0) & LOW, np.uint64(c1) & LOW, np.uint64(c2) & LOW, np.uint64(c3) & LOW
    x, y = np.uint64(k0) & LOW, np.uint64(k1) & LOW
    for _ in range(10):
        first, second = MULTIPLY_0 * a, MULTIPLY_1 * c
        a, b = (second >> SHIFT) ^ b ^ x, second & LOW
        c, d = (first >> SHIFT) ^ d ^ y, first & LOW
        x, y = (x + WEYL_0) & LOW, (y + WEYL_1) & LOW
    return a, b, c, d


@kernel
def at(day: Ints, trip: Ints) -> Ints:
    """Return the ``when`` word of a day and a trip."""
    return (day << 16) | trip


@kernel
def u01(seed: int, epoch: int, purpose: int, thing: int, when: int, look: int) -> float:
    """Return the uniform number of a situation, between 0 and 1, both excluded."""
    high, low, _, _ = philox(thing, look, when, purpose, seed, epoch)
    bits = np.int64((high << np.uint64(20)) | (low >> np.uint64(12)))
    return (bits + 0.5) * 2.0**-52


@kernel
def gumbel(u: float) -> float:
    """Return the standard Gumbel number (mode 0, mean 0.5772, variance pi**2 / 6) at u."""
    return -log(-log1p(u - 1.0))


@kernel
def exponential(u: float, mean: float) -> float:
    """Return the exponential number with this mean at u."""
    return -mean * log1p(-u)


@kernel
def _ratio(x: float, over: tuple[float, ...], under: tuple[float, ...]) -> float:
    """Return the ratio of two polynomials, coefficients from the highest power down."""
    top, bottom = 0.0, 0.0
    for i in range(len(over)):
        top = top * x + over[i]
        bottom = bottom * x + under[i]
    return top / bottom


# Wichura (1988), AS 241 PPND16, doi:10.2307/2347330: relative accuracy about 1e-16.
CENTRE_OVER = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
    4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
    1.3314166789178437745e2, 3.3871328727963666080e0,
)  # fmt: skip
CENTRE_UNDER = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
    2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
    4.2313330701600911252e1, 1.0,
)  # fmt: skip
TAIL_OVER = (
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
    4.63033784615654529590e0, 1.42343711074968357734e0,
)  # fmt: skip
TAIL_UNDER = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
    2.05319162663775882187e0, 1.0,
)  # fmt: skip
FAR_OVER = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
    5.46378491116411436990e0, 6.65790464350110377720e0,
)  # fmt: skip
FAR_UNDER = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1.0,
)  # fmt: skip


@kernel
def normal(u: float) -> float:
    """Return the standard normal number at u (Wichura's AS 241)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, CENTRE_OVER, CENTRE_UNDER)
    r = math.sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        size = _ratio(r - 1.6, TAIL_OVER, TAIL_UNDER)
    else:
        size = _ratio(r - 5.0, FAR_OVER, FAR_UNDER)
    return -size if q < 0.0 else size


@kernel
def lognormal(u: float, mean: float, cv: float) -> float:
    """Return the lognormal number with this mean and coefficient of variation at u."""
    variance = log1p(cv * cv)
    return mean * exp(math.sqrt(variance) * normal(u) - 0.5 * variance)


@kernel
def _poisson_mass(n: int, mean: float) -> float:
    """Return the probability of n >= 1 events, by Stirling's series (no cancellation)."""
    factorial = 1.0
    while n < 10:  # shift up until the series is exact, and take the factors back
        n += 1
        factorial *= n / mean
    square = 1.0 / (n * n)
    series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / n
    deviance = n * log1p((mean - n) / n) + (n - mean)
    return factorial * exp(deviance - series) / math.sqrt(2.0 * math.pi * n)


@kernel
def poisson(u: float, mean: float) -> int:
    """Return the Poisson number with this mean (0 to 1e6) at u, by summing from the left tail."""
    n = int(max(0.0, math.floor(mean - 12.0 * math.sqrt(mean) - 12.0)))
    mass = exp(-mean) if n == 0 else _poisson_mass(n, mean)
    below = mass
    while below < u:
        n += 1
        mass *= mean / n
        if below + mass == below and n > mean:  # rounding left the sum below u: the tail is spent
            break
        below += mass
    return n


@kernel
def _u01_column(key: tuple[int, int, int], thing: Any, when: Any, look: Any) -> Any:
    out = np.empty(thing.size)
    for i in range(thing.size):
        out[i] = u01(key[0], key[1], key[2], thing[i], when[i], look[i])
    return out


@kernel
def _gumbel_column(u: Any) -> Any:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = gumbel(u[i])
    return out


@kernel
def _normal_column(u: Any) -> Any:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = normal(u[i])
    return out


@kernel
def _exponential_column(u: Any, mean: Any) -> Any:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = exponential(u[i], mean[i])
    return out


@kernel
def _lognormal_column(u: Any, mean: Any, cv: Any) -> Any:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = lognormal(u[i], mean[i], cv[i])
    return out


@kernel
def _poisson_column(u: Any, mean: Any) -> Any:
    out = np.empty(u.size, np.int64)
    for i in range(u.size):
        out[i] = poisson(u[i], mean[i])
    return out


def purpose_code(purpose: str) -> int:
    """Return the word that stands for a purpose's name: its CRC-32."""
    return crc32(purpose.encode())


@dataclass(frozen=True)
class Luck:
    """The random numbers of one purpose in one replication, by situation.

    Every method takes a ``thing`` (who or what draws) and, by name, ``day``, ``trip`` and ``look``
    (what is looked at, or which attempt); scalars give a number, arrays are broadcast together and
    give an array. The same situation always gets the same number.

    Parameters
    ----------
    seed
        The scenario's seed, 0 to 2**32 - 1.
    purpose
        What the numbers are for, e.g. ``parking/choice``.
    replication
        0, 1, 2 ...; None for what lasts: homes, people, tastes, fixed per city.

    Raises
    ------
    TypeError
        Where a word of the situation is not an integer.
    ValueError
        Where a word or a distribution's parameter is out of its range.
    """

    seed: int
    purpose: str
    replication: int | None = None

    def __post_init__(self) -> None:
        _checked("Luck.seed", self.seed, WORD)
        if self.replication is not None:
            _checked("Luck.replication", self.replication, WORD - 1)
        if not self.purpose:
            raise ValueError("Luck.purpose must be a name, got ''")

    @property
    def key(self) -> tuple[int, int, int]:
        """Seed, epoch and purpose code: the first three arguments of :func:`u01`."""
        epoch = 0 if self.replication is None else int(self.replication) + 1
        return int(self.seed), epoch, purpose_code(self.purpose)

    def of(self, purpose: str) -> Luck:
        """Return the luck of a purpose within this one: ``parking`` makes ``parking/choice``."""
        return Luck(self.seed, f"{self.purpose}/{purpose}", self.replication)

    def uniform(self, thing: Ints, *, day: Ints = 0, trip: Ints = 0, look: Ints = 0) -> Drawn:
        """Return numbers between 0 and 1, both excluded."""
        words = (
            _checked("Luck thing", thing, WORD),
            _checked("Luck day", day, HALF_WORD) << 16 | _checked("Luck trip", trip, HALF_WORD),
            _checked("Luck look", look, WORD),
        )
        if all(isinstance(word, int) for word in words):
            return u01(*self.key, *words)
        thing, when, look = np.broadcast_arrays(*words)
        flat = (word.flatten() for word in (thing, when, look))
        return _u01_column(self.key, *flat).reshape(thing.shape)

    def gumbel(self, thing: Ints, *, day: Ints = 0, trip: Ints = 0, look: Ints = 0) -> Drawn:
        """Return standard Gumbel numbers: a choice by ``argmax(V + gumbel)`` is a logit."""
        u = self.uniform(thing, day=day, trip=trip, look=look)
        return _through(gumbel, _gumbel_column, u)

    def normal(self, thing: Ints, *, day: Ints = 0, trip: Ints = 0, look: Ints = 0) -> Drawn:
        """Return standard normal numbers."""
        u = self.uniform(thing, day=day, trip=trip, look=look)
        return _through(normal, _normal_column, u)

    def exponential(
        self, thing: Ints, mean: Floats = 1.0, *, day: Ints = 0, trip: Ints = 0, look: Ints = 0
    ) -> Drawn:
        """Return exponential numbers with this mean, in the mean's unit."""
        u = self.uniform(thing, day=day, trip=trip, look=look)
        mean = _in_range("Luck.exponential mean", mean, math.inf)
        return _through(exponential, _exponential_column, u, mean)

    def lognormal(
        self,
        thing: Ints,
        mean: Floats,
        cv: Floats,
        *,
        day: Ints = 0,
        trip: Ints = 0,
        look: Ints = 0,
    ) -> Drawn:
        """Return lognormal numbers with this mean and coefficient of variation."""
        u = self.uniform(thing, day=day, trip=trip, look=look)
        mean = _in_range("Luck.lognormal mean", mean, math.inf)
        cv = _in_range("Luck.lognormal cv", cv, 1e6)
        return _through(lognormal, _lognormal_column, u, mean, cv)

    def poisson(
        self, thing: Ints, mean: Floats, *, day: Ints = 0, trip: Ints = 0, look: Ints = 0
    ) -> Drawn:
        """Return Poisson counts with this mean, which may be 0 to 1e6."""
        u = self.uniform(thing, day=day, trip=trip, look=look)
        mean = _in_range("Luck.poisson mean", mean, POISSON_LARGEST)
        return _through(poisson, _poisson_column, u, mean)


def _checked(name: str, value: Ints, high: int) -> Any:
    """Return a word as an int or an int64 array, or say what is wrong with it."""
    if type(value) is int and 0 <= value <= high:  # the door of scalars, four times faster
        return value
    words = np.asarray(value)
    if words.dtype.kind not in "iu" and words.size:
        raise TypeError(f"{name} must be an integer or integers, got {value!r}")
    if words.size and (int(words.min()) < 0 or int(words.max()) > high):
        wrong = words[(words < 0) | (words > high)].flat[0]
        raise ValueError(f"{name} must be in [0, {high}], got {wrong}")
    return int(words) if words.ndim == 0 else words.astype(np.int64)


def _in_range(name: str, value: Floats, high: float) -> Any:
    """Return a parameter as a float or a float64 array: finite, from 0 to ``high``."""
    numbers = np.asarray(value, dtype=np.float64)
    wrong = numbers[~(np.isfinite(numbers) & (numbers >= 0) & (numbers <= high))]
    if wrong.size:
        allowed = "a finite number >= 0" if math.isinf(high) else f"in [0, {high:g}]"
        raise ValueError(f"{name} must be {allowed}, got {wrong.flat[0]:g}")
    return float(numbers) if numbers.ndim == 0 else numbers


def _through(scalar: Callable[..., Any], column: Callable[..., Any], *values: Any) -> Drawn:
    """Return ``scalar`` of numbers, or ``column`` of the broadcast of arrays."""
    if all(np.ndim(value) == 0 for value in values):
        return scalar(*values)
    arrays = np.broadcast_arrays(*values)
    return column(*(array.flatten() for array in arrays)).reshape(arrays[0].shape)
