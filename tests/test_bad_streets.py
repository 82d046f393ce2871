"""Streets, signals, timetables and demand that a user gets wrong, typed at the command line.

Each is answered by one line, or by a fallback that is counted and shown.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.city import City
from tests.gis.crossroads import crossroads
from tests.gis.test_bad_input_gis import save, streets
from tests.test_bad_input import SCENARIO, Make, asked, build


def signalled(folder: Path, **streets: object) -> Path:
    """Save a T of streets with a signal, its columns as given, and return the file."""
    city, path = crossroads((0.0, 180.0, 270.0), lanes=2, signal=True), folder / "t.gpkg"
    for name in ("streets", "junctions"):
        frame = city[name].drop(columns=["origin"]).assign(source_id=np.arange(len(city[name])))
        fresh = frame.assign(**streets) if name == "streets" else frame
        moved = fresh.set_geometry(fresh.translate(230_000.0, 417_000.0), crs="EPSG:5186")
        moved.to_file(path, layer=name)
    return path


def fewer_lanes_than_none(folder: Path) -> list[str]:
    return build(signalled(folder, lanes=[-1, 2, 2, 2, 2, 2]))


def backwards(folder: Path) -> list[str]:
    return build(signalled(folder, speed_kmh=-5.0))


def a_plan_of_no_time(folder: Path) -> list[str]:
    path = signalled(folder)
    turns = pd.DataFrame({"junction": [0], "from_street": 0, "to_street": 3, "control": "signal"})
    plan = pd.DataFrame({"junction": [0], "from_s": 0, "to_s": 86_400, "plan": 0, "offset_s": 0})
    pyogrio.write_dataframe(turns, path, layer="turns")
    pyogrio.write_dataframe(plan.assign(cycle_s=0), path, layer="signal_plans")
    return build(path)


def timetable(folder: Path, *lacking: str) -> Path:
    """Save the tables of a timetable, less some, as empty as may be."""
    feed = folder / "feed"
    feed.mkdir()
    for name in ("stops", "routes", "trips", "stop_times", "calendar"):
        if name not in lacking:
            (feed / f"{name}.txt").write_text("")
    return feed


def without_a_table(name: str) -> Make:
    return lambda folder: build(save(streets(), folder), timetable(folder, name))


REFUSED: dict[str, tuple[Make, str]] = {
    "fewer lanes than none": (
        fewer_lanes_than_none,
        "streets.lanes must be at least 1 lanes, got -1 in row 0",
    ),
    "a speed below zero": (
        backwards,
        "streets.speed_kmh must be at least 1 km/h, got -5.0 in row 0 (6 rows in all)",
    ),
    "a signal plan that takes no time": (
        a_plan_of_no_time,
        "signal_plans.cycle_s must be at least 10 s, got 0 in row 0",
    ),
    **{
        f"a timetable without {name}": (without_a_table(name), f"feed lacks {name}.txt")
        for name in ("stops", "routes", "trips", "stop_times", "calendar")
    },
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_city_of_bad_streets(
    what: str, tmp_path: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    make, wording = REFUSED[what]
    code, said = typed(make(tmp_path))
    assert (code, len(said.splitlines())) == (1, 1), said
    assert wording in said
    assert not (tmp_path / "made").exists()


def test_signals_without_plans_get_some_and_it_is_told(
    tmp_path: Path, told: Callable[[list[str]], str]
) -> None:
    wording = "signals: plans at 1 junctions, 0 found and 1 filled in; 6 of 9 turns obey them"
    assert wording in told(build(signalled(tmp_path)))
    assert wording in told(["city", "info", str(tmp_path / "made")])


def test_zero_lanes_and_zero_speed_are_taken_as_unknown_and_counted(
    tmp_path: Path, told: Callable[[list[str]], str]
) -> None:
    said = told(build(signalled(tmp_path, lanes=[0, 0, 2, 2, 2, 2], speed_kmh=0.0)))
    assert "streets.lanes 6 67% 33% 0%" in said
    assert "streets.speed_kmh 6 0% 100% 0%" in said
    assert "streets: lanes is 0 in 2 of 6 rows, taken as unknown and filled in by rule" in said
    assert "streets: speed_kmh is 0 in 6 of 6 rows, taken as unknown and filled in" in said


def test_a_signal_whose_turns_are_not_there_is_counted(
    tmp_path: Path, told: Callable[[list[str]], str]
) -> None:
    path = signalled(tmp_path)
    turns = pd.DataFrame({"junction": 0, "from_street": [0, 0], "to_street": [3, 2]})
    plan = pd.DataFrame({"junction": [0], "from_s": 0, "to_s": 86_400, "plan": 0, "cycle_s": 90})
    greens = pd.DataFrame({"junction": 0, "plan": 0, "turn": [0, 99], "from_s": 0, "to_s": 30})
    tables = {
        "turns": turns.assign(control="signal"), "signal_plans": plan.assign(offset_s=0),
        "signal_greens": greens.assign(permissive=False),
    }  # fmt: skip
    for name, table in tables.items():
        pyogrio.write_dataframe(table, path, layer=name)
    said = told(build(path))
    assert "turns: 1 of 2 rows left out, since they do not lead from one street into ano" in said
    assert "signal_greens: 1 of 2 rows left out, since their turn is not there" in said


def test_places_that_no_trip_can_reach_are_counted(
    tmp_path: Path, told: Callable[[list[str]], str]
) -> None:
    far = streets().iloc[:4].translate(0.0, 3_000.0)
    both = gpd.GeoDataFrame(geometry=[*streets().geometry, *far], crs="EPSG:5186")
    said = told(build(save(both, tmp_path)))
    assert "are in the largest part where every place reaches every other; trips stay in it" in said


def houses(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    """Return houses of ten metres, east and north of the middle of the streets, m."""
    middle = streets().union_all().centroid
    shapes = [
        shapely.box(middle.x + x, middle.y + y, middle.x + x + 10.0, middle.y + y + 10.0)
        for x, y in places
    ]
    return gpd.GeoDataFrame({"use": ["house"] * len(shapes)}, geometry=shapes, crs="EPSG:5186")


def test_places_far_from_any_street_or_at_one_that_leads_nowhere_are_counted(
    tmp_path: Path, told: Callable[[list[str]], str]
) -> None:
    far = streets().iloc[:4].translate(0.0, 3_000.0)
    both = gpd.GeoDataFrame(geometry=[*streets().geometry, *far], crs="EPSG:5186")
    path = save(both, tmp_path)
    beyond, cut_off = (0.0, 1_500.0), (0.0, 3_000.0)
    houses((0.0, 0.0), beyond, beyond, cut_off).to_file(path, layer="buildings")
    said = told(build(path))
    assert "buildings: 2 of 4 found are more than 500 m from any street; trips to them" in said
    assert (
        "buildings: 1 of 4 found are nearest to streets that cannot be reached and left again"
        in said
    )


def test_a_saved_city_that_was_spoilt_is_refused(
    tmp_path: Path, town: Path, typed: Callable[[list[str]], tuple[int, str]]
) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(town, spoilt)
    path = next((spoilt / "layers").glob("streets.*"))
    frame = gpd.read_parquet(path)
    frame.assign(speed_kmh=frame["speed_kmh"].where(frame.index > 0, 0.0)).to_parquet(path)
    code, said = typed(["city", "info", str(spoilt)])
    assert (code, len(said.splitlines())) == (1, 1), said
    assert "streets.speed_kmh must be at least 1 km/h, got 0.0 in row 0" in said


JAM = SCENARIO.replace("hours: 24\nstart: 04:00", "queues: true\nhours: 2\nstart: 07:00")


def test_ten_times_the_demand_jams_and_the_verdict_says_how_often_cars_squeezed(
    tmp_path: Path, town: Path, told: Callable[[list[str]], str]
) -> None:
    city = City.open(town)
    people = city["districts"].columns[
        city["districts"].columns.str.fullmatch(r"population|households|age_\d+")
    ]
    ten = {name: 10 * city["districts"][name] for name in people}
    buildings = city["buildings"]
    crowd = city.edit(
        districts=city["districts"].assign(**ten),
        buildings=buildings.assign(
            jobs=10 * buildings["jobs"], floor_area_m2=10 * buildings["floor_area_m2"]
        ),
    )
    words = asked(tmp_path, crowd.save(tmp_path / "crowd"), JAM)
    said = told([*words, "--workers", "1", "--quiet"])
    found = re.search(r"([\d,]+) times a run a car stuck for too long squeezed", said)
    assert found is not None, said
    assert said.index("The streets are jammed: these numbers are not to be used") < found.start()
    assert "B/C" not in said
    assert "benefit-cost ratio  " not in said
    values = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    squeezes = values["provenance"]["squeezes_a_run"]
    assert squeezes > 100
    assert int(found[1].replace(",", "")) > 100
    assert values["provenance"]["waiting_to_join_at_the_end"] > 100
    assert values["appraisal"] == {}
    assert max(values["provenance"]["base_routes_gap"].values()) < 0.5
    assert "The streets are jammed" in (tmp_path / "out" / "report.html").read_text("utf-8")
