"""How long stop lines hold cars up, by the flow of every turn and of those it yields to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from twin.elementary import exp, log1p
from twin.kernel import kernel
from twin.world.streets.columns import Control
from twin.world.streets.layout import Flow, Layout

__all__ = ["StopLines", "stop_lines"]

Floats = NDArray[np.float64]
S_PER_H = 3_600.0
LASTS_H = 1.0
RELIED = 0.85
"""Share of the capacity that drivers rely on, the practical degree of saturation of 0.8 to 0.9
(Akcelik 1981, ARRB Research Report 123): lanes block one another."""
LEAST = 0.02
"""Share of its time in which a turn finds a way at the least: somebody lets it in."""
AT_SIGNALS, AT_GAPS = 0.5, 1.0


@dataclass(frozen=True, eq=False)
class StopLines:
    """The turns of a layout at an hour of the day, and what holds cars up there.

    To the mean wait for green of cars that come evenly (Webster 1958), or for a gap at the head of
    the line, comes the delay of those that come at random and of those that are not let through,
    ``900 T (x - 1 + ((x - 1)^2 + 8 k x / (c T))^0.5)`` at x times the capacity c, which lasts
    T = 1 h. Source: Highway Capacity Manual, 6th edition (TRB 2016), delay at signals (k = 0.5) and
    of who yields (k = 1).

    Who yields finds gaps in streams whose cars are a headway D apart or more, lane by lane:
    ``q prod(1 - D q_i) exp(-q (tc - D)) / (1 - exp(-q tf))`` (Tanner 1962, Biometrika 49:163-170;
    Fisk 1989, Transportation Research A 23(6):461-464), Harders' formula where D is 0.

    Parameters
    ----------
    wait_s
        Mean wait for green of each turn where few come.
    green, yielding
        Share of time in which a turn has the right of way, and in which it must yield.
    gap_s, follow_s
        Critical gap and follow-up time of each turn when it yields.
    scatter
        The k of each turn: what chance adds to its delay.
    lanes
        Matrix [turn, lane]: how the cars of a turn spread over lanes.
    foes
        Matrix [turn, turn]: whom each yields to, by the share of time in which these come.
    flow
        How cars flow.
    """

    wait_s: Floats
    green: Floats
    yielding: Floats
    gap_s: Floats
    follow_s: Floats
    scatter: Floats
    lanes: csr_array
    foes: csr_array
    flow: Flow

    def share(self, turns: Floats) -> Floats:
        """Return the share of time in which each turn lets cars through, at a flow."""
        headway_s = self.flow.headway_s
        met = np.maximum(self.foes @ turns / S_PER_H, 1e-6)
        served = self._served
        busy = np.minimum(headway_s * turns / S_PER_H / served, 1.0 - LEAST)
        open_ = self.foes @ (served * _log1p(-busy)) - met * (self.gap_s - headway_s)
        found = met * _exp(open_) / (1.0 - _exp(-met * self.follow_s))
        gaps = np.minimum(found * headway_s, 1.0)
        return np.asarray(np.maximum(self.green + self.yielding * gaps, LEAST))

    def seconds(self, turns: Floats) -> Floats:
        """Return the time that each turn takes at a flow, cars an hour of each."""
        x, chance, a_lane_h = self._at(turns)
        over = x - 1.0 + np.sqrt((x - 1.0) ** 2 + chance * x)
        lit = np.minimum(x, 1.0) * (self.green + self.yielding) * (self.wait_s > 0)
        even_s = self.wait_s / np.maximum(1.0 - lit, LEAST)
        return np.asarray(even_s + self._head_s(a_lane_h) + 900.0 * LASTS_H * over)

    def _head_s(self, a_lane_h: Floats) -> Floats:
        """Return how long the first in line who yields looks for a gap."""
        longer_s = S_PER_H * RELIED / a_lane_h - self.flow.headway_s
        return np.asarray(np.where(self.scatter == AT_GAPS, longer_s, 0.0))

    def slopes(self, turns: Floats) -> csr_array:
        """Return how much longer each turn (column) takes by one more car an hour of each (row).

        Of those in the same lanes: what one more car takes from those who yield to it is left out.
        """
        x, chance, a_lane_h = self._at(turns)
        root = np.sqrt((x - 1.0) ** 2 + chance * x)
        steep = 900.0 * LASTS_H * (1.0 + (x - 1.0 + chance / 2.0) / np.maximum(root, 1e-9))
        return csr_array(self._beside.multiply(steep).multiply(1.0 / a_lane_h[:, None]))

    @cached_property
    def _served(self) -> Floats:
        """Lanes that serve each turn."""
        return np.asarray(1.0 / self.lanes.power(2).sum(axis=1))

    @cached_property
    def _beside(self) -> csr_array:
        """Matrix [turn, turn]: how much of each turn is in the lanes of each other."""
        return csr_array(self.lanes @ self.lanes.T)

    def _at(self, turns: Floats) -> tuple[Floats, Floats, Floats]:
        """Return flow by capacity, what chance adds, and the cars an hour that a lane can take."""
        a_lane_h = RELIED * self.share(turns) * S_PER_H / self.flow.headway_s
        x = self.lanes @ (self.lanes.T @ (turns / a_lane_h))
        return x, 8.0 * self.scatter / (a_lane_h * self._served * LASTS_H), a_lane_h

    def pass_s(self, links: int, link: NDArray[np.int64], turns: Floats) -> Floats:
        """Return the time from car to car over the stop line of each link at a flow.

        ``link`` is that of each turn; a lane lets through what the turns that it serves do.
        """
        share = self.share(turns)
        served = self.lanes > 0
        each = served.T @ share / np.maximum(served.sum(axis=0), 1)
        lane, turn = served.T.nonzero()
        of_lane = np.zeros(len(each), np.int64)
        of_lane[lane] = link[turn]
        many = np.bincount(of_lane, each, minlength=links)
        return np.asarray(self.flow.headway_s / np.where(many > 0, many, 1.0))


def stop_lines(layout: Layout, hour: float, flow: Flow | None = None) -> StopLines:
    """Return the stop lines of a layout at an hour of the day.

    Who may turn on red waits for nobody but those with the right of way. Where a signal is off,
    everybody yields.
    """
    flow, turns = flow or Flow(), layout.turns
    control = turns["control"].to_numpy()
    cycle, lit_s, yield_s = _greens_at(layout, hour)
    on = (control == Control.SIGNAL) & (cycle > 0)
    safe = np.where(on, cycle, 1.0)
    green = np.where(on, np.minimum(lit_s / safe, 1.0), np.where(control == Control.NONE, 1.0, 0.0))
    yielding = np.where(on, np.minimum(yield_s / safe, 1.0 - green), 1.0 - green)
    wait_s = np.where(on, cycle * (1.0 - green - yielding) ** 2 / 2.0, 0.0)
    on_red = on & turns["on_red"].to_numpy(bool)
    wait_s[on_red], yielding[on_red] = 0.0, 1.0 - green[on_red]
    comes = np.where(on & ~on_red, np.maximum(yielding, LEAST), 1.0)
    foes = _foes(layout, on_red).multiply((1.0 / comes)[:, None]).tocsr()
    scatter = np.where(control == Control.SIGNAL, AT_SIGNALS, AT_GAPS)
    gap_s, follow_s = (
        turns[name].to_numpy(float) if name in turns else np.full(len(turns), usual)
        for name, usual in (("gap_s", flow.gap_s), ("follow_s", flow.follow_s))
    )
    return StopLines(wait_s, green, yielding, gap_s, follow_s, scatter, _lanes(layout), foes, flow)


@kernel
def _exp(powers: Floats) -> Floats:
    """Return the exponential of each."""
    found = np.empty(len(powers))
    for i in range(len(powers)):
        found[i] = exp(powers[i])
    return found


@kernel
def _log1p(values: Floats) -> Floats:
    """Return the logarithm of 1 + each."""
    found = np.empty(len(values))
    for i in range(len(values)):
        found[i] = log1p(values[i])
    return found


def _lanes(layout: Layout) -> csr_array:
    """Return the matrix [turn, lane] of the even spread of each turn over its lanes."""
    lanes = layout.links["lanes"].to_numpy(np.int64)
    begin = np.cumsum(lanes) - lanes
    turns = layout.turns
    first, last = turns["lane_first"].to_numpy(np.int64), turns["lane_last"].to_numpy(np.int64)
    served = last - first + 1
    turn = np.repeat(np.arange(len(turns)), served)
    nth = np.arange(len(turn)) - np.repeat(np.cumsum(served) - served, served)
    lane = begin[turns["link"].to_numpy(np.int64)[turn]] + first[turn] + nth
    return csr_array((1.0 / served[turn], (turn, lane)), shape=(len(turns), int(lanes.sum())))


def _foes(layout: Layout, on_red: NDArray[np.bool_]) -> csr_array:
    """Return the matrix [turn, turn] of whom each yields to, on red where it may go then."""
    usual, red = layout.yields, layout.yields_on_red
    pairs = pd.concat([
        usual[~on_red[usual["turn"].to_numpy(np.int64)]],
        red[on_red[red["turn"].to_numpy(np.int64)]],
    ])  # fmt: skip
    size = len(layout.turns)
    ends = pairs["turn"].to_numpy(np.int64), pairs["foe"].to_numpy(np.int64)
    return csr_array((np.ones(len(pairs)), ends), shape=(size, size))


def _greens_at(layout: Layout, hour: float) -> tuple[Floats, Floats, Floats]:
    """Return of each turn the cycle, the green and the permissive green (s) at an hour."""
    size, slots, greens = len(layout.turns), layout.slots, layout.greens
    now = (slots["from_s"] <= hour * S_PER_H) & (slots["to_s"] > hour * S_PER_H)
    cycle_of = np.zeros(int(slots["signal"].max()) + 1 if len(slots) else 1)
    cycle_of[slots["signal"][now]] = slots["cycle_s"][now]
    signal = layout.turns["signal"].to_numpy(np.int64)
    cycle = np.where(signal >= 0, cycle_of[np.maximum(signal, 0)], 0.0)
    shown = greens[now.to_numpy()[greens["slot"].to_numpy(np.int64)]]
    length = (shown["to_s"] - shown["from_s"]).to_numpy(float)
    turn, second = shown["turn"].to_numpy(np.int64), shown["permissive"].to_numpy(bool)
    green, permissive = (
        np.bincount(turn[kind], length[kind], minlength=size) for kind in (~second, second)
    )
    return cycle, np.asarray(green, float), np.asarray(permissive, float)
