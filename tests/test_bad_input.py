"""Every kind of bad input, typed at the command line: one line, exit code 1 or 2, nothing left."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely

from gis.city import City
from tests.gis.test_bad_input_gis import save, save_bare, streets, swapped
from tests.gis.test_osm import BOMB

AREA = "가온동 Gaon-dong"
SCENARIO = """\
name: A question
city: town
hours: 24
start: 04:00
day_types: {weekday: 250}
alternatives:
  build: [{new_car_park: {spaces: 10}}]
replications: 1
"""
Make = Callable[[Path], list[str]]


def build(*sources: Path) -> list[str]:
    """Return the command that builds a city of files into ``made`` beside them."""
    return ["city", "build", *map(str, sources), "--out", str(sources[0].parent / "made")]


def file(name: str, content: bytes) -> Make:
    def make(folder: Path) -> list[str]:
        (folder / name).write_bytes(content)
        return build(folder / name)

    return make


def truncated_pbf(folder: Path) -> list[str]:
    path = folder / "cut.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for key in range(1, 500):
            writer.add_node(osmium.osm.mutable.Node(id=key, location=(127 + key / 1e4, 37.5)))
    path.write_bytes(path.read_bytes()[:-40])
    return build(path)


def without_the_layer(folder: Path) -> list[str]:
    (folder / "m.yaml").write_text("layers:\n  roads: {to: streets}\n")
    return [*build(save(streets(), folder)), "--mapping", str(folder / "m.yaml")]


def only_empty_geometries(folder: Path) -> list[str]:
    empty = [shapely.LineString()] * 3
    frame = gpd.GeoDataFrame({"name": list("abc")}, geometry=empty, crs="EPSG:5186")
    return build(save(frame, folder))


def negative_capacity(folder: Path) -> list[str]:
    (folder / "p.csv").write_text("주차장명,주차구획수,위도,경도\n가,-3,36.3524,127.3352\n")
    return build(save(streets(), folder), folder / "p.csv")


CITIES: dict[str, tuple[Make, str]] = {
    "a missing file": (
        lambda folder: build(folder / "none.osm.pbf"),
        "no file {}/none.osm.pbf",
    ),
    "an empty PBF": (
        file("a.osm.pbf", b""),
        "a.osm.pbf: the file is empty, it must hold OpenStreetMap data",
    ),
    "a truncated PBF": (
        truncated_pbf,
        "cut.osm.pbf: not readable as OpenStreetMap data: the file is cut",
    ),
    "an XML bomb": (
        file("a.osm", BOMB.encode()),
        "XML entities are refused; save the file without a DOCTYPE",
    ),
    "a GeoPackage without the layer": (
        without_the_layer,
        "city.gpkg has no layer 'roads'; its layers are: streets",
    ),
    "no CRS": (
        lambda folder: build(save_bare(streets(), folder)),
        "streets.shp names no coordinate system; its numbers look like EPSG:5186",
    ),
    "coordinates swapped": (
        lambda folder: build(save(swapped(streets()), folder)),
        "city.gpkg:streets: east and north look swapped",
    ),
    "nothing but empty geometries": (
        only_empty_geometries,
        "no streets in city.gpkg: city.gpkg:streets: 3 of 3 rows without geometry left out",
    ),
    "a disconnected network": (
        lambda folder: build(save(streets().iloc[[0]].assign(oneway=True), folder)),
        "the streets are disconnected: no two junctions can be reached from each other",
    ),
    "negative capacity": (
        negative_capacity,
        "car_parks.spaces must be at least 0 spaces, got -3 in row 0",
    ),
}


@pytest.mark.parametrize("what", CITIES)
def test_a_city_of_bad_files(
    what: str, tmp_path: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    make, wording = CITIES[what]
    code, said = typed(make(tmp_path))
    assert (code, len(said.splitlines())) == (1, 1), said
    assert said.startswith("dongne: ")
    assert wording.format(tmp_path) in said
    assert not (tmp_path / "made").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_invalid_geometries_are_repaired_and_said(
    tmp_path: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    path = save(streets(), tmp_path)
    x, y = streets().total_bounds[:2]
    bow = shapely.Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)])
    frame = gpd.GeoDataFrame({"use": ["shop"]}, geometry=[bow], crs="EPSG:5186")
    frame.to_file(path, layer="buildings")
    assert typed(build(path))[0] == 0
    notes = City.open(tmp_path / "made").notes
    assert any("1 invalid geometries repaired" in note for note in notes)


SCENARIOS: dict[str, tuple[str, str, str]] = {
    "an unknown key": ("hours: 24", "hour: 1", "q.yaml:3: a scenario has no 'hour'; did you mean"),
    "a wrong type": ("replications: 1", "replications: many", "q.yaml:8: Scenario.replications"),
    "a duplicate key": ("hours: 24", "hours: 24\nhours: 2", "q.yaml:4: hours is given twice"),
    "an unknown solution": (
        "new_car_park",
        "new_car_prak",
        "q.yaml:7: there is no solution 'new_car_prak'; did you mean 'new_car_park'?",
    ),
    "a parameter out of range": (
        "spaces: 10",
        "spaces: -3",
        "q.yaml:7: NewCarPark.spaces must be in [0, 2000] spaces, got -3",
    ),
    "two solutions that replace the same policy": (
        "[{new_car_park: {spaces: 10}}]",
        "[{shared_parking: }, {shared_parking: }]",
        "both replace the policy 'parking.sharing'; one alternative may have one",
    ),
    "an area that is not in the city": (
        "spaces: 10",
        "area: 잠실동",
        "area '잠실동' is no district of",
    ),
    "an area file that is not there": (
        "spaces: 10",
        "area: station.geojson",
        "area 'station.geojson': there is no file",
    ),
    "an area far away": (
        "spaces: 10",
        "area: sea.geojson",
        "area 'sea.geojson' is not in 새론시",
    ),
    "a city that is not there": ("city: town", "city: atlantis", "no city at"),
    "parts of several days": (
        "hours: 24",
        "hours: 12.5\ndays: 3",
        "q.yaml:3: Scenario.hours must be 24 where days are 3 in a row, got 12.5",
    ),
    "too many days": ("hours: 24", "days: 91", "Scenario.days must be in [1, 90] days, got 91"),
    "a chance beyond one": (
        "new_car_park: {spaces: 10}",
        "ai_crosswalk: {recall: 1.4}",
        "q.yaml:7: AiCrosswalk.recall must be in [0, 1], got 1.4",
    ),
    "an unknown programme": (
        "hours: 24",
        "programme: no such money",
        "there is no programme 'no such money'; there are: challenge_preliminary_2019, ",
    ),
}


def asked(folder: Path, town: Path, text: str) -> list[str]:
    """Return the command that runs a scenario, its city beside it."""
    (folder / "town").symlink_to(town)
    (folder / "q.yaml").write_text(text, encoding="utf-8")
    sea = shapely.to_geojson(shapely.box(0, 0, 1, 1))
    (folder / "sea.geojson").write_text(sea)
    return ["run", str(folder / "q.yaml"), "--out", str(folder / "out"), "--no-pictures"]


@pytest.mark.parametrize("what", SCENARIOS)
def test_a_bad_scenario(
    what: str, tmp_path: Path, town: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    old, new, wording = SCENARIOS[what]
    assert old in SCENARIO
    code, said = typed(asked(tmp_path, town, SCENARIO.replace(old, new, 1)))
    assert (code, len(said.splitlines())) == (1, 1), said
    assert wording in said
    assert not (tmp_path / "out").exists()


SIGNS: dict[str, tuple[str, str]] = {
    "a number that nobody knows": (
        "crossings: '99999'",
        "AiCrosswalk.crossings must be numbers from 0 to ",
    ),
    "a crossing on no street": (
        "crossings: '36.35 127.38'",
        "AiCrosswalk.crossings must lie within 30 m of one that there is, got 36.35 127.38: ",
    ),
    "a school zone without a school": (
        "school_zones: true",
        "must find a crossing within 300 m of a school, there is none",
    ),
}


@pytest.mark.parametrize("what", SIGNS)
def test_signs_where_there_can_be_none(
    what: str, tmp_path: Path, town: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    """What only the city can tell is told when the first run puts up the signs."""
    whole, (settings, wording) = City.open(town), SIGNS[what]
    buildings, amenities = whole["buildings"], whole["amenities"]
    bare = whole.edit(
        buildings=buildings.assign(use=buildings["use"].replace("school", "office")),
        amenities=amenities[amenities["kind"] != "school"].reset_index(drop=True),
    ).save(tmp_path / "bare")
    text = SCENARIO.replace("new_car_park: {spaces: 10}", f"ai_crosswalk: {{{settings}}}")
    code, said = typed([*asked(tmp_path, bare, text), "--workers", "1"])
    assert code == 1
    assert said.splitlines()[-1].startswith("dongne: run build/weekday/0 failed: ")
    assert wording in said.splitlines()[-1]
    assert not (tmp_path / "out" / "results.json").exists()


def test_an_alias_bomb(
    tmp_path: Path, town: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    code, said = typed(asked(tmp_path, town, bomb + SCENARIO))
    assert (code, len(said.splitlines())) == (1, 1), said
    assert "q.yaml:1: must have no anchors, got &a; write the value out" in said
    assert not (tmp_path / "out").exists()


def test_a_city_without_buildings(
    tmp_path: Path, town: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    whole = City.open(town)
    bare = {name: frame for name, frame in whole.layers.items() if name != "buildings"}
    bare["car_parks"] = bare["car_parks"].assign(building=-1)
    folder = replace(whole, layers=bare).save(tmp_path / "bare")
    code, said = typed(asked(tmp_path, folder, SCENARIO))
    assert (code, len(said.splitlines())) == (1, 1), said
    assert "buildings" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "wording"),
    [
        (["fly"], "No such command 'fly'. (see dongne --help)"),
        (["run"], "Missing argument 'SCENARIO'. (see dongne run --help)"),
        (["run", "a.yaml", "--workers", "0"], "0 is not in the range 1<=x<=256."),
        (["run", "a.yaml", "--lang", "fr"], "'fr' is not one of 'en', 'ko'."),
        (["city", "build", "a.osm"], "Missing option '--out'."),
    ],
)
def test_a_command_mistyped(
    words: list[str], wording: str, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    code, said = typed(words)
    assert (code, len(said.splitlines())) == (2, 1)
    assert wording in said


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, town: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    words = asked(tmp_path, town, SCENARIO)
    (tmp_path / "out").write_text("a file is in the way")
    code, said = typed(words)
    assert code == 1
    assert said == f"dongne: the output folder {tmp_path}/out cannot be written: File exists\n"
    assert (tmp_path / "out").read_text() == "a file is in the way"


def test_a_city_is_not_written_over_something_else(
    tmp_path: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    words = build(save(streets(), tmp_path))
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "thesis.txt").write_text("years of work")
    code, said = typed(words)
    assert code == 1
    assert said.splitlines()[-1].endswith("made exists and is not a city; nothing was written")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["thesis.txt"]


def test_a_disk_that_fills_up_during_the_runs(
    tmp_path: Path,
    town: Path,
    typed: Callable[[list[str]], tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = asked(tmp_path, town, SCENARIO)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    code, said = typed([*words, "--workers", "1", "--quiet"])
    assert code == 1
    assert "cannot store run base/weekday/0 in" in said
    assert "No space left on device" in said
    assert len(said.splitlines()) == 1
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert left == []


def test_a_disk_that_fills_up_while_results_are_written(tmp_path: Path, town: Path) -> None:
    """The system itself refuses to let a file grow, in a process of its own."""

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    words = asked(tmp_path, town, SCENARIO)
    done = subprocess.run(
        [sys.executable, "-m", "twin.cli", *words, "--workers", "1", "--quiet"],
        preexec_fn=small_files,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NUMBA_DISABLE_JIT": "0"},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "results.json" in done.stderr
    assert "File too large" in done.stderr
    names = [path.name for path in (tmp_path / "out").iterdir()]
    assert names == ["runs"]  # what was finished is kept
