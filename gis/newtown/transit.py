"""Bus lines of the town's plan: rings and arterials, rapid ones on the busways, by headways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from shapely import LineString

from gis.figures import figure, table
from gis.newtown.plan import BUSWAYS
from gis.newtown.sequence import Floats, Ints
from gis.newtown.site import Site

__all__ = ["bus_tables"]

ALONG_M = 6.0
FEWEST_STOPS = 2
ROUND_S = 60.0


class Track(NamedTuple):
    """The way of a line in one direction: lines one after the other, each with its sense."""

    name: str
    kind: str
    parts: tuple[tuple[LineString, bool], ...]


class Halts(NamedTuple):
    """The stops: street row, and the points at 0.4 and 0.6 of it in its direction."""

    street: Ints
    before: Floats
    after: Floats


def bus_tables(site: Site, rows: Ints) -> dict[str, pd.DataFrame]:
    """Return the tables of buses: lines, their stops along them, their departures.

    A ring street carries a line each way round, and two arterials that face each other a line
    through the middle; the rest of the way a bus finds by the streets. A street with a busway is
    served by rapid buses on it. ``rows`` is the street of each stop.
    """
    halts = _halts(site, rows)
    lines: list[tuple[str, str]] = []
    calls: list[pd.DataFrame] = []
    for track in _tracks(site):
        found = np.concatenate([_along(halts, *part) for part in track.parts])
        if len(found) < FEWEST_STOPS:
            continue
        if track.parts[0][0].is_ring:
            found = np.append(found, found[0])
        street = _busway(site, rows[found]) if track.kind == "brt" else rows[found]
        at_m = shapely.length(site.streets.line[rows[found] // 2]) / 2
        order = np.arange(len(found))
        columns = {"line": len(lines), "order": order, "stop": found, "street": street}
        calls.append(pd.DataFrame({**columns, "at_m": at_m}))
        lines.append((track.name, track.kind))
    frame = pd.DataFrame(lines, columns=["name", "kind"])
    for name in ("capacity", "seats"):
        size = [int(figure(f"{name}_{kind}")) for kind in frame["kind"]]
        frame[name] = np.array(size, np.int64)
    called = pd.concat(calls, ignore_index=True)
    return {"bus_lines": frame, "bus_line_stops": called, "bus_departures": _departures(frame)}


def _tracks(site: Site) -> Iterator[Track]:
    """Yield the lines, each way."""
    plan = site.plan
    for number, radius in enumerate(plan.rings):
        kind = "brt" if number == plan.brt else "bus"
        for turn, forward in (("A", True), ("B", False)):
            yield Track(f"R{number + 1}{turn}", kind, ((plan.ring(radius), forward),))
    end = plan.radius + plan.belt_m
    arms = [plan.radial(angle, plan.rings[0], end) for angle in plan.arterials]
    half = (len(arms) + 1) // 2
    for number in range(half):
        there, on = arms[number], arms[(number + len(arms) // 2) % len(arms)]
        kind = "brt" if number == 0 else "bus"
        yield Track(f"T{number + 1}A", kind, ((there, False), (on, True)))
        yield Track(f"T{number + 1}B", kind, ((on, False), (there, True)))


def _halts(site: Site, rows: Ints) -> Halts:
    lines = site.streets.line[rows // 2]
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
        for share in (0.4, 0.6)
    ]
    back = (rows % 2 == 1)[:, None]
    return Halts(rows, np.where(back, ends[1], ends[0]), np.where(back, ends[0], ends[1]))


def _along(halts: Halts, line: LineString, forward: bool) -> Ints:
    """Return the stops on the streets of a line that lead its way, in their order."""
    near = [shapely.distance(line, shapely.points(xy)) for xy in (halts.before, halts.after)]
    start, end = (
        shapely.line_locate_point(line, shapely.points(xy)) for xy in (halts.before, halts.after)
    )
    step = end - start
    if line.is_ring:
        step = (step + line.length / 2) % line.length - line.length / 2
    same = (step > 0) == forward
    found = np.flatnonzero((np.maximum(*near) < ALONG_M) & same)
    order = np.argsort(start[found] if forward else -start[found], kind="stable")
    return np.asarray(found[order], np.int64)


def _busway(site: Site, rows: Ints) -> Ints:
    """Return the busway beside each street, which follows all streets; the street without one."""
    kind = site.streets.kind
    busy = np.isin(kind, BUSWAYS)
    rank = len(kind) + np.cumsum(busy) - 1
    return np.where(busy[rows // 2], 2 * rank[rows // 2] + rows % 2, rows)


def _departures(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the departures of each line, spread by its headway within each hour."""
    found = []
    for line, kind in enumerate(lines["kind"]):
        for hour, minutes in enumerate(table("headways")[kind]):
            if minutes:
                at = np.arange(0.0, 60.0, minutes) * ROUND_S + hour * 3_600.0
                found.append(pd.DataFrame({"line": line, "depart_s": at}))
    departures = pd.concat(found, ignore_index=True)
    return departures.assign(weekday=True, holiday=True)
