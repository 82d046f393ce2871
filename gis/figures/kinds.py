"""What a figure is: a number or rows of numbers, with unit, source and tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Figure", "Table"]

Tag = Literal["S", "L", "D", "GK"]


@dataclass(frozen=True)
class Figure:
    """A number with its unit, where it comes from, and how far it can be trusted."""

    value: float
    unit: str
    source: str = "assumption"
    tag: Tag = "GK"


@dataclass(frozen=True)
class Table:
    """Rows of numbers with their unit, where they come from, and how far they can be trusted."""

    rows: Mapping[str, tuple[float, ...]]
    unit: str
    source: str = "assumption"
    tag: Tag = "GK"
