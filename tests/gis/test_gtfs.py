"""A timetable becomes lines of the city; what is wrong with it is said or counted."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from gis.city import City
from gis.newtown import newtown
from gis.readers.build import read
from gis.readers.gtfs import is_gtfs, with_buses
from gis.schema import validate


@pytest.fixture(scope="module")
def town() -> City:
    return newtown(residents=2_000)


@pytest.fixture
def feed(town: City) -> dict[str, list[str]]:
    """Return a timetable of four stops of the town's ring, one far away, three trips."""
    calls = town.tables["bus_line_stops"].query("line == 0")
    points = gpd.GeoSeries(town["bus_stops"].geometry.iloc[calls["stop"][:4]]).to_crs(4326)
    stops = [f"s{i},Stop {i},{p.y:.7f},{p.x:.7f}" for i, p in enumerate(points)]
    times = [
        f"{trip},s{i},{i + 1},{hour}:{2 * i:02}:30"
        for trip, hour in (("t1", 8), ("t2", 25), ("t3", 9))
        for i in range(4)
    ]
    return {
        "stops": ["stop_id,stop_name,stop_lat,stop_lon", *stops, "far,Far,35.1,129.0"],
        "routes": ["route_id,route_type", "r1,3", "train,2"],
        "trips": ["trip_id,route_id,service_id", "t1,r1,w", "t2,r1,w", "t3,r1,h"],
        "stop_times": ["trip_id,stop_id,stop_sequence,departure_time", *times],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "w,1,1,1,1,1,0,0,20240101,20240107",
            "h,0,0,0,0,0,1,1,20240101,20240107",
        ],
    }  # fmt: skip


def folder(where: Path, feed: Mapping[str, list[str]]) -> Path:
    where.mkdir(exist_ok=True)
    for name, rows in feed.items():
        (where / f"{name}.txt").write_text("\ufeff" + "\n".join(rows), encoding="utf-8")
    return where


def archive(where: Path, feed: Mapping[str, list[str]], prefix: str = "") -> Path:
    with zipfile.ZipFile(where, "w") as out:
        for name, rows in feed.items():
            out.writestr(f"{prefix}{name}.txt", "\n".join(rows))
    return where


def test_a_timetable_becomes_a_line(town: City, feed: dict[str, list[str]], tmp_path: Path) -> None:
    city = with_buses(town, folder(tmp_path / "feed", feed))
    validate(city)
    assert city.tables["bus_lines"]["name"].tolist() == ["r1"]
    departures = city.tables["bus_departures"]
    assert departures["depart_s"].tolist() == [8 * 3600 + 30, 25 * 3600 + 30, 9 * 3600 + 30]
    assert departures["weekday"].tolist() == [True, True, False]
    assert departures["holiday"].tolist() == [False, False, True]
    assert city["bus_stops"]["name"].tolist() == [f"Stop {i}" for i in range(4)]
    assert "buses: weekdays run as on 2024-01-01" in city.notes
    assert "buses: holidays run as on 2024-01-07" in city.notes


def test_stops_lie_to_the_right_of_their_street(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    city = with_buses(town, folder(tmp_path / "feed", feed))
    calls, streets = city.tables["bus_line_stops"], city["streets"]
    given = town.tables["bus_line_stops"].query("line == 0")["street"].to_numpy()[:4]
    found = calls["street"].to_numpy()
    for name in ("from_junction", "to_junction"):
        assert (streets[name].to_numpy()[found] == streets[name].to_numpy()[given]).all()
    length = streets["length_m"].to_numpy()[found]
    assert np.abs(calls["at_m"] - length / 2).max() < 2.0


def test_an_archive_reads_as_a_folder_does(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    packed = archive(tmp_path / "feed.zip", feed)
    assert is_gtfs(packed)
    plain = with_buses(town, folder(tmp_path / "feed", feed))
    for name, table in with_buses(town, packed).tables.items():
        assert table.equals(plain.tables[name]), name


def test_a_city_is_built_with_its_timetable(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    saved = town.save(tmp_path / "town")
    city = read([saved, archive(tmp_path / "feed.zip", feed)])
    assert len(city.tables["bus_lines"]) == 1
    assert city.sources["bus_lines"].name == "feed.zip"


def test_exceptions_move_a_service_to_another_day(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    del feed["calendar"]
    dates = ["w,20240110,1", "h,20240114,1", "w,20240114,1", "w,20240114,2"]
    feed["calendar_dates"] = ["service_id,date,exception_type", *dates]
    departures = with_buses(town, folder(tmp_path / "feed", feed)).tables["bus_departures"]
    assert departures["weekday"].tolist() == [True, True, False]


@pytest.mark.parametrize("exact", ["0", "1"])
def test_a_headway_becomes_departures(
    town: City, feed: dict[str, list[str]], tmp_path: Path, exact: str
) -> None:
    feed["frequencies"] = [
        "trip_id,start_time,end_time,headway_secs,exact_times",
        f"t1,6:00:00,6:30:00,600,{exact}",
        f"t1,23:50:00,24:20:00,900,{exact}",
        f"gone,6:00:00,7:00:00,600,{exact}",
    ]
    city = with_buses(town, folder(tmp_path / "feed", feed))
    departures = city.tables["bus_departures"]
    own = departures.loc[departures["weekday"], "depart_s"]
    often = [6 * 3600, 6 * 3600 + 600, 6 * 3600 + 1200, 23 * 3600 + 3000, 24 * 3600 + 300]
    assert own.tolist() == [*often, 25 * 3600 + 30], "t1 by its headways, t2 as it stands"
    assert "buses: 1 frequencies of unknown trips left out" in city.notes


def test_a_headway_counts_from_the_first_stop_of_the_trip(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    """Its first stop in the city is passed as much later as stop_times say."""
    feed["stop_times"].append("t1,far,0,7:30:30")
    feed["frequencies"] = [
        "trip_id,start_time,end_time,headway_secs",
        "t1,6:00:00,6:00:01,600",
    ]
    departures = with_buses(town, folder(tmp_path / "feed", feed)).tables["bus_departures"]
    assert departures["depart_s"].tolist()[0] == 6.5 * 3600


def test_what_cannot_be_used_is_counted(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    feed["trips"] += ["t4,train,w", "t5,nowhere,w"]
    feed["stop_times"] += ["t1,far,9,8:30:00", "t1,gone,10,8:31:00", "t9,s1,1,8:00:00"]
    notes = "\n".join(with_buses(town, folder(tmp_path / "feed", feed)).notes)
    for said in (
        "1 trips of unknown routes left out",
        "1 trips by other means than buses left out",
        "1 calls of unknown trips left out",
        "1 calls at unknown stops left out",
        "1 stops more than 60 m from a street left out",
    ):
        assert f"buses: {said}" in notes


@pytest.mark.parametrize(
    ("table", "old", "new", "wording"),
    [
        ("stops", "stop_lat", "lat", "stops.txt lacks the column stop_lat"),
        ("stop_times", "8:00:30", "8h", "stop_times.departure_time must be H:MM:SS, got '8h'"),
        ("stop_times", "s0,1,8", "s0,x,8", "stop_sequence must be a whole number, got 'x'"),
        ("calendar", "20240107", "2024-1", "a date of a timetable must be YYYYMMDD, got '2024-1'"),
        ("frequencies", ",600", ",0", "frequencies.headway_secs must be more than 0 s, got '0'"),
        ("frequencies", "6:00:00", "6", "frequencies.start_time must be H:MM:SS, got '6'"),
    ],
)
def test_a_bad_value_is_named(  # noqa: PLR0917 - two fixtures and what is changed
    town: City, feed: dict[str, list[str]], tmp_path: Path,
    table: str, old: str, new: str, wording: str,
) -> None:  # fmt: skip
    feed["frequencies"] = ["trip_id,start_time,end_time,headway_secs", "t1,6:00:00,7:00:00,600"]
    feed[table] = [row.replace(old, new) for row in feed[table]]
    with pytest.raises(ValueError, match=wording):
        with_buses(town, folder(tmp_path / "feed", feed))


def test_an_archive_with_a_folder_in_it_reads_the_same(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    packed = archive(tmp_path / "feed.zip", feed, "feed_2024/")
    with zipfile.ZipFile(packed, "a") as out:
        out.writestr("__MACOSX/feed_2024/._stops.txt", "x")
    assert is_gtfs(packed)
    plain = with_buses(town, folder(tmp_path / "feed", feed))
    for name, table in with_buses(town, packed).tables.items():
        assert table.equals(plain.tables[name]), name


@pytest.mark.parametrize(
    "names", [["stops"], ["stops", "routes", "trips", "stop_times", "calendar"]]
)
def test_an_archive_of_two_timetables_is_refused(
    town: City, feed: dict[str, list[str]], tmp_path: Path, names: list[str]
) -> None:
    path = archive(tmp_path / "feed.zip", feed, "bus/")
    with zipfile.ZipFile(path, "a") as out:
        for name in names:
            out.writestr(f"metro/{name}.txt", "\n".join(feed[name]))
    with pytest.raises(ValueError, match=r"feed\.zip holds tables in bus and metro: give one"):
        with_buses(town, path)


@pytest.mark.parametrize("prefix", ["", "inner/"])
def test_an_archive_of_stops_alone_says_what_it_lacks(
    town: City, feed: dict[str, list[str]], tmp_path: Path, prefix: str
) -> None:
    path = archive(tmp_path / "feed.zip", {"stops": feed["stops"]}, prefix)
    assert is_gtfs(path)
    lacking = r"routes\.txt, trips\.txt, stop_times\.txt, calendar\.txt or calendar_dates\.txt"
    with pytest.raises(FileNotFoundError, match=rf"feed\.zip lacks {lacking}: a timetable in GTFS"):
        with_buses(town, path)


def test_an_archive_of_a_shapefile_is_no_timetable(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"stops": ["a note on the stops"]})
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("stops.shp", "x")
    assert not is_gtfs(path)


def test_a_timetable_of_a_metro_has_no_bus_routes(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    feed["routes"] = [feed["routes"][0], "r1,1", "train,2"]
    wording = r"feed: it has no bus routes \(route_type 3, 11, 7xx\), its types are 1, 2"
    with pytest.raises(ValueError, match=wording):
        with_buses(town, folder(tmp_path / "feed", feed))


def test_a_timetable_whose_buses_never_run_says_so(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    feed["calendar"] = feed["calendar"][:1]
    with pytest.raises(ValueError, match="feed: no trip of a bus runs on a day of its calendar"):
        with_buses(town, folder(tmp_path / "feed", feed))


@pytest.mark.parametrize("name", ["stops", "routes", "trips", "stop_times"])
def test_an_empty_table_is_named(
    town: City, feed: dict[str, list[str]], tmp_path: Path, name: str
) -> None:
    feed[name] = feed[name][:1]
    with pytest.raises(ValueError, match=rf"feed: {name}\.txt has no rows"):
        with_buses(town, folder(tmp_path / "feed", feed))


@pytest.mark.parametrize("name", ["stops", "routes", "trips", "stop_times", "calendar"])
def test_a_missing_table_is_named(
    town: City, feed: dict[str, list[str]], tmp_path: Path, name: str
) -> None:
    del feed[name]
    with pytest.raises(FileNotFoundError, match=rf"feed lacks {name}\.txt"):
        with_buses(town, folder(tmp_path / "feed", feed))


def test_a_feed_of_another_city_is_refused(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    feed["stops"] = [feed["stops"][0], *(f"s{i},Stop,35.1,129.0{i}" for i in range(4))]
    with pytest.raises(ValueError, match="no bus of it stops twice within 60 m of a street"):
        with_buses(town, folder(tmp_path / "feed", feed))


def test_an_archive_that_leads_out_is_refused(
    town: City, feed: dict[str, list[str]], tmp_path: Path
) -> None:
    path = archive(tmp_path / "feed.zip", feed)
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("../evil.txt", "x")
    with pytest.raises(ValueError, match=r"'\.\./evil\.txt', which leads out of the archive"):
        with_buses(town, path)


def test_a_table_that_is_too_large_is_refused(
    town: City, feed: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis.readers.gtfs.MOST_BYTES", 100)
    with pytest.raises(ValueError, match=r"is larger than the 100 bytes that are read"):
        with_buses(town, archive(tmp_path / "feed.zip", feed))
