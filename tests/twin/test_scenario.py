"""Scenarios: what is written is what is read, and what is read is what a person meant."""

from __future__ import annotations

import pickle
import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.newtown import newtown
from tests.twin.toy_solutions import SOLUTIONS, CameraEnforcement, Enforcement, SharedParking
from twin.area import Area
from twin.experiment.study import prepare
from twin.scenario import CitySpec, Scenario, read, schema, solution_name, write
from twin.world.indicators import Counting

STATION = """\
name: Parking around the station
city: cities/songpa            # a bundle
start: 04:00
hours: 24
days: 1
day_types: {weekday: 250, holiday: 115}
base: []
alternatives:
  shared: [{shared_parking: {area: areas/station.geojson, spaces: 280, price_per_hour: 650}}]
  enforce: [{enforcement: {area: 잠실본동, patrols: 4}}]
replications: 30
"""
SMALL = """\
name: Small
city: {newtown: {residents: 5000, seed: 3}}
alternatives: {enforce: [{enforcement: }]}
"""


def _file(folder: Path, text: str, name: str = "scenario.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def station(tmp_path):
    return read(_file(tmp_path, STATION), SOLUTIONS)


def test_a_file_becomes_the_value_it_says(station, tmp_path):
    shared = SharedParking("areas/station.geojson", 280, 650.0)
    assert station == Scenario(
        "Parking around the station",
        CitySpec("cities/songpa"),
        base=(),
        alternatives={"shared": (shared,), "enforce": (Enforcement("잠실본동", 4),)},
        replications=30,
    )
    assert station.folder == tmp_path
    assert type(station.alternatives["shared"][0].price_per_hour) is float


def test_what_is_left_out_has_its_default(tmp_path):
    small = read(_file(tmp_path, SMALL), SOLUTIONS)
    assert small.city == CitySpec(residents=5000, seed=3)
    assert (small.start, small.hours, small.days, small.replications) == (14_400, 24.0, 1, 10)
    assert dict(small.day_types) == {"weekday": 250, "holiday": 115}
    assert (small.base, small.seed, small.programme) == ((), 1, None)
    assert small.alternatives["enforce"] == (Enforcement(),)


def test_plain_yaml_traps_are_read_as_meant(tmp_path):
    text = SMALL.replace("Small", "no") + "start: 07:30\nhours: 1e1\nprogramme: 1e\n"
    small = read(_file(tmp_path, text), SOLUTIONS)
    assert (small.name, small.start, small.hours, small.programme) == ("no", 27_000, 10.0, "1e")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_time_of_day_may_stand_in_quotes(tmp_path, quote):
    text = SMALL + f"start: {quote}07:30{quote}\n"
    assert read(_file(tmp_path, text), SOLUTIONS).start == 27_000


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path):
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + STATION.replace("\n", "\r\n").encode())
    assert read(path, SOLUTIONS) == read(_file(tmp_path, STATION), SOLUTIONS)


def test_an_alternative_stands_on_the_base():
    base = (Enforcement("city", 1),)
    scenario = Scenario("x", CitySpec(), base, {"more": (SharedParking("city"),)})
    assert scenario.solutions("base") == base
    assert scenario.solutions("more") == (*base, SharedParking("city"))
    with pytest.raises(KeyError, match="x has no alternative 'mroe'; it has: base, more"):
        scenario.solutions("mroe")


def test_a_scenario_is_frozen_and_can_be_sent_to_a_worker(station):
    with pytest.raises(FrozenInstanceError):
        station.name = "other"
    with pytest.raises(TypeError):
        station.alternatives["x"] = ()
    sent = pickle.loads(pickle.dumps(station))
    assert sent == station
    assert sent.folder == station.folder


def test_a_written_scenario_is_read_back_equal(station, tmp_path):
    assert read(write(station, tmp_path / "again.yaml"), SOLUTIONS) == station


def test_a_written_scenario_shows_each_setting_with_its_range(station, tmp_path):
    lines = write(station, tmp_path / "again.yaml").read_text(encoding="utf-8").splitlines()
    assert "        spaces: 280  # in [0, 500] spaces; spaces offered" in lines
    assert "        by_app: true  # true or false" in lines
    assert "        label: shared" in lines
    assert "start: 04:00" in lines
    assert "        area: 잠실본동" in lines


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@settings(max_examples=80, derandomize=True, database=None, deadline=None)
@given(
    name=WORDS,
    label=WORDS,
    price=st.floats(0, 10_000),
    start=st.integers(0, 1439),
    replications=st.integers(1, 10_000),
    alternative=st.from_regex(re.compile(r"\w[\w-]{0,20}"), fullmatch=True),
)
def test_any_scenario_survives_writing(name, label, price, start, replications, alternative):
    shared = SharedParking(area=label, price_per_hour=price, by_app=False, label=label)
    scenario = Scenario(
        name,
        CitySpec(label),
        base=(shared,),
        alternatives={"x" if alternative == "base" else alternative: (CameraEnforcement(),)},
        start=start * 60,
        day_types={"weekday": 250},
        replications=replications,
        programme=name,
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.yaml"
        assert read(write(replace(scenario, folder=Path(folder)), path), SOLUTIONS) == scenario


def test_paths_of_files_follow_a_scenario_to_another_folder(station, tmp_path):
    (tmp_path / "areas").mkdir()
    (tmp_path / "areas" / "station.geojson").write_text("{}")
    (tmp_path / "out").mkdir()
    moved = read(write(station, tmp_path / "out" / "copy.yaml"), SOLUTIONS)
    assert moved.alternatives["shared"][0].area == "../areas/station.geojson"
    assert moved.alternatives["enforce"][0].area == "잠실본동"
    assert moved.city.bundle == "cities/songpa"  # not there: left as it is


def test_writing_replaces_the_file_whole_or_not_at_all(station, tmp_path):
    path = _file(tmp_path, "old")
    odd = Scenario("odd", CitySpec(), (), station.alternatives, start=61)
    with pytest.raises(ValueError, match=r"start must be a whole minute in a file, got 61"):
        write(odd, path)
    assert path.read_text() == "old"
    write(station, path)
    assert [p.name for p in tmp_path.iterdir()] == ["scenario.yaml"]


def test_an_area_that_was_looked_up_cannot_be_written(station, tmp_path):
    square = Area("centre", shapely.box(0, 0, 9, 9))
    looked_up = replace(station, base=(SharedParking(square),))
    message = r"SharedParking.area must be text in a file, got one .*Area\(name='centre'"
    with pytest.raises(ValueError, match=message):
        write(looked_up, tmp_path / "a.yaml")
    assert not (tmp_path / "a.yaml").exists()


def test_writing_where_no_file_can_be_leaves_nothing(station, tmp_path):
    with pytest.raises(FileNotFoundError):
        write(station, tmp_path / "missing" / "a.yaml")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(station, tmp_path / "folder.yaml")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.yaml", "scenario.yaml"]


def test_extends_takes_what_a_file_leaves_out_from_one_other(station, tmp_path):
    text = "extends: scenario.yaml\nname: Fewer\nreplications: 3\n"
    fewer = read(_file(tmp_path, text, "fewer.yaml"), SOLUTIONS)
    assert (fewer.name, fewer.replications) == ("Fewer", 3)
    assert fewer.alternatives == station.alternatives


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (SharedParking, "shared_parking"),
        (type("DRT", (), {}), "drt"),
        (type("LEDLighting2", (), {}), "led_lighting2"),
    ],
)
def test_a_solution_is_named_after_its_class(cls, name):
    assert solution_name(cls) == name


def test_the_schema_says_what_the_reader_allows():
    whole = schema(SOLUTIONS)
    assert set(whole["properties"]) == {
        *("extends", "name", "city", "base", "alternatives", "start", "hours", "days"),
        *("day_types", "replications", "seed", "queues", "everybody", "programme", "counting"),
    }
    assert not whole["additionalProperties"]
    items = {
        i["required"][0]: i["properties"] for i in whole["properties"]["base"]["items"]["oneOf"]
    }
    assert set(items) == set(SOLUTIONS)
    shared = items["shared_parking"]["shared_parking"]
    assert shared["required"] == ["area"]
    assert shared["description"] == "Private spaces opened to others."
    assert shared["properties"]["spaces"] == {
        "type": "integer",
        "default": 280,
        "minimum": 0,
        "maximum": 500,
        "description": "spaces offered; spaces; a trial",
    }
    assert shared["properties"]["price_per_hour"]["description"] == "KRW/h; assumption"
    assert whole["properties"]["replications"]["maximum"] == 10_000
    pattern = re.compile(whole["properties"]["start"]["pattern"])
    assert pattern.search("04:00")
    assert not pattern.search("24:00")


def test_the_counting_protocol_is_read_written_and_lived(tmp_path):
    text = SMALL + "counting: {rounds_h: [14, 26.5], reference_h: 22}\n"
    scenario = read(_file(tmp_path, text), SOLUTIONS)
    assert scenario.counting == Counting((14.0, 26.5), 22.0)
    assert read(write(scenario, tmp_path / "again.yaml"), SOLUTIONS) == scenario
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    empty = replace(scenario, alternatives={"nothing": ()})
    assert prepare(empty, newtown(2_000)).counting == scenario.counting
    assert prepare(replace(empty, counting=None), newtown(2_000)).counting == Counting()
    usual = read(_file(tmp_path, SMALL + "counting: {reference_h: 9}\n"), SOLUTIONS)
    assert usual.counting == Counting(reference_h=9.0)


def test_the_schema_knows_the_counting_protocol():
    known = schema(SOLUTIONS)["properties"]["counting"]
    assert known["properties"]["rounds_h"]["default"] == [10.0, 14.0, 17.0, 21.0]
    assert not known["additionalProperties"]


BAD = [
    (
        {"counting": Counting(rounds_h=())},
        "Scenario.counting.rounds_h must name at least one hour, got none",
    ),
    ({"name": " "}, "Scenario.name must be text, got ' '"),
    ({"hours": 25.0}, r"Scenario.hours must be in \[0.25, 24\] h, got 25"),
    ({"days": 0}, r"Scenario.days must be in \[1, 90\] days, got 0"),
    ({"days": 2, "hours": 8}, "Scenario.hours must be 24 where days are 2 in a row, got 8"),
    ({"replications": 2.0}, "Scenario.replications must be an integer, got 2.0"),
    ({"seed": -1}, r"Scenario.seed must be in \[0, 4294967295\], got -1"),
    (
        {"day_types": {"sunday": 52}},
        "day_types must be among weekday, holiday, got 'sunday'",
    ),
    ({"day_types": {}}, "Scenario.day_types must be among weekday, holiday, got none"),
    ({"day_types": {"weekday": 400}}, "must be 1 to 366 days a year in all, got weekday 400"),
    ({"alternatives": {"base": ()}}, "the name of an alternative must be .* not base, got 'base'"),
    ({"alternatives": {"../up": ()}}, r"the name of an alternative must be letters, .*'../up'"),
    (
        {"alternatives": {"both": (Enforcement(), CameraEnforcement())}},
        "Scenario.alternatives.both: enforcement and camera_enforcement both replace the policy "
        "'parking.tickets'; one alternative may have one, what stands in the base counted in",
    ),
    (
        {"base": (CameraEnforcement(),), "alternatives": {"more": (Enforcement(),)}},
        "Scenario.alternatives.more: camera_enforcement and enforcement both replace the policy",
    ),
    (
        {"base": (Enforcement(), Enforcement())},
        "Scenario.base: enforcement and enforcement both replace the policy 'parking.tickets'",
    ),
]


@pytest.mark.parametrize(("changed", "message"), BAD)
def test_a_wrong_value_in_code_is_refused(changed, message):
    right = {"name": "x", "city": CitySpec(), "base": (), "alternatives": {}}
    with pytest.raises(ValueError, match=message):
        Scenario(**{**right, **changed})


def test_a_city_is_a_bundle_or_a_new_town():
    with pytest.raises(ValueError, match=r"CitySpec.residents must be in \[2000, 400000\]"):
        CitySpec(residents=100)
    with pytest.raises(ValueError, match="a bundle or a new town, got a bundle and residents"):
        CitySpec("cities/songpa", residents=3000)
    with pytest.raises(ValueError, match=r"CitySpec.bundle must be the path of a city, got ''"):
        CitySpec("")
