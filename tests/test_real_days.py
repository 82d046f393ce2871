"""A weekday of two real cities with everybody about, beside what was published of them.

Where traffic breaks down the page says when and where before the check fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.population import lived, totals
from gis.readers.build import read
from tests.conftest import data_file
from tests.page.collect import Page, Panel
from twin.luck import Luck
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.ground import Ground, ground

pytestmark = pytest.mark.verify

SQUEEZED, STRANDED = 0.01, 0.05
"""Most squeezes a car trip, and cars still on the street at 04:00 of the most there were."""

Speeds = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A real city: its file, and published speeds (km/h), of the day and by hour."""

    korean: str
    file: str
    daily: Speeds = field(default_factory=dict)
    hourly: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


PLACES = {
    "Daejeon Doan": Place(
        "대전 도안", "daejeon_doan.gpkg",
        daily={
            "main roads 2017: city of Daejeon, Hankook Ilbo 2018-03-12": 23.7,
            "Yuseong-daero 2017, the fastest: same": 32.4,
        },
        hourly={
            "main roads 1998: city of Daejeon, Dong-A Ilbo 1999-01-06": [
                (8, 21.2), (13, 26.2), (18, 19.0)
            ],
        },
    ),
    "Seoul Songpa": Place(
        "서울 송파", "osm/seoul_songpa_jamsil.osm.pbf",
        daily={
            "all roads of Seoul 2014: city of Seoul, Dong-A Ilbo 2015-04-25": 25.7,
            "its minor arterials 2014: same": 22.9,
        },
        hourly={
            "all roads of Seoul 2014, Monday 7-9, Friday 17-19: same": [(8, 24.9), (18, 21.0)],
        },
    ),
}  # fmt: skip
SHARES = Panel(
    "world", "How people travel", "수단 분담률과 통행 수",
    note="Of residents on a weekday, with the published figure where there is one.",
)  # fmt: skip


def lived_day(where: Ground) -> tuple[Trace, pd.DataFrame]:
    """Return the trace of a weekday, and by hour who drives, queues and waits to join."""
    sim = Sim(where, When(everybody=True))
    seen: list[dict[str, float]] = []

    def look() -> None:
        assert sim.world is not None
        hour = (sim.env.now - sim.span.epoch_ms) / 3.6e6
        lanes, on = sim.world.traffic.lanes, int(sim.world.cars.on.sum())
        joining = int(lanes.cars[lanes.entry == 1].sum())
        queued = int(lanes.cars[lanes.entry == 0].sum())
        seen.append({"hour": hour, "on links": on, "queued": queued, "waiting to join": joining})

    sim.every(3_600.0, look, key=(0, 0))
    trace = sim.run()
    look()
    sim.close()
    return trace, pd.DataFrame(seen)


def speeds(trace: Trace, where: Ground) -> pd.Series:
    """Return car-km over car-hours of the links, in km/h, by the hour of entering."""
    flow = trace.frame("flow")
    metres = where.city["streets"]["length_m"].to_numpy(float)[flow["link"]]
    by_hour = flow.assign(km=flow["cars"] * metres / 1_000).groupby("hour")[["km", "spent_s"]].sum()
    return by_hour["km"] / (by_hour["spent_s"] / 3_600)


def measures(where: Ground, trace: Trace, pace: pd.Series) -> dict[str, Any]:
    flow, streets = trace.frame("flow"), where.city["streets"]
    plans = where.city.tables["signal_plans"].groupby("origin")["junction"].nunique()
    car = {name: len(trace[name]) for name in ("depart", "park", "exit", "fail", "squeeze")}
    km = (flow["cars"] * streets["length_m"].to_numpy(float)[flow["link"]]).sum() / 1_000
    return {
        "residents": len(where.people.residents), "links": len(streets),
        "signals given": int(plans.get("found", 0)),
        "signals derived": int(plans.get("derived", 0)),
        "gap of base routes %": 100 * float(where.ways("weekday").gap.max()),
        "car trips": car["depart"], "car-km": float(km),
        "mean speed (km/h)": float(km / (flow["spent_s"].sum() / 3_600)),
        "slowest hour (km/h)": float(pace.min()), "parked nowhere": car["fail"],
        "squeezed in": car["squeeze"], "walks": len(trace["walk"]), "rides": len(trace["ride"]),
        "encounters at crossings": len(trace["encounter"]),
    }  # fmt: skip


def breakdown(where: Ground, trace: Trace, seen: pd.DataFrame) -> str:
    """Return when and where traffic broke down."""
    stuck = trace.frame("squeeze")
    if stuck.empty:
        return ""
    hours = (stuck["time_ms"] // 3_600_000).value_counts().sort_index()
    streets, links = where.city["streets"], stuck["arc"].value_counts().head(8)
    lines = [
        f"street {row} {streets['name'].fillna('').iloc[row]} into junction "
        f"{streets['to_junction'].iloc[row]}: {count:,} squeezed in, "
        f"{streets['lanes'].iloc[row]} lanes, {streets['length_m'].iloc[row]:.0f} m"
        for row, count in links.items()
    ]
    by_hour = ", ".join(f"{hour} h {count:,}" for hour, count in hours.items())
    return "\n".join(
        ["where heads of queues were stuck for five minutes and squeezed in", *lines,
         f"by hour: {by_hour}", seen.to_string(index=False)]
    )  # fmt: skip


def shares(name: str, where: Ground) -> list[dict[str, Any]]:
    """Return trips a person and shares of modes beside published figures."""
    table = totals(where.people, lived(where.people, Luck(1, "day", 0), 0))
    chosen = table["name"].str.match(r"by |all by |trips a person$|drive to work")
    return [
        {"city": name, "what": row.name, "twin": row.value, "unit": row.unit,
         "published": None if np.isnan(row.aim) else row.aim, "source": row.source}
        for row in table[chosen].assign(name=table["name"]).itertuples(index=False)
    ]  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_a_weekday_of_a_real_city_flows(name: str, page: Page) -> None:
    place = PLACES[name]
    where = ground(read(data_file(place.file)), queues=True)
    trace, seen = lived_day(where)
    pace = speeds(trace, where)
    panel = Panel(
        "world", f"Speed by hour: {name}", f"시간대별 속도: {place.korean}", "hour",
        "mean speed (km/h)", "Car-km over car-hours on all links. Published figures are of main "
        "roads of the whole city, and of other years.",
    )  # fmt: skip
    page.add(
        panel, curves={"twin": (pace.index + 0.5, pace)}, points=place.hourly,
        bounds={source: ([0, 24], [kmh, kmh]) for source, kmh in place.daily.items()},
    )  # fmt: skip
    found = measures(where, trace, pace)
    stuck = breakdown(where, trace, seen)
    page.add(
        Panel("world", f"A weekday: {name}", f"평일 하루: {place.korean}"), text=stuck,
        rows=[{"what": what, "twin": value} for what, value in found.items()],
    )  # fmt: skip
    page.add(SHARES, rows=shares(name, where))
    most, last = seen["on links"].max(), seen["on links"].iloc[-1]
    assert found["squeezed in"] < SQUEEZED * found["car trips"], stuck
    assert last <= STRANDED * most, stuck
    assert pace.between(5, 60).all(), pace.to_string()
