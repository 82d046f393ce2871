"""Dated data tables beside the code: YAML read strictly, every figure with its source and tag."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

import yaml

__all__ = ["TAGS", "DataFileError", "DataTable", "Entry", "Series", "read_table"]

TAGS: Mapping[str, str] = {
    "KEY": "stated in the source",
    "D": "derived by arithmetic from sourced figures",
    "V": "checked numerically",
    "DEF": "by definition",
    "GK": "assumption",
}

T = TypeVar("T")


class DataFileError(ValueError):
    """A data file that does not keep its rules; the message names file, entry and key."""


@dataclass(frozen=True)
class Entry:
    """A named entry; whatever figures it holds, it says where they come from."""

    name: str
    source: str = field(default="", kw_only=True)
    tag: str = field(default="GK", kw_only=True)
    note: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Series(Entry):
    """Figures for the hours of a day or the months of a year, from the first on."""

    values: list[float]
    unit: str


@dataclass(frozen=True)
class DataTable(Generic[T]):
    """The entries of a data file by name, and its sources by key."""

    entries: Mapping[str, T]
    sources: Mapping[str, str]

    def __getitem__(self, name: str) -> T:
        """Return an entry; an unknown name lists those that are near."""
        if name not in self.entries:
            near = get_close_matches(name, self.entries) or sorted(self.entries)
            raise KeyError(f"no entry {name!r}; there are: {', '.join(near)}")
        return self.entries[name]


def read_table(
    path: Path, section: str, kind: type[T], *, beside: tuple[str, ...] = ()
) -> DataTable[T]:
    """Read ``section`` of a YAML file as entries of the dataclass ``kind``.

    The file has two parts: ``sources`` (key: where it is found) and the section, and the sections
    named in ``beside``, which are not read. The field ``name`` of an entry is its key. An entry
    tagged KEY or D names its sources, all of them listed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataFileError
        Naming file, entry and key, for anything unknown, missing, of a wrong type or twice there.
    """
    data = _load(path)
    parts = ("sources", section, *beside)
    if not isinstance(data, dict) or set(data) != set(parts):
        raise DataFileError(f"{path.name}: must hold exactly the parts: {', '.join(parts)}")
    raw_sources = _mapping(f"{path.name}: sources", data["sources"])
    sources = {str(key): str(where) for key, where in raw_sources.items()}
    entries = {}
    for name, raw in _mapping(f"{path.name}: {section}", data[section]).items():
        where = f"{path.name}: {name}"
        entries[name] = _entry(where, {"name": name, **_mapping(where, raw)}, kind)
        _check_source(where, entries[name], sources)
    return DataTable(entries, sources)


def _load(path: Path) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path.name}: must be UTF-8 text: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DataFileError(f"{path.name}{line}: {error.problem}") from error


class _Loader(yaml.SafeLoader):
    """Plain YAML without aliases, and without the last of two equal keys winning in silence."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = f"key {key.value!r} is there twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _mapping(where: str, raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise DataFileError(f"{where}: must be a mapping of keys, got {raw!r}")
    return raw


def _entry(where: str, raw: Mapping[str, Any], kind: type[T]) -> T:
    known: dict[str, Field[Any]] = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    for key, value in raw.items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f" (allowed: {', '.join(known)})"
            raise DataFileError(f"{where}: unknown key {key!r}{hint}")
        _check_type(f"{where}: {key}", value, hints[key])
    for name, one in known.items():
        if name not in raw and one.default is MISSING and one.default_factory is MISSING:
            raise DataFileError(f"{where}: key {name!r} is missing")
    try:
        return kind(**raw)
    except ValueError as error:
        raise DataFileError(f"{where}: {error}") from error


def _check_type(where: str, value: object, hint: Any) -> None:
    allowed = _allowed(hint)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and float in allowed:
        fits = math.isfinite(float(value))  # type: ignore[arg-type]
    elif isinstance(value, str):
        fits = str in allowed or value in allowed
    else:
        fits = type(value) in allowed
    if not fits:
        names = " or ".join(a.__name__ if isinstance(a, type) else repr(a) for a in allowed)
        raise DataFileError(f"{where} must be {names}, got {value!r}")


def _allowed(hint: Any) -> tuple[Any, ...]:
    """Return the types, and the words of a Literal, that a type hint allows."""
    if get_origin(hint) is list:
        return (list,)
    if get_origin(hint) is Literal:
        return get_args(hint)
    return tuple(one for part in get_args(hint) for one in _allowed(part)) or (hint,)


def _check_source(where: str, entry: object, sources: Mapping[str, str]) -> None:
    tag, source = getattr(entry, "tag", "GK"), getattr(entry, "source", "")
    if tag not in TAGS:
        raise DataFileError(f"{where}: tag must be one of {', '.join(TAGS)}, got {tag!r}")
    if tag in {"KEY", "D"}:
        for key in source.split(", "):
            if key not in sources:
                raise DataFileError(f"{where}: source {key!r} is not listed under sources")
