"""What a city refuses, and in which words."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.readers.build import read
from gis.readers.vector import read_vector
from tests.conftest import data_file
from tests.gis.grid_city import CRS, EAST, NORTH, grid_city


def streets() -> gpd.GeoDataFrame:
    return grid_city()["streets"].iloc[::2][["geometry"]].assign(name="")


def save_bare(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    """Save a shapefile that names no coordinate system."""
    frame.to_file(folder / "streets.shp")
    (folder / "streets.prj").unlink()
    return folder / "streets.shp"


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return frame.set_geometry(shapes, crs=frame.crs)


def save(frame: gpd.GeoDataFrame, folder: Path, layer: str = "streets") -> Path:
    frame.to_file(folder / "city.gpkg", layer=layer)
    return folder / "city.gpkg"


def test_a_missing_file() -> None:
    with pytest.raises(FileNotFoundError, match=r"no file nowhere/city\.gpkg"):
        read("nowhere/city.gpkg")


def test_no_file_at_all() -> None:
    with pytest.raises(ValueError, match="a city needs at least one file"):
        read([])


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.zip", "a.csv", "a.geojson", "a.parquet"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match=f"{name} is empty"):
        read_vector(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.gpkg", "a GeoPackage"),
        ("a.shp", "a shapefile"),
        ("a.zip", "a zip archive"),
        ("a.geojson", "GeoJSON"),
        ("a.parquet", "a Parquet file"),
        ("a.csv.gz", "a gzip file"),
    ],
)
def test_a_file_that_is_something_else_never_reaches_a_driver(
    tmp_path: Path, name: str, kind: str
) -> None:
    (tmp_path / name).write_text("<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>")
    with pytest.raises(ValueError, match=f"{name} is not {kind}: it does not begin like one"):
        read_vector(tmp_path / name)


def test_a_kind_of_file_that_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "plan.dwg").write_text("x")
    with pytest.raises(
        ValueError,
        match=r"plan\.dwg is of no known kind; known are the folder of a saved city, and \.osm, ",
    ):
        read(tmp_path / "plan.dwg")


@pytest.mark.parametrize("keep", [40, 5000])
def test_a_truncated_geopackage(tmp_path: Path, keep: int) -> None:
    path = save(streets(), tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"city\.gpkg is damaged or incomplete: "):
        read(path)


@pytest.mark.parametrize("name", ["a.parquet", "a.zip", "a.csv.gz", "a.geojson"])
def test_other_truncated_files(tmp_path: Path, name: str) -> None:
    start = {
        "a.parquet": b"PAR1xxxx",
        "a.zip": b"PK\3\4xx",
        "a.csv.gz": b"\x1f\x8b\x08\0\0",
        "a.geojson": b'{"ty',
    }
    (tmp_path / name).write_bytes(start[name])
    with pytest.raises(ValueError, match=f"{name} is damaged or incomplete: "):
        read_vector(tmp_path / name)


def test_a_shapefile_without_its_index(tmp_path: Path) -> None:
    streets().to_file(tmp_path / "s.shp")
    (tmp_path / "s.shx").unlink()
    with pytest.raises(ValueError, match=r"s\.shp is damaged or incomplete: .*s\.shx"):
        read_vector(tmp_path / "s.shp")


def test_a_geopackage_without_the_layer_that_the_mapping_names(tmp_path: Path) -> None:
    mapping = {"layers": {"roads": {"to": "streets"}}}
    with pytest.raises(
        ValueError, match=r"city\.gpkg has no layer 'roads'; its layers are: streets"
    ):
        read(save(streets(), tmp_path), mapping=mapping)


def test_a_geopackage_without_any_layer_that_is_known(tmp_path: Path) -> None:
    path = save(streets().rename(columns={"name": "RN"}), tmp_path, "A0010000")
    with pytest.raises(
        ValueError, match=r"no layer is known by its columns: A0010000 \(RN\); say in a"
    ):
        read(path)


def test_a_geopackage_with_no_layer_at_all(tmp_path: Path) -> None:
    path = save(streets(), tmp_path)
    with sqlite3.connect(path) as base:
        base.execute("DELETE FROM gpkg_contents")
        base.execute("DROP TABLE streets")
    with pytest.raises(ValueError, match=r"city\.gpkg"):
        read(path)


def test_a_city_without_streets(tmp_path: Path) -> None:
    path = save(grid_city()["parks"], tmp_path, "parks")
    with pytest.raises(
        ValueError, match=r"no streets in city\.gpkg: found parks; a city needs streets"
    ):
        read(path)


@pytest.mark.parametrize(
    ("given", "looks"), [(CRS, "EPSG:5186"), ("EPSG:5179", "EPSG:5179"), ("EPSG:4326", "EPSG:4326")]
)
def test_a_file_without_a_system_is_refused_with_a_guess(
    tmp_path: Path, given: str, looks: str
) -> None:
    save_bare(streets().to_crs(given), tmp_path)
    with pytest.raises(
        ValueError,
        match=rf"streets\.shp names no coordinate system; its numbers look like {looks}: give crs",
    ):
        read(tmp_path / "streets.shp")
    assert len(read(tmp_path / "streets.shp", crs=given)["streets"]) == 48


def test_a_file_without_a_system_from_elsewhere_is_not_guessed(tmp_path: Path) -> None:
    save_bare(streets().set_geometry(streets().geometry.translate(5e6, 5e6)), tmp_path)
    with pytest.raises(
        ValueError, match=r"names no coordinate system; give one, e\.g\. crs='EPSG:5186'"
    ):
        read(tmp_path / "streets.shp")


def test_a_system_that_does_not_exist(tmp_path: Path) -> None:
    save_bare(streets(), tmp_path)
    with pytest.raises(
        ValueError, match=r"'EPSG:1' is no coordinate system; give e\.g\. EPSG:5186"
    ):
        read(tmp_path / "streets.shp", crs="EPSG:1")


@pytest.mark.parametrize(
    ("crs", "pair"),
    [
        (CRS, "east and north"),
        ("EPSG:5179", "east and north"),
        ("EPSG:4326", "longitude and latitude"),
    ],
)
def test_swapped_coordinates(tmp_path: Path, crs: str, pair: str) -> None:
    path = save(swapped(streets().to_crs(crs)), tmp_path)
    message = (
        rf"city\.gpkg:streets: {pair} look swapped: the middle .* is outside the area of {crs}"
    )
    with pytest.raises(ValueError, match=message):
        read(path)


def test_swapped_columns_of_a_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame({"주차장명": ["a"], "주차구획수": [3], "위도": [127.34], "경도": [36.35]})
    frame.to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(
        ValueError,
        match=r"p\.csv: longitude and latitude look swapped: the middle \(36\.35, 127\.34\)",
    ):
        read_vector(tmp_path / "p.csv")


def test_a_wrong_system_says_what_the_numbers_look_like(tmp_path: Path) -> None:
    path = save(streets().to_crs("EPSG:5179").set_crs(CRS, allow_override=True), tmp_path)
    with pytest.raises(
        ValueError, match="is outside the area of EPSG:5186; its numbers look like EPSG:5179"
    ):
        read(path)


@pytest.mark.parametrize("crs", [CRS, "EPSG:5179", "EPSG:4326"])
def test_every_dong_of_seven_cities_is_seen_as_korean(crs: str) -> None:
    from gis.readers.place import require_crs

    dongs = gpd.read_file(data_file("seven_cities_dongs.gpkg"), layer="dongs").to_crs(crs)
    for row in range(0, len(dongs), 10):
        part = dongs.iloc[row : row + 1]
        assert require_crs(part, "dongs", None) == dongs.crs
        with pytest.raises(ValueError, match="look swapped"):
            require_crs(swapped(part), "dongs", None)


def test_invalid_geometries_are_repaired_and_empty_ones_left_out(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    shapes = [
        shapely.transform(s, lambda xy: xy + np.array([EAST, NORTH]))
        for s in (bow, shapely.box(20, 0, 30, 10))
    ]
    frame = gpd.GeoDataFrame(
        {"name": list("abcd")}, geometry=[*shapes, None, shapely.Polygon()], crs=CRS
    )
    reading = read_vector(save(frame, tmp_path, "buildings"))
    (found,) = reading.layers["buildings"]
    assert found.is_valid.all()
    assert found["name"].tolist() == ["a", "a", "b"]
    assert found.area.sum() == pytest.approx(50 + 100)
    assert reading.notes == [
        "city.gpkg:buildings: 2 of 4 rows without geometry left out",
        "city.gpkg:buildings: 1 invalid geometries repaired",
    ]


def test_geometries_of_another_type_are_counted(tmp_path: Path) -> None:
    point = shapely.Point(EAST, NORTH)
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[point, point.buffer(9)], crs=CRS)
    frame.to_parquet(tmp_path / "parks.parquet")
    reading = read_vector(tmp_path / "parks.parquet")
    assert reading.layers["parks"][0]["name"].tolist() == ["b"]
    assert reading.notes == ["parks.parquet: 1 parts of type Point left out"]


def test_zero_buildings_are_noted(tmp_path: Path) -> None:
    city = read(save(streets(), tmp_path))
    assert any(n.startswith("buildings: none in the files, ") for n in city.notes)
    row = next(r for r in city.check().rows() if r["layer"] == "buildings")
    assert row["state"] in ("synthetic", "missing")


def test_negative_capacity(tmp_path: Path) -> None:
    text = "주차장명,주차구획수,위도,경도\n가,-3,36.3524,127.3352\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"car_parks\.spaces must be at least 0 spaces, got -3 in row 0"
    ):
        read([save(streets(), tmp_path), tmp_path / "p.csv"])


def test_a_disconnected_network(tmp_path: Path) -> None:
    frame = streets().iloc[[0]].assign(oneway=True)
    with pytest.raises(
        ValueError, match="the streets are disconnected: no two junctions can be reached"
    ):
        read(save(frame, tmp_path))


def test_an_island_of_streets_is_noted(tmp_path: Path) -> None:
    far = streets().set_geometry(streets().geometry.translate(1000, 0))
    both = gpd.GeoDataFrame(pd.concat([streets(), far], ignore_index=True), crs=CRS)
    city = read(save(both, tmp_path))
    assert any("only 16 of 32 junctions (50%)" in note for note in city.notes)


def test_a_csv_without_coordinates(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("주차장명,주차구획수\n가,3\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"p\.csv has no coordinates; car_parks need a geometry or"
    ):
        read_vector(tmp_path / "p.csv")


def test_a_csv_in_no_known_encoding(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(b"name,lon,lat\n\xff\xff\xff,1,2\n")
    with pytest.raises(ValueError, match=r"p\.csv is neither UTF-8 nor cp949; give its encoding"):
        read_vector(tmp_path / "p.csv")


@pytest.mark.parametrize("member", ["../evil.shp", "/etc/evil.shp", "a/../../evil.shp"])
def test_an_archive_that_leads_out(tmp_path: Path, member: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "x")
    with pytest.raises(ValueError, match="which leads out of the archive"):
        read_vector(tmp_path / "a.zip")
    assert not (tmp_path.parent / "evil.shp").exists()


def test_an_archive_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis.readers.vector._MAX_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 2000)
    with pytest.raises(ValueError, match=r"a\.zip unpacks to 2,000 bytes; at most 1,000 are read"):
        read_vector(tmp_path / "a.zip")


def test_an_archive_without_a_shapefile(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(ValueError, match=r"a\.zip holds no shapefile \(\.shp\)"):
        read_vector(tmp_path / "a.zip")


def test_coordinates_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    shapes = [shapely.Point(EAST, NORTH), shapely.LineString([(EAST, NORTH), (np.inf, NORTH)])]
    gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs=CRS).to_parquet(
        tmp_path / "bus_stops.parquet"
    )
    reading = read_vector(tmp_path / "bus_stops.parquet")
    assert reading.layers["bus_stops"][0]["name"].tolist() == ["a"]
    assert "bus_stops.parquet: 1 rows without finite coordinates left out" in reading.notes


def test_areas_become_points_where_a_layer_holds_points(tmp_path: Path) -> None:
    area = shapely.box(EAST, NORTH, EAST + 10, NORTH + 10)
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[area], crs=CRS)
    frame.to_parquet(tmp_path / "amenities.parquet")
    (found,) = read_vector(tmp_path / "amenities.parquet").layers["amenities"]
    assert area.contains(found.geometry[0])


def test_an_encoding_that_does_not_fit_or_exist(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("주차장명,주차구획수,위도,경도\n", encoding="cp949")
    with pytest.raises(ValueError, match=r"p\.csv cannot be read as CSV in utf-8: "):
        read_vector(tmp_path / "p.csv", encoding="utf-8")
    with pytest.raises(ValueError, match=r"p\.csv cannot be read as CSV in klingon: "):
        read_vector(tmp_path / "p.csv", encoding="klingon")
