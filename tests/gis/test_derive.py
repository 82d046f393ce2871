"""What a city lacks is filled in by rule, and marked."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.city import City
from gis.derive import complete
from gis.derive.kerbs import kerbs
from gis.derive.marks import by_use, fill, mark, scattered
from gis.derive.parking import statutory_spaces
from gis.derive.streets import complete_junctions, complete_streets, core, degrees
from gis.derive.synthetic import blocks_filled
from gis.figures import FIGURES, TABLES, figure
from gis.readers.osm import read_osm
from gis.schema import validate
from tests.conftest import data_file
from tests.gis.tiny import CRS, SIDE, buildings, districts, junctions, streets, tiny


def no_crossings() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"street": np.zeros(0, dtype=int)}, geometry=[], crs=CRS)


def line_town(length: float, **columns: object) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return one two-way street between two junctions."""
    ends = [shapely.Point(0, 0), shapely.Point(length, 0)]
    there = shapely.LineString(ends)
    rows = {"from_junction": [0, 1], "to_junction": [1, 0], "lanes": 1, "way": 0, **columns}
    both = gpd.GeoDataFrame(rows, geometry=[there, there.reverse()], crs=CRS)
    return complete_streets(both), gpd.GeoDataFrame(geometry=ends, crs=CRS)


# marks


def test_marks_are_named_after_the_column_without_its_unit():
    assert mark("height_m") == "height_origin"
    assert mark("floor_area_m2") == "floor_area_origin"
    assert mark("price_krw_h") == "price_origin"
    assert mark("dwellings") == "dwellings_origin"


def test_fill_keeps_what_is_given_and_marks_the_rest():
    frame = gpd.GeoDataFrame({"a": [1.0, np.nan]}, geometry=[shapely.Point(0, 0)] * 2, crs=CRS)
    filled = fill(frame, "a", [7.0, 8.0], origin="synthetic")
    assert filled["a"].tolist() == [1.0, 8.0]
    assert filled["a_origin"].tolist() == ["found", "synthetic"]


def test_fill_twice_keeps_the_first_marks():
    frame = gpd.GeoDataFrame({"a": [1.0, np.nan]}, geometry=[shapely.Point(0, 0)] * 2, crs=CRS)
    once = fill(frame, "a", [7.0, 8.0])
    twice = fill(once, "a", [0.0, 0.0])
    assert twice["a"].tolist() == [1.0, 8.0]
    assert twice["a_origin"].tolist() == ["found", "derived"]


def test_values_of_no_use_at_all_are_numbers():
    empty = by_use(pd.Series([], dtype=object), {"shop": 1.0})
    assert empty.dtype == np.float64


def test_scattered_numbers_spread_evenly_and_belong_to_their_id():
    numbers = scattered(np.arange(1000))
    assert np.abs(np.bincount((numbers * 10).astype(int)) - 100).max() <= 2
    assert scattered([7])[0] == numbers[7]


def test_every_figure_has_a_source_or_is_an_assumption():
    for name, each in [*FIGURES.items(), *TABLES.items()]:
        assert (each.tag == "GK") == (each.source == "assumption"), name
        assert each.unit, name


def test_shares_in_tables_sum_up_and_a_day_has_24_hours():
    for name in ("living", "cars"):
        for row, shares in TABLES[name].rows.items():
            assert sum(shares) == pytest.approx(1.0, abs=1e-3), (name, row)
    assert sum(TABLES["ages"].rows["share"]) == pytest.approx(1.0, abs=1e-3)
    assert {len(row) for row in TABLES["starts"].rows.values()} == {24}
    assert sum(figure(f"household_{size}") for size in range(1, 6)) == pytest.approx(1.0)


# streets


def test_a_street_without_width_gets_that_of_its_lanes():
    made = complete_streets(streets("unclassified", width_m=None))
    assert made["width_m"].to_numpy() == pytest.approx(2 * figure("lane_m"))
    assert set(made["width_origin"]) == {"derived"}
    assert "width_origin" not in complete_streets(streets())


def test_the_two_directions_of_a_street_share_a_number():
    made = complete_streets(streets().drop(columns="way"))
    assert made.groupby("way").size().eq(2).all()
    ends = made.assign(low=made[["from_junction", "to_junction"]].min(axis=1))
    assert ends.groupby("way")["low"].nunique().eq(1).all()


def test_the_core_leaves_out_what_cannot_be_left_again():
    one_way = streets()
    corner = (one_way["to_junction"] == 0) | (one_way["from_junction"] == 0)
    dead_end = one_way[~corner | (one_way["to_junction"] == 0)]
    inside = core(dead_end, SIDE**2)
    assert inside.sum() == SIDE**2 - 1
    assert not inside[0]


def test_degrees_count_neighbours_once():
    number = degrees(streets(), SIDE**2)
    assert number[0] == 2
    assert number[2] == 3
    assert number[12] == 4


def test_gates_are_on_the_edge_and_can_be_reached():
    made = complete_junctions(junctions(), complete_streets(streets("tertiary")))
    gates = made[made["gate"]]
    assert len(gates) == 12
    edge = gates.geometry.x.isin([0, 400]) | gates.geometry.y.isin([0, 400])
    assert edge.all()
    assert set(made["gate_origin"]) == {"derived"}


def test_given_gates_are_kept():
    given = junctions().assign(gate=np.arange(SIDE**2) == 3)
    made = complete_junctions(given, complete_streets(streets()))
    assert np.flatnonzero(made["gate"]).tolist() == [3]


# buildings


def test_found_heights_stay_and_floors_follow_them():
    found = buildings().assign(height_m=[30.0] + [np.nan] * 15)
    made = complete(tiny(buildings=found))["buildings"]
    assert made["height_m"][0] == 30.0
    assert made["height_origin"].tolist() == ["found"] + ["derived"] * 15
    assert made["floors"][0] == 10
    assert made["floor_area_m2"][0] == pytest.approx(40 * 30 * 10)


def test_dwellings_are_floor_area_over_the_usual_dwelling():
    made = complete(tiny())["buildings"]
    villa = made[made["use"] == "villa"].iloc[0]
    assert villa["dwellings"] == round(villa["floor_area_m2"] / figure("gross_villa_m2"))
    assert (made.loc[made["use"] == "shop", "dwellings"] == 0).all()
    assert (made.loc[made["use"].isin(["apartment", "villa", "house"]), "jobs"] == 0).all()


def test_an_unknown_use_is_read_from_the_shape():
    sizes = [5.0, 10.0, 15.0, 30.0, 30.0]
    floors = [1, 2, 5, 15, 3]
    boxes = [shapely.box(k * 50, 0, k * 50 + s, s) for k, s in enumerate(sizes)]
    found = gpd.GeoDataFrame({"use": "other", "floors": floors}, geometry=boxes, crs=CRS)
    made = complete(tiny(buildings=found))["buildings"]
    assert made["use"].tolist() == ["other", "house", "villa", "apartment", "shop"]
    assert set(made["use_origin"]) == {"derived"}


def test_what_is_filled_in_from_made_up_values_is_made_up():
    box = [shapely.box(k * 60, 0, k * 60 + 30, 20) for k in range(3)]
    columns = {
        "use": ["villa", "villa", "villa"],
        "floors": [4, 4, 4],
        "height_m": [12.0, 12.0, 12.0],
        "use_origin": ["found", "synthetic", "found"],  # the second's use is unknown, and guessed
        "height_origin": ["found", "found", "synthetic"],  # of floors and height together
    }
    city = complete(tiny(buildings=gpd.GeoDataFrame(columns, geometry=box, crs=CRS)))
    made, parks = city["buildings"], city["car_parks"]
    assert made["floor_area_origin"].tolist() == ["derived", "derived", "synthetic"]
    for column in ("dwellings_origin", "jobs_origin"):
        assert made[column].tolist() == ["derived", "synthetic", "synthetic"]
    private = parks[parks["kind"] == "private"].sort_values("building")
    assert private["origin"].tolist() == ["derived", "synthetic", "synthetic"]
    shares = {row.column: row for row in city.check().columns}
    assert shares["buildings.dwellings"].synthetic == pytest.approx(2 / 3)


def test_derived_dwellings_hold_the_households_of_their_district():
    city = complete(tiny(districts=districts(households=300)))
    homes = city["buildings"]
    west = homes.representative_point().x < 200
    for here in (west, ~west):
        expected = 300 / figure("occupied_dwellings")
        assert homes.loc[here, "dwellings"].sum() == pytest.approx(expected, rel=0.02)


def test_found_dwellings_are_not_rescaled():
    found = buildings().assign(dwellings=[10] * 10 + [0] * 6)
    city = complete(tiny(buildings=found, districts=districts(households=9000)))
    assert city["buildings"]["dwellings"].tolist() == found["dwellings"].tolist()


# off-street parking


@pytest.mark.parametrize(
    ("use", "area", "dwellings", "spaces"),
    [
        ("apartment", 10_000.0, 90, 90),
        ("villa", 600.0, 8, 5),  # 8 x 0.6 = 4.8
        ("house", 49.0, 1, 0),
        ("house", 150.0, 1, 1),
        ("house", 250.0, 1, 2),
        ("office", 1500.0, 0, 10),
        ("shop", 224.0, 0, 1),  # 1.49
        ("shop", 226.0, 0, 2),  # 1.51
        ("other", 100.0, 0, 0),
    ],
)
def test_statutory_spaces(use: str, area: float, dwellings: int, spaces: int):
    row = gpd.GeoDataFrame(
        {"use": [use], "floor_area_m2": [area], "dwellings": [dwellings]},
        geometry=[shapely.Point(0, 0)],
        crs=CRS,
    )
    assert statutory_spaces(row).tolist() == [spaces]


def test_a_building_with_a_found_car_park_gets_no_other():
    found = gpd.GeoDataFrame(
        {"kind": ["private"], "spaces": [5], "building": [0]},
        geometry=[shapely.Point(50, 45)],
        crs=CRS,
    )
    parks = complete(tiny(car_parks=found))["car_parks"]
    of_first = parks[parks["building"] == 0]
    assert of_first["spaces"].tolist() == [5]
    assert of_first["origin"].tolist() == ["found"]
    assert (parks["building"] == 1).sum() == 1


def test_every_car_park_is_entered_from_a_street_that_can_be_reached():
    city = complete(tiny())
    parks, roads = city["car_parks"], city["streets"]
    assert parks["street"].between(0, len(roads) - 1).all()
    private = parks[parks["kind"] == "private"]
    away = private.distance(roads.geometry[private["street"]].reset_index(drop=True), align=False)
    assert away.max() < 60.0


def test_public_car_parks_are_found_or_made_but_never_both():
    made = complete(tiny(districts=districts()))["car_parks"]
    assert set(made.loc[made["kind"] == "public", "origin"]) == {"synthetic"}
    found = gpd.GeoDataFrame({"spaces": [30]}, geometry=[shapely.Point(50, 45)], crs=CRS)
    public = complete(tiny(car_parks=found))["car_parks"].query("kind == 'public'")
    assert public["spaces"].tolist() == [30]
    assert public["price_krw_h"].tolist() == [figure("public_price")]


# kerbs


def test_a_kerb_without_corners_holds_a_car_every_six_metres():
    roads, ends = line_town(62.0, highway="residential", width_m=6.0)
    made = kerbs(roads, ends, no_crossings())
    assert made["spaces"].tolist() == [10]
    assert made["street"].tolist() == [0]


def test_corners_and_crossings_stay_free():
    roads = complete_streets(streets())
    made = kerbs(roads, junctions(), no_crossings())
    inner = made["street"].map(roads["from_junction"].isin([7]) & roads["to_junction"].isin([6]))
    # 100 m less half of the 6 m crossing street and 5 m at both ends: 84 m, 14 cars
    assert made.loc[inner.astype(bool), "spaces"].tolist() in ([14], [])
    middle = roads.index[(roads["from_junction"] == 11) & (roads["to_junction"] == 12)]
    one = gpd.GeoDataFrame({"street": middle}, geometry=[shapely.Point(150, 200)], crs=CRS)
    fewer = kerbs(roads, junctions(), one)
    before = made.loc[made["street"] == middle[0], "spaces"].item()
    after = fewer.loc[fewer["street"] == middle[0], "spaces"].item()
    # 100 - 2 x (5 + 5) = 80 m: 13 cars; less 10 m at the crossing: 11
    assert (before, after) == (13, 11)


@pytest.mark.parametrize(("width", "sides"), [(4.9, 0), (5.0, 1), (6.9, 1), (7.0, 2), (12.0, 2)])
def test_cars_leave_three_metres_to_pass(width: float, sides: int):
    roads, ends = line_town(100.0, highway="residential", width_m=width)
    assert len(kerbs(roads, ends, no_crossings())) == sides


def test_the_two_kerbs_of_a_street_lie_on_its_two_sides():
    roads, ends = line_town(100.0, highway="residential", width_m=8.0)
    made = kerbs(roads, ends, no_crossings())
    assert made["street"].tolist() == [0, 1]
    assert [line.centroid.y for line in made.geometry] == pytest.approx([-3.0, 3.0])
    first = made.geometry[0].coords
    assert first[0][0] < first[-1][0]  # it runs the way of its street


def test_a_one_way_street_has_both_kerbs_to_itself():
    roads, ends = line_town(100.0, highway="residential", width_m=8.0)
    made = kerbs(roads.iloc[:1], ends, no_crossings())
    assert made["street"].tolist() == [0, 0]
    assert [line.centroid.y for line in made.geometry] == pytest.approx([-3.0, 3.0])


def test_bays_on_narrow_streets_are_for_residents_and_on_wide_ones_paid():
    roads = complete_streets(streets())
    made = kerbs(roads, junctions(), no_crossings())
    kind = made["street"].map(roads["highway"])
    assert set(made.loc[made["kind"] == "resident_priority", "street"].map(roads["highway"])) == {
        "residential"
    }
    residential = made[kind == "residential"]
    share = (residential["kind"] == "resident_priority").mean()
    assert share == pytest.approx(figure("resident_share"), abs=0.05)
    wide = complete_streets(streets("tertiary", width_m=10.0))
    painted = kerbs(wide, junctions(), no_crossings()).query("kind == 'kerb_legal'")
    assert (painted["price_krw_h"] == figure("kerb_price")).all()
    assert 0 < len(painted) <= 0.15 * 80


def test_no_kerb_on_a_motorway():
    roads, ends = line_town(300.0, highway="motorway", width_m=20.0)
    assert kerbs(roads, ends, no_crossings()).empty


def test_kerbs_beside_found_ones_are_illegal_and_elsewhere():
    line = streets().geometry[0]
    found = gpd.GeoDataFrame(
        {"kind": ["kerb_legal"], "spaces": [8], "street": [0]}, geometry=[line], crs=CRS
    )
    parks = complete(tiny(car_parks=found))["car_parks"]
    made = parks[(parks["origin"] == "derived") & (parks["building"] < 0)]
    assert set(made.loc[made.geom_type == "LineString", "kind"]) == {"kerb_illegal"}
    assert not (made["street"] <= 1).any()


# the whole


def test_a_completed_city_keeps_the_schema():
    validate(complete(tiny()), complete=True)
    validate(complete(tiny(districts=districts())), complete=True)


def test_completing_is_repeatable_and_idempotent():
    first, second = complete(tiny()), complete(tiny())
    again = complete(first)
    for name, layer in first.layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(layer), pd.DataFrame(second[name]))
        pd.testing.assert_frame_equal(
            pd.DataFrame(layer), pd.DataFrame(again[name]), check_dtype=False
        )


def test_every_row_says_where_it_comes_from():
    city = complete(tiny())
    for name, layer in city.layers.items():
        assert set(layer["origin"]) <= {"found", "derived", "synthetic"}, name
    assert set(city["streets"]["origin"]) == {"found"}
    assert set(city["districts"]["origin"]) == {"synthetic"}
    assert set(city["crossings"]["origin"]) == {"derived"}


def test_a_motorway_alone_is_a_city_without_car_parks():
    roads, ends = line_town(300.0, highway="motorway", width_m=20.0)
    city = complete(City("road", CRS, {"streets": roads, "junctions": ends}))
    validate(city, complete=True)
    assert city["car_parks"].empty
    assert city["buildings"].empty
    assert city["districts"]["population"].tolist() == [0]


def test_a_district_that_is_partly_outside_counts_in_part():
    far = districts()
    far.loc[1, "geometry"] = shapely.box(200, -50, 950, 450)
    made = complete(tiny(districts=far))["districts"]
    assert made["share_in_area"][0] == 1.0
    assert made["share_in_area"][1] == pytest.approx(1 / 3, abs=0.05)


def test_a_city_without_streets_is_refused():
    with pytest.raises(ValueError, match="bare has no streets: a city needs streets and junctions"):
        complete(City("bare", CRS, {"junctions": junctions()}))


def test_blocks_between_streets_are_built_up():
    made = blocks_filled(complete_streets(streets()))
    assert len(made) > 100
    assert set(made["origin"]) == {"synthetic"}
    roads = shapely.union_all(shapely.buffer(streets().geometry.to_numpy(), 3.0))
    assert not made.intersects(roads).any()
    pairs = made.sindex.query(made.geometry, predicate="overlaps")
    assert pairs.shape[1] == 0


def test_a_known_school_gives_its_name_and_use_to_the_nearest_building():
    place = shapely.Point(150, 150)
    known = gpd.GeoDataFrame({"kind": ["school"], "name": ["새솔초"]}, geometry=[place], crs=CRS)
    bare = tiny(amenities=known)
    bare = City(bare.name, bare.crs, {k: v for k, v in bare.layers.items() if k != "buildings"})
    made = complete(bare)["buildings"]
    nearest = made.loc[made.distance(place).idxmin()]
    assert (nearest["use"], nearest["name"], nearest["floors"]) == ("school", "새솔초", 4)
    assert (made["name"] == "새솔초").sum() == 1


def doan() -> City:
    """Return the streets and dongs of Daejeon Doan, as they come."""
    path = data_file("daejeon_doan.gpkg")
    roads, nodes, dongs = (
        gpd.read_file(path, layer=name) for name in ("streets", "junctions", "dongs")
    )
    row = pd.Series(np.arange(len(nodes)), index=nodes["node_id"])
    roads["from_junction"] = roads["from_node"].map(row)
    roads["to_junction"] = roads["to_node"].map(row)
    columns = ["from_junction", "to_junction", "lanes", "speed_kmh", "length_m", "geometry"]
    nodes = nodes.rename(columns={"signalised": "signal"})[["signal", "geometry"]]
    dongs = dongs.rename(columns={"dong_name": "name"})
    return City("Doan", CRS, {"streets": roads[columns], "junctions": nodes, "districts": dongs})


@pytest.mark.parametrize(
    "name",
    [
        "seoul_songpa_jamsil.osm.pbf",
        "seoul_gongdeok.osm",
        "gunsan_univ.osm.gz",
        "monaco.osm.pbf",
        "helsinki_center.osm.pbf",
    ],
)
def test_street_files_become_whole_cities(name: str):
    found = read_osm(data_file(f"osm/{name}"))
    city = complete(found)
    validate(city, complete=True)
    assert len(city["streets"]) == len(found["streets"])
    assert len(city["buildings"]) == len(found["buildings"])
    spaces = city["car_parks"].groupby("kind")["spaces"].sum()
    assert spaces["private"] > 0
    assert spaces["kerb_illegal"] > 0
    kept = city["car_parks"]["origin"] == "found"
    assert kept.sum() == len(found.layers.get("car_parks", ()))
    gates = np.flatnonzero(city["junctions"]["gate"])
    assert core(city["streets"], len(city["junctions"]))[gates].all()
    assert 2 <= len(gates) <= 40


def test_daejeon_doan_gets_buildings_for_its_people():
    city = complete(doan())
    validate(city, complete=True)
    homes, dongs = city["buildings"], city["districts"]
    assert set(homes["origin"]) == {"synthetic"}
    wanted = (dongs["households"] * dongs["share_in_area"]).sum() / figure("occupied_dwellings")
    assert homes["dwellings"].sum() == pytest.approx(wanted, rel=0.5)
    assert "lanes_origin" not in city["streets"]
    assert set(city["streets"]["width_origin"]) == {"derived"}
