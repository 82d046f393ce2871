"""How a base day moved: speeds by hour, waits for buses, riders aboard, and published figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from gis.population import Mode
from gis.population.totals import UNPUBLISHED, Total, compared, counted
from twin.solution import Run
from twin.trace import Trace
from twin.world.transit.columns import Unserved

__all__ = ["bus_waits", "driven", "moved", "published"]

Row = tuple[str, int | None, float, float]
SPEED, WAIT, LOAD = "speed of cars", "wait for buses", "riders aboard as a bus leaves a stop"
LOST = "trips without a car that found no way or no bus, or gave up"
RODE, WALKED, NO_BUS, GAVE_UP, CARRIED = (
    f"trips by bus: {what}"
    for what in (
        "rode", "walked, as no ride saves steps", "found no bus", "gave up at a stop",
        "carried beyond the city's lines",
    )
)  # fmt: skip
BY_BUS = "share of trips by bus"
UNITS = {SPEED: "km/h", WAIT: "min", LOAD: "persons", LOST: "share of trips",
         **dict.fromkeys((RODE, WALKED, NO_BUS, GAVE_UP, CARRIED), BY_BUS)}  # fmt: skip
FIGURE = {7: "street_morning_kmh", 8: "street_morning_kmh", 17: "street_evening_kmh",
          18: "street_evening_kmh", None: "street_kmh"}  # fmt: skip
"""The published speed of an hour, and (None) of a day."""
DRIVEN = ("link", "hour", "cars", "spent_s", "km", "h", "free_h")
KINDS = (pa.string(), pa.int64(), pa.float64(), pa.float64())


def moved(run: Run) -> pa.Table:
    """Return the means of a run as two sums, so that those of several runs are one mean.

    Columns name, hour (null: of the whole day), total, over: the mean is ``total / over``. Speeds
    are of all cars on all streets (km over h); a wait is that of everybody at a stop, of those who
    gave up too (min over legs); a load is of every stop that a bus left; what was not made is
    counted (legs over all that ended), and what came of trips by bus (legs over all that ended).
    """
    rows = [*_speeds(run), *_waits(run), *_loads(run), *_lost(run), *_by_bus(run)]
    names = ("name", "hour", "total", "over")
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows],
        pa.schema(list(zip(names, KINDS, strict=True))),
    )


def published(tables: Sequence[pa.Table]) -> list[Total]:
    """Return the means of runs beside the figures that are published, those of the day first."""
    every = pa.concat_tables(tables).to_pandas() if tables else pd.DataFrame(columns=["name"])
    rows = []
    for name in UNITS:
        own = every[every["name"] == name]
        for hour, sums in own.groupby(own["hour"].fillna(-1).astype(int)) if len(own) else ():
            if sums["over"].sum() > 0:
                value = float(sums["total"].sum() / sums["over"].sum())
                rows.append(_beside(name, None if hour < 0 else int(hour), value))
    return rows


def _beside(name: str, hour: int | None, value: float) -> Total:
    shown = name if hour is None else f"{name} from {hour:02d}:00"
    if name == SPEED and hour in FIGURE:
        return compared(shown, value, FIGURE[hour])
    return counted(shown, value, UNITS[name], UNPUBLISHED)


def driven(run: Run) -> pd.DataFrame:
    """Return what was driven on each street in each hour of the day, buses too.

    Columns link, hour, cars, spent_s as the trace has them, km, h, and free_h: the time at free
    flow. ``spent_s`` is 0 where nobody left the street, nor was on it at the end.
    """
    flow = run.trace.frame("flow")
    if not len(flow):
        return pd.DataFrame({name: np.zeros(0) for name in DRIVEN})
    streets, link = run.city["streets"], flow["link"].to_numpy(np.int64)
    km = flow["cars"] * streets["length_m"].to_numpy(float)[link] / 1_000
    free_h = km / streets["speed_kmh"].to_numpy(float)[link]
    return flow.assign(km=km, h=flow["spent_s"] / 3_600, free_h=free_h)


def bus_waits(trace: Trace) -> pd.DataFrame:
    """Return leg, wait_ms and rode of all who wanted a bus, also of those who gave up."""
    rides, lost = trace.frame("ride"), trace.frame("unserved")
    both = [pd.DataFrame({"leg": [], "wait_ms": [], "rode": []}).astype(np.int64)]
    if len(rides):
        both.append(rides.assign(rode=1))
    if len(lost):
        both.append(lost[lost["reason"] == Unserved.GAVE_UP].assign(rode=0))
    return pd.concat([rows.reindex(columns=["leg", "wait_ms", "rode"]) for rows in both])


def _speeds(run: Run) -> Iterator[Row]:
    sums = driven(run)
    sums = sums[sums["spent_s"] > 0]
    if not len(sums):
        return
    yield SPEED, None, float(sums["km"].sum()), float(sums["h"].sum())
    for hour, own in sums.groupby("hour"):
        yield SPEED, int(str(hour)), float(own["km"].sum()), float(own["h"].sum())


def _waits(run: Run) -> Iterator[Row]:
    waits = bus_waits(run.trace)
    if len(waits):
        yield WAIT, None, float(waits["wait_ms"].sum()) / 60_000, float(len(waits))


def _loads(run: Run) -> Iterator[Row]:
    calls = run.trace.frame("call")
    if not len(calls):
        return
    calls = calls.sort_values(["bus", "call"], kind="stable")
    aboard = (calls["boarded"] - calls["alighted"]).groupby(calls["bus"]).cumsum()
    yield LOAD, None, float(aboard.clip(lower=0).sum()), float(len(aboard))


def _lost(run: Run) -> Iterator[Row]:
    lost = len(run.trace["unserved"])
    ended = lost + sum(len(run.trace[event]) for event in ("walk", "ride", "travel"))
    if ended:
        yield LOST, None, float(lost), float(ended)


def _by_bus(run: Run) -> Iterator[Row]:
    """Yield what came of trips by bus; who still walks all the way is over.

    Who is carried takes a bus over the edge to or from which no line of the city leads them.
    """
    why, stop = run.trace.column("unserved", "reason"), run.trace.column("ask", "stop")
    no_bus, gave_up = (int((why == what).sum()) for what in (Unserved.NO_BUS, Unserved.GAVE_UP))
    walked, rode = int((stop < 0).sum()) - no_bus, len(run.trace["ride"])
    carried = int((run.trace.column("travel", "mode") == Mode.BUS).sum())
    counts = (rode, walked, no_bus, gave_up, carried)
    if any(counts):
        for name, count in zip((RODE, WALKED, NO_BUS, GAVE_UP, CARRIED), counts, strict=True):
            yield name, None, float(count), float(sum(counts))
