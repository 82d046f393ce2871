"""How the area of a study and its ring move: indicators of every study, whatever its solutions.

Only what a run lives is measured: without queues no speed, delay or emission, without those who go
without a car neither walks nor buses.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.area import Area
from twin.crossing_kpis import CROSSING_KPIS
from twin.emissions import emissions
from twin.experiment.movement import bus_waits, driven
from twin.solution import KPI, RING, Run, with_ring
from twin.world.crossings.measures import crossing_waits

__all__ = ["MOVEMENT", "movement_kpis", "moves"]

MS_PER_H, MS_PER_MIN, MS_PER_DAY = 3_600_000, 60_000, 86_400_000
KERB_WAIT = "xwalk.ped_delay"
Values = dict[str, float | None]

DRIVEN = (
    KPI("move.vkm", "veh-km/day", "less",
        "driven by all vehicles, buses too, on the streets whose middle lies there: those that "
        "came onto each x its length"),
)  # fmt: skip
QUEUED = (
    KPI("move.kmh", "km/h", "more",
        "vehicle-km of those streets / the time that vehicles spent on them, hour by hour of those "
        "in which somebody left"),
    KPI("move.kmh_busiest", "km/h", "more",
        "the same in the hour of the day with the most vehicle-km there"),
    KPI("move.delay", "veh-h/day", "less",
        "time that vehicles spent on those streets beyond that of free flow at the streets' "
        "speeds; waits to join a street are not in it; without a price, for the search is in the "
        "ease of parking"),
    KPI("move.squeezes", "1/day", "less",
        "cars that squeezed into a full street there, for they were stuck for too long"),
    KPI("move.co2", "t/day", "less",
        "carbon dioxide of those vehicle-km, all as cars, by the mean speed of each street in each "
        "hour (Barth & Boriboonsomsin 2008); without a price: no guideline value was found"),
    KPI("move.fuel", "L/day", "less", "the petrol that burns to that carbon dioxide"),
)  # fmt: skip
ON_FOOT = (
    KPI("move.walk_h", "person-h/day", "less",
        "on foot, to stops and at crossings too, of trips without a car that end there"),
    KPI("move.bus_wait", "min", "less",
        "wait at stops of trips that end there, mean of all who wanted a bus of a line; who gave "
        "up counts with the wait until then"),
    KPI("move.riders", "person/day", "more", "trips that end there and took a bus of a line"),
)  # fmt: skip
CROSSED = tuple(kpi for kpi in CROSSING_KPIS if kpi.name.removesuffix(RING) == KERB_WAIT)

MOVEMENT = (*(kpi.name for kpi in (*DRIVEN, *QUEUED, *ON_FOOT)), KERB_WAIT)
"""The names of these indicators, in the area."""


def movement_kpis(*, queues: bool, everybody: bool) -> tuple[KPI, ...]:
    """Return the indicators of what is lived, in the area and then in its ring."""
    streets = with_ring((*DRIVEN, *(QUEUED if queues else ())))
    return (*streets, *with_ring(ON_FOOT), *CROSSED) if everybody else streets


def moves(run: Run, *, queues: bool, everybody: bool) -> Values:
    """Return those indicators of a run; a ring that is empty has none."""
    wanted = movement_kpis(queues=queues, everybody=everybody)
    found = _measured(run, run.area) | {
        f"{name}{RING}": value for name, value in _measured(run, run.area, ring=True).items()
    }
    return {kpi.name: found[kpi.name] for kpi in wanted}


def _measured(run: Run, area: Area, *, ring: bool = False) -> Values:
    if ring and area.ring.is_empty:
        return dict.fromkeys(MOVEMENT)
    where = area.in_ring if ring else area.inside
    legs = run.trace.frame("leg")
    ends = legs["leg"][where(legs["x"], legs["y"])] if len(legs) else pd.Series([], dtype=int)
    x, y = (run.trace.column("crossing", axis) for axis in ("x", "y"))
    crossings = where(x, y) if len(x) else np.zeros(0, bool)
    days = max(1.0, (run.span_ms[1] - run.span_ms[0]) / MS_PER_DAY)
    found = {**_streets(run, _middles(run, area, ring=ring)), **_without_car(run, ends)}
    for kpi in (*DRIVEN, *QUEUED, *ON_FOOT):
        total = found[kpi.name]
        if total is not None and kpi.unit.endswith("/day"):
            found[kpi.name] = total / days
    return {**found, KERB_WAIT: crossing_waits(run.trace, crossings)["wait_s"]}


def _middles(run: Run, area: Area, *, ring: bool) -> NDArray[np.bool_]:
    """Return which streets have their middle there."""
    if "streets" not in run.city:
        return np.zeros(0, bool)
    lines = run.city["streets"].geometry.to_numpy()
    x, y = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True)).T
    return (area.in_ring if ring else area.inside)(x, y)


def _streets(run: Run, there: NDArray[np.bool_]) -> Values:
    flow = driven(run)
    flow = flow[there[flow["link"].to_numpy(np.int64)]] if len(flow) else flow
    known = flow[flow["spent_s"] > 0]
    by_hour = known.groupby("hour")[["km", "h"]].sum()
    squeezed = run.trace.column("squeeze", "arc")
    burnt = emissions(flow, run.city["streets"]["length_m"].to_numpy(float)) if len(flow) else flow
    busiest = by_hour.loc[[by_hour["km"].idxmax()]] if len(by_hour) else by_hour
    return {
        "move.vkm": float(flow["km"].sum()),
        "move.kmh": _over(known["km"].sum(), known["h"].sum()),
        "move.kmh_busiest": _over(busiest["km"].sum(), busiest["h"].sum()),
        "move.delay": float(known["h"].sum() - known["free_h"].sum()),
        "move.squeezes": float(there[squeezed].sum()) if len(squeezed) else 0.0,
        "move.co2": float(burnt["co2_kg"].sum()) / 1_000 if len(burnt) else 0.0,
        "move.fuel": float(burnt["fuel_l"].sum()) if len(burnt) else 0.0,
    }


def _without_car(run: Run, ends: pd.Series) -> Values:
    trace = run.trace
    on_foot = 0.0
    for event in ("walk", "access"):
        walked = trace.frame(event)
        if len(walked):
            walked = walked[walked["leg"].isin(ends)]
            on_foot += float((walked["time_ms"] - walked["start_ms"]).sum())
    waits = bus_waits(trace)
    waits = waits[waits["leg"].isin(ends)]
    return {
        "move.walk_h": on_foot / MS_PER_H,
        "move.bus_wait": _over(waits["wait_ms"].sum() / MS_PER_MIN, len(waits)),
        "move.riders": float(waits["rode"].sum()),
    }


def _over(total: float, over: float) -> float | None:
    return float(total) / float(over) if over else None
