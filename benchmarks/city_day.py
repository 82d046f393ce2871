"""A whole city day: a new town with everybody in it, from the opened city to trace and KPIs.

Cars queue at signals, people walk, cross and ride buses, cars look for parking, incidents happen
and the weather is what it is. What is made once for a city is made, timed and kept by a process of
its own: the town as a bundle, its base routes by car and on foot. Another process opens the town
and lives in it. The figure is one run: the 24 hours that are kept, from the making of its world to
the trace on the disk and the KPIs; the peak memory is that of the whole process. The opening, the
people and ground, the drawing of demand and the day of warm-up stand beside it. The largest town
lives the same day again with buses that are called and signs at crossings, and with all solutions;
the day that is counted before signs are put up is timed apart.
``python -m benchmarks.city_day RESIDENTS`` measures one town.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.laps import Laps, in_child
from benchmarks.plots import Panel, plot
from benchmarks.table import OUT, Result, Row
from gis.city import City
from gis.newtown import newtown
from gis.population import DayType
from scenarios.ai_crosswalk import AiCrosswalk
from scenarios.delivery_robot import DeliveryRobot
from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.drt_bus import DrtBus
from scenarios.patrol_robot import PatrolRobot
from scenarios.quarantine_robot import QuarantineRobot
from scenarios.shared_parking import SharedParking
from twin.area import resolve
from twin.experiment.simulate import live
from twin.parking_kpis import parking_kpis
from twin.sim import Process, Sim, When
from twin.solution import Run, Solution
from twin.survey import counted
from twin.world.columns import EVENTS
from twin.world.ground import Ground, ground

__all__ = ["SIZES", "figure", "lived", "measure", "report", "rows"]

Day = dict[str, Any]

SIZES = (2_000, 5_000, 20_000, 50_000, 100_000, 200_000, 388_000)
GOAL_S, GOAL_GB = 60.0, 4.0
GOAL = f"< {GOAL_S:.0f} s, < {GOAL_GB:.0f} GB"
LIMIT_S = 1_800
"""How long a town may take by the clock before the others go on."""
WEEKDAY: DayType = "weekday"
MODULE, TOWN = "benchmarks.city_day", "town"
MAKE, LIVE, NONE = "make", "live", "none"
MADE = ("town", "bundle", "base routes")
OPENED = ("city", "people and ground", "demand")
COUNTED = "counted day"
WARM_UP, FIGURE = "warm-up day", ("world", "day", "trace", "file", "KPIs")
ENDS = ("park", "fail", "exit")
KMH = 3.6


@dataclass(frozen=True)
class Package:
    """Solutions that a day is lived with, what the table calls them, and their goal (s)."""

    name: str
    goal_s: float
    solutions: tuple[Solution, ...]


BUS, SIGNS = DrtBus(fleet=60), AiCrosswalk(sites=26)
PACKAGES = {
    "two": Package("60 called buses, 26 signs", 75.0, (BUS, SIGNS)),
    "seven": Package(
        "seven solutions", 90.0,
        (
            SharedParking(spaces=280, price_per_hour=600), BUS, SIGNS, DroneSafetyNet(docks=26),
            DeliveryRobot(fleet=48, hubs=8), QuarantineRobot(fleet=2), PatrolRobot(fleet=4),
        ),
    ),
}  # fmt: skip
LAST = 2**31 - 1, 0
"""The key of a process that acts after all others of its instant."""


@dataclass(frozen=True)
class Stopwatch(Solution):
    """A solution that changes nothing: it notes when the warm-up begins and ends, and the day."""

    laps: Laps | None = None

    def install(self, sim: Sim) -> None:
        """Start a process that waits for these moments."""
        sim.start(self._note(sim), key=LAST)

    def _note(self, sim: Sim) -> Process:
        laps, span = self.laps or Laps(), sim.span
        laps("world")
        yield sim.wait((span.start_ms - span.begin_ms) / 1000)
        laps(WARM_UP)
        yield sim.wait((span.end_ms - span.start_ms) / 1000)
        laps("day")


def make(residents: int, place: Path) -> Day:
    """Make a town once: its bundle and its base routes, kept in a folder."""
    laps = Laps(told=True)
    city = newtown(residents)
    laps(MADE[0])
    city.save(place / TOWN)
    laps(MADE[1])
    with patch("twin.kept.folder", lambda: place):
        base = ground(City.open(place / TOWN), queues=True)
        _ = base.ways(WEEKDAY), base.walks.slots
    laps(MADE[2])
    return {"seconds": laps.seconds, "peak_gb": laps.peak_gb}


def measure(place: Path, package: str = NONE) -> Day:
    """Live the day of the town in a folder; return its KPIs, and seconds and memory by stage.

    With a ``package`` its solutions are there.
    """
    laps = Laps(told=True)
    city = City.open(place / TOWN)
    laps(OPENED[0])
    with patch("twin.kept.folder", lambda: place):
        base = ground(city, queues=True)
        gap = base.ways(WEEKDAY).gap.max()
        _ = base.walks.slots
    laps(OPENED[1])
    when = When(everybody=True)
    Sim(base, when).legs()
    laps(OPENED[2])
    tried: tuple[Solution, ...] = ()
    if package in PACKAGES:
        counted(base)
        laps(COUNTED)
        area = resolve("city", city)
        tried = tuple(replace(one, area=area) for one in PACKAGES[package].solutions)
    run = live(base, (*tried, Stopwatch(laps=laps)), when, area=resolve("city", city))
    laps("trace")
    run.trace.write(place / "trace.parquet")
    laps("file")
    kpis = parking_kpis(run)
    laps("KPIs")
    return {
        "seconds": laps.seconds,
        "peak_gb": laps.peak_gb,
        "gap": float(gap),
        "kpis": lived(run, base) | {name: kpis[name] for name in SHOWN},
        "file_mb": (place / "trace.parquet").stat().st_size / 1e6,
    }


def made_and_lived(residents: int, *, tried: bool = False) -> Day:
    """Make a town and live in it, each in a process of its own: what these took.

    With ``tried`` it has a further day for each package, by its name.
    """
    with TemporaryDirectory() as place:
        made = in_child(MODULE, MAKE, place, residents, limit_s=LIMIT_S)
        day = in_child(MODULE, LIVE, place, limit_s=LIMIT_S)
        more = {
            name: in_child(MODULE, LIVE, place, name, limit_s=LIMIT_S)
            for name in PACKAGES if tried
        }  # fmt: skip
    spent = {name: made[name] | day[name] for name in ("seconds", "peak_gb")}
    return {**day, **spent, **more, "residents": residents}


SHOWN = ("parking.search_time", "parking.illegal_daily", "parking.failed")


def lived(run: Run, base: Ground) -> dict[str, float]:
    """Return what the day was like: who went, how fast, and how many events it took."""
    trace, start_s = run.trace, run.span_s[0]
    cars, legs, flow = (trace.frame(name) for name in ("trip", "leg", "flow"))
    due = cars.loc[cars["depart_s"] > start_s, "trip"]
    ended = np.concatenate([trace.column(name, "trip") for name in ENDS])
    metres = base.city["streets"]["length_m"].to_numpy(float)[flow["link"]] @ flow["cars"]
    logged = sum(len(trace[name]) for name, _ in EVENTS.values())
    return {
        "nodes": base.turning.nodes,
        "persons": len(base.people.residents),
        "car trips": len(due),
        "other trips": int((legs["depart_s"] > start_s).sum()),
        "not over": int((~due.isin(ended)).sum()),
        "events": int(flow["cars"].sum() + trace.column("footfall", "walkers").sum() + logged),
        "km/h": float(metres / flow["spent_s"].sum() * KMH),
        "squeezes": len(trace["squeeze"]),
    }


def tell(day: Day) -> None:
    """Print the stages of a day, the memory they took and what the day was like."""
    kpis = ", ".join(f"{name} {value:,.6g}" for name, value in day["kpis"].items())
    print(f"    {figure(day):.2f} s from the opened city to trace and KPIs, {peak(day):.2f} GB")
    print(f"    {kpis}; base routes within {day['gap']:.1%}; trace {day['file_mb']:.0f} MB")
    for name, package in PACKAGES.items():
        if name in day:
            print(f"  with {package.name}")
            tell(day[name])


def figure(day: Day) -> float:
    """Return the seconds of the day that is kept, from its world to trace and KPIs."""
    return float(sum(day["seconds"][stage] for stage in FIGURE))


def peak(day: Day) -> float:
    """Return the peak memory (GB) of the process that lived the day."""
    return float(max(day["peak_gb"][stage] for stage in (*OPENED, *FIGURE)))


def report(sizes: Sequence[int] = SIZES) -> Result:
    """Measure the towns one after another, plot them, and judge the largest."""
    print("city day: CPU seconds by stage, one core; peak memory of a process of its own")
    print(f"  {SIZES[0]:,} residents, to compile the loop", flush=True)
    made_and_lived(SIZES[0])
    days: list[Day] = []
    for size in sizes:
        print(f"  {size:,} residents", flush=True)
        try:
            days.append(made_and_lived(size, tried=size == sizes[-1]))
        except subprocess.SubprocessError as why:
            print(f"    {why}")
            continue
        tell(days[-1])
    draw(days)
    whole = days[-1]["residents"] == sizes[-1]
    return Result(rows(days[-1]) if whole else [missing(sizes[-1])], days)


def rows(day: Day) -> list[Row]:
    """Return the rows of the table: the day, all since the city was opened, what is made once."""
    seconds, kpis, memory = day["seconds"], day["kpis"], peak(day)
    trips = kpis["car trips"] + kpis["other trips"]
    like = f"{trips:,} trips, {kpis['km/h']:.1f} km/h, {kpis['squeezes']:,} squeezes"
    spent = {
        name_of(day["residents"]): (figure(day), f"{memory:.2f} GB; {like}"),
        "  with its opening, people, ground and warm-up": (
            figure(day) + seconds[WARM_UP] + seconds[OPENED[0]] + seconds[OPENED[1]],
            f"{memory:.2f} GB; {kpis['events']:,} events kept",
        ),
    }
    judged = [
        Row(work, took, difference=about, goal=GOAL, met=took < GOAL_S and memory < GOAL_GB)
        for work, (took, about) in spent.items()
    ]
    beside = [
        Row(f"  {name}", seconds[name], difference=apart(name, day)) for name in (*MADE, *OPENED)
    ]
    return (
        judged
        + beside
        + [row for name in PACKAGES if name in day for row in tried_rows(name, day[name])]
    )


def tried_rows(name: str, day: Day) -> list[Row]:
    """Return the rows of the day with a package, and of the day that is counted before it."""
    package, took, memory, kpis = PACKAGES[name], figure(day), peak(day), day["kpis"]
    told = f"{memory:.2f} GB; {kpis['km/h']:.1f} km/h, {kpis['squeezes']:,} squeezes"
    goal = f"< {package.goal_s:.0f} s, < {GOAL_GB:.0f} GB"
    met = took < package.goal_s and memory < GOAL_GB
    return [
        Row(f"  with {package.name}", took, difference=told, goal=goal, met=met),
        Row(f"  {COUNTED}", day["seconds"][COUNTED], difference=apart(COUNTED, day)),
    ]


def missing(residents: int) -> Row:
    """Return the row of a day that failed or did not end."""
    return Row(name_of(residents), None, difference="did not end", goal=GOAL, met=False)


def name_of(residents: int) -> str:
    """Return what the table calls a day."""
    return f"city day, {residents:,} residents"


def apart(stage: str, day: Day) -> str:
    """Return what the table tells of a stage that stands beside the figure."""
    peak_gb = f"{day['peak_gb'][stage]:.2f} GB"
    return f"{peak_gb}; gap {day['gap']:.1%}" if stage == MADE[-1] else peak_gb


def draw(days: Sequence[Day]) -> None:
    """Plot time, memory and speed over the residents."""
    sizes = [day["residents"] for day in days]
    stages = (WARM_UP, *MADE, *OPENED)
    beside = {stage: [day["seconds"][stage] for day in days] for stage in stages}
    seconds = {"day, to trace and KPIs": [figure(day) for day in days], **beside}
    memory = {
        "whole run": [peak(day) for day in days],
        "before the day": [day["peak_gb"][OPENED[-1]] for day in days],
        "base routes": [day["peak_gb"][MADE[-1]] for day in days],
    }
    speed = {"cars": [day["kpis"]["km/h"] for day in days]}
    panels = [
        Panel("CPU seconds", seconds, GOAL_S, grows=True),
        Panel("Peak memory, GB", memory, GOAL_GB),
        Panel("Mean speed, km/h", speed),
    ]
    print(f"  plot: {plot(OUT / 'city_day.png', sizes, 'residents', panels)}")


if __name__ == "__main__":
    if sys.argv[1] == MAKE:
        print(json.dumps(make(int(sys.argv[3]), Path(sys.argv[2]))))
    elif sys.argv[1] == LIVE:
        print(json.dumps(measure(Path(sys.argv[2]), *sys.argv[3:])))
    else:
        tell(made_and_lived(int(sys.argv[1]), tried=True))
