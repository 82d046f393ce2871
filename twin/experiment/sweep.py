"""A curve over one parameter of a solution: what it is worth the better it is, and from where on.

Every point is an alternative of one study, so that all share the base and the luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Protocol

from twin.scenario import Scenario

__all__ = ["Point", "Priced", "crossings", "curve", "label", "swept"]


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
    """The benefit-cost ratio at one value of a parameter, with its interval from noise alone."""

    value: float
    bc: float | None
    low: float | None
    high: float | None


def swept(
    scenario: Scenario, alternative: str, values: Sequence[float], parameters: Sequence[str]
) -> Scenario:
    """Return the scenario with an alternative for each value instead of its own.

    Each of the ``parameters`` takes the value in every solution of ``alternative`` that has it: the
    recall by day, at night and in rain are one question.

    Raises
    ------
    ValueError
        Where there is no such alternative, no value, or no solution has a parameter; or from the
        solution, where a value is out of range.
    """
    if alternative not in scenario.alternatives:
        known = ", ".join(scenario.alternatives)
        raise ValueError(f"there is no alternative {alternative!r} to sweep; there are: {known}")
    if not values:
        raise ValueError("values to sweep must be at least one, got none")
    group = scenario.alternatives[alternative]
    for name in parameters:
        if not any(name in _names(solution) for solution in group):
            known = ", ".join(sorted(set().union(*map(_names, group)) - {"area"}))
            raise ValueError(f"{alternative!r} has no parameter {name!r}; it has: {known}")
    made = {
        label(value): tuple(_with(solution, parameters, value) for solution in group)
        for value in values
    }
    return replace(scenario, alternatives=made)


def label(value: float) -> str:
    """Return the name of the alternative in which the parameter has a value: 0.5 is ``at-0_5``."""
    return f"at-{value:g}".replace(".", "_")


def curve(cases: Mapping[str, Priced], values: Sequence[float]) -> list[Point]:
    """Return the points of a swept scenario from its appraised cases, in the order of values."""
    found = ((value, cases[label(value)]) for value in values)
    return [Point(value, case.bc, *case.bc_noise) for value, case in found]


def crossings(points: Sequence[Point], level: float = 1.0) -> list[float]:
    """Return where the curve, straight between its points, crosses a level: where it begins to pay.

    Empty where it never does; points without a ratio are left out.
    """
    known = [(point.value, point.bc) for point in points if point.bc is not None]
    found = []
    for (x0, y0), (x1, y1) in pairwise(known):
        if (y0 < level) != (y1 < level):
            found.append(x0 + (level - y0) / (y1 - y0) * (x1 - x0))
    return found


def _names(solution: Any) -> set[str]:
    return {f.name for f in fields(solution)}


def _with(solution: Any, parameters: Sequence[str], value: float) -> Any:
    return replace(solution, **{name: value for name in parameters if name in _names(solution)})
