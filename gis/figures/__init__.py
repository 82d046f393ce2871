"""Figures that a city is filled with and its people are aimed at, each with unit, source and tag.

A tag names the kind of evidence: ``S`` a published figure, ``L`` a legal rule, ``D`` arithmetic on
published figures (the arithmetic stands in the source), ``GK`` an assumption without a source.
"""

from __future__ import annotations

from collections.abc import Mapping

from gis.figures.kinds import Figure, Table
from gis.figures.numbers import FIGURES
from gis.figures.tables import TABLES

__all__ = ["FIGURES", "TABLES", "Figure", "Table", "figure", "table"]


def figure(name: str) -> float:
    """Return the value of a figure by name."""
    return FIGURES[name].value


def table(name: str) -> Mapping[str, tuple[float, ...]]:
    """Return the rows of a table by name."""
    return TABLES[name].rows
