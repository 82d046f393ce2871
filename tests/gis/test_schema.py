"""The schema: what is refused, in which words, and what the readiness report says."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.city import City
from gis.schema import SCHEMA, TABLES, validate
from tests.gis.grid_city import CRS, EAST, NORTH, grid_city, layer


def changed(name: str, /, **columns: object) -> City:
    city = grid_city()
    return city.edit(**{name: city[name].assign(**columns)})


def one(name: str, column: str, row: int, value: object) -> City:
    """Return the grid with one value changed."""
    city = grid_city()
    values = city[name][column].astype(object)
    values[row] = value
    return city.edit(**{name: city[name].assign(**{column: values.infer_objects()})})


def test_every_reference_of_the_schema_names_a_layer() -> None:
    columns = [c for entry in SCHEMA.values() for c in entry.columns]
    columns += [c for entry in TABLES.values() for c in entry]
    known = {"streets", "junctions", "buildings", "bus_stops"}
    assert {c.refers for c in columns if c.refers} == known
    assert all(c.refers in SCHEMA for c in columns if c.refers)


def test_every_layer_says_where_its_rows_come_from() -> None:
    for entry in SCHEMA.values():
        origin = entry.column("origin")
        assert origin is not None
        assert origin.allowed == ("found", "derived", "synthetic")


def test_the_grid_keeps_to_the_schema_and_is_not_complete() -> None:
    validate(grid_city())
    with pytest.raises(ValueError, match="streets lacks the column length_m; its columns are: "):
        validate(grid_city(), complete=True)


@pytest.mark.parametrize(
    ("city", "message"),
    [
        (one("streets", "lanes", 3, 0),
         r"streets\.lanes must be at least 1 lanes, got 0 in row 3$"),
        (changed("streets", lanes=-1),
         r"got -1 in row 0 \(48 rows in all\)"),
        (one("car_parks", "spaces", 5, -3),
         r"car_parks\.spaces must be at least 0 spaces, got -3 in row 5"),
        (changed("streets", speed_kmh=900.0),
         r"speed_kmh must be at most 150 km/h, got 900.0 in row 0"),
        (changed("buildings", use="castle"),
         r"buildings\.use must be one of apartment, villa.*got 'castle'"),
        (changed("streets", lanes="two"),
         r"streets\.lanes must hold whole numbers, got 'two'"),
        (changed("streets", lanes=1.5),
         r"streets\.lanes must hold whole numbers, got "),
        (changed("streets", length_m=np.inf),
         r"streets\.length_m must hold numbers, got "),
        (changed("junctions", signal=1),
         r"junctions\.signal must hold true or false, got "),
        (changed("parks", name=7),
         r"parks\.name must hold text, got "),
        (changed("parks", origin="guessed"),
         r"parks\.origin must be one of found, derived, synthetic"),
        (one("streets", "to_junction", 2, 16),
         r"to_junction must be a row of junctions \(0 to 15\), got 16"),
        (one("car_parks", "building", 1, -2),
         r"car_parks\.building must be at least -1, got -2"),
        (one("streets", "from_junction", 1, -1),
         r"from_junction must be at least 0, got -1"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_rule_value_and_row(city: City, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate(city)


def test_required_columns_must_be_there() -> None:
    city = grid_city()
    city = city.edit(streets=city["streets"].drop(columns="to_junction"))
    with pytest.raises(ValueError, match="streets lacks the column to_junction; its columns are: "):
        validate(city)


def test_empty_values_are_allowed_until_the_city_is_complete() -> None:
    city = one("streets", "lanes", 3, np.nan)
    validate(city)
    with pytest.raises(ValueError, match=r"streets lacks|streets\.lanes must not be empty"):
        validate(city, complete=True)


@pytest.mark.parametrize("name", ["streets", "junctions"])
def test_a_city_without_streets_is_refused(name: str) -> None:
    city = grid_city()
    city = City("Empty", CRS, {n: f for n, f in city.layers.items() if n != name})
    with pytest.raises(ValueError, match=f"Empty has no {name}; a city needs at least the layers"):
        validate(city)


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        ("EPSG:4326", "needs a coordinate system in metres, e.g. EPSG:5186; got EPSG:4326"),
        ("EPSG:2263", "needs a coordinate system in metres"),
        ("EPSG:1", "'EPSG:1' is no coordinate system"),
        ("EPSG:5179", r"layer streets must be in the city's EPSG:5179, got EPSG:5186"),
    ],
)
def test_the_system_must_be_metric_and_the_same_everywhere(crs: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate(City("c", crs, grid_city().layers))


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (
            shapely.Point(EAST, NORTH),
            "parks must be of geometry Polygon or MultiPolygon, got Point",
        ),
        (None, "parks must have a geometry in each row in row 0"),
        (shapely.Polygon(), "parks must have a geometry in each row"),
        (shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]), "parks must have valid geometries"),
    ],
)
def test_geometries_must_fit_the_layer(geometry: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate(grid_city().edit(parks=layer([geometry], name="")))


def test_rows_are_numbered_without_gaps() -> None:
    city = grid_city()
    with pytest.raises(ValueError, match="layer junctions must be numbered 0 to 14 without gaps"):
        validate(city.edit(junctions=city["junctions"].drop(index=3)))


def test_a_plain_table_is_no_layer() -> None:
    with pytest.raises(ValueError, match="layer parks must be a GeoDataFrame, got DataFrame"):
        validate(grid_city().edit(parks=pd.DataFrame({"name": ["x"]})))


def test_tables_refer_to_rows_that_exist() -> None:
    city = grid_city()
    wrong = pd.DataFrame({"junction": [99], "from_street": [0], "to_street": [1]})
    city = City("c", CRS, city.layers, {"turns": wrong})
    with pytest.raises(
        ValueError, match=r"turns\.junction must be a row of junctions \(0 to 15\), got 99"
    ):
        validate(city)


def test_layers_of_a_source_that_the_schema_does_not_know_are_kept() -> None:
    city = grid_city().edit(cameras=layer(shapely.points([(EAST, NORTH)])))
    validate(city)
    assert city.check().rows()[-1]["layer"] == "cameras"


def test_the_report_counts_each_origin() -> None:
    origin = ["found"] * 12 + ["derived"] * 6 + ["synthetic"] * 6
    report = changed("buildings", origin=origin).check()
    row = next(r for r in report.rows() if r["layer"] == "buildings")
    assert (row["state"], row["count"]) == ("found", 24)
    assert (row["found"], row["derived"], row["synthetic"]) == (0.5, 0.25, 0.25)
    assert row["lacks"] == ("height_m", "floor_area_m2", "jobs", "name")


def test_the_report_says_what_is_missing_and_whether_it_matters() -> None:
    report = grid_city().check()
    states = {r["layer"]: (r["need"], r["state"]) for r in report.rows()}
    assert states["trees"] == ("derivable", "missing")
    assert states["water"] == ("optional", "missing")
    assert report.ready
    assert not City("none", CRS, {}).check().ready


def test_marks_of_columns_are_counted_and_never_better_than_their_row() -> None:
    marks = ["found"] * 12 + ["derived"] * 12
    origin = ["found"] * 6 + ["synthetic"] * 18
    report = changed("buildings", height_m=3.0, height_origin=marks, origin=origin).check()
    column = next(c for c in report.columns if c.column == "buildings.height_m")
    assert (column.found, column.derived, column.synthetic) == (0.25, 0.0, 0.75)


def test_a_city_made_in_code_is_synthetic_throughout() -> None:
    city = grid_city()
    made = City(city.name, CRS, city.layers, synthetic=True)
    states = {r["layer"]: r["state"] for r in made.check().rows()}
    assert states["streets"] == "synthetic"
    assert "Grid (synthetic: made in code)" in str(made.check())


def test_trust_follows_what_a_solution_needs() -> None:
    derived = changed("car_parks", origin="derived")
    needs = {
        "parking": {"car_parks": 3.0, "buildings": 1.0},
        "drones": {"buildings": 1.0, "trees": 1.0},
    }
    parking, drones = derived.check(needs).solutions
    assert (parking.level, parking.found, parking.derived) == ("fair", 0.25, 0.75)
    assert parking.because == "car_parks 100% derived"
    assert (drones.level, drones.missing) == ("not possible", 0.5)
    assert drones.because == "trees missing"
    made = changed("car_parks", origin="synthetic").check(needs).solutions[0]
    assert made.level == "illustration only"
    good = grid_city().check(needs).solutions[0]
    assert (good.level, good.because) == ("good", "what it needs was found")


def test_a_column_can_be_needed() -> None:
    city = changed("buildings", dwellings_origin="derived")
    found = city.check(
        {"s": {"buildings": 1}, "t": {"buildings.dwellings": 1}, "u": {"buildings.jobs": 1}}
    )
    assert [t.level for t in found.solutions] == ["good", "fair", "not possible"]


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        ({"s": {"roads": 1}}, "s needs 'roads', which is no layer; layers are: streets, junctions"),
        ({"s": {"streets": 0}}, "s must weigh streets above 0, got 0"),
    ],
)
def test_needs_that_make_no_sense(needs: dict[str, dict[str, float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grid_city().check(needs)


def test_the_report_is_a_table_for_people_and_json_for_programs() -> None:
    report = changed("car_parks", origin="derived").check({"parking": {"car_parks": 1}})
    text = str(report)
    lines = {" ".join(line.split()) for line in text.splitlines()}
    assert "layer need state count found derived synthetic lacks" in lines
    assert "trees derivable missing 0" in lines
    assert "parking fair car_parks 100% derived" in lines
    assert all(line == line.rstrip() for line in text.splitlines())
    assert json.loads(json.dumps(report.as_dict()))["solutions"][0]["level"] == "fair"


def test_a_geometry_beyond_numbers_is_refused() -> None:
    far = gpd.GeoSeries([shapely.Point(np.inf, 0)], crs=CRS)
    with pytest.raises(ValueError, match="trees must have finite coordinates"):
        validate(grid_city().edit(trees=layer(far)))
