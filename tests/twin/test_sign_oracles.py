"""The sign of a crossing against closed forms, through the production loop."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.page.collect import Page, Panel
from tests.twin.kerbs import GAP_S, Site
from tests.twin.test_oracles import agrees
from tests.twin.test_walker_oracles import ADAMS, adams, by_site, mean, with_yielding
from twin.world.crossings.columns import Outcome
from twin.world.crossings.drivers import impact_mps, stopping_m

FLOW = 0.15
ALIKE = {"flow": FLOW, "apart_s": 60.0, "width_m": 0.1}
SHARES = np.linspace(0, 1, 41)
DELAY = Panel(
    "walkers", "Pedestrian delay with a sign", "표지판이 있는 횡단보도의 보행자 지체",
    "recall of the detector", "mean delay (s)",
    "Nobody yields without the sign; of drivers 80 % notice it. 40 sites, three standard errors.",
)  # fmt: skip


def with_sign(recall: float, notice: float) -> float:
    """Return the mean delay where each driver yields, by chance, to walkers who are shown."""
    shown, unseen = with_yielding(FLOW, GAP_S, notice), adams(FLOW, GAP_S)
    return recall * shown + (1.0 - recall) * unseen


@pytest.mark.parametrize(("recall", "notice"), [(0.5, 0.8), (0.9, 0.8), (1.0, 0.6)])
def test_the_delay_with_a_sign_is_that_of_the_shown_and_the_unseen(
    recall: float, notice: float, page: Page
) -> None:
    found = by_site(Site(**ALIKE, recall=recall, notice=notice).waits())
    if notice == 0.8:
        curve = SHARES, [with_sign(share, notice) for share in SHARES]
        page.add(DELAY, curves={"theory": curve}, points={"twin": [mean(recall, found)]})
    agrees(found, with_sign(recall, notice), bias=ADAMS, precision=0.015)


def test_the_rule_tells_a_recall_of_half_from_one_of_six_tenths() -> None:
    found = by_site(Site(**ALIKE, recall=0.5, notice=0.8).waits())
    with pytest.raises(AssertionError, match="against"):
        agrees(found, with_sign(0.6, 0.8), bias=ADAMS, precision=0.015)


def test_a_sign_that_lights_up_when_all_is_over_changes_nothing() -> None:
    """Bit for bit: cars are a minute on their way, and the sign is lit the day after."""
    blind = Site(**ALIKE, sites=4).waits()
    late = Site(**ALIKE, sites=4, recall=1.0, latency_s=86_400.0)
    pd.testing.assert_frame_equal(late.waits(), blind)
    soon = Site(**ALIKE, sites=4, recall=1.0, latency_s=1.0).waits()
    assert soon["wait_s"].mean() < 0.5 * blind["wait_s"].mean()


def test_the_later_the_sign_the_fewer_yield() -> None:
    yielded = [
        (Site(**ALIKE, sites=4, recall=1.0, latency_s=late).lived()["encounter"]["outcome"] == 1)
        .mean()
        for late in (0.0, 2.0, 4.0, 6.0, 8.0)
    ]  # fmt: skip
    assert yielded == sorted(yielded, reverse=True)
    assert yielded[0] > 2 * yielded[-1]


def test_with_more_recall_the_same_walkers_are_noticed_and_more() -> None:
    """Coupling: the luck of a walker at a crossing is the same whatever the recall."""
    seen = []
    for recall in (0.2, 0.5, 0.8, 1.0):
        lit = Site(**ALIKE, sites=4, recall=recall).lived()["lit"]
        seen.append(set(lit["person"]))
    assert seen[0] < seen[1] < seen[2] < seen[3]


@pytest.mark.parametrize(("react_s", "brake"), [(2.5, 3.4), (1.0, 5.0)])
def test_who_comes_within_the_stopping_distance_cannot_stop(react_s: float, brake: float) -> None:
    """O30 in the loop: all would yield; those within d = v t + v2 / 2b of the crossing cannot."""
    flow = 0.02
    site = Site(flow=flow, apart_s=300.0, width_m=0.1, logit=50.0, react_s=react_s, brake=brake)
    met = site.lived()["encounter"]
    met = met[met["outcome"] != Outcome.WALKER_FIRST].drop_duplicates("car")
    within = met["gap_ms"] / 1000.0 * 10.0 < stopping_m(10.0, react_s, brake)
    assert (met.loc[within, "outcome"] == Outcome.CANNOT_STOP).all()
    assert (met.loc[~within, "outcome"] == Outcome.YIELDED).all()
    # Of all gaps below 8 s in Poisson traffic, so many are shorter than it takes to stop.
    least_s = stopping_m(10.0, react_s, brake) / 10.0
    theory = math.expm1(-flow * least_s) / math.expm1(-flow * GAP_S)
    found = within.mean()
    assert found == pytest.approx(theory, abs=3 * math.sqrt(theory * (1 - theory) / len(met)))


IMPACTS = [(50.0, 63.091, 0.0), (50.0, 34.722, 50.0), (50.0, 10.0, 50.0)]


@pytest.mark.parametrize(("kmh", "metres", "left_kmh"), IMPACTS)
def test_the_speed_of_impact(kmh: float, metres: float, left_kmh: float) -> None:
    """Nothing is left at the stopping distance, everything within the way of the reaction."""
    found = impact_mps(kmh / 3.6, metres, 2.5, 3.4) * 3.6
    assert found == pytest.approx(left_kmh, abs=0.5)


def test_half_of_the_braking_way_leaves_the_root_of_half_the_speed() -> None:
    mps, react_s, brake = 50 / 3.6, 1.0, 5.0
    way = mps * react_s + 0.5 * mps**2 / (2 * brake)
    assert impact_mps(mps, way, react_s, brake) == pytest.approx(mps * math.sqrt(0.5), rel=1e-12)
