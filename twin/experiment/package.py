"""What a package of solutions gives beside the sum of its parts, each tried alone.

The interaction is the effect of the package less those of its parts, run by run, so that the luck
they share is taken out of its interval too. None of it is added up from parts: all are lived.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twin.experiment.compare import Comparison, Estimate, Row, estimate
from twin.solution import Solution

__all__ = ["Together", "parts_of", "together"]


@dataclass(frozen=True)
class Together:
    """A KPI under a package: its effect, the sum of its parts' effects, and what is between them.

    All three are paired differences to the base, in the unit of the KPI.
    """

    kpi: str
    package: Estimate
    parts: Estimate
    interaction: Estimate

    @property
    def clear(self) -> bool:
        """Whether the interval of the interaction leaves out zero."""
        low, high = self.interaction.low, self.interaction.high
        return low is not None and high is not None and (low > 0 or high < 0)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values in the shape of ``results.json``."""
        between = self.interaction
        return {
            "kpi": self.kpi, "package": self.package.mean, "parts": self.parts.mean,
            "interaction": between.mean, "low": between.low, "high": between.high, "n": between.n,
        }  # fmt: skip


def parts_of(alternatives: Mapping[str, tuple[Solution, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the packages among alternatives, each with the names of its parts.

    A package is made of several solutions each of which is an alternative of its own.
    """
    alone = [(name, group[0]) for name, group in alternatives.items() if len(group) == 1]
    found = {}
    for name, group in alternatives.items():
        parts = [next((part for part, one in alone if one == member), None) for member in group]
        if len(group) > 1 and None not in parts:
            found[name] = tuple(part for part in parts if part is not None)
    return found


def together(comparison: Comparison, package: str, parts: Sequence[str]) -> list[Together]:
    """Return what a package gives beside its parts, for each KPI that the base has too.

    Raises
    ------
    ValueError
        For an alternative that was not compared.
    """
    for name in (package, *parts):
        if name not in comparison.alternatives:
            known = ", ".join(comparison.alternatives)
            raise ValueError(f"there is no alternative {name!r} in a package; there are: {known}")
    rows = (_together(row, package, parts, comparison.level) for row in comparison.rows)
    return [row for row in rows if row.interaction.n]


def _together(row: Row, package: str, parts: Sequence[str], level: float) -> Together:
    whole = row.differences[package]
    each = list(zip(*(row.differences[part] for part in parts), strict=True))
    sums = [None if None in values else math.fsum(_known(values)) for values in each]
    pairs = list(zip(whole, sums, strict=True))
    between = [None if a is None or b is None else a - b for a, b in pairs]
    return Together(row.kpi.name, *(estimate(values, level) for values in (whole, sums, between)))


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]
