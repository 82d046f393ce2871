"""The parking day of 100,000 cars in the calendar, beside the naive SimPy/Mesa reference.

A made-up quarter of 1.1 x 1.1 km: streets both ways 100 m apart, destinations everywhere, public
lots, private spaces, paid kerb bays and room to stand illegally. Every car comes in by a gate on
one of the four sides, looks for a space, stays and leaves. Timed is the day itself, in seconds of
CPU; making the columns before it and the tables after it are loading, for both sides.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from time import process_time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.table import Result, Row
from tests.twin.naive.city import City
from tests.twin.worlds import grid, land, lots, there_and_back
from twin.calendar import push
from twin.luck import Luck
from twin.sim import When
from twin.world.behaviour import Behaviour
from twin.world.columns import EVENTS, Kind, Rank, World
from twin.world.day import build
from twin.world.ground import Ground
from twin.world.loop import advance
from twin.world.parking import Parking

__all__ = ["Lived", "by_kernel", "by_reference", "day", "matched", "report"]

CARS, SIZE, PLACES, REPEATS = 100_000, 12, 1_000, 7
GOAL_S = 0.5
SPAN = When(warm_up=0).span


@dataclass(frozen=True)
class Lived:
    """A day that was lived: CPU seconds, the rows of every event, and the links entered."""

    seconds: float
    rows: dict[str, list[tuple[int, ...]]]
    links: int

    @property
    def events(self) -> int:
        """Changes of state: links entered and events logged."""
        return self.links + sum(len(rows) for rows in self.rows.values())

    @property
    def kpis(self) -> dict[str, float]:
        """What the day was like; the same on both sides or the ratio means nothing."""
        park = np.array(self.rows["park"])
        return {
            "parked": len(park),
            "without a space": len(self.rows.get("fail", [])),
            "found full": len(self.rows.get("full", [])),
            "mean search (s)": float(park[:, 4].mean()) / 1000,
            "mean looks": float(park[:, 5].mean()),
        }


def day(cars: int = CARS) -> tuple[Ground, pd.DataFrame]:
    """Return the ground of the town and the trips of so many cars (and spaces in proportion)."""
    network, luck = grid(SIZE), Luck(1, "parking day", 0)
    who, share = np.arange(cars), cars / CARS

    def draw(purpose: str, size: int) -> NDArray[np.float64]:
        return np.asarray(luck.of(purpose).uniform(np.arange(size)))

    places = (draw("place", PLACES) * SIZE**2).astype(int)
    streets = np.arange(len(network.tails))
    legal, illegal = streets[::3], streets[1::2]
    public = (draw("public", 60) * SIZE**2).astype(int)
    parks = pd.concat(
        [
            lots(network, Kind.PUBLIC, public, max(1, int(90 * share)), price_krw_h=1_000.0),
            lots(network, Kind.PRIVATE, places, max(1, int(4 * share)), building=np.arange(PLACES)),
            lots(network, Kind.KERB_LEGAL, network.heads[legal], max(1, int(20 * share)), arc=legal,
                 price_krw_h=600.0, open_from_h=9.0, open_to_h=18.0),
            lots(network, Kind.KERB_ILLEGAL, network.heads[illegal], max(1, int(12 * share)),
                 arc=illegal),
        ]
    )  # fmt: skip
    far = network.x.max()
    edge = np.flatnonzero(np.isin(network.x, (0, far)) | np.isin(network.y, (0, far)))
    gate = edge[(draw("gate", cars) * len(edge)).astype(int)]
    goal = (draw("goal", cars) * PLACES).astype(int)
    arrive = 3_600 * (7 + 12 * draw("arrive", cars))
    stay = np.asarray(luck.of("stay").lognormal(who, mean=5_400.0, cv=0.8))
    trips = there_and_back(arrive, stay, goal, gate)
    homes = np.full(cars, -1)
    return land(network, parks, places, homes=homes, gates=edge, apart_m=30.0), trips


def world(ground: Ground, trips: pd.DataFrame) -> World:
    """Return the columns at the start of the day."""
    parking = Parking(ground, Behaviour())
    illegal = np.flatnonzero(parking.kind(Kind.KERB_ILLEGAL))
    parking.raise_ticket_rate(illegal, np.full(len(illegal), 0.05), 8.0, 20.0)
    return build(ground, parking, trips, Luck(1, "day", 0))


def by_kernel(ground: Ground, trips: pd.DataFrame) -> Lived:
    """Live the day in the calendar."""
    made = world(ground, trips)
    for car in range(len(made.cars)):
        first = int(made.trips.depart_ms[made.cars.first[car]])
        push(made.calendar, first, Rank.LEAVE, car)
    pages: list[NDArray[np.int64]] = []
    seconds, done = 0.0, False
    while not done:
        began = process_time()
        done = advance(made, SPAN.end_ms)
        seconds += process_time() - began
        pages.append(made.calendar.rows[: made.calendar.logged[0]].copy())
        made.calendar.logged[0] = 0
    return Lived(seconds, _by_event(np.concatenate(pages)), int(made.flow.sum()))


def by_reference(ground: Ground, trips: pd.DataFrame) -> Lived:
    """Live the day with an agent and a process for every car."""
    city = City(world(ground, trips), SPAN.begin_ms)
    began = process_time()
    city.live(SPAN.end_ms)
    return Lived(process_time() - began, city.happened(), city.streets.entered)


def matched(one: Lived, other: Lived) -> bool:
    """Tell whether two sides lived the same day, event by event."""
    return one.rows == other.rows and one.links == other.links


def report(cars: int = CARS) -> Result:
    """Print both sides with their KPIs and return the row; both must be the same."""
    ground, trips = day(cars)
    by_kernel(*day(1_000))  # compile or load the loop
    runs = [by_kernel(ground, trips) for _ in range(REPEATS)]
    kernel = sorted(runs, key=lambda run: run.seconds)[REPEATS // 2]
    naive = by_reference(ground, trips)
    print(
        f"parking day, {cars:,} cars, {kernel.links:,} links driven, {kernel.events:,} events: "
        "CPU seconds of the day, loading apart"
    )
    for name, lived in (("calendar", kernel), ("naive SimPy/Mesa", naive)):
        kpis = ", ".join(f"{key} {value:,.6g}" for key, value in lived.kpis.items())
        rate = lived.events / lived.seconds / 1e6
        print(f"  {name:18s}{lived.seconds:8.3f} s  {rate:6.3f} M events/s   {kpis}")
    print(f"  runs {', '.join(f'{run.seconds:.3f}' for run in runs)}", flush=True)
    alike = matched(kernel, naive)
    row = Row(
        f"parking day, {cars:,} cars", kernel.seconds, "naive SimPy/Mesa", naive.seconds,
        "identical, event by event" if alike else "not the same events",
        f"< {GOAL_S} s", kernel.seconds < GOAL_S, alike,
    )  # fmt: skip
    return Result([row])


def _by_event(rows: NDArray[np.int64]) -> dict[str, list[tuple[int, ...]]]:
    tables = {}
    for code in sorted(Counter(rows[:, 1].tolist())):
        name, columns = EVENTS[code]
        used = [0, *range(2, 2 + len(columns))]
        tables[name] = list(map(tuple, rows[rows[:, 1] == code][:, used].tolist()))
    return tables
