"""Areas: from a district's name, a polygon file or the whole city; each mistake one clear line."""

from __future__ import annotations

import json
import math
import pickle

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gis.city import City
from twin.area import Area, resolve

CRS = "EPSG:5186"
LEFT, BOTTOM = 210_000.0, 545_000.0  # Jamsil, in metres


def _layer(**columns):
    return gpd.GeoDataFrame(columns, crs=CRS)


@pytest.fixture(scope="module")
def city():
    west = shapely.box(LEFT, BOTTOM, LEFT + 1000, BOTTOM + 2000)
    east = shapely.box(LEFT + 1000, BOTTOM, LEFT + 2000, BOTTOM + 2000)
    isle = shapely.box(LEFT + 100, BOTTOM + 2000, LEFT + 200, BOTTOM + 2100)
    districts = _layer(name=["잠실본동", "Samjeon", "잠실본동"], geometry=[west, east, isle])
    street = shapely.LineString([(LEFT, BOTTOM), (LEFT + 2000, BOTTOM + 2000)])
    return City("Songpa", CRS, {"districts": districts, "streets": _layer(geometry=[street])})


def _degrees(shape, crs=CRS):
    change = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(change.transform(*xy.T)))


@pytest.fixture
def square():
    return shapely.box(LEFT + 300, BOTTOM + 300, LEFT + 700, BOTTOM + 900)


def _write(folder, shape, kind="FeatureCollection", name="station.geojson", **more):
    geometry = json.loads(shapely.to_geojson(shape))
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    data = {
        "FeatureCollection": {"type": "FeatureCollection", "features": [feature], **more},
        "Feature": feature,
        "geometry": geometry,
    }[kind]
    (folder / name).write_text(json.dumps(data), encoding="utf-8")
    return name


def test_the_ring_surrounds_the_area_and_leaves_it_out(square):
    area = Area("station", square, ring_m=100.0)
    assert area.ring.intersection(square).area == 0
    outside = 2 * 100 * (400 + 600) + math.pi * 100**2
    assert area.ring.area == pytest.approx(outside, rel=0.01)
    assert Area("station", square).ring_m == 250.0


def test_points_are_inside_or_in_the_ring_or_neither(square):
    area = Area("station", square, ring_m=100.0)
    x = LEFT + np.array([500.0, 300.0, 250.0, 199.0, 0.0])
    y = np.full(5, BOTTOM + 600.0)
    assert area.inside(x, y).tolist() == [True, True, False, False, False]
    assert area.in_ring(x, y).tolist() == [False, False, True, False, False]


def test_an_area_can_be_sent_to_a_worker(square):
    area = Area("station", square)
    assert area.ring.area > 0
    assert pickle.loads(pickle.dumps(area)) == area


def test_city_is_the_whole_extent(city):
    area = resolve("city", city)
    assert area.name == "Songpa"
    assert area.polygon.bounds == (LEFT, BOTTOM, LEFT + 2000, BOTTOM + 2100)


def test_a_district_is_the_union_of_its_rows(city):
    area = resolve("잠실본동", city)
    assert area.name == "잠실본동"
    assert area.polygon.area == pytest.approx(2_000_000 + 10_000)


@pytest.mark.parametrize("kind", ["FeatureCollection", "Feature", "geometry"])
def test_geojson_is_longitude_and_latitude(city, square, tmp_path, kind):
    name = _write(tmp_path, _degrees(square), kind)
    area = resolve(name, city, tmp_path)
    assert area.name == "station"
    assert area.polygon.symmetric_difference(square).area < 0.5


def test_a_subfolder_and_an_absolute_path_are_found(city, square, tmp_path):
    (tmp_path / "areas").mkdir()
    _write(tmp_path / "areas", _degrees(square))
    relative = resolve("areas/station.geojson", city, tmp_path)
    absolute = resolve(str(tmp_path / "areas" / "station.geojson"), city, "elsewhere")
    assert relative == absolute


def test_geojson_may_state_an_old_style_coordinate_system(city, square, tmp_path):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5186"}}
    name = _write(tmp_path, square, crs=crs)
    assert resolve(name, city, tmp_path).polygon.symmetric_difference(square).area < 0.5


@pytest.mark.parametrize("name", ["station.gpkg", "station.shp"])
def test_geopackage_and_shapefile_keep_their_coordinate_system(city, square, tmp_path, name):
    frame = gpd.GeoDataFrame(geometry=[square], crs=CRS).to_crs("EPSG:5179")
    frame.to_file(tmp_path / name)
    area = resolve(name, city, tmp_path)
    assert area.polygon.symmetric_difference(square).area < 0.5


def test_a_bow_tie_is_made_valid_and_lines_are_left_out(city, tmp_path):
    xy = [(0, 0), (200, 200), (200, 0), (0, 200), (0, 0)]
    tie = shapely.Polygon([(LEFT + x, BOTTOM + y) for x, y in xy])
    line = shapely.LineString([(LEFT, BOTTOM), (LEFT + 9, BOTTOM)])
    both = shapely.GeometryCollection([_degrees(tie), _degrees(line)])
    area = resolve(_write(tmp_path, both), city, tmp_path)
    assert area.polygon.is_valid
    assert area.polygon.area == pytest.approx(20_000, rel=0.01)


def test_an_unknown_district_is_refused_with_the_nearest(city):
    message = (
        r"area 'Samjeom' is no district of Songpa; did you mean 'Samjeon'\? "
        r"Its districts: 잠실본동, Samjeon; or 'city'; or a file \(.geojson, .json, .gpkg, .shp\)"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        resolve("Samjeom", city)


def test_a_city_without_districts_says_so(city):
    bare = City("Bare", CRS, {"streets": city["streets"]})
    with pytest.raises(ValueError, match="no district of Bare; Its districts: none; or 'city'"):
        resolve("centre", bare)


def test_a_missing_file_is_named(city, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'no.geojson': there is no file .*no.geojson"):
        resolve("no.geojson", city, tmp_path)


@pytest.mark.parametrize("name", ["/vsicurl/http://127.0.0.1/x.geojson", "/vsizip/a.zip/x.gpkg"])
def test_a_name_that_only_gdal_knows_is_a_missing_file(city, tmp_path, name):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        resolve(name, city, tmp_path)


def test_a_file_of_points_holds_no_polygon(city, tmp_path):
    name = _write(tmp_path, shapely.Point(127.1, 37.5))
    with pytest.raises(ValueError, match=r"area 'station.geojson': the file must hold a polygon"):
        resolve(name, city, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"type": "Polygon", "coordinates": [[[1, 2], [3]]]}',
        '{"type": "Polygon", "coordinates": "x"}',
        "[" * 100_000,
        "\xff\xfe",
    ],
)
def test_a_broken_geojson_is_refused(city, tmp_path, text):
    (tmp_path / "a.geojson").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"area 'a.geojson': must be GeoJSON, is not"):
        resolve("a.geojson", city, tmp_path)


@pytest.mark.parametrize("text", ["[]", "5", '{"type": "FeatureCollection", "features": null}'])
def test_a_json_without_geometry_holds_no_polygon(city, tmp_path, text):
    (tmp_path / "a.geojson").write_text(text)
    with pytest.raises(ValueError, match="the file must hold a polygon, it holds none"):
        resolve("a.geojson", city, tmp_path)


def test_swapped_coordinates_are_named(city, square, tmp_path):
    swapped = shapely.transform(_degrees(square), lambda xy: xy[:, ::-1])
    name = _write(tmp_path, swapped)
    with pytest.raises(ValueError, match=r"degrees, longitude first, got 37.*, 127.*seem swapped"):
        resolve(name, city, tmp_path)


def test_metres_without_a_coordinate_system_are_refused(city, square, tmp_path):
    name = _write(tmp_path, square)
    with pytest.raises(ValueError, match=r"must be in degrees, longitude first, got 2107?\d\d"):
        resolve(name, city, tmp_path)


def test_an_unknown_stated_coordinate_system_is_refused(city, square, tmp_path):
    name = _write(tmp_path, square, crs={"properties": {"name": "Korea belt"}})
    with pytest.raises(ValueError, match=r"states an unknown coordinate system, 'Korea belt'"):
        resolve(name, city, tmp_path)


def test_an_area_elsewhere_shows_both_extents(city, tmp_path):
    name = _write(tmp_path, shapely.box(7.41, 43.72, 7.43, 43.74))
    message = (
        "area 'station.geojson' is not in Songpa: it spans longitude 7.4100 to 7.4300, "
        "latitude 43.7200 to 43.7400, the city spans longitude 127.1"
    )
    with pytest.raises(ValueError, match=message):
        resolve(name, city, tmp_path)


def test_a_shapefile_without_a_coordinate_system_is_refused(city, square, tmp_path):
    gpd.GeoDataFrame(geometry=[square], crs=CRS).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(ValueError, match=r"'a.shp': the file must state its coordinate system"):
        resolve("a.shp", city, tmp_path)


def test_a_file_that_is_not_what_its_name_says_is_refused(city, tmp_path):
    (tmp_path / "a.gpkg").write_text("<OGRVRTDataSource/>")
    with pytest.raises(ValueError, match=r"area 'a.gpkg': must be a .gpkg file, is something else"):
        resolve("a.gpkg", city, tmp_path)


def test_a_truncated_geopackage_is_refused(city, square, tmp_path):
    gpd.GeoDataFrame(geometry=[square], crs=CRS).to_file(tmp_path / "a.gpkg")
    whole = (tmp_path / "a.gpkg").read_bytes()
    (tmp_path / "a.gpkg").write_bytes(whole[: len(whole) // 10])
    with pytest.raises(ValueError, match=r"area 'a.gpkg': cannot be read"):
        resolve("a.gpkg", city, tmp_path)


def test_an_empty_polygon_and_a_ring_out_of_range_are_refused(square):
    with pytest.raises(ValueError, match=r"Area.polygon of 'a' must hold some ground, is empty"):
        Area("a", shapely.Polygon())
    with pytest.raises(ValueError, match=r"Area.ring_m must be in \[0, 5000\] m, got -1"):
        Area("a", square, ring_m=-1.0)


def test_a_city_with_nothing_in_it_has_no_extent():
    with pytest.raises(ValueError, match="city 'Void' must hold something with a place, is empty"):
        resolve("city", City("Void", CRS, {}))
