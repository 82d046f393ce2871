"""The benefit-cost ratio over what is in doubt, and the switching value from where on it pays.

The switching value is where a key variable makes benefit and cost equal (HM Treasury, The Green
Book: sensitivity analysis). Its interval holds every value at which the noise of the runs leaves
open whether the ratio is above 1: that of the ratio, read off sideways (as Fieller 1954, JRSS-B
16(2):175-185, does for a ratio).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Protocol

from twin.appraisal.sentences import Language, say
from twin.experiment.compare import Comparison, Effect
from twin.experiment.sweep import label
from twin.solution import KPI, Doubt

__all__ = ["Curve", "Point", "Priced", "Switch", "crossings", "curve", "told"]


class Priced(Protocol):
    """What an appraisal says of one alternative."""

    @property
    def bc(self) -> float | None:
        """Benefit over cost."""

    @property
    def bc_noise(self) -> tuple[float | None, float | None]:
        """Its interval from simulation noise alone."""


@dataclass(frozen=True)
class Point:
    """One value of what is in doubt: the benefit-cost ratio with its interval from noise alone.

    ``alternative`` stands for it in the comparison, ``effect`` is that on the headline, and ``met``
    the mean of the KPI that tells what came of it.
    """

    value: float
    bc: float | None
    low: float | None
    high: float | None
    alternative: str = ""
    effect: Effect | None = None
    met: float | None = None


@dataclass(frozen=True)
class Switch:
    """A switching value: it pays above it (``rises``) or below it.

    The interval is open (None) to the side on which no value that was tried ends it; ``met`` is the
    KPI that tells what came of it, there.
    """

    value: float
    low: float | None
    high: float | None
    rises: bool
    met: float | None = None


@dataclass(frozen=True)
class Curve:
    """A curve: ``points`` in the order of their values, in ``unit``, perhaps ``whole`` numbers.

    ``headline`` is the KPI of the effects, and ``met`` that of what came of each value.
    """

    doubt: Doubt
    unit: str
    whole: bool
    points: tuple[Point, ...]
    headline: KPI
    met: KPI | None = None

    @property
    def switches(self) -> list[Switch]:
        """Where it begins to pay, or to pay no longer; empty where it never does."""
        ratio, low, high = (_line(self.points, name) for name in ("bc", "low", "high"))
        met = _line(self.points, "met")
        found = []
        for value, rises in crossings(ratio):
            first, last = (high, low) if rises else (low, high)
            before = [x for x, up in crossings(first) if up == rises and x <= value]
            after = [x for x, up in crossings(last) if up == rises and x >= value]
            at, ends = (
                self._payable(value, rises),
                (max(before, default=None), min(after, default=None)),
            )
            least, most = (None if x is None else self._payable(x, rises) for x in ends)
            found.append(Switch(at, least, most, rises, _at(met, at)))
        return found

    def _payable(self, value: float, rises: bool) -> float:
        """Return a switching value; of what comes in whole numbers, the nearest that pays."""
        if not self.whole:
            return value
        return float(math.ceil(value) if rises else math.floor(value))

    @property
    def best(self) -> Point | None:
        """The point with the highest ratio."""
        known = [point for point in self.points if point.bc is not None]
        return max(known, key=lambda point: point.bc or 0.0, default=None)

    @property
    def worst(self) -> Point | None:
        """The point with the lowest ratio."""
        known = [point for point in self.points if point.bc is not None]
        return min(known, key=lambda point: point.bc or 0.0, default=None)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values in the shape of ``results.json``."""
        return {
            "parameters": list(self.doubt.parameters),
            "english": self.doubt.english,
            "korean": self.doubt.korean,
            "unit": self.unit,
            "headline": {"name": self.headline.name, "unit": self.headline.unit,
                         "better": self.headline.better},
            "met": None if self.met is None else {"name": self.met.name, "unit": self.met.unit},
            "points": [asdict(point) for point in self.points],
            "switches": [asdict(switch) for switch in self.switches],
        }  # fmt: skip


def curve(
    doubt: Doubt,
    comparison: Comparison,
    cases: Mapping[str, Priced],
    *,
    headline: str,
    unit: tuple[str, bool] = ("", False),
) -> Curve:
    """Return the curve over a doubt of a swept scenario; ``unit`` is that of its first parameter.

    Raises
    ------
    KeyError
        Where the headline, or what is met, is no KPI that was compared.
    """
    row = comparison[headline]
    met = None if doubt.met is None else comparison[doubt.met]
    points = []
    for value in sorted(doubt.values):
        name = label(doubt, value)
        came = None if met is None else met.alternatives[name].mean
        case, effect = cases[name], row.alternatives[name]
        points.append(Point(value, case.bc, *case.bc_noise, name, effect, came))
    return Curve(doubt, *unit, tuple(points), row.kpi, None if met is None else met.kpi)


def told(
    found: Curve, language: Language = "en", labels: Mapping[str, str] | None = None
) -> list[str]:
    """Return what a curve says: from where on it pays, or that it does so nowhere or everywhere.

    ``labels`` are what to call KPIs and units; their own names where not given.
    """
    writer = _Writer(found, language, labels or {})
    switches = [writer.switch(one) for one in found.switches]
    return switches or [writer.everywhere()]


@dataclass(frozen=True)
class _Writer:
    """Fills the sentences of one curve."""

    curve: Curve
    language: Language
    labels: Mapping[str, str]

    def switch(self, one: Switch) -> str:
        """Return from where on, or up to where, it pays."""
        noise = say("noise_unknown", self.language)
        if any(point.low is not None for point in self.curve.points):
            ends = self._end(one.low, 0, "or_less"), self._end(one.high, -1, "or_more")
            noise = say("range", self.language, low=ends[0], high=ends[1])
        name = "curve_from" if one.rises else "curve_to"
        value = self._amount(one.value)
        text = say(name, self.language, **self._what, value=value, noise=noise)
        return text if one.met is None else f"{text} {self._met(one.met)}"

    def everywhere(self) -> str:
        """Return that it pays at every value that was tried, or at none."""
        always = self.curve.worst is not None and (self.curve.worst.bc or 0.0) >= 1
        point = self.curve.worst if always else self.curve.best
        if point is None or point.bc is None:
            return say("curve_undefined", self.language, **self._what)
        noise = say("noise_unknown", self.language)
        if point.low is not None and point.high is not None:
            noise = say("range", self.language, low=f"{point.low:.2f}", high=f"{point.high:.2f}")
        ends = (self._amount(self.curve.points[end].value) for end in (0, -1))
        return say(
            "curve_always" if always else "curve_never", self.language, **self._what,
            first=next(ends), last=next(ends), at=self._amount(point.value), bc=f"{point.bc:.2f}",
            noise=noise,
        )  # fmt: skip

    @property
    def _what(self) -> dict[str, str]:
        doubt = self.curve.doubt
        return {"what": doubt.korean if self.language == "ko" else doubt.english}

    def _met(self, value: float) -> str:
        kpi = self.curve.met
        name, unit = ("", "") if kpi is None else (kpi.name, kpi.unit)
        words = {"kpi": self.labels.get(name, name), "unit": self.labels.get(unit, unit)}
        return say("curve_met", self.language, **words, value=f"{value:,.1f}")

    def _end(self, value: float | None, last: int, beyond: str) -> str:
        """Return an end of the interval, or that it lies beyond what was tried."""
        if value is not None:
            return self._amount(value)
        return say(beyond, self.language, value=self._amount(self.curve.points[last].value))

    def _amount(self, value: float) -> str:
        form = ",.0f" if self.curve.whole or abs(value) >= 100 else ",.2f"
        unit = self.labels.get(self.curve.unit, self.curve.unit)
        return f"{value:{form}} {unit}".rstrip()


Line = Sequence[tuple[float, float]]


def _line(points: Sequence[Point], name: str) -> Line:
    """Return value and ordinate of the points that have one."""
    pairs = ((point.value, getattr(point, name)) for point in points)
    return [(x, y) for x, y in pairs if y is not None]


def crossings(line: Line, level: float = 1.0) -> list[tuple[float, bool]]:
    """Return where a line, straight between its points, crosses a level, and whether it rises."""
    return [
        (x0 + (level - y0) / (y1 - y0) * (x1 - x0), y1 > y0)
        for (x0, y0), (x1, y1) in pairwise(line)
        if (y0 < level) != (y1 < level)
    ]


def _at(line: Line, value: float) -> float | None:
    """Return the height of a line at a value between its points."""
    for (x0, y0), (x1, y1) in pairwise(line):
        if x0 <= value <= x1:
            return y0 + (value - x0) / (x1 - x0) * (y1 - y0)
    return None
