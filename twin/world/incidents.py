"""Incidents: fires, crimes, medical calls, falls and crashes, drawn apart from every solution.

Each cell, a building, a street or a park, has for each kind a non-homogeneous Poisson process: its
yearly rate (residents, jobs, length of street, area of park) times the profile of the hour and the
month. The number of an hour belongs to (cell, day, hour, kind), so that a building more changes no
other's incidents. Rates and profiles, with their sources: ``incidents.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.figures import figure
from twin.datafile import DataTable, Entry, Series, read_table
from twin.kernel import kernel
from twin.luck import Luck, at, poisson, u01
from twin.world.ground import KEYS, Ground, apart
from twin.world.indicators import Window
from twin.world.parks import parks_of, points_in, weights
from twin.world.weather import DAYS, Weather

__all__ = [
    "INCIDENT_KINDS", "Incidents", "Profile", "Rate", "Severity", "expected", "expected_by_hour",
    "rates", "thinned",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
T = TypeVar("T")

INCIDENT_KINDS = ("fire", "crime", "medical", "fall", "crash")
"""The kinds by the code that the column ``kind`` holds."""

FILE = Path(__file__).with_name("incidents.yaml")
SECTIONS = ("rates", "hours", "months", "severities")
H_PER_DAY = 24
HOURS_A_YEAR = 365.25 * H_PER_DAY
MS_PER_H = 3_600_000
BUSWAY = "busway"
LOOKS = 3
"""Numbers that one incident draws: its moment, its place along the street, its severity."""


@dataclass(frozen=True)
class Rate(Entry):
    """Incidents of a kind a year for each resident, job, km of street or ha of park."""

    kind: Literal["fire", "crime", "medical", "fall", "crash"]
    base: Literal["resident", "job", "street_km", "park_ha"]
    a_year: float

    def __post_init__(self) -> None:
        if self.a_year < 0:
            raise ValueError(f"a_year must be at least 0, got {self.a_year:g}")


@dataclass(frozen=True)
class Profile(Series):
    """How incidents of a kind are spread over the hours of a day or the months of a year."""

    def __post_init__(self) -> None:
        if len(self.values) not in (12, 24) or min(self.values) < 0 or sum(self.values) <= 0:
            raise ValueError("values must be 12 or 24 numbers of at least 0, and not all 0")


@dataclass(frozen=True)
class Severity(Entry):
    """Shares of incidents of a kind that are serious and deadly."""

    serious: float
    deadly: float

    def __post_init__(self) -> None:
        if not 0 <= self.deadly <= self.serious + self.deadly <= 1:
            raise ValueError("serious and deadly must be shares that sum to 1 at most")


def _read(section: str, kind: type[T]) -> DataTable[T]:
    beside = tuple(name for name in SECTIONS if name != section)
    return read_table(FILE, section, kind, beside=beside)


@cache
def rates() -> DataTable[Rate]:
    """Return the yearly rates with their sources."""
    return _read("rates", Rate)


@cache
def _profile(section: str, kind: str) -> Floats:
    """Return a profile with mean 1 over the hours of a day, or over the days of a year by month."""
    values = np.array(_read(section, Profile)[kind].values, float)
    if section == "hours":
        share: Floats = values / values.mean()
        return share
    daily = values / np.array(DAYS)
    year: Floats = daily * sum(DAYS) / values.sum()
    return year


@cache
def _severity(kind: str) -> Severity:
    return _read("severities", Severity)[kind]


class Cells(NamedTuple):
    """Buildings, then streets, then parks: key, what each holds, and the row of its layer.

    ``park`` is the place of a park among those of :func:`twin.world.parks.parks_of`.
    """

    key: Ints
    resident: Floats
    job: Floats
    street_km: Floats
    park_ha: Floats
    place: Ints
    street: Ints
    park: Ints


@dataclass(eq=False)
class Incidents:
    """The incidents of a run: the same whatever the solutions, for the same replication.

    ``span`` is in milliseconds since midnight of day 0.
    """

    ground: Ground
    luck: Luck
    span: Window
    weather: Weather
    _table: pa.Table | None = field(init=False, default=None, repr=False)

    def table(self) -> pa.Table:
        """Return the incidents of the run in the order of their time.

        Columns: time_ms; kind (code of :data:`INCIDENT_KINDS`); x, y (m); place (building row, -1);
        street (street row, -1); park (row, -1); severity (0 slight, 1 serious, 2 deadly); cell,
        hour and nth, by which an incident stays the same in every run.
        """
        if self._table is None:
            drawn = [self.drawn(kind, self.luck.of(kind)) for kind in INCIDENT_KINDS]
            frame = pd.concat(drawn).sort_values(["time_ms", "cell", "kind", "nth"], kind="stable")
            self._table = pa.Table.from_pandas(frame, preserve_index=False)
        return self._table

    def drawn(self, kind: str, luck: Luck, times: float = 1.0) -> pd.DataFrame:
        """Return incidents of a kind drawn by some luck, so many times as often as they are called.

        With the columns of :meth:`table`, cell by cell.
        """
        cells = _cells(self.ground)
        hours = np.arange(self.span[0] // MS_PER_H, -(-self.span[1] // MS_PER_H))
        factor = _profile("hours", kind)[hours % 24] * _profile("months", kind)[self._month]
        counts = _counts(luck.key, cells.key, times * _hourly(kind, cells), factor, hours)
        cell, column = np.nonzero(counts)
        again = counts[cell, column]
        cell, hour = np.repeat(cell, again), np.repeat(hours[column], again)
        nth = np.arange(len(cell)) - np.repeat(np.cumsum(again) - again, again)
        rows = pd.DataFrame({"row": cell, "hour": hour, "nth": nth})
        told = self._told(INCIDENT_KINDS.index(kind), luck, cells, rows)
        return told[told["time_ms"].between(self.span[0], self.span[1] - 1)]

    @property
    def _month(self) -> int:
        return self.weather.month - 1

    def _told(self, code: int, luck: Luck, cells: Cells, drawn: pd.DataFrame) -> pd.DataFrame:
        """Return when, where and how severe each incident is."""
        row, hour, nth = (drawn[name].to_numpy(np.int64) for name in ("row", "hour", "nth"))
        moment, along, fate = (
            _draw(luck, cells.key[row], hour, LOOKS * nth + i) for i in (1, 2, 3)
        )
        x, y = _where(self.ground, cells.place[row], cells.street[row], along)
        inside = cells.park[row] >= 0
        x[inside], y[inside] = self._in_park(code, cells.park[row][inside], along[inside]).T
        share = _severity(INCIDENT_KINDS[code])
        return pd.DataFrame(
            {
                "time_ms": hour * MS_PER_H + (moment * MS_PER_H).astype(np.int64),
                "kind": np.int64(code),
                "x": x,
                "y": y,
                "place": cells.place[row],
                "street": cells.street[row],
                "park": _park_rows(self.ground)[cells.park[row]],
                "severity": (fate < share.serious + share.deadly).astype(np.int64)
                + (fate < share.deadly),
                "cell": cells.key[row],
                "hour": hour,
                "nth": nth,
            }
        )

    def _in_park(self, code: int, park: Ints, chance: Floats) -> Floats:
        """Return x, y of incidents in parks (places among them)."""
        found, every = np.empty((len(park), 2)), parks_of(self.ground)
        for one in np.unique(park).tolist():
            weight = weights(every[one], INCIDENT_KINDS[code], Luck(self.luck.seed, "parks"))
            found[park == one] = points_in(every[one], weight, chance[park == one])
        return found


def expected(ground: Ground) -> pd.DataFrame:
    """Return how many incidents a year each building, street and park of a city is to have.

    Columns: x, y (m; the middle of a street, a point of a park), place, street (rows of their
    layers, -1), and one for each kind.
    """
    cells = _cells(ground)
    x, y = _where(ground, cells.place, cells.street, np.full(len(cells.key), 0.5))
    for row in np.flatnonzero(cells.park >= 0).tolist():
        middle = parks_of(ground)[cells.park[row]].polygon.representative_point()
        x[row], y[row] = middle.x, middle.y
    found = {"x": x, "y": y, "place": cells.place, "street": cells.street}
    a_year = {kind: _hourly(kind, cells) * HOURS_A_YEAR for kind in INCIDENT_KINDS}
    return pd.DataFrame(found | a_year)


def expected_by_hour(kind: str, hectares: float) -> tuple[float, Floats]:
    """Return incidents of a kind a year in a park, and the shares of the hours of the day."""
    total = sum(
        rate.a_year * hectares
        for rate in rates().entries.values()
        if rate.kind == kind and rate.base == "park_ha"
    )
    return total, _profile("hours", kind) / H_PER_DAY


def thinned(incidents: pa.Table, share: Floats | float, luck: Luck) -> pa.Table:
    """Return the incidents that are left when this share of them is prevented.

    Each is prevented or not by luck of its own: more prevention never brings one back. What is left
    of a Poisson process is one, with the rate times (1 - share).
    """
    cell, hour, nth, kind = (
        incidents.column(name).to_numpy() for name in ("cell", "hour", "nth", "kind")
    )
    look = nth * len(INCIDENT_KINDS) + kind
    kept = _draw(luck, cell, hour, look) >= np.broadcast_to(share, len(cell))
    return incidents.filter(pa.array(kept))


def _draw(luck: Luck, cell: Ints, hour: Ints, look: Ints) -> Floats:
    return np.asarray(luck.uniform(cell, day=hour // 24, trip=hour % 24, look=look))


@kernel
def _counts(key: Any, cells: Any, a_hour: Any, factor: Any, hours: Any) -> Any:
    """Return how many incidents each cell (row) has in each hour (column)."""
    out = np.zeros((cells.size, hours.size), np.int64)
    for i in range(cells.size):
        for j in range(hours.size):
            mean = a_hour[i] * factor[j]
            u = u01(key[0], key[1], key[2], cells[i], at(hours[j] // 24, hours[j] % 24), 0)
            if u > 1.0 - mean:  # below, there is none: 1 - mean is less than exp(-mean)
                out[i, j] = poisson(u, mean)
    return out


def _hourly(kind: str, cells: Cells) -> Floats:
    """Return the incidents of a kind an hour in each cell, on the mean of the year."""
    total = np.zeros(len(cells.key))
    for rate in rates().entries.values():
        if rate.kind == kind:
            total += rate.a_year * getattr(cells, rate.base)
    return total / HOURS_A_YEAR


@lru_cache(maxsize=2)
def _cells(ground: Ground) -> Cells:
    """Return buildings, streets and parks of a city; without the layers there are none."""
    parts = [_buildings(ground), _streets(ground), _parks(ground)]
    found = pd.concat(parts, ignore_index=True).fillna(0.0)
    marks = np.array([crc32(mark.encode()) for mark in found.pop("mark")], np.int64)
    columns = (found[name].to_numpy() for name in Cells._fields[1:])
    return Cells(apart(marks % KEYS), *columns)


def _buildings(ground: Ground) -> pd.DataFrame:
    layer = ground.city.layers.get("buildings", pd.DataFrame({"dwellings": [], "jobs": []}))
    rows = range(len(layer))
    at_home = figure("occupied_dwellings") * figure("persons_per_household")
    return pd.DataFrame(
        {
            "mark": [f"{ground.place_x[row]:.1f},{ground.place_y[row]:.1f}" for row in rows],
            "resident": at_home * layer["dwellings"].to_numpy(float),
            "job": layer["jobs"].to_numpy(float),
            "street_km": 0.0,
            "place": np.array(rows, np.int64),
            "street": np.int64(-1),
            "park": np.int64(-1),
        }
    )


def _streets(ground: Ground) -> pd.DataFrame:
    if "streets" not in ground.city:
        return _buildings(ground)[:0]
    layer = ground.city["streets"]
    starts = shapely.get_coordinates(shapely.get_point(layer.geometry.to_numpy(), 0))
    marks = np.column_stack([layer.bounds.to_numpy(), starts]).round(1)
    return pd.DataFrame(
        {
            "mark": [str(mark.tolist()) for mark in marks],
            "resident": 0.0,
            "job": 0.0,
            "street_km": _length_km(layer),
            "place": np.int64(-1),
            "street": np.arange(len(layer)),
            "park": np.int64(-1),
        }
    )


def _parks(ground: Ground) -> pd.DataFrame:
    """Return the parks with ways in them; what is in nobody's way in a wood is not counted."""
    every = parks_of(ground)
    bounds = [np.round(park.polygon.bounds, 1).tolist() for park in every]
    return pd.DataFrame(
        {
            "mark": [f"park {mark}" for mark in bounds],
            "park_ha": [park.hectares for park in every],
            "place": np.full(len(every), -1, np.int64),
            "street": np.full(len(every), -1, np.int64),
            "park": np.arange(len(every)),
        }
    )


def _park_rows(ground: Ground) -> Ints:
    """Return the row of each park in its layer, and -1 for what lies in none."""
    return np.array([*(park.row for park in parks_of(ground)), -1], np.int64)


def _length_km(streets: pd.DataFrame) -> Floats:
    """Return the km of each street row; the two directions of a street share its length."""
    a, b = streets["from_junction"].to_numpy(np.int64), streets["to_junction"].to_numpy(np.int64)
    size = max(int(a.max()), int(b.max())) + 1
    both = np.isin(b * size + a, a * size + b)
    km = streets["length_m"].to_numpy(float) / 1_000 * np.where(both, 0.5, 1.0)
    closed = (streets["highway"] == BUSWAY).to_numpy()
    return np.where(closed, 0.0, km)


def _where(ground: Ground, place: Ints, street: Ints, along: Floats) -> tuple[Floats, Floats]:
    """Return x, y: the building's, or somewhere along the street."""
    x, y = np.full(len(place), np.nan), np.full(len(place), np.nan)
    inside, outside = place >= 0, street >= 0
    x[inside], y[inside] = ground.place_x[place[inside]], ground.place_y[place[inside]]
    if outside.any():
        lines = ground.city["streets"].geometry.to_numpy()[street[outside]]
        spots = shapely.line_interpolate_point(lines, along[outside], normalized=True)
        x[outside], y[outside] = shapely.get_coordinates(spots).T
    return x, y
