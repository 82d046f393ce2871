"""The columns of walkers: persons with their legs, the footways, and the trees that lead on them.

Times are integer milliseconds, lengths metres, speeds m/s. A row number is an id.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.shared import by_address
from twin.world.rows import Rows, columns

__all__ = [
    "LEG", "MACHINE", "MET", "NO_WAY", "PERSON", "SPOT", "STROLL", "WAY", "Pace",
    "Walking",
]  # fmt: skip

NO_WAY = 255
"""The slot that says: no footway leads there within reach."""

MET = 4
"""How many cars met at a crossing a walker keeps apart."""


class Pace:
    """What a person is doing."""

    RESTING = 0
    STARTING = 1
    WALKING = 2
    ARRIVING = 3
    RIDING = 4
    CARRIED = 5
    ON_CALL = 6


PERSON = columns(
    leg="i8", beyond="i8", due_ms="i8", start_ms="i8", wait_ms="i8", kerb_ms="i8", lit_ms="i8",
    key="i8", metres="f8", mps="f8", margin_s="f8", judged="f8", node="i4", spot="i4", goal="i4",
    arc="i4", pace="i1", stage="i1", cars_met="i1", straight="i1",
)  # fmt: skip
"""A person, whose legs still to come are the rows ``leg`` to ``beyond`` - 1 (the first is on).

``due_ms`` is when a leg begins, or is over that no footway and no bus serves, or the next act of a
ride. ``start_ms``, ``metres`` and ``wait_ms`` (at crossings) are of the leg; ``kerb_ms``,
``lit_ms`` (when the sign shows them, -1 never), ``stage`` and ``cars_met`` of the crossing they are
at, and ``judged`` how long they think a gap there is, over what it is. ``mps`` is their speed,
``margin_s`` what they want left of a gap; both last. ``straight`` is 1
on a leg that no footway serves.
"""

LEG = columns(
    depart_ms="i8",
    moment="i8",
    planned_ms="i8",
    origin="i4",
    destination="i4",
    gate="i4",
    mode="i1",
    purpose="i1",
    off="i1",
)
"""A leg, in the order of (person, moment); origin and destination are spots, -1 outside.

``gate`` is the junction by which the city is left or entered, -1 where it is not.
``moment`` is the word of luck of its day, which starts at 04:00, and its order in that day;
``planned_ms`` how long it takes where it is neither walked nor ridden by bus, -1 unknown. One that
is ``off`` is not made, as things stand: the same leg made otherwise, or a trip by car, is.
"""

MACHINE = columns(
    step="i4", beyond="i4", ahead="i4", entered="i4", met="i4", give_way_ms="i8", blocked_ms="i8",
    door_m="f8",
)  # fmt: skip
"""A machine that goes on footways; the persons after the residents are the machines, in order.

Its way are the arcs from ``step`` to ``beyond`` - 1 of its row of ``routes``, and ``door_m`` from
the last to a door. It has ``met`` so many walkers on it, and stood ``blocked_ms``: ``give_way_ms``
for each on a footway. ``ahead`` came towards it when it took the arc it is on, and ``entered`` had
done so before.
"""

WAY = columns(metres="f8", head="i4", crossing="i4", against="i1")
"""A footway in one direction: its crossing (-1), and whether it is walked against its line."""

SPOT = columns(x="f8", y="f8", door_m="f8", node="i4", tree="i4")
"""Where legs begin and end: place, metres from there to its node, its row in the trees."""

STROLL = columns(seed="i8", epoch="i8", notice="i8", judge="i8", detour="f8", judge_cv="f8")
"""The scalars of walkers: one row."""


@by_address
class Walking(NamedTuple):
    """The walkers of one run.

    ``first`` int32 [node + 1] and ``onward`` int32: arcs, grouped by the node they leave. ``slots``
    uint8 [tree, node]: the place of the next arc among those that leave the node, ``NO_WAY`` where
    none leads on. ``footfall`` int32 [arc, 24]: walkers that entered an arc in each hour of the
    day. ``met`` int32 [person, MET]: the cars met at the crossing they are at. ``on`` int32 [arc]:
    the walkers on each arc, counted where there are machines. ``routes`` int32 [machine, arcs].
    ``there`` int32 [1 + machine]: how many machines have come to the end of their way since
    somebody looked, and which.
    """

    persons: Rows
    legs: Rows
    ways: Rows
    spots: Rows
    rules: Rows
    first: NDArray[np.int32]
    onward: NDArray[np.int32]
    slots: NDArray[np.uint8]
    footfall: NDArray[np.int32]
    met: NDArray[np.int32]
    machines: Rows
    on: NDArray[np.int32]
    routes: NDArray[np.int32]
    there: NDArray[np.int32]
