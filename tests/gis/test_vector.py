"""The vector reader: every kind of file, its encoding, its columns and its place."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.readers.finish import building_use, finish, first_hour_price
from gis.readers.mapping import read_mapping
from gis.readers.vector import read_vector
from tests.conftest import data_file

AT = (127.34, 36.35)
HOUSE = shapely.box(230_000, 417_000, 230_020, 417_010)
ROWS = {"건물명": ["가온동", "나래동"], "용도": ["아파트", "판매시설"], "지상층수": [15, 2]}


def houses() -> gpd.GeoDataFrame:
    shapes = [HOUSE, shapely.transform(HOUSE, lambda xy: xy + 50)]
    return gpd.GeoDataFrame(ROWS, geometry=shapes, crs="EPSG:5186")


def save_shape(folder: Path, encoding: str, *, cpg: bool = False) -> Path:
    # Field names hold ten bytes at most: three Hangul in UTF-8, five in cp949.
    path = folder / "houses.shp"
    frame = houses()
    if encoding == "utf-8":
        english = {"건물명": "BULD_NM", "지상층수": "GRO_FLO_CO", "용도": "BDTYP_CD"}
        frame = frame.rename(columns=english)
    frame.to_file(path, encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
    return path


@pytest.mark.parametrize("kind", ["gpkg", "parquet", "geojson"])
def test_each_kind_of_file_gives_the_same_buildings(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"houses.{kind}"
    frame = houses().to_crs("EPSG:4326") if kind == "geojson" else houses()
    frame.to_parquet(path) if kind == "parquet" else frame.to_file(path)
    (found,) = read_vector(path).layers["buildings"]
    assert found["name"].tolist() == ROWS["건물명"]
    assert found["use"].tolist() == ROWS["용도"]
    assert found["floors"].tolist() == [15, 2]
    area = found.to_crs("EPSG:5186").area
    assert area.tolist() == pytest.approx([200, 200], rel=1e-4)


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_shapefile_without_cpg_is_read_in_its_own_encoding(
    tmp_path: Path, encoding: str, zipped: bool
) -> None:
    path = save_shape(tmp_path, encoding)
    if zipped:
        with zipfile.ZipFile(tmp_path / "houses.zip", "w") as archive:
            for part in tmp_path.glob("houses.???"):
                if part.suffix != ".zip":
                    archive.write(part, f"deep/{part.name}")
        path = tmp_path / "houses.zip"
    reading = read_vector(path)
    assert reading.layers["buildings"][0]["name"].tolist() == ROWS["건물명"]
    assert reading.notes == [f"{path.name}: no .cpg file, its text read as {encoding}"]


def test_a_cpg_file_is_believed(tmp_path: Path) -> None:
    reading = read_vector(save_shape(tmp_path, "cp949", cpg=True))
    assert reading.layers["buildings"][0]["name"].tolist() == ROWS["건물명"]
    assert reading.notes == []


def test_an_encoding_given_overrides_the_choice(tmp_path: Path) -> None:
    path = save_shape(tmp_path, "cp949")
    with pytest.raises(ValueError, match=r"houses\.shp is not in utf-8: .*; give its encoding"):
        read_vector(path, encoding="utf-8")
    assert read_vector(path, encoding="cp949").notes == []


def test_text_cut_inside_a_character_is_still_utf8(tmp_path: Path) -> None:
    from gis.readers.vector import _dbf_encoding

    path = tmp_path / "cut.dbf"
    head = bytearray(32)
    head[4:8], head[8:10], head[10:12] = (
        (1).to_bytes(4, "little"),
        (65).to_bytes(2, "little"),
        b"\x06\0",
    )
    field = bytearray(32)
    field[:4], field[11:12], field[16] = b"NAME", b"C", 5
    text = "가나".encode()[:5]
    path.write_bytes(bytes(head) + bytes(field) + b"\r" + b" " + text + b"\x1a")
    assert _dbf_encoding(path) == "utf-8"
    path.write_bytes(bytes(head) + bytes(field) + b"\r" + b" " + "가나".encode("cp949") + b" \x1a")
    assert _dbf_encoding(path) == "cp949"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp949"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_csv_in_either_encoding(tmp_path: Path, encoding: str, packed: bool) -> None:
    text = (
        "주차장명,주차구획수,요금정보,위도,경도\n가온주차장,12,무료,36.35,127.34\n없는곳,3,무료,,\n"
    )
    raw = text.encode(encoding)
    path = tmp_path / ("parks.csv.gz" if packed else "parks.csv")
    path.write_bytes(gzip.compress(raw) if packed else raw)
    reading = read_vector(path)
    (parks,) = reading.layers["car_parks"]
    assert parks["name"].tolist() == ["가온주차장"]
    assert (parks.geometry.x[0], parks.geometry.y[0]) == (127.34, 36.35)
    assert f"{path.name}: 1 of 2 rows without coordinates left out" in reading.notes
    assert (f"{path.name}: not UTF-8, read as cp949" in reading.notes) == (encoding == "cp949")


def test_a_csv_in_metres_needs_to_be_told_its_system(tmp_path: Path) -> None:
    path = tmp_path / "parks.csv"
    path.write_text("주차장명,주차구획수,X좌표,Y좌표\n가,3,230000,417000\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"parks\.csv names no coordinate system; its numbers look"
    ):
        read_vector(path)
    (parks,) = read_vector(path, crs="EPSG:5186").layers["car_parks"]
    assert (parks.geometry.x[0], parks.crs.to_epsg()) == (230_000, 5186)


def test_the_building_register_is_known_with_and_without_its_later_columns(tmp_path: Path) -> None:
    early = {"A1": ["1"], "A9": ["공동주택"], "A14": [1000.0], "A16": [0.0]}
    for extra in ({}, {"A24": ["가온"], "A26": [5]}):
        frame = gpd.GeoDataFrame({**early, **extra}, geometry=[HOUSE], crs="EPSG:5186")
        frame.to_parquet(tmp_path / "AL_D010_30.parquet")
        found = finish(
            read_vector(tmp_path / "AL_D010_30.parquet").layers["buildings"][0], "buildings"
        )
        assert found["use"].tolist() == ["apartment"]
        assert found["floor_area_m2"].tolist() == [1000]
        assert np.isnan(found["height_m"][0])
    assert found[["name", "floors"]].values.tolist() == [["가온", 5]]


def test_a_layer_of_our_own_name_needs_no_mapping(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame({"name": ["역"]}, geometry=[shapely.Point(AT)], crs="EPSG:4326")
    points.to_file(tmp_path / "a.gpkg", layer="bus_stops")
    assert read_vector(tmp_path / "a.gpkg").layers["bus_stops"][0]["name"].tolist() == ["역"]


def test_a_mapping_file_says_which_layer_and_column_is_which(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"NM": ["해솔"], "CD": ["02"]}, geometry=[HOUSE], crs="EPSG:5186")
    frame.to_file(tmp_path / "a.gpkg", layer="BLD")
    (tmp_path / "map.yaml").write_text(
        "sources: {city: {name: City, licence: KOGL 1, attribution: 도시 건물}}\n"
        "layers:\n"
        "  BLD:\n"
        "    to: buildings\n"
        "    columns: {name: NM, use: CD}\n"
        "    values: {use: {'01': house, '02': apartment}}\n"
        "    fixed: {floors: 5}\n"
        "    source: city\n",
        encoding="utf-8",
    )
    reading = read_vector(tmp_path / "a.gpkg", mapping=tmp_path / "map.yaml")
    found = finish(reading.layers["buildings"][0], "buildings")
    assert found[["name", "use", "floors"]].values.tolist() == [["해솔", "apartment", 5]]
    assert reading.sources["buildings"][0].attribution == "도시 건물"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "layers: {a: {to: buildings, colums: {}}}",
            "layers.a has no key 'colums'; allowed are: to, col",
        ),
        ("layers: {a: {columns: {}}}", "layers.a.to must name one of our layers, got ''"),
        ("layers: {a: {to: parks, source: x}}", r"layers.a.source must be one of: none; got 'x'"),
        ("layers: {a: {to: parks}, a: {to: parks}}", "line 1: the key 'a' stands twice"),
        ("layers: {a: &x {to: parks}, b: *x}", r"line 1: aliases \(\*name\) are not allowed"),
        ("layers: {a: [", "map.yaml: "),
        ("layers: {a: parks}", "layers.a must hold the keys to, columns"),
    ],
)
def test_a_wrong_mapping_names_the_key_and_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_mapping(tmp_path / "map.yaml")


def test_a_mapping_that_names_a_column_the_file_lacks(tmp_path: Path) -> None:
    houses().to_file(tmp_path / "a.gpkg", layer="BLD")
    rule = {"layers": {"BLD": {"to": "buildings", "columns": {"name": "NM"}}}}
    with pytest.raises(
        KeyError, match=r"a\.gpkg:BLD has no column 'NM'; its columns are: 건물명, 용도"
    ):
        read_vector(tmp_path / "a.gpkg", mapping=rule)


@pytest.mark.parametrize(
    ("word", "use"),
    [
        ("공동주택(아파트)", "apartment"),
        ("다세대주택", "villa"),
        ("단독주택", "house"),
        ("제2종근린생활시설", "shop"),
        ("업무시설", "office"),
        ("교육연구시설", "school"),
        ("의료시설", "hospital"),
        ("자동차관련시설(주차장)", "parking"),
        ("hospital", "hospital"),
        ("기타", None),
        (None, None),
    ],
)
def test_words_of_the_building_register(word: object, use: str | None) -> None:
    assert building_use(word) == use


def test_the_price_of_the_first_hour() -> None:
    frame = pd.DataFrame(
        {
            "fee_type": ["무료", "유료", "유료", "유료", "유료", "혼합"],
            "base_minutes": [0, 10, 30, 60, 30, None],
            "base_fee_krw": [0, 400, "1,000", 1200, 500, None],
            "extra_minutes": [None, 10, 20, 10, None, None],
            "extra_fee_krw": [None, 300, 300, 200, None, None],
        }
    )
    price = first_hour_price(frame)
    # 400 + 5 x 300; 1000 + 2 x 300 (each unit begun); the hour itself; 500 doubled; not known
    assert price[:5].tolist() == [0, 1900, 1600, 1200, 1000]
    assert np.isnan(price[5])


def test_opening_hours_and_kinds_of_car_parks() -> None:
    frame = gpd.GeoDataFrame(
        {
            "name": ["a", "b", "c", "거주자우선 d"],
            "spaces": [1, 2, 3, 4],
            "ownership": ["공영", "민영", "민영", "공영"],
            "place_type": ["노상", "노외", "부설", "노상"],
            "open_from": ["08:30", "00:00", "00:00", "잘못"],
            "open_to": ["22:00", "23:59", "00:00", None],
        },
        geometry=[shapely.Point(0, 0)] * 4,
        crs="EPSG:5186",
    )
    done = finish(frame, "car_parks")
    assert done["kind"].tolist() == ["public", "public", "private", "resident_priority"]
    assert done["on_street"].tolist() == [True, False, False, True]
    assert done["open_from_h"].tolist() == [8.5, 0, 0, 0]
    assert done["open_to_h"].tolist() == [22, 24, 24, 24]
    assert done["origin"].unique().tolist() == ["found"]


def test_numbers_in_text_and_zeros_that_mean_unknown() -> None:
    frame = houses().rename(columns={"건물명": "name", "용도": "use", "지상층수": "floors"})
    notes: list[str] = []
    done = finish(frame.assign(floors=["0", "3"], height_m=["1,2.5", "x"]), "buildings", notes)
    assert np.isnan(done["floors"][0])
    assert done["floors"][1] == 3
    assert done["height_m"].tolist() == pytest.approx([12.5, np.nan], nan_ok=True)
    assert notes == [
        "buildings: floors is 0 in 1 of 2 rows, taken as unknown and filled in by rule"
    ]


def test_the_doan_geopackage() -> None:
    reading = read_vector(data_file("daejeon_doan.gpkg"))
    sizes = {name: sum(map(len, frames)) for name, frames in reading.layers.items()}
    assert sizes == {
        "streets": 5445,
        "junctions": 2290,
        "car_parks": 39,
        "amenities": 125,
        "child_protection_zones": 67,
        "districts": 19,
    }
    assert {n: len(t[0]) for n, t in reading.tables.items()} == {
        "turns": 12233,
        "signal_plans": 571,
        "signal_phases": 3659,
    }
    assert reading.layers["car_parks"][0]["spaces"].sum() == 1906
    assert reading.layers["junctions"][0]["signal"].sum() == 115
    assert reading.notes == []


def test_the_cp949_files() -> None:
    shapes = read_vector(data_file("cp949_buildings.zip")).layers["buildings"][0]
    assert shapes["name"][0] == "롯데월드"
    done = finish(shapes, "buildings")
    assert done["use"].value_counts().to_dict() == {
        "apartment": 3, "shop": 2, "hospital": 2, "public": 1, "school": 1,
    }  # fmt: skip
    assert done["floors"].isna().sum() == 3
    parks = finish(read_vector(data_file("cp949_sample.csv")).layers["car_parks"][0], "car_parks")
    assert parks["name"][0] == "산성동제2노상"
    assert (len(parks), parks["spaces"][0], parks["price_krw_h"][0]) == (200, 14, 0.0)


def test_the_national_car_parks_have_spaces_and_a_known_or_open_price() -> None:
    reading = read_vector(data_file("car_parks_korea_2022.csv.gz"))
    parks = finish(reading.layers["car_parks"][0], "car_parks")
    assert len(parks) == 14651 - 2477
    assert (parks["price_krw_h"].dropna() >= 0).all()
    free = parks["fee_type"] == "무료"
    assert (parks.loc[free, "price_krw_h"] == 0).all()
    assert parks.loc[~free, "price_krw_h"].median() == pytest.approx(1000, rel=0.5)
