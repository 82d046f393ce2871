"""What people remember of a service from day to day, what they are told of it, and who knows it.

Who met it themselves smooths: what they expect moves by a share of what they met today towards it
(Horowitz 1984, TR-B 18(1):13-28; the filter of Cascetta & Cantarella 1991, TR-A 25(5):277-291). Who
did not moves a little towards what the others met and tell (information sharing in day-to-day
dynamics: Yu, Han & Ochieng 2020, TR-C 114:59-83): without that, who was once put off would never
hear that it got better. Who knows the service at all spreads as in Bass 1969, Management Science
15(5):215-227.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.luck import Luck

__all__ = ["Learning", "Memory", "Met", "remembered", "settled", "spread"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
KNOWN_BY = 60.0
"""Days after which the share that knows a service is told."""


@dataclass(frozen=True)
class Learning:
    """How people learn: all are shares, ``imitation`` but one.

    ``own`` is the weight of today in what they expect, for who met the service today, ``told`` for
    the others. ``known`` know it on the first day; where nobody did, ``reached`` would after
    ``KNOWN_BY`` days. ``imitation`` is how much more a day all who know it would tell somebody
    than notices and posters do: Bass' q over p. A day that is lived stands for ``days`` alike.

    Raises
    ------
    ValueError
        Where a share is not in [0, 1], imitation is negative, or days are below 1.
    """

    own: float
    told: float
    known: float = 1.0
    reached: float = 0.0
    imitation: float = 0.0
    days: int = 1

    def __post_init__(self) -> None:
        for name in ("own", "told", "known"):
            _check(name, getattr(self, name), 0 <= getattr(self, name) <= 1, "in [0, 1]")
        _check("reached", self.reached, 0 <= self.reached < 1, "in [0, 1), for all never know it")
        _check("imitation", self.imitation, 0 <= self.imitation < math.inf, "0 or more")
        _check("days", self.days, self.days >= 1, "1 or more")

    @property
    def innovation(self) -> float:
        """The chance of a day to come to know the service where nobody tells: Bass' p.

        From F(t) = (1 - e) / (1 + e q/p), e = exp(-(p + q) t), solved for p at ``reached``.
        """
        left = (1.0 - self.reached) / (1.0 + self.imitation * self.reached)
        return -math.log(left) / (KNOWN_BY * (1.0 + self.imitation))

    def over(self, share: Floats) -> Floats:
        """Return what a share of a day comes to over the days that one stands for."""
        return np.asarray(1.0 - (1.0 - share) ** self.days)


def _check(name: str, value: float, fine: bool, rule: str) -> None:
    if not fine:
        raise ValueError(f"Learning.{name} must be {rule}, got {value}")


class Met(NamedTuple):
    """What was met in a day: a row a request of a person, if it was served, and the seconds.

    They are those until they were served, or until they knew that they would not be.
    """

    who: NDArray[np.int64]
    served: Flags
    seconds: Floats


class Memory(NamedTuple):
    """What each person expects of a service, and whether they know it at all.

    The wait (s), the share of requests that is served, and how long one takes that is not (s).
    """

    wait_s: Floats
    served: Floats
    lost_s: Floats
    knows: Flags

    @classmethod
    def of(cls, persons: int, wait_s: float, rule: Learning, lasting: Luck) -> Memory:
        """Return what persons think before they met anything: always served, after ``wait_s``."""
        knows = np.asarray(lasting.of("knows").uniform(np.arange(persons))) < rule.known
        return cls(np.full(persons, wait_s), np.ones(persons), np.zeros(persons), knows)


def remembered(before: Memory, met: Met, rule: Learning) -> Memory:
    """Return what is remembered after a day."""
    lost = ~met.served
    return Memory(
        _moved(before.wait_s, met.who[met.served], met.seconds[met.served], rule),
        _moved(before.served, met.who, met.served.astype(float), rule),
        _moved(before.lost_s, met.who[lost], met.seconds[lost], rule),
        before.knows,
    )


def _moved(before: Floats, who: NDArray[np.int64], met: Floats, rule: Learning) -> Floats:
    """Return expectations moved towards what each met, or all did; as before where nobody did."""
    if not len(met):
        return before
    count = np.bincount(who, minlength=len(before))
    own = np.bincount(who, met, minlength=len(before)) / np.maximum(count, 1)
    weight = rule.over(np.where(count > 0, rule.own, rule.told))
    return np.asarray(before + weight * (np.where(count > 0, own, met.mean()) - before))


def spread(before: Memory, day: int, rule: Learning, luck: Luck, could: Flags) -> Memory:
    """Return who knows the service by a day; those who ``could`` use it and know it tell others.

    Each comes to know it with the chance p + q F, F being the share that does.
    """
    share = before.knows[could].mean() if could.any() else 0.0
    chance = rule.over(np.minimum(rule.innovation * (1.0 + rule.imitation * share), 1.0))
    persons = np.arange(len(before.knows))
    hears = np.asarray(luck.of("hears").uniform(persons, day=day)) < chance
    return before._replace(knows=before.knows | hears)


def settled(series: Floats, *, within: float, days: int) -> int | None:
    """Return the day from which on means over ``days`` stay within a share of the last; or None.

    None where there is no such day before the last ``days``, or too few of them.
    """
    if len(series) < 2 * days:
        return None
    means = np.convolve(series, np.full(days, 1.0 / days), mode="valid")
    off = np.flatnonzero(np.abs(means - means[-1]) > within * abs(means[-1]))
    first = int(off[-1]) + 1 if len(off) else 0
    return first if first + days < len(series) else None
