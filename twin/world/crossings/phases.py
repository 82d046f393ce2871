"""Walk phases: when one may step off at a signal, from the greens of its junction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.city import City
from twin.world.crossings.behaviour import GivingWay
from twin.world.crossings.places import cut_links

__all__ = ["walk_phases"]

DAY_S = 86_400
PLANS, GREENS, TURNS = "signal_plans", "signal_greens", "turns"
COLUMNS = ["crossing", "from_s", "to_s", "cycle_s", "offset_s", "day_from_s", "day_to_s"]


def walk_phases(city: City, places: pd.DataFrame, behaviour: GivingWay) -> pd.DataFrame:
    """Return the walk phases of the crossings with a signal, ordered by crossing.

    One may step off while no movement over the crossing has protected green, as long as the
    clearance (1 s a metre) is over before the next has. Right turns and permissive greens yield to
    walkers. Where that leaves no time there is a walk phase of ``entry_s`` all the same. Without
    plans the cycle is ``cycle_s``: one half for each of two directions.

    Parameters
    ----------
    places
        As in :class:`twin.world.crossings.crossings.Crossings`: signal, school, width_m, bearing.

    Returns
    -------
    pandas.DataFrame
        crossing, from_s and to_s (within the cycle, to step off), cycle_s, offset_s, day_from_s
        and day_to_s (when the plan runs).
    """
    signal = places["signal"].to_numpy(bool)
    mps = np.where(places["school"], behaviour.clear_school_mps, behaviour.clear_mps)
    clear_s = np.ceil(places["width_m"].to_numpy(float) / mps).astype(np.int64)
    known = all(len(city.tables.get(name, ())) for name in (PLANS, GREENS, TURNS))
    found = _planned(city, places, clear_s, behaviour) if known else pd.DataFrame(columns=COLUMNS)
    bare = np.flatnonzero(signal & ~np.isin(np.arange(len(places)), found["crossing"]))
    rest = _two_phases(places, clear_s, behaviour).iloc[bare]
    every = pd.concat([found, rest]) if len(found) else rest
    return every.sort_values(["crossing", "day_from_s", "from_s"], ignore_index=True)


def _two_phases(
    places: pd.DataFrame, clear_s: NDArray[np.int64], behaviour: GivingWay
) -> pd.DataFrame:
    half = behaviour.cycle_s / 2
    across = np.abs(np.cos(places["bearing"].to_numpy(float))) > np.sqrt(0.5)
    return pd.DataFrame(
        {
            "crossing": np.arange(len(places)),
            "from_s": 0.0,
            "to_s": np.maximum(half - clear_s, behaviour.entry_s),
            "cycle_s": float(behaviour.cycle_s),
            "offset_s": np.where(across, 0.0, half),
            "day_from_s": 0.0,
            "day_to_s": float(DAY_S),
        }
    )


def _planned(
    city: City, places: pd.DataFrame, clear_s: NDArray[np.int64], behaviour: GivingWay
) -> pd.DataFrame:
    """Return the walk phases by the plans of the junctions that have some."""
    over = _greens_over(city, places)
    by_plan = {
        key: rows[["from_s", "to_s"]].to_numpy(np.int64)
        for key, rows in over.groupby(["crossing", "plan"])
    }
    plans = _junctions(city, places).merge(city.tables[PLANS], on="junction")
    columns = ["crossing", "plan", "cycle_s", "offset_s", "from_s", "to_s"]
    rows: list[tuple[float, ...]] = []
    for crossing, plan, cycle, *when in plans[columns].to_numpy(np.int64).tolist():
        free = np.ones(cycle, bool)
        for start, stop in by_plan.get((crossing, plan), ()):
            free[start:stop] = False
        spans = _windows(free, int(clear_s[crossing]), behaviour.entry_s)
        rows += [(crossing, start, stop, cycle, *when) for start, stop in spans]
    return pd.DataFrame(rows, columns=COLUMNS)


def _junctions(city: City, places: pd.DataFrame) -> pd.DataFrame:
    """Return the junction that each crossing with a signal belongs to: crossing, junction."""
    cuts, streets = cut_links(city, places), city["streets"]
    head = streets["to_junction"].to_numpy()[cuts.link]
    tail = streets["from_junction"].to_numpy()[cuts.link]
    at = pd.DataFrame({"crossing": cuts.crossing, "junction": np.where(cuts.ends, head, tail)})
    at = at[places["signal"].to_numpy(bool)[cuts.crossing]]
    return at.drop_duplicates("crossing")


def _greens_over(city: City, places: pd.DataFrame) -> pd.DataFrame:
    """Return the protected greens of movements over each crossing: crossing, plan, from_s, to_s."""
    turns = city.tables[TURNS]
    greens = city.tables[GREENS]
    greens = greens[~greens["permissive"].to_numpy(bool)]
    row = greens["turn"].to_numpy(np.int64)
    greens = greens[["plan", "from_s", "to_s"]].assign(
        start=turns["from_street"].to_numpy()[row],
        end=turns["to_street"].to_numpy()[row],
        right=turns["kind"].to_numpy()[row] == "right",
    )
    greens = greens[~greens["right"]]
    cuts = cut_links(city, places)
    come = pd.DataFrame({"crossing": cuts.crossing, "start": cuts.link})[cuts.ends]
    leave = pd.DataFrame({"crossing": cuts.crossing, "end": cuts.link})[~cuts.ends]
    return pd.concat([come.merge(greens, on="start"), leave.merge(greens, on="end")])


def _windows(free: NDArray[np.bool_], clear: int, entry_s: float) -> list[tuple[float, float]]:
    """Return when one may step off: what is free for the clearance too, else the longest start.

    A window over the end of the cycle is two.
    """
    cycle = len(free)
    if free.all():
        return [(0.0, float(cycle))]
    start = int(np.argmin(free))
    turned = np.append(np.roll(free, -start), False)
    edges = np.flatnonzero(np.diff(turned.astype(np.int8)))
    spans = [(a + 1 + start, b + 1 + start) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    usable = [(a, b - clear) for a, b in spans if b - clear >= a + entry_s]
    if not usable and spans:
        longest = max(spans, key=lambda span: span[1] - span[0])
        usable = [(longest[0], min(longest[0] + int(entry_s), longest[1]))]
    whole = []
    for a, b in usable:
        first, last = a % cycle, a % cycle + b - a
        whole.append((float(first), float(min(last, cycle))))
        if last > cycle:
            whole.append((0.0, float(last - cycle)))
    return sorted(whole)
