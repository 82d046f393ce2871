"""How fast drivers come to a crossing: kinematics, who counts, and the percentile of a mixture."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.twin.kerbs import Site
from twin.world.crossings.approach import Approach, approaches, mean_kmh, percentile_kmh
from twin.world.crossings.columns import Outcome

Z85 = 1.0364333894937898
MPS = 50 / 3.6
HOW = Approach(at_m=40.0, react_s=1.0)


def met(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    """Return encounters at 50 km/h: person, car, gap_ms, outcome."""
    found = pd.DataFrame(list(rows), columns=["person", "car", "gap_ms", "outcome"])
    yielded = found["outcome"] == Outcome.YIELDED
    speed = round(100 * MPS)
    return found.assign(time_ms=found["car"] * 100, crossing=0, speed_cm_s=speed, yielded=yielded)


def brakes(*rows: tuple[int, int]) -> pd.DataFrame:
    """Return cars that brake at the times of :func:`met`: car, gap_ms from the cue."""
    found = pd.DataFrame(list(rows), columns=["car", "gap_ms"])
    return found.assign(time_ms=found["car"] * 100, crossing=0, alarm=0)


@pytest.mark.parametrize("gap_s", [5.0, 6.0, 9.0])
def test_who_gives_way_brakes_evenly_to_stand_at_the_crossing(gap_s: float) -> None:
    gap = round(1000 * gap_s)
    found = approaches(met((1, 7, gap, Outcome.YIELDED)), brakes((7, gap)), HOW)
    assert found["kmh"][0] == pytest.approx(50 * math.sqrt(40 / (MPS * (gap_s - 1))), rel=1e-3)


@pytest.mark.parametrize("gap_s", [2.0, 3.8])
def test_who_brakes_nearer_than_the_place_still_comes_at_full_speed_there(gap_s: float) -> None:
    gap = round(1000 * gap_s)
    found = approaches(met((1, 7, gap, Outcome.YIELDED)), brakes((7, gap)), HOW)
    assert found["kmh"][0] == pytest.approx(50, rel=1e-3)


def test_a_late_cue_is_what_counts_not_when_the_walker_came() -> None:
    upon = met((1, 7, 9_000, Outcome.YIELDED))
    soon, late = (approaches(upon, brakes((7, cue)), HOW)["kmh"][0] for cue in (9_000, 5_000))
    assert soon < late < 50


def test_only_free_flowing_drivers_count_and_each_walker_once() -> None:
    """Of walker 1: one passes, one brakes, one comes behind it; walker 2 is early; 3 meets one."""
    upon = met(
        (1, 7, 5_000, Outcome.WOULD_NOT), (1, 8, 9_000, Outcome.YIELDED),
        (1, 9, 9_500, Outcome.YIELDED), (2, 10, 12_000, Outcome.WALKER_FIRST),
        (3, 11, 3_000, Outcome.CANNOT_STOP), (3, 12, -500, Outcome.WOULD_NOT),
    )  # fmt: skip
    found = approaches(upon, brakes((8, 9_000)), HOW)
    assert found["weight"].tolist() == [0.5, 0.5, 1.0]
    slow = 50 * math.sqrt(40 / (MPS * 8))
    assert mean_kmh(found) == pytest.approx((0.5 * 50 + 0.5 * slow + 50) / 2, rel=1e-3)


def test_who_brakes_for_nobody_is_not_one_who_came_upon_a_walker() -> None:
    upon, false = met((1, 7, 9_000, Outcome.YIELDED)), brakes((7, 9_000)).assign(alarm=1)
    assert approaches(upon, false, HOW).empty


def test_the_percentile_of_one_normal_and_of_two_apart() -> None:
    one = pd.DataFrame({"kmh": [50.0, 50.0], "weight": [1.0, 3.0]})
    expected = 50 * (1 + 0.15 * Z85)
    assert percentile_kmh(one, 85, Approach(speed_cv=0.15)) == pytest.approx(expected, rel=1e-6)
    two = pd.DataFrame({"kmh": [20.0, 60.0], "weight": [0.7, 0.3]})
    found = percentile_kmh(two, 85, Approach(speed_cv=0.01))
    assert found == pytest.approx(60, rel=1e-4), "the middle of the upper 30 %"


def test_without_a_spread_the_percentile_is_that_of_the_means() -> None:
    speeds = pd.DataFrame({"kmh": np.arange(1.0, 101.0), "weight": 1.0})
    assert percentile_kmh(speeds, 84.5, Approach(speed_cv=0.0)) == pytest.approx(85, abs=0.01)


def test_where_nobody_comes_there_is_no_speed() -> None:
    none = approaches(met(), brakes(), HOW)
    assert mean_kmh(none) is None
    assert percentile_kmh(none, 85, HOW) is None


def test_in_the_loop_a_sign_slows_the_approach_and_a_late_one_does_less() -> None:
    """All notice, at a crossing where nobody gave way: fewer metres are left to brake in."""
    speeds = []
    for latency_s in (0.0, 2.0, 86_400.0):
        day = Site(sites=4, flow=0.15, apart_s=60.0, width_m=0.1, recall=1.0, latency_s=latency_s,
                   react_s=1.0, brake=5.0).lived()  # fmt: skip
        upon = day["encounter"].assign(yielded=day["encounter"]["outcome"] == Outcome.YIELDED)
        speeds.append(mean_kmh(approaches(upon, day["brake"], HOW)))
    assert speeds[0] < speeds[1] < speeds[2]
    assert speeds[2] == pytest.approx(36.0), "10 m/s"
