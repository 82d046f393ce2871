"""The columns of crossings: each with the links it cuts, and the walk phases of its signal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.shared import by_address
from twin.world.rows import Rows, columns

__all__ = [
    "ALARM", "CROSSING", "GIVING_WAY", "MINUTES", "WATCH", "WINDOW", "CrossingColumns", "Outcome",
]  # fmt: skip

MINUTES = 1_440


class Outcome:
    """How a walker and a car that came close to one another parted; the codes of ``encounter``."""

    WALKER_FIRST = 0
    YIELDED = 1
    CANNOT_STOP = 2
    WOULD_NOT = 3

    NAMES = ("walker_first", "yielded", "cannot_stop", "would_not")


CROSSING = columns(
    key="i8", latency_ms="i8", on_ms="i8", lit_from_ms="i8", lit_until_ms="i8", width_m="f8",
    yield_logit="f8", sign_logit="f8", notice="f8", first="i4", beyond="i4", first_window="i4",
    beyond_window="i4", signal="i1", refuge="i1", sign="i1",
)  # fmt: skip
"""A crossing; its watched links are the rows ``first`` to ``beyond`` - 1.

``yield_logit`` is added to the logit of a driver's yielding. ``sign`` 1 shows drivers a walker whom
its detector notices, from ``latency_ms`` after they came and for ``on_ms``: it is or will be lit
from ``lit_from_ms`` to ``lit_until_ms``. A share ``notice`` of drivers sees it, and yields by
``sign_logit`` more.
"""

WATCH = columns(mps="f8", logit="f8", link="i4", into="i4", half="i1")
"""A link that brings cars onto a crossing.

``into`` is the link they must turn into to meet it, -1 where all of them do; ``half`` the half of
the crossing's line on which they pass; ``mps`` how fast; ``logit`` the base logit of yielding.
"""

WINDOW = columns(
    from_ms="i8", to_ms="i8", cycle_ms="i8", offset_ms="i8", day_from_ms="i8", day_to_ms="i8"
)
"""When walkers may step off at a signal, within a cycle, in the part of a day a plan runs."""

ALARM = columns(at_ms="i8", until_ms="i8", crossing="i4", watch="i4", car="i4")
"""A false alarm before one watched link: how long the sign is lit; the last car that saw it."""

GIVING_WAY = columns(
    purpose="i8", see="i8", near_ms="i8", pause_ms="i8", night_logit="f8", react_s="f8",
    brake="f8", alert_react_s="f8", alert_brake="f8",
)  # fmt: skip
"""The scalars of drivers' yielding: one row."""


@by_address
class CrossingColumns(NamedTuple):
    """The crossings of one run.

    ``recall`` float64 [crossing, hour]: the chance that a walker is noticed, and ``dark`` bool
    [hour], both by hour since the first midnight lived. ``walked`` int32 [crossing, MINUTES]:
    walkers by minute of day.
    """

    places: Rows
    watches: Rows
    windows: Rows
    alarms: Rows
    rules: Rows
    recall: NDArray[np.float64]
    dark: NDArray[np.bool_]
    walked: NDArray[np.int32]
