"""From conflicts to casualties: impact and death, followers who brake, the pooled tail."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from gis.newtown import newtown
from tests.page.collect import Page, Panel
from twin.extremes import beyond, either_beyond, fitted, joined
from twin.sim import Sim, When
from twin.world.crossings.drivers import stopping_m
from twin.world.crossings.measures import conflicts, encounters, with_time_to_collision
from twin.world.crossings.risk import (
    Risk,
    casualties,
    death_chance,
    driver_brake,
    follower_brake,
    severe_chance,
)
from twin.world.ground import ground

DAYS, RESIDENTS = 20, 20_000
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


def test_the_time_to_collision_is_told_of_the_car_that_was_met_last() -> None:
    """The same walker and car twice a day; a conflict after 2 s has 2 s less; one met nobody."""
    met = pd.DataFrame(
        {"time_ms": [1_000, 90_000], "person": 1, "crossing": 2, "car": 3, "gap_ms": [5_000, 7_000]}
    )
    near = pd.DataFrame({"time_ms": [92_000, 1_000], "person": 1, "crossing": 2, "car": [3, 4]})
    found = with_time_to_collision(near, met).set_index("car")["ttc_s"]
    assert found[3] == 5.0
    assert np.isnan(found[4])


@cache
def many_days() -> tuple[pd.DataFrame, ...]:
    """Return the conflicts of the base days of a town, day by day, with their times."""
    town = ground(newtown(residents=RESIDENTS), queues=True)
    found = []
    for day in range(DAYS):
        sim = Sim(town, When(replication=day, warm_up=0, everybody=True))
        trace = sim.run()
        sim.close()
        found.append(with_time_to_collision(conflicts(trace), encounters(trace)))
    return tuple(found)


def excess(days: Iterable[pd.DataFrame]) -> NDArray[np.float64]:
    """Return by how much the conflicts of some days are below the threshold."""
    pet_s = np.concatenate([day["pet_s"].to_numpy() for day in days])
    return Risk().threshold_s - pet_s[pet_s < Risk().threshold_s]


def jackknife(days: tuple[pd.DataFrame, ...]) -> NDArray[np.float64]:
    """Return the standard errors of shape, scale and share of crash courses, leaving out days."""
    tails = [fitted(excess(days[:i] + days[i + 1 :])) for i in range(len(days))]
    found = np.array([[t.shape, t.scale, beyond(t, Risk().threshold_s)] for t in tails])
    return np.sqrt((len(days) - 1) * found.var(axis=0))


@pytest.mark.verify
def test_the_pooled_tail_is_that_of_many_days(page: Page) -> None:
    """The tail that stands in :class:`Risk` is fitted anew, and tells what really happened."""
    days, risk = many_days(), Risk()
    pet_s = np.concatenate([day["pet_s"].to_numpy() for day in days])
    peaks = excess(days)
    tail, errors = fitted(peaks), 3 * jackknife(days)
    share, happened = beyond(tail, risk.threshold_s), float((peaks > risk.threshold_s).mean())
    below = np.linspace(-1, risk.threshold_s, 41)
    theory = [len(peaks) / DAYS * beyond(tail, risk.threshold_s - x) for x in below]
    seen = [(x, float((pet_s < x).sum() / DAYS), 0.0) for x in np.arange(-0.5, 3.1, 0.5)]
    page.add(TAIL, curves={"fitted tail": (below, theory)}, points={"twin": seen})
    error = 3 * math.sqrt(happened * (1 - happened) / len(peaks))
    assert share == pytest.approx(happened, abs=error)
    assert risk.tail_shape == pytest.approx(tail.shape, abs=errors[0])
    assert risk.tail_scale_s == pytest.approx(tail.scale, abs=errors[1])
    assert risk.crash_course_share == pytest.approx(share, abs=errors[2])


@pytest.mark.verify
def test_the_crashes_of_a_year_are_those_that_the_unaware_were_fitted_to() -> None:
    """52.9 % of 109,877 crashes with walkers in three years and 51.7 million residents."""
    fitted_to = 0.529 * 109_877 / 3 * RESIDENTS / 51.7e6
    crashes = [365 * casualties(day[day["pet_s"] < 3], Risk()).crashes for day in many_days()]
    error = float(np.std(crashes, ddof=1)) / math.sqrt(DAYS)
    assert np.mean(crashes) == pytest.approx(fitted_to, abs=3 * error)
    assert error < 0.1 * fitted_to


@pytest.mark.verify
def test_a_second_measure_adds_nothing_to_the_first() -> None:
    """Side by side: crash courses by post-encroachment time, by time to collision, by either.

    Last printed: by PET 0.00438, by TTC 0.00000, by either 0.00438; seen 0.00409; dependence 0.78.
    """
    every, risk = pd.concat(many_days()).dropna(subset="ttc_s"), Risk()
    time_s = every["ttc_s"].to_numpy()
    edge_s = float(np.quantile(time_s, (every["pet_s"] < risk.threshold_s).mean()))
    pair = joined(risk.threshold_s - every["pet_s"].to_numpy(), edge_s - time_s)
    needed_s = stopping_m(50 / 3.6, 1.0, 5.0) / (50 / 3.6)
    by_pet = pair.shares[0] * beyond(pair.tails[0], risk.threshold_s)
    no_time = pair.shares[1] * beyond(pair.tails[1], edge_s - needed_s)
    either = either_beyond(pair, risk.threshold_s, edge_s - needed_s)
    happened = float((every["pet_s"] < 0).mean())
    error = 3 * math.sqrt(happened * (1 - happened) / len(every))
    told = (
        f"by PET {by_pet:.5f}, by TTC {no_time:.5f}, by either {either:.5f}; seen {happened:.5f}; "
        f"dependence {pair.dependence:.2f}"
    )
    assert by_pet == pytest.approx(happened, abs=error), told
    assert no_time < 0.01 * by_pet, told
    assert either == pytest.approx(by_pet, rel=0.01), told
    assert time_s.min() > needed_s, "who looks can always stop"
    assert pair.dependence < 0.95, "who comes close in one comes close in the other"
