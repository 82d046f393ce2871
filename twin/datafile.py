"""Dated data tables beside the code: YAML read strictly, every figure with its source and tag."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import yaml

__all__ = ["TAGS", "DataFileError", "DataTable", "read_table"]

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


def read_table(path: Path, section: str, kind: type[T]) -> DataTable[T]:
    """Read ``section`` of a YAML file as entries of the dataclass ``kind``.

    The file has two parts: ``sources`` (key: where it is found) and the section. The field ``name``
    of an entry is its key. An entry tagged KEY or D names its sources, all of them listed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataFileError
        Naming file, entry and key, for anything unknown, missing, of a wrong type or twice there.
    """
    text = path.read_text(encoding="utf-8")
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise DataFileError(f"{path.name}: {error}") from error
    if not isinstance(data, dict) or set(data) != {"sources", section}:
        raise DataFileError(f"{path.name}: must hold exactly the parts: sources, {section}")
    sources = {str(key): str(where) for key, where in (data["sources"] or {}).items()}
    entries = {}
    for name, raw in data[section].items():
        where = f"{path.name}: {name}"
        entries[name] = _entry(where, {"name": name, **_mapping(where, raw)}, kind)
        _check_source(where, entries[name], sources)
    return DataTable(entries, sources)


class _Loader(yaml.SafeLoader):
    """Plain YAML, less the trap of the last of two equal keys winning in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"{key!r} is there twice below line {node.start_mark.line}")
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
    for name, field in known.items():
        if name not in raw and field.default is MISSING and field.default_factory is MISSING:
            raise DataFileError(f"{where}: key {name!r} is missing")
    try:
        return kind(**raw)
    except ValueError as error:
        raise DataFileError(f"{where}: {error}") from error


def _check_type(where: str, value: object, hint: Any) -> None:
    allowed = get_args(hint) or (hint,)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = (
        (value is None and type(None) in allowed)
        or (isinstance(value, str) and (str in allowed or value in allowed))
        or (number and float in allowed and math.isfinite(float(value)))  # type: ignore[arg-type]
        or (isinstance(value, int) and number and int in allowed)
        or (isinstance(value, list) and get_origin(hint) is list)
    )
    if not fits:
        names = " or ".join(getattr(a, "__name__", repr(a)) for a in allowed)
        raise DataFileError(f"{where} must be {names}, got {value!r}")


def _check_source(where: str, entry: object, sources: Mapping[str, str]) -> None:
    tag, source = getattr(entry, "tag", "GK"), getattr(entry, "source", "")
    if tag not in TAGS:
        raise DataFileError(f"{where}: tag must be one of {', '.join(TAGS)}, got {tag!r}")
    if tag in {"KEY", "D"}:
        for key in source.split(", "):
            if key not in sources:
                raise DataFileError(f"{where}: source {key!r} is not listed under sources")
