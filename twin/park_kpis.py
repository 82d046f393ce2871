"""What a run tells of a park: who was in it and when, and where those went that go round in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.luck import Luck
from twin.params import specs
from twin.rounds import loop, park_in
from twin.sim import Sim
from twin.solution import Run, Solution
from twin.world.ground import Ground
from twin.world.parks import Park
from twin.world.visitors import Visiting, minutes_by_hour, visits

__all__ = [
    "PARK_DATA", "Crowd", "Legs", "as_installed", "crowd", "judged_park", "legs", "note", "passes",
]  # fmt: skip

Own = TypeVar("Own", bound=Solution)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARK_DATA = {
    "parks": 3.0, "footways": 2.0, "buildings": 1.0, "buildings.dwellings": 1.0,
    "districts.population": 2.0,
}  # fmt: skip
"""Weights of the data that a day in a park rests on: most its ways and who lives near [GK]."""

ENDS = ["x", "y", "to_x", "to_y"]
MS_PER_H, MS_PER_S, S_PER_H, MIN_PER_H = 3_600_000, 1_000, 3_600.0, 60.0


def note(sim: Sim, event: str, solution: Solution) -> None:
    """Record the numbers that a solution is set to, so that it can be judged by its own."""
    numbers = {
        spec.name: float(getattr(solution, spec.name))
        for spec in specs(type(solution))
        if spec.type is not str
    }
    sim.record(event, **numbers)


def as_installed(run: Run, event: str, solution: Own) -> Own | None:
    """Return a solution as it was set in a run, by what it noted; None where it was not there.

    One solution of a study judges the runs of all alternatives, whatever these were set to.
    """
    table = run.trace.frame(event)
    if not len(table):
        return None
    row = table.iloc[-1]
    types = {spec.name: spec.type for spec in specs(type(solution)) if spec.type is not str}
    return replace(solution, **{name: kind(row[name]) for name, kind in types.items()})


def judged_park(run: Run, solution: Solution, name: str) -> Park | None:
    """Return the park in which a solution is judged; None where the study looks elsewhere."""
    if run.ground is None:
        return None
    try:
        park = park_in(run.ground, solution.where, name=name, what=type(solution).__name__)
    except ValueError:
        return None
    place = park.polygon.representative_point()
    return park if bool(run.area.inside([place.x], [place.y])[0]) else None


class Crowd(NamedTuple):
    """Who was in a park: visits (rows), their minutes by hour, and person-hours of who passes."""

    visits: pd.DataFrame
    minutes: Floats
    passing_h: Floats

    @property
    def person_h(self) -> Floats:
        """Person-hours in each hour, of visitors and of those on their way through."""
        return np.asarray(self.minutes.sum(axis=0) / MIN_PER_H + self.passing_h, np.float64)


def crowd(run: Run, ground: Ground, park: Park, *, walk_mps: float) -> Crowd:
    """Return who was in a park in a run, by hour since midnight of day 0.

    Visits are those of the run's replication; who passes are the day's walkers on the park's ways.
    """
    start_ms, end_ms = run.span_ms
    hours = -(-end_ms // MS_PER_H)
    wet = np.zeros(hours, bool)
    sky = run.trace.frame("weather")
    if len(sky):
        wet[sky["hour"][sky["rain_mm"] > 0.0]] = True
    luck = Luck(ground.seed, "visits", run.replication)
    found = visits(ground, park, luck, wet, holiday=run.day_type == "holiday", visiting=Visiting())
    found = found[(found["until_ms"] > start_ms) & (found["from_ms"] < end_ms)]
    found = found.assign(
        from_ms=found["from_ms"].clip(lower=start_ms), until_ms=found["until_ms"].clip(upper=end_ms)
    )
    passing = _passing(run, ground, park) / walk_mps / S_PER_H
    lived = np.arange(start_ms // MS_PER_H, hours)
    spread = np.zeros(hours)
    spread[lived] = (passing / np.maximum(np.bincount(lived % 24, minlength=24), 1))[lived % 24]
    return Crowd(found.reset_index(drop=True), minutes_by_hour(found, hours), spread)


def _passing(run: Run, ground: Ground, park: Park) -> Floats:
    """Return the metres that the day's walkers went on the park's ways in each hour of the day."""
    metres = np.zeros(24)
    table = run.trace.frame("footfall")
    if len(table):
        network = ground.walks.network
        half = len(network.tails) // 2
        own = table[np.isin(table["arc"] % half, park.ways)]
        went = own["walkers"].to_numpy(float) * network.cost[own["arc"].to_numpy()]
        np.add.at(metres, own["hour"].to_numpy(), went)
    return metres


@dataclass(frozen=True, eq=False)
class Legs:
    """The legs of those who went round in a run: one row each, within the time looked at.

    machine, from_ms, until_ms, x, y, to_x, to_y, arc (-1 where it stands), met.
    """

    table: pd.DataFrame
    span_ms: tuple[int, int]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def seconds(self) -> Floats:
        """How long each leg took."""
        took_ms = self.table["until_ms"].to_numpy(float) - self.table["from_ms"].to_numpy(float)
        return np.asarray(took_ms / MS_PER_S, np.float64)

    @property
    def metres(self) -> Floats:
        """How far each leg went, along the straight line."""
        return np.asarray(
            np.hypot(self.table["to_x"] - self.table["x"], self.table["to_y"] - self.table["y"])
        )

    def hourly(self, values: Floats) -> Floats:
        """Return a quantity of each leg summed by the hour since midnight of day 0 it began in."""
        hours = -(-self.span_ms[1] // MS_PER_H)
        total = np.zeros(hours)
        began = self.table["from_ms"].to_numpy(np.int64).clip(*self.span_ms) // MS_PER_H
        np.add.at(total, np.minimum(began, hours - 1), values)
        return total


def legs(run: Run, event: str, ground: Ground, park: Park) -> Legs:
    """Return the legs on the round of a park that were recorded as an event; perhaps none."""
    columns = ["machine", "from_ms", "until_ms", "x", "y", "to_x", "to_y", "arc", "met"]
    table = run.trace.frame(f"{event}_leg")
    if not len(table):
        return Legs(pd.DataFrame({name: [] for name in columns}), run.span_ms)
    network, around = ground.walks.network, loop(ground, park)
    half = len(network.tails) // 2
    here = np.isin(table["arc"] % half, around % half)
    nodes = np.column_stack([network.x, network.y])[np.unique(network.tails[around])]
    stands = (table["arc"] < 0).to_numpy()
    apart = table.loc[stands, ["x", "y"]].to_numpy()[:, None] - nodes[None]
    here[stands] = (np.abs(apart).max(axis=2) < 1e-6).any(axis=1)
    return Legs(table.loc[here, columns].reset_index(drop=True), run.span_ms)


def passes(gone: Legs, points: Floats, reach_m: float) -> pd.DataFrame:
    """Return when those who go round have which points (rows) within reach.

    Returns
    -------
    pandas.DataFrame
        point, begin_s, end_s (since midnight of day 0): along a leg while the straight line is
        within reach, where it stands all the time.
    """
    if not len(gone):
        return pd.DataFrame({"point": np.zeros(0, int), "begin_s": [], "end_s": []})
    ways, leg = np.unique(gone.table[ENDS], axis=0, return_inverse=True)
    near = _in_reach(ways.astype(float), points, reach_m)
    rows = pd.DataFrame({"way": leg.ravel(), "leg": np.arange(len(gone))}).merge(near, on="way")
    began = gone.table["from_ms"].to_numpy(float)[rows["leg"]] / MS_PER_S
    took = gone.seconds[rows["leg"]]
    return pd.DataFrame(
        {"point": rows["point"], "begin_s": began + took * rows["enters"],
         "end_s": began + took * rows["leaves"]}
    )  # fmt: skip


def _in_reach(ways: Floats, points: Floats, reach_m: float) -> pd.DataFrame:
    """Return the points within reach of straight ways (x, y, to_x, to_y), and from where to where.

    Columns: way, point (rows), enters and leaves (shares of the way).
    """
    lines = shapely.linestrings(ways.reshape(-1, 2, 2))
    way, point = shapely.STRtree(shapely.points(points)).query(
        lines, predicate="dwithin", distance=reach_m
    )
    order = np.lexsort((point, way))
    way, point = way[order], point[order]
    step, off = (ways[:, 2:] - ways[:, :2])[way], points[point] - ways[way, :2]
    length = np.hypot(*step.T)
    moves = length > 0.0
    unit = np.divide(step, length[:, None], out=np.zeros_like(step), where=moves[:, None])
    middle, aside = (off * unit).sum(axis=1), unit[:, 0] * off[:, 1] - unit[:, 1] * off[:, 0]
    half = np.sqrt(np.maximum(reach_m**2 - aside**2, 0.0))
    share = np.divide(1.0, length, out=np.zeros(len(length)), where=moves)
    enters = np.clip((middle - half) * share, 0.0, 1.0)
    leaves = np.where(moves, np.clip((middle + half) * share, 0.0, 1.0), 1.0)
    return pd.DataFrame({"way": way, "point": point, "enters": enters, "leaves": leaves})
