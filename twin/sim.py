"""One run: SimPy's clock over the calendar, Mesa's agents, luck, the parts and the trace."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar, cast

import mesa
import numpy as np
import pandas as pd
import pyarrow as pa
import simpy
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from gis.city import City
from gis.population import lived
from twin.calendar import push_all
from twin.luck import Luck
from twin.span import QUIET_H, Span, When
from twin.trace import Trace
from twin.views import Car, Person
from twin.watch import Watch, asked_for
from twin.world.behaviour import Behaviour
from twin.world.columns import AT, EVENTS, Phase, Rank, World
from twin.world.crews import Crews
from twin.world.crossings.crossings import Crossings, no_crossings
from twin.world.crossings.crossings import begin as begin_alarms
from twin.world.day import Others, build
from twin.world.fleet.fleet import Fleet
from twin.world.fleet.vehicles import begin as begin_fleet
from twin.world.ground import Drawn, Ground
from twin.world.incidents import Incidents
from twin.world.loop import advance, settle_all
from twin.world.parking import Parking
from twin.world.transit.buses import Buses
from twin.world.transit.buses import begin as begin_buses
from twin.world.transit.columns import no_transit
from twin.world.unfinished import unfinished
from twin.world.walking.behaviour import Gait
from twin.world.walking.day import begin, nobody_walks, planned, walkers
from twin.world.walking.pavement import Pavement, machines_apart
from twin.world.weather import Weather

__all__ = ["Process", "Sim", "Span", "When"]

MS_PER_S = 1_000
MS_PER_H = 3_600_000
MS_PER_DAY = 24 * MS_PER_H

Process = Generator[simpy.Event, Any, None]
Part = TypeVar("Part")
Shown = dict[str, Callable[[NDArray[np.int64]], NDArray[np.int64]]]
MOMENTS = ("time_ms", "start_ms", "since_ms")
"""Columns of events that hold a moment."""


class Sim(mesa.Model):  # type: ignore[misc]
    """One run of one city: install solutions, then :meth:`run` it.

    ``env`` is SimPy's environment; its clock counts integer milliseconds since midnight of the
    first day that is lived, the trace since midnight of the first that is kept, its day 0.
    Agents of equal time act in the order of their keys ``(rank, id)``, not of their starting.
    """

    def __init__(
        self, ground: Ground, when: When | None = None, *, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__()
        self.ground = ground
        self.when = when or When()
        self.span = self.when.span
        self.env = simpy.Environment(initial_time=self.span.begin_ms)
        kept = self.span.start_ms - self.span.epoch_ms, self.span.end_ms - self.span.epoch_ms
        weather = Weather(ground.city, self.luck("weather"), kept)
        incidents = Incidents(ground, self.luck("incidents"), kept, weather)
        self.parts: dict[type, object] = {
            Parking: Parking(ground, behaviour or Behaviour()),
            Crossings: Crossings(ground),
            Gait: Gait(),
            Buses: Buses(ground),
            Fleet: Fleet(ground),
            Pavement: Pavement(ground, self),
            Weather: weather,
            Incidents: incidents,
            Crews: Crews(ground, incidents, self.luck("crews")),
        }
        self.world: World | None = None
        self._watched: list[Watch] = []
        self._waiting: list[tuple[tuple[int, int], Process]] = []
        self._keys: dict[simpy.Process, int] = {}
        self._awaited: dict[simpy.Event, int] = {}
        self._rows: list[NDArray[np.int64]] = []
        self._records: dict[str, list[tuple[Any, ...]]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._installed: dict[str, list[tuple[Any, ...]]] = {}
        self._views: dict[tuple[type, int], Car | Person] = {}

    @property
    def city(self) -> City:
        """The city of this run."""
        return self.ground.city

    @property
    def now(self) -> float:
        """Seconds since midnight of the first day that is lived."""
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

    def car(self, number: int) -> Car:
        """Return a view of a car, a row of ``people.cars``, made when it is first asked for."""
        return cast(Car, self._view(Car, number))

    def person(self, number: int) -> Person:
        """Return a view of a resident of a run that everybody lives in, made when asked for."""
        return cast(Person, self._view(Person, number))

    def _view(self, kind: type[Car | Person], number: int) -> Car | Person:
        if self.world is None:
            raise RuntimeError("cars and persons can be looked at once the run has begun")
        if (kind, number) not in self._views:
            self._views[kind, number] = kind(self, number)
        return self._views[kind, number]

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
        event = self.awaited()
        self.happen(event, int(self.env.now) + round(seconds * MS_PER_S))
        return event

    def awaited(self) -> simpy.Event:
        """Return an event for the active process to yield, which :meth:`happen` lets happen."""
        process = self.env.active_process
        if process is None or process not in self._keys:
            raise RuntimeError("only processes begun with Sim.start() can wait")
        event = self.env.event()
        self._awaited[event] = self._keys[process]
        return event

    def happen(self, event: simpy.Event, at_ms: int, value: object = None) -> None:
        """Let an awaited event happen at a time of the calendar (ms), with what it comes with."""
        event._ok, event._value = True, value
        delay = at_ms - int(self.env.now)
        self.env.schedule(event, priority=self._awaited.pop(event), delay=delay)  # type: ignore[arg-type]

    def every(self, seconds: float, do: Callable[[], None], *, key: tuple[int, int]) -> None:
        """Do something now and then every so many seconds until the run ends."""

        def again() -> Process:
            while True:
                do()
                yield self.wait(seconds)

        self.start(again(), key=key)

    def watch(self, area: Polygon | MultiPolygon, from_h: float = 0.0, to_h: float = 48.0) -> None:
        """Ask for the motion in an area and a window: the trace gets ``move``, nothing changes.

        The window is in hours since midnight of the trace's day 0.
        """
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
        """Return the car trips as :func:`gis.population.day` draws them, day after day by car.

        Of all days lived and the next, which drivers have in mind; ``depart_s`` counts from
        midnight of the trace's day 0, so the warm-up's trips lie before it.
        """
        return self._drawn().trips

    def legs(self) -> pd.DataFrame | None:
        """Return the legs of those who go without a car, of the same days; None where not lived.

        As :func:`gis.population.lived` draws them, person by person.
        """
        return self._drawn().legs

    def _drawn(self) -> Drawn:
        drawn = self.ground.drawn
        if self.when not in drawn:
            drawn.clear()
            drawn[self.when] = self._draw()
        return drawn[self.when]

    def _draw(self) -> Drawn:
        luck, people = self.luck("day").of("trips"), self.ground.people
        last = (self.span.end_ms - 1 - round(QUIET_H * MS_PER_H)) // MS_PER_DAY
        days = [lived(people, luck, day, self.when.day_type) for day in range(last + 2)]
        trips = self._in_a_row([day.trips for day in days], "car")
        legs = [day.legs for day in days]
        return Drawn(trips, self._in_a_row(legs, "person") if self.when.everybody else None)

    def _in_a_row(self, days: list[pd.DataFrame], who: str) -> pd.DataFrame:
        """Return days as one table by who moves; departures count from the trace's day 0."""
        table = pd.concat(days, ignore_index=True)
        table["depart_s"] -= self.span.epoch_ms / MS_PER_S
        return table.sort_values(who, kind="stable", ignore_index=True)

    def run(
        self,
        stops: Iterable[float] = (),
        *,
        trips: pd.DataFrame | None = None,
        legs: pd.DataFrame | None = None,
    ) -> Trace:
        """Live the warm-up and the days asked for, and return the trace of the latter.

        Parameters
        ----------
        stops
            Seconds since midnight of the trace's day 0 at which the clock halts, which changes
            nothing.
        trips
            The trips to live instead of those that :meth:`trips` draws, with the same columns.
        legs
            The legs of those who go without a car instead of those that :meth:`legs` draws, see
            :func:`twin.world.walking.day.walkers`; without any nobody walks, and no bus runs.
        """
        span = self.span
        self._installed = {event: list(rows) for event, rows in self._records.items()}
        trips = self.trips() if trips is None else trips
        legs = self.legs() if legs is None and self.when.everybody else legs
        drawn = Drawn(trips, legs)
        if legs is not None:
            trips, legs = self.part(Fleet).asking(trips, planned(self.ground.people, legs))
        self.world = build(
            self.ground, self.part(Parking), trips, self.luck("day"), span.epoch_ms,
            self._others(legs), day_type=self.when.day_type,
        )  # fmt: skip
        self.part(Fleet).world = self.part(Pavement).world = self.world
        self._settle()
        begin(self.world.walking, self.world.calendar)
        begin_buses(self.world.transit, self.world.calendar)
        begin_fleet(self.world.fleet, self.world.calendar)
        begin_alarms(self.world.crossings, self.world.calendar, span.begin_ms)
        for key, process in sorted(self._waiting, key=lambda item: item[0]):
            self._begin(key, process)
        halts = sorted({round(stop * MS_PER_S) + span.epoch_ms for stop in stops})
        if self.when.warm_up:
            self._live(span.start_ms, halts)
            self._forget()
        for watch in self._watched:
            self.world.links.watched[watch.links(self.ground)] = True
        self._live(span.end_ms, halts)
        return self._trace(trips, legs, drawn)

    def close(self) -> None:
        """Free the agents: Mesa keeps every model that had one alive otherwise."""
        self._views.clear()
        self.remove_all_agents()
        mesa.Agent._ids.pop(self, None)

    def _begin(self, key: tuple[int, int], process: Process) -> None:
        started = self.env.process(process)
        self._keys[started] = 2 + (key[0] << 32) + key[1]

    def _others(self, legs: pd.DataFrame | None) -> Others:
        """Return the fleets, and the residents with their legs, crossings and buses, if lived."""
        people, luck, span = self.ground.people, self.luck("walking"), self.span
        pavement = self.part(Pavement)
        if legs is None:
            fleet = self.part(Fleet).start(0, None)
            return Others(pavement.start(nobody_walks()), no_crossings(), no_transit(), fleet)
        ages = people.residents["age"].to_numpy(np.int64)
        walking = pavement.start(
            walkers(self.ground.walks, ages, legs, self.part(Gait), luck, span.epoch_ms)
        )
        hours = (span.begin_ms - span.epoch_ms) / MS_PER_S, (span.end_ms - span.epoch_ms) / MS_PER_S
        buses = self.part(Buses).start(len(ages), self.when.day_type, hours, span.epoch_ms)
        fleet = self.part(Fleet).start(len(ages), legs)
        sky = self.part(Weather).sky(span.epoch_ms)
        return Others(walking, self.part(Crossings).start(luck, sky), buses, fleet)

    def _settle(self) -> None:
        world = cast(World, self.world)
        self._await_outside(world)
        homes = self.ground.people.cars["home"].to_numpy(np.int32)
        car = 0
        while car < len(homes):
            car = settle_all(world, self.span.begin_ms, homes, car)
            self._empty_log()

    def _await_outside(self, world: World) -> None:
        """Put the first trips of cars from outside in the calendar."""
        outside = self.ground.people.cars["home"].to_numpy() < 0
        rows = world.cars[: len(outside)]
        cars = np.flatnonzero(outside & (rows.first < rows.beyond))
        depart_ms = world.trips.depart_ms[world.cars.first[cars]]
        push_all(world.calendar, depart_ms, Rank.LEAVE, cars)

    def _live(self, until_ms: int, halts: list[int]) -> None:
        """Let SimPy and the calendar run up to and at a time; take the halts that have passed."""
        while True:
            due_ms = self.env.peek()
            if not self._until(int(min(due_ms, until_ms)), halts):
                continue  # a machine is there: who sent it acts first
            if due_ms > until_ms:
                return
            self.env.step()

    def _forget(self) -> None:
        """Drop what has happened and record how things stand: the stock, and every parked car.

        What solutions recorded as they were installed still holds. What a space is worth to who has
        it already belongs to the day it was taken.
        """
        world, parking, now = cast(World, self.world), self.part(Parking), self.span.start_ms
        self._records = {
            event: [(now, *row[1:]) for row in rows] for event, rows in self._installed.items()
        }
        world.flow[:] = 0
        world.traffic.spent_ms[:] = 0
        world.walking.footfall[:] = 0
        world.crossings.walked[:] = 0
        world.calendar.logged[0] = 0
        cars = np.flatnonzero(world.cars.phase == Phase.PARKED)
        rows = np.zeros((len(cars), world.calendar.rows.shape[1]), np.int64)
        rows[:, :5] = np.column_stack(
            [np.full((len(cars), 2), (now, AT.PARK)), cars, world.cars.lot[cars], 0 * cars - 1]
        )
        self._rows = [rows]
        self._columns["stock"] = ("lot", "capacity")
        self._records.pop("stock", None)
        changed = parking.changed()
        if len(changed):
            capacity = parking.rows.capacity[changed]
            self._records["stock"] = [(now, *pair) for pair in zip(changed, capacity, strict=True)]

    def _until(self, time_ms: int, halts: list[int]) -> bool:
        """Let the calendar run up to a time, halting on the way; return whether it came so far."""
        while halts and halts[0] < time_ms:
            if not self._advance(halts[0]):
                return False
            halts.pop(0)
        return self._advance(time_ms)

    def _advance(self, time_ms: int) -> bool:
        """Let the calendar run up to a time, or until a machine is where it was sent."""
        world = cast(World, self.world)
        while not advance(world, time_ms):
            if world.walking.there[0]:
                self.part(Pavement).arrived()
                return False
            self._empty_log()
        return True

    def _empty_log(self) -> None:
        calendar = cast(World, self.world).calendar
        self._rows.append(calendar.rows[: calendar.logged[0]].copy())
        calendar.logged[0] = 0

    def _logged(self, code: int) -> NDArray[np.int64]:
        """Return the log rows of one event; all rows in one array would take twice the memory."""
        return np.concatenate([page[page[:, 1] == code] for page in self._rows])

    def _trace(self, trips: pd.DataFrame, legs: pd.DataFrame | None, drawn: Drawn) -> Trace:
        self._empty_log()
        world = cast(World, self.world)
        numbers = self._numbered(drawn.trips, trips, world.trips.off)
        walked = np.array([-1])
        if legs is not None:
            walked = self._numbered(drawn.legs, legs, world.walking.legs.off[: len(legs)])
        shown: Shown = {name: lambda ms: ms - self.span.epoch_ms for name in MOMENTS}
        shown["trip"] = numbers.__getitem__
        shown["leg"] = walked.__getitem__
        tables = {
            name: _named(self._logged(code), columns, shown)
            for code, (name, columns) in EVENTS.items()
        }
        tables |= machines_apart(tables, world.walking)
        for event, records in self._records.items():
            time, *columns = zip(*records, strict=True)
            since = pa.array(np.array(time) - self.span.epoch_ms)
            names = ("time_ms", *self._columns[event])
            tables[event] = pa.table(dict(zip(names, [since, *columns], strict=True)))
        if "move" in tables:
            tables["move"] = asked_for(tables["move"], self._watched, self.ground)
        tables["unfinished"] = unfinished(cast(World, self.world), self.span, numbers)
        tables["flow"] = self._flow()
        tables["lot"] = self.part(Parking).stock()
        tables["trip"] = self._trips(trips[drawn.trips.columns], numbers)
        if legs is not None:
            tables |= self._without_car(legs[cast(pd.DataFrame, drawn.legs).columns], walked[:-1])
        tables |= self.part(Fleet).tables()
        tables["weather"] = self.part(Weather).table()
        tables["incident"] = self.part(Incidents).table()
        tables["case"] = self.part(Crews).table()
        return Trace({name: table for name, table in tables.items() if len(table)})

    def _numbered(
        self, drawn: pd.DataFrame | None, made: pd.DataFrame, off: NDArray[np.int8]
    ) -> NDArray[np.int64]:
        """Return the numbers of trips or legs in the trace, -1 where they were not made."""
        numbers, on = np.full(len(made) + 1, -1), np.flatnonzero(off == 0)
        numbers[on] = self.span.numbered(cast(pd.DataFrame, drawn), made.iloc[on])[:-1]
        return numbers

    def _flow(self) -> pa.Table:
        """Return how many cars entered each link (row of streets) in each hour of the day.

        ``spent_s`` is how long they were on it, all together, those too that are on it at the end.
        """
        world = cast(World, self.world)
        flow, spent_ms = world.flow, world.traffic.spent_ms.copy()
        rows = world.cars[world.cars.on == 1]
        since_ms = np.maximum(rows.entered_ms, self.span.start_ms)
        hours = since_ms // MS_PER_H % spent_ms.shape[1]
        np.add.at(spent_ms, (rows.arc, hours), self.span.end_ms - since_ms)
        spent_s = spent_ms / MS_PER_S
        link, hour = np.nonzero(flow)
        start = np.full(len(link), self.span.start_ms - self.span.epoch_ms)
        return pa.table(
            {
                "time_ms": start, "link": link, "hour": hour, "cars": flow[link, hour],
                "spent_s": spent_s[link, hour],
            }
        )  # fmt: skip

    def _without_car(self, legs: pd.DataFrame, numbers: NDArray[np.int64]) -> dict[str, pa.Table]:
        """Return who walked where: by footway arc and hour, by crossing and minute; the stock.

        And the legs due by the end, the lines and the buses.
        """
        world, start = cast(World, self.world), self.span.start_ms - self.span.epoch_ms
        due = legs.assign(leg=numbers)[numbers >= 0].sort_values("leg", ignore_index=True)
        due = self._to_places(due)
        arc, hour = np.nonzero(world.walking.footfall)
        place, minute = np.nonzero(world.crossings.walked)
        footfall = {"arc": arc, "hour": hour, "walkers": world.walking.footfall[arc, hour]}
        walked = {
            "crossing": place, "minute": minute, "walkers": world.crossings.walked[place, minute],
        }  # fmt: skip
        return {
            "leg": pa.Table.from_pandas(due, preserve_index=False),
            "footfall": pa.table({"time_ms": np.full(len(arc), start), **footfall}),
            "crossed": pa.table({"time_ms": np.full(len(place), start), **walked}),
            "crossing": self.part(Crossings).stock(self._hours()),
            "watched": self.part(Crossings).watched(),
            **self.part(Buses).tables(world.transit, self.span.epoch_ms),
        }

    def _hours(self) -> slice:
        """Return the hours of the calendar that are kept."""
        return slice(self.span.start_ms // MS_PER_H, -(-self.span.end_ms // MS_PER_H))

    def _trips(self, trips: pd.DataFrame, numbers: NDArray[np.int64]) -> pa.Table:
        """Return the trips due by the end with the place (m) of each destination, NaN outside."""
        trips = trips.assign(trip=numbers[:-1])
        trips = trips[trips["trip"] >= 0].sort_values("trip", ignore_index=True)
        return pa.Table.from_pandas(self._to_places(trips), preserve_index=False)

    def _to_places(self, moves: pd.DataFrame) -> pd.DataFrame:
        """Return trips or legs with the place x, y (m) of each destination, NaN outside."""
        to = moves["destination"].to_numpy()
        known = np.maximum(to, 0)
        x = np.where(to >= 0, self.ground.place_x[known], np.nan)
        y = np.where(to >= 0, self.ground.place_y[known], np.nan)
        return moves.assign(x=x, y=y)


def _named(rows: NDArray[np.int64], columns: tuple[str, ...], shown: Shown) -> pa.Table:
    """Return the log rows of one event with their own column names, as the trace shows them."""
    found = {"time_ms": rows[:, 0]} | {name: rows[:, 2 + i] for i, name in enumerate(columns)}
    return pa.table({n: shown[n](ints) if n in shown else ints for n, ints in found.items()})
