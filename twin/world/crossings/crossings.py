"""The part of a run that solutions see: its crossings, their signs and signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, contains_xy

from twin.calendar import Calendar, push_all
from twin.elementary import log
from twin.luck import Luck
from twin.world.columns import Rank
from twin.world.crossings.behaviour import GivingWay
from twin.world.crossings.columns import (
    ALARM,
    CROSSING,
    GIVING_WAY,
    MINUTES,
    WATCH,
    WINDOW,
    CrossingColumns,
)
from twin.world.crossings.phases import walk_phases
from twin.world.crossings.places import keys_of
from twin.world.ground import Ground
from twin.world.rows import Rows, table
from twin.world.sensors import false_alarms, nth_of, recall_by_hour, working_hours
from twin.world.weather import Sky

__all__ = ["Crossings", "begin", "no_crossings"]

MS_PER_S = 1_000
KMH = 3.6
LANES = 4
PHASE = ("from", "to", "cycle", "offset", "day_from", "day_to")
PHASED = ("signal", "school", "width_m", "bearing")
STOCK = ("x", "y", "bearing", "width_m", "lanes", "signal", "refuge", "school", "sign")
NO_SIGN = {
    "sign": False, "recall": 0.0, "night_recall": 0.0, "rain_recall": 0.0, "latency_s": 0.0,
    "false_per_h": 0.0, "on_s": 0.0, "notice": 0.0, "failures_per_year": 0.0, "repair_days": 0.0,
}  # fmt: skip


@dataclass(eq=False)
class Crossings:
    """The crossings of a run; before it starts, a solution sets columns of ``places``.

    ``places`` has one row a crossing: x, y, width_m, lanes, signal, school (in a school zone),
    refuge, yield_logit; and of a sign that shows drivers who wants to cross: sign (whether there is
    one), recall, night_recall and rain_recall of its detector, latency_s, false_per_h (alarms with
    nobody there), on_s (how long it stays lit), notice (share of drivers who see it), sign_logit
    (what it adds to the logit of theirs), failures_per_year, repair_days. ``windows`` has one row a
    walk phase.
    """

    ground: Ground
    behaviour: GivingWay = field(default_factory=GivingWay)
    rows: Rows = field(init=False)
    works: NDArray[np.bool_] = field(init=False)

    @cached_property
    def places(self) -> pd.DataFrame:
        """The crossings as they are today: no sign, no refuge."""
        b, places = self.behaviour, self.ground.walks.places
        school = places["school_m"].to_numpy(float) <= b.school_zone_m
        lanes = b.lane_logit * (places["lanes"].to_numpy(float) - LANES)
        return places.assign(
            school=school, refuge=False, yield_logit=lanes + b.school_logit * school,
            sign_logit=b.sign_logit, **NO_SIGN,
        )  # fmt: skip

    @cached_property
    def windows(self) -> pd.DataFrame:
        """The walk phases of the signals, see :func:`twin.world.crossings.phases.walk_phases`.

        Runs on the same ground share the making, for crossings that are alike in what counts.
        """
        made, places = self.ground.phases, self.places
        what = (self.behaviour, *(places[name].to_numpy().tobytes() for name in PHASED))
        if what not in made:
            made[what] = walk_phases(self.ground.city, places, self.behaviour)
        return made[what].copy()

    def inside(self, area: Polygon | MultiPolygon) -> NDArray[np.bool_]:
        """Tell which crossings lie in an area."""
        places = self.places
        return np.asarray(contains_xy(area, places["x"].to_numpy(), places["y"].to_numpy()))

    def start(self, luck: Luck, sky: Sky) -> CrossingColumns:
        """Return the columns of the run that begins; ``luck`` and ``sky`` are those of the day."""
        places = self.places
        self.rows = self._rows()
        self.works = np.ones((len(places), len(sky.dark)), bool)
        watched = np.flatnonzero(places["sign"].to_numpy(bool))
        self.works[watched] = working_hours(
            luck.of("outage"), self.rows.key[watched], len(sky.dark),
            failures_per_year=self._of("failures_per_year")[watched],
            repair_days=self._of("repair_days")[watched],
        )  # fmt: skip
        day, night, rain = (self._of(f"{name}recall") for name in ("", "night_", "rain_"))
        windows = self.windows
        return CrossingColumns(
            places=self.rows,
            watches=self.start_watches(),
            windows=table(
                WINDOW, len(windows), **{f"{name}_ms": _ms(windows[f"{name}_s"]) for name in PHASE}
            ),
            alarms=self._alarms(luck.of("alarm"), watched),
            rules=_rules(self.behaviour, luck),
            recall=recall_by_hour(day, night, rain, sky) * self.works,
            dark=sky.dark,
            walked=np.zeros((len(places), MINUTES), np.int32),
        )

    def _of(self, name: str) -> NDArray[np.float64]:
        return self.places[name].to_numpy(float)

    def _rows(self) -> Rows:
        places, every = self.places, np.arange(len(self.places) + 1)
        bounds = np.searchsorted(self.ground.walks.watches["crossing"].to_numpy(), every)
        phases = np.searchsorted(self.windows["crossing"].to_numpy(), every)
        same = ("width_m", "yield_logit", "sign_logit", "notice", "signal", "refuge", "sign")
        return table(
            CROSSING,
            len(places),
            **{name: places[name].to_numpy() for name in same},
            latency_ms=_ms(places["latency_s"]),
            on_ms=_ms(places["on_s"]),
            lit_until_ms=-1,
            key=keys_of(places),
            first=bounds[:-1],
            beyond=bounds[1:],
            first_window=phases[:-1],
            beyond_window=phases[1:],
        )

    def _alarms(self, luck: Luck, watched: NDArray[np.int64]) -> Rows:
        """Return the false alarms of the signs at some crossings, one row a watched link."""
        rates = self._of("false_per_h")[watched]
        found = false_alarms(luck, self.rows.key[watched], rates, self.works[watched])
        crossing = watched[found.sensor]
        first, beyond = self.rows.first[crossing], self.rows.beyond[crossing]
        times = (beyond - first).astype(np.int64)
        at_ms = found.at_ms.repeat(times)
        return table(
            ALARM,
            len(at_ms),
            at_ms=at_ms,
            until_ms=at_ms + self.rows.on_ms[crossing].repeat(times),
            crossing=crossing.repeat(times),
            watch=first.repeat(times) + nth_of(times),
            car=-1,
        )

    def start_watches(self) -> Rows:
        """Return the watched links with the base logit of yielding on each."""
        b, watches = self.behaviour, self.ground.walks.watches
        slope = (_logit(b.share_50) - _logit(b.share_30)) / 20.0
        kmh, turning = watches["kmh"].to_numpy(float), watches["turning"].to_numpy(bool)
        signal = self.places["signal"].to_numpy(bool)[watches["crossing"].to_numpy(np.int64)]
        turned = np.where(signal, _logit(b.share_turning_signal), _logit(b.share_turning))
        speed = np.where(turning, np.minimum(kmh, b.turning_kmh), kmh)
        return table(
            WATCH,
            len(watches),
            **{name: watches[name].to_numpy() for name in ("link", "into", "half")},
            mps=speed / KMH,
            logit=np.where(turning, turned, _logit(b.share_30) + slope * (kmh - 30.0)),
        )

    def stock(self, hours: slice = slice(None)) -> pa.Table:
        """Return the crossings as the trace keeps them; ``works`` over these hours of the run."""
        places = self.places
        columns = {name: places[name].to_numpy() for name in STOCK}
        works = np.where(places["sign"], self.works[:, hours].mean(axis=1), 0.0)
        return pa.table({"crossing": np.arange(len(places)), **columns, "works": works})

    def watched(self) -> pa.Table:
        """Return the links that bring cars onto each crossing, as the trace keeps them."""
        watches = self.ground.walks.watches
        return pa.table({name: watches[name].to_numpy() for name in ("crossing", "link")})


def begin(crossings: CrossingColumns, calendar: Calendar, begin_ms: int) -> None:
    """Put the false alarms from a time on in the calendar."""
    at_ms = crossings.alarms.at_ms
    alarms = np.flatnonzero(at_ms >= begin_ms)
    push_all(calendar, at_ms[alarms], Rank.ALARM, alarms)


def no_crossings() -> CrossingColumns:
    """Return the columns of a run in which nobody walks."""
    return CrossingColumns(
        places=table(CROSSING, 0), watches=table(WATCH, 0), windows=table(WINDOW, 0),
        alarms=table(ALARM, 0), rules=table(GIVING_WAY, 1), recall=np.zeros((0, 1)),
        dark=np.zeros(1, bool), walked=np.zeros((0, MINUTES), np.int32),
    )  # fmt: skip


def _rules(b: GivingWay, luck: Luck) -> Rows:
    purposes = {name: luck.of(of).key[2] for name, of in (("purpose", "yielding"), ("see", "see"))}
    same = ("night_logit", "react_s", "brake", "alert_react_s", "alert_brake")
    return table(
        GIVING_WAY, 1, near_ms=round(b.near_s * MS_PER_S), pause_ms=round(b.pause_s * MS_PER_S),
        **purposes, **{name: float(getattr(b, name)) for name in same},
    )  # fmt: skip


def _logit(share: float) -> float:
    return log(share / (1.0 - share))


def _ms(seconds: pd.Series) -> NDArray[np.int64]:
    return np.round(seconds.to_numpy(float) * MS_PER_S).astype(np.int64)
