"""What patrols, cameras and guards of a park see, how soon, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.elementary import exps, log1p
from twin.luck import Luck
from twin.park_kpis import Legs, passes
from twin.patrol import Shift
from twin.siting import cover_greedily
from twin.world.incidents import expected_by_hour
from twin.world.parks import LATTICE_M, Park, weights
from twin.world.watching import (
    Fire,
    Spells,
    aged,
    chances,
    fires,
    fresh_share,
    gaps,
    presence,
    spells,
)

__all__ = [
    "Events", "Eye", "Seen", "View", "Watch", "along", "camera_places", "detected", "noticed_s",
    "sampled", "seen_by", "standing", "walking",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
S_PER_H, S_PER_MIN, H_PER_DAY, DAYS = 3_600.0, 60.0, 24, 365.0
MOST_POINTS = 800
FRESH_S = 900.0
"""A place is under watch while it was seen within a quarter of an hour."""

KOPER_MIN, MOST_MIN = 12.5, 15.0
"""Minutes of a stay of the published effect, and beyond which longer ones add none: Koper 1995."""

MEMORY_S = 1_800.0
"""How long presence deters after it has gone (30 minutes), Koper 1995."""


class Eye(NamedTuple):
    """How somebody watches: reach to each side (m), chance to tell what is in reach, deterrence.

    ``deters`` is the share of crime that stays of 12.5 minutes prevent.
    """

    reach_m: float
    chance: float
    deters: float

    @property
    def strength(self) -> float:
        """The exponent of deterrence that a minute has."""
        return -log1p(-self.deters) / KOPER_MIN if self.deters < 1.0 else 1e3


class Watch(NamedTuple):
    """Points in sight (point, begin_s, end_s), and of which eye."""

    table: pd.DataFrame
    eye: Eye


class Events(NamedTuple):
    """A kind of event in a park: how many a year, and by point and hour of the day (shares)."""

    a_year: float
    where: Floats
    when: Floats
    lasts_min: float

    @property
    def a_day(self) -> float:
        """How many a day."""
        return self.a_year / DAYS


class View(NamedTuple):
    """Some points of a park that stand for all; ``luck`` is the lasting one of the city's parks."""

    park: Park
    rows: Ints
    luck: Luck

    @property
    def points(self) -> Floats:
        """The points: x, y (m)."""
        return np.asarray(self.park.points[self.rows], np.float64)

    def events(self, kind: str, lasts_min: float) -> Events:
        """Return the events of a kind to be expected in the park."""
        a_year, when = expected_by_hour(kind, self.park.hectares)
        where = weights(self.park, kind, self.luck)[self.rows]
        return Events(a_year, where / where.sum(), when, lasts_min)


def sampled(park: Park, luck: Luck) -> View:
    """Return a park with points that stand for all of it."""
    return View(park, park.some(MOST_POINTS), luck)


def along(view: View) -> View:
    """Return those of a park's points that lie along its ways."""
    ways = shapely.multilinestrings(view.park.lines)
    near = shapely.dwithin(ways, shapely.points(view.points), LATTICE_M)
    return view._replace(rows=view.rows[near])


def walking(gone: Legs, view: View, eye: Eye) -> Watch:
    """Return what those saw who went round."""
    return Watch(passes(gone, view.points, eye.reach_m), eye)


def standing(cameras: pd.DataFrame, view: View, eye: Eye, span_s: tuple[float, float]) -> Watch:
    """Return what cameras (x, y) saw all the time."""
    if not len(cameras):
        return Watch(cameras, eye)
    places = cameras[["x", "y"]].to_numpy(float)
    away = np.hypot(*(view.points[:, None] - places[None]).transpose(2, 0, 1))
    point, _ = np.nonzero(away <= eye.reach_m)
    seen = {"point": point, "begin_s": span_s[0], "end_s": span_s[1]}
    return Watch(pd.DataFrame(seen), eye)


def seen_by(watches: list[Watch], points: int) -> Spells:
    """Return when each of so many points is in sight of somebody."""
    there = [one for one in watches if len(one.table)]
    tables = [pd.DataFrame({"point": [], "begin_s": [], "end_s": []}), *(w.table for w in there)]
    found = {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}
    many = [len(one.table) for one in there]
    return spells(
        points, found["point"].astype(np.int64), found["begin_s"], found["end_s"],
        chance=np.repeat([one.eye.chance for one in there], many),
        strength=np.repeat([one.eye.strength for one in there], many),
    )  # fmt: skip


def camera_places(park: Park, cameras: int, reach_m: float, luck: Luck) -> Floats:
    """Return where cameras stand (x, y): ends of the ways, from where most crime is in reach."""
    ends = np.unique(shapely.get_coordinates(shapely.boundary(park.lines)).round(2), axis=0)
    rows = park.some(MOST_POINTS)
    away = np.hypot(*(ends[:, None] - park.points[rows][None]).transpose(2, 0, 1))
    chosen = cover_greedily(away <= reach_m, weights(park, "crime", luck)[rows], cameras)
    return np.asarray(ends[chosen], np.float64)


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen of a park from ``span_s`` on: spells of its points, looked at every so often."""

    seen: Spells
    span_s: tuple[float, float]
    every_s: float = 300.0

    @cached_property
    def starts(self) -> Floats:
        """The moments (s) at which something may begin: the middles of short spells of time."""
        start, end = self.span_s
        count = max(1, round((end - start) / self.every_s))
        return start + (np.arange(count) + 0.5) * (end - start) / count

    def gap_min(self, shift: Shift, share: float) -> float | None:
        """Return for how long places have been out of sight while a shift is on (min).

        That is the time that so large a share of places and moments is below; None without a shift.
        """
        start, end = self.span_s
        spells = takewhile(lambda spell: spell[0] < end, shift.spells(start))
        on = [(max(begin, start), min(until, end)) for begin, until in spells]
        found = [gaps(self.seen, span) for span in on]
        return aged(np.concatenate(found), share) / S_PER_MIN if found else None

    def coverage(self) -> float:
        """Return the share of places and moments that were seen a short while ago."""
        return fresh_share(self.seen, self.span_s, FRESH_S)

    def reached(self) -> float:
        """Return the share of places that are ever seen."""
        return float((np.diff(self.seen.first) > 0).mean())

    def weigh(self, values: Floats, events: Events) -> float:
        """Return the mean of values [place, start] over where and when events happen."""
        hour = (self.starts // S_PER_H).astype(np.int64) % H_PER_DAY
        when = events.when[hour]
        return float(events.where @ values @ (when / when.sum()))

    def told(self, share: float) -> Seen:
        """Return the same, of which a share is told."""
        return replace(self, seen=self.seen._replace(chance=self.seen.chance * share))

    def chance(self, events: Events, *, fixed: bool) -> tuple[float, float | None]:
        """Return the chance that an event is seen while it lasts, and after how long (min)."""
        found = chances(self.seen, self.starts, events.lasts_min * S_PER_MIN, fixed=fixed)
        share, waits = (self.weigh(values, events) for values in found)
        return share, waits / share / S_PER_MIN if share > 0.0 else None

    def deterred(self, events: Events) -> float:
        """Return the share of events that presence prevents."""
        lasting = presence(self.seen, self.starts, MEMORY_S, MOST_MIN * S_PER_MIN)
        return self.weigh(1.0 - exps(-lasting.ravel()).reshape(lasting.shape), events)

    def put_off(self, view: View, x: Floats, y: Floats, at_s: Floats) -> Floats:
        """Return the share of crime at some places (m) and moments (s) that presence prevents."""
        away = np.hypot(x[:, None] - view.points[:, 0], y[:, None] - view.points[:, 1])
        lasting = presence(self.seen, at_s, MEMORY_S, MOST_MIN * S_PER_MIN)
        return np.asarray(1.0 - exps(-lasting[away.argmin(axis=1), np.arange(len(x))]), np.float64)

    def burns(self, events: Events, noticed_s: Floats, fire: Fire) -> tuple[float, float]:
        """Return the mean area that a fire burns (m2), and when somebody knows of it (min)."""
        hour = (self.starts // S_PER_H).astype(np.int64)
        area, time = fires(self.seen, self.starts, noticed_s[hour], fire)
        return self.weigh(area, events), self.weigh(time, events) / S_PER_MIN


def detected(
    seen: Seen, events: dict[str, Events], tells: dict[str, float], *, fixed: bool
) -> dict[str, float | None]:
    """Return the chances that events of each kind are seen (%), and how soon crime is (min).

    ``tells`` is the share of what is in sight that is told; ``patrol.seen`` counts a year's events.
    """
    share = {k: seen.told(tells[k]).chance(one, fixed=fixed) for k, one in events.items()}
    return {
        **{f"patrol.detect_{kind}": 100.0 * found[0] for kind, found in share.items()},
        "patrol.t_crime": share["crime"][1],
        "patrol.seen": sum(events[kind].a_year * found[0] for kind, found in share.items()),
    }


def noticed_s(
    person_h: Floats, park: Park, *, reach_m: float, near_s: float, far_s: float
) -> Floats:
    """Return after how long people notice a fire, by hour: who is within reach, and all others.

    Those in the park are spread over it; each within reach notices it after ``near_s`` on the mean,
    those outside after ``far_s``.
    """
    within = min(1.0, np.pi * reach_m**2 / park.polygon.area)
    return np.asarray(1.0 / (person_h * within / near_s + 1.0 / far_s), np.float64)
