"""Which columns of a published file become which columns of a layer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from gis.city import Source
from gis.schema import SCHEMA, TABLES

__all__ = ["Rule", "apply_rule", "known_rule", "read_mapping"]

_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Rule:
    """How one layer of a file becomes one of ours.

    Parameters
    ----------
    to
        Our layer or table.
    columns
        Our column: theirs, or several of which the first there is counts.
    values
        Our column: {their value: ours}; ``"*"`` stands for every other value.
    fixed
        Our column: the same value for each row.
    keep
        Columns kept under their own names.
    needs
        Columns by which the rule is recognised.
    source
        Publisher, licence and attribution, where the rule knows them.
    """

    to: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    source: Source | None = None


def read_mapping(mapping: Mapping[str, Any] | str | os.PathLike[str] | None) -> dict[str, Rule]:
    """Return the rules of a mapping by the name of the file's layer.

    Parameters
    ----------
    mapping
        ``{"layers": {their layer: {"to": ours, "columns": {ours: theirs}, ...}}, "sources": ...}``
        as a dict, or the path of a YAML file that holds it.

    Raises
    ------
    ValueError
        An unknown, doubled or wrong key, named with what is allowed.
    """
    if mapping is None:
        return {}
    if isinstance(mapping, Mapping):
        return _rules(mapping, "mapping")
    path = Path(mapping)
    return _rules(_load(path.read_text(encoding="utf-8-sig"), path.name), path.name)


@cache
def _builtin() -> tuple[Rule, ...]:
    text = resources.files("gis.readers").joinpath("mappings/korea.yaml").read_text("utf-8")
    return tuple(_rules(_load(text, "korea.yaml"), "korea.yaml").values())


def known_rule(layer: str, columns: Iterable[str]) -> Rule | None:
    """Return the built-in rule that fits a layer of a file, None where none does.

    The rule that needs the most columns wins; else a layer that bears the name of one of ours
    is taken as it is.
    """
    names = [str(c) for c in columns]
    there = set(names)
    fitting = [rule for rule in _builtin() if there.issuperset(rule.needs)]
    if fitting:
        return max(fitting, key=lambda rule: len(rule.needs))
    if layer in SCHEMA or layer in TABLES:
        return Rule(layer, keep=tuple(n for n in names if n != "geometry"))
    return None


def apply_rule(frame: pd.DataFrame, rule: Rule, where: str) -> pd.DataFrame:
    """Return the frame under our names; geometry stays as it is.

    Raises
    ------
    KeyError
        A column that a user's rule names is not in the file.
    """
    geometry = [c for c in ("geometry",) if c in frame]
    fresh = frame[[*(c for c in rule.keep if c in frame), *geometry]].copy()
    for ours, names in rule.columns.items():
        theirs = next((n for n in names if n in frame), None)
        if theirs is not None:
            fresh[ours] = _translate(frame[theirs], rule.values.get(ours))
        elif not rule.needs:
            known = ", ".join(str(c) for c in frame.columns)
            raise KeyError(f"{where} has no column {names[0]!r}; its columns are: {known}")
    for ours, value in rule.fixed.items():
        fresh[ours] = value
    return fresh


def _translate(values: pd.Series, words: Mapping[str, Any] | None) -> pd.Series:
    if not words:
        return values
    text = values.astype("str").str.strip()
    return text.map({w: words.get(w, words.get("*", w)) for w in text.unique()})


def _rules(raw: Mapping[str, Any], where: str) -> dict[str, Rule]:
    _only(raw, ("sources", "layers"), where)
    sources = {
        n: _source(s, f"{where}: sources.{n}") for n, s in (raw.get("sources") or {}).items()
    }
    layers = raw.get("layers") or {}
    return {str(n): _rule(rule, sources, f"{where}: layers.{n}") for n, rule in layers.items()}


def _source(raw: Any, where: str) -> Source:
    _only(raw, ("name", "licence", "attribution"), where)
    return Source(*(str(raw.get(k, "")) for k in ("name", "licence", "attribution")))


def _rule(raw: Any, sources: Mapping[str, Source], where: str) -> Rule:
    _only(raw, tuple(f.name for f in fields(Rule)), where)
    to = str(raw.get("to", ""))
    if not to.isidentifier():
        known = ", ".join([*SCHEMA, *TABLES])
        raise ValueError(f"{where}.to must name one of our layers, got {to!r}; known are: {known}")
    name = raw.get("source")
    if name is not None and name not in sources:
        known = ", ".join(sources) or "none"
        raise ValueError(f"{where}.source must be one of: {known}; got {name!r}")
    columns = {
        str(ours): (theirs,) if isinstance(theirs, str) else tuple(map(str, theirs))
        for ours, theirs in (raw.get("columns") or {}).items()
    }
    values = {
        c: {str(k): v for k, v in words.items()} for c, words in (raw.get("values") or {}).items()
    }
    return Rule(
        to,
        columns,
        values,
        dict(raw.get("fixed") or {}),
        tuple(raw.get("keep") or ()),
        tuple(raw.get("needs") or ()),
        sources.get(str(name)),
    )


def _only(raw: Any, allowed: tuple[str, ...], where: str) -> None:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{where} must hold the keys {', '.join(allowed)}, got {raw!r}")
    for key in raw:
        if key not in allowed:
            raise ValueError(f"{where} has no key {key!r}; allowed are: {', '.join(allowed)}")


class _Strict(yaml.SafeLoader):
    """YAML without aliases, without equal keys, and without 12:30 read as 750."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise ValueError(f"line {mark.line + 1}: aliases (*name) are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ValueError(
                    f"line {key.start_mark.line + 1}: the key {key.value!r} stands twice"
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# Everything is text but true, false and plain numbers: file values are compared as text anyway.
_Strict.yaml_implicit_resolvers = {}


def _load(text: str, where: str) -> Mapping[str, Any]:
    if len(text.encode()) > _MAX_BYTES:
        raise ValueError(f"{where} must be at most {_MAX_BYTES:,} bytes")
    try:
        raw = yaml.load(text, Loader=_Strict)
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from error
    return raw if isinstance(raw, Mapping) else {"layers": raw}
