"""The JSON Schema of scenario files, from the solutions' own declarations, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from twin.params import Spec, specs
from twin.scenario.value import DAY_TYPES, NAME, CitySpec, Dongs, OldTown, Scenario
from twin.world.indicators import Counting

__all__ = ["schema"]

TYPES = {int: "integer", float: "number", bool: "boolean", str: "string"}
CLOCK = "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"


def schema(solutions: Mapping[str, type]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario with these solutions.

    Units, sources and meanings are in the descriptions. What spans several values, as two
    solutions with the same policy, is checked by :func:`twin.scenario.read` alone.
    """
    listed = {"type": "array", "items": {"oneOf": [_item(n, c) for n, c in solutions.items()]}}
    settings = {spec.name: _value(spec) for spec in specs(Scenario)}
    properties = {
        "extends": {"type": "string", "description": "a scenario file in the same folder"},
        "name": {"type": "string", "minLength": 1},
        "city": {"oneOf": [{"type": "string", "minLength": 1}, *_made()]},
        "base": listed,
        "alternatives": _alternatives(listed),
        **settings,
        "start": {"type": "string", "pattern": CLOCK, "description": "a time of day, 04:00"},
        "day_types": _closed({name: {"type": "integer", "minimum": 0} for name in DAY_TYPES}),
        "programme": {"type": ["string", "null"]},
        "counting": _counting(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dongne scenario",
        **_closed(properties),
        "anyOf": [{"required": ["name", "city", "alternatives"]}, {"required": ["extends"]}],
    }


def _counting() -> dict[str, Any]:
    hour = {"type": "number", "minimum": 0, "exclusiveMaximum": 48}
    rounds = {"type": "array", "minItems": 1, "items": hour, "default": list(Counting.rounds_h)}
    about = "the hours at which parked cars are counted, and at which supply is compared"
    one = {**hour, "default": Counting.reference_h}
    return {**_closed({"rounds_h": rounds, "reference_h": one}), "description": about}


def _item(name: str, cls: type) -> dict[str, Any]:
    own = {spec.name: _value(spec) for spec in specs(cls)}
    if any(f.name == "area" for f in fields(cls)):
        about = "a district's name, a polygon file, or city"
        own = {"area": {"type": "string", "description": about}, **own}
    needed = [
        f.name
        for f in fields(cls)
        if f.init and f.default is MISSING and f.default_factory is MISSING
    ]
    closed = _closed(own) | ({"required": needed} if needed else {"type": ["object", "null"]})
    about = next(iter((cls.__doc__ or "").strip().splitlines()), "")
    return {**_closed({name: closed | {"description": about}}), "required": [name]}


def _alternatives(listed: dict[str, Any]) -> dict[str, Any]:
    names = {"pattern": f"^{NAME.pattern}$", "not": {"const": "base"}}
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": names,
        "additionalProperties": listed,
    }


def _made() -> list[dict[str, Any]]:
    """Return the cities that are made in code."""
    kinds = {"newtown": CitySpec, "oldtown": OldTown}
    settings = {kind: {s.name: _value(s) for s in specs(cls)} for kind, cls in kinds.items()}
    return [*(_closed({kind: _closed(own)}) for kind, own in settings.items()), _in_dongs()]


def _in_dongs() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    own = {"file": text, "names": {"type": "array", "minItems": 1, "items": text}}
    own |= {spec.name: _value(spec) for spec in specs(Dongs)}
    return _closed({"dongs": _closed(own) | {"required": ["file", "names"]}})


def _value(spec: Spec) -> dict[str, Any]:
    parts = (spec.doc, spec.unit, "assumption" if spec.assumption else spec.source)
    found: dict[str, Any] = {
        "type": TYPES[spec.type],
        "default": spec.default,
        "description": "; ".join(part for part in parts if part),
    }
    bounds = {"minimum": spec.low, "maximum": spec.high}
    return found | {key: bound for key, bound in bounds.items() if bound is not None}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}
