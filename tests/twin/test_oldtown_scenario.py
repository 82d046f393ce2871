"""An old quarter as the city of a scenario: read, written, described and made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scenarios import solutions
from twin.experiment.study import open_city
from twin.scenario import CitySpec, OldTown, ScenarioError, read, schema, write

TEXT = """name: An old quarter
city: {oldtown: {residents: 700, spaces: 20, seed: 2}}
alternatives:
  build: [{new_car_park: {spaces: 10}}]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "quarter.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_is_read_made_and_written(tmp_path: Path) -> None:
    scenario = read(written(tmp_path, TEXT), solutions())
    assert scenario.city == CitySpec(oldtown=OldTown(residents=700, spaces=20, seed=2))
    city = open_city(scenario.city, tmp_path)
    assert city.synthetic
    assert city["districts"]["population"].sum() == 700
    assert read(write(scenario, tmp_path / "again.yaml"), solutions()) == scenario


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    text = TEXT.replace("{residents: 700, spaces: 20, seed: 2}", "{}")
    assert read(written(tmp_path, text), solutions()).city.oldtown == OldTown()


def test_two_kinds_of_city_are_refused(tmp_path: Path) -> None:
    text = TEXT.replace("{oldtown: {", "{newtown: {}, oldtown: {")
    wording = re.escape("city must be the path of a city, {newtown: {residents: 20000}}, {old")
    with pytest.raises(ScenarioError, match=wording):
        read(written(tmp_path, text), solutions())


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        (
            {"bundle": "songpa", "oldtown": OldTown()},
            "CitySpec must be a bundle or a new town, got a bundle and oldtown",
        ),
        (
            {"residents": 5_000, "oldtown": OldTown()},
            "CitySpec must be an old town or a new town, got oldtown and residents",
        ),
    ],
)
def test_a_city_is_of_one_kind(arguments: dict[str, Any], wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        CitySpec(**arguments)


def test_editors_are_told_its_settings() -> None:
    kinds = schema(solutions())["properties"]["city"]["oneOf"]
    (old,) = [kind for kind in kinds if "oldtown" in kind.get("properties", {})]
    settings = old["properties"]["oldtown"]["properties"]
    assert set(settings) == {"residents", "spaces", "seed"}
    assert (settings["residents"]["minimum"], settings["residents"]["maximum"]) == (500, 5_000)
