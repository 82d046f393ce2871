"""Cities of real dongs with towns made in code: on made-up dongs, squares some kilometres apart."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.city import City, Source
from gis.derive.districts import district_of
from gis.derive.streets import core
from gis.newtown.streets import CRS
from gis.schema import validate
from gis.settlements import read_dongs, read_schools, settlements
from gis.settlements.dongs import middles, scaled
from gis.settlements.sites import neighbours, sites

SOURCE = Source("made up", "CC0", "Made-up dongs")
ORIGIN, SIDE_M = np.array([200_000.0, 450_000.0]), 2_000.0
AT = ((0.0, 0.0), (3_000.0, 0.0), (1_000.0, 4_000.0))
HEADWAY_MIN = 40.0


def squares(*corners: tuple[float, float], people: int = 2_200) -> gpd.GeoDataFrame:
    """Return a square dong at each corner, seen from the origin."""
    low = ORIGIN + np.array(corners)
    outline = shapely.box(*low.T, *(low + SIDE_M).T)
    names = [f"{letter}동" for letter in "가나다라"[: len(corners)]]
    columns = {
        "name": names, "dong_code": [str(10 + i) for i in range(len(names))],
        "population": people, "households": people // 2, "origin": "found",
    }  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=outline, crs=CRS)


@cache
def city() -> City:
    return settlements(squares(*AT), SOURCE, headway_min=HEADWAY_MIN)


def parts(ends: np.ndarray) -> int:
    """Return in how many parts lie the nodes that these pairs join."""
    dense = np.unique(ends, return_inverse=True)[1].reshape(ends.shape)
    size = int(dense.max()) + 1
    net = coo_array((np.ones(len(dense)), (dense[:, 0], dense[:, 1])), shape=(size, size))
    return int(connected_components(net, directed=False)[0])


def test_it_keeps_to_the_schema_and_says_what_is_made_up() -> None:
    validate(city(), complete=True)
    layers = {row.layer: row for row in city().check().layers}
    assert not city().synthetic
    assert layers.pop("districts").found == 1.0
    assert {row.layer for row in layers.values() if row.count and row.synthetic < 1.0} == set()
    assert city().attributions()[-1] == "Made-up dongs, modified"


def test_every_place_reaches_every_other_by_car_and_on_foot() -> None:
    streets, walks = city()["streets"], city()["footways"]
    assert core(streets, len(city()["junctions"])).all()
    assert parts(walks[["from_node", "to_node"]].to_numpy()) == 1


def test_buses_join_all_towns_and_come_at_their_headway() -> None:
    calls = city().tables["bus_line_stops"]
    town = district_of(city()["bus_stops"], city()["districts"])[calls["stop"]]
    joined = np.unique(np.column_stack([calls["line"], 1_000 + town]), axis=0)
    between = joined[np.isin(joined[:, 0], np.flatnonzero(np.bincount(joined[:, 0]) > 1))]
    assert parts(between) == 1
    assert set(between[:, 1]) == {1_000, 1_001, 1_002}
    starts = city().tables["bus_departures"].groupby("line")["depart_s"]
    assert len(starts) == len(city().tables["bus_lines"])
    apart = starts.diff()[city().tables["bus_departures"]["line"].isin(between[:, 0])].dropna()
    assert (apart - HEADWAY_MIN * 60.0).abs().max() <= 1.0


def test_a_bus_calls_at_stops_in_the_order_of_its_way() -> None:
    """Along a line the streets can be driven one after the other, none backward."""
    calls = city().tables["bus_line_stops"]
    last = calls[calls["line"] == calls["line"].max()].sort_values("order")
    at = shapely.get_coordinates(city()["bus_stops"].geometry.to_numpy()[last["stop"]])
    lines = city()["streets"].geometry.to_numpy()[last["street"]]
    way = np.diff(shapely.get_coordinates(shapely.get_point(lines, [0])), axis=0)
    assert len(at) > 2
    assert (way[-1] @ (at[-1] - at[0])) > 0.0
    assert shapely.distance(lines, shapely.points(at)).max() < 15.0


def test_districts_are_the_dongs_and_hold_their_towns() -> None:
    dongs = city()["districts"]
    homes = city()["buildings"].query("dwellings > 0")
    where = district_of(homes, dongs)
    assert list(dongs["name"]) == ["가동", "나동", "다동"]
    assert (dongs["population"] == 2_200).all()
    assert (np.bincount(where[where >= 0], homes["dwellings"][where >= 0]) > 900).all()
    assert (where >= 0).all()


def test_a_town_larger_than_its_dong_widens_it() -> None:
    small = squares(*AT[:2])
    small = small.set_geometry(small.geometry.scale(0.2, 0.2))
    made = settlements(small, SOURCE, headway_min=HEADWAY_MIN)
    assert set(made["districts"]["origin"]) == {"derived"}
    assert (district_of(made["buildings"], made["districts"]) >= 0).all()
    assert "outlines of 가동, 나동 changed" in made.notes[1]


def test_main_roads_go_as_far_as_the_towns_are_apart() -> None:
    streets = city()["streets"]
    roads = streets[streets["speed_kmh"] == 80.0].drop_duplicates("way")
    centre = ORIGIN + np.array(AT) + SIDE_M / 2.0
    for name, length in zip(roads["name"], roads["length_m"], strict=True):
        a, b = ("가나다".index(part[0]) for part in name.split("–"))
        apart = np.hypot(*(centre[a] - centre[b]))
        assert apart - 1_100.0 < length < apart, name


def test_gates_are_shared_out_by_people_near_the_edge_and_main_roads_end_at_none() -> None:
    junctions, streets = city()["junctions"], city()["streets"]
    gate = junctions[junctions["gate"]]
    assert len(set(district_of(gate, city()["districts"]))) == len(gate) == 2
    hull = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(junctions.geometry)))
    assert shapely.distance(shapely.boundary(hull), gate.geometry.to_numpy()).max() < 1.0
    assert not np.isin(streets.loc[streets["speed_kmh"] == 80.0, "from_junction"], gate.index).any()


def test_one_seed_makes_one_city_and_another_another() -> None:
    made = [
        settlements(squares(AT[0]), SOURCE, headway_min=HEADWAY_MIN, seed=s).digest()
        for s in (1, 1, 2)
    ]
    assert made[0] == made[1] != made[2]


def test_one_dong_alone_is_a_city() -> None:
    alone = settlements(squares(AT[0]), SOURCE, headway_min=HEADWAY_MIN)
    validate(alone, complete=True)
    assert alone["junctions"]["gate"].sum() >= 2


def test_a_third_that_is_nearer_to_both_keeps_two_from_being_neighbours() -> None:
    assert neighbours(np.array([(0.0, 0.0), (5.0, 1.0), (10.0, 0.0)])) == [(0, 1), (1, 2)]
    assert neighbours(np.array([(0.0, 0.0), (5.0, 9.0), (10.0, 0.0)])) == [(0, 1), (0, 2), (1, 2)]


def test_towns_that_would_touch_are_built_denser() -> None:
    dongs = squares((0.0, 0.0), (800.0, 0.0))
    towns, _ = sites(dongs, middles(dongs, None), 1)
    apart = np.hypot(*np.subtract(towns[0].centre, towns[1].centre))
    assert sum(town.plan.reach for town in towns) == pytest.approx(apart)


def test_towns_stand_amid_their_schools_else_where_the_dong_is_widest() -> None:
    dongs = squares(*AT[:2])
    points = shapely.points(
        ORIGIN + np.array([(300, 400), (500, 800), (400, 1_900), (9_000, 9_000)])
    )
    found = middles(dongs, gpd.GeoDataFrame(geometry=points, crs=CRS)) - ORIGIN
    np.testing.assert_allclose(found[0], (400, 800))
    np.testing.assert_allclose(found[1], (4_000, 1_000), atol=10.0)


def test_people_are_shared_out_as_they_are() -> None:
    dongs = squares(*AT).assign(population=[1_000, 2_000, 3_000], age_00=100.0)
    less = scaled(dongs, 600)
    assert list(less["population"]) == [100, 200, 300]
    assert less["households"].iloc[0] == round(1_100 * 0.1)
    np.testing.assert_allclose(less["age_00"], 10.0)
    assert set(less["population_origin"]) == {"derived"}


@pytest.mark.parametrize(
    ("dongs", "wording"),
    [
        (
            squares((0.0, 0.0), (500.0, 0.0)),
            r"가동 and 나동 leave no room for their towns: their middles are 500 m apart, towns of "
            r"2,200 and 2,200 persons need 691 m at least",
        ),
        (
            squares(*AT, people=100),
            r"가동 must have a population of 2,000 to 400,000 persons to be a town, got 100",
        ),
        (
            squares(*AT).assign(population=np.nan),
            "가동 must have a population of 2,000 to 400,000 persons to be a town, got nan",
        ),
    ],
)
def test_dongs_that_cannot_be_towns_are_named(dongs: gpd.GeoDataFrame, wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        settlements(dongs, SOURCE, headway_min=HEADWAY_MIN)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dongs") / "dongs.gpkg"
    dongs = squares(*AT, (9_000.0, 0.0)).drop(columns="origin")
    dongs = dongs.assign(
        name=["가동", "나동", "중앙동", "중앙동"], population=[2_200, np.nan, 1, 1]
    )
    dongs.rename(columns={"name": "dong_name"}).to_file(path, layer="dongs")
    return path


def test_dongs_are_read_by_name_or_code_in_the_order_they_are_named(file: Path) -> None:
    dongs, source = read_dongs(file, ["13", "가동"])
    assert list(dongs["dong_code"]) == ["13", "10"]
    assert source.name


@pytest.mark.parametrize(
    ("names", "wording"),
    [
        ([], "dongs.names must name at least one dong, got none"),
        (["나돈"], "dongs.gpkg has no dong '나돈'; did you mean 나동"),
        (["xyz"], "dongs.gpkg has no dong 'xyz'; it has 4 dongs"),
        (["중앙동"], "dongs.gpkg has 2 dongs '중앙동': name one by its code, 12, 13"),
        (["가동", "나동"], "dongs.gpkg: 나동 has no population"),
        (["가동", "10"], "dongs.names must name each dong once, got '가동' twice"),
    ],
)
def test_names_that_are_no_dong_are_told(file: Path, names: list[Any], wording: str) -> None:
    with pytest.raises(ValueError, match=wording):
        read_dongs(file, names)


def test_a_file_without_schools_is_told(file: Path) -> None:
    with pytest.raises(ValueError, match=r"dongs\.gpkg has no schools"):
        read_schools(file)
