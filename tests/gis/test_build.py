"""Building a city: networks from names and from lines, and several sources in one."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.city import City
from gis.readers.build import read
from gis.readers.merge import join
from gis.schema import validate
from tests.conftest import data_file
from tests.gis.grid_city import CRS, EAST, NORTH, grid_city, layer

SIX = [
    "osm/seoul_songpa_jamsil.osm.pbf",
    "osm/seoul_gongdeok.osm",
    "osm/gunsan_univ.osm.gz",
    "osm/monaco.osm.pbf",
    "osm/helsinki_center.osm.pbf",
    "daejeon_doan.gpkg",
]


def lines(folder: Path, size: int = 4) -> Path:
    """Save the centre lines of the grid, without names of junctions."""
    streets = grid_city(size)["streets"].iloc[::2]
    streets[["geometry"]].assign(name="길").to_file(folder / "lines.gpkg", layer="streets")
    return folder / "lines.gpkg"


def points_csv(folder: Path, x: list[float], y: list[float], name: str = "parks.csv") -> Path:
    """Save car parks at places of the city's system as longitude and latitude."""
    at = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=CRS).to_crs("EPSG:4326")
    frame = {
        "주차장명": [f"p{i}" for i in range(len(x))],
        "주차구획수": 10,
        "위도": at.y,
        "경도": at.x,
    }
    pd.DataFrame(frame).to_csv(folder / name, index=False)
    return folder / name


def test_centre_lines_become_a_network_of_two_directions(tmp_path: Path) -> None:
    city = read(lines(tmp_path), "Lines")
    assert (len(city["streets"]), len(city["junctions"])) == (48, 16)
    start = city["junctions"].geometry.to_numpy()[city["streets"]["from_junction"]]
    ends = shapely.get_point(city["streets"].geometry.to_numpy(), 0)
    assert shapely.distance(start, ends).max() < 0.5
    assert (city["streets"]["way"].value_counts() == 2).all()
    assert any("24 lines taken as two-way" in note for note in city.notes)


def test_the_city_is_named_after_its_file_and_is_metric(tmp_path: Path) -> None:
    city = read(lines(tmp_path))
    assert (city.name, city.crs) == ("lines", "EPSG:5186")
    assert any(note.startswith("buildings: none in the files, ") for note in city.notes)
    assert city.sources["streets"].attribution == "streets: lines.gpkg (licence not stated)"


@pytest.mark.parametrize(
    ("given", "kept"), [("EPSG:5179", "EPSG:5179"), ("EPSG:4326", "EPSG:5186")]
)
def test_the_metric_system_kept_or_chosen(tmp_path: Path, given: str, kept: str) -> None:
    streets = grid_city()["streets"].iloc[::2][["geometry"]].assign(name="").to_crs(given)
    streets.to_file(tmp_path / "s.gpkg", layer="streets")
    assert read(tmp_path / "s.gpkg").crs == kept


def test_elsewhere_the_utm_zone_is_taken(tmp_path: Path) -> None:
    streets = grid_city()["streets"].geometry.to_numpy()[::2]
    moved = shapely.transform(
        streets, lambda xy: (xy - np.array([EAST, NORTH])) / 1e5 + np.array([7.4, 43.7])
    )
    frame = gpd.GeoDataFrame(geometry=moved, crs="EPSG:4326").assign(name="")
    frame.to_file(tmp_path / "s.gpkg", layer="streets")
    assert read(tmp_path / "s.gpkg").crs == "EPSG:32632"


def test_names_of_junctions_become_rows_and_strangers_are_left_out(tmp_path: Path) -> None:
    city = grid_city(3)
    named = city["streets"].assign(
        LINK_ID=[f"L{i}" for i in range(24)],
        F_NODE="N" + (city["streets"]["from_junction"] + 100).astype(str),
        T_NODE="N" + (city["streets"]["to_junction"] + 100).astype(str),
        LANES=2, MAX_SPD=50, ROAD_RANK="103",
    )  # fmt: skip
    named.loc[5, "T_NODE"] = "N999"
    nodes = city["junctions"].assign(NODE_ID=[f"N{i + 100}" for i in range(9)], NODE_TYPE="101")
    columns = ["LINK_ID", "F_NODE", "T_NODE", "LANES", "MAX_SPD", "ROAD_RANK", "geometry"]
    named[columns].to_file(tmp_path / "n.gpkg", layer="MOCT_LINK")
    # Rows in another order: names, not places in the file, must tie them.
    nodes[["NODE_ID", "NODE_TYPE", "geometry"]].iloc[::-1].to_file(
        tmp_path / "n.gpkg", layer="MOCT_NODE"
    )
    built = read(tmp_path / "n.gpkg")
    assert len(built["streets"]) == 23
    assert any(n.startswith("streets: 1 of 24 rows left out, since what they") for n in built.notes)
    start = built["junctions"].geometry.to_numpy()[built["streets"]["from_junction"]]
    assert (
        shapely.distance(start, shapely.get_point(built["streets"].geometry.to_numpy(), 0)).max()
        == 0
    )
    assert built["streets"]["highway"].unique().tolist() == ["primary"]


def test_a_saved_city_is_a_source_and_points_are_added_to_it(tmp_path: Path) -> None:
    folder = read(lines(tmp_path), "Lines").save(tmp_path / "city")
    before = City.open(folder)
    more = points_csv(tmp_path, [EAST + 151.0, EAST + 90_000], [NORTH + 151.0, NORTH])
    city = read([folder, more])
    added = city["car_parks"][city["car_parks"]["origin"] == "found"]
    assert added["spaces"].tolist() == [10]
    assert added["street"].min() >= 0
    assert "car_parks: 1 of 2 rows lie outside the city, left out" in city.notes
    assert len(city["streets"]) == len(before["streets"])


def test_two_sources_of_one_thing_are_counted_once(tmp_path: Path) -> None:
    one = points_csv(tmp_path, [EAST + 50.0, EAST + 250.0], [NORTH + 50.0] * 2, "one.csv")
    two = points_csv(tmp_path, [EAST + 55.0, EAST + 150.0], [NORTH + 50.0] * 2, "two.csv")
    city = read([lines(tmp_path), one, two])
    found = city["car_parks"][city["car_parks"]["origin"] == "found"]
    assert found["spaces"].sum() == 30
    assert "car_parks: 1 of 2 rows are there already" in city.notes


def test_what_was_found_takes_the_place_of_what_was_assumed() -> None:
    shape = [shapely.box(0, 0, 20, 10)]
    first = layer(shape, use="house", floors=[2], height_m=[6.0], use_origin="found",
                  height_origin="synthetic", name="")  # fmt: skip
    later = layer([shapely.box(1, 1, 18, 9)], use=["shop"], floors=[9.0], name="가온")
    notes: list[str] = []
    both = join(first, later, "buildings", notes)
    assert len(both) == 1
    assert both.loc[0, ["use", "floors", "name"]].tolist() == ["house", 9, "가온"]
    assert np.isnan(both["height_m"][0])
    assert notes == ["buildings: 1 of 1 rows are there already"]


def test_ages_are_tied_to_their_district(tmp_path: Path) -> None:
    area = shapely.box(EAST, NORTH, EAST + 300, NORTH + 300)
    dongs = gpd.GeoDataFrame(
        {"dong_code": ["30"], "dong_name": ["가온동"], "population": [9], "households": [4]},
        geometry=[area], crs=CRS,
    )  # fmt: skip
    dongs.to_file(tmp_path / "d.gpkg", layer="dongs")
    ages = {
        "dong_code": "30",
        "age_band": ["00-04", "05-09", "05-09", "100+"],
        "persons": [1, 2, 3, 4],
    }
    pd.DataFrame(ages).assign(sex="f").to_csv(tmp_path / "ages.csv", index=False)
    mapping = {
        "layers": {
            "ages": {"to": "population_by_age", "keep": ["dong_code", "age_band", "persons"]}
        }
    }
    city = read([lines(tmp_path), tmp_path / "d.gpkg", tmp_path / "ages.csv"], mapping=mapping)
    row = city["districts"].iloc[0]
    assert (row["name"], row["age_00"], row["age_05"], row["age_100"]) == ("가온동", 1, 5, 4)


def test_observed_counts_come_along(tmp_path: Path) -> None:
    text = "place,hour,quantity,value\n가온동,9,parked_illegally,389\n"
    (tmp_path / "observed.csv").write_text(text, encoding="utf-8")
    city = read([lines(tmp_path), tmp_path / "observed.csv"])
    assert city.tables["observed"].values.tolist() == [["가온동", 9, "parked_illegally", 389]]


@pytest.mark.parametrize("name", SIX)
def test_each_street_file_becomes_a_complete_city(name: str, tmp_path: Path) -> None:
    city = read(data_file(name))
    validate(city, complete=True)
    assert city.check().ready
    assert City.open(city.save(tmp_path / "city")).digest() == city.digest()
    assert city.attributions()
    middle = city["streets"].union_all().centroid.buffer(400)
    validate(city.clip(middle, margin_m=100), complete=True)


def test_doan_keeps_its_lanes_signals_and_car_parks() -> None:
    city = read(data_file("daejeon_doan.gpkg"))
    assert (len(city["streets"]), len(city["junctions"])) == (5445, 2290)
    lane_km = (city["streets"].length * city["streets"]["lanes"]).sum() / 1000
    assert lane_km == pytest.approx(580.9, rel=0.01)
    found = city["car_parks"][city["car_parks"]["origin"] == "found"]
    assert (len(found), found["spaces"].sum()) == (39, 1906)
    turns = city.tables["turns"]
    assert len(turns) == 10707  # pairs of streets, of 12,233 pairs of lanes
    assert (turns["control"] == "signal").sum() == 988
    heads = city["streets"]["to_junction"].to_numpy()[turns["from_street"]]
    assert (heads == turns["junction"]).all()
    assert set(city["buildings"]["origin"]) == {"synthetic"}
    pairs = city["streets"].groupby("way")["from_junction"].count()
    assert pairs.max() == 2


def test_songpa_with_a_shapefile_the_national_car_parks_and_the_schools() -> None:
    names = ("cp949_buildings.zip", "car_parks_korea_2022.csv.gz", "schools.csv.gz")
    alone = read(data_file(SIX[0]))
    city = read([data_file(SIX[0]), *map(data_file, names)])
    assert len(city["buildings"]) == len(alone["buildings"])  # the shapefile holds the same houses
    assert "buildings: 20 of 20 rows are there already" in city.notes
    assert len(city["car_parks"]) > len(alone["car_parks"])
    assert len(city.attributions()) == 4
    assert city["car_parks"]["building"].dtype == "int64"


def test_crossings_of_a_list_are_tied_to_the_nearest_street(tmp_path: Path) -> None:
    at = gpd.GeoSeries(gpd.points_from_xy([EAST + 50, EAST + 50], [NORTH + 3, NORTH + 48]), crs=CRS)
    at = at.to_crs("EPSG:4326")
    rows = {"횡단보도관리번호": ["a", "b"], "횡단보도종류": 1, "보행자신호등유무": ["Y", "N"]}
    pd.DataFrame({**rows, "위도": at.y, "경도": at.x}).to_csv(tmp_path / "c.csv", index=False)
    crossings = read([lines(tmp_path), tmp_path / "c.csv"])["crossings"]
    assert crossings["signal"].tolist() == [True, False]
    assert crossings["street"][0] >= 0
    assert crossings["street"][1] == -1  # 48 m off any street


def test_junctions_are_placed_at_the_ends_where_only_their_names_are_given(tmp_path: Path) -> None:
    grid = grid_city(3)["streets"]
    named = grid[["geometry"]].assign(
        LINK_ID=range(24),
        F_NODE=grid["from_junction"],
        T_NODE=grid["to_junction"],
        LANES=1,
        MAX_SPD=50,
    )
    named.to_file(tmp_path / "n.gpkg", layer="MOCT_LINK")
    city = read(tmp_path / "n.gpkg")
    start = city["junctions"].geometry.to_numpy()[city["streets"]["from_junction"]]
    assert (
        shapely.distance(start, shapely.get_point(city["streets"].geometry.to_numpy(), 0)).max()
        == 0
    )
    assert "junctions: none given, 9 placed at the ends of the streets" in city.notes


def test_a_second_city_gives_its_things_but_not_its_streets(tmp_path: Path) -> None:
    folder = read(lines(tmp_path), "Lines").save(tmp_path / "one")
    city = City.open(folder)
    stop = layer([shapely.Point(EAST + 150, NORTH + 150)], name="새 정류장")
    other = city.edit(bus_stops=stop).save(tmp_path / "two")
    both = read([folder, other])
    assert len(both["streets"]) == len(city["streets"])
    assert "새 정류장" in both["bus_stops"]["name"].tolist()
    assert len(both["buildings"]) == len(city["buildings"])
    assert len(both["car_parks"]) == len(city["car_parks"])
