"""The solutions a city can try, one module each: a module here is found because it exists."""

from __future__ import annotations

import importlib
import pkgutil

from twin.scenario import solution_name
from twin.solution import Solution

__all__ = ["solutions"]


def solutions() -> dict[str, type[Solution]]:
    """Return every solution by its name in scenario files, in alphabetical order."""
    found: dict[str, type[Solution]] = {}
    for module in pkgutil.iter_modules(__path__):
        members = vars(importlib.import_module(f"{__name__}.{module.name}")).values()
        for member in members:
            if _is_solution(member) and member.__module__ == f"{__name__}.{module.name}":
                found[solution_name(member)] = member
    return dict(sorted(found.items()))


def _is_solution(member: object) -> bool:
    return isinstance(member, type) and issubclass(member, Solution)
