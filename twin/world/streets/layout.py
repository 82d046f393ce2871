"""Streets as plain tables, and how they become the rows that kernels read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.params import param
from twin.world.rows import Rows, table
from twin.world.streets.columns import (
    GREEN,
    HOURS,
    LANE,
    SIGNAL,
    SLOT,
    STREETS,
    TURN,
    Traffic,
)

__all__ = ["Flow", "Layout", "lay"]

MS = 1000
FASTEST = 30.0
"""Fastest backward wave, m/s."""
WHOLE = 1e-6
"""What a link may lack for one more car: a link of two spacings stores two."""
LINK_COLUMNS = ("length_m", "lanes", "free_s")
TURN_COLUMNS = ("link", "to", "lane_first", "lane_last", "control", "signal", "on_red")


@dataclass(frozen=True)
class Flow:
    """How cars flow: by what a lane, a stop line and a full link let through."""

    spacing_m: float = param(
        7.5, "m", 4, 15, "a car and its gap in a queue: Nagel & Schreckenberg 1992", tag="k"
    )
    wave_m_s: float = param(
        0,
        "m/s",
        0,
        30,
        "backward wave of a queue; 0: with which a lane carries its saturation flow",
    )
    headway_s: float = param(
        1.9, "s", 1, 5, "saturation headway, 1,900 cars an hour and lane: HCM 6th ed., 19", tag="k"
    )
    jam_headway_s: float = param(1.9, "s", 1, 5, "the same out of a jammed link: no drop")
    calm_s: float = param(
        0, "s", 0, 10, "headway over which a link counts as jammed, 0 never; for joining it too"
    )
    gap_s: float = param(
        4.5, "s", 1, 12, "critical gap of a permissive left turn: HCM 6th ed., eq. 31-100", tag="k"
    )
    follow_s: float = param(
        2.5, "s", 1, 6, "follow-up headway of it: HCM 6th ed., eq. 31-100", tag="k"
    )
    startup_s: float = param(2.0, "s", 0, 5, "start-up lost time: HCM 6th ed., 19", tag="k")
    yellow_use_s: float = param(2.0, "s", 0, 5, "extension of green: HCM 6th ed., 19", tag="k")
    patience_s: float = param(
        30,
        "s",
        5,
        7_200,
        "how long a head stands before a full link until it turns aside",
    )
    squeeze_s: float = param(300, "s", 10, 7_200, "how long a head is stuck before it squeezes in")
    car_m: float = param(
        4.7,
        "m",
        3,
        15,
        "a car, bumper to bumper with others: design car, Korea's rules on road structure, art. 5",
        tag="k",
    )
    manoeuvre_s: float = param(
        18, "s", 0, 60, "a parking manoeuvre blocks the lane: HCM 6th ed., eq. 19-11", tag="k"
    )
    standing_loss: float = param(
        0.1, "lanes", 0, 0.9, "lost beside parked cars: HCM 6th ed., eq. 19-11", tag="k"
    )
    parking_m: float = param(
        75, "m", 0, 1_000, "before a stop line where both count: 250 ft, HCM 6th ed., eq. 19-11",
        tag="k",
    )  # fmt: skip

    def wave(self, free_m_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the backward wave of a queue (m/s) on links of a speed at free flow.

        Unless it is given it closes the triangle of flow and density (Newell 1993): at saturation
        flow cars are ``free_m_s`` times the headway apart, in a queue their spacing. Streets too
        slow for that have a wave of :data:`FASTEST`.
        """
        if self.wave_m_s > 0:
            return np.full(len(free_m_s), self.wave_m_s)
        slowness = self.headway_s / self.spacing_m - 1.0 / free_m_s
        return np.asarray(1.0 / np.maximum(slowness, 1.0 / FASTEST))


def _none(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: np.zeros(0, np.int64) for name in columns})


@dataclass(frozen=True, eq=False)
class Layout:
    """The streets as tables; a row's number is its id.

    Parameters
    ----------
    links
        length_m, lanes (0: free flow without limit), free_s.
    turns
        link, to, lane_first, lane_last (within the link, 0 at the kerb), control (of
        :class:`Control`), signal (-1), on_red (may turn on red); optional gap_s, follow_s.
    slots
        signal, from_s, to_s (of the day, in order, from 0 to 86,400), cycle_s (0: off), offset_s.
    greens
        turn, slot, from_s, to_s (displayed green within the cycle, from < to), permissive.
    yields, yields_on_red
        turn, foe: whom a minor turn or one with a permissive green yields to, and who turns on red.
    """

    links: pd.DataFrame
    turns: pd.DataFrame
    slots: pd.DataFrame = field(
        default_factory=lambda: _none("signal", "from_s", "to_s", "cycle_s", "offset_s")
    )
    greens: pd.DataFrame = field(
        default_factory=lambda: _none("turn", "slot", "from_s", "to_s", "permissive")
    )
    yields: pd.DataFrame = field(default_factory=lambda: _none("turn", "foe"))
    yields_on_red: pd.DataFrame = field(default_factory=lambda: _none("turn", "foe"))

    def __post_init__(self) -> None:
        lanes = self.links["lanes"].to_numpy()[self.turns["link"]]
        beyond = self.turns["lane_last"].to_numpy() >= lanes
        if beyond.any():
            row = int(np.flatnonzero(beyond)[0])
            raise ValueError(
                f"turn {row} has the lane {self.turns['lane_last'].iloc[row]}, but its link has "
                f"{lanes[row]}: lane_last must be less than that"
            )


def lay(
    links: Rows, layout: Layout, flow: Flow, routes: NDArray[np.int32] | None = None
) -> Traffic:
    """Set the columns of links that street traffic needs, and return their traffic."""
    order = np.argsort(layout.turns["link"].to_numpy(), kind="stable")
    _links(links, layout, flow)
    ranges = np.searchsorted(layout.turns["link"].to_numpy()[order], np.arange(len(links) + 1))
    links.turn_first, links.turn_beyond = ranges[:-1], ranges[1:]
    turns, foes, greens = _turns(links, layout, flow, order)
    signals = int(layout.slots["signal"].max()) + 1 if len(layout.slots) else 0
    bounds = np.searchsorted(layout.slots["signal"].to_numpy(), np.arange(signals + 1))
    rules = table(
        STREETS, 1, squeeze_ms=round(flow.squeeze_s * MS), patience_ms=round(flow.patience_s * MS),
        manoeuvre_ms=round(flow.manoeuvre_s * MS), standing_loss=flow.standing_loss,
        packed=flow.spacing_m / flow.car_m,
    )  # fmt: skip
    return Traffic(
        lanes=_lanes(links, flow),
        turns=turns,
        greens=greens,
        slots=_slots(layout.slots),
        signals=table(SIGNAL, signals, first=bounds[:-1], beyond=bounds[1:]),
        rules=rules,
        foes=foes,
        left_ms=np.zeros(int(links.storage.sum()), np.int64),
        routes=np.zeros(0, np.int32) if routes is None else routes.astype(np.int32),
        spent_ms=np.zeros((len(links), HOURS), np.int64),
    )


def _links(links: Rows, layout: Layout, flow: Flow) -> None:
    """Set what links store and let in; a headway of less than 1 ms is none."""
    lanes = layout.links["lanes"].to_numpy(np.int64)
    length = layout.links["length_m"].to_numpy(float)
    seconds = layout.links["free_s"].to_numpy(float)
    each = np.maximum(1, np.ceil(length / flow.spacing_m - WHOLE)).astype(np.int64)
    links.ms = np.maximum(1, np.where(seconds > 0, np.round(seconds * MS), links.ms))
    links.lanes = lanes
    links.storage = lanes * each
    links.ring = np.concatenate([[0], np.cumsum(links.storage)[:-1]])
    links.lane_first = np.concatenate([[0], np.cumsum(lanes)[:-1]])
    links.entry = lanes.sum() + np.arange(len(links))
    links.wave_ms = np.round(length / flow.wave(length * MS / links.ms) * MS)
    links.near_line = np.minimum(1.0, flow.parking_m / np.maximum(length, 1e-9))
    links.inflow_ms = np.maximum(1, np.round(flow.headway_s * MS / np.maximum(lanes, 1)))
    if flow.calm_s > 0:
        links.calm = lanes * np.minimum(np.ceil(seconds / flow.calm_s).astype(np.int64), each)
    for name in ("first", "last", "wait_first", "wait_last"):
        links[name] = -1


def _lanes(links: Rows, flow: Flow) -> Rows:
    """Return the lanes of all links, then the entries of all links."""
    stop = np.repeat(np.arange(len(links)), links.lanes)
    here = np.arange(len(links))
    size = len(stop) + len(here)
    headway_ms = np.full(len(stop), round(flow.headway_s * MS))
    return table(
        LANE, size,
        link=np.concatenate([stop, here]),
        entry=np.arange(size) >= len(stop),
        headway_ms=np.concatenate([headway_ms, links.inflow_ms]),
        jam_headway_ms=round(flow.jam_headway_s * MS),
        head=-1, tail=-1, behind=-1, waits_for=-1, promise=-1, due_ms=-1, alarm_ms=-1, since_ms=-1,
    )  # fmt: skip


def _turns(
    links: Rows, layout: Layout, flow: Flow, order: NDArray[np.int64]
) -> tuple[Rows, NDArray[np.int32], Rows]:
    """Return the turns by link, whom they yield to, and their effective greens."""
    wanted = layout.turns.iloc[order].reset_index(drop=True)
    row = np.empty(len(order), np.int64)
    row[order] = np.arange(len(order))
    greens = _greens(layout, flow, row)
    first, beyond, foes = _foes(layout.yields, row)
    red_first, red_beyond, red_foes = _foes(layout.yields_on_red, row)
    green = np.searchsorted(greens["turn"].to_numpy(), np.arange(len(order) + 1))
    lane = links.lane_first[wanted["link"]]
    size = len(wanted)
    gap_s = wanted.get("gap_s", pd.Series(np.full(size, flow.gap_s)))
    follow_s = wanted.get("follow_s", pd.Series(np.full(size, flow.follow_s)))
    turns = table(
        TURN, size,
        **{name: wanted[name].to_numpy() for name in ("link", "to", "control", "signal", "on_red")},
        lane_first=lane + wanted["lane_first"], lane_beyond=lane + wanted["lane_last"] + 1,
        green_first=green[:-1], green_beyond=green[1:],
        foe_first=first, foe_beyond=beyond,
        red_first=red_first + len(foes), red_beyond=red_beyond + len(foes),
        gap_ms=np.round(gap_s * MS), follow_ms=np.round(follow_s * MS),
    )  # fmt: skip
    same = {name: greens[name].to_numpy() for name in GREEN.names or ()}
    return turns, np.append(foes, red_foes).astype(np.int32), table(GREEN, len(greens), **same)


def _foes(
    pairs: pd.DataFrame, row: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return for each turn the range of its foes, and the foes."""
    turn, foe = row[pairs["turn"]], row[pairs["foe"]]
    order = np.lexsort([foe, turn])
    bounds = np.searchsorted(turn[order], np.arange(len(row) + 1))
    return bounds[:-1], bounds[1:], foe[order]


def _slots(slots: pd.DataFrame) -> Rows:
    names = ("from", "to", "cycle", "offset")
    return table(
        SLOT,
        len(slots),
        **{f"{name}_ms": np.round(slots[f"{name}_s"].to_numpy(float) * MS) for name in names},
    )


def _greens(layout: Layout, flow: Flow, row: NDArray[np.int64]) -> pd.DataFrame:
    """Return effective greens by turn: later by the start-up, longer by the use of yellow.

    A green of the whole cycle stays; one that runs past the end of the cycle becomes two.
    """
    greens, slots = layout.greens, layout.slots
    slot = greens["slot"].to_numpy(np.int64)
    cycle = np.round(slots["cycle_s"].to_numpy(float)[slot] * MS).astype(np.int64)
    start = np.round(greens["from_s"].to_numpy(float) * MS).astype(np.int64)
    end = np.round(greens["to_s"].to_numpy(float) * MS).astype(np.int64)
    whole = end - start >= cycle
    start = np.where(whole, 0, start + round(flow.startup_s * MS))
    end = np.where(whole, cycle, end + round(flow.yellow_use_s * MS))
    made = pd.DataFrame(
        {"turn": row[greens["turn"]], "slot": slot, "from_ms": start, "to_ms": end,
         "permissive": greens["permissive"].to_numpy(np.int64)}
    )  # fmt: skip
    past = made["to_ms"].to_numpy() > cycle
    rest = made[past].assign(from_ms=0, to_ms=(made["to_ms"] - cycle)[past])
    made["to_ms"] = np.minimum(made["to_ms"], cycle)
    made = pd.concat([made, rest])
    made = made[made["from_ms"] < made["to_ms"]]
    return made.sort_values(["turn", "slot", "from_ms"], kind="stable").reset_index(drop=True)
