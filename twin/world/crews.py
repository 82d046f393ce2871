"""The ground crews of today: which calls they get, false ones too, and when they are on the scene.

Something happens, somebody calls or nobody does, and the nearest crew of its service turns out and
drives. Distance: to the nearest station that the layer ``amenities`` tells of, along the axes; else
that of a Poisson field of crews, 1 - exp(-2 g r2), whose mean is 0.627 / sqrt(g): the square-root
law (Kolesar & Blum 1973, doi:10.1287/mnsc.19.12.1368). Time: square root of the distance, then
linear (Kolesar & Walker, RAND R-1449). Figures and their sources: ``crews.yaml``.

A town of 20,000 has a call worth a look in some days only. So beside what happens there are probes:
cases drawn in the same way that hold nobody up, and are met as calls are (Poisson arrivals see time
averages, Wolff 1982, doi:10.1287/opre.30.2.223). Each case stands for ``weight`` cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.city import City
from twin.datafile import DataTable, Entry, read_table
from twin.luck import Luck
from twin.world.ground import Ground
from twin.world.incidents import INCIDENT_KINDS, Incidents, expected

__all__ = ["SERVICES", "Crews", "Kind", "Service", "drive_s", "kinds", "services"]

Floats = NDArray[np.float64]

SERVICES = ("fire", "ambulance", "police")
"""The services by the code that the column ``service`` holds."""

STATIONS = {"fire": "fire_station", "ambulance": "fire_station", "police": "police"}
"""Where the crews of a service start: kinds of amenities; ambulances stand at fire stations."""

FILE = Path(__file__).with_name("crews.yaml")
SORTS = ("called", "mistaken", "hidden")
PROBES_A_DAY = 500.0
"""How many probes a city has on the mean of the year."""

DRAWS = 4
"""Numbers that one case draws: notice, distance, drive, how long it is there to be seen."""

MS_PER_S, DAYS = 1_000, 365.25
GRID_MEAN = math.sqrt(math.pi / 8.0)
"""Mean distance along the axes to the nearest of a Poisson field with one a unit of area."""


@dataclass(frozen=True)
class Service(Entry):
    """A service: mean time from call to arrival, what of it is no driving, and how it drives.

    ``mean_km`` is driven on the mean at a cruising speed; times vary by ``cv``; ``people`` are sent
    to a call.
    """

    mean_s: float
    fixed_s: float
    mean_km: float
    cruise_kmh: float
    cv: float
    people: float

    def __post_init__(self) -> None:
        if self.lost_s <= 0:
            raise ValueError("mean_s must be more than fixed_s and the drive at cruising speed")

    @property
    def lost_s(self) -> float:
        """What starting, turning and stopping cost of a drive, that makes up the mean (s)."""
        return self.mean_s - self.fixed_s - self.mean_km * 3_600.0 / self.cruise_kmh

    @property
    def crews_per_km2(self) -> float:
        """The crews an area has, by the square-root law of the mean distance."""
        return (GRID_MEAN / self.mean_km) ** 2


@dataclass(frozen=True)
class Kind(Entry):
    """Who answers incidents of a kind, and what is behind the calls.

    It is noticed and called in after ``notice_min`` on the mean; what nobody calls in can be seen
    for ``seen_min``. ``false_share`` of the calls are for nothing, and of all that happens a
    ``hidden_share`` is never called in, beside what ``incidents.yaml`` tells of.
    """

    service: Literal["fire", "ambulance", "police"]
    notice_min: float
    seen_min: float
    false_share: float
    hidden_share: float

    def __post_init__(self) -> None:
        if not (0 <= self.false_share < 1 and 0 <= self.hidden_share < 1):
            raise ValueError("false_share and hidden_share must be at least 0 and less than 1")

    def times(self, sort: str) -> float:
        """Return how many cases of a sort there are for each incident that is called in."""
        if sort == "called":
            return 1.0
        share = self.false_share if sort == "mistaken" else self.hidden_share
        return share / (1.0 - share)


@cache
def services() -> DataTable[Service]:
    """Return the services with their sources."""
    return read_table(FILE, "services", Service, beside=("kinds",))


@cache
def kinds() -> DataTable[Kind]:
    """Return who answers which kind of incident, with the sources."""
    return read_table(FILE, "kinds", Kind, beside=("services",))


def drive_s(km: Floats, service: Service) -> Floats:
    """Return how long a drive takes: 2 sqrt(D / a) up to D = v2 / a, then v / a + D / v (s)."""
    v = service.cruise_kmh / 3_600.0
    a = v / service.lost_s
    return np.where(km <= v * v / a, 2.0 * np.sqrt(km / a), service.lost_s + km / v)


@dataclass(eq=False)
class Crews:
    """What the ground crews of a run have to do: the same whatever the solutions."""

    ground: Ground
    incidents: Incidents
    luck: Luck
    _table: pa.Table | None = field(init=False, default=None, repr=False)

    def table(self) -> pa.Table:
        """Return the cases of the run by their call; what nobody calls in, by when it begins.

        Columns: time_ms (when it begins), case (0, 1 ...), call_ms (-1: nobody calls), scene_ms
        (the crew is there; -1), end_ms (nothing to be seen any more), drive_s (of the crew), kind
        (code), service (code), real (0: a call for nothing), x, y (m), place, street (rows, -1),
        severity, weight, probe (1: it holds nobody up), and by what a case stays the same in every
        run: cell, hour, nth, sort.
        """
        if self._table is None:
            times = self._times()
            parts = [
                self._of(kind, sort, by)
                for kind in INCIDENT_KINDS for sort in SORTS for by in (0.0, times)
            ]  # fmt: skip
            frame = pd.concat(parts, ignore_index=True).assign(weight=1.0 / (1.0 + times))
            first = frame["call_ms"].where(frame["call_ms"] >= 0, frame["time_ms"])
            by = frame.assign(first=first).sort_values(
                ["first", "probe", "cell", "kind", "sort", "nth"], kind="stable", ignore_index=True
            )
            by.insert(1, "case", np.arange(len(by)))
            self._table = pa.Table.from_pandas(by.drop(columns="first"), preserve_index=False)
        return self._table

    def _times(self) -> float:
        """Return how many probes there are for each case."""
        a_year = expected(self.ground)
        cases = sum(
            float(a_year[kind].sum()) * sum(kinds()[kind].times(sort) for sort in SORTS)
            for kind in INCIDENT_KINDS
        )
        return PROBES_A_DAY * DAYS / cases if cases else 0.0

    def _of(self, kind: str, sort: str, probes: float) -> pd.DataFrame:
        """Return the cases of a kind that are called in, are for nothing, or stay hidden.

        Or, where ``probes`` is not 0, so many probes for each.
        """
        rule, luck = (
            kinds()[kind],
            self.luck.of(f"{kind}/{sort}/probe" if probes else f"{kind}/{sort}"),
        )
        if sort == "called" and not probes:
            frame = self.incidents.table().to_pandas()
            frame = frame[frame["kind"] == INCIDENT_KINDS.index(kind)]
        else:
            frame = self.incidents.drawn(kind, luck, rule.times(sort) * (probes or 1.0))
        frame = frame.assign(
            sort=SORTS.index(sort), real=int(sort != "mistaken"), probe=int(probes > 0),
            service=SERVICES.index(rule.service),
        )  # fmt: skip
        return self._answered(frame, rule, luck)

    def _answered(self, frame: pd.DataFrame, rule: Kind, luck: Luck) -> pd.DataFrame:
        """Return cases with their call, crew and end."""
        hidden, mistaken = (frame["sort"] == SORTS.index(s) for s in ("hidden", "mistaken"))
        service = services()[rule.service]
        km = self._km(frame, rule.service, luck)
        one = np.ones(len(frame))
        cell = frame["cell"].to_numpy(np.int64)
        spread = np.asarray(luck.lognormal(cell, one, service.cv * one, **_when(frame, 2)))
        drive = drive_s(km, service) * spread
        notice = np.where(mistaken, 0.0, _exponential(luck, frame, 0, rule.notice_min * 60.0))
        call = frame["time_ms"] + np.round(MS_PER_S * notice).astype(np.int64)
        scene = call + np.round(MS_PER_S * (service.fixed_s + drive)).astype(np.int64)
        seen = np.round(MS_PER_S * _exponential(luck, frame, 3, rule.seen_min * 60.0))
        return frame.assign(
            call_ms=call.where(~hidden, -1), scene_ms=scene.where(~hidden, -1),
            end_ms=scene.where(~hidden, frame["time_ms"] + seen.astype(np.int64)),
            drive_s=np.where(hidden, 0.0, drive),
        )  # fmt: skip

    def _km(self, frame: pd.DataFrame, service: str, luck: Luck) -> Floats:
        """Return how far the crew has to drive: from its station, or as a Poisson field says."""
        x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
        stations = _stations(self.ground.city, STATIONS[service])
        if len(stations) and len(x):
            away = np.abs(stations[:, None] - np.stack([x, y], axis=1)[None]).sum(axis=2)
            return np.asarray(away.min(axis=0) / 1_000.0)
        g = services()[service].crews_per_km2
        return np.sqrt(_exponential(luck, frame, 1, 1.0) / (2.0 * g))


def _stations(city: City, kind: str) -> Floats:
    """Return x, y of the stations that a city tells of (n, 2)."""
    if "amenities" not in city:
        return np.empty((0, 2))
    layer = city["amenities"]
    return np.asarray(shapely.get_coordinates(layer.geometry[layer["kind"] == kind].to_numpy()))


def _exponential(luck: Luck, frame: pd.DataFrame, draw: int, mean: float) -> Floats:
    cell = frame["cell"].to_numpy(np.int64)
    return np.asarray(luck.exponential(cell, np.full(len(cell), mean), **_when(frame, draw)))


def _when(frame: pd.DataFrame, draw: int) -> dict[str, NDArray[np.int64]]:
    """Return the situation of a draw of each case."""
    hour, nth = frame["hour"].to_numpy(np.int64), frame["nth"].to_numpy(np.int64)
    return {"day": hour // 24, "trip": hour % 24, "look": DRAWS * nth + draw}
