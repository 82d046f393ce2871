"""Counts beside the base day, a city's own and what is known of others: how far the twin is off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.city import City
from twin.datafile import DataTable, read_table
from twin.experiment.compare import estimate
from twin.solution import Run
from twin.world.columns import Kind
from twin.world.indicators import moments, seen_illegally, stays

__all__ = ["QUANTITIES", "Beside", "Yardstick", "beside", "simulated", "yardsticks"]

MS_PER_H = 3_600_000
S_PER_YEAR = 365 * 24 * 3_600


@dataclass(frozen=True)
class Beside:
    """One count and the twin's mean for it, with the interval of its replications.

    ``hour`` is None where the count is not of an hour.
    """

    place: str
    hour: float | None
    quantity: str
    observed: float
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Yardstick:
    """What is known of another place (``name``) and of every city, with its source."""

    name: str
    quantity: str
    value: float
    source: str
    tag: str
    note: str = ""


@cache
def yardsticks() -> DataTable[Yardstick]:
    """Return what every base day is set beside."""
    return read_table(Path(__file__).with_name("yardsticks.yaml"), "yardsticks", Yardstick)


def simulated(run: Run) -> pa.Table:
    """Return the twin's value of each count in ``observed.csv``, and of each yardstick.

    Columns place, hour, quantity, observed, simulated: the mean of the days, null at an hour that
    the run does not live. A place is a district, a car park or, for ``cars_per_hour``, a street, by
    its name; that of a yardstick is where it was counted.

    Raises
    ------
    ValueError
        For a quantity or a place that is not known.
    """
    rows = [*_counts(run), *_yardsticks(run)]
    kinds = (pa.string(), pa.float64(), pa.string(), pa.float64(), pa.float64())
    names = ("place", "hour", "quantity", "observed", "simulated")
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows],
        pa.schema(list(zip(names, kinds, strict=True))),
    )


Row = tuple[str, float | None, str, float, float | None]


def _counts(run: Run) -> Iterator[Row]:
    counts = run.city.tables.get("observed", NO_COUNTS)
    columns = (counts[name].to_list() for name in NO_COUNTS)
    for place, hour, quantity, value in zip(*columns, strict=True):
        found = _value(run, str(place), float(hour), str(quantity))
        yield str(place), float(hour), str(quantity), float(value), found


def _yardsticks(run: Run) -> Iterator[Row]:
    if run.registered_cars:
        for known in yardsticks().entries.values():
            value = PER_CAR[known.quantity](run)
            per_car = None if value is None else value / run.registered_cars
            yield known.name, None, known.quantity, known.value, per_car


def _tickets_a_year(run: Run) -> float:
    """Tickets in a year of such days."""
    return len(run.trace["ticket"]) * S_PER_YEAR / (run.span_s[1] - run.span_s[0])


def _illegal_a_day(run: Run) -> float | None:
    """Distinct cars seen standing illegally in the whole city, by the rounds of the run's count."""
    rounds = (run.counting.rounds_h,)
    return seen_illegally(run.trace, None, span_ms=run.span_ms, rounds_h=rounds)[0]


def beside(tables: Sequence[pa.Table], level: float = 0.95) -> list[Beside]:
    """Return each count beside the mean of the runs these tables are of."""
    rows = zip(*(table.to_pylist() for table in tables), strict=True)
    return [_row(same, level) for same in rows]


def _row(same: Iterable[dict[str, Any]], level: float) -> Beside:
    runs = list(same)
    first = runs[0]
    found = asdict(estimate([run["simulated"] for run in runs], level))
    found.pop("n")
    return Beside(first["place"], first["hour"], first["quantity"], first["observed"], **found)


def _value(run: Run, place: str, hour: float, quantity: str) -> float | None:
    if quantity not in QUANTITIES:
        known = ", ".join(QUANTITIES)
        raise ValueError(f"observed: quantity must be one of {known}, got {quantity!r}")
    return QUANTITIES[quantity](run, place, hour)


def _parked(run: Run, place: str, hour: float) -> float | None:
    """Cars standing anywhere in the place at the hour."""
    return _mean([float(kinds.size) for kinds in _standing(run, place, hour)])


def _illegal(run: Run, place: str, hour: float) -> float | None:
    """Cars standing illegally in the place at the hour."""
    standing = _standing(run, place, hour)
    return _mean([float((kinds == Kind.KERB_ILLEGAL).sum()) for kinds in standing])


def _mean(days: Sequence[float]) -> float | None:
    return sum(days) / len(days) if days else None


def _cars_per_hour(run: Run, place: str, hour: float) -> float | None:
    """Cars that enter a street of that name in the hour that begins then, mean of its links."""
    named = np.flatnonzero(run.city["streets"]["name"].to_numpy() == place)
    if not len(named):
        raise ValueError(f"observed: there is no street {place!r} in {run.city.name}")
    flow = run.trace.frame("flow")
    there = flow[flow["link"].isin(named) & (flow["hour"] == int(hour) % 24)]
    start, end = run.span_ms
    whole_days = (end - start) % (24 * MS_PER_H) == 0
    days = len(moments((start, end if whole_days else end - MS_PER_H + 1), int(hour)))
    return float(there["cars"].sum()) / len(named) / days if days else None


def _standing(run: Run, place: str, hour: float) -> list[NDArray[np.int8]]:
    """Return the kinds of the lots on which cars stand in a place at an hour, by day."""
    lots = run.trace.frame("lot")
    here = lots["lot"].to_numpy()[_lots_of(run.city, place, lots[["x", "y"]].to_numpy(float))]
    every = stays(run.trace, run.span_ms[1])
    every = every[every["lot"].isin(here)]
    kinds = lots["kind"].to_numpy()[every["lot"]]
    start, end = every["start_ms"].to_numpy(), every["end_ms"].to_numpy()
    return [kinds[(start <= at) & (end > at)] for at in moments(run.span_ms, hour)]


def _lots_of(city: City, place: str, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which lots lie in the district, or are the car park, of a name."""
    if "districts" in city:
        named = city["districts"][city["districts"]["name"] == place]
        if len(named):
            shape = shapely.union_all(named.geometry.to_numpy())
            return np.asarray(shapely.contains_xy(shape, points[:, 0], points[:, 1]))
    parks = city["car_parks"]["name"].to_numpy() == place
    if not parks.any():
        raise ValueError(f"observed: there is no district or car park {place!r} in {city.name}")
    return np.append(parks, np.zeros(len(points) - len(parks), bool))


NO_COUNTS = pd.DataFrame(columns=["place", "hour", "quantity", "value"])
PER_CAR: dict[str, Callable[[Run], float | None]] = {
    "tickets_per_car_year": _tickets_a_year,
    "illegal_per_car_day": _illegal_a_day,
}
QUANTITIES: dict[str, Callable[[Run, str, float], float | None]] = {
    "parked": _parked,
    "illegal": _illegal,
    "cars_per_hour": _cars_per_hour,
}
"""What a count can be: cars parked or parked illegally at an hour, cars an hour on a street."""
