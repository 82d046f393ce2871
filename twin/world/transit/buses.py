"""The part of a run that solutions see: the lines, and when their buses leave."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from gis.population import DayType
from twin.calendar import Calendar, push_all
from twin.world.columns import Rank
from twin.world.ground import Ground
from twin.world.rows import Rows, table
from twin.world.transit.behaviour import Ridership
from twin.world.transit.columns import BUS, RIDER, SERVICE, STOP, Transit
from twin.world.transit.service import Service

__all__ = ["Buses", "begin"]

DAY_S = 86_400.0
LINES = ("name", "kind", "capacity", "seats")
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
        no_lines, empty = (
            pd.DataFrame({name: pd.Series(dtype=float) for name in names})
            for names in (LINES, DEPARTURES)
        )
        self.lines = tables.get("bus_lines", no_lines).iloc[known.line].reset_index(drop=True)
        row = {int(line): number for number, line in enumerate(known.line)}
        departures = tables.get("bus_departures", empty)
        kept = departures[departures["line"].isin(known.line)]
        self.departures = kept.assign(line=[row[int(n)] for n in kept["line"]])

    @property
    def service(self) -> Service:
        """The routes, calls and stops of the lines."""
        return self.ground.service

    def start(
        self, persons: int, day_type: DayType, hours: tuple[float, float], epoch_ms: int = 0
    ) -> Transit:
        """Return the buses of a run, for this many persons who may ride.

        ``hours`` is start and end of the run, s since the midnight ``epoch_ms`` of the calendar.
        """
        known, day = self.service, self.departures[self.departures[day_type].to_numpy(bool)]
        runs = _runs(day, hours)
        near, near_m, gates = self._near()
        ways = known.strategies(day, self.rides)
        line = runs["line"].to_numpy(np.int64)
        lines = known.lines.copy()
        for name in ("capacity", "seats"):
            lines[name] = self.lines[name].to_numpy()
        depart_ms = np.round(runs["depart_s"].to_numpy(float) * 1_000).astype(np.int64) + epoch_ms
        return Transit(
            lines=lines,
            calls=self._calls(),
            buses=table(
                BUS, len(runs), line=line, call=known.lines.first[line],
                depart_ms=depart_ms, head=-1, tail=-1,
            ),
            stops=table(STOP, len(known.x), x=known.x, y=known.y, head=-1, tail=-1),
            riders=table(RIDER, persons, stop=-1, target=-1, bus=-1, before=-1, after=-1),
            rules=self._rules(),
            routes=known.routes,
            policy=ways.policy,
            transfer=ways.transfer,
            cost_s=ways.cost_s,
            near=near,
            near_m=near_m,
            gates=gates,
        )  # fmt: skip

    def tables(self, transit: Transit, epoch_ms: int = 0) -> dict[str, pa.Table]:
        """Return what the trace keeps of a run beside its events.

        ``line_call``: call, line (row of ``bus_lines``), stop (row of ``bus_stops``), street, at
        (share of it before the call), step (row of ``line_way``, the streets of all lines), x, y.
        ``bus``: bus, line, depart_ms (since ``epoch_ms``), car (its number among the cars).
        """
        known, calls, buses = self.service, self.service.calls, transit.buses
        line = np.repeat(known.line, known.lines.beyond - known.lines.first)
        return {
            "line_call": pa.table(
                {
                    "call": np.arange(len(calls)),
                    "line": line,
                    "stop": calls.stop.astype(np.int64),
                    "street": known.routes[calls.step].astype(np.int64),
                    "at": calls["at"],
                    "step": calls.step,
                    "x": known.x[calls.stop],
                    "y": known.y[calls.stop],
                }
            ),
            "line_way": pa.table({"street": known.routes}),
            "bus": pa.table(
                {
                    "bus": np.arange(len(buses)),
                    "line": known.line[buses.line],
                    "depart_ms": buses.depart_ms - epoch_ms,
                    "car": np.arange(len(buses)) + int(transit.rules.cars[0]),
                }
            ),
        }

    def _near(self) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """Return the stops near places and behind them near gates, the metres, the gates' rows.

        An assumption: a line from beyond the edge calls at each stop that one would walk to from
        the gate, and who changes there does not walk.
        """
        ground, junctions = self.ground, self.ground.city["junctions"]
        is_gate = junctions["gate"].to_numpy(bool) if "gate" in junctions else [False]
        gate, places = np.flatnonzero(is_gate), len(ground.place_x)
        x = np.append(ground.place_x, ground.network.x[gate])
        y = np.append(ground.place_y, ground.network.y[gate])
        near, near_m = self.service.near(x, y, self.rides)
        near_m[places:] = 0.0
        row = np.full(len(junctions), -1, np.int32)
        row[gate] = places + np.arange(len(gate))
        return near, near_m, row

    def _calls(self) -> Rows:
        """Return the calls; some lie so near a stop line that a bus blocks a lane."""
        known = self.service
        calls = known.calls.copy()
        calls.blocks = known.left_m <= self.rides.blocks_m
        return calls

    def _rules(self) -> Rows:
        r = self.rides
        return table(
            SERVICE, 1, spots=len(self.ground.place_x),
            doors_ms=round((r.doors_s + r.pull_s) * 1_000), board_ms=round(r.board_s * 1_000),
            crowded_ms=round(r.crowded_s * 1_000), alight_ms=round(r.alight_s * 1_000),
            patience_ms=round(r.patience_min * 60_000),
            detour=float(r.detour), walk_weight=float(r.walk_weight),
        )  # fmt: skip


def begin(transit: Transit, calendar: Calendar) -> None:
    """Put the first event of every bus in the calendar."""
    buses = transit.buses
    push_all(calendar, np.array(buses.depart_ms), Rank.BUS, np.arange(len(buses)))


def _runs(day: pd.DataFrame, hours: tuple[float, float]) -> pd.DataFrame:
    """Return line and depart_s of the buses that leave within the run, by time and line."""
    days = range(int(hours[0] // DAY_S) - 1, int(hours[1] // DAY_S) + 1)
    all_days = pd.concat([day.assign(depart_s=day["depart_s"] + d * DAY_S) for d in days])
    within = all_days[all_days["depart_s"].between(*hours)]
    return within.sort_values(["depart_s", "line"], kind="stable").reset_index(drop=True)
