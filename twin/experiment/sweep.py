"""A sweep: how good must a solution be to pay? Its alternatives are values of what is in doubt.

A sweep is a scenario like any other, so that all its points share the base and the luck. A solution
says itself what is in doubt (:class:`twin.solution.Doubt`); that is no key of a scenario file,
because a scenario tells what a city could do, and a doubt is what nobody chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from twin.params import specs
from twin.scenario import Scenario
from twin.solution import Doubt

__all__ = ["doubts_of", "label", "swept", "unit_of"]


def swept(
    scenario: Scenario, alternative: str | None = None, doubts: Sequence[Doubt] = ()
) -> Scenario:
    """Return the scenario with an alternative for each value of each doubt instead of its own.

    Each parameter of a doubt takes the value in every solution of the ``alternative`` (the first
    if None) that has it. Without ``doubts`` they are those that its solutions name.

    Raises
    ------
    ValueError
        Where there is no such alternative or no doubt, no value, or no solution has a parameter; or
        from the solution, where a value is out of range.
    """
    group = _group(scenario, alternative)
    asked = tuple(doubts) or doubts_of(scenario, alternative)
    made = {}
    for doubt in asked:
        _check(doubt, group, alternative or next(iter(scenario.alternatives)))
        for value in doubt.values:
            with_it = tuple(_with(solution, doubt.parameters, value) for solution in group)
            made[label(doubt, value)] = with_it
    return replace(scenario, alternatives=made, doubts=asked)


def doubts_of(scenario: Scenario, alternative: str | None = None) -> tuple[Doubt, ...]:
    """Return what the solutions of an alternative (the first if None) say is in doubt.

    Raises
    ------
    ValueError
        Where there is no such alternative, or its solutions name no doubt.
    """
    group = _group(scenario, alternative)
    found = tuple(dict.fromkeys(doubt for solution in group for doubt in solution.doubts))
    if not found:
        name = alternative or next(iter(scenario.alternatives))
        rule = "name a parameter and its values, such as --parameter recall --values 0,0.5,1"
        raise ValueError(f"no solution of {name!r} says what is in doubt about it; {rule}")
    return found


def label(doubt: Doubt, value: float) -> str:
    """Return the name of the alternative that has a value: ``recall-0_5``."""
    return f"{doubt.parameters[0]}-{value:g}".replace(".", "_").replace("+", "")


def unit_of(doubt: Doubt, solutions: Iterable[Any]) -> tuple[str, bool]:
    """Return the unit of what is in doubt, and whether it comes in whole numbers only."""
    named = (spec for solution in solutions for spec in specs(type(solution)))
    spec = next(spec for spec in named if spec.name == doubt.parameters[0])
    return spec.unit, spec.type is int


def _group(scenario: Scenario, alternative: str | None) -> tuple[Any, ...]:
    if alternative is None:
        return next(iter(scenario.alternatives.values()))
    if alternative not in scenario.alternatives:
        known = ", ".join(scenario.alternatives)
        raise ValueError(f"there is no alternative {alternative!r} to sweep; there are: {known}")
    return scenario.alternatives[alternative]


def _check(doubt: Doubt, group: Sequence[Any], alternative: str) -> None:
    if len(set(doubt.values)) < 2:
        got = ", ".join(f"{value:g}" for value in doubt.values) or "none"
        raise ValueError(f"values to sweep must be at least two that differ, got {got}")
    known = set().union(*map(_names, group)) - {"area"}
    for name in doubt.parameters:
        if name not in known:
            has = ", ".join(sorted(known))
            raise ValueError(f"{alternative!r} has no parameter {name!r}; it has: {has}")


def _names(solution: Any) -> set[str]:
    return {f.name for f in fields(solution)}


def _with(solution: Any, parameters: Sequence[str], value: float) -> Any:
    return replace(solution, **{name: value for name in parameters if name in _names(solution)})
