"""A city: its layers, parts of it, and its life on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from gis.city import City, Source
from gis.schema import validate
from tests.gis.grid_city import CRS, EAST, NORTH, grid_city


def corner(metres: float) -> shapely.Polygon:
    return shapely.box(EAST - 20, NORTH - 20, EAST + metres, NORTH + metres)


def test_an_unknown_layer_lists_the_layers_there_are() -> None:
    with pytest.raises(KeyError, match=r"Grid has no layer 'road'; its layers are: buildings, car"):
        grid_city()["road"]


def test_edit_puts_a_layer_in_place_and_leaves_the_city_as_it_was() -> None:
    city = grid_city()
    fewer = city["parks"].iloc[:0]
    assert len(city.edit(parks=fewer)["parks"]) == 0
    assert len(city["parks"]) == 1


def test_layers_cannot_be_changed_in_place() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        grid_city().layers["parks"] = None  # type: ignore[index]


def test_attribution_lines_are_shown_once_each() -> None:
    both = Source("a; b", "x", "A\nB")
    city = City(
        "c", CRS, {}, sources={"p": Source("a", "x", "A"), "q": both, "r": Source("", "", "")}
    )
    assert city.attributions() == ["A", "B"]


def test_a_clipped_city_keeps_to_the_schema_and_is_smaller() -> None:
    city = grid_city()
    part = city.clip(corner(120))
    validate(part)
    assert 0 < len(part["streets"]) < len(city["streets"])
    assert part.notes == city.notes
    assert part.sources == city.sources


def test_clipping_to_everything_changes_nothing_but_numbers_that_are_free() -> None:
    city = grid_city()
    part = city.clip(corner(1000))
    for name in ("streets", "junctions", "buildings", "car_parks", "crossings"):
        assert_geodataframe_equal(part[name], city[name], check_dtype=False)
    assert part["districts"]["population"].tolist() == [480]
    assert part["districts"]["origin"].tolist() == ["found"]


def test_references_point_at_the_same_things_after_clipping() -> None:
    city = grid_city()
    part = city.clip(corner(120), margin_m=15)
    streets, junctions = part["streets"], part["junctions"].geometry
    ends = shapely.get_point(streets.geometry.to_numpy(), 0)
    start = junctions.to_numpy()[streets["from_junction"]]
    assert (shapely.distance(ends, start) == 0).all()
    parks = part["car_parks"]
    homes = part["buildings"].geometry.to_numpy()[parks["building"]]
    assert shapely.distance(parks.geometry.to_numpy(), homes).max() < 5
    lanes = part["streets"].geometry.to_numpy()[part["crossings"]["street"]]
    assert shapely.distance(part["crossings"].geometry.to_numpy(), lanes).max() < 1e-9


def test_walking_nodes_and_ways_are_dense_after_clipping() -> None:
    part = grid_city().clip(corner(120))
    nodes = np.unique(part["footways"][["from_node", "to_node"]])
    assert nodes.tolist() == list(range(len(nodes)))
    ways = part["streets"]["way"]
    assert sorted(ways.unique()) == list(range(len(part["streets"]) // 2))
    assert (ways.value_counts() == 2).all()


def test_a_junction_that_lost_a_street_becomes_a_gate() -> None:
    city = grid_city()
    part = city.clip(corner(120))
    place = {
        (p.x, p.y): gate
        for p, gate in zip(part["junctions"].geometry, part["junctions"]["gate"], strict=True)
    }
    assert not place[EAST, NORTH]
    assert place[EAST + 200, NORTH]


def test_people_of_a_cut_district_follow_the_dwellings() -> None:
    city = grid_city()
    part = city.clip(corner(120))
    share = part["buildings"]["dwellings"].sum() / city["buildings"]["dwellings"].sum()
    assert part["districts"]["population"].tolist() == [round(480 * share)]
    assert part["districts"]["age_20"].iloc[0] == pytest.approx(48 * share)
    assert part["districts"]["origin"].tolist() == ["derived"]
    assert part["districts"].area.sum() == pytest.approx(140 * 140 - 0, rel=1e-9)


def test_without_dwellings_people_follow_the_area() -> None:
    city = grid_city()
    bare = City(
        city.name,
        CRS,
        {n: f for n, f in city.layers.items() if n not in ("buildings", "car_parks")},
    )
    part = bare.clip(shapely.box(EAST - 50, NORTH - 50, EAST + 150, NORTH + 350))
    assert part["districts"]["population"].tolist() == [240]


def test_rows_of_tables_go_with_their_streets() -> None:
    city = grid_city()
    part = city.clip(corner(40))
    turns = part.tables["turns"]
    assert len(turns) == 0 or turns["from_street"].max() < len(part["streets"])
    assert len(city.clip(corner(1000)).tables["turns"]) == 2


@pytest.mark.parametrize(
    ("area", "margin", "message"),
    [
        (shapely.Point(0, 0), 0, "the area to clip Grid to must be a polygon, got <POINT"),
        (shapely.Polygon(), 0, "must be a polygon"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), 0, "is not valid: Self-intersection"),
        (
            shapely.box(0, 0, 9, 9),
            0,
            r"holds no street of Grid: it covers 0, 0, 9, 9, the city 230000",
        ),
        (shapely.box(0, 0, 9, 9), -1, "margin_m must be at least 0 m, got -1"),
    ],
)
def test_an_area_that_cannot_be_clipped_to(area: object, margin: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grid_city().clip(area, margin)  # type: ignore[arg-type]


def test_a_saved_city_comes_back_whole(tmp_path: Path) -> None:
    city = grid_city()
    back = City.open(city.save(tmp_path / "deep" / "grid"))
    assert back.digest() == city.digest()
    for name, frame in city.layers.items():
        assert_geodataframe_equal(back[name], frame)
    pd.testing.assert_frame_equal(back.tables["turns"], city.tables["turns"])
    assert (back.name, back.crs, back.notes) == (city.name, city.crs, city.notes)
    assert dict(back.sources) == dict(city.sources)


def test_files_are_zstd_with_a_covering_box_and_no_absolute_path(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    folder = grid_city().save(tmp_path / "grid")
    file = pq.ParquetFile(folder / "layers" / "streets.parquet")
    geo = json.loads(file.metadata.metadata[b"geo"])
    assert "bbox" in geo["columns"]["geometry"]["covering"]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert str(tmp_path) not in (folder / "city.json").read_text(encoding="utf-8")
    assert json.loads((folder / "city.json").read_text(encoding="utf-8"))["schema"] == 1


def test_the_digest_sees_one_changed_value_and_one_moved_point() -> None:
    city = grid_city()
    lanes = city["streets"].assign(lanes=np.r_[2, np.ones(len(city["streets"]) - 1, int)])
    moved = city["junctions"].copy()
    moved.loc[0, "geometry"] = shapely.Point(EAST, NORTH + 0.001)
    digests = {
        city.digest(),
        city.edit(streets=lanes).digest(),
        city.edit(junctions=moved).digest(),
    }
    assert len(digests) == 3
    assert grid_city().digest() == city.digest()


def test_saving_again_replaces_the_city_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    grid_city(5).save(tmp_path / "grid")
    grid_city(3).save(tmp_path / "grid")
    assert len(City.open(tmp_path / "grid")["junctions"]) == 9
    assert [p.name for p in tmp_path.iterdir()] == ["grid"]


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="exists and is not a city; nothing was written"):
        grid_city().save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_full_disk_leaves_the_old_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = grid_city().save(tmp_path / "grid")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(OSError, match="cannot save the city: No space left on device") as error:
        grid_city(3).save(folder)
    assert error.value.errno == 28
    assert City.open(folder).digest() == grid_city().digest()
    assert [p.name for p in tmp_path.iterdir()] == ["grid"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot save the city: Not a directory"):
        grid_city().save(tmp_path / "file" / "grid")


def test_a_city_that_breaks_the_schema_is_not_saved(tmp_path: Path) -> None:
    city = grid_city()
    broken = city.edit(streets=city["streets"].assign(lanes=0))
    with pytest.raises(ValueError, match=r"streets\.lanes must be at least 1"):
        broken.save(tmp_path / "grid")
    assert not list(tmp_path.iterdir())


def test_opening_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        City.open(tmp_path / "none")
    with pytest.raises(ValueError, match=r"is not a city: it holds no city\.json"):
        City.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"city\.json is damaged"),
        ('{"schema": 1, "layers": []}', r"city\.json is damaged: 'tables'"),
        (
            '{"schema": 99, "layers": [], "tables": []}',
            "has schema 99; this program knows schemas up to 1",
        ),
        (
            '{"schema": 1, "layers": ["../x"], "tables": []}',
            "a layer must be named by a plain word",
        ),
        (
            '{"schema": 1, "layers": ["streets"], "tables": [], "name": "x", "crs": "EPSG:5186",'
            ' "synthetic": false, "sources": {}, "notes": []}',
            r"lacks layers/streets\.parquet",
        ),
        ('{"schema": 1, "layers": [], "tables": []}', r"city\.json is damaged: it lacks 'name'"),
    ],
)
def test_a_damaged_head_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "city.json").write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        City.open(tmp_path)


def test_a_truncated_layer_says_which(tmp_path: Path) -> None:
    folder = grid_city().save(tmp_path / "grid")
    file = folder / "layers" / "streets.parquet"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"streets\.parquet is damaged"):
        City.open(folder)


def test_people_outside_the_city_are_not_shared_into_a_part_of_it() -> None:
    city = grid_city()
    city = city.edit(districts=city["districts"].assign(share_in_area=0.5))
    part = city.clip(corner(120))
    share = part["buildings"]["dwellings"].sum() / city["buildings"]["dwellings"].sum()
    assert part["districts"]["population"].tolist() == [round(480 * 0.5 * share)]
    assert part["districts"]["share_in_area"].tolist() == [1.0]
