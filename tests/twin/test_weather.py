"""Weather keeps to its closed forms: means, memory, wet days, what it feels like, daylight."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from gis.city import City
from twin.luck import Luck
from twin.world.weather import DAYS, Weather, apparent_c, daylight, wet_hours, wet_shares

CITY = City("nowhere", "EPSG:5186", {})
H = 3_600_000
REPLICATIONS = 400


def weather(replication: int, month: int | None = None, hours: int = 24) -> Weather:
    one = Weather(CITY, Luck(5, "weather", replication), (0, hours * H))
    if month is not None:
        one.month = month
    return one


@cache
def many(month: int, hours: int = 48) -> dict[str, np.ndarray]:
    """Return each column of many replications as an array [replication, hour]."""
    frames = [weather(r, month, hours).table().to_pandas() for r in range(REPLICATIONS)]
    return {name: np.array([f[name] for f in frames]) for name in frames[0]}


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_the_mean_temperature_of_each_hour_is_the_months() -> None:
    warm = many(1)["temperature_c"]
    middle, half = (2.1 - 5.5) / 2, (2.1 + 5.5) / 2
    curve = middle + half * np.cos((np.arange(48) % 24 + 0.5 - 15.0) * np.pi / 12)
    assert np.abs(warm.mean(axis=0) - curve).max() < 4 * 3.0 / np.sqrt(REPLICATIONS)
    assert warm.std(axis=0) == pytest.approx(3.0, rel=0.15)


def test_temperature_remembers_as_the_autoregression_says() -> None:
    warm = many(1)["temperature_c"]
    departure = warm - warm.mean(axis=0)
    assert correlation(departure[:, :-1], departure[:, 1:]) == pytest.approx(0.98, abs=0.01)
    assert correlation(departure[:, :-24], departure[:, 24:]) == pytest.approx(0.98**24, abs=0.1)


def test_wind_is_weibull_with_the_months_mean() -> None:
    wind = many(4)["wind_ms"]
    daily = 1 + 0.3 * np.cos((np.arange(48) % 24 + 0.5 - 15.0) * np.pi / 12)
    level = wind / daily / 2.7
    # Weibull with mean 1: E[x**2] = gamma(1 + 2/k) / gamma(1 + 1/k)**2, k = 1.9.
    assert level.mean() == pytest.approx(1.0, abs=0.03)
    assert (level**2).mean() == pytest.approx(1.301, rel=0.06)
    energy = level**1.9
    assert correlation(energy[:, :-1], energy[:, 1:]) == pytest.approx(0.92**2, abs=0.03)


def test_wind_comes_mostly_from_where_it_should() -> None:
    angle = np.radians(many(4)["wind_from_deg"])
    mean = np.exp(1j * angle).mean()
    assert abs(mean) == pytest.approx(0.35, abs=0.06)
    assert np.degrees(np.angle(mean)) % 360 == pytest.approx(265, abs=12)


@pytest.mark.parametrize(("month", "wet_days", "rain_mm"), [(1, 6.1, 16.8), (7, 16.3, 414.4)])
def test_wet_days_and_rain_are_the_months(month: int, wet_days: float, rain_mm: float) -> None:
    rain = many(month)["rain_mm"].reshape(REPLICATIONS, 2, 24)
    share = wet_days / 31
    spread = 4 * np.sqrt(share * (1 - share) / (2 * REPLICATIONS)) * 1.5
    assert (rain > 0).any(axis=2).mean() == pytest.approx(share, abs=spread)
    assert rain[rain > 0].min() >= 0.1
    total = rain.sum(axis=(1, 2)) * 31 / 2
    assert total.mean() == pytest.approx(rain_mm, abs=4 * total.std() / np.sqrt(REPLICATIONS))


def test_wet_spells_last_as_long_as_they_should() -> None:
    wet = many(7)["rain_mm"] > 0
    ended = wet[:, :-1] & ~wet[:, 1:]
    assert ended.sum() / wet[:, :-1].sum() == pytest.approx(1 / 4, abs=0.03)


def test_the_share_of_wet_days_is_met_exactly() -> None:
    for wanted in (0.05, 0.2, 0.55, 0.9):
        assert wet_shares(*wet_hours(wanted, 4.0))[1] == pytest.approx(wanted, abs=1e-12)


def test_months_are_drawn_by_their_days() -> None:
    drawn = np.bincount([weather(r).month - 1 for r in range(3_000)], minlength=12)
    expected = 3_000 * np.array(DAYS) / 365
    assert (((drawn - expected) ** 2) / expected).sum() < 31.3  # chi-square, 11, 0.1 %


def test_weather_belongs_to_its_hour() -> None:
    whole = weather(3, 6, 48).table().to_pandas()
    short = Weather(CITY, Luck(5, "weather", 3), (4 * H, 28 * H))
    short.month = 6
    part = short.table().to_pandas()
    pd.testing.assert_frame_equal(part, whole[4:28].reset_index(drop=True))


@pytest.mark.parametrize(
    ("temperature", "humidity", "wind", "month", "felt"),
    [
        (-10.0, 0.5, 5 / 3.6, 1, -13.0),  # the weather service's table of wind chill
        (-10.0, 0.5, 30 / 3.6, 1, -20.0),
        (11.0, 0.5, 9.0, 1, 11.0),
        (5.0, 0.5, 1.0, 1, 5.0),
        (33.0, 0.55, 2.0, 7, 33.5),
    ],
)
def test_what_it_feels_like(
    temperature: float, humidity: float, wind: float, month: int, felt: float
) -> None:
    assert apparent_c(temperature, humidity, wind, month) == pytest.approx(felt, abs=0.6)


def test_ten_percent_more_humidity_feel_one_degree_warmer() -> None:
    felt = [apparent_c(33.0, humidity, 2.0, 7) for humidity in (0.4, 0.5, 0.6, 0.7)]
    assert np.diff(felt) == pytest.approx([1.0] * 3, abs=0.25)


@pytest.mark.parametrize(("month", "hours"), [(3, 11.9), (6, 14.76), (12, 9.58)])
def test_daylight_of_seoul(month: int, hours: float) -> None:
    light = daylight(month, 37.57, 126.97)
    assert light.sum() == pytest.approx(hours, abs=0.1)
    assert light[0] == light[23] == 0
    assert light[12] == 1
