"""What the streets' assumptions change: halved and doubled, the day of a town stays the day it was.

Some rules of the streets have no published figure (how long a driver stands before a full link,
when a stuck one squeezes in, how far drivers rely on a capacity, how far from a stop line a bus at
a stop blocks its lane). Each is halved and doubled alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest

from gis.newtown import newtown
from tests.page.collect import Page, Panel
from tests.twin.test_fundamental_diagram import loaded
from twin.sim import Sim, When
from twin.world.ground import Ground, ground
from twin.world.streets import delays
from twin.world.streets.layout import Flow
from twin.world.transit.buses import Buses

pytestmark = [pytest.mark.verify, pytest.mark.xdist_group("fundamental diagram")]

RESIDENTS, UNTIL_H = 20_000, 10.0
FEW = 0.01
"""Most squeezes a car trip at usual demand."""
ALIKE = 0.1
"""How far the mean time of a car trip may move when an assumption is halved or doubled."""
PANEL = Panel(
    "town", "What the streets' assumptions change", "가로 가정의 민감도",
    note="New town of 20,000, a weekday from 04:00 to 10:00 with everybody. Each assumption is "
    "halved and doubled alone.",
)  # fmt: skip

Change = Callable[[Sim], None]


def flow(**changed: float) -> Flow:
    usual = Flow()
    return replace(usual, **{name: getattr(usual, name) * times for name, times in changed.items()})


@contextmanager
def relied(times: float) -> Iterator[Ground]:
    """Give the town with base routes of drivers who rely on more or less of the capacity."""
    share = min(delays.RELIED * times, 1.0)
    with patch.object(delays, "RELIED", share), patch("twin.world.streets.routes.kept", anew):
        where = ground(newtown(residents=RESIDENTS), queues=True)
        _ = where.ways("weekday")
        yield where


def anew(_: str, make: Callable[[], Any]) -> Any:
    """Solve instead of looking for what is kept: a digest does not see a number patched here."""
    return make()


@cache
def lived(name: str, times: float) -> tuple[float, float]:
    """Return the mean time of a car trip (s) and the squeezes a trip, with one change."""
    if name == "relied":
        with relied(times) as where:
            return driven(where, Flow())
    where, _ = loaded(1.0)
    if name == "blocks_m":
        return driven(where, Flow(), stretched(times))
    return driven(where, flow(**{name: times}))


def stretched(times: float) -> Change:
    """Return the change of how far from a stop line a bus at a stop blocks its lane."""

    def change(sim: Sim) -> None:
        buses = sim.part(Buses)
        buses.rides = replace(buses.rides, blocks_m=buses.rides.blocks_m * times)

    return change


def driven(
    where: Ground, rules: Flow, change: Change | None = None, trips: pd.DataFrame | None = None
) -> tuple[float, float]:
    """Live a morning, with everybody unless trips of cars are given; return what it was like."""
    sim = Sim(where, When(warm_up=0, hours=UNTIL_H - 4.0, everybody=trips is None))
    if change is not None:
        change(sim)
    with patch("twin.world.day.Flow", lambda: rules):
        trace = sim.run(trips=trips)
    sim.close()
    spent_h = trace.frame("flow")["spent_s"].sum() / 3_600
    trips = len(trace["depart"])
    return float(spent_h / trips * 3_600), len(trace["squeeze"]) / trips


ASSUMED = ("patience_s", "squeeze_s", "manoeuvre_s", "blocks_m", "relied")


@pytest.mark.parametrize("name", ASSUMED)
def test_an_assumption_halved_or_doubled_leaves_the_morning_alike(name: str, page: Page) -> None:
    usual, stuck = lived("patience_s", 1.0)
    found = {times: lived(name, times) for times in (0.5, 2.0)}
    for times, (mean_s, squeezes) in found.items():
        page.add(
            PANEL,
            rows=[{
                "assumption": name, "times": times, "mean time of a trip (s)": mean_s,
                "as it is (s)": usual, "squeezes a trip": squeezes, "as it is": stuck,
            }],
        )  # fmt: skip
    assert stuck <= FEW
    for mean_s, squeezes in found.values():
        assert mean_s == pytest.approx(usual, rel=ALIKE)
        assert squeezes <= FEW


def test_a_headway_of_a_stop_line_does_change_the_morning() -> None:
    """What is changed reaches the streets: at twice the cars a published rule shows."""
    where, trips = loaded(2.0)
    usual, slow = (driven(where, flow(headway_s=times), trips=trips) for times in (1.0, 2.0))
    assert slow[0] > 1.5 * usual[0]
