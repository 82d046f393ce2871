"""Reading a scenario from a YAML file: every mistake is one line that says where and what."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from twin.params import Spec, broken_rule, specs
from twin.scenario.strict_yaml import Clock, Document, Keys, Value, load, shown, unquoted
from twin.scenario.value import (
    DAY_TYPES,
    CitySpec,
    Dongs,
    OldTown,
    Scenario,
    Solutions,
    check_counting,
    check_day_types,
    check_hours,
    check_name,
    conflict,
)
from twin.world.indicators import Counting

__all__ = ["KEYS", "read", "unknown"]

KEYS = (
    *("extends", "name", "city", "base", "alternatives", "start", "hours", "days", "day_types"),
    *("replications", "seed", "queues", "everybody", "programme", "counting"),
)


def read(path: str | Path, solutions: Mapping[str, type]) -> Scenario:
    """Return the scenario that a YAML file holds.

    Parameters
    ----------
    path
        The file. Paths inside it are relative to its folder.
    solutions
        The solution classes by name: frozen dataclasses of parameters and an ``area``.

    Raises
    ------
    ScenarioError
        In one line: file, line, what is wrong, what is allowed.
    """
    path = Path(path)
    document = _extended(path)
    top = _mapping(document, (), "a scenario")
    _known(document, (), KEYS, "a scenario")
    for key in ("name", "city", "alternatives"):
        if key not in top:
            document.fail((), f"a scenario must have {key!r}; it has {_list(top)}")
    base = _solutions(document, ("base",), solutions) if "base" in top else ()
    values: dict[str, Any] = {
        "name": _text(document, ("name",)),
        "city": _city(document),
        "base": base,
        "alternatives": _alternatives(document, base, solutions),
        **_settings(document, (), Scenario),
    }
    if "start" in top:
        values["start"] = _start(document)
    if "hours" in top:
        _whole_days(document, values)
    if "day_types" in top:
        values["day_types"] = _day_types(document)
    if top.get("programme") is not None:
        values["programme"] = _text(document, ("programme",))
    if top.get("counting") is not None:
        lived = values.get("start", Scenario.start), values.get("hours", Scenario.hours)
        values["counting"] = _counting(document, *lived)
    return Scenario(**values, folder=path.parent)


def _extended(path: Path) -> Document:
    """Return a file with the keys it lacks taken from the one it extends."""
    document = load(path)
    if not isinstance(document.value, dict) or "extends" not in document.value:
        return document
    name = _text(document, ("extends",))
    if Path(name).name != name:
        document.fail(("extends",), f"extends must be a file in the same folder, got {name!r}")
    if not (path.parent / name).is_file():
        document.fail(("extends",), f"extends must be a scenario file, there is no {name!r}")
    parent = load(path.parent / name)
    top = _mapping(parent, (), "a scenario")
    if "extends" in top:
        parent.fail(("extends",), f"a scenario that {path.name} extends must not extend another")
    own = document.value
    kept = {k: p for k, p in parent.places.items() if k and k[0] not in own}
    return Document({**top, **own}, {**kept, **document.places})


def _city(document: Document) -> CitySpec:
    value = document.value["city"]
    if isinstance(value, str) and value.strip():
        return CitySpec(bundle=value)
    kinds = {"newtown": CitySpec, "oldtown": OldTown, "dongs": Dongs}
    if not isinstance(value, dict) or len(value) != 1 or not kinds.keys() >= value.keys():
        wanted = (
            "the path of a city, {newtown: {residents: 20000}}, {oldtown: {}} or "
            "{dongs: {file: dongs.gpkg, names: [...]}}"
        )
        document.fail(("city",), f"city must be {wanted}, got {shown(value)}")
    (kind,) = value
    keys = ("city", kind)
    own = ("file", "names") if kind == "dongs" else ()
    _known(document, keys, [*own, *(spec.name for spec in specs(kinds[kind]))], kind)
    settings = _settings(document, keys, kinds[kind], kind)
    if kind == "dongs":
        return CitySpec(dongs=_dongs(document, keys, settings))
    return CitySpec(oldtown=OldTown(**settings)) if kind == "oldtown" else CitySpec(**settings)


def _dongs(document: Document, keys: Keys, settings: dict[str, Any]) -> Dongs:
    value = _mapping(document, keys, "dongs")
    for key in ("file", "names"):
        if key not in value:
            document.fail(keys, f"dongs must have {key!r}; it has {_list(value)}")
    names = value["names"]
    if not isinstance(names, list) or not names:
        wanted = "a list of names of dongs, [영종동, 운서동]"
        document.fail((*keys, "names"), f"names must be {wanted}, got {shown(names)}")
    texts = tuple(_text(document, (*keys, "names", i)) for i in range(len(names)))
    return Dongs(_text(document, (*keys, "file")), texts, **settings)


def _alternatives(
    document: Document, base: Solutions, known: Mapping[str, type]
) -> dict[str, Solutions]:
    keys: Keys = ("alternatives",)
    names = _mapping(document, keys, "alternatives")
    if not names:
        document.fail(keys, "alternatives must hold at least one alternative, got none")
    found = {}
    for name in names:
        try:
            check_name(name)
        except ValueError as error:
            document.fail((*keys, name), str(error))
        found[name] = _solutions(document, (*keys, name), known)
    for name, own in {"base": (), **found}.items():
        both = conflict(base + own)
        if both:
            document.fail(("base",) if name == "base" else (*keys, name), f"{name}: {both}")
    return found


def _solutions(document: Document, keys: Keys, known: Mapping[str, type]) -> Solutions:
    value = _at(document, keys)
    if not isinstance(value, list):
        wanted = "a list of solutions, [{solution: {setting: value}}]"
        document.fail(keys, f"{keys[-1]} must be {wanted}, got {shown(value)}")
    return tuple(_solution(document, (*keys, i), known) for i in range(len(value)))


def _solution(document: Document, keys: Keys, known: Mapping[str, type]) -> Any:
    value = _at(document, keys)
    if not isinstance(value, dict) or len(value) != 1:
        got = f"{len(value)} keys: {_list(value)}" if isinstance(value, dict) else shown(value)
        document.fail(keys, f"a solution must be one key, {{solution: {{...}}}}, got {got}")
    (name,) = value
    if name not in known:
        document.fail((*keys, name), f"there is no solution {unknown(name, known)}")
    return _instance(document, (*keys, name), known[name], name)


def _instance(document: Document, keys: Keys, cls: type, name: str) -> Any:
    value = _mapping(document, keys, name)
    names = [f.name for f in fields(cls) if f.name == "area" or "param" in f.metadata]
    _known(document, keys, names, name)
    missing = [f.name for f in fields(cls) if _required(f) and f.name not in value]
    if missing:
        document.fail(keys, f"{name} must have {missing[0]!r}; its settings are {', '.join(names)}")
    settings = _settings(document, keys, cls)
    if "area" in value:
        settings["area"] = _text(document, (*keys, "area"))
    try:
        return cls(**settings)
    except (TypeError, ValueError) as error:
        document.fail(keys, str(error))


def _required(f: Any) -> bool:
    return bool(f.init and f.default is MISSING and f.default_factory is MISSING)


def _settings(document: Document, keys: Keys, cls: type, owner: str = "") -> dict[str, Any]:
    """Return the parameters of a class that stand under these keys, checked."""
    value = _at(document, keys) or {}
    given = {}
    for spec in specs(cls):
        if spec.name in value and (cls, spec.name) != (Scenario, "start"):  # a time of day
            place = (*keys, spec.name)
            given[spec.name] = _checked(document, place, spec, owner or cls.__name__)
    return given


def _checked(document: Document, keys: Keys, spec: Spec, owner: str) -> Any:
    value = _at(document, keys)
    rule = broken_rule(spec, value)
    if rule:
        document.fail(keys, f"{owner}.{spec.name} must be {rule}, got {shown(value)}")
    return spec.type(value)


def _whole_days(document: Document, values: Mapping[str, Any]) -> None:
    try:
        check_hours(values["hours"], values.get("days", 1))
    except ValueError as error:
        document.fail(("hours",), str(error))


def _start(document: Document) -> int:
    value = document.value["start"]
    clock = unquoted(value)
    if not isinstance(clock, Clock):
        document.fail(("start",), f"start must be a time of day, 04:00, got {shown(value)}")
    return clock.seconds


def _day_types(document: Document) -> dict[str, int]:
    keys: Keys = ("day_types",)
    value = _mapping(document, keys, "day_types")
    _known(document, keys, DAY_TYPES, "day_types")
    for name, days in value.items():
        if not isinstance(days, int) or isinstance(days, bool):
            message = f"day_types.{name} must be an integer, days of a year, got {shown(days)}"
            document.fail((*keys, name), message)
    try:
        check_day_types(value)
    except ValueError as error:
        document.fail(keys, str(error))
    return value


def _counting(document: Document, start_s: int, hours: float) -> Counting:
    keys: Keys = ("counting",)
    value = _mapping(document, keys, "counting")
    _known(document, keys, [f.name for f in fields(Counting)], "counting")
    given = {name: found if name == "rounds_h" else [found] for name, found in value.items()}
    for name, chosen in given.items():
        if not isinstance(chosen, list) or not all(type(hour) in {int, float} for hour in chosen):
            wanted = "a list of hours, [10, 14.5]" if name == "rounds_h" else "an hour, 14.5"
            document.fail(
                (*keys, name), f"counting.{name} must be {wanted}, got {shown(value[name])}"
            )
    counting = Counting(
        tuple(map(float, given.get("rounds_h", Counting.rounds_h))),
        *map(float, given.get("reference_h", ())),
    )
    try:
        check_counting(counting, start_s, hours)
    except ValueError as error:
        document.fail(keys, str(error))
    return counting


def _at(document: Document, keys: Keys) -> Value:
    value = document.value
    for key in keys:
        value = value[key]
    return value


def _mapping(document: Document, keys: Keys, what: str) -> dict[str, Value]:
    value = _at(document, keys)
    if value is None and keys:  # a key with nothing behind it: no settings
        return {}
    if value is None:
        document.fail(keys, f"{what} must be a mapping of keys to values, the file is empty")
    if not isinstance(value, dict):
        document.fail(keys, f"{what} must be a mapping of keys to values, got {shown(value)}")
    return value


def _text(document: Document, keys: Keys) -> str:
    value = _at(document, keys)
    if not isinstance(value, str) or not value.strip():
        plain = isinstance(value, int | float | Clock)
        hint = "; put it in quotes" if plain else ""
        document.fail(keys, f"{keys[-1]} must be text, got {shown(value)}{hint}")
    return value


def _known(document: Document, keys: Keys, allowed: Iterable[str], what: str) -> None:
    for key in _mapping(document, keys, what):
        if key not in (names := list(allowed)):
            document.fail((*keys, key), f"{what} has no {unknown(key, names)}")


def unknown(word: str, known: Iterable[str]) -> str:
    """Return an unknown word, the known one nearest to it or with a part near it, and all."""
    names = sorted(known)
    parts = {part: name for name in reversed(names) for part in name.split("_")}
    near = difflib.get_close_matches(word, names, n=1)
    near = near or [parts[part] for part in difflib.get_close_matches(word, parts, n=1)]
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{shown(word)}; {hint}There are: {_list(names)}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
