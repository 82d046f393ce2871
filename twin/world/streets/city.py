"""The layout of a city's streets, from its tables of turns and signals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.city import City
from twin.world.streets.columns import Control
from twin.world.streets.layout import Flow, Layout

__all__ = ["city_layout"]

GAPS = pd.DataFrame(
    [
        ("main left", False, 4.2, 2.5), ("main left", True, 4.9, 2.5),
        ("left", False, 4.6, 3.0), ("left", True, 5.2, 3.0),
        ("straight", False, 4.5, 2.7), ("straight", True, 5.4, 2.7),
        ("right", False, 3.7, 2.8), ("right", True, 4.4, 2.8),
    ],
    columns=["movement", "wide", "gap_s", "follow_s"],
).set_index(["movement", "wide"])  # fmt: skip
"""Critical gap and follow-up time (s) of who yields, by what is done and whether the way of those
yielded to has more than a lane each way: Korean Highway Capacity Manual 2013, table 10-1."""


def city_layout(
    city: City, free_s: NDArray[np.float64], conflicts: pd.DataFrame, *, right_on_red: bool = True
) -> Layout:
    """Return the layout of a city that has turns.

    Parameters
    ----------
    city
        With the tables turns, signal_plans and signal_greens.
    free_s
        Free-flow time of each street (s).
    conflicts
        turn, foe (rows of turns), by_light: whom a turn yields to where it is minor or permissive,
        and, with by_light, only when its own light is worse.
    right_on_red
        Whether a right turn may go on red after yielding, as in Korea.
    """
    streets, turns = city["streets"], city.tables["turns"]
    plans, greens = city.tables["signal_plans"], city.tables["signal_greens"]
    lanes = streets["lanes"].to_numpy(np.int64)
    plans = plans.sort_values(["junction", "from_s"], kind="stable").reset_index(drop=True)
    signals = np.unique(plans["junction"].to_numpy())
    always = conflicts[~conflicts["by_light"].to_numpy(bool)]
    signal = (turns["control"] == "signal").to_numpy() & np.isin(turns["junction"], signals)
    minor = np.isin(np.arange(len(turns)), always["turn"])
    last = lanes[turns["from_street"]] - 1
    table = pd.DataFrame(
        {
            "link": turns["from_street"].to_numpy(np.int64),
            "to": turns["to_street"].to_numpy(np.int64),
            "lane_first": np.minimum(turns["lane_first"].to_numpy(np.int64), last),
            "lane_last": np.minimum(turns["lane_last"].to_numpy(np.int64), last),
            "control": np.where(signal, Control.SIGNAL, np.where(minor, Control.MINOR, 0)),
            "signal": np.where(signal, np.searchsorted(signals, turns["junction"]), -1),
            "on_red": (signal & (turns["kind"] == "right").to_numpy() & right_on_red).astype(int),
        }
    )
    table[["gap_s", "follow_s"]] = _gaps(turns, lanes, conflicts)
    permissive = signal & (turns["kind"] == "left").to_numpy()
    table.loc[permissive, ["gap_s", "follow_s"]] = Flow().gap_s, Flow().follow_s
    free = pd.DataFrame({"length_m": streets["length_m"].to_numpy(float), "lanes": lanes})
    slots = plans.assign(signal=np.searchsorted(signals, plans["junction"]))
    return Layout(
        free.assign(free_s=np.where(np.isfinite(free_s), free_s, 0.0)),
        table,
        slots=slots[["signal", "from_s", "to_s", "cycle_s", "offset_s"]],
        greens=_greens(plans, greens),
        yields=always[["turn", "foe"]],
        yields_on_red=conflicts[["turn", "foe"]],
    )


def _gaps(
    turns: pd.DataFrame, lanes: NDArray[np.int64], conflicts: pd.DataFrame
) -> NDArray[np.float64]:
    """Return critical gap and follow-up time (s) of each turn, by whom it yields to.

    Who turns round does as who turns left.
    """
    wide = np.zeros(len(turns), bool)
    foe_lanes = lanes[turns["from_street"].to_numpy(np.int64)[conflicts["foe"]]]
    wide[conflicts["turn"].to_numpy(np.int64)[foe_lanes > 1]] = True
    movement = turns["kind"].replace("uturn", "left").astype(object)
    main = turns["major"].to_numpy(bool) & (movement == "left").to_numpy()
    rows = pd.MultiIndex.from_arrays([np.where(main, "main left", movement), wide])
    return GAPS.reindex(rows).to_numpy(float)


def _greens(plans: pd.DataFrame, greens: pd.DataFrame) -> pd.DataFrame:
    """Return the greens of each slot; two that meet at the end of the cycle are one."""
    slots = plans[["junction", "plan", "cycle_s"]].assign(slot=np.arange(len(plans)))
    made = slots.merge(greens, on=["junction", "plan"])
    same = ["turn", "slot", "permissive"]
    early = made[(made["from_s"] == 0) & (made["to_s"] < made["cycle_s"])]
    late = made[(made["to_s"] == made["cycle_s"]) & (made["from_s"] > 0)]
    meet = late.reset_index().merge(early.reset_index(), on=same, suffixes=("", "_early"))
    made.loc[meet["index"], "to_s"] += meet["to_s_early"].to_numpy()
    made = made[~made.index.isin(meet["index_early"])]
    return made[["turn", "slot", "from_s", "to_s", "permissive"]].reset_index(drop=True)
