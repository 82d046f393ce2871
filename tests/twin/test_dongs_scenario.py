"""Real dongs as the city of a scenario: read, written, described and made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from scenarios import solutions
from twin.experiment.study import open_city
from twin.scenario import CitySpec, Dongs, ScenarioError, read, schema, write

CITY = "{file: dongs.gpkg, names: [가동, 나동], residents: 4200, headway_min: 40, seed: 2}"
TEXT = f"""name: Two dongs
city: {{dongs: {CITY}}}
alternatives:
  build: [{{new_car_park: {{spaces: 10}}}}]
"""


def written(folder: Path, text: str = TEXT) -> Path:
    path = folder / "dongs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def dongs(folder: Path) -> None:
    outline = [shapely.box(x, 450_000, x + 2_000, 452_000) for x in (200_000, 203_000)]
    columns = {"dong_name": ["가동", "나동"], "dong_code": ["1", "2"], "population": 10_000}
    frame = gpd.GeoDataFrame({**columns, "households": 4_000}, geometry=outline, crs="EPSG:5186")
    frame.to_file(folder / "dongs.gpkg", layer="dongs")


def test_it_is_read_made_and_written(tmp_path: Path) -> None:
    scenario = read(written(tmp_path), solutions())
    assert scenario.city.dongs == Dongs(
        "dongs.gpkg", ("가동", "나동"), residents=4_200, headway_min=40.0, seed=2
    )
    dongs(tmp_path)
    city = open_city(scenario.city, scenario.folder)
    assert list(city["districts"]["population"]) == [2_100, 2_100]
    assert not city.synthetic
    again = read(write(scenario, tmp_path / "again.yaml"), solutions())
    assert again == scenario


def test_a_file_is_found_beside_the_scenario_or_in_the_folder_of_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = CitySpec(dongs=Dongs("dongs.gpkg", ("다동",)))
    monkeypatch.delenv("DONGNE_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=r"no file dongs\.gpkg in .*DONGNE_DATA names no"):
        open_city(spec, tmp_path)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("DONGNE_DATA", str(tmp_path / "data"))
    with pytest.raises(FileNotFoundError, match=r"no file dongs\.gpkg in .*, nor in .*data"):
        open_city(spec, tmp_path)
    dongs(tmp_path / "data")
    with pytest.raises(ValueError, match=r"dongs\.gpkg has no dong '다동'"):
        open_city(spec, tmp_path)


def test_a_scenario_elsewhere_names_the_same_file(tmp_path: Path) -> None:
    dongs(tmp_path)
    (tmp_path / "far").mkdir()
    moved = read(
        write(read(written(tmp_path), solutions()), tmp_path / "far" / "it.yaml"), solutions()
    )
    assert moved.city.dongs is not None
    assert moved.city.dongs.file == "../dongs.gpkg"


@pytest.mark.parametrize(
    ("city", "wording"),
    [
        ("{names: [가동]}", r"dongs must have 'file'; it has names"),
        ("{file: dongs.gpkg}", r"dongs must have 'names'; it has file"),
        ("{file: dongs.gpkg, names: []}", r"names must be a list of names of dongs, .* got"),
        (
            "{file: dongs.gpkg, names: 가동}",
            r"names must be a list of names of dongs, .* got '가동'",
        ),
        ("{file: dongs.gpkg, names: [11]}", r"must be text, got 11; put it in quotes"),
        ("{file: dongs.gpkg, names: [가동], school: a}", r"no 'school'; did you mean 'schools'\?"),
        (
            "{file: dongs.gpkg, names: [가동], headway_min: 1}",
            r"dongs\.headway_min must be in \[5, 240\] min, got 1",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, city: str, wording: str) -> None:
    with pytest.raises(ScenarioError, match=wording):
        read(written(tmp_path, TEXT.replace(CITY, city)), solutions())


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        (
            {"bundle": "songpa", "dongs": Dongs("a.gpkg", ("가동",))},
            "CitySpec must be a bundle or a new town, got a bundle and dongs",
        ),
        (
            {"residents": 5_000, "dongs": Dongs("a.gpkg", ("가동",))},
            "CitySpec must be real dongs or a new town, got dongs and residents",
        ),
    ],
)
def test_a_city_is_of_one_kind(arguments: dict[str, Any], wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        CitySpec(**arguments)


def test_dongs_need_a_file_and_a_name() -> None:
    with pytest.raises(ValueError, match=r"Dongs\.file must be the path of a file, got ''"):
        Dongs("", ("가동",))
    with pytest.raises(ValueError, match=r"Dongs\.names must name at least one dong, got none"):
        Dongs("a.gpkg", ())


def test_editors_are_told_its_settings() -> None:
    kinds = schema(solutions())["properties"]["city"]["oneOf"]
    (made,) = [kind for kind in kinds if "dongs" in kind.get("properties", {})]
    settings = made["properties"]["dongs"]
    assert settings["required"] == ["file", "names"]
    assert {"schools", "residents", "headway_min", "seed"} < set(settings["properties"])
