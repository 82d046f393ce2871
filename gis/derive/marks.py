"""What every filling shares: marks of origin, and numbers that are scattered but not random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "DERIVED",
    "FOUND",
    "SYNTHETIC",
    "Floats",
    "Ints",
    "by_use",
    "fill",
    "mark",
    "origins",
    "scattered",
    "worst",
]

FOUND, DERIVED, SYNTHETIC = "found", "derived", "synthetic"
GOLDEN = 0.6180339887498949  # golden ratio minus 1: the additive sequence of lowest discrepancy
UNITS = ("_krw_h", "_m2", "_m", "_kmh", "_h", "_s")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def scattered(ids: Sequence[int] | npt.NDArray[np.integer], offset: float = 0.0) -> Floats:
    """Return numbers in [0, 1), one for each id, evenly spread over any run of ids.

    They are the fractional parts of id times the golden ratio: the same id gets the same number.
    """
    return np.mod(np.asarray(ids, dtype=np.float64) * GOLDEN + offset, 1.0)


def by_use(uses: pd.Series, values: Mapping[Any, float]) -> pd.Series:
    """Return the value of each use as a float, missing where a use has none."""
    return pd.Series(uses.map(values), dtype=float)


def mark(column: str) -> str:
    """Return the name of the column that says where a column's values come from."""
    for unit in UNITS:
        if column.endswith(unit):
            return column.removesuffix(unit) + "_origin"
    return f"{column}_origin"


def fill(
    frame: gpd.GeoDataFrame, column: str, values: object, *, origin: str | pd.Series = DERIVED
) -> gpd.GeoDataFrame:
    """Return the frame with the gaps of a column filled, and each filled value marked.

    A gap is a missing column or a missing value. The marks stand in the column ``mark(column)``,
    which is made only where there is a gap to fill. ``origin`` is one for all, or one a row: see
    :func:`worst`.
    """
    filled = pd.Series(values, index=frame.index)
    if column not in frame:
        return frame.assign(**{column: filled, mark(column): origin})
    old = frame[column]
    gap = old.isna()
    if not gap.any():
        return frame
    typed = old.astype(object).where(~gap, filled).infer_objects()
    marks = origins(frame, column).where(~gap, origin)
    return frame.assign(**{column: typed, mark(column): marks})


def origins(frame: gpd.GeoDataFrame, column: str) -> pd.Series:
    """Return where each value of a column comes from: its mark, else its row's, else found."""
    for name in (mark(column), "origin"):
        if name in frame:
            return pd.Series(frame[name], dtype=object)
    return pd.Series(FOUND, index=frame.index, dtype=object)


def worst(frame: gpd.GeoDataFrame, *columns: str) -> pd.Series:
    """Return the origin of a value made of these columns: synthetic where one is, else derived."""
    made_up = pd.concat([origins(frame, column) == SYNTHETIC for column in columns], axis=1)
    return pd.Series(np.where(made_up.any(axis=1), SYNTHETIC, DERIVED), index=frame.index)
