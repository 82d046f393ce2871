"""What a day's trace says about parking in an area: pure functions of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from shapely import MultiPolygon, Polygon, contains_xy

from twin.trace import Trace
from twin.world.columns import SEARCH_CAP_MS, Kind

__all__ = [
    "Counting", "Window", "measure_parking", "moments", "seen_illegally", "stays",
    "supply_and_demand",
]  # fmt: skip

Window: TypeAlias = tuple[int, int]
"""Start and end of what is looked at, ms since midnight of day 0; the end is left out."""

MS_PER_H = 3_600_000
MS_PER_DAY = 24 * MS_PER_H
MS_PER_MIN = 60_000
SEARCH_CAP_MIN = SEARCH_CAP_MS / MS_PER_MIN
CAR_WIDTH_M = 2.0
CLEAR_WIDTH_M = 3.5
OPEN_KINDS = (Kind.PUBLIC, Kind.RESIDENT_PRIORITY, Kind.KERB_LEGAL, Kind.SHARED)
SUMS = (
    "illegal_veh_h", "blocked_access", "search_h", "walk_h", "failed", "fees_public", "fees_shared",
    "fees_owners", "fines", "ease_time", "ease_choice",
)  # fmt: skip
"""What adds up over the days of a run, and is told of one."""


@dataclass(frozen=True)
class Counting:
    """The counting protocol: the hours of the rounds, and the hour at which supply is compared.

    What is counted at an hour that the run does not live is undefined.
    """

    rounds_h: tuple[float, ...] = (10.0, 14.0, 17.0, 21.0)
    reference_h: float = 14.0


def moments(span_ms: Window, hour: float) -> range:
    """Return the moments (ms) of a window at which it is this hour of the day, one a day."""
    start, end = span_ms
    return range(start + (round(hour * MS_PER_H) - start) % MS_PER_DAY, end, MS_PER_DAY)


def _days(span_ms: Window) -> float:
    """Return how many days a window holds; one shorter than a day stands for its day."""
    return max(1.0, (span_ms[1] - span_ms[0]) / MS_PER_DAY)


def stays(trace: Trace, end_ms: int) -> pd.DataFrame:
    """Return every stay: car, lot, start_ms, end_ms (the end of the day for who stays on).

    A car that stood there already starts with the day: its n-th stay ends when it leaves n-th.
    """
    columns = {"car": "car", "lot": "lot", "time_ms": "start_ms"}
    parked = pd.DataFrame({new: trace.column("park", old) for old, new in columns.items()})
    left = pd.DataFrame({name: trace.column("leave", name) for name in ("car", "time_ms")})
    left = left.rename(columns={"time_ms": "end_ms"})
    parked, left = (rows.assign(n=rows.groupby("car").cumcount()) for rows in (parked, left))
    merged = parked.merge(left, on=["car", "n"], how="left").drop(columns="n")
    return merged.fillna({"end_ms": end_ms}).astype({"end_ms": np.int64})


def measure_parking(
    trace: Trace,
    area: Polygon | MultiPolygon,
    *,
    span_ms: Window,
    counting: Counting,
    suffix: str = "",
) -> dict[str, float | None]:
    """Return the parking indicators of an area, of a day; None where one is not defined there."""
    lots, here = _inside(trace, area, span_ms[1])
    illegal = here[here["kind"] == Kind.KERB_ILLEGAL]
    values: dict[str, float | None] = {
        "supply_rate": _supply_rate(trace, lots, here, moments(span_ms, counting.reference_h)),
        "illegal_daily": _seen(illegal, counting.rounds_h, span_ms),
        "illegal_veh_h": float((illegal["end_ms"] - illegal["start_ms"]).sum()) / MS_PER_H,
        "share_util": _share_util(trace, lots, here, span_ms),
        "blocked_access": _blocked(here, lots, span_ms[1] - span_ms[0]),
        **_search(trace, lots, area),
        **_money(trace, lots),
        **_ease(trace, lots, area),
    }
    days = _days(span_ms)
    values |= {name: value / days for name in SUMS if (value := values[name]) is not None}
    return {f"parking.{name}{suffix}": value for name, value in values.items()}


def _seen(illegal: pd.DataFrame, rounds_h: Sequence[float], span_ms: Window) -> float | None:
    """Count the distinct cars that a walker sees at any of a day's rounds; the mean of the days."""
    rounds = [moments(span_ms, hour) for hour in rounds_h]
    if not all(rounds):
        return None
    start, end = illegal["start_ms"], illegal["end_ms"]
    days = list(zip(*rounds, strict=True))
    seen = 0
    for day in days:
        there = np.logical_or.reduce([(start <= moment) & (end > moment) for moment in day])
        seen += illegal.loc[there, "car"].nunique()
    return seen / len(days)


def _capacity_at(trace: Trace, lots: pd.DataFrame, moment: int) -> pd.Series:
    """Return the spaces of each lot on offer at a moment: the stock, or its last change."""
    capacity = lots.set_index("lot")["capacity"].copy()
    changes = trace.frame("stock")
    if len(changes):
        last = changes[changes["time_ms"] <= moment].groupby("lot")["capacity"].last()
        capacity.loc[last.index] = last
    return capacity


def _supply_rate(
    trace: Trace, lots: pd.DataFrame, here: pd.DataFrame, at: Sequence[int]
) -> float | None:
    """Return open legal spaces over cars that need one, at some moments (ms), in percent."""
    balance = np.array([_balance(trace, lots, here, moment) for moment in at])
    supply, demand = balance.reshape(-1, 2).sum(axis=0)
    return 100.0 * float(supply) / float(demand) if demand else None


def _balance(trace: Trace, lots: pd.DataFrame, here: pd.DataFrame, moment: int) -> tuple[int, int]:
    """Return open legal spaces, and cars that stand in such or illegally, at a moment (ms)."""
    capacity = _capacity_at(trace, lots, moment)
    is_open = lots["inside"] & lots["kind"].isin(OPEN_KINDS)
    now = here[(here["start_ms"] <= moment) & (here["end_ms"] > moment)]
    supply = int(capacity[lots.loc[is_open, "lot"]].sum())
    return supply, int((now["kind"] != Kind.PRIVATE).sum())


def supply_and_demand(
    trace: Trace, area: Polygon | MultiPolygon, *, span_ms: Window, counting: Counting
) -> tuple[float | None, float | None]:
    """Return the open legal spaces and the cars that need one: what the supply rate is made of.

    Both at the reference hour, means over the days; None where the run does not live that hour.
    """
    lots, here = _inside(trace, area, span_ms[1])
    at = moments(span_ms, counting.reference_h)
    if not at:
        return None, None
    supply, demand = np.mean([_balance(trace, lots, here, moment) for moment in at], axis=0)
    return float(supply), float(demand)


def seen_illegally(
    trace: Trace,
    area: Polygon | MultiPolygon | None,
    *,
    span_ms: Window,
    rounds_h: Sequence[Sequence[float]],
) -> list[float | None]:
    """Return the distinct cars seen standing illegally, by each of several sets of rounds.

    ``area`` None looks at the whole city.
    """
    here = _inside(trace, area, span_ms[1])[1]
    illegal = here[here["kind"] == Kind.KERB_ILLEGAL]
    return [_seen(illegal, hours, span_ms) for hours in rounds_h]


def _inside(
    trace: Trace, area: Polygon | MultiPolygon | None, end_ms: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lots, which of them are inside an area (None: all), and the stays on those."""
    lots = trace.frame("lot")
    x, y = lots["x"].to_numpy(), lots["y"].to_numpy()
    lots["inside"] = True if area is None else contains_xy(area, x, y)
    here = stays(trace, end_ms).merge(lots, on="lot")
    return lots, here[here["inside"]]


def _share_util(
    trace: Trace, lots: pd.DataFrame, here: pd.DataFrame, span_ms: Window
) -> float | None:
    """Return space-hours parked in the offered windows over those offered, in percent."""
    shared = lots.loc[lots["inside"] & (lots["kind"] == Kind.SHARED), "lot"]
    changes = trace.frame("stock")
    if not len(changes) or not len(shared):
        return None
    changes = changes[changes["lot"].isin(shared)].sort_values(["lot", "time_ms"], kind="stable")
    until = changes.groupby("lot")["time_ms"].shift(-1).fillna(span_ms[1])
    windows = changes.assign(until=until)[changes["capacity"] > 0]
    offered = float(((windows["until"] - windows["time_ms"]) * windows["capacity"]).sum())
    used = here[["lot", "start_ms", "end_ms"]].merge(windows, on="lot")
    start, end = used[["start_ms", "time_ms"]].max(axis=1), used[["end_ms", "until"]].min(axis=1)
    parked = float((end - start).clip(lower=0).sum())
    return 100.0 * parked / offered if offered > 0 else None


def _blocked(here: pd.DataFrame, lots: pd.DataFrame, span_ms: int) -> float | None:
    """Return the minutes, mean over streets, with too little width for a fire engine.

    Whoever stands at a kerb takes width, legally or not. A street that is too narrow without any
    car is so all day.
    """
    streets = lots[lots["inside"] & (lots["way"] >= 0)].drop_duplicates("way")
    if streets.empty:
        return None
    always = streets.loc[streets["width_m"] < CLEAR_WIDTH_M, "way"]
    standing = here[(here["way"] >= 0) & ~here["way"].isin(always)]
    blocked_ms = _blocked_ms(standing) + span_ms * len(always)
    return blocked_ms / MS_PER_MIN / len(streets)


def _blocked_ms(standing: pd.DataFrame) -> float:
    """Return for how long streets are narrower than the clear width, both sides counted, summed."""
    moments = ("start_ms", "end_ms")
    ends = [standing[["way", "arc", "width_m"]].assign(t=standing[e]) for e in moments]
    steps = pd.concat([ends[0].assign(step=1), ends[1].assign(step=-1)])
    steps = steps.sort_values(["way", "t", "step"], kind="stable", ignore_index=True)
    first = steps.groupby("way")["arc"].transform("min") == steps["arc"]
    near = steps["step"].where(first, 0).groupby(steps["way"]).cumsum() > 0
    far = steps["step"].where(~first, 0).groupby(steps["way"]).cumsum() > 0
    taken = near.astype(int) + far.astype(int)
    narrow = (taken > 0) & (steps["width_m"] - CAR_WIDTH_M * taken < CLEAR_WIDTH_M)
    lasts = steps.groupby("way")["t"].shift(-1) - steps["t"]
    return float(lasts[narrow].sum())


def _came(trace: Trace, area: Polygon | MultiPolygon) -> pd.DataFrame:
    """Return the end of every search for a place in the area, with that place (``x``, ``y``).

    It ended on a lot, or without one (``lot`` missing). What a car that stood here already chose
    belongs to the day before.
    """
    ended: pd.DataFrame = pd.concat([trace.frame("park"), trace.frame("fail")], ignore_index=True)
    if not len(ended):
        return ended
    ended = ended[ended["trip"] >= 0]
    to = trace.frame("trip").set_index("trip").loc[ended["trip"]]
    ended = ended.assign(x=to["x"].to_numpy(), y=to["y"].to_numpy())
    ended = ended[contains_xy(area, ended["x"].to_numpy(), ended["y"].to_numpy())]
    return ended if "lot" in ended else ended.assign(lot=np.nan)


def _walked(came: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """Return who parked, with the walk from the lot (``walk_m``) and how it is weighed."""
    how = ["lot", "x", "y", "walk_detour", "walk_m_per_h", "value_of_time", "walk_weight"]
    parked: pd.DataFrame = came[came["lot"].notna()].merge(
        lots[how], on="lot", suffixes=("", "_lot")
    )
    beeline = np.hypot(parked["x"] - parked["x_lot"], parked["y"] - parked["y_lot"])
    parked["walk_m"] = parked["walk_detour"] * beeline
    return parked


def _search(
    trace: Trace, lots: pd.DataFrame, area: Polygon | MultiPolygon
) -> dict[str, float | None]:
    """Return search and walk of who came to the area; who found nothing counts, capped."""
    came = _came(trace, area)
    if not len(came):
        return dict.fromkeys(("search_time", "search_p90", "search_h", "walk", "walk_h", "failed"))
    failed = came["lot"].isna()
    minutes = (came["search_ms"] / MS_PER_MIN).clip(upper=SEARCH_CAP_MIN)
    minutes = minutes.where(~failed, SEARCH_CAP_MIN)
    parked = _walked(came, lots)
    walk = parked["walk_m"]
    return {
        "search_time": float(minutes.mean()),
        "search_p90": float(np.quantile(minutes, 0.9)),
        "search_h": float(minutes.sum()) / 60,
        "walk": float(walk.mean()) if len(walk) else None,
        "walk_h": 2 * float((walk / parked["walk_m_per_h"]).sum()),
        "failed": float(failed.sum()),
    }


def _money(trace: Trace, lots: pd.DataFrame) -> dict[str, float | None]:
    """Return fees paid on public and shared spaces, the owners' share, and fines, KRW."""
    inside, kinds = lots["inside"].to_numpy(bool), lots["kind"].to_numpy()
    lot = trace.column("leave", "lot")
    fees = trace.column("leave", "fee_krw")
    there = inside[lot]
    shared = kinds[lot] == Kind.SHARED
    tickets = inside[trace.column("ticket", "lot")]
    return {
        "fees_public": float(fees[there & ~shared].sum()),
        "fees_shared": float(fees[there & shared].sum()),
        "fees_owners": float((fees * lots["owner_share"].to_numpy(float)[lot])[there].sum()),
        "fines": float(trace.column("ticket", "fine_krw")[tickets].sum()),
    }


def _ease(
    trace: Trace, lots: pd.DataFrame, area: Polygon | MultiPolygon
) -> dict[str, float | None]:
    """Return what parking was worth besides money to those who came here, KRW, in two parts.

    Both together are the realised utility of each choice as the trace has it (``worth_krw``).
    ``ease_time`` is what search, walking and trips that ended without a place cost; the rest,
    ``ease_choice``, is taste, less the unease of standing illegally: of it only the change between
    two runs has a meaning, and it grows by there being more to choose from.
    """
    came = _came(trace, area)
    if not len(came):
        return {"ease_time": 0.0, "ease_choice": 0.0}
    parked = _walked(came, lots)
    walk_h = 2.0 * parked["walk_m"] / parked["walk_m_per_h"]
    search_ms = parked["search_ms"].clip(upper=SEARCH_CAP_MS)
    hours = search_ms / MS_PER_H + parked["walk_weight"] * walk_h
    # Whole won, as those of the trace, so that the parts add up to it exactly.
    spent = np.floor(parked["value_of_time"] * hours + 0.5).sum()
    time = float(came.loc[came["lot"].isna(), "worth_krw"].sum() - spent)
    return {"ease_time": time, "ease_choice": float(came["worth_krw"].sum()) - time}
