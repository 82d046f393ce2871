"""What a day's trace says about crossings: pure functions of its tables.

The trace holds, of who walks (times in ms since midnight of day 0):

``walk``
    a leg on foot that is over: person, leg, start_ms, metres, wait_ms (at crossings), straight (1
    where no footway led there)
``encounter``
    a walker and the next car of a link came close: person, crossing, car, gap_ms (until the car
    would be there; below 0 it stands since then), outcome (code of :class:`Outcome`), speed_cm_s
``cross``
    a walker stepped off who had waited, met a car or was close to one in time: person, crossing,
    wait_ms, pet_ms (post-encroachment time, -1 none below a minute), cars (met), stage (1 from a
    refuge)
``conflict``
    a walker stepped off before a car that does not brake: person, crossing, car, pet_ms (time
    between them where they meet if it goes on like that, below 0 both are there), speed_cm_s,
    impact_cm_s (of a hit: 0 where the sign warned the driver in time)
``brake``
    a car brakes before a crossing: crossing, car, gap_ms (from what warned its driver until it
    would be there), speed_cm_s, headway_ms (of the next behind, -1 none), alarm (1: for nobody)
``alarm``, ``lit``
    a sign is lit with nobody there: crossing, lit_ms; for a walker: person, crossing, latency_ms
``crossed``, ``footfall``
    walkers by crossing and minute of the day, by footway arc and hour of the day
``crossing``
    the crossings: x, y, bearing (of the street, rad), width_m, lanes, signal, refuge, school, sign,
    works (share of the time)
``watched``
    the links that bring cars onto each crossing: crossing, link
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.trace import Trace
from twin.world.crossings.approach import Approach, approaches, mean_kmh, percentile_kmh
from twin.world.crossings.columns import Outcome
from twin.world.crossings.risk import Risk, casualties, driver_brake, follower_brake

__all__ = [
    "conflicts", "crossing_waits", "encounters", "measure_crossings", "with_time_to_collision",
]  # fmt: skip

Marked = NDArray[np.bool_]
Numbers = dict[str, float | None]
SHORT_PET_S = 1.5
HARD_MPS2 = 3.0
V85 = 85.0
S_PER_H = 3_600.0


def encounters(trace: Trace) -> pd.DataFrame:
    """Return the encounters with what they asked of the driver.

    Returns
    -------
    pandas.DataFrame
        The columns of ``encounter``, and yielded (bool), could_yield (bool: there was the way to
        stop), brake_mps2 (deceleration to stand at the crossing from now, v / (2 gap), of a car
        that yielded; NaN of others), dark (bool: the sun is down for most of the hour; False where
        the trace holds no weather).
    """
    met = _frame(trace, "encounter", ENCOUNTER)
    yielded = (met["outcome"] == Outcome.YIELDED).to_numpy()
    gap_s = met["gap_ms"].to_numpy(float) / 1000.0
    brake = np.full(len(met), np.nan)
    moving = yielded & (gap_s > 0)
    brake[moving] = met["speed_cm_s"].to_numpy(float)[moving] / 100.0 / (2.0 * gap_s[moving])
    brake[yielded & ~moving] = 0.0
    return met.assign(
        yielded=yielded,
        could_yield=met["outcome"].isin([Outcome.YIELDED, Outcome.WOULD_NOT]),
        brake_mps2=brake,
        dark=_dark(trace, met["time_ms"].to_numpy(np.int64)),
    )


def _dark(trace: Trace, time_ms: NDArray[np.int64]) -> Marked:
    sky = trace.frame("weather")
    if not len(sky) or not len(time_ms):
        return np.zeros(len(time_ms), bool)
    hour = np.searchsorted(sky["time_ms"].to_numpy(), time_ms, side="right") - 1
    return np.asarray(sky["daylight"].to_numpy(float)[np.maximum(hour, 0)] < 0.5)


ENCOUNTER = ("time_ms", "person", "crossing", "car", "gap_ms", "outcome", "speed_cm_s")


CONFLICT = ("time_ms", "person", "crossing", "car", "pet_ms", "speed_cm_s", "impact_cm_s")
BRAKE = ("time_ms", "crossing", "car", "gap_ms", "speed_cm_s", "headway_ms", "alarm")


def conflicts(trace: Trace) -> pd.DataFrame:
    """Return who stepped off close before a car, with ``pet_s``, of all crossings."""
    met = _frame(trace, "conflict", CONFLICT)
    return met.assign(pet_s=met["pet_ms"].to_numpy(float) / 1000.0)


def with_time_to_collision(near: pd.DataFrame, met: pd.DataFrame) -> pd.DataFrame:
    """Return conflicts with ``ttc_s``: from when the walker steps off until the car would be there.

    It is told of those who crash if both go on, and what is left to the driver of all others (T2 of
    Laureshyn, Svensson & Hyden 2010); NaN of who steps off more than 5 s before they must.

    Parameters
    ----------
    near, met
        Rows of :func:`conflicts` and of :func:`encounters`.
    """
    pair = ["person", "crossing", "car"]
    due = met[["time_ms", *pair]].assign(due_ms=met["time_ms"] + met["gap_ms"])
    found = pd.merge_asof(
        near.sort_values("time_ms"), due.sort_values("time_ms"), on="time_ms", by=pair
    )
    return found.assign(ttc_s=(found["due_ms"] - found["time_ms"]) / 1000.0)


def measure_crossings(trace: Trace, inside: Marked, risk: Risk | None = None) -> Numbers:
    """Return the indicators of the crossings marked by ``inside``; None where undefined.

    Returns
    -------
    dict
        yield_share, yield_light and yield_dark (drivers who gave way of those who could);
        approach_kmh and v85_kmh (speed before a crossing where somebody waits, mean and 85th
        percentile);
        short_pet_share (of those below 10 s, those below 1.5 s), conflicts (times below the
        threshold of ``risk`` that no sign averted), crashes, deaths, serious, slight (expected);
        wait_s (mean of all who crossed, those who went at once included), wait_h (of all together),
        crossed (walkers); hard_brakes (of more than 3 m/s2), rear_conflicts (who follows must brake
        harder than is comfortable), rear_hurt; alarms (with nobody there), true_share (of all that
        lit a sign), works; car_h (of cars on the links that lead onto the crossings).
    """
    risk = risk or Risk()
    met = _of(encounters(trace), inside)
    return {
        **_yields(met),
        **_speeds(met, _of(_frame(trace, "brake", BRAKE), inside)),
        **_dangers(trace, inside, risk),
        **crossing_waits(trace, inside),
        **_brakes(trace, inside, risk),
        **_signs(trace, inside),
    }


def _frame(trace: Trace, event: str, columns: tuple[str, ...]) -> pd.DataFrame:
    found = trace.frame(event)
    return found if len(found) else pd.DataFrame({name: np.empty(0, np.int64) for name in columns})


def _of(frame: pd.DataFrame, inside: Marked) -> pd.DataFrame:
    """Return the rows of an event at the marked crossings."""
    found: pd.DataFrame = frame[inside[frame["crossing"].to_numpy(np.int64)]]
    return found


def _ratio(above: float, below: float) -> float | None:
    return float(above) / float(below) if below else None


def _yields(met: pd.DataFrame) -> Numbers:
    asked = met[met["could_yield"]]
    dark = asked["dark"].to_numpy(bool)
    given = asked["yielded"].to_numpy(bool)
    return {
        "yield_share": _ratio(given.sum(), len(given)),
        "yield_light": _ratio(given[~dark].sum(), (~dark).sum()),
        "yield_dark": _ratio(given[dark].sum(), dark.sum()),
    }


def _speeds(met: pd.DataFrame, brakes: pd.DataFrame) -> Numbers:
    speeds = approaches(met, brakes, Approach())
    return {
        "approach_kmh": mean_kmh(speeds),
        "v85_kmh": percentile_kmh(speeds, V85, Approach()),
    }


def _dangers(trace: Trace, inside: Marked, risk: Risk) -> Numbers:
    near = _of(conflicts(trace), inside)
    close = near[near["pet_s"] < risk.threshold_s]
    return {
        "short_pet_share": _ratio((near["pet_s"] < SHORT_PET_S).sum(), len(near)),
        "conflicts": float((close["impact_cm_s"] > 0).sum()),
        **casualties(close, risk)._asdict(),
    }


def crossing_waits(trace: Trace, inside: Marked) -> Numbers:
    """Return waits and number of all who cross at the marked crossings, and hours of cars there."""
    rows = inside[trace.column("cross", "crossing")]
    waited_s = float(trace.column("cross", "wait_ms")[rows].sum()) / 1000.0
    counts = trace.column("crossed", "walkers")[inside[trace.column("crossed", "crossing")]]
    crossed = float(counts.sum())
    return {
        "wait_s": _ratio(waited_s, crossed), "wait_h": waited_s / S_PER_H, "crossed": crossed,
        "car_h": _car_h(trace, inside),
    }  # fmt: skip


def _car_h(trace: Trace, inside: Marked) -> float:
    """Return how long cars were on the links that lead onto the marked crossings, in hours."""
    links = _of(_frame(trace, "watched", ("crossing", "link")), inside)["link"].unique()
    flow = trace.frame("flow")
    return float(flow["spent_s"][flow["link"].isin(links)].sum()) / S_PER_H if len(flow) else 0.0


def _brakes(trace: Trace, inside: Marked, risk: Risk) -> Numbers:
    braked = _of(_frame(trace, "brake", BRAKE), inside)
    hard = driver_brake(braked, risk) > HARD_MPS2
    rear = float((follower_brake(braked, risk) > risk.hard_brake).sum())
    return {
        "hard_brakes": float(hard.sum()),
        "rear_conflicts": rear,
        "rear_hurt": rear * risk.rear_chance * risk.rear_hurt,
    }


def _signs(trace: Trace, inside: Marked) -> Numbers:
    false = float(len(_of(_frame(trace, "alarm", ("crossing",)), inside)))
    true = float(len(_of(_frame(trace, "lit", ("crossing",)), inside)))
    stock = _of(_frame(trace, "crossing", ("crossing", "sign", "works")), inside)
    works = stock["works"][stock["sign"].to_numpy(bool)]
    return {
        "alarms": false,
        "true_share": _ratio(true, true + false),
        "works": float(works.mean()) if len(works) else None,
    }
