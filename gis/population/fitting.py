"""Tables that meet their margins: proportional fitting, and rounding that keeps the totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["controlled_rounding", "fit", "rounded", "tilted"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def fit(
    seed: Floats,
    margins: Mapping[tuple[int, ...], Floats],
    *,
    rounds: int = 200,
    within: float = 1e-9,
) -> Floats:
    """Return the table nearest to ``seed`` whose sums over the other axes are the margins.

    Iterative proportional fitting: Deming and Stephan 1940, doi:10.1214/aoms/1177731829.

    Parameters
    ----------
    seed
        A table of numbers >= 0.
    margins
        For a tuple of axes that are kept, the sums wanted; all margins have the same total.
    rounds
        At most so many passes over all margins.
    within
        Stop when no sum is further off than this share of the total.

    Raises
    ------
    ValueError
        Where the totals of the margins differ.
    """
    totals = [float(np.sum(margin)) for margin in margins.values()]
    if max(totals) - min(totals) > 1e-6 * max(1.0, *totals):
        raise ValueError(f"margins must have the same total, got {totals}")
    table = np.array(seed, dtype=np.float64)
    for _ in range(rounds):
        worst = 0.0
        for kept, margin in margins.items():
            dropped = tuple(axis for axis in range(table.ndim) if axis not in kept)
            sums = table.sum(axis=dropped)
            worst = max(worst, float(np.abs(sums - margin).max(initial=0.0)))
            factor = np.divide(margin, sums, out=np.zeros_like(sums), where=sums > 0.0)
            table *= np.expand_dims(factor, dropped)
        if worst <= within * max(1.0, totals[0]):
            break
    return table


def tilted(shares: Floats, values: Floats, mean: Floats) -> Floats:
    """Return shares nearest to the given ones whose mean of ``values`` is ``mean``, one row each.

    Shares are multiplied by exp(t * values), the tilt of least information; t by bisection. A mean
    out of reach gives the outermost share all the weight.
    """
    low, high = np.full(len(mean), -50.0), np.full(len(mean), 50.0)
    for _ in range(80):
        t = (low + high) / 2.0
        power = t[:, None] * (values - values.mean())
        weight = shares * np.exp(power - power.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        above = weight @ values > mean
        low, high = np.where(above, low, t), np.where(above, t, high)
    return np.asarray(weight)


def rounded(numbers: Floats, start: float = 0.5) -> Ints:
    """Return whole numbers whose running sum is never a whole unit off; ``start`` shifts it."""
    running = np.floor(np.cumsum(numbers) + start + 1e-9).astype(np.int64)
    return np.diff(running, prepend=0)


def controlled_rounding(table: Floats, rows: Ints, columns: Ints, luck: Floats) -> Ints:
    """Return whole numbers near a table that meet whole row and column sums exactly.

    Each cell is rounded down, then each column gives what it lacks to the rows that lack most,
    the largest fraction first; ``luck``, one number a cell between 0 and 1, breaks the ties.
    """
    whole = np.minimum(np.floor(table + 1e-9).astype(np.int64), rows[:, None])
    whole = _within(whole, columns)
    lacking = rows - whole.sum(axis=1)
    fraction = table - np.floor(table + 1e-9) + 1e-6 * luck
    for column in range(table.shape[1]):
        missing = int(columns[column] - whole[:, column].sum())
        while missing > 0:
            order = np.argsort(-np.where(lacking > 0, fraction[:, column], -1.0), kind="stable")
            chosen = order[: min(missing, int((lacking > 0).sum()))]
            whole[chosen, column] += 1
            lacking[chosen] -= 1
            missing -= len(chosen)
    return whole


def _within(whole: Ints, columns: Ints) -> Ints:
    """Return the table with columns that exceed their sum cut back from the largest cells."""
    for column in np.flatnonzero(whole.sum(axis=0) > columns):
        over = int(whole[:, column].sum() - columns[column])
        for row in np.argsort(-whole[:, column], kind="stable")[:over]:
            whole[row, column] -= 1
    return whole
