"""The part of a run that solutions see: the lines, when their buses leave, who rides."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from gis.population import DayType
from twin.calendar import Calendar, push
from twin.luck import Luck
from twin.world.columns import Rank
from twin.world.ground import Ground
from twin.world.rows import Rows, table
from twin.world.transit.behaviour import Ridership
from twin.world.transit.columns import BUS, JOURNEY, RIDER, SERVICE, STOP, Transit, no_transit
from twin.world.transit.service import Service, service

__all__ = ["LEG_COLUMNS", "Buses", "begin"]

LEG_COLUMNS = ("person", "order", "depart_s", "origin", "destination")
DAY_S = 86_400.0
MOST_RIDERS = 1 << 25
DEPARTURES = ("line", "depart_s", "weekday", "holiday")


@dataclass(eq=False)
class Buses:
    """The buses of a run. Before the run ``departures`` and ``lines`` can be set.

    ``departures`` has line (row of ``lines``), depart_s, weekday, holiday; ``lines`` has name,
    kind, capacity, seats.
    """

    ground: Ground
    rides: Ridership = field(default_factory=Ridership)
    lines: pd.DataFrame = field(init=False)
    departures: pd.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        tables, known = self.ground.city.tables, self.service
        empty = pd.DataFrame({name: pd.Series(dtype=float) for name in DEPARTURES})
        self.lines = tables.get("bus_lines", empty).iloc[known.line].reset_index(drop=True)
        row = {int(line): number for number, line in enumerate(known.line)}
        departures = tables.get("bus_departures", empty)
        kept = departures[departures["line"].isin(known.line)]
        self.departures = kept.assign(line=[row[int(n)] for n in kept["line"]])

    @property
    def service(self) -> Service:
        """The routes, calls and stops of the lines."""
        return service(self.ground)

    def start(
        self, legs: pd.DataFrame | None, luck: Luck, day_type: DayType, hours: tuple[float, float]
    ) -> Transit:
        """Return the buses of the day and its riders.

        Parameters
        ----------
        legs
            person, order, depart_s (s since midnight of day 0), origin, destination (building rows,
            -1 outside), sorted by person and order; None: nobody rides.
        luck
            That of the day.
        hours
            Start and end of the run, s since midnight of day 0.

        Raises
        ------
        ValueError
            Where a column is missing, the order is another, or a place is unknown.
        """
        runs = self._runs(day_type, hours)
        legs = pd.DataFrame({name: [] for name in LEG_COLUMNS}) if legs is None else legs
        _check(legs, len(self.ground.place_x))
        if not len(runs) and not len(legs):
            return no_transit()
        known = self.service
        near, near_m = known.near(self.ground.place_x, self.ground.place_y, self.rides)
        ways = known.strategies(runs, self.rides)
        first = known.lines.first[runs["line"].to_numpy(np.int64)]
        lines = known.lines.copy()
        for name in ("capacity", "seats"):
            lines[name] = self.lines[name].to_numpy()
        return Transit(
            lines=lines,
            calls=known.calls,
            buses=table(
                BUS, len(runs), line=runs["line"].to_numpy(), call=first,
                step=known.calls.step[first], depart_ms=_ms(runs["depart_s"]), head=-1, tail=-1,
            ),
            stops=table(STOP, len(known.x), x=known.x, y=known.y, head=-1, tail=-1),
            **self._riders(legs, luck),
            rules=self._rules(),
            routes=known.routes,
            policy=ways.policy,
            transfer=ways.transfer,
            cost_s=ways.cost_s,
            near=near,
            near_m=near_m,
        )  # fmt: skip

    def tables(self, transit: Transit) -> dict[str, pa.Table]:
        """Return what the trace keeps of a run beside its events.

        ``line_call``: call, line (row of ``bus_lines``), stop (row of ``bus_stops``), street, x, y.
        ``bus``: bus, line, depart_ms, car (its number among the cars). ``journey``: journey,
        person, order, depart_ms, origin, destination.
        """
        known, calls, buses = self.service, self.service.calls, transit.buses
        journeys = transit.journeys
        line = np.repeat(known.line, known.lines.beyond - known.lines.first)
        return {
            "line_call": pa.table(
                {
                    "call": np.arange(len(calls)),
                    "line": line,
                    "stop": known.stop[calls.stop],
                    "street": known.routes[calls.step].astype(np.int64),
                    "x": known.x[calls.stop],
                    "y": known.y[calls.stop],
                }
            ),
            "bus": pa.table(
                {
                    "bus": np.arange(len(buses)),
                    "line": known.line[buses.line],
                    "depart_ms": np.ascontiguousarray(buses.depart_ms),
                    "car": np.arange(len(buses)) + int(transit.rules.cars[0]),
                }
            ),
            "journey": pa.table(
                {
                    "journey": np.arange(len(journeys)),
                    **{name: np.ascontiguousarray(journeys[name]) for name in JOURNEY.names or ()},
                }
            ),
        }

    def _runs(self, day_type: DayType, hours: tuple[float, float]) -> pd.DataFrame:
        """Return line and depart_s of the buses that leave within the run, by time and line."""
        own = self.departures[self.departures[day_type].to_numpy(bool)]
        days = range(-1, int(hours[1] // DAY_S) + 1)
        all_days = pd.concat([own.assign(depart_s=own["depart_s"] + d * DAY_S) for d in days])
        within = all_days[all_days["depart_s"].between(hours[0], hours[1])]
        return within.sort_values(["depart_s", "line"], kind="stable").reset_index(drop=True)

    def _riders(self, legs: pd.DataFrame, luck: Luck) -> dict[str, Rows]:
        person, number = np.unique(legs["person"].to_numpy(np.int64), return_inverse=True)
        bounds = np.searchsorted(number, np.arange(len(person) + 1))
        depart = _ms(legs["depart_s"])
        rides = self.rides
        speed = Luck(luck.seed, "walking").of("speed")
        mps = speed.lognormal(person, mean=rides.speed, cv=rides.speed_cv) if len(person) else 0.0
        riders = table(
            RIDER, len(person), journey=bounds[:-1], beyond=bounds[1:],
            due_ms=depart[bounds[:-1]] if len(person) else 0, stop=-1, target=-1, bus=-1,
            before=-1, after=-1,
            mps=mps,
        )  # fmt: skip
        same = {
            name: legs[name].to_numpy() for name in ("origin", "destination", "person", "order")
        }
        return {"riders": riders, "journeys": table(JOURNEY, len(legs), depart_ms=depart, **same)}

    def _rules(self) -> Rows:
        r = self.rides
        return table(
            SERVICE, 1, doors_ms=round((r.doors_s + r.pull_s) * 1_000),
            board_ms=round(r.board_s * 1_000), crowded_ms=round(r.crowded_s * 1_000),
            alight_ms=round(r.alight_s * 1_000), patience_ms=round(r.patience_min * 60_000),
            detour=float(r.detour), walk_weight=float(r.walk_weight),
        )  # fmt: skip


def begin(transit: Transit, calendar: Calendar) -> None:
    """Put the first event of every bus and every rider in the calendar."""
    for bus, time_ms in enumerate(transit.buses.depart_ms):
        push(calendar, time_ms, Rank.BUS, bus)
    for rider, time_ms in enumerate(transit.riders.due_ms):
        push(calendar, time_ms, Rank.RIDE, rider)


def _ms(seconds: pd.Series) -> NDArray[np.int64]:
    return np.round(seconds.to_numpy(float) * 1_000).astype(np.int64)


def _check(legs: pd.DataFrame, places: int) -> None:
    missing = [name for name in LEG_COLUMNS if name not in legs]
    if missing:
        raise ValueError(
            f"legs must have the columns {', '.join(LEG_COLUMNS)}, {', '.join(missing)} missing"
        )
    order = legs["person"].to_numpy(np.int64) * (1 << 16) + legs["order"].to_numpy(np.int64)
    if (np.diff(order) <= 0).any():
        raise ValueError("legs must be sorted by person and order, each once")
    for name in ("origin", "destination"):
        values = legs[name].to_numpy(np.int64)
        bad = values[(values < -1) | (values >= places)]
        if len(bad):
            raise ValueError(f"{name} of a leg must be in [-1, {places - 1}], got {bad[0]}")
