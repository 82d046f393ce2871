"""What a day's trace says about rides on demand: pure functions of tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.solution import Run
from twin.trace import Trace

__all__ = ["measured", "requests", "stops"]

MS_PER_MIN, MS_PER_H, MS_PER_DAY = 60_000, 3_600_000, 86_400_000
UNSERVED_MIN = 60.0
"""What counts where the alternative did not serve either: the patience of riders."""


def requests(trace: Trace) -> pd.DataFrame:
    """Return every request of a person: job, asked_ms, leg, wait_ms, ride_ms, why, direct_ms.

    wait_ms and ride_ms are missing where nobody took them, why where nothing went wrong.
    """
    asked = trace.frame("asked")
    if not len(asked):
        names = ("person", "job", "leg", "asked_ms", "wait_ms", "ride_ms", "why", "direct_ms")
        return pd.DataFrame({name: pd.Series(dtype=float) for name in names})
    asked = asked[asked["person"] >= 0].rename(columns={"time_ms": "asked_ms"})
    for event, names in (("picked_up", ["wait_ms"]), ("set_down", ["ride_ms"]), ("lost", ["why"])):
        found = trace.frame(event)
        found = (
            found[["job", *names]]
            if len(found)
            else pd.DataFrame({"job": [], **{n: [] for n in names}})
        )
        asked = asked.merge(found, on="job", how="left")
    return asked.merge(trace.frame("job")[["job", "direct_ms"]], on="job")


def stops(trace: Trace) -> pd.DataFrame:
    """Return every stop of a vehicle, with the riders aboard on the way to it."""
    found = trace.frame("stop")
    if not len(found):
        return found
    before = found.groupby("vehicle")["aboard"].shift(1).fillna(0)
    return found.assign(before=before)


def _alternative_min(trace: Trace, lost: pd.DataFrame) -> pd.Series:
    """Return the minutes from asking to the place by what people did instead, without the ride.

    What the bus would have asked at best, its direct ride, is taken off: it is as if they had
    waited so long.
    """
    ends = [
        trace.frame(event)[["leg", "time_ms"]]
        for event in ("walk", "ride", "travel") if len(trace.frame(event))
    ]  # fmt: skip
    there = (
        pd.concat(ends).drop_duplicates("leg", keep="last")
        if ends
        else pd.DataFrame({"leg": [], "time_ms": []})
    )
    after = lost.merge(there, on="leg", how="left")
    minutes = (after["time_ms"] - after["asked_ms"] - after["direct_ms"]) / MS_PER_MIN
    return minutes.fillna(UNSERVED_MIN).clip(lower=0.0)


def measured(run: Run) -> dict[str, float | None]:
    """Return the indicators of rides on demand, None where nobody asked."""
    asked, drives = requests(run.trace), stops(run.trace)
    days = max(1.0, (run.span_ms[1] - run.span_ms[0]) / MS_PER_DAY)
    names = (
        "wait", "wait_p90", "wait_all", "ride", "detour", "reject", "pax_per_vh", "empty_km_share",
        "occupancy", "on_board", "riders", "asked",
    )  # fmt: skip
    if not len(asked):
        return {f"drt.{name}": None for name in names}
    served = asked[asked["wait_ms"].notna()]
    lost = asked[asked["why"].notna()]
    wait = served["wait_ms"] / MS_PER_MIN
    ride = served["ride_ms"].dropna() / MS_PER_MIN
    everybody = pd.concat([wait, _alternative_min(run.trace, lost)])
    moved = drives["metres"].sum()
    laden = (drives["metres"] * drives["before"]).sum()
    shift = run.trace.frame("shift")
    vehicle_h = float((shift["until_ms"] - shift["from_ms"]).sum()) / MS_PER_H
    values = {
        "wait": wait.mean(), "wait_p90": wait.quantile(0.9), "wait_all": everybody.mean(),
        "ride": ride.mean(),
        "detour": (served["ride_ms"] / served["direct_ms"]).mean(),
        "reject": 100.0 * len(lost) / len(asked),
        "pax_per_vh": len(served) / vehicle_h,
        "empty_km_share": 100.0 * drives.loc[drives["before"] == 0, "metres"].sum() / moved if moved else np.nan,
        "occupancy": laden / moved if moved else np.nan,
        "on_board": served["ride_ms"].sum() / MS_PER_H / vehicle_h,
        "riders": len(served) / days,
        "asked": len(asked) / days,
    }  # fmt: skip
    return {f"drt.{n}": None if v is None or np.isnan(v) else float(v) for n, v in values.items()}
