"""OpenStreetMap files become cities: small ones by hand, the real ones, and broken ones."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pytest
import shapely

from gis.city import City
from gis.network import Network
from gis.readers.osm import ATTRIBUTION, read_osm
from gis.readers.osm import tags as meaning
from gis.readers.osm.project import Projection
from gis.schema import validate
from tests.conftest import data_file

FILES = (
    "seoul_songpa_jamsil.osm.pbf",
    "seoul_gongdeok.osm",
    "gunsan_univ.osm.gz",
    "monaco.osm.pbf",
    "helsinki_center.osm.pbf",
)
Nodes = Mapping[int, tuple[float, float]]
Ways = Mapping[int, tuple[list[int], dict[str, str]]]
ROAD = {"highway": "residential"}
# one degree of longitude and latitude at 37.5 degrees north, m
EAST, NORTH = 88_400.0, 111_000.0


def marked(tags: Mapping[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def written(
    folder: Path,
    nodes: Nodes,
    ways: Ways,
    tagged: Mapping[int, dict[str, str]] | None = None,
    relations: str = "",
) -> Path:
    """Write an OpenStreetMap file; places are metres east and north of a point in Seoul."""
    text = ['<osm version="0.6">']
    for key, (x, y) in nodes.items():
        lon, lat = 127.0 + x / EAST, 37.5 + y / NORTH
        tags = marked((tagged or {}).get(key, {}))
        text.append(f'<node id="{key}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{tags}</node>')
    for key, (refs, tags) in ways.items():
        chain = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        text.append(f'<way id="{key}" version="1">{chain}{marked(tags)}</way>')
    path = folder / "small.osm"
    path.write_text("\n".join([*text, relations, "</osm>"]), encoding="utf-8")
    return path


CROSS: Nodes = {1: (-200, 0), 2: (0, 0), 3: (300, 0), 4: (0, -100), 5: (0, 150)}


def pairs(city: City) -> set[tuple[int, int]]:
    ends = city["streets"][["from_junction", "to_junction"]]
    return set(map(tuple, ends.to_numpy().tolist()))


def test_streets_are_split_where_they_meet(tmp_path: Path) -> None:
    city = read_osm(written(tmp_path, CROSS, {1: ([1, 2, 3], ROAD), 2: ([4, 2, 5], ROAD)}))
    streets = city["streets"]
    assert city.name == "small"
    assert len(city["junctions"]) == 5
    assert len(streets) == 8
    assert sorted(streets["length_m"].round(-1)) == [100, 100, 150, 150, 200, 200, 300, 300]
    np.testing.assert_allclose(streets["length_m"], streets.length)
    for _, both in streets.groupby("way"):
        there, back = both.itertuples()
        assert (there.from_junction, there.to_junction) == (back.to_junction, back.from_junction)
        assert there.geometry.equals_exact(shapely.reverse(back.geometry))
    points = city["junctions"].geometry.to_numpy()
    starts = shapely.get_point(streets.geometry.to_numpy(), 0)
    assert (starts == points[streets["from_junction"]]).all()


def test_streets_that_pass_over_one_another_do_not_meet(tmp_path: Path) -> None:
    nodes = {**CROSS, 6: (0, 0.5)}
    city = read_osm(written(tmp_path, nodes, {1: ([1, 2, 3], ROAD), 2: ([4, 6, 5], ROAD)}))
    assert len(city["streets"]) == 4
    assert Network.driving(city).left_out == 2


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, 2),
        ({"oneway": "yes"}, 1),
        ({"oneway": "-1"}, 1),
        ({"oneway": "no"}, 2),
        ({"junction": "roundabout"}, 1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway_link"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 2),
        ({"oneway": "reversible"}, 2),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, 2),
    ],
)
def test_one_row_per_direction(tmp_path: Path, tags: dict[str, str], expected: int) -> None:
    city = read_osm(written(tmp_path, CROSS, {1: ([1, 3], ROAD | tags)}))
    streets = city["streets"]
    assert len(streets) == expected
    if expected == 1:
        x = shapely.get_coordinates(streets.geometry.iloc[0])[:, 0]
        assert (x[-1] > x[0]) == (tags.get("oneway") != "-1")


def test_a_loop_is_halved(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (50, 0), 3: (50, 50), 4: (0, 50), 5: (-100, 0)}
    city = read_osm(written(tmp_path, nodes, {1: ([1, 2, 3, 4, 1], ROAD), 2: ([5, 1], ROAD)}))
    streets = city["streets"]
    assert (streets["from_junction"] != streets["to_junction"]).all()
    assert len(streets) == 6
    assert streets["length_m"].sum() == pytest.approx(600.0, rel=0.01)


def test_a_way_that_leaves_the_file_is_cut_there(tmp_path: Path) -> None:
    city = read_osm(written(tmp_path, CROSS, {1: ([1, 2, 99, 4, 5], ROAD), 2: ([3, 98], ROAD)}))
    assert len(city["streets"]) == 4
    assert len(city["junctions"]) == 4


def test_places_for_people_only_and_closed_roads_are_no_streets(tmp_path: Path) -> None:
    ways: Ways = {
        1: ([1, 2], ROAD),
        2: ([2, 3], {"highway": "footway"}),
        3: ([2, 4], {"highway": "construction"}),
        4: ([2, 5], {"highway": "service", "motor_vehicle": "no"}),
        5: ([1, 4], {"highway": "service", "access": "no", "bus": "yes"}),
    }
    streets = read_osm(written(tmp_path, CROSS, ways))["streets"]
    assert streets["highway"].tolist() == ["residential"] * 2 + ["busway"] * 2


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (1, 1, "derived")),
        ({"lanes": "4"}, (2, 2, "found")),
        ({"lanes": "3"}, (2, 1, "found")),
        ({"lanes": "1"}, (1, 1, "found")),
        ({"lanes": "5", "lanes:forward": "3", "lanes:backward": "2"}, (3, 2, "found")),
        ({"lanes": "5", "lanes:backward": "2"}, (3, 2, "found")),
        ({"lanes": "5", "lanes:forward": "2"}, (2, 3, "found")),
        ({"lanes": "3", "oneway": "yes"}, (3, 0, "found")),
        ({"lanes": "3", "oneway": "-1"}, (0, 3, "found")),
        ({"lanes": "4;3"}, (2, 2, "found")),
        ({"lanes": "-2"}, (1, 1, "derived")),
        ({"lanes": "400"}, (1, 1, "derived")),
        ({"highway": "primary"}, (3, 3, "derived")),
        ({"highway": "primary_link", "oneway": "yes"}, (1, 0, "derived")),
    ],
)
def test_lanes(tags: dict[str, str], expected: tuple[int, int, str]) -> None:
    assert meaning.lanes(ROAD | tags, korea=True) == expected


def test_arterials_are_narrower_outside_korea() -> None:
    assert meaning.lanes({"highway": "primary"}, korea=False) == (2, 2, "derived")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (30.0, "derived")),
        ({"maxspeed": "60"}, (60.0, "found")),
        ({"maxspeed": "30 mph"}, (48.28032, "found")),
        ({"maxspeed": "none"}, (30.0, "derived")),
        ({"maxspeed": "60", "maxspeed:forward": "40"}, (40.0, "found")),
        ({"maxspeed:backward": "40"}, (30.0, "derived")),
    ],
)
def test_speed(tags: dict[str, str], expected: tuple[float, str]) -> None:
    assert meaning.speed(ROAD | tags, "forward") == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (False, "derived")),
        ({"highway": "secondary"}, (True, "derived")),
        ({"sidewalk": "both"}, (True, "found")),
        ({"sidewalk": "none"}, (False, "found")),
        ({"sidewalk:left": "no", "sidewalk:right": "separate"}, (True, "found")),
    ],
)
def test_sidewalk(tags: dict[str, str], expected: tuple[bool, str]) -> None:
    assert meaning.sidewalk(ROAD | tags) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.13 m", 12.13),
        ("12,5", 12.5),
        ("10 ft", 3.048),
        ("10'", 3.048),
        ("x", None),
        (None, None),
    ],
)
def test_numbers_in_tags(text: str | None, expected: float | None) -> None:
    assert meaning.number(text) == (None if expected is None else pytest.approx(expected))


def test_width_is_that_of_the_lanes_or_of_the_class() -> None:
    assert meaning.width(ROAD | {"width": "7.5"}, 2) == (7.5, "found")
    assert meaning.width(ROAD, 2) == (6.0, "derived")
    assert meaning.width({"highway": "primary"}, 6) == (19.5, "derived")


def test_signals_belong_to_the_junction_they_stand_at(tmp_path: Path) -> None:
    nodes = {**CROSS, 6: (-20, 0), 7: (200, 0)}
    signals = {6: {"highway": "traffic_signals"}, 7: {"highway": "traffic_signals"}}
    ways: Ways = {1: ([1, 6, 2, 7, 3], ROAD), 2: ([4, 2, 5], ROAD)}
    junctions = read_osm(written(tmp_path, nodes, ways, signals))["junctions"]
    middle = shapely.distance(
        junctions.geometry.to_numpy(), junctions.union_all().centroid
    ).argmin()
    assert np.flatnonzero(junctions["signal"]).tolist() == [middle]


def test_crossings_know_their_street_and_signal(tmp_path: Path) -> None:
    nodes = {**CROSS, 6: (100, 0), 7: (-100, 20), 8: (-100, -20), 9: (500, 500)}
    points = {
        6: {"highway": "crossing", "crossing": "traffic_signals"},
        9: {"highway": "crossing"},
    }
    path = {"highway": "footway", "footway": "crossing"}
    ways: Ways = {1: ([1, 2, 6, 3], ROAD), 2: ([4, 2, 5], ROAD), 3: ([7, 8], path)}
    city = read_osm(written(tmp_path, nodes, ways, points))
    crossings, streets = city["crossings"], city["streets"]
    assert crossings["signal"].tolist() == [True, False]
    assert crossings["origin"].tolist() == ["found", "derived"]
    for point, street in zip(crossings.geometry, crossings["street"], strict=True):
        assert streets.geometry[street].distance(point) < 0.01


def test_walkers_go_from_paths_to_streets_where_they_meet(tmp_path: Path) -> None:
    nodes = {**CROSS, 6: (0, 300)}
    ways: Ways = {
        1: ([1, 2], ROAD),
        2: ([2, 5], {"highway": "steps"}),
        3: ([5, 6], {"highway": "cycleway", "foot": "yes"}),
        4: ([2, 3], {"highway": "cycleway"}),
        5: ([2, 4], {"highway": "footway", "access": "private"}),
    }
    city = read_osm(written(tmp_path, nodes, ways))
    footways = city["footways"]
    assert sorted(zip(footways["kind"], footways["origin"], strict=True)) == [
        ("path", "found"),
        ("steps", "found"),
        ("street", "derived"),
    ]
    walking = Network.walking(city)
    assert (walking.nodes, walking.left_out) == (4, 0)
    ends = walking.nearest([walking.x.min(), 0], [walking.y.min(), 1e9])
    assert walking.many_to_many(*ends)[0, 0] == pytest.approx(500.0, rel=0.01)


SQUARE: Nodes = {11: (50, 20), 12: (80, 20), 13: (80, 50), 14: (50, 50)}


def one_area(folder: Path, tags: dict[str, str]) -> City:
    """Return a city of one street and one area of 30 x 30 m."""
    ways: Ways = {1: ([1, 2, 3], ROAD), 2: ([11, 12, 13, 14, 11], tags)}
    return read_osm(written(folder, {**CROSS, **SQUARE}, ways))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"building": "apartments", "height": "40 m"}, ("apartment", "found", 40.0, 14, "found")),
        (
            {"building": "apartments", "height": "40", "building:levels": "13"},
            ("apartment", "found", 40.0, 13, "found"),
        ),
        ({"building": "office", "building:levels": "10"}, ("office", "found", 38.0, 10, "derived")),
        ({"building": "residential"}, ("villa", "found", 12.0, 4, "synthetic")),
        (
            {"building": "residential", "building:levels": "20"},
            ("apartment", "derived", 58.0, 20, "derived"),
        ),
        ({"building": "yes", "shop": "mall"}, ("shop", "derived", 12.0, 3, "synthetic")),
        ({"building": "yes", "amenity": "school"}, ("school", "derived", 14.4, 4, "synthetic")),
        ({"building": "yes"}, ("villa", "synthetic", 12.0, 4, "synthetic")),
        ({"building": "yes;apartments"}, ("apartment", "found", 43.5, 15, "synthetic")),
        ({"building": "yes", "height": "-3"}, ("villa", "synthetic", 12.0, 4, "synthetic")),
    ],
)
def test_buildings(
    tmp_path: Path, tags: dict[str, str], expected: tuple[str, str, float, int, str]
) -> None:
    row = one_area(tmp_path, tags | {"name": "가나"})["buildings"].iloc[0]
    assert (row["use"], row["use_origin"]) == expected[:2]
    assert row["height_m"] == pytest.approx(expected[2])
    assert (row["floors"], row["height_origin"]) == expected[3:]
    assert row["name"] == "가나"
    assert row.geometry.area == pytest.approx(900.0, rel=0.02)


@pytest.mark.parametrize("kind", ["no", "roof", "construction"])
def test_what_is_no_building(tmp_path: Path, kind: str) -> None:
    assert "buildings" not in one_area(tmp_path, {"building": kind})


def test_a_building_of_several_ways_has_its_yard(tmp_path: Path) -> None:
    inner = {21: (60, 30), 22: (70, 30), 23: (70, 40), 24: (60, 40)}
    ways: Ways = {
        1: ([1, 2, 3], ROAD),
        2: ([11, 12, 13], {}),
        3: ([13, 14, 11], {}),
        4: ([21, 22, 23, 24, 21], {}),
    }
    relation = (
        '<relation id="1" version="1"><member type="way" ref="2" role="outer"/>'
        '<member type="way" ref="3" role="outer"/><member type="way" ref="4" role="inner"/>'
        '<tag k="type" v="multipolygon"/><tag k="building" v="office"/></relation>'
    )
    path = written(tmp_path, {**CROSS, **SQUARE, **inner}, ways, relations=relation)
    buildings = read_osm(path)["buildings"]
    assert len(buildings) == 1
    assert buildings.area[0] == pytest.approx(800.0, rel=0.02)


def test_unknown_heights_follow_ten_known_neighbours(tmp_path: Path) -> None:
    nodes, ways = dict(CROSS), {1: ([1, 2, 3], ROAD)}
    for row in range(11):
        ids = [100 * (row + 1) + corner for corner in range(4)]
        corners = [(0, 0), (20, 0), (20, 20), (0, 20)]
        nodes |= {i: (30.0 * row + x, 30.0 + y) for i, (x, y) in zip(ids, corners, strict=True)}
        tags = {"building": "office"} | ({"building:levels": "9"} if row else {})
        ways[100 + row] = ([*ids, ids[0]], tags)
    buildings = read_osm(written(tmp_path, nodes, ways))["buildings"]
    guessed = buildings[buildings["height_origin"] == "synthetic"]
    assert len(guessed) == 1
    assert guessed["floors"].tolist() == [9]
    assert guessed["height_m"].tolist() == [pytest.approx(9 * 3.8)]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, ("public", 30, "derived", 0.0, "synthetic")),
        ({"capacity": "12"}, ("public", 12, "found", 0.0, "synthetic")),
        ({"capacity": "-5"}, ("public", 30, "derived", 0.0, "synthetic")),
        ({"access": "private"}, ("private", 30, "derived", 0.0, "synthetic")),
        ({"fee": "yes"}, ("public", 30, "derived", 1200.0, "derived")),
        ({"fee": "no"}, ("public", 30, "derived", 0.0, "found")),
        (
            {"parking": "multi-storey", "building:levels": "4"},
            ("public", 120, "derived", 0.0, "synthetic"),
        ),
    ],
)
def test_car_parks(
    tmp_path: Path, tags: dict[str, str], expected: tuple[str, int, str, float, str]
) -> None:
    city = one_area(tmp_path, {"amenity": "parking", "opening_hours": "Mo-Su 08:00-20:30"} | tags)
    row = city["car_parks"].iloc[0]
    columns = ["kind", "spaces", "spaces_origin", "price_krw_h", "price_origin"]
    assert tuple(row[columns]) == expected
    assert (row["open_from_h"], row["open_to_h"]) == (8.0, 20.5)
    assert (row["building"], row.geometry.geom_type) == (-1, "Point")
    assert city["streets"].geometry[row["street"]].distance(row.geometry) < 40.0


def test_a_car_park_in_a_building_belongs_to_it(tmp_path: Path) -> None:
    city = one_area(tmp_path, {"amenity": "parking", "building": "parking"})
    assert city["car_parks"]["building"].tolist() == [0]
    assert city["buildings"]["use"].tolist() == ["parking"]


@pytest.mark.parametrize(
    ("tags", "rows"),
    [
        ({"parking:lane:both": "parallel"}, [("kerb_legal", 31, 0), ("kerb_legal", 31, 1)]),
        ({"parking:right": "lane"}, [("kerb_legal", 31, 0)]),
        ({"parking:left": "lane"}, [("kerb_legal", 31, 1)]),
        (
            {"parking:both": "lane", "parking:both:orientation": "perpendicular"},
            [("kerb_legal", 76, 0), ("kerb_legal", 76, 1)],
        ),
        ({"parking:both": "lane", "oneway": "yes"}, [("kerb_legal", 31, 0), ("kerb_legal", 31, 0)]),
        ({"parking:lane:both": "no_parking"}, []),
        ({"parking:both": "lane", "parking:both:restriction": "no_stopping"}, []),
        (
            {"parking:lane:right": "parallel", "parking:condition:right": "residents"},
            [("resident_priority", 31, 0)],
        ),
    ],
)
def test_kerbs(tmp_path: Path, tags: dict[str, str], rows: list[tuple[str, int, int]]) -> None:
    city = read_osm(written(tmp_path, CROSS, {1: ([1, 2], ROAD | tags)}))
    if not rows:
        assert "car_parks" not in city
        return
    parks = city["car_parks"]
    assert list(zip(parks["kind"], parks["spaces"], parks["street"], strict=True)) == rows
    streets = city["streets"].geometry
    for line, street in zip(parks.geometry, parks["street"], strict=True):
        assert line.length == pytest.approx(190.0, rel=0.01)
        assert streets[street].distance(line) == pytest.approx(2.0)
    if tags.get("oneway") is None and len(rows) == 2:
        # each on the right of its direction: the first heads east, so its bays lie south
        assert parks.geometry[0].centroid.y < streets[0].centroid.y < parks.geometry[1].centroid.y


def test_a_street_too_short_for_a_car_has_no_bays(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (8, 0)}
    path = written(tmp_path, nodes, {1: ([1, 2], ROAD | {"parking:both": "lane"})})
    assert "car_parks" not in read_osm(path)


def test_amenities_stops_trees_parks_and_water(tmp_path: Path) -> None:
    tagged = {
        1: {"highway": "bus_stop", "name": "시청"},
        4: {"amenity": "cafe"},
        5: {"shop": "bakery", "name": "빵집"},
        6: {"natural": "tree"},
        7: {"public_transport": "platform", "bus": "yes"},
        8: {"amenity": "cafe"},
    }
    # 7 is 5 m from the stop, 8 is 5 km away
    nodes = {**CROSS, **SQUARE, 6: (10, 10), 7: (-200, 5), 8: (5000, 0), 9: (0, 20), 10: (33, 20)}
    ways: Ways = {
        1: ([1, 2, 3], ROAD),
        2: ([11, 12, 13, 14, 11], {"leisure": "park", "name": "공원"}),
        3: ([11, 12, 13, 11], {"natural": "water"}),
        4: ([9, 10], {"natural": "tree_row"}),
    }
    city = read_osm(written(tmp_path, nodes, ways, tagged))
    assert city["bus_stops"]["name"].tolist() == ["시청"]
    assert sorted(city["amenities"]["kind"]) == ["cafe", "shop"]
    assert city["parks"]["name"].tolist() == ["공원"]
    assert len(city["water"]) == 1
    assert city["trees"]["origin"].tolist() == ["found"] + ["derived"] * 5


def test_streams_are_as_wide_as_they_say_and_no_water_twice(tmp_path: Path) -> None:
    nodes = {**CROSS, **SQUARE, 6: (-100, 60), 7: (100, 60), 8: (-100, 80), 9: (100, 80)}
    nodes |= {20: (0, 50), 21: (40, 50), 22: (40, 70), 23: (0, 70)}
    ways: Ways = {
        1: ([1, 2, 3], ROAD),
        2: ([6, 7], {"waterway": "river", "width": "12 m", "name": "강"}),
        3: ([8, 9], {"waterway": "stream"}),
        4: ([8, 7], {"waterway": "stream", "tunnel": "culvert"}),
        5: ([20, 21, 22, 23, 20], {"natural": "water"}),
        6: ([8, 6], {"waterway": "drain"}),
    }
    water = read_osm(written(tmp_path, nodes, ways))["water"]
    kinds = water.dissolve("kind")
    assert list(kinds.index) == ["river", "stream", "water"]
    size = kinds.area
    assert size["water"] == pytest.approx(40 * 20, rel=0.01)
    assert size["river"] == pytest.approx((200 - 40) * 12, rel=0.01)
    assert size["stream"] == pytest.approx(200 * 3, rel=0.01)
    assert water.area.sum() == pytest.approx(water.geometry.union_all().area)
    assert kinds["width_origin"].to_dict() == {
        "river": "found", "stream": "synthetic", "water": "found"
    }  # fmt: skip
    assert kinds["origin"].to_dict() == {"river": "derived", "stream": "derived", "water": "found"}


@pytest.mark.parametrize(
    ("own", "part", "expected"),
    [
        ({}, {"height": "50"}, (50.0, "found")),
        ({"height": "20"}, {"height": "50"}, (50.0, "found")),
        ({"height": "60"}, {"height": "50"}, (60.0, "found")),
        ({"height": "20"}, {"building:levels": "10"}, (None, "derived")),
        ({"height": "20"}, {}, (20.0, "found")),
    ],
)
def test_a_building_is_as_tall_as_its_tallest_part(
    tmp_path: Path, own: dict[str, str], part: dict[str, str], expected: tuple[float | None, str]
) -> None:
    nodes = {**CROSS, **{20 + i: p for i, p in enumerate(((10, 10), (40, 10), (40, 40), (10, 40)))}}
    nodes |= {30 + i: p for i, p in enumerate(((15, 15), (25, 15), (25, 25), (15, 25)))}
    nodes |= {40 + i: p for i, p in enumerate(((60, 15), (70, 15), (70, 25), (60, 25)))}
    ways: Ways = {
        1: ([1, 2, 3], ROAD),
        2: ([20, 21, 22, 23, 20], {"building": "office"} | own),
        3: ([30, 31, 32, 33, 30], {"building:part": "yes"} | part),
        4: ([30, 31, 32, 30], {"building:part": "yes", "height": "8"}),
        5: ([40, 41, 42, 43, 40], {"building:part": "yes", "height": "99"}),
    }
    (built,) = read_osm(written(tmp_path, nodes, ways))["buildings"].itertuples()
    height, origin = expected
    if height is None:
        assert (built.floors, built.height_m) == (10, pytest.approx(10 * 4.0, abs=5.0))
    else:
        assert built.height_m == height
    assert built.height_origin == origin


def rule(number: int, kind: str, members: Mapping[str, int | tuple[int, ...]], **tags: str) -> str:
    """Return a relation; a via above 100 is a way."""
    rows = [
        f'<member type="{"n" if role == "via" and ref < 100 else "w"}" ref="{ref}" role="{role}"/>'
        for role, refs in members.items()
        for ref in (refs if isinstance(refs, tuple) else (refs,))
    ]
    known = {"type": "restriction", "restriction": kind} | tags
    return f'<relation id="{number}" version="1">{"".join(rows)}{marked(known)}</relation>'


ARMS: Ways = {
    101: ([1, 2], ROAD),
    102: ([2, 3], ROAD),
    103: ([4, 2], ROAD),
    104: ([2, 5], ROAD),
}
"""A crossing of four ways at node 2: west, east, south, north."""


def ruled(folder: Path, *relations: str, ways: Ways = ARMS) -> City:
    city = read_osm(written(folder, CROSS, ways, relations="".join(relations)))
    validate(city)
    return city


def banned(city: City) -> set[tuple[int, int]]:
    """Return from which way to which other one may not turn."""
    way, bans = city["streets"]["osm_id"].to_numpy(), city.tables["turn_bans"]
    return set(zip(way[bans["from_street"]], way[bans["to_street"]], strict=True))


def test_a_forbidden_turn(tmp_path: Path) -> None:
    city = ruled(tmp_path, rule(1, "no_left_turn", {"from": 101, "via": 2, "to": 104}))
    assert banned(city) == {(101, 104)}
    assert city.notes == ()
    assert "turn_bans" in city.sources


def test_an_only_rule_forbids_the_other_ways_on_and_back(tmp_path: Path) -> None:
    straight = rule(1, "only_straight_on", {"from": 101, "via": 2, "to": 102})
    others = {(101, 101), (101, 103), (101, 104)}
    assert banned(ruled(tmp_path, straight)) == others
    right = rule(2, "only_right_turn", {"from": 101, "via": 2, "to": 103})
    assert banned(ruled(tmp_path, straight, right)) == {(101, 101), (101, 104)}
    against = rule(3, "no_straight_on", {"from": 101, "via": 2, "to": 102})
    assert banned(ruled(tmp_path, straight, against)) == {(101, 102)} | others


def test_no_entry_and_u_turns(tmp_path: Path) -> None:
    entry = rule(1, "no_entry", {"from": (101, 103), "via": 2, "to": 104})
    back = rule(2, "no_u_turn", {"from": 102, "via": 2, "to": 102})
    expected = {(101, 104), (103, 104), (102, 102)}
    assert banned(ruled(tmp_path, entry, back)) == expected


@pytest.mark.parametrize(
    "relation",
    [
        rule(1, "no_left_turn", {"from": 101, "via": 103, "to": 104}),
        rule(1, "no_left_turn", {"from": 101, "via": 2, "to": 104}, **{"except": "psv;motorcar"}),
        rule(1, "no_left_turn", {"from": 101, "via": 2, "to": 999}),
        rule(1, "no_left_turn", {"from": 101, "via": 3, "to": 104}),
        rule(1, "no_left_turn", {"from": 101, "to": 104}),
        rule(1, "", {"from": 101, "via": 2, "to": 104}, **{"restriction:hgv": "no_left_turn"}),
    ],
)
def test_a_rule_that_cannot_be_kept_is_counted(tmp_path: Path, relation: str) -> None:
    city = ruled(tmp_path, relation, rule(2, "no_u_turn", {"from": 102, "via": 2, "to": 102}))
    assert banned(city) == {(102, 102)}
    assert city.notes[0].startswith("turn_bans: 1 of 2 rules left out: they hold for some vehicles")


def test_a_rule_on_a_way_that_goes_on_is_left_out(tmp_path: Path) -> None:
    ways: Ways = {101: ([1, 2, 3], ROAD), 104: ([2, 5], ROAD)}
    left = rule(1, "no_left_turn", {"from": 101, "via": 2, "to": 104})
    assert "turn_bans" not in ruled(tmp_path, left, ways=ways).tables
    oneway: Ways = {**ways, 101: ([1, 2, 3], ROAD | {"oneway": "yes"})}
    assert banned(ruled(tmp_path, left, ways=oneway)) == {(101, 104)}


@pytest.mark.data
def test_rules_of_helsinki_follow_its_streets() -> None:
    city = read_osm(data_file("osm/helsinki_center.osm.pbf"))
    validate(city)
    rules = city.tables["turn_bans"]
    assert len(rules) == 75 - 28, "27 straight on and 2 to the left are allowed, one of them untied"
    assert city.notes[0].startswith("turn_bans: 3 of 45 rules left out")
    clipped = city.clip(city["streets"].geometry.iloc[rules["from_street"].iloc[0]].buffer(200))
    validate(clipped)
    assert 0 < len(clipped.tables["turn_bans"]) < len(rules)


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (127.1, 37.5, "EPSG:5186"),
        (129.04, 35.1, "EPSG:5186"),
        (126.5, 33.5, "EPSG:5186"),
        (130.4, 33.6, "EPSG:32652"),
        (129.3, 34.2, "EPSG:32652"),
        (7.42, 43.73, "EPSG:32632"),
        (24.94, 60.17, "EPSG:32635"),
        (-70.6, -33.4, "EPSG:32719"),
    ],
)
def test_the_metric_system_fits_the_place(lon: float, lat: float, crs: str) -> None:
    assert Projection.around(np.array([[lon * 1e7, lat * 1e7]], np.int64)).crs == crs


@pytest.fixture(scope="module", params=FILES)
def real(request: pytest.FixtureRequest) -> City:
    return read_osm(data_file(f"osm/{request.param}"))


def test_real_cities_keep_the_schema(real: City) -> None:
    validate(real)
    assert real.attributions() == [ATTRIBUTION]
    assert set(real.sources) == {*real.layers, *real.tables}


def test_real_lengths_and_nodes_fit(real: City) -> None:
    streets, points = real["streets"], real["junctions"].geometry.to_numpy()
    lines = streets.geometry.to_numpy()
    np.testing.assert_allclose(streets["length_m"], shapely.length(lines))
    assert (shapely.get_point(lines, 0) == points[streets["from_junction"]]).all()
    assert (shapely.get_point(lines, -1) == points[streets["to_junction"]]).all()
    assert streets.groupby("way").size().max() <= 2


def test_real_networks_hold_together(real: City) -> None:
    driving, walking = Network.driving(real), Network.walking(real)
    assert driving.left_out < 0.15 * driving.nodes
    assert walking.left_out < 0.10 * walking.nodes
    inside = np.flatnonzero(driving.core)[::20]
    cost = driving.many_to_many(inside, inside)
    assert np.isfinite(cost).all()
    assert (cost[:, None] <= cost[:, :, None] + cost[None] + 1e-9).all()
    feet = np.flatnonzero(walking.core)[::50]
    there = walking.many_to_many(feet, feet)
    np.testing.assert_allclose(there, there.T)


def test_real_places_lie_near_the_streets(real: City) -> None:
    west, south, east, north = real["streets"].total_bounds
    for name in ("buildings", "amenities", "parks", "water", "trees", "car_parks"):
        if name in real:
            bounds = real[name].centroid.total_bounds
            assert (bounds[:2] > [west - 501, south - 501]).all()
            assert (bounds[2:] < [east + 501, north + 501]).all()


def test_songpa_is_all_there() -> None:
    city = read_osm(data_file("osm/seoul_songpa_jamsil.osm.pbf"), name="송파")
    buildings = city["buildings"]
    assert city.name == "송파"
    assert city.crs == "EPSG:5186"
    assert len(buildings) == 1355
    # 644 are counted in the file; a building of two outlines is two rows
    assert 644 <= (buildings["height_origin"] == "found").sum() <= 646
    assert buildings["height_m"].max() == pytest.approx(554.5), "Lotte World Tower, by its parts"
    assert len(city["crossings"]) == 69
    assert set(city["footways"]["kind"]) == {"street"}
    assert set(city["footways"]["origin"]) == {"derived"}
    assert "bus_stops" not in city


def test_monaco_leaves_out_the_sea() -> None:
    city = read_osm(data_file("osm/monaco.osm.pbf"))
    west, south, east, north = city["streets"].total_bounds
    assert (east - west, north - south) < (5000.0, 6000.0)
    assert city["districts"]["name"].tolist() == ["Monaco"]
    assert len(city["bus_stops"]) == 9


def test_helsinki_keeps_ways_with_missing_nodes_and_its_kerbs() -> None:
    city = read_osm(data_file("osm/helsinki_center.osm.pbf"))
    kinds = city["car_parks"]["kind"].value_counts()
    assert kinds["kerb_legal"] > 200
    assert len(city["bus_stops"]) == 92
    assert 110 > city["junctions"]["signal"].sum() > 80
    assert (city["amenities"]["kind"] == "shop").sum() == 513


def same(a: City, b: City) -> bool:
    return list(a.layers) == list(b.layers) and all(
        gpd.GeoDataFrame(a[name]).equals(b[name]) for name in a.layers
    )


def test_the_format_does_not_matter(tmp_path: Path) -> None:
    source = data_file("osm/gunsan_univ.osm.gz")
    plain, packed = tmp_path / "gunsan.osm", tmp_path / "gunsan.osm.pbf"
    plain.write_bytes(gzip.decompress(source.read_bytes()))
    with osmium.SimpleWriter(str(packed)) as writer:
        for thing in osmium.FileProcessor(str(plain)):
            writer.add(thing)
    first = read_osm(source)
    assert same(first, read_osm(plain))
    assert same(first, read_osm(packed))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.osm: no such file; give an OpenStreetMap"):
        read_osm(tmp_path / "none.osm")
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_osm(tmp_path)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="name" v="&b;"/></node></osm>'
)
SWAPPED = (
    '<osm version="0.6"><node id="1" lat="127.1" lon="37.5"/><node id="2" lat="127.2" lon="37.5"/>'
    '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>'
)
EMPTY = '<osm version="0.6"></osm>'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.osm.pbf", "", r"a\.osm\.pbf: the file is empty, it must hold OpenStreetMap data"),
        ("a.csv", "a,b", r"a\.csv: not an OpenStreetMap file, allowed are .osm.pbf, .osm.gz, .osm"),
        ("a.osm.pbf", "no map at all " * 9, "not readable as OpenStreetMap data: PBF error"),
        ("a.osm", "no map at all", "not readable as OpenStreetMap data: XML parsing error"),
        ("a.osm", "<html></html>", "not readable as OpenStreetMap data: Unknown top-level element"),
        ("a.osm", EMPTY[:-6], r"the file is cut off or damaged, fetch it again \(XML"),
        ("a.osm", BOMB, "XML entities are refused; save the file without a DOCTYPE"),
        ("a.osm", EMPTY, "no roads: a city needs ways with a highway tag of a street"),
        ("a.osm", SWAPPED, r"1 ways have no nodes with a place.*latitude in \[-90, 90\]"),
    ],
)
def test_bad_files_say_what_is_wrong(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_osm(path)


@pytest.mark.parametrize("name", FILES[:3])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_was_cut_off(tmp_path: Path, name: str, share: float) -> None:
    whole = data_file(f"osm/{name}").read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(
        ValueError, match=f"{name}: not readable as OpenStreetMap data: the file is cut"
    ):
        read_osm(path)
