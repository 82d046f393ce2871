"""Read bus lines from a timetable in GTFS, a folder or a zip archive of text tables.

Of the feed seven tables are read: stops, routes, trips, stop_times, calendar and calendar_dates
(one of the last two may be missing), and frequencies where it is there: its trips leave again and
again by their headway, exact or not. A line is one sequence of stops of a route; what lies outside
the city is left out. Times may pass 24:00. Reference: gtfs.org/documentation/schedule/reference.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City, Source
from gis.figures import figure
from gis.readers.vector import check_members

__all__ = ["is_gtfs", "with_buses"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "routes": ("route_id", "route_type"),
    "trips": ("trip_id", "route_id", "service_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence", "departure_time"),
    "calendar": ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                 "sunday", "start_date", "end_date"),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
}  # fmt: skip
CALENDARS = ("calendar", "calendar_dates")
OPTIONAL = (*CALENDARS, "frequencies")
TEXTS = tuple(f"{name}.txt" for name in COLUMNS)
MOST_BYTES = 1 << 30
MOST_DAYS = 800
STREET_M = 60.0
NOT_DRIVEN = ("motorway",)
BUSES = ("3", "11")

Frames = dict[str, pd.DataFrame]


def is_gtfs(path: Path) -> bool:
    """Tell whether a path is a timetable: a folder or an archive with a table of one.

    In an archive the tables may lie in a folder; one with a shapefile is no timetable.

    Raises
    ------
    ValueError
        The archive holds tables in several folders.
    """
    return bool(_members(path))


def with_buses(city: City, path: str | os.PathLike[str]) -> City:
    """Return the city with the bus lines of a timetable, and notes on what was left out.

    The layer ``bus_stops`` and the tables ``bus_lines``, ``bus_line_stops`` and ``bus_departures``
    are replaced. Weekdays and holidays are the busiest Monday to Friday and Sunday of the feed.

    Raises
    ------
    FileNotFoundError
        A table that must be there is missing.
    ValueError
        A table lacks a column, has no rows or holds a value that cannot be read, no bus of the
        feed runs, or none stops in the city.
    """
    path = Path(path)
    feed, notes = _tables(path), list(city.notes)
    trips = _trips(feed, notes)
    if not len(trips):
        raise ValueError(f"{path.name}: {_why_none(feed['routes']['route_type'])}")
    times = _times(feed, trips, notes)
    stops = _stops(feed, city, times, notes)
    lines, calls, departures = _lines(trips, times, stops, _shifts(feed, times, notes))
    if not len(lines):
        raise ValueError(f"{path.name}: no bus of it stops twice within {STREET_M:g} m of a street")
    used = np.unique(calls["stop"])
    calls["stop"] = np.searchsorted(used, calls["stop"])
    layer = gpd.GeoDataFrame(
        {"name": stops["name"].to_numpy()[used], "origin": "found"},
        geometry=stops.geometry.to_numpy()[used], crs=city.crs,
    )  # fmt: skip
    tables = {"bus_lines": lines, "bus_line_stops": calls, "bus_departures": departures}
    source = Source(path.name, "as published", f"{path.name}: GTFS")
    return replace(
        city, layers={**city.layers, "bus_stops": layer}, tables={**city.tables, **tables},
        sources={**city.sources, **dict.fromkeys(("bus_stops", *tables), source)},
        notes=tuple(notes),
    )  # fmt: skip


def _tables(path: Path) -> Frames:
    """Return the tables as text, each checked for its columns."""
    members = _members(path)
    missing = [f"{name}.txt" for name in COLUMNS if name not in members and name not in OPTIONAL]
    if not any(name in members for name in CALENDARS):
        missing.append(" or ".join(f"{name}.txt" for name in CALENDARS))
    if missing:
        raise FileNotFoundError(
            f"{path.name} lacks {', '.join(missing)}: a timetable in GTFS must have it"
        )
    return {
        name: _table(_bytes(path, members[name]), name, path.name)
        for name in COLUMNS
        if name in members
    }


def _members(path: Path) -> dict[str, str]:
    """Return the uppermost tables of a timetable by name, none where a path is no timetable."""
    inside: list[str] = []
    if path.is_dir():
        inside = sorted(file.name for file in path.glob("*.txt"))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inside = sorted(archive.namelist())
    if any(member.lower().endswith(".shp") for member in inside):
        return {}
    tables = [member for member in inside if member.rpartition("/")[2] in TEXTS]
    top = min((member.count("/") for member in tables), default=0)
    uppermost = [member for member in tables if member.count("/") == top]
    folders = sorted({member.rpartition("/")[0] for member in uppermost})
    if len(folders) > 1:
        raise ValueError(f"{path.name} holds tables in {' and '.join(folders)}: give one timetable")
    return {member.rpartition("/")[2].removesuffix(".txt"): member for member in uppermost}


def _bytes(path: Path, name: str) -> bytes:
    if path.is_dir():
        with (path / name).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    else:
        with zipfile.ZipFile(path) as archive:
            check_members(archive, path.name)
            with archive.open(name) as member:
                raw = member.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ValueError(
            f"{path.name}: {name} is larger than the {MOST_BYTES:,} bytes that are read"
        )
    return raw


def _table(raw: bytes, name: str, where: str) -> pd.DataFrame:
    try:
        frame = pd.read_csv(io.BytesIO(raw), dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{where}: {name}.txt cannot be read: {error}") from error
    frame.columns = frame.columns.str.strip()
    lacking = [column for column in COLUMNS[name] if column not in frame]
    if lacking:
        raise ValueError(f"{where}: {name}.txt lacks the column {lacking[0]}")
    if not len(frame) and name not in OPTIONAL:
        raise ValueError(f"{where}: {name}.txt has no rows")
    return frame


def _trips(feed: Frames, notes: list[str]) -> pd.DataFrame:
    """Return the trips by bus that run on the chosen days: trip_id, route_id, weekday, holiday."""
    routes, trips = feed["routes"], feed["trips"]
    wheels = routes.loc[_by_bus(routes["route_type"]), "route_id"]
    known = trips["route_id"].isin(routes["route_id"])
    _count(notes, int((~known).sum()), "trips of unknown routes left out")
    other = known & ~trips["route_id"].isin(wheels)
    _count(notes, int(other.sum()), "trips by other means than buses left out")
    own = trips[known & ~other].drop_duplicates("trip_id")
    runs = _days(feed, own["service_id"].value_counts(), notes)
    own = own.assign(**{day: own["service_id"].isin(ids) for day, ids in runs.items()})
    own = own[own["weekday"] | own["holiday"]]
    return own[["trip_id", "route_id", "weekday", "holiday"]].reset_index(drop=True)


def _by_bus(kinds: pd.Series) -> pd.Series:
    return kinds.isin(BUSES) | kinds.str.fullmatch(r"7\d\d")


def _why_none(kinds: pd.Series) -> str:
    """Return why no trip of a feed with these types of routes can be used."""
    if _by_bus(kinds).any():
        return "no trip of a bus runs on a day of its calendar"
    there = ", ".join(sorted(set(kinds)))
    return f"it has no bus routes (route_type {', '.join(BUSES)}, 7xx), its types are {there}"


def _days(feed: Frames, trips: pd.Series, notes: list[str]) -> dict[str, list[str]]:
    """Return the services of the busiest weekday and of the busiest Sunday."""
    running: dict[pd.Timestamp, dict[str, None]] = {}
    for row in feed.get("calendar", pd.DataFrame()).to_dict("records"):
        span = pd.date_range(_date(row["start_date"]), _date(row["end_date"]))[:MOST_DAYS]
        for day in span:
            if row[day.day_name().lower()] == "1":
                running.setdefault(day, {})[row["service_id"]] = None
    for row in feed.get("calendar_dates", pd.DataFrame()).to_dict("records"):
        services = running.setdefault(_date(row["date"]), {})
        if row["exception_type"] == "1":
            services[row["service_id"]] = None
        else:
            services.pop(row["service_id"], None)
    chosen = {}
    for name, allowed in (("weekday", range(5)), ("holiday", (6,))):
        days = sorted(day for day in running if day.weekday() in allowed)
        if days:
            best = max(days, key=lambda day: int(trips.reindex(list(running[day])).sum()))
            notes.append(f"buses: {name}s run as on {best:%Y-%m-%d}")
        chosen[name] = list(running[best]) if days else []
    return chosen


def _date(text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(pd.to_datetime(text, format="%Y%m%d"))
    except ValueError as error:
        raise ValueError(f"a date of a timetable must be YYYYMMDD, got {text!r}") from error


def _times(feed: Frames, trips: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the calls of the trips in their order: trip_id, stop_id, leave_s (NaN where open)."""
    times = feed["stop_times"]
    unknown = ~times["trip_id"].isin(feed["trips"]["trip_id"])
    _count(notes, int(unknown.sum()), "calls of unknown trips left out")
    times = times[times["trip_id"].isin(trips["trip_id"])]
    lost = ~times["stop_id"].isin(feed["stops"]["stop_id"])
    _count(notes, int(lost.sum()), "calls at unknown stops left out")
    times = times[~lost]
    order = pd.to_numeric(times["stop_sequence"], errors="coerce")
    if order.isna().any():
        wrong = times.loc[order.isna(), "stop_sequence"].iloc[0]
        raise ValueError(f"stop_times.stop_sequence must be a whole number, got {wrong!r}")
    times = times.assign(order=order, leave_s=_seconds(times, "departure_time"))
    return times.sort_values(["trip_id", "order"], kind="stable").reset_index(drop=True)


def _seconds(table: pd.DataFrame, column: str, name: str = "stop_times") -> pd.Series:
    """Return seconds since midnight of H:MM:SS, which may pass 24:00; NaN for an empty one."""
    text = table[column].str.strip()
    parts = text.str.extract(r"^(\d{1,3}):([0-5]\d):([0-5]\d)$")
    wrong = parts[0].isna() & (text != "")
    if wrong.any():
        raise ValueError(f"{name}.{column} must be H:MM:SS, got {text[wrong].iloc[0]!r}")
    hours, minutes, seconds = (pd.to_numeric(parts[i]) for i in range(3))
    return hours * 3_600 + minutes * 60 + seconds


def _shifts(feed: Frames, times: pd.DataFrame, notes: list[str]) -> dict[str, list[float]]:
    """Return by how much later than in stop_times each trip of frequencies leaves, s, each time.

    From start_time on, before end_time, by the headway: for riders and their waits it is the same
    whether a timetable is kept (exact_times 1) or only the headway (0).
    """
    rows = feed.get("frequencies", pd.DataFrame(columns=list(COLUMNS["frequencies"])))
    unknown = ~rows["trip_id"].isin(feed["trips"]["trip_id"])
    _count(notes, int(unknown.sum()), "frequencies of unknown trips left out")
    begins = times.groupby("trip_id")["leave_s"].first()
    rows = rows[rows["trip_id"].isin(begins.index)]
    headway = pd.to_numeric(rows["headway_secs"], errors="coerce")
    wrong = rows.loc[~(headway > 0), "headway_secs"]
    if len(wrong):
        raise ValueError(f"frequencies.headway_secs must be more than 0 s, got {wrong.iloc[0]!r}")
    start, end = (_seconds(rows, name, "frequencies") for name in ("start_time", "end_time"))
    shifts: dict[str, list[float]] = {}
    for trip, first, last, every in zip(rows["trip_id"], start, end, headway, strict=True):
        again = np.arange(first, last, every) - begins[trip]
        shifts.setdefault(trip, []).extend(again.tolist())
    return shifts


def _stops(feed: Frames, city: City, times: pd.DataFrame, notes: list[str]) -> gpd.GeoDataFrame:
    """Return the stops within reach of a street: stop_id, name, street, at_m and the point."""
    stops = feed["stops"].drop_duplicates("stop_id")
    stops = stops[stops["stop_id"].isin(times["stop_id"])]
    place = stops[["stop_lon", "stop_lat"]].apply(pd.to_numeric, errors="coerce")
    _count(notes, int(place.isna().any(axis=1).sum()), "stops without a place left out")
    stops, place = stops[place.notna().all(axis=1)], place.dropna()
    points = gpd.GeoSeries(gpd.points_from_xy(place["stop_lon"], place["stop_lat"]), crs=4326)
    points = points.to_crs(city.crs)
    street, at_m = _beside(city, points.to_numpy())
    near = street >= 0
    _count(notes, int((~near).sum()), f"stops more than {STREET_M:g} m from a street left out")
    name = stops["stop_name"] if "stop_name" in stops else stops["stop_id"]
    frame = {"stop_id": stops["stop_id"].to_numpy(), "name": name.to_numpy(), "street": street}
    found = gpd.GeoDataFrame({**frame, "at_m": at_m}, geometry=points.to_numpy(), crs=city.crs)
    return found[near].reset_index(drop=True)


def _beside(
    city: City, points: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the street of each stop, on its right-hand side where there is one, and how far along.

    -1 where none is near. People drive on the right: a stop lies to the right of its street.
    """
    streets = city["streets"]
    lines = streets.geometry.to_numpy()
    usable = np.flatnonzero(~streets["highway"].isin(NOT_DRIVEN).to_numpy())
    stop, found = shapely.STRtree(lines[usable]).query(points, "dwithin", distance=STREET_M)
    row = usable[found]
    along = shapely.line_locate_point(lines[row], points[stop])
    ends = [
        shapely.get_coordinates(
            shapely.line_interpolate_point(lines[row], np.maximum(along + d, 0))
        )
        for d in (-1.0, 1.0)
    ]
    way, off = ends[1] - ends[0], shapely.get_coordinates(points[stop]) - ends[0]
    left = way[:, 0] * off[:, 1] - way[:, 1] * off[:, 0] > 0
    away = shapely.distance(lines[row], points[stop]) + np.where(left, STREET_M, 0.0)
    best = np.lexsort((row, away, stop))
    first = best[np.unique(stop[best], return_index=True)[1]]
    street, at_m = np.full(len(points), -1, np.int64), np.zeros(len(points))
    street[stop[first]], at_m[stop[first]] = row[first], along[first]
    return street, at_m


def _lines(
    trips: pd.DataFrame,
    times: pd.DataFrame,
    stops: gpd.GeoDataFrame,
    shifts: Mapping[str, list[float]],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return lines, their calls and their departures: one line a route and sequence of stops."""
    row = pd.Series(np.arange(len(stops)), index=stops["stop_id"])
    inside = times.assign(stop=times["stop_id"].map(row)).dropna(subset=["stop"])
    route = trips.set_index("trip_id")
    numbers: dict[tuple[str, tuple[int, ...]], int] = {}
    leaving = []
    for trip, calls in inside.groupby("trip_id", sort=True):
        start = calls["leave_s"].iloc[0]
        pattern = tuple(calls["stop"].astype(int))
        if len(pattern) > 1 and not np.isnan(start):
            own = route.loc[trip]
            line = numbers.setdefault((str(own["route_id"]), pattern), len(numbers))
            on = bool(own["weekday"]), bool(own["holiday"])
            leaving += [(line, float(start) + late, *on) for late in shifts.get(str(trip), [0.0])]
    names = [name for name, _ in numbers]
    lines = pd.DataFrame({"name": pd.Series(names, dtype=str), "kind": "bus"})
    for size in ("capacity", "seats"):
        lines[size] = int(figure(f"{size}_bus"))
    whose = np.repeat(np.arange(len(numbers)), [len(pattern) for _, pattern in numbers])
    called = np.array([stop for _, pattern in numbers for stop in pattern], np.int64)
    order = np.concatenate([np.arange(len(p)) for _, p in numbers] or [np.zeros(0, np.int64)])
    street, at_m = stops["street"].to_numpy(np.int64), stops["at_m"].to_numpy(float)
    calls = pd.DataFrame(
        {
            "line": whose,
            "order": order,
            "stop": called,
            "street": street[called],
            "at_m": at_m[called],
        }
    )
    columns = ["line", "depart_s", "weekday", "holiday"]
    return lines, calls, pd.DataFrame(leaving, columns=columns)


def _count(notes: list[str], number: int, what: str) -> None:
    if number:
        notes.append(f"buses: {number:,} {what}")
