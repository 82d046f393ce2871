"""A weekday of two real cities with everybody about, beside what was published of them.

Where traffic breaks down the page says when and where before the check fails; what is known to miss
its bound is shown beside it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
WITHIN = 0.25
"""How far a speed may be from the published one, an assumption: single main roads of Daejeon are a
third off their mean (15.9 and 32.4 of 23.7 km/h in 2017), years and kinds of roads a tenth."""

Speeds = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A real city: its file, and published speeds (km/h), of the day and by hour.

    ``miss`` says why the twin is known to miss the published speeds.
    """

    korean: str
    file: str
    daily: Speeds = field(default_factory=dict)
    hourly: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    miss: str = ""

    @property
    def marks(self) -> list[pytest.MarkDecorator]:
        """Return the mark of a test of these speeds."""
        misses = {"raises": AssertionError, "strict": True, "reason": self.miss}
        return [pytest.mark.xfail(**misses)] if self.miss else []


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
        miss="flows at about 41 km/h: nobody drives through it from one gate to another",
    ),
}  # fmt: skip
FLOWS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in PLACES]
PACES = [
    pytest.param(name, marks=[pytest.mark.xdist_group(name), *place.marks])
    for name, place in PLACES.items()
]
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


def known(value: float) -> float | None:
    return None if np.isnan(value) else value


def shares(name: str, where: Ground) -> list[dict[str, Any]]:
    """Return trips a person and shares of modes beside published figures."""
    table = totals(where.people, lived(where.people, Luck(1, "day", 0), 0))
    chosen = table["name"].str.match(
        r"by |all by |tours by |trips a person$|(drive|walk|bus) to work"
    )
    return [
        {"city": name, "what": row.name, "twin": row.value, "unit": row.unit,
         "aimed at": known(row.aim), "published": known(row.published), "source": row.source}
        for row in table[chosen].assign(name=table["name"]).itertuples(index=False)
    ]  # fmt: skip


class Day(NamedTuple):
    """A weekday lived: its city, its trace, who was about and the speed by hour."""

    name: str
    where: Ground
    trace: Trace
    seen: pd.DataFrame
    pace: pd.Series


@pytest.fixture(scope="module")
def day(request: pytest.FixtureRequest) -> Day:
    where = ground(read(data_file(PLACES[request.param].file)), queues=True)
    trace, seen = lived_day(where)
    return Day(request.param, where, trace, seen, speeds(trace, where))


def speed_panel(name: str) -> Panel:
    return Panel(
        "world", f"Speed by hour: {name}", f"시간대별 속도: {PLACES[name].korean}", "hour",
        "mean speed (km/h)", "Car-km over car-hours on all links. Published figures are of main "
        "roads of the whole city, and of other years.",
    )  # fmt: skip


@pytest.mark.parametrize("day", FLOWS, indirect=True)
def test_a_weekday_of_a_real_city_flows(day: Day, page: Page) -> None:
    name, place = day.name, PLACES[day.name]
    page.add(
        speed_panel(name), curves={"twin": (day.pace.index + 0.5, day.pace)}, points=place.hourly,
        bounds={source: ([0, 24], [kmh, kmh]) for source, kmh in place.daily.items()},
    )  # fmt: skip
    found = measures(day.where, day.trace, day.pace)
    stuck = breakdown(day.where, day.trace, day.seen)
    page.add(
        Panel("world", f"A weekday: {name}", f"평일 하루: {place.korean}"), text=stuck,
        rows=[{"what": what, "twin": value} for what, value in found.items()],
    )  # fmt: skip
    page.add(SHARES, rows=shares(name, day.where))
    most, last = day.seen["on links"].max(), day.seen["on links"].iloc[-1]
    assert found["squeezed in"] < SQUEEZED * found["car trips"], stuck
    assert last <= STRANDED * most, stuck


@pytest.mark.parametrize("day", PACES, indirect=True)
def test_a_weekday_of_a_real_city_is_about_as_fast_as_published(day: Day, page: Page) -> None:
    rows = [
        {"hour": hour, "twin": float(np.interp(hour, day.pace.index + 0.5, day.pace)),
         "published": kmh, "source": source}
        for source, points in PLACES[day.name].hourly.items() for hour, kmh in points
    ]  # fmt: skip
    page.add(speed_panel(day.name), rows=rows)
    off = {row["hour"]: row["twin"] / row["published"] - 1.0 for row in rows}
    assert all(abs(share) <= WITHIN for share in off.values()), rows
