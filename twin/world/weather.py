"""Weather by the hour: wind, rain, temperature, what it feels like, daylight.

A run has one month, drawn for its replication by the months' days (so that many replications make a
year) unless it is set. Within it, hour by hour: temperature is the month's daily curve plus an
autoregressive departure (Richardson 1981, doi:10.1029/WR017i001p00182); rain is a two-state Markov
chain (Gabriel & Neumann 1962, doi:10.1002/qj.49708837511) whose share of wet days is the month's,
with exponential amounts; wind has two autoregressive components, so that its speed is Weibull and
its direction persistent. Rain and temperature are drawn apart. Figures: ``climate.yaml``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyproj
from numpy.typing import NDArray

from gis.city import City
from twin.datafile import DataTable, Entry, Series, read_table
from twin.elementary import exp, log
from twin.luck import Luck
from twin.world.indicators import Window

__all__ = [
    "DAYS", "Monthly", "Rule", "Sky", "Weather", "apparent_c", "daylight", "wet_hours",
    "wet_shares",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month."""

FILE = Path(__file__).with_name("climate.yaml")
MS_PER_H = 3_600_000
FIRST = 24
"""Where the draw of the hour before the first hour of day 0 is looked at."""

MEASURED_MM = 0.1
"""The least rain of a wet hour, mm."""

STANDARD_MERIDIAN = 135.0
SUMMER = range(5, 10)
SEOUL = (37.57, 126.97)


@dataclass(frozen=True)
class Monthly(Series):
    """A figure of the climate for each month from January."""

    def __post_init__(self) -> None:
        if len(self.values) != len(DAYS):
            raise ValueError(f"values must be 12 numbers, got {len(self.values)}")


@dataclass(frozen=True)
class Rule(Entry):
    """A figure of how weather goes on from hour to hour."""

    value: float
    unit: str


@cache
def _months() -> DataTable[Monthly]:
    return read_table(FILE, "months", Monthly, beside=("rules",))


@cache
def _rules() -> DataTable[Rule]:
    return read_table(FILE, "rules", Rule, beside=("months",))


def _rule(name: str) -> float:
    return _rules()[name].value


class Sky(NamedTuple):
    """Whether it is dark, and whether it rains, in each hour since the first midnight lived."""

    dark: NDArray[np.bool_]
    wet: NDArray[np.bool_]


@dataclass(eq=False)
class Weather:
    """The weather of a run: the same whatever the solutions, for the same replication.

    ``span`` is in milliseconds since midnight of day 0; ``month`` is 1 to 12.
    """

    city: City
    luck: Luck
    span: Window
    month: int = field(init=False)

    def __post_init__(self) -> None:
        drawn = self.luck.of("month").uniform(0) * sum(DAYS)
        self.month = 1 + int(np.searchsorted(np.cumsum(DAYS), drawn, side="right"))

    def table(self) -> pa.Table:
        """Return the weather of each hour of the run.

        Columns: time_ms (start of the hour), hour (since midnight of day 0), month, temperature_c,
        humidity (share), apparent_c, rain_mm, wind_ms, wind_from_deg (whole degrees from north),
        daylight (share of the hour with the sun up).
        """
        hours = np.arange(-(-self.span[1] // MS_PER_H))
        departure = _departures(self.luck.of("heat"), hours) * _rule("heat_sd_c")
        curve, dew = self._curve(hours % 24)
        warm, dew_point = curve + departure, dew + departure
        humid = [min(1.0, _vapour(d) / _vapour(t)) for d, t in zip(dew_point, warm, strict=True)]
        speed, turned = self._wind(hours)
        kept = slice(self.span[0] // MS_PER_H, None)
        felt = map(apparent_c, warm.tolist(), humid, speed.tolist(), [self.month] * len(hours))
        columns = {
            "time_ms": hours * MS_PER_H,
            "hour": hours,
            "month": np.full(len(hours), self.month),
            "temperature_c": warm,
            "humidity": np.array(humid),
            "apparent_c": np.array(list(felt)),
            "rain_mm": self._rain(hours),
            "wind_ms": speed,
            "wind_from_deg": turned,
            "daylight": daylight(self.month, *_place(self.city))[hours % 24],
        }
        return pa.table({name: values[kept] for name, values in columns.items()})

    def sky(self, epoch_ms: int = 0) -> Sky:
        """Return the sky of each hour of a calendar in which day 0 begins at ``epoch_ms``.

        It is dark where the sun is up for less than half of the hour; days before day 0 are dry.
        """
        before = epoch_ms // MS_PER_H
        hours = np.arange(-(-self.span[1] // MS_PER_H) + 1)
        up = daylight(self.month, *_place(self.city))
        wet = np.append(np.zeros(before, bool), self._rain(hours) > 0.0)
        return Sky(up[np.arange(len(wet)) % 24] < 0.5, wet)

    def _of_month(self, name: str) -> float:
        return _months()[name].values[self.month - 1]

    def _curve(self, hour: Ints) -> tuple[Floats, float]:
        """Return the mean temperature at each hour of the day, and the mean dew point."""
        high, low = self._of_month("high_c"), self._of_month("low_c")
        swing = [_swing(h) for h in hour.tolist()]
        middle = (high + low) / 2
        pressure = _vapour(middle) * self._of_month("humidity")
        return middle + (high - low) / 2 * np.array(swing), _dew_point(pressure)

    def _rain(self, hours: Ints) -> Floats:
        """Return the rain of each hour, mm."""
        days = DAYS[self.month - 1]
        begins, ends = wet_hours(self._of_month("wet_days") / days, _rule("wet_spell_h"))
        share = begins / (begins + ends)
        luck = self.luck.of("rain")
        wet = luck.uniform(FIRST) < share
        states = []
        for u in np.asarray(luck.uniform(hours % 24, day=hours // 24)).tolist():
            wet = u >= ends if wet else u < begins
            states.append(wet)
        mean = self._of_month("rain_mm") / (24 * days * share)
        amount = luck.of("amount").exponential(
            hours % 24, max(mean - MEASURED_MM, 0.0), day=hours // 24
        )
        return np.where(states, MEASURED_MM + np.asarray(amount), 0.0)

    def _wind(self, hours: Ints) -> tuple[Floats, Ints]:
        """Return the speed (m/s) and where the wind comes from (deg) in each hour.

        Half the squared length of two normal numbers is exponential with mean 1, and a power of it
        Weibull; the angle of the pair is uniform, and is drawn together towards the prevailing one
        as a wrapped Cauchy.
        """
        east, north = (
            _departures(self.luck.of(f"wind/{name}"), hours, _rule("wind_persistence"))
            for name in ("east", "north")
        )
        power = 1 / _rule("wind_shape")
        mean = self._of_month("wind_ms") / math.gamma(1 + power)
        daily = [1 + _rule("wind_day_swing") * _swing(h) for h in (hours % 24).tolist()]
        length = [exp(power * log(x)) for x in ((east**2 + north**2) / 2).tolist()]
        steady = _rule("wind_steadiness")
        narrow = (1 - steady) / (1 + steady)
        angle = [
            2 * math.atan2(narrow * math.sin(a / 2), math.cos(a / 2))
            for a in map(math.atan2, north.tolist(), east.tolist())
        ]
        turned = self._of_month("wind_from_deg") + np.degrees(angle)
        return mean * np.array(daily) * np.array(length), np.round(turned).astype(np.int64) % 360


def _departures(luck: Luck, hours: Ints, persistence: float | None = None) -> Floats:
    """Return a stationary autoregressive series with mean 0 and variance 1, one number an hour."""
    persistence = _rule("heat_persistence") if persistence is None else persistence
    fresh = math.sqrt(1 - persistence * persistence)
    state = luck.normal(FIRST)
    series = []
    for shock in np.asarray(luck.normal(hours % 24, day=hours // 24)).tolist():
        state = persistence * state + fresh * shock
        series.append(state)
    return np.array(series)


def _swing(hour: int) -> float:
    """Return the daily wave between -1 and 1, highest in the warmest hour."""
    return math.cos((hour + 0.5 - _rule("warmest_h")) * math.pi / 12)


def wet_hours(wet_days: float, spell_h: float) -> tuple[float, float]:
    """Return the chances an hour that a dry spell ends and that a wet one does.

    Wet spells last ``spell_h`` hours on the mean; a share ``wet_days`` of days has a wet hour: a
    day is dry when its first hour is and the 23 others stay so.
    """
    ends = 1 / spell_h
    low, high = 0.0, 1.0
    for _ in range(60):
        begins = (low + high) / 2
        if wet_shares(begins, ends)[1] < wet_days:
            low = begins
        else:
            high = begins
    return (low + high) / 2, ends


def wet_shares(begins: float, ends: float) -> tuple[float, float]:
    """Return the shares of hours and of days that are wet, of a two-state Markov chain."""
    dry = ends / (begins + ends)
    return 1 - dry, 1 - dry * (1 - begins) ** 23


def _vapour(temperature_c: float) -> float:
    """Return the pressure of saturated vapour, hPa (Magnus; Alduchov & Eskridge 1996)."""
    return 6.1094 * exp(17.625 * temperature_c / (243.04 + temperature_c))


def _dew_point(pressure_hpa: float) -> float:
    ratio = log(pressure_hpa / 6.1094)
    return 243.04 * ratio / (17.625 - ratio)


def apparent_c(temperature_c: float, humidity: float, wind_ms: float, month: int) -> float:
    """Return what the weather service of Korea says it feels like, degC.

    From May to September it rests on the wet-bulb temperature of Stull (2011,
    doi:10.1175/JAMC-D-11-0143.1); in other months on the wind (JAG/TI 2001), where it is 10 degC
    or colder and the wind 1.3 m/s or more; else it is the temperature (mbn.co.kr 4889517).
    """
    t = temperature_c
    if month in SUMMER:
        wet = _wet_bulb(t, 100 * humidity)
        return -0.2442 + 0.55399 * wet + 0.45535 * t - 0.0022 * wet**2 + 0.00278 * wet * t + 3.0
    if t > 10 or wind_ms < 1.3:
        return t
    gust = exp(0.16 * log(3.6 * wind_ms))
    return 13.12 + 0.6215 * t - 11.37 * gust + 0.3965 * gust * t


def _wet_bulb(t: float, percent: float) -> float:
    return (
        t * math.atan(0.151977 * math.sqrt(percent + 8.313659))
        + math.atan(t + percent)
        - math.atan(percent - 1.676331)
        + 0.00391838 * percent * math.sqrt(percent) * math.atan(0.023101 * percent)
        - 4.686035
    )


def daylight(month: int, latitude: float, longitude: float) -> Floats:
    """Return the share of each hour of the day with the sun up, in the middle of a month.

    Declination of Cooper (1969); clock time of the meridian 135 deg east; the sun's middle is up
    when its altitude is above -0.83 deg (refraction and radius).
    """
    day = sum(DAYS[: month - 1]) + 15
    tilt = math.radians(23.45) * math.sin(2 * math.pi * (284 + day) / 365)
    turn = 2 * math.pi * (day - 81) / 364
    clock_min = 9.87 * math.sin(2 * turn) - 7.53 * math.cos(turn) - 1.5 * math.sin(turn)
    noon = 12 + (STANDARD_MERIDIAN - longitude) / 15 - clock_min / 60
    across = math.radians(latitude)
    edge = math.sin(math.radians(-0.83)) - math.sin(across) * math.sin(tilt)
    half = math.acos(min(1.0, max(-1.0, edge / (math.cos(across) * math.cos(tilt)))))
    rise, fall = noon - 12 / math.pi * half, noon + 12 / math.pi * half
    start = np.arange(24.0)
    return np.asarray(np.clip(np.minimum(start + 1, fall) - np.maximum(start, rise), 0.0, 1.0))


def _place(city: City) -> Sequence[float]:
    """Return latitude and longitude of a city: of its junctions' middle, of Seoul without any."""
    if "junctions" not in city:
        return SEOUL
    x0, y0, x1, y1 = city["junctions"].total_bounds
    there = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True)
    east, north = there.transform((x0 + x1) / 2, (y0 + y1) / 2)
    return north, east
