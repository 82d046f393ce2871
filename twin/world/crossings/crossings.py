"""The part of a run that solutions see: its crossings, their signs and signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, contains_xy

from twin.elementary import log
from twin.luck import Luck
from twin.world.crossings.behaviour import GivingWay
from twin.world.crossings.columns import (
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

__all__ = ["Crossings", "no_crossings"]

MS_PER_S = 1_000
MS_PER_H = 3_600_000
KMH = 3.6
LANES = 4
PHASE = ("from", "to", "cycle", "offset", "day_from", "day_to")
STOCK = ("x", "y", "width_m", "lanes", "signal", "refuge", "school", "sign")


@dataclass(eq=False)
class Crossings:
    """The crossings of a run; before it starts, a solution sets columns of ``places``.

    ``places`` has one row a crossing: x, y, width_m, lanes, signal, school (in a school zone),
    refuge, yield_logit, sign, recall, night_recall, latency_s. ``windows`` has one row a
    walk phase.
    """

    ground: Ground
    behaviour: GivingWay = field(default_factory=GivingWay)
    rows: Rows = field(init=False)

    @cached_property
    def places(self) -> pd.DataFrame:
        """The crossings as they are today: no sign, no refuge."""
        b, places = self.behaviour, self.ground.walks.places
        school = places["school_m"].to_numpy(float) <= b.school_zone_m
        lanes = b.lane_logit * (places["lanes"].to_numpy(float) - LANES)
        return places.assign(
            school=school, refuge=False, yield_logit=lanes + b.school_logit * school, sign=False,
            recall=0.0, night_recall=0.0, latency_s=0.0,
        )  # fmt: skip

    @cached_property
    def windows(self) -> pd.DataFrame:
        """The walk phases of the signals, see :func:`twin.world.crossings.phases.walk_phases`."""
        return walk_phases(self.ground.city, self.places, self.behaviour)

    def inside(self, area: Polygon | MultiPolygon) -> NDArray[np.bool_]:
        """Tell which crossings lie in an area."""
        places = self.places
        return np.asarray(contains_xy(area, places["x"].to_numpy(), places["y"].to_numpy()))

    def start(self, luck: Luck) -> CrossingColumns:
        """Return the columns of the run that begins; ``luck`` is that of the day."""
        places, windows, watches = self.places, self.windows, self.ground.walks.watches
        every = np.arange(len(places) + 1)
        bounds = np.searchsorted(watches["crossing"].to_numpy(), every)
        phases = np.searchsorted(windows["crossing"].to_numpy(), every)
        same = ("width_m", "yield_logit", "recall", "night_recall", "signal", "refuge", "sign")
        self.rows = table(
            CROSSING,
            len(places),
            **{name: places[name].to_numpy() for name in same},
            latency_ms=_ms(places["latency_s"]),
            key=keys_of(places),
            first=bounds[:-1],
            beyond=bounds[1:],
            first_window=phases[:-1],
            beyond_window=phases[1:],
        )
        return CrossingColumns(
            places=self.rows,
            watches=self._watches(watches),
            windows=table(
                WINDOW, len(windows), **{f"{name}_ms": _ms(windows[f"{name}_s"]) for name in PHASE}
            ),
            rules=_rules(self.behaviour, luck),
            walked=np.zeros((len(places), MINUTES), np.int32),
        )

    def _watches(self, watches: pd.DataFrame) -> Rows:
        """Return the watched links with the base logit of yielding on each."""
        b = self.behaviour
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

    def stock(self) -> pa.Table:
        """Return the crossings as the trace keeps them."""
        places = self.places
        columns = {name: places[name].to_numpy() for name in STOCK}
        return pa.table({"crossing": np.arange(len(places)), **columns})


def no_crossings() -> CrossingColumns:
    """Return the columns of a run in which nobody walks."""
    return CrossingColumns(
        places=table(CROSSING, 0), watches=table(WATCH, 0), windows=table(WINDOW, 0),
        rules=table(GIVING_WAY, 1), walked=np.zeros((0, MINUTES), np.int32),
    )  # fmt: skip


def _rules(b: GivingWay, luck: Luck) -> Rows:
    return table(
        GIVING_WAY, 1, purpose=luck.of("yielding").key[2], near_ms=round(b.near_s * MS_PER_S),
        night_from_ms=round(b.night_from_h * MS_PER_H), night_to_ms=round(b.night_to_h * MS_PER_H),
        sign_logit=float(b.sign_logit), night_logit=float(b.night_logit), react_s=float(b.react_s),
        brake=float(b.brake), alert_react_s=float(b.alert_react_s),
        alert_brake=float(b.alert_brake),
    )  # fmt: skip


def _logit(share: float) -> float:
    return log(share / (1.0 - share))


def _ms(seconds: pd.Series) -> NDArray[np.int64]:
    return np.round(seconds.to_numpy(float) * MS_PER_S).astype(np.int64)
