"""The macroscopic fundamental diagram of a new town at several loads.

Geroliminis & Daganzo 2008, Transportation Research Part B 42(9):759-770: space-mean flow and
density of a whole district lie close to one curve, while those of single links scatter.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.newtown import newtown
from tests.page.collect import Page, Panel
from tests.twin.streets import more_cars
from twin.sim import Sim, When
from twin.world.ground import Ground, ground
from twin.world.streets.delays import stop_lines
from twin.world.streets.layout import Flow

pytestmark = [pytest.mark.verify, pytest.mark.xdist_group("fundamental diagram")]

RESIDENTS = 20_000
LOADS = (0.5, 1.0, 2.0, 4.0)
PERIOD_S, SAMPLE_S = 300.0, 30.0
SOME = 0.1
"""Cars a lane-km below which a few cars make the speed."""
EMPTY_TO = 4.0
BINS = (0, 0.2, 0.5, 1, 2, 4, 8, 16, 32, 64)
DENSITY, FLOW = "cars a lane-km", "car-km an hour and lane-km"
DIAGRAM = Panel(
    "town", "Macroscopic fundamental diagram", "거시 교통류 기본도 (MFD)", DENSITY, FLOW,
    "All links of a new town of 20,000 residents on a weekday, five minutes a point, demand × 0.5, "
    "1, 2 and 4 with spaces to park in proportion and base routes of × 1. Dashed: the speed of a "
    "nearly empty town, and the way from empty to gridlock at × 4. A town that has filled flows "
    "less at the same density than one that fills. After Geroliminis & Daganzo 2008, Transp. Res. "
    "B 42(9):759-770.",
)  # fmt: skip
SPEEDS = Panel(
    "town", "Speed falls with density", "밀도와 속도", DENSITY, "space-mean speed (km/h)"
)
MEASURES = Panel("town", "What the diagram says", "기본도에서 읽은 값")


@cache
def town() -> Ground:
    return ground(newtown(residents=RESIDENTS), queues=True)


def loaded(load: float) -> tuple[Ground, pd.DataFrame]:
    """Return the town with so many times its cars and spaces, and their trips."""
    return more_cars(town(), load)


@cache
def lived(load: float) -> tuple[pd.DataFrame, int]:
    """Return hour, density and flow of the town and of each link by period, and the squeezes."""
    where, trips = loaded(load)
    sim = Sim(where, When(warm_up=0))
    samples: list[Any] = []

    def look() -> None:
        assert sim.world is not None
        links = sim.world.links
        samples.append((sim.now, links.entered.copy(), links.left.copy()))

    sim.every(SAMPLE_S, look, key=(0, 0))
    trace = sim.run(trips=trips)
    sim.close()
    return _periods(samples), len(trace["squeeze"])


def _periods(samples: list[Any]) -> pd.DataFrame:
    """Return Edie's flow and density of all links, and the speed of the busiest, by period."""
    length, lane_km = streets()
    step = round(PERIOD_S / SAMPLE_S)
    rows = []
    long = length > 0.05
    busiest = int((samples[-1][1] * length / np.maximum(lane_km, 1e-9)).argmax())
    for first in range(0, len(samples) - step, step):
        part = samples[first : first + step + 1]
        present = np.mean([entered - left for _, entered, left in part], axis=0)
        passed = ((part[-1][1] - part[0][1]) + (part[-1][2] - part[0][2])) / 2
        km_h = passed * length / (PERIOD_S / 3_600)
        rows.append(
            {
                "hour": part[0][0] / 3_600, "density": present.sum() / lane_km.sum(),
                "flow": km_h.sum() / lane_km.sum(),
                "fullest link": (present[long] / np.maximum(lane_km[long], 1e-9)).max(),
                "link density": present[busiest] / lane_km[busiest],
                "link flow": km_h[busiest] / lane_km[busiest],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def streets() -> tuple[Any, Any]:
    """Return length (km) and lane-km of the links on which cars queue."""
    layout = town().layout
    assert layout is not None
    lanes = layout.links["lanes"].to_numpy(float) * (layout.links["free_s"] > 0).to_numpy()
    length = layout.links["length_m"].to_numpy(float) / 1_000
    return length, length * lanes


def limits() -> tuple[float, float]:
    """Return the free-flow speed (km/h) of a lane-km, and the flow that stop lines let through."""
    layout = town().layout
    assert layout is not None
    length, lane_km = streets()
    speed = length / np.maximum(layout.links["free_s"].to_numpy(float) / 3_600, 1e-9)
    # Where nobody comes to yield to, a turn lets through the most.
    share = stop_lines(layout, 8.5).share(np.zeros(len(layout.turns)))
    best = np.zeros(len(length))
    np.maximum.at(best, layout.turns["link"].to_numpy(), share)
    best[best == 0] = 1.0
    capacity = best * 3_600 / Flow().headway_s
    return float(speed[lane_km > 0].max()), float(np.average(capacity, weights=lane_km))


def rising(table: pd.DataFrame) -> pd.DataFrame:
    """Return the periods in which the town fills, up to its fullest in the morning."""
    morning = table[table["hour"].between(5, 10)]
    return morning.loc[: morning["density"].idxmax()]


def scatter(density: Any, flow: Any) -> float:
    """Return how far flows lie from a smooth curve through 0, as a share of the highest."""
    powers = np.stack([density, np.square(density)], axis=1)
    curve = powers @ np.linalg.lstsq(powers, flow, rcond=None)[0]
    return float(np.std(flow - curve) / np.max(flow))


def speed(table: pd.DataFrame) -> pd.Series:
    """Return the space-mean speed (km/h) of periods in which somebody drives."""
    some = table[table["density"] > SOME]
    return some["flow"] / some["density"]


def shown(load: float, page: Page) -> None:
    """Show a day at one load."""
    table, squeezed = lived(load)
    way, name, pace = rising(table), f"demand × {load:g}", speed(table)
    fastest, most = limits()
    fills = rising(lived(LOADS[-1])[0])
    page.add(
        DIAGRAM, points={name: zip(table["density"], table["flow"], strict=True)},
        bounds={
            "free-flow speed": ([0, EMPTY_TO], [0, EMPTY_TO * speed(lived(LOADS[0])[0]).max()]),
            "while the town fills, × 4": (fills["density"], fills["flow"]),
        },
    )  # fmt: skip
    page.add(SPEEDS, points={name: zip(table["density"][pace.index], pace, strict=True)})
    page.add(
        MEASURES,
        rows=[
            {
                "demand": f"× {load:g}", "fullest (cars a lane-km)": table["density"].max(),
                "highest flow": table["flow"].max(), "fastest street (km/h)": fastest,
                "stop lines let through": most, "slowest five minutes (km/h)": pace.min(),
                "scatter while it fills %": 100 * scatter(way["density"], way["flow"]),
                "of its busiest link %": 100 * scatter(way["link density"], way["link flow"]),
                "squeezed in": squeezed,
                f"fullest link of 50 m (stores {1_000 / Flow().spacing_m:.0f})":
                    table["fullest link"].max(),
            }
        ],
    )  # fmt: skip


@pytest.mark.parametrize("load", LOADS)
def test_flow_stays_below_the_link_diagram_and_the_stop_lines(load: float, page: Page) -> None:
    shown(load, page)
    table, _ = lived(load)
    fastest, most = limits()
    assert (table["flow"] <= fastest * table["density"] + 0.5).all()
    assert table["flow"].max() < most


@pytest.mark.parametrize("load", LOADS[:3])
def test_a_town_that_fills_follows_one_curve_and_its_links_do_not(load: float) -> None:
    way = rising(lived(load)[0])
    town_wide = scatter(way["density"], way["flow"])
    assert town_wide < 0.03
    assert scatter(way["link density"], way["link flow"]) > 5 * town_wide


def test_flow_grows_to_one_peak_and_falls_as_the_town_fills() -> None:
    way = rising(lived(LOADS[-1])[0])
    bins = pd.cut(way["density"], BINS)
    flow = way.groupby(bins, observed=True)["flow"].mean().to_numpy()
    peak = int(flow.argmax())
    assert 0 < peak < len(flow) - 1
    assert (np.diff(flow[: peak + 1]) > 0).all()
    assert (np.diff(flow[peak:]) < 0).all()


@pytest.mark.parametrize("load", LOADS[2:])
def test_speed_falls_with_density(load: float) -> None:
    way = rising(lived(load)[0])
    pace = speed(way)
    assert way["density"][pace.index].corr(pace, method="spearman") < -0.6
