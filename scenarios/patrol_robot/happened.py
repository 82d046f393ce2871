"""What happened in a park on the day of a run: who saw it first, and which crime was left."""

from __future__ import annotations

import pyarrow as pa
from shapely import contains_xy

from scenarios.patrol_robot.indicators import Seen, View
from twin.luck import Luck
from twin.response import eyes
from twin.solution import Run
from twin.world.incidents import INCIDENT_KINDS, thinned
from twin.world.parks import Park

__all__ = ["crimes_left", "looks"]

DAYS, MS_PER_S = 365.0, 1_000.0


def looks(run: Run, park: Park, days: float) -> dict[str, float | None]:
    """Return how many cases of the park robots are to see, and to see first of all."""
    found = eyes(run.trace, park.polygon)
    found = found[found["real"] == 1] if len(found) else found
    if not len(found):
        return {"patrol.looks": 0.0, "patrol.first": 0.0}
    weight, robot = found["weight"], found["robot_ms"]
    return {
        "patrol.looks": DAYS / days * float(weight[robot.notna()].sum()),
        "patrol.first": DAYS / days * float(weight[robot <= found["eye_ms"]].sum()),
    }


def crimes_left(run: Run, felt: Seen, view: View, days: float) -> float:
    """Return the crimes a year of the park that are left of those of the day."""
    table = run.trace["case"]
    if not len(table):
        return 0.0
    frame = table.to_pandas()
    kind = INCIDENT_KINDS.index("crime")
    here = contains_xy(view.park.polygon, frame["x"].to_numpy(), frame["y"].to_numpy())
    crimes = table.filter(pa.array(here & (frame["real"] == 1) & (frame["kind"] == kind)))
    x, y, time_ms = (crimes.column(name).to_numpy() for name in ("x", "y", "time_ms"))
    share = felt.put_off(view, x, y, time_ms / MS_PER_S)
    left = thinned(crimes, share, Luck(view.luck.seed, "deterred", run.replication))
    return DAYS / days * float(left.column("weight").to_numpy().sum())
