"""Crossings against closed forms, through the production loop; the rule is ``test_oracles``'."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tests.page.collect import Page, Panel
from tests.twin.kerbs import Site
from tests.twin.test_oracles import agrees
from twin.world.crossings.drivers import stopping_m

ADAMS = 0.01
GAP = Panel(
    "walkers", "Pedestrian delay at a gap", "간격을 기다리는 보행자", "cars an hour",
    "mean delay (s)",
    "Who wants a gap of 8 s in Poisson traffic that does not yield (Adams 1936), or of which a "
    "share yields; 40 sites, three standard errors.",
)  # fmt: skip
RED = Panel(
    "walkers", "Pedestrian delay at a signal", "신호를 기다리는 보행자", "don't walk (s) of 120",
    "mean delay (s)",
)  # fmt: skip
KERB = Panel("walkers", "Little's law at the kerb", "연석의 리틀 법칙")


def adams(flow: float, gap_s: float) -> float:
    """Return the mean delay (s) of walkers in Poisson traffic that does not yield."""
    return (math.exp(flow * gap_s) - flow * gap_s - 1.0) / flow


def with_yielding(flow: float, gap_s: float, share: float) -> float:
    """Return the mean delay (s) where this share of drivers yields when they arrive."""
    free = math.exp(-flow * gap_s)
    rejected_s = 1.0 / flow - gap_s * free / (1.0 - free)
    return (1.0 - free) * rejected_s / (1.0 - (1.0 - free) * (1.0 - share))


def by_site(waits: pd.DataFrame) -> NDArray[np.float64]:
    return waits.groupby("site")["wait_s"].mean().to_numpy()


def mean(x: float, found: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return x, the mean of sites and three standard errors, as the page shows them."""
    return x, float(found.mean()), 3 * float(found.std(ddof=1)) / math.sqrt(len(found))


FLOWS = np.linspace(0.01, 0.26, 60)


@pytest.mark.parametrize("flow", [0.05, 0.10, 0.20])
def test_gaps_alone_give_the_delay_of_adams(flow: float, page: Page) -> None:
    waits = by_site(Site(flow=flow, apart_s=60.0).waits())
    theory = 3_600 * FLOWS, [adams(q, 8.0) for q in FLOWS]
    page.add(GAP, curves={"Adams 1936": theory}, points={"twin": [mean(3_600 * flow, waits)]})
    agrees(waits, adams(flow, 8.0), bias=ADAMS, precision=0.015)


def test_the_rule_tells_half_a_second_of_gap() -> None:
    waits = by_site(Site(flow=0.2, apart_s=60.0).waits())
    with pytest.raises(AssertionError, match="against"):
        agrees(waits, adams(0.2, 8.5), bias=ADAMS, precision=0.015)


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_yielding_shortens_the_delay_as_it_must(share: float, page: Page) -> None:
    # A car that stands for one walker stands for those who come meanwhile: a step keeps them apart.
    site = Site(flow=0.15, apart_s=60.0, width_m=0.1, logit=math.log(share / (1 - share)))
    theory = with_yielding(0.15, 8.0, share)
    assert theory < 0.8 * adams(0.15, 8.0)
    waits = by_site(site.waits())
    curve = 3_600 * FLOWS, [with_yielding(q, 8.0, share) for q in FLOWS]
    page.add(
        GAP, curves={f"{share:.0%} yield": curve},
        points={f"twin, {share:.0%} yield": [mean(3_600 * 0.15, waits)]},
    )  # fmt: skip
    agrees(waits, theory, bias=ADAMS, precision=0.015)


@pytest.mark.parametrize("red_s", [30.0, 60.0, 90.0])
def test_a_signal_delays_by_red_squared_over_two_cycles(red_s: float, page: Page) -> None:
    waits = by_site(Site(flow=0.01, apart_s=60.0, red_s=red_s).waits())
    reds = np.linspace(10, 110, 60)
    page.add(
        RED,
        curves={"red² / 2 cycles": (reds, reds**2 / 240)},
        points={"twin": [mean(red_s, waits)]},
    )
    agrees(waits, red_s**2 / (2 * 120.0), precision=0.015)


def test_those_who_stand_at_the_kerb_are_arrivals_times_wait(page: Page) -> None:
    site = Site(flow=0.2, apart_s=30.0)
    waits = site.waits(every_s=60.0)
    number = np.array([standing for standing, _ in site.stops[:-1]])
    assert site.stops[-1][0] == 0, "in the end nobody stands there"
    assert (number >= 0).all()
    expected = len(waits) / 86_400 * waits["wait_s"].mean()
    found = float(number.mean())
    page.add(
        KERB, rows=[{"what": "people at 40 kerbs", "counted": found, "arrivals × wait": expected}]
    )
    assert found == pytest.approx(expected, rel=0.05)


STOPPING = [(30, 31.045, 15.278), (40, 45.933, 23.457), (50, 63.091, 33.179)]


@pytest.mark.parametrize(("kmh", "design_m", "alert_m"), STOPPING)
def test_stopping_distances(kmh: float, design_m: float, alert_m: float) -> None:
    mps = kmh / 3.6
    assert stopping_m(mps, 2.5, 3.4) == pytest.approx(mps * 2.5 + mps**2 / 6.8, rel=1e-12)
    assert stopping_m(mps, 2.5, 3.4) == pytest.approx(design_m, abs=1e-3)
    assert stopping_m(mps, 1.0, 5.0) == pytest.approx(alert_m, abs=1e-3)


@pytest.mark.parametrize("below_s", [5.0, 8.0])
def test_conflicts_in_poisson_traffic_are_a_poisson_process(below_s: float) -> None:
    """Who takes gaps of 5 s and more leaves the next car 5 s and an exponential time, no memory.

    The time between them is below ``below_s`` where it comes before the walker's middle, 1.25 s on,
    by that and a second of the car's way; so many of the walkers are in conflict, each by itself.
    """
    flow, width_m = 0.02, 5.0
    site = Site(sites=200, flow=flow, apart_s=300.0, gap_s=width_m, width_m=width_m)
    events = site.lived()
    conflicts = events["conflict"][events["conflict"]["pet_ms"] < 1_000 * below_s]
    origin = site.origin[conflicts["person"]] // 2
    counts = np.bincount(origin, minlength=site.sites)
    window_s = 0.25 * width_m + 1.0 + below_s - width_m
    share = -math.expm1(-flow * window_s)
    agrees(counts / (86_400 / site.apart_s), share, precision=0.03)
    spread = counts.var(ddof=1) / counts.mean()
    assert spread == pytest.approx(1.0, abs=3 * math.sqrt(2 / (site.sites - 1)))
