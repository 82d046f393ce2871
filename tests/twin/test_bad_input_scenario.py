"""Bad scenario files: each gives one line with file, line, what is wrong and what is allowed."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.toy_solutions import SOLUTIONS
from twin.scenario import ScenarioError, read
from twin.scenario.strict_yaml import load

GOOD = """\
name: Station
city: cities/songpa
start: 04:00
hours: 24
day_types: {weekday: 250, holiday: 115}
base: []
alternatives:
  shared:
    - shared_parking:
        area: station.geojson
        spaces: 280
  enforce: [{enforcement: {patrols: 4}}]
replications: 30
"""


def _changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


# What is wrong: the text, the line that must be named (0: the file alone), and the message.
BAD = {
    "unknown key": (
        _changed("replications", "replicatons"),
        13,
        r"a scenario has no 'replicatons'; did you mean 'replications'\? There are: alternatives, "
        r"base, city, counting, day_types, days, everybody, extends, hours, name, programme, "
        r"queues, replications, seed, start",
    ),
    "unknown setting": (
        _changed("spaces: 280", "space: 280"),
        11,
        r"shared_parking has no 'space'; did you mean 'spaces'\? There are: area, by_app, label, "
        r"price_per_hour, spaces",
    ),
    "a key nobody could have meant": (
        _changed("spaces: 280", "q: 1"),
        11,
        r"shared_parking has no 'q'; There are: area, by_app, label, price_per_hour, spaces",
    ),
    "unknown solution": (
        _changed("shared_parking", "share_parking"),
        9,
        r"there is no solution 'share_parking'; did you mean 'shared_parking'\? There are: "
        r"camera_enforcement, enforcement, shared_parking",
    ),
    "unknown day type": (
        _changed("holiday", "holyday"),
        5,
        r"day_types has no 'holyday'; did you mean 'holiday'\? There are: holiday, weekday",
    ),
    "out of range": (
        _changed("280", "-3"),
        11,
        r"SharedParking.spaces must be in \[0, 500\] spaces, got -3",
    ),
    "not a number": (
        _changed("280", "280\n        price_per_hour: .nan"),
        12,
        r"SharedParking.price_per_hour must be in \[0, 10000\] KRW/h, got nan",
    ),
    "a fraction for a count": (
        _changed("280", "2.5"),
        11,
        "SharedParking.spaces must be an integer, got 2.5",
    ),
    "a number with a leading zero": (
        _changed("280", "0280"),
        11,
        "SharedParking.spaces must be an integer, got '0280'",
    ),
    "a number with underscores": (
        _changed("280", "1_0"),
        11,
        "SharedParking.spaces must be an integer, got '1_0'",
    ),
    "a time for a number": (
        _changed("hours: 24", "hours: 12:30"),
        4,
        "Scenario.hours must be a number, got 12:30",
    ),
    "a number for a time": (
        _changed("04:00", "4"),
        3,
        "start must be a time of day, 04:00, got 4",
    ),
    "no such time in quotes": (
        _changed("04:00", '"24:10"'),
        3,
        "start must be a time of day, 04:00, got '24:10'",
    ),
    "no such time": (
        _changed("04:00", "24:10"),
        3,
        "a time of day must be in 00:00 to 23:59, got 24:10; put it in quotes if it is text",
    ),
    "yes for true": (
        _changed("spaces: 280", "by_app: yes"),
        11,
        "SharedParking.by_app must be true or false, got 'yes'",
    ),
    "true for a number": (
        _changed("280", "true"),
        11,
        "SharedParking.spaces must be an integer, got true",
    ),
    "a list for a number": (
        _changed("280", "[1, 2]"),
        11,
        "SharedParking.spaces must be an integer, got a list",
    ),
    "nothing for a number": (
        _changed("280", ""),
        11,
        "SharedParking.spaces must be an integer, got nothing",
    ),
    "a number for text": (
        _changed("Station", "12"),
        1,
        "name must be text, got 12; put it in quotes",
    ),
    "a mapping for an area": (
        _changed("station.geojson", "{x: 1}"),
        10,
        "area must be text, got a mapping",
    ),
    "a missing setting": (
        _changed("        area: station.geojson\n", ""),
        9,
        "shared_parking must have 'area'; its settings are area, spaces, price_per_hour, by_app, "
        "label",
    ),
    "a missing key": (
        _changed("city: cities/songpa\n", ""),
        1,
        "a scenario must have 'city'; it has name, start, hours, day_types, base, alternatives, "
        "replications",
    ),
    "a solution's own rule": (
        _changed("patrols: 4", "patrols: 13"),
        12,
        "Enforcement.patrols must not be 13, got 13",
    ),
    "two solutions in one item": (
        _changed("{enforcement: {patrols: 4}}", "{enforcement: , shared_parking: }"),
        12,
        r"a solution must be one key, \{solution: \{...\}\}, got 2 keys: enforcement, "
        "shared_parking",
    ),
    "a name for a solution": (
        _changed("{enforcement: {patrols: 4}}", "enforcement"),
        12,
        r"a solution must be one key, \{solution: \{...\}\}, got 'enforcement'",
    ),
    "no list of solutions": (
        _changed("[{enforcement: {patrols: 4}}]", "{enforcement: {patrols: 4}}"),
        12,
        r"enforce must be a list of solutions, \[\{solution: \{setting: value\}\}\], got a mapping",
    ),
    "settings that are a list": (
        _changed("{patrols: 4}", "[4]"),
        12,
        "enforcement must be a mapping of keys to values, got a list",
    ),
    "an hour of counting that is not lived": (
        _changed("base: []", "base: []\ncounting: {rounds_h: [2]}"),
        7,
        r"Scenario.counting.rounds_h must be from 4 to before 28, the hours lived \(02:00 the next "
        r"day is 26\), got 2",
    ),
    "no hour of counting": (
        _changed("base: []", "base: []\ncounting: {rounds_h: []}"),
        7,
        "Scenario.counting.rounds_h must name at least one hour, got none",
    ),
    "hours of counting that are no list": (
        _changed("base: []", "base: []\ncounting: {rounds_h: 14}"),
        7,
        r"counting.rounds_h must be a list of hours, \[10, 14.5\], got 14",
    ),
    "a reference that is no number": (
        _changed("base: []", "base: []\ncounting: {reference_h: noon}"),
        7,
        "counting.reference_h must be an hour, 14.5, got 'noon'",
    ),
    "a word that counting does not know": (
        _changed("base: []", "base: []\ncounting: {rounds: [14]}"),
        7,
        "counting has no 'rounds'; did you mean 'rounds_h'",
    ),
    "the same policy twice": (
        _changed("[{enforcement: {patrols: 4}}]", "[{enforcement: }, {camera_enforcement: }]"),
        12,
        "enforce: enforcement and camera_enforcement both replace the policy 'parking.tickets'; "
        "one alternative may have one",
    ),
    "the same policy in the base": (
        _changed("base: []", "base: [{camera_enforcement: }]"),
        12,
        "enforce: camera_enforcement and enforcement both replace the policy 'parking.tickets'; "
        "one alternative may have one",
    ),
    "the same policy twice in the base": (
        _changed("base: []", "base: [{enforcement: }, {enforcement: }]"),
        6,
        "base: enforcement and enforcement both replace the policy 'parking.tickets'; "
        "one alternative may have one",
    ),
    "a duplicate key": (
        GOOD + "hours: 12\n",
        14,
        "hours is given twice, first on line 4",
    ),
    "a duplicate deep down": (
        _changed("spaces: 280", "spaces: 280\n        spaces: 5"),
        12,
        r"alternatives.shared\[0\].shared_parking.spaces is given twice, first on line 11",
    ),
    "an alternative twice": (
        _changed("  enforce:", "  shared: []\n  enforce:"),
        12,
        "alternatives.shared is given twice, first on line 8",
    ),
    "an anchor": (
        _changed("name: Station", "name: &n Station"),
        1,
        "must have no anchors, got &n; write the value out",
    ),
    "an alias": (
        "name: *n\n",
        1,
        r"must have no aliases, got \*n; write the value out",
    ),
    "an alias bomb": (
        "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghi")),
        1,
        "must have no anchors, got &a; write the value out",
    ),
    "a tag that runs code": (
        "name: !!python/object/apply:os.system [ls]\n",
        1,
        "must have no tags, got tag:yaml.org,2002:python/object/apply:os.system",
    ),
    "two documents": (GOOD + "---\na: 1\n", 14, "must be one document, got another after '---'"),
    "deep nesting": ("[" * 5000, 1, "must be at most 20 levels deep"),
    "a tab": (
        _changed("        spaces", "\tspaces"),
        11,
        "must be indented with spaces, got a tab",
    ),
    "not YAML": ("name: [Station\ncity: x\n", 2, "not YAML: "),
    "a stray colon": (
        "name: a: b\n",
        1,
        "not YAML: mapping values are not allowed in",
    ),
    "an empty file": ("", 1, "a scenario must be a mapping of keys to values, the file is empty"),
    "only comments": (
        "# hello\n",
        1,
        "a scenario must be a mapping of keys to values, the file is",
    ),
    "a list": ("- a\n- b\n", 1, "a scenario must be a mapping of keys to values, got a list"),
    "text": ("hello\n", 1, "a scenario must be a mapping of keys to values, got 'hello'"),
    "a key that is no text": (
        _changed("base", "12"),
        6,
        "a key must be text, got 12; put it in",
    ),
    "a key that is a list": ("? [a]\n: 1\n", 1, "a key must be text, got a list or mapping"),
    "an unknown kind of city": (
        _changed("cities/songpa", "{newtwon: {}}"),
        2,
        r"city must be the path of a city, \{newtown: \{residents: 20000\}\}, "
        r"\{oldtown: \{\}\} or \{dongs:",
    ),
    "a new town too small": (
        _changed("cities/songpa", "{newtown: {residents: 10}}"),
        2,
        r"newtown.residents must be in \[2000, 400000\] residents, got 10",
    ),
    "a new town's unknown key": (
        _changed("cities/songpa", "{newtown: {seeds: 10}}"),
        2,
        r"newtown has no 'seeds'; did you mean 'seed'\? There are: residents, seed",
    ),
    "an old town too small": (
        _changed("cities/songpa", "{oldtown: {residents: 10}}"),
        2,
        r"oldtown.residents must be in \[500, 5000\] residents, got 10",
    ),
    "an old town's unknown key": (
        _changed("cities/songpa", "{oldtown: {space: 10}}"),
        2,
        r"oldtown has no 'space'; did you mean 'spaces'\? There are: residents, seed, spaces",
    ),
    "no alternatives": (
        GOOD[: GOOD.index("  shared:")],
        7,
        "alternatives must hold at least one alternative, got none",
    ),
    "an alternative called base": (
        _changed("  enforce:", "  base:"),
        12,
        "the name of an alternative must be letters, .* and not base, got 'base'",
    ),
    "an alternative called like a path": (
        _changed("  enforce:", "  ../x:"),
        12,
        r"the name of an alternative must be letters, digits, _ and - .* got '../x'",
    ),
    "days of a year": (
        _changed("250", "400"),
        5,
        "Scenario.day_types must be 1 to 366 days a year in all, got weekday 400, holiday 115",
    ),
    "a fraction of days": (
        _changed("250", "2.5"),
        5,
        "day_types.weekday must be an integer, days of a year, got 2.5",
    ),
    "zero replications": (
        _changed("replications: 30", "replications: 0"),
        13,
        r"Scenario.replications must be in \[1, 10000\], got 0",
    ),
    "a number too long": (
        _changed("replications: 30", "replications: " + "9" * 5000),
        13,
        r"Scenario.replications must be an integer, got '9+\.\.\.'",
    ),
    "a line end in a key": (GOOD + '"x\\ny": 1\n', 14, r"a scenario has no 'x\\ny'; There are"),
    "extends a folder": (
        "extends: ../other.yaml\n",
        1,
        "extends must be a file in the same folder, got '../other.yaml'",
    ),
    "extends nothing": (
        "extends: other.yaml\n",
        1,
        "extends must be a scenario file, there is no 'other.yaml'",
    ),
    "extends itself": (
        "extends: bad.yaml\n",
        1,
        "a scenario that bad.yaml extends must not extend another",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gives_one_line_that_says_where_and_what(tmp_path, case):
    text, line, message = BAD[case]
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read(path, SOLUTIONS)
    said = str(caught.value)
    assert said.startswith(f"{path}:{line}: ")
    assert re.match(message, said.removeprefix(f"{path}:{line}: ")), said
    assert "\n" not in said


def test_the_file_they_are_made_from_is_good(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert read(path, SOLUTIONS).name == "Station"


def test_a_fault_in_what_is_missing_is_at_the_line_above_it(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"good.yaml:7: no such thing"):
        load(path).fail(("alternatives", "other", 3), "no such thing")


def test_an_error_in_the_extended_file_names_that_file(tmp_path):
    (tmp_path / "parent.yaml").write_text(_changed("280", "-3"))
    (tmp_path / "child.yaml").write_text("extends: parent.yaml\nname: Child\n")
    with pytest.raises(ScenarioError, match=r"parent.yaml:11: SharedParking.spaces must be in"):
        read(tmp_path / "child.yaml", SOLUTIONS)


BYTES = {
    "binary": (b"\x7fELF\x00\x01", 1, r"must be text, got the control character U\+007F"),
    "a NUL": (b"name: x\ncity: \x00\n", 2, r"must be text, got the control character U\+0000"),
    "cp949": (b"name: x\n# " + "송파".encode("cp949"), 2, "must be text in UTF-8, is not"),
    "UTF-16": ("name: x".encode("utf-16"), 1, "must be text in UTF-8, is not"),
}


@pytest.mark.parametrize("case", BYTES)
def test_a_file_that_is_no_text_is_refused(tmp_path, case):
    data, line, message = BYTES[case]
    path = tmp_path / "bad.yaml"
    path.write_bytes(data)
    with pytest.raises(ScenarioError, match=rf"bad.yaml:{line}: {message}"):
        read(path, SOLUTIONS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ScenarioError, match=r"none.yaml: no such file$"):
        read(tmp_path / "none.yaml", SOLUTIONS)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="must be a file, got a folder or a device"):
        read(tmp_path, SOLUTIONS)


def test_a_device_is_never_read():
    with pytest.raises(ScenarioError, match="/dev/zero: must be a file, got a folder or a device"):
        read("/dev/zero", SOLUTIONS)


def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = tmp_path / "locked.yaml"
    path.write_text(GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    with pytest.raises(ScenarioError, match=r"locked.yaml: cannot be read: Permission denied"):
        read(path, SOLUTIONS)


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.truncate(10**12)  # sparse: takes no room
    with pytest.raises(ScenarioError, match=r"huge.yaml: must be at most 1 MB of YAML, is larger"):
        read(path, SOLUTIONS)


SIGNS = "a:-[]{}#&*!|>'\"%@,? \n\t0.~"


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(
    at=st.integers(0, len(GOOD)),
    cut=st.integers(0, 12),
    put=st.text(SIGNS, max_size=4),
)
def test_whatever_is_broken_the_error_is_one_line(at, cut, put):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "broken.yaml"
        path.write_text(GOOD[:at] + put + GOOD[at + cut :], encoding="utf-8")
        try:
            read(path, SOLUTIONS)
        except ScenarioError as error:
            assert re.fullmatch(r".*broken\.yaml:\d+: .+", str(error))  # noqa: PT017
