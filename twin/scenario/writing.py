"""Writing a scenario as a YAML file for people to change: each setting with its range beside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml

from twin.params import Spec, limits, specs
from twin.scenario.strict_yaml import Clock
from twin.scenario.value import CitySpec, Dongs, Scenario, Solutions, solution_name

__all__ = ["write"]


def write(scenario: Scenario, path: str | Path) -> Path:
    """Write a scenario as YAML, whole or not at all, and return the path.

    :func:`twin.scenario.read` of the file, with each solution under its :func:`solution_name`,
    gives an equal scenario. A file of that name is replaced. Paths of files that exist are written
    as seen from the new file's folder.

    Raises
    ------
    ValueError
        Where a start has seconds, or an area was looked up in a city already.
    OSError
        Where the file cannot be written; nothing is left of it.
    """
    path = Path(path)
    _check_areas(scenario)
    text = "".join(f"{line}\n" for line in _lines(_seen_from(path.parent, scenario)))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _check_areas(scenario: Scenario) -> None:
    for solution in (*scenario.base, *(s for own in scenario.alternatives.values() for s in own)):
        area = getattr(solution, "area", "")
        if not isinstance(area, str):
            who = f"{type(solution).__name__}.area"
            raise ValueError(f"{who} must be text in a file, got one looked up in a city: {area!r}")


def _seen_from(folder: Path, scenario: Scenario) -> Scenario:
    """Return the scenario with its relative paths, of files that exist, seen from a folder."""
    if folder.resolve() == scenario.folder.resolve():
        return scenario

    def path(text: str) -> str:
        here = scenario.folder / text
        if not text or Path(text).is_absolute() or not here.exists():
            return text
        return Path(os.path.relpath(here, folder)).as_posix()

    def moved(solutions: Solutions) -> Solutions:
        return tuple(replace(s, **_paths(s, path)) for s in solutions)

    return replace(
        scenario,
        city=_placed(scenario.city, path),
        base=moved(scenario.base),
        alternatives={name: moved(own) for name, own in scenario.alternatives.items()},
        folder=folder,
    )


def _paths(solution: Any, path: Callable[[str], str | None]) -> dict[str, str | None]:
    """Return the fields of a solution that may name a file, with where it lies."""
    names = ("area", *getattr(solution, "files", ()))
    return {name: path(getattr(solution, name)) for name in names if hasattr(solution, name)}


def _placed(city: CitySpec, path: Callable[[str], str]) -> CitySpec:
    """Return a city with its paths changed."""
    if city.dongs is not None:
        own = replace(city.dongs, file=path(city.dongs.file), schools=path(city.dongs.schools))
        return replace(city, dongs=own)
    return city if city.bundle is None else replace(city, bundle=path(city.bundle))


def _lines(scenario: Scenario) -> Iterator[str]:
    yield f"name: {_scalar(scenario.name)}"
    yield f"city: {_city(scenario.city)}"
    if scenario.start % 60:
        raise ValueError(f"Scenario.start must be a whole minute in a file, got {scenario.start} s")
    yield f"start: {Clock(scenario.start // 3600, scenario.start // 60 % 60)}"
    for spec in specs(Scenario):
        if spec.name != "start":
            yield _setting(0, spec.name, getattr(scenario, spec.name), _note(spec))
    days = ", ".join(f"{name}: {count}" for name, count in scenario.day_types.items())
    yield f"day_types: {{{days}}}  # days of a year that each simulated day stands for"
    if scenario.programme is not None:
        yield f"programme: {_scalar(scenario.programme)}"
    if scenario.counting is not None:
        rounds = ", ".join(map(_scalar, scenario.counting.rounds_h))
        values = f"rounds_h: [{rounds}], reference_h: {_scalar(scenario.counting.reference_h)}"
        yield f"counting: {{{values}}}  # hours at which parked cars are counted"
    yield from _solutions("base", scenario.base, 0)
    yield "alternatives:"
    for name, solutions in scenario.alternatives.items():
        yield from _solutions(_scalar(name), solutions, 2)


def _city(city: CitySpec) -> str:
    if city.bundle is not None:
        return _scalar(city.bundle)
    if city.oldtown is not None:
        own = city.oldtown
        values = f"residents: {own.residents}, spaces: {own.spaces}, seed: {own.seed}"
        return f"{{oldtown: {{{values}}}}}"
    if city.dongs is not None:
        names = ", ".join(map(_scalar, city.dongs.names))
        rest = (f"{s.name}: {_scalar(getattr(city.dongs, s.name))}" for s in specs(Dongs))
        values = ", ".join([f"file: {_scalar(city.dongs.file)}", f"names: [{names}]", *rest])
        return f"{{dongs: {{{values}}}}}"
    return f"{{newtown: {{residents: {city.residents}, seed: {city.seed}}}}}"


def _solutions(name: str, solutions: Solutions, indent: int) -> Iterator[str]:
    space = " " * indent
    if not solutions:
        yield f"{space}{name}: []"
        return
    yield f"{space}{name}:"
    for solution in solutions:
        yield f"{space}  - {solution_name(type(solution))}:"
        yield from _settings(solution, indent + 6)


def _settings(solution: Any, indent: int) -> Iterator[str]:
    notes = {spec.name: _note(spec) for spec in specs(type(solution))}
    for f in fields(solution):
        if f.name == "area" or f.name in notes:
            yield _setting(indent, f.name, getattr(solution, f.name), notes.get(f.name, ""))


def _setting(indent: int, name: str, value: Any, note: str) -> str:
    return f"{' ' * indent}{name}: {_scalar(value)}" + (f"  # {note}" if note else "")


def _note(spec: Spec) -> str:
    """Return what is allowed and what it means, for the end of the line."""
    allowed = "" if spec.type is str else limits(spec)
    return " ".join("; ".join(part for part in (allowed, spec.doc) if part).split())


def _scalar(value: Any) -> str:
    """Return a scalar as YAML; text in quotes unless it is a plain word or path."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    return repr(value.item() if hasattr(value, "item") else value)


def _text(value: str) -> str:
    plain = all(c.isalnum() or c in "_./-" for c in value.replace(" ", "")) and value.isprintable()
    if plain and value == value.strip() and value[:1].isalpha() and value not in RESERVED:
        return value
    return str(yaml.dump(value, default_style='"', allow_unicode=True, width=2**30)).strip()


RESERVED = {"true", "false", "null"}
