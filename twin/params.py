"""Parameters declared once, in the dataclass that uses them: default, unit, range and source.

Command-line flags, sliders, sampling ranges, the YAML schema and the printed assumptions all read
these declarations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any, TypeAlias, cast

__all__ = ["ASSUMED", "Spec", "broken_rule", "limits", "param", "specs", "validate"]

Value: TypeAlias = float | int | bool | str
TYPES: dict[str, type] = {"int": int, "float": float, "bool": bool, "str": str}
KINDS = {int: "an integer", float: "a number", bool: "true or false", str: "text"}
ASSUMED = "GK"  # general knowledge, confirmed by no source


@dataclass(frozen=True)
class Spec:
    """What one parameter is.

    Parameters
    ----------
    name, unit, doc
        The field's name, the unit of its value ("" for a pure number), one line of meaning.
    default, type
        The default and its type: int, float, bool or str.
    low, high
        The least and the greatest value, both allowed; None where there is no such limit.
    source, tag
        Where the default comes from and how well it is known; tag ``GK`` is an assumption.
    """

    name: str
    default: Value
    unit: str
    low: float | None
    high: float | None
    source: str
    tag: str
    doc: str
    type: type

    @property
    def assumption(self) -> bool:
        """Whether no source stands behind the default."""
        return self.tag == ASSUMED or not self.source


def param(  # noqa: PLR0913, PLR0917 - one argument for each thing that a parameter must say
    default: Value,
    unit: str,
    low: float | None,
    high: float | None,
    source: str,
    tag: str = ASSUMED,
    doc: str = "",
) -> Any:
    """Return a dataclass field that carries its unit, range and source.

    Parameters
    ----------
    default
        The default value.
    unit
        Its unit, "" for a pure number.
    low, high
        The range, both ends allowed; None for no limit. Text and true/false have none.
    source
        Where the default comes from; "" prints as "assumption".
    tag
        How well it is known; ``GK`` is general knowledge, an assumption.
    doc
        One line for help texts.

    Raises
    ------
    ValueError
        Where the range is empty or does not hold the default.
    """
    metadata = {"unit": unit, "low": low, "high": high, "source": source, "tag": tag, "doc": doc}
    if low is not None and high is not None and not low <= high:
        raise ValueError(f"the range of a parameter must rise, got [{low:g}, {high:g}]")
    if _outside(default, low, high):
        allowed = _interval(low, high, unit)
        raise ValueError(f"the default of a parameter must be {allowed}, got {default}")
    return field(default=default, metadata={"param": metadata})


def specs(cls: type) -> tuple[Spec, ...]:
    """Return the parameters of a dataclass in the order of its fields; other fields have none.

    Raises
    ------
    TypeError
        Where a parameter is annotated with another type than int, float, bool or str.
    """
    return tuple(
        Spec(f.name, cast(Value, f.default), type=_type(cls, f.name, f.type), **f.metadata["param"])
        for f in fields(cls)
        if "param" in f.metadata
    )


def validate(instance: object) -> None:
    """Check every parameter of a dataclass instance: its type, its range, no NaN.

    Raises
    ------
    ValueError
        Naming the class and field, the rule, and the value found.
    """
    cls = type(instance)
    for spec in specs(cls):
        value = getattr(instance, spec.name)
        rule = broken_rule(spec, value)
        if rule:
            shown = repr(value) if isinstance(value, str) else f"{value}"
            raise ValueError(f"{cls.__name__}.{spec.name} must be {rule}, got {shown}")


def broken_rule(spec: Spec, value: object) -> str | None:
    """Return the rule of a parameter that a value breaks, in words, or None."""
    if not _is(value, spec.type):
        return KINDS[spec.type]
    return limits(spec) if _outside(value, spec.low, spec.high) else None


def limits(spec: Spec) -> str:
    """Return the values allowed, in words: ``in [0, 500] spaces``."""
    if spec.type in {bool, str}:
        return KINDS[spec.type]
    return _interval(spec.low, spec.high, spec.unit)


def _type(cls: type, name: str, annotation: Any) -> type:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if text not in TYPES:
        allowed = ", ".join(TYPES)
        raise TypeError(f"{cls.__name__}.{name} must be annotated {allowed}, got {annotation!r}")
    return TYPES[text]


def _is(value: object, kind: type) -> bool:
    if kind in {bool, str}:
        return isinstance(value, kind)
    number = Integral if kind is int else Real
    return isinstance(value, number) and not isinstance(value, bool)


def _outside(value: object, low: float | None, high: float | None) -> bool:
    """Whether a number is beyond its range, NaN or infinite; never so for text."""
    if not isinstance(value, Real):
        return False
    number = float(value)
    above = low is None or number >= low
    return not (above and (high is None or number <= high) and math.isfinite(number))


def _interval(low: float | None, high: float | None, unit: str) -> str:
    if low is not None and high is not None:
        words = f"in [{_plain(low)}, {_plain(high)}]"
    elif low is not None:
        words = f"at least {_plain(low)}"
    else:
        words = "a finite number" if high is None else f"at most {_plain(high)}"
    return f"{words} {unit}".rstrip()


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:.12g}"
