"""Sensors: recall by hour, thinned Poisson false alarms, outages, predictive value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from twin.luck import Luck
from twin.world.sensors import (
    MOST_ALARMS,
    availability,
    false_alarms,
    predictive_value,
    recall_by_hour,
    working_hours,
)
from twin.world.weather import Sky

LUCK = Luck(5, "sensor", 0)
KEYS = np.arange(400)
HOURS = 48
UP = np.ones((len(KEYS), HOURS), bool)


def alarms(per_h: float, luck: Luck = LUCK) -> set[tuple[int, int]]:
    found = false_alarms(luck, KEYS, np.full(len(KEYS), per_h), UP)
    return set(zip(found.sensor.tolist(), found.at_ms.tolist(), strict=True))


def test_recall_falls_in_the_dark_and_in_rain_to_the_lower_of_the_two() -> None:
    sky = Sky(np.array([False, True, False, True]), np.array([False, False, True, True]))
    recall = recall_by_hour(np.array([0.9, 0.9]), np.array([0.7, 0.95]), np.array([0.8, 0.5]), sky)
    assert recall.tolist() == [[0.9, 0.7, 0.8, 0.7], [0.9, 0.9, 0.5, 0.5]]


def test_false_alarms_are_a_thinned_poisson_process() -> None:
    """O35: N is Poisson of the rate, nobody alarms in T with exp(-rate T); variance is the mean."""
    rate = 2.0
    found = false_alarms(LUCK, KEYS, np.full(len(KEYS), rate), UP)
    cell = found.sensor * HOURS + found.at_ms // 3_600_000
    counts = np.bincount(cell, minlength=len(KEYS) * HOURS)
    expected, cells = rate, len(counts)
    assert counts.mean() == pytest.approx(expected, abs=3 * math.sqrt(expected / cells))
    variance = counts.var(ddof=1)
    assert variance == pytest.approx(expected, abs=3 * expected * math.sqrt(2.5 / cells))
    none = (counts == 0).mean()
    p = math.exp(-rate)
    assert none == pytest.approx(p, abs=3 * math.sqrt(p * (1 - p) / cells))


def test_fewer_false_alarms_are_among_those_of_more() -> None:
    few, more, most = (alarms(rate) for rate in (0.5, 5.0, MOST_ALARMS))
    assert few < more < most
    assert alarms(0.0) == set()


def test_false_alarms_belong_to_their_sensor() -> None:
    some = false_alarms(LUCK, KEYS[7:9], np.full(2, 2.0), UP[7:9])
    alone = {(sensor + 7, at) for sensor, at in zip(*map(np.ndarray.tolist, some), strict=True)}
    assert alone == {(s, at) for s, at in alarms(2.0) if s in (7, 8)}


def test_what_is_out_of_order_gives_no_alarm() -> None:
    found = false_alarms(LUCK, KEYS, np.full(len(KEYS), 3.0), ~UP)
    assert len(found.sensor) == 0
    assert len(false_alarms(LUCK, KEYS[:0], np.zeros(0), UP[:0]).at_ms) == 0


@pytest.mark.parametrize(("failures", "days"), [(12.0, 6.0), (50.0, 2.0)])
def test_the_share_of_time_up_is_mtbf_over_mtbf_and_mttr(failures: float, days: float) -> None:
    sensors = np.arange(3_000)
    each = np.ones(len(sensors))
    works = working_hours(
        LUCK, sensors, 400, failures_per_year=failures * each, repair_days=days * each
    )
    share = works.mean(axis=1)
    theory = availability(failures, days)
    # an outage takes whole hours: half an hour at either end
    whole_hours = failures / 8_760 * theory
    error = 3 * share.std(ddof=1) / math.sqrt(len(sensors))
    assert theory < 0.9
    assert share.mean() == pytest.approx(theory - whole_hours, abs=error + whole_hours)


def test_what_never_fails_always_works() -> None:
    each = np.zeros(len(KEYS))
    works = working_hours(LUCK, KEYS, 48, failures_per_year=each, repair_days=each + 3)
    assert works.all()


def test_predictive_value() -> None:
    """O42 by hand: of 1,000 looks 10 are true; 9 are told; of 990 others 1 % are told, 9.9."""
    assert predictive_value(0.01, 0.9, 0.99) == pytest.approx(9 / (9 + 9.9), rel=1e-12)
    assert predictive_value(0.3, 0.8, 1.0) == 1.0
