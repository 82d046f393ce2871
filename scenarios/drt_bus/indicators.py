"""What a day's trace says about rides on demand: pure functions of tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, contains_xy

from gis.figures import figure
from gis.population import Mode
from twin.solution import Run
from twin.trace import Trace
from twin.world.transit.behaviour import Ridership
from twin.world.transit.columns import Unserved

__all__ = [
    "WAITS", "WORK", "by_bus_min", "by_day", "gain_krw", "line_fares_krw", "measured", "requests",
    "stops",
]  # fmt: skip

MS_PER_MIN, MS_PER_H, MS_PER_DAY = 60_000, 3_600_000, 86_400_000
UNSERVED_MIN = Ridership.patience_min
"""What counts where the alternative did not serve either: the patience of riders."""

REQUEST = (
    "person", "job", "leg", "asked_ms", "start", "end", "walk_ms", "direct_ms", "worth_krw",
    "instead_krw", "km", "wait_ms", "ride_ms", "why", "lost_ms",
)  # fmt: skip
OF_JOB = ["job", "walk_ms", "direct_ms", "worth_krw", "instead_krw"]
CAME = (
    ("picked_up", "wait_ms", "wait_ms"), ("set_down", "ride_ms", "ride_ms"), ("lost", "why", "why"),
    ("lost", "wait_ms", "lost_ms"),
)  # fmt: skip
WAITS = ("drt.wait_all", "drt.wait", "drt.wait_p90", "drt.ride", "drt.detour", "drt.reject")
WORK = (
    "drt.pax_per_vh", "drt.empty_km_share", "drt.occupancy", "drt.on_board", "drt.km",
    "drt.riders", "drt.asked",
)  # fmt: skip


def requests(trace: Trace, area: Polygon | MultiPolygon | None = None) -> pd.DataFrame:
    """Return every request of a person from an area (None: all), with what came of it.

    Returns
    -------
    pandas.DataFrame
        person, job, leg, asked_ms, start and end (berths), walk_ms (to the stop, reckoned),
        direct_ms, worth_krw and instead_krw (expected gain by the ride, and without it), km (on the
        road, about), wait_ms and ride_ms (missing where nobody took them), why and lost_ms (until
        they knew; missing where all went well).
    """
    asked = trace.frame("asked")
    if not len(asked):
        return pd.DataFrame({name: pd.Series(dtype=float) for name in REQUEST})
    asked = asked[asked["person"] >= 0].rename(columns={"time_ms": "asked_ms"})
    for event, old, name in CAME:
        found = pd.DataFrame({"job": trace.column(event, "job"), name: trace.column(event, old)})
        asked = asked.merge(found, on="job", how="left")
    asked = asked.merge(trace.frame("job")[OF_JOB], on="job")
    x, y = (trace.column("berth", axis) for axis in "xy")
    start, end = asked["start"].to_numpy(), asked["end"].to_numpy()
    apart_m = np.hypot(x[start] - x[end], y[start] - y[end])
    asked["km"] = apart_m * figure("detour") / 1_000
    return asked if area is None else asked[contains_xy(area, x[start], y[start])]


def stops(trace: Trace) -> pd.DataFrame:
    """Return every stop of a vehicle, with the riders aboard on the way to it."""
    found = trace.frame("stop")
    if not len(found):
        return found
    before = found.groupby("vehicle")["aboard"].shift(1).fillna(0)
    return found.assign(before=before)


def _instead_min(trace: Trace, lost: pd.DataFrame, served_min: float) -> pd.Series:
    """Return the minutes from asking to the place by what people did instead, without the ride.

    What the bus would have asked at best, its direct ride, is taken off: it is as if they had
    waited so long, and no less than those who were served on average: nobody's wait gets better
    by being refused. Who has not come anywhere counts with the patience of riders.
    """
    found = [
        pd.DataFrame({name: trace.column(event, name) for name in ("leg", "time_ms")})
        for event in ("walk", "ride", "travel")
    ]
    there = pd.concat(found).drop_duplicates("leg", keep="last")
    after = lost.merge(there, on="leg", how="left")
    minutes = (after["time_ms"] - after["asked_ms"] - after["direct_ms"]) / MS_PER_MIN
    least = 0.0 if np.isnan(served_min) else served_min
    return minutes.fillna(UNSERVED_MIN).clip(lower=least)


def measured(run: Run) -> dict[str, float | None]:
    """Return the indicators of rides on demand from the area, None where nobody asked there.

    What is of vehicles is of all of them, wherever they drive.
    """
    asked = requests(run.trace, run.area.polygon)
    if not len(asked):
        return dict.fromkeys((*WAITS, *WORK), None)
    values = {**_waits(run.trace, asked), **_work(run.trace, asked, run.span_ms)}
    return {name: None if np.isnan(value) else float(value) for name, value in values.items()}


def _waits(trace: Trace, asked: pd.DataFrame) -> dict[str, float]:
    """Return what it was like for those who asked."""
    served, lost = asked[asked["wait_ms"].notna()], asked[asked["why"].notna()]
    wait, ride = served["wait_ms"] / MS_PER_MIN, served["ride_ms"].dropna() / MS_PER_MIN
    everybody = pd.concat([wait, _instead_min(trace, lost, float(wait.mean()))])
    values = (
        everybody.mean(), wait.mean(), wait.quantile(0.9), ride.mean(),
        (served["ride_ms"] / served["direct_ms"]).mean(), 100.0 * len(lost) / len(asked),
    )  # fmt: skip
    return dict(zip(WAITS, values, strict=True))


def _work(trace: Trace, asked: pd.DataFrame, span_ms: tuple[int, int]) -> dict[str, float]:
    """Return what vehicles did, a day."""
    days = max(1.0, (span_ms[1] - span_ms[0]) / MS_PER_DAY)
    drives, shift = stops(trace), trace.frame("shift")
    hours = float((shift["until_ms"] - shift["from_ms"]).sum()) / MS_PER_H * days
    metres, before = (drives[name].to_numpy(float) for name in ("metres", "before"))
    served, moved = asked["wait_ms"].notna().sum(), max(metres.sum(), 1.0)
    values = (
        served / hours, 100.0 * metres[before == 0].sum() / moved, (metres * before).sum() / moved,
        asked["ride_ms"].sum() / MS_PER_H / hours, moved / 1_000 / days, served / days,
        len(asked) / days,
    )  # fmt: skip
    return dict(zip(WORK, values, strict=True))


def by_day(trace: Trace) -> pd.DataFrame:
    """Return what people met and expect, a row a day that was lived to its end.

    Returns
    -------
    pandas.DataFrame
        By day (its index): knows (persons who know the bus, of those who can use the app), asked
        and served (requests), wait_min (mean of those served, missing without any), expected_min
        and expected_share (means of what those who know expect of the next day: the wait, the
        share that is served).
    """
    days = trace.frame("learned")
    met, expected = (days[name] / 60.0 for name in ("wait_s", "expected_s"))
    found = days.assign(
        wait_min=met.where(days["served"] > 0), expected_min=expected.where(days["knows"] > 0)
    ).set_index("day")
    return found[
        ["knows", "asked", "served", "wait_min", "expected_min", "expected_share"]
    ]  # fmt: skip


def gain_krw(asked: pd.DataFrame, wait_s: float, ride: float) -> float:
    """Return what riders gain over what they would do without the bus, KRW of 2016.

    Who is served gains what they expected, less what waiting and riding took longer than they
    reckoned with (``wait_s`` beside the walk to the stop, and ``ride`` times the direct drive). Who
    is not loses the time until they knew, and what going otherwise is worth less.
    """
    hour_krw, weight = figure("time_krw_h") / MS_PER_H, figure("waiting_weight")
    served = asked[asked["ride_ms"].notna()]
    waited_ms = (served["wait_ms"] - served["walk_ms"]).clip(lower=0.0)
    longer_ms = weight * (waited_ms - 1_000 * wait_s)
    longer_ms += served["ride_ms"] - ride * served["direct_ms"]
    lost = asked[asked["why"].notna()]
    expected = served["worth_krw"].sum() + lost["instead_krw"].sum()
    return float(expected - hour_krw * (longer_ms.sum() + weight * lost["lost_ms"].sum()))


def line_fares_krw(trace: Trace) -> float:
    """Return the fares of all who went by bus but those who called one, KRW of 2016.

    To transfer is free; who is carried beyond the city's lines pays as well.
    """
    carried = trace.column("travel", "mode") == Mode.BUS
    return float(figure("bus_krw") * (len(trace["ride"]) + carried.sum()))


def by_bus_min(run: Run) -> float | None:
    """Return the mean wait (min) of all who asked for a bus, of a line or called; None without any.

    Who gave up at a stop, or found no bus, waits for as long as riders are patient, who was not
    served by a bus they called as :func:`measured` says. It is of the whole city, with buses that
    are called or without; who walks as no ride saves steps has no wait.
    """
    trace, asked = run.trace, requests(run.trace)
    line = _waits_of_lines(trace)
    by_line = np.isin(trace.column("unserved", "reason"), (Unserved.GAVE_UP, Unserved.NO_BUS))
    unserved = np.full(int(by_line.sum()), UNSERVED_MIN)
    called = asked["wait_ms"].dropna().to_numpy(float) / MS_PER_MIN
    served_min = float(called.mean()) if len(called) else np.nan
    lost = _instead_min(trace, asked[asked["why"].notna()], served_min).to_numpy(float)
    waits = np.concatenate([line, unserved, called, lost])
    return float(waits.mean()) if len(waits) else None


def _waits_of_lines(trace: Trace) -> NDArray[np.float64]:
    """Return the wait (min) of each who rode a bus of a line.

    In a city whose lines are not known who goes by them within it has half the headway that people
    reckon with.
    """
    if len(trace["line_call"]):
        return np.asarray(trace.column("ride", "wait_ms") / MS_PER_MIN)
    if not len(trace["travel"]):
        return np.zeros(0)
    ends = trace.frame("leg").set_index("leg")[["origin", "destination"]].min(axis=1)
    carried = trace.column("travel", "leg")[trace.column("travel", "mode") == Mode.BUS]
    within = (ends.loc[carried] >= 0).sum()
    return np.full(int(within), figure("headway_h") / 2.0 * MS_PER_H / MS_PER_MIN)
