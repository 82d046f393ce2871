"""Who comes first: machines that look at what is called in, beside the ground crew of today.

Every look is one event, whoever's it is, so that the first eye on the scene counts once: a second
arrival is worth only what it comes earlier. What a look is worth is the lead over the ground crew
(difference of arrival times), not the arrival.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from shapely import MultiPolygon, Polygon, contains_xy

from twin.sim import Process, Sim
from twin.trace import Trace
from twin.world.crews import Crews

__all__ = ["DRONE", "ROBOT", "Case", "answer_calls", "cases", "eyes", "look"]

DRONE, ROBOT = 0, 1
"""Who looks, by the code that the column ``who`` of an event ``look`` holds."""

MS_PER_S = 1_000


class Case(NamedTuple):
    """Something that happens or is called in: number, kind and moments in ms of the trace.

    See :meth:`twin.world.crews.Crews.table`; ``call_ms`` is -1 where nobody calls. A ``probe``
    holds nobody up: who would have come to it is told, and stays free.
    """

    case: int
    kind: int
    x: float
    y: float
    time_ms: int
    call_ms: int
    scene_ms: int
    end_ms: int
    real: int
    place: int
    probe: int


def cases(sim: Sim, polygon: Polygon | MultiPolygon) -> list[Case]:
    """Return what happens in an area in a run, called in or not, in the order of its numbers."""
    table = sim.part(Crews).table().to_pandas()
    here = table[contains_xy(polygon, table["x"].to_numpy(), table["y"].to_numpy())]
    columns = (here[name].tolist() for name in Case._fields)
    return [Case(*row) for row in zip(*columns, strict=True)]


def answer_calls(
    sim: Sim, wanted: list[Case], do: Callable[[Case], None], *, key: tuple[int, int]
) -> None:
    """Do something at the moment of each call among some cases, in the order of their numbers."""

    def wait() -> Process:
        for one in sorted(wanted, key=lambda case: (case.call_ms, case.case)):
            due_s = (one.call_ms + sim.span.epoch_ms) / MS_PER_S
            yield sim.wait(max(0.0, due_s - sim.now))
            do(one)

    sim.start(wait(), key=key)


def look(sim: Sim, case: Case, *, who: int, machine: int, after_s: float = 0.0) -> None:
    """Record that a machine has a case in view, so many seconds from now on."""
    at_ms = sim.env.now - sim.span.epoch_ms + round(after_s * MS_PER_S)
    sim.record("look", case=case.case, who=who, machine=machine, at_ms=at_ms)


def eyes(trace: Trace, polygon: Polygon | MultiPolygon) -> pd.DataFrame:
    """Return the cases of an area with who saw them first, of crews and machines.

    The columns of :meth:`twin.world.crews.Crews.table`, and: drone_ms, robot_ms (first look of
    each, NaN), eye_ms (first of all who came, NaN for none), wait_s (from the call to the first
    eye; 0 where it was seen before; NaN where nobody called) and lead_s (how much earlier than the
    crew; 0 where the crew was first).
    """
    found: pd.DataFrame = trace.frame("case")
    if not len(found):
        return found
    found = found[contains_xy(polygon, found["x"].to_numpy(), found["y"].to_numpy())]
    looks = trace.frame("look")
    for who, name in ((DRONE, "drone_ms"), (ROBOT, "robot_ms")):
        own = looks[looks["who"] == who] if len(looks) else looks.assign(case=[], at_ms=[])
        first = own.groupby("case")["at_ms"].min()
        found[name] = found["case"].map(first).astype(float)
    crew = found["scene_ms"].where(found["call_ms"] >= 0).astype(float)
    eye = pd.concat([crew, found["drone_ms"], found["robot_ms"]], axis=1).min(axis=1)
    called = found["call_ms"].where(found["call_ms"] >= 0).astype(float)
    seen: pd.DataFrame = found.assign(
        eye_ms=eye,
        wait_s=np.maximum(eye - called, 0.0) / MS_PER_S,
        lead_s=np.maximum(crew - eye, 0.0) / MS_PER_S,
    )
    return seen
