"""From conflicts to casualties: impact and death, followers who brake, the pooled tail."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from gis.newtown import newtown
from tests.page.collect import Page, Panel
from twin.extremes import beyond, fitted
from twin.sim import Sim, When
from twin.world.crossings.measures import conflicts
from twin.world.crossings.risk import (
    Risk,
    casualties,
    death_chance,
    driver_brake,
    follower_brake,
    severe_chance,
)
from twin.world.ground import ground

DAYS = 20
TAIL = Panel(
    "walkers", "How close walkers and cars come", "보행자와 차가 얼마나 가까워지나",
    "post-encroachment time less than (s)", "conflicts a day",
    "A new town of 20,000 on 20 days, and the tail fitted to those below 3 s (peaks over the "
    "threshold). Below zero both would be in one place at once.",
)  # fmt: skip


def test_the_chance_of_death_keeps_the_published_ratios() -> None:
    assert death_chance(50) / death_chance(40) == pytest.approx(2.34, abs=0.01)
    assert death_chance(50) / death_chance(30) == pytest.approx(5.6, abs=0.05)
    assert [round(100 * death_chance(v), 1) for v in (30, 40, 50, 60)] == [1.5, 3.6, 8.3, 18.2]
    for kmh in range(5, 120, 5):
        assert death_chance(kmh) <= severe_chance(kmh) <= 1


def hits(*kmh: float) -> pd.DataFrame:
    return pd.DataFrame({"impact_cm_s": [v / 3.6 * 100 for v in kmh]})


def test_casualties_add_up_to_crashes_and_the_averted_are_none() -> None:
    found = casualties(hits(50, 30, 0, 0), Risk())
    each = Risk().crash_course_share * Risk().unaware_share
    assert found.crashes == pytest.approx(2 * each)
    assert found.deaths == pytest.approx(each * (death_chance(50) + death_chance(30)))
    assert found.deaths + found.serious + found.slight == pytest.approx(found.crashes)
    assert casualties(hits(), Risk()) == (0, 0, 0, 0)


def test_fewer_conflicts_make_as_much_fewer_crashes() -> None:
    """O35: a share averted thins a Poisson process of crashes by that share."""
    many, few = casualties(hits(*[40] * 10), Risk()), casualties(hits(*[40] * 7), Risk())
    assert few.crashes == pytest.approx(0.7 * many.crashes)
    none = math.exp(-365 * few.crashes)
    assert none == pytest.approx(math.exp(-365 * many.crashes) ** 0.7)


def test_who_follows_too_close_must_brake_hard() -> None:
    """At 10 m/s, 2 s behind, 5 s to go: left 10 (2 + 5 - 1.5) - 5 = 50 m, v2 / 2s = 1 m/s2."""
    brakes = pd.DataFrame(
        {
            "gap_ms": [5_000, 5_000, 1_000, 3_000], "speed_cm_s": [1_000] * 4,
            "headway_ms": [2_000, -1, 500, 1_500],
        }
    )  # fmt: skip
    found = follower_brake(brakes, Risk(follow_react_s=1.5))
    assert found[0] == pytest.approx(1.0)
    assert found[1] == 0.0, "nobody follows"
    assert np.isinf(found[2]), "no way left after the reaction"
    assert found[3] == pytest.approx(100 / (2 * 25))


def test_who_is_warned_late_brakes_hard() -> None:
    """At 10 m/s with 3 s to go and 1 s to react: 100 / (2 x 20) = 2.5 m/s2; with 2 s, 5."""
    brakes = pd.DataFrame({"gap_ms": [3_000, 2_000], "speed_cm_s": [1_000] * 2})
    assert driver_brake(brakes, Risk(brake_react_s=1.0)) == pytest.approx([2.5, 5.0])


@pytest.mark.verify
def test_the_pooled_tail_is_that_of_many_days(page: Page) -> None:
    """The tail that stands in :class:`Risk` is fitted anew, and tells what really happened."""
    town = ground(newtown(residents=20_000), queues=True)
    times = []
    for day in range(DAYS):
        sim = Sim(town, When(replication=day, warm_up=0, everybody=True))
        times.append(conflicts(sim.run())["pet_s"].to_numpy())
        sim.close()
    pet_s, risk = np.concatenate(times), Risk()
    excess = risk.threshold_s - pet_s[pet_s < risk.threshold_s]
    tail = fitted(excess)
    share, happened = beyond(tail, risk.threshold_s), float((excess > risk.threshold_s).mean())
    below = np.linspace(-1, risk.threshold_s, 41)
    theory = [len(excess) / DAYS * beyond(tail, risk.threshold_s - x) for x in below]
    seen = [(x, float((pet_s < x).sum() / DAYS), 0.0) for x in np.arange(-0.5, 3.1, 0.5)]
    page.add(TAIL, curves={"fitted tail": (below, theory)}, points={"twin": seen})
    error = math.sqrt(happened * (1 - happened) / len(excess))
    assert share == pytest.approx(happened, abs=3 * error)
    assert (tail.shape, tail.scale) == pytest.approx((risk.tail_shape, risk.tail_scale_s), abs=0.1)
    assert risk.crash_course_share == pytest.approx(happened, abs=3 * error)
