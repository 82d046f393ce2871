"""Rows of a part of the world: structured arrays that kernels read and write."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

__all__ = ["Rows", "columns", "table"]

Rows: TypeAlias = Any
"""A structured array of one row type; ``rows.column`` is a view of a column."""

LINE = 64
"""Bytes that a processor reads from memory at once; tables begin where such a line does."""


def columns(**fields: str) -> np.dtype[np.void]:
    """Return the row type of a part: its columns side by side, so that one row is read at once.

    Rows rather than an array a column: a kernel then takes a dozen arrays and not a hundred, which
    it compiles in a tenth of the time; ``part.column[row]`` reads the same either way. A long row
    takes whole lines of the cache, so that what changes on the way lies in one of them.
    """
    row = np.dtype(list(fields.items()), align=True)
    if row.itemsize <= LINE:
        return row
    offsets = [place for _, place, *_ in row.fields.values()]  # type: ignore[union-attr]
    whole = -(-row.itemsize // LINE) * LINE
    return np.dtype(
        {"names": [*fields], "formats": [*fields.values()], "offsets": offsets, "itemsize": whole},
        align=True,
    )


def table(row: np.dtype[np.void], size: int, /, **values: object) -> Rows:
    """Return rows of a type, zero but for the columns given (each an array or a scalar)."""
    space = np.zeros(size * row.itemsize + LINE, np.uint8)
    start = -space.ctypes.data % LINE
    rows = space[start : start + size * row.itemsize].view(row).view(np.recarray)
    for name, value in values.items():
        rows[name] = value
    return rows
