"""What is seen of a place by who comes past now and then: chances, times, gaps, presence, fire.

A place is seen in spells: while somebody is within reach of it, or a camera looks at it all day.
Something that begins there is seen in the first spell in which it still lasts, with the chance of
who comes; if it is missed, perhaps in the next. Everything is summed in closed form between spells.
For a loop of length L that is (1 - exp(-L / tau)) / (L / tau), or min(1, D / L) for what lasts
exactly D; for random search 1 - exp(-w v D / A) (Koopman 1956, doi:10.1287/opre.4.5.503).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.elementary import exp
from twin.kernel import kernel

__all__ = [
    "Fire", "Spells", "aged", "chances", "fires", "fresh_share", "gaps", "presence", "spells",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONG = 16.0
"""After so many mean times next to nothing (1e-7) is left of what fades exponentially."""


class Spells(NamedTuple):
    """When places are in sight: those of place p are rows ``first[p]`` to ``first[p + 1]``.

    They are sorted by their begin; ``begin`` and ``end`` in s, ``chance`` that what lasts is told,
    ``strength`` of the deterrence a minute of presence has.
    """

    first: Ints
    begin: Floats
    end: Floats
    chance: Floats
    strength: Floats


class Fire(NamedTuple):
    """How a fire grows, area = growth x t2 (m2, s) up to ``largest`` m2, and the time to attack."""

    growth: float
    largest: float
    attack_s: float


def spells(
    places: int, place: Ints, begin: Floats, end: Floats, *, chance: Floats, strength: Floats
) -> Spells:
    """Return spells in the order of places and of their begin."""
    order = np.lexsort((end, begin, place))
    first = np.searchsorted(place[order], np.arange(places + 1))
    columns = (begin, end, chance, strength)
    return Spells(first.astype(np.int64), *(column[order].astype(np.float64) for column in columns))


def chances(seen: Spells, starts: Floats, lasts_s: float, *, fixed: bool = False) -> Floats:
    """Return the chance to be seen, and when that is, of what begins [place, start].

    It lasts ``lasts_s`` on the mean, exponentially, or exactly so long where that is ``fixed``. The
    first of the two arrays is the chance, the second the chance times the time until then (s).
    """
    shape = 2, len(seen.first) - 1, len(starts)
    found = np.zeros(shape)
    _chances(seen, starts, lasts_s, fixed, found)
    return found


@kernel
def _chances(seen: Any, starts: Any, lasts_s: float, fixed: bool, found: Any) -> None:
    first, begin, end, chance = seen.first, seen.begin, seen.end, seen.chance
    for place in range(first.size - 1):
        row = first[place]
        for i in range(starts.size):
            start = starts[i]
            while row < first[place + 1] and end[row] < start:
                row += 1
            missed, sees, waits = 1.0, 0.0, 0.0
            for k in range(row, first[place + 1]):
                after = max(begin[k] - start, 0.0)
                if end[k] < start:
                    continue
                if after > LONG * lasts_s or (fixed and after > lasts_s):
                    break
                lives = 1.0 if fixed else exp(-after / lasts_s)
                now = missed * chance[k] * lives
                sees += now
                waits += now * after
                missed *= 1.0 - chance[k]
            found[0, place, i] = sees
            found[1, place, i] = waits


def presence(seen: Spells, starts: Floats, memory_s: float, most_s: float) -> Floats:
    """Return the exponent of deterrence at each place and moment: strength x minutes, fading.

    Of each spell that has begun, ``most_s`` at the most count; they fade with ``memory_s`` after
    its end.
    """
    found = np.zeros((len(seen.first) - 1, len(starts)))
    _presence(seen, starts, memory_s, most_s, found)
    return found


@kernel
def _presence(seen: Any, starts: Any, memory_s: float, most_s: float, found: Any) -> None:
    first, begin, end, strength = seen.first, seen.begin, seen.end, seen.strength
    for place in range(first.size - 1):
        for i in range(starts.size):
            total = 0.0
            for k in range(first[place], first[place + 1]):
                if begin[k] > starts[i]:
                    break
                since = max(starts[i] - end[k], 0.0)
                if since < LONG * memory_s:
                    lasted = min(min(end[k], starts[i]) - begin[k], most_s)
                    total += strength[k] * lasted / 60.0 * exp(-since / memory_s)
            found[place, i] = total


def fires(seen: Spells, starts: Floats, noticed_s: Floats, fire: Fire) -> Floats:
    """Return mean area burnt (m2) and time until somebody knows (s) of fires [place, start].

    Beside who comes past, people notice a fire after ``noticed_s`` on the mean, exponentially, one
    for each start. E[A(T)] = A(0) + sum of A'(t) S(t) dt, where S is the chance that nobody knows
    yet: exponential between spells, less the chance of who comes at each.
    """
    found = np.zeros((2, len(seen.first) - 1, len(starts)))
    _fires(seen, starts, noticed_s, fire, found)
    return found


@kernel
def _burnt(t: float, rate: float, attack_s: float) -> float:
    """Return the integral of (t + attack) exp(-rate t) from t on, at least its antiderivative."""
    return exp(-rate * t) * ((t + attack_s) / rate + 1.0 / (rate * rate))


@kernel
def _fires(seen: Any, starts: Any, noticed_s: Any, fire: Any, found: Any) -> None:
    first, begin, end, chance = seen.first, seen.begin, seen.end, seen.chance
    growth, largest, attack_s = fire.growth, fire.largest, fire.attack_s
    last = max((largest / growth) ** 0.5 - attack_s, 0.0)
    for place in range(first.size - 1):
        row = first[place]
        for i in range(starts.size):
            start, rate = starts[i], 1.0 / noticed_s[i]
            while row < first[place + 1] and end[row] < start:
                row += 1
            unknown, t, area, time = 1.0, 0.0, min(growth * attack_s * attack_s, largest), 0.0
            for k in range(row, first[place + 1]):
                if end[k] < start:
                    continue
                after = max(begin[k] - start, 0.0)
                if rate * after > LONG:
                    break
                upto, grows = after, min(after, last)
                time += unknown * (exp(-rate * t) - exp(-rate * upto)) / rate
                if grows > t:
                    area += (
                        2.0
                        * growth
                        * unknown
                        * (_burnt(t, rate, attack_s) - _burnt(grows, rate, attack_s))
                    )
                t = upto
                unknown *= 1.0 - chance[k]
            time += unknown * exp(-rate * t) / rate
            if last > t:
                area += (
                    2.0
                    * growth
                    * unknown
                    * (_burnt(t, rate, attack_s) - _burnt(last, rate, attack_s))
                )
            found[0, place, i] = area
            found[1, place, i] = time


def gaps(seen: Spells, span_s: tuple[float, float]) -> Floats:
    """Return how long each place is out of sight, gap after gap (s), from a start to an end."""
    found = [_gaps(seen, place, span_s) for place in range(len(seen.first) - 1)]
    every = np.concatenate([*found, np.zeros(0)])
    return np.asarray(every[every > 0.0], np.float64)


def _gaps(seen: Spells, place: int, span_s: tuple[float, float]) -> Floats:
    """Return the gaps of one place, 0 or less where a spell begins before the last has ended."""
    own = slice(seen.first[place], seen.first[place + 1])
    begin, end = (np.clip(column[own], *span_s) for column in (seen.begin, seen.end))
    until = np.maximum.accumulate(np.append(span_s[0], end))
    return np.append(begin, span_s[1]) - until


def fresh_share(seen: Spells, span_s: tuple[float, float], age_s: float) -> float:
    """Return the share of places and moments that somebody saw at most so long ago (s)."""
    total, later = 0.0, seen._replace(end=seen.end + age_s)
    for place in range(len(seen.first) - 1):
        out = _gaps(later, place, span_s)
        total += span_s[1] - span_s[0] - float(out[out > 0.0].sum())
    return total / ((len(seen.first) - 1) * (span_s[1] - span_s[0]))


def aged(gap_s: Floats, share: float) -> float:
    """Return the time since last seen (s) that so large a share of moments is younger than.

    Within a gap every time up to its length is as likely as any other.
    """
    low, high = 0.0, float(gap_s.max(initial=0.0))
    for _ in range(50):
        middle = 0.5 * (low + high)
        older = float(np.maximum(gap_s - middle, 0.0).sum())
        low, high = (middle, high) if older > (1.0 - share) * gap_s.sum() else (low, middle)
    return high
