"""One run: SimPy's clock over the calendar, Mesa's agents, luck, the parts and the trace."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import mesa
import numpy as np
import pandas as pd
import pyarrow as pa
import simpy
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, contains_xy

from gis.city import City
from gis.population import DayType
from gis.population import day as trips_of_day
from twin.calendar import push
from twin.luck import Luck
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import EVENTS, Rank, World
from twin.world.day import Span, build
from twin.world.ground import Ground
from twin.world.incidents import Incidents
from twin.world.loop import advance, settle_all
from twin.world.parking import Parking
from twin.world.transit.buses import Buses, begin
from twin.world.weather import Weather

__all__ = ["Process", "Sim", "When"]

MS_PER_S = 1_000
MS_PER_H = 3_600_000
Process = Generator[simpy.Event, Any, None]
Part = TypeVar("Part")


@dataclass(frozen=True)
class When:
    """The time and luck of a run: start and length in hours, the kind of day, the replication."""

    replication: int = 0
    day_type: DayType = "weekday"
    start_h: float = 4.0
    hours: float = 24.0
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Watch:
    """Where and when motion was asked for."""

    area: Polygon | MultiPolygon
    from_ms: int
    to_ms: int

    def links(self, ground: Ground) -> NDArray[np.int64]:
        """Return the links whose middle lies in the area."""
        network = ground.network
        x = (network.x[network.tails] + network.x[network.heads]) / 2
        y = (network.y[network.tails] + network.y[network.heads]) / 2
        return np.flatnonzero(contains_xy(self.area, x, y))


class Sim(mesa.Model):  # type: ignore[misc]
    """One run of one city: install solutions, then :meth:`run` it.

    ``env`` is SimPy's environment; its clock counts integer milliseconds since midnight of day 0.
    Agents of equal time act in the order of their keys ``(rank, id)``, not of their starting.
    """

    def __init__(
        self, ground: Ground, when: When | None = None, *, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__()
        self.ground = ground
        self.when = when or When()
        start = round(self.when.start_h * MS_PER_H)
        self.span = Span(start, start + round(self.when.hours * MS_PER_H))
        self.env = simpy.Environment(initial_time=start)
        weather = Weather(ground.city, self.luck("weather"), self.span)
        self.parts: dict[type, object] = {
            Parking: Parking(ground, behaviour or Behaviour()),
            Buses: Buses(ground),
            Weather: weather,
            Incidents: Incidents(ground, self.luck("incidents"), self.span, weather),
        }
        self.world: World | None = None
        self._watched: list[Watch] = []
        self._waiting: list[tuple[tuple[int, int], Process]] = []
        self._keys: dict[simpy.Process, int] = {}
        self._rows: list[NDArray[np.int64]] = []
        self._records: dict[str, list[tuple[Any, ...]]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}

    @property
    def city(self) -> City:
        """The city of this run."""
        return self.ground.city

    @property
    def now(self) -> float:
        """Seconds since midnight of day 0."""
        return float(self.env.now) / MS_PER_S

    def luck(self, purpose: str, *, lasting: bool = False) -> Luck:
        """Return the luck of a purpose: of this replication, or lasting (fixed per city)."""
        return Luck(self.when.seed, purpose, None if lasting else self.when.replication)

    def part(self, kind: type[Part]) -> Part:
        """Return the one part of this kind; an unknown one lists the parts there are."""
        if kind not in self.parts:
            known = ", ".join(sorted(k.__name__ for k in self.parts))
            raise KeyError(f"a run has no part {kind.__name__}; its parts are: {known}")
        return cast(Part, self.parts[kind])

    def start(self, process: Process, *, key: tuple[int, int]) -> None:
        """Start a process; ``key`` = (rank, id) orders it among others of the same instant."""
        if self.world is None:
            self._waiting.append((key, process))
        else:
            self._begin(key, process)

    def wait(self, seconds: float) -> simpy.Event:
        """Return an event for the active process to yield: it comes back after these seconds."""
        if seconds < 0:
            raise ValueError(f"a process can wait for 0 s or more, got {seconds}")
        process = self.env.active_process
        if process is None or process not in self._keys:
            raise RuntimeError("wait() is for processes begun with Sim.start()")
        event = self.env.event()
        event._ok, event._value = True, None
        delay = round(seconds * MS_PER_S)
        self.env.schedule(event, priority=self._keys[process], delay=delay)  # type: ignore[arg-type]
        return event

    def every(self, seconds: float, do: Callable[[], None], *, key: tuple[int, int]) -> None:
        """Do something now and then every so many seconds until the run ends."""

        def again() -> Process:
            while True:
                do()
                yield self.wait(seconds)

        self.start(again(), key=key)

    def watch(self, area: Polygon | MultiPolygon, from_h: float = 0.0, to_h: float = 48.0) -> None:
        """Ask for the motion in an area and a window: the trace gets ``move``, nothing changes."""
        self._watched.append(Watch(area, round(from_h * MS_PER_H), round(to_h * MS_PER_H)))

    def record(self, event: str, **columns: float) -> None:
        """Write one row of an event to the trace; an event always has the same columns."""
        names = self._columns.setdefault(event, tuple(columns))
        if names != tuple(columns):
            raise ValueError(
                f"event {event!r} has the columns {', '.join(names)}, got {', '.join(columns)}"
            )
        self._records.setdefault(event, []).append((self.env.now, *columns.values()))

    def trips(self) -> pd.DataFrame:
        """Return the car trips of the day, as :func:`gis.population.day` draws them."""
        luck = self.luck("day").of("trips")
        return trips_of_day(self.ground.people, luck, 0, self.when.day_type)

    def run(
        self,
        stops: Iterable[float] = (),
        *,
        trips: pd.DataFrame | None = None,
        legs: pd.DataFrame | None = None,
    ) -> Trace:
        """Live the day and return its trace.

        Parameters
        ----------
        stops
            Seconds since midnight of day 0 at which the clock halts, which changes nothing.
        trips
            The trips to live instead of those that :meth:`trips` draws, with the same columns.
        legs
            The journeys by bus, see :meth:`twin.world.transit.buses.Buses.start`; without them
            nobody rides.
        """
        trips = self.trips() if trips is None else trips
        hours = self.span.start_ms / MS_PER_S, self.span.end_ms / MS_PER_S
        transit = self.part(Buses).start(legs, self.luck("transit"), self.when.day_type, hours)
        self.world = build(
            self.ground, self.part(Parking), trips, self.luck("day"), self.span, transit
        )
        for watch in self._watched:
            self.world.links.watched[watch.links(self.ground)] = True
        self._settle()
        begin(self.world.transit, self.world.calendar)
        for key, process in sorted(self._waiting, key=lambda item: item[0]):
            self._begin(key, process)
        halts = sorted({round(stop * MS_PER_S) for stop in stops})
        while self.env.peek() <= self.span.end_ms:
            halts = self._until(int(self.env.peek()), halts)
            self.env.step()
        self._until(self.span.end_ms, halts)
        return self._trace(trips)

    def close(self) -> None:
        """Free the agents: Mesa keeps every model that had one alive otherwise."""
        self.remove_all_agents()
        mesa.Agent._ids.pop(self, None)

    def _begin(self, key: tuple[int, int], process: Process) -> None:
        started = self.env.process(process)
        self._keys[started] = 2 + (key[0] << 32) + key[1]

    def _settle(self) -> None:
        world = cast(World, self.world)
        start = self._in_order_of_trips(world)
        homes = self.ground.people.cars["home"].to_numpy(np.int32)
        car = 0
        while car < len(homes):
            car = settle_all(world, start, homes, car)
            self._empty_log()

    def _in_order_of_trips(self, world: World) -> int:
        """Put the first trips of cars from outside in the calendar; return the start (ms)."""
        outside = self.ground.people.cars["home"].to_numpy() < 0
        cars = world.cars[: len(outside)]
        for car in np.flatnonzero(outside & (cars.first < cars.beyond)):
            push(world.calendar, world.trips.depart_ms[cars.first[car]], Rank.LEAVE, int(car))
        return self.span.start_ms

    def _until(self, time_ms: int, halts: list[int]) -> list[int]:
        """Let the calendar run up to a time, halting on the way; return the halts still to come."""
        for halt in [h for h in halts if h < time_ms]:
            self._advance(halt)
        self._advance(time_ms)
        return [h for h in halts if h >= time_ms]

    def _advance(self, time_ms: int) -> None:
        world = cast(World, self.world)
        while not advance(world, time_ms):
            self._empty_log()

    def _empty_log(self) -> None:
        calendar = cast(World, self.world).calendar
        self._rows.append(calendar.rows[: calendar.logged[0]].copy())
        calendar.logged[0] = 0

    def _trace(self, trips: pd.DataFrame) -> Trace:
        self._empty_log()
        rows = np.concatenate(self._rows)
        tables = {
            name: _named(rows[rows[:, 1] == code], columns)
            for code, (name, columns) in EVENTS.items()
        }
        for event, records in self._records.items():
            names = ("time_ms", *self._columns[event])
            tables[event] = pa.table(dict(zip(names, zip(*records, strict=True), strict=True)))
        if "move" in tables:
            tables["move"] = self._asked_for(tables["move"])
        tables["flow"] = self._flow()
        tables["lot"] = self.part(Parking).stock()
        tables["trip"] = self._trips(trips)
        tables.update(self.part(Buses).tables(cast(World, self.world).transit))
        tables["weather"] = self.part(Weather).table()
        tables["incident"] = self.part(Incidents).table()
        return Trace({name: table for name, table in tables.items() if len(table)})

    def _asked_for(self, moves: pa.Table) -> pa.Table:
        """Return the moves within the window of any watch whose area holds the link."""
        time, arc = moves.column("time_ms").to_numpy(), moves.column("arc").to_numpy()
        kept = np.zeros(len(moves), bool)
        for watch in self._watched:
            inside = np.isin(arc, watch.links(self.ground))
            kept |= inside & (time >= watch.from_ms) & (time < watch.to_ms)
        return moves.filter(pa.array(kept))

    def _flow(self) -> pa.Table:
        """Return how many cars entered each link (row of streets) in each hour of the day."""
        flow = cast(World, self.world).flow
        link, hour = np.nonzero(flow)
        start = np.full(len(link), self.span.start_ms)
        return pa.table({"time_ms": start, "link": link, "hour": hour, "cars": flow[link, hour]})

    def _trips(self, trips: pd.DataFrame) -> pa.Table:
        """Return the day's trips with the place (m) of each destination, NaN outside the city."""
        to = trips["destination"].to_numpy()
        known = np.maximum(to, 0)
        x = np.where(to >= 0, self.ground.place_x[known], np.nan)
        y = np.where(to >= 0, self.ground.place_y[known], np.nan)
        table = trips.assign(trip=np.arange(len(trips)), x=x, y=y)
        return pa.Table.from_pandas(table, preserve_index=False)


def _named(rows: NDArray[np.int64], columns: tuple[str, ...]) -> pa.Table:
    """Return the log rows of one event with their own column names."""
    used = [0, *range(2, 2 + len(columns))]
    return pa.table({name: rows[:, i] for name, i in zip(("time_ms", *columns), used, strict=True)})
