"""The new town: the same for the same arguments, whole, connected, and true to its sums."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.city import City
from gis.newtown import newtown
from gis.newtown.corners import corners
from gis.newtown.graph import graph
from gis.newtown.plan import COLLECTOR, LOCAL, Plan
from gis.newtown.sequence import apportion, spread, spread_plane
from gis.newtown.uses import programme
from gis.schema import SCHEMA, validate

SIZES = [(2000, 1), (2000, 6), (5000, 1), (5000, 2), (5000, 3), (20000, 4)]


@pytest.fixture(scope="module")
def town() -> City:
    return newtown()


@pytest.fixture(scope="module", params=SIZES, ids=lambda p: f"{p[0]}-{p[1]}")
def any_town(request: pytest.FixtureRequest) -> City:
    return newtown(*request.param)


def residents(city: City) -> int:
    return int(city.name.split("town of ")[1].split(", seed")[0].replace(",", ""))


def components(tail: pd.Series, head: pd.Series, n: int) -> int:
    links = coo_array((np.ones(len(tail)), (tail, head)), shape=(n, n))
    return int(connected_components(links, directed=True, connection="strong")[0])


def overlaps(a: gpd.GeoDataFrame | gpd.GeoSeries, b: gpd.GeoDataFrame) -> float:
    """Return the area, m2, that shapes of the two layers share."""
    shapes, others = a.geometry.to_numpy(), b.geometry.to_numpy()
    row, near = shapely.STRtree(others).query(shapes, predicate="intersects")
    return float(shapely.area(shapely.intersection(shapes[row], others[near])).sum())


# -- the same arguments, the same town -----------------------------------------------------------


def test_is_the_same_twice(town: City) -> None:
    again = newtown(5000, seed=1)
    assert list(again.layers) == list(town.layers)
    for name, layer in town.layers.items():
        same = again[name]
        assert list(layer.geometry.to_wkb()) == list(same.geometry.to_wkb()), name
        columns = layer.columns.drop("geometry")
        pd.testing.assert_frame_equal(
            pd.DataFrame(layer[columns]), pd.DataFrame(same[columns]), check_exact=True
        )


def test_another_seed_is_another_town(town: City) -> None:
    other = newtown(5000, seed=2)
    assert other.name != town.name
    for layer in ("streets", "buildings", "parks", "trees"):
        assert not other[layer].geometry.iloc[0].equals(town[layer].geometry.iloc[0])


@pytest.mark.parametrize("seed", [0, -3, 2**40])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert newtown(2000, seed=seed)["districts"]["population"].sum() == 2000


# -- limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [1999, 400001, 0, -5])
def test_says_how_many_residents_are_allowed(wrong: int) -> None:
    message = rf"^newtown\.residents must be in \[2000, 400000\] persons, got {wrong}$"
    with pytest.raises(ValueError, match=message):
        newtown(wrong)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"residents": 5000.5}, r"^newtown\.residents must be a whole number, got 5000\.5$"),
        ({"residents": "5000"}, r"^newtown\.residents must be a whole number, got '5000'$"),
        ({"residents": True}, r"^newtown\.residents must be a whole number, got True$"),
        ({"seed": 1.0}, r"^newtown\.seed must be a whole number, got 1\.0$"),
    ],
)
def test_says_that_arguments_are_whole_numbers(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        newtown(**arguments)  # type: ignore[arg-type]


def test_takes_the_smallest_and_numpy_numbers() -> None:
    assert newtown(np.int64(2000)).synthetic  # type: ignore[arg-type]


# -- the schema ------------------------------------------------------------------------------------


def test_has_every_layer_and_column_of_the_schema(any_town: City) -> None:
    validate(any_town, complete=True)
    assert set(any_town.layers) == set(SCHEMA)
    for name, layer in any_town.layers.items():
        expected = {column.name for column in SCHEMA[name].columns} | {"geometry"}
        assert expected <= set(layer.columns), name
        assert len(layer) > 0, name
        assert isinstance(layer.index, pd.RangeIndex)
        assert set(layer["origin"]) == {"synthetic"}
        assert layer.geometry.is_valid.all()
        assert not layer.geometry.is_empty.any()
        assert layer.crs == "EPSG:5186"
        assert not layer.drop(columns="geometry").isna().any(axis=None), name


def test_says_that_it_is_synthetic(town: City) -> None:
    assert town.synthetic
    assert town.attributions() == ["Synthetic city made by Dongne; not a real place"]
    assert {source.licence for source in town.sources.values()} == {"CC0"}
    lines = {"bus_lines", "bus_line_stops", "bus_departures", "turn_bans"}
    assert set(town.sources) == {*town.layers, *lines}


# -- people, homes and jobs add up -----------------------------------------------------------------


def test_people_homes_and_jobs_add_up_exactly(any_town: City) -> None:
    n, dongs, buildings = residents(any_town), any_town["districts"], any_town["buildings"]
    ages = dongs.filter(regex=r"^age_\d+$")
    assert ages.shape[1] == 21
    assert dongs["population"].sum() == n
    assert (ages.sum(axis=1) == dongs["population"]).all()
    assert dongs["households"].sum() == buildings["dwellings"].sum() == round(n / 2.2)
    assert buildings["jobs"].sum() == round(0.4 * n)


def test_dongs_hold_their_own_homes_and_share_the_town(any_town: City) -> None:
    dongs, buildings = any_town["districts"], any_town["buildings"]
    assert 3 <= len(dongs) <= 6
    assert dongs["name"].str.fullmatch(r"[가-힣]+동 [A-Z][a-z]+-dong").all()
    within = shapely.STRtree(dongs.geometry.to_numpy()).query(
        buildings.geometry.centroid.to_numpy(), predicate="within"
    )
    homes = np.bincount(within[1], buildings["dwellings"].to_numpy()[within[0]], len(dongs))
    assert list(homes) == list(dongs["households"])
    assert dongs["population"].min() > 0.08 * dongs["population"].sum()
    assert shapely.area(shapely.union_all(dongs.geometry)) == pytest.approx(dongs.area.sum())


def test_homes_are_of_three_kinds_and_have_floors_to_be_on(any_town: City) -> None:
    homes = any_town["buildings"].query("dwellings > 0")
    assert set(homes["use"]) == {"apartment", "villa", "house"}
    assert homes.groupby("use")["dwellings"].sum()["apartment"] > 0.5 * homes["dwellings"].sum()
    per_dwelling = homes["floor_area_m2"] / homes["dwellings"]
    assert per_dwelling.between(18, 700).all()
    villas = homes.query("use == 'villa'")
    assert villas["floors"].between(3, 6).mean() > 0.9
    assert homes.query("use == 'apartment'")["floors"].between(8, 40).all()


def test_height_and_area_follow_from_floors(any_town: City) -> None:
    buildings = any_town["buildings"]
    assert np.allclose(buildings["floor_area_m2"], buildings.area * buildings["floors"])
    assert (buildings["height_m"] / buildings["floors"]).between(2.8, 5.5).all()
    assert (buildings["jobs"] * buildings["dwellings"] == 0).all()


# -- streets ---------------------------------------------------------------------------------------


def test_streets_begin_and_end_at_their_junctions(any_town: City) -> None:
    streets, junctions = any_town["streets"], any_town["junctions"]
    for end, column in ((0, "from_junction"), (-1, "to_junction")):
        points = shapely.get_point(streets.geometry.to_numpy(), end)
        there = junctions.geometry.to_numpy()[streets[column].to_numpy()]
        assert shapely.distance(points, there).max() < 1e-6
    assert np.allclose(streets["length_m"], streets.length)
    assert streets["length_m"].min() > 5


def test_each_street_runs_both_ways(any_town: City) -> None:
    streets = any_town["streets"]
    there, back = streets.iloc[0::2], streets.iloc[1::2]
    assert list(there["way"]) == list(back["way"]) == list(range(len(there)))
    assert list(there["from_junction"]) == list(back["to_junction"])
    assert shapely.equals(there.geometry.to_numpy(), shapely.reverse(back.geometry)).all()


def test_every_junction_reaches_every_other_without_the_busway(any_town: City) -> None:
    streets, n = any_town["streets"], len(any_town["junctions"])
    cars = streets[streets["highway"] != "busway"]
    assert components(cars["from_junction"], cars["to_junction"], n) == 1


def test_streets_cross_only_at_junctions(any_town: City) -> None:
    streets = any_town["streets"]
    lines = streets[streets["highway"] != "busway"].iloc[::2].geometry.to_numpy()
    row, near = shapely.STRtree(lines).query(lines, predicate="intersects")
    pairs = row < near
    shared = shapely.intersection(lines[row[pairs]], lines[near[pairs]])
    corner = shapely.buffer(shapely.multipoints(any_town["junctions"].geometry.to_numpy()), 0.05)
    assert shapely.length(shared).max() < 0.05
    assert shapely.within(shared, corner).all()


def test_roads_leave_the_town_by_gates(any_town: City) -> None:
    streets, junctions = any_town["streets"], any_town["junctions"]
    cars = streets[streets["highway"] != "busway"]
    arms = np.bincount(cars["from_junction"], minlength=len(junctions))
    assert 4 <= junctions["gate"].sum() <= 6
    assert list(np.flatnonzero(arms == 1)) == list(np.flatnonzero(junctions["gate"]))


def test_signals_stand_on_arterials(any_town: City) -> None:
    streets, junctions = any_town["streets"], any_town["junctions"]
    arterial = streets[streets["highway"] == "primary"]
    signal = np.flatnonzero(junctions["signal"])
    assert 5 < len(signal) < len(junctions) / 2
    assert set(signal) <= set(arterial["from_junction"])


def test_buses_have_lanes_of_their_own_around_the_centre(any_town: City) -> None:
    busway = any_town["streets"].query("highway == 'busway'")
    ring = shapely.line_merge(shapely.union_all(busway.geometry.to_numpy()))
    centre = any_town["water"].query("name == '한울호'").geometry.iloc[0]
    around = shapely.get_parts(
        shapely.polygonize([ring] if ring.geom_type == "LineString" else shapely.get_parts(ring))
    )
    assert shapely.contains(around, centre).any()


def test_bridges_cross_the_river(any_town: City) -> None:
    river = any_town["water"].query("name == '은결천'").geometry.iloc[0]
    streets = any_town["streets"].iloc[::2]
    bridges = streets[streets.crosses(river)]
    assert len(bridges) >= 2
    assert set(bridges["highway"]) <= {"primary", "secondary", "busway"}


# -- walking ---------------------------------------------------------------------------------------


def test_footways_hang_together(any_town: City) -> None:
    footways = any_town["footways"]
    ends = footways[["from_node", "to_node"]].to_numpy()
    n = int(ends.max()) + 1
    links = coo_array((np.ones(len(ends)), ends.T), shape=(n, n))
    assert connected_components(links, directed=False)[0] == 1
    assert len(np.unique(ends)) == n


def test_footways_meet_at_their_nodes(any_town: City) -> None:
    footways = any_town["footways"]
    lines = footways.geometry.to_numpy()
    xy = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)])
    node = np.concatenate([footways["from_node"], footways["to_node"]])
    first = np.zeros((node.max() + 1, 2))
    first[node] = xy
    assert np.abs(first[node] - xy).max() < 1e-6
    assert set(footways["kind"]) >= {"sidewalk", "crossing", "path", "street"}


def test_crossings_lie_on_the_street_they_name(any_town: City) -> None:
    crossings, streets = any_town["crossings"], any_town["streets"]
    street = streets.iloc[crossings["street"].to_numpy()]
    gap = shapely.distance(crossings.geometry.to_numpy(), street.geometry.to_numpy())
    assert gap.max() < 8
    arterial = (street["highway"] == "primary").to_numpy()
    assert crossings["signal"][arterial].all()


def test_bus_stops_stand_beside_main_streets(any_town: City) -> None:
    stops, streets = any_town["bus_stops"], any_town["streets"]
    main = streets[streets["highway"].isin(["primary", "secondary", "tertiary"])]
    near = shapely.STRtree(main.geometry.to_numpy()).query_nearest(
        stops.geometry.to_numpy(), return_distance=True
    )[1]
    assert near.max() < 20
    assert len(stops) >= 8


# -- land ------------------------------------------------------------------------------------------


def test_no_building_stands_on_anything_else(any_town: City) -> None:
    buildings, streets = any_town["buildings"], any_town["streets"]
    roads = gpd.GeoDataFrame(geometry=streets.buffer(streets["width_m"] / 2))
    assert overlaps(buildings, roads) == 0
    assert overlaps(buildings, any_town["parks"]) == 0
    assert overlaps(buildings, any_town["water"]) == 0
    assert overlaps(buildings, buildings) == pytest.approx(buildings.area.sum())


def test_parks_and_water_keep_apart_and_off_the_streets(any_town: City) -> None:
    parks, streets = any_town["parks"], any_town["streets"]
    roads = gpd.GeoDataFrame(geometry=streets.buffer(streets["width_m"] / 2))
    assert overlaps(parks, any_town["water"]) < 1.0
    assert overlaps(parks, roads) < 1e-3 * parks.area.sum()


def test_trees_grow_where_trees_can(any_town: City) -> None:
    trees, streets = any_town["trees"], any_town["streets"]
    assert len(trees) > residents(any_town)
    roads = streets.buffer(streets["width_m"] / 2)
    for ground in (roads, any_town["buildings"].geometry, any_town["water"].geometry):
        tree = shapely.STRtree(ground.to_numpy())
        assert tree.query(trees.geometry.to_numpy(), predicate="within").shape[1] == 0


@pytest.mark.parametrize(("n", "least", "most"), [(2000, 0.6, 1.0), (5000, 0.9, 1.3)])
def test_is_as_large_as_a_town_of_its_size(n: int, least: float, most: float) -> None:
    west, south, east, north = newtown(n)["districts"].total_bounds
    assert least < (east - west) / 1000 < most
    assert least < (north - south) / 1000 < most


# -- parking ---------------------------------------------------------------------------------------


def test_there_are_car_parks_of_all_five_kinds(any_town: City) -> None:
    parks = any_town["car_parks"]
    assert set(parks["kind"]) == {
        "public",
        "resident_priority",
        "private",
        "kerb_legal",
        "kerb_illegal",
    }
    assert (parks["spaces"] > 0).all()
    assert (parks["open_from_h"] < parks["open_to_h"]).all()
    kerb = parks["kind"].isin(["resident_priority", "kerb_legal", "kerb_illegal"])
    assert (parks.geom_type == np.where(kerb, "LineString", "Point")).all()
    assert (parks.loc[kerb, "building"] == -1).all()
    assert (parks.loc[parks["kind"] == "private", "building"] >= 0).all()


@pytest.mark.parametrize(("use", "least", "most"), [("apartment", 1.1, 1.3), ("villa", 0.5, 0.6)])
def test_homes_have_their_share_of_spaces(
    any_town: City, use: str, least: float, most: float
) -> None:
    parks, buildings = any_town["car_parks"], any_town["buildings"]
    private = parks[parks["kind"] == "private"]
    of = buildings["use"].to_numpy()[private["building"].to_numpy()]
    spaces = private["spaces"].to_numpy()[of == use].sum()
    assert least <= spaces / buildings.query("use == @use")["dwellings"].sum() <= most


def test_private_spaces_lie_in_their_building(any_town: City) -> None:
    private = any_town["car_parks"].query("kind == 'private'")
    home = any_town["buildings"].geometry.to_numpy()[private["building"].to_numpy()]
    assert shapely.intersects(home, private.geometry.to_numpy()).all()


def test_kerbs_lie_along_the_right_side_of_their_street(any_town: City) -> None:
    kerbs = any_town["car_parks"][any_town["car_parks"].geom_type == "LineString"]
    streets = any_town["streets"].iloc[kerbs["street"].to_numpy()]
    middle = shapely.line_interpolate_point(kerbs.geometry.to_numpy(), 0.5, normalized=True)
    gap = shapely.distance(middle, streets.geometry.to_numpy())
    assert np.allclose(gap, streets["width_m"] / 2 - 1, atol=0.5)
    lines = streets.geometry.to_numpy()
    at = shapely.line_locate_point(lines, middle)
    a, b = (shapely.get_coordinates(shapely.line_interpolate_point(lines, at + d)) for d in (-1, 1))
    aside = shapely.get_coordinates(middle) - a
    assert ((b - a)[:, 0] * aside[:, 1] - (b - a)[:, 1] * aside[:, 0] < 0).all()
    assert (kerbs["spaces"] * 6 <= kerbs.length + 1).all()


def test_nobody_may_stand_at_a_bus_stop_or_a_junction(any_town: City) -> None:
    kerbs = any_town["car_parks"][any_town["car_parks"].geom_type == "LineString"]
    lines = shapely.STRtree(kerbs.geometry.to_numpy())
    for layer, clear in (("bus_stops", 10.0), ("junctions", 5.0)):
        found = lines.query_nearest(any_town[layer].geometry.to_numpy(), return_distance=True)[1]
        assert found.min() > clear, layer


def test_a_narrow_lane_is_parked_on_one_side(any_town: City) -> None:
    parks, streets = any_town["car_parks"], any_town["streets"]
    lanes = streets.index[streets["highway"] == "living_street"]
    parked = set(parks.loc[parks.geom_type == "LineString", "street"]) & set(lanes)
    assert parked
    assert not {row ^ 1 for row in parked} & parked


# -- the parts -------------------------------------------------------------------------------------


def test_shares_add_up_and_follow_their_weights() -> None:
    shares = apportion(100, [1.0, 1.0, 1.0, 0.0])
    assert list(shares) == [34, 33, 33, 0]
    assert list(apportion(0, [1.0, 2.0])) == [0, 0]
    assert list(apportion(7, [0.0, 0.0])) == [0, 0]


def test_spread_numbers_fill_their_range_evenly() -> None:
    line, plane = spread(1000, seed=3, purpose=1), spread_plane(1000, seed=3, purpose=1)
    assert np.abs(np.sort(line) - np.arange(1000) / 1000).max() < 0.005
    cells = np.bincount((np.floor(plane * 5) @ [5, 1]).astype(int), minlength=25)
    assert cells.min() >= 34
    assert cells.max() <= 46


def test_a_graph_loses_dead_ends_and_crumbs() -> None:
    square = [
        [(0, 0), (100, 0)],
        [(100, -2), (100, 100)],
        [(100, 100), (0, 100)],
        [(0, 100), (0, 0)],
        [(50, 0), (50, 40)],
        [(100, 50), (200, 50)],
        [(0, 50), (103, 50)],
    ]
    lines = np.array([shapely.LineString(line) for line in square], dtype=object)
    kinds = np.full(len(lines), COLLECTOR)
    kinds[-1] = LOCAL
    g = graph(lines, kinds, np.array([[200.0, 50.0]]))
    assert len(g.node) == 3
    assert shapely.length(g.line).sum() == pytest.approx(600)
    assert sorted(np.bincount(np.concatenate([g.tail, g.head]))) == [1, 3, 4]


def test_corners_of_a_right_angled_crossing() -> None:
    lines = np.array(
        [shapely.LineString([(-60, 0), (60, 0)]), shapely.LineString([(0, -60), (0, 60)])],
        dtype=object,
    )
    ends = np.array([[-60.0, 0.0], [60.0, 0.0], [0.0, -60.0], [0.0, 60.0]])
    g = graph(lines, np.full(2, COLLECTOR), ends)
    c = corners(g)
    middle = np.flatnonzero(np.hypot(*g.node.T) < 1)[0]
    around = c.xy[np.unique(c.left[c.junction == middle])]
    assert np.allclose(np.abs(around), 6 + 1.6)
    assert c.across[c.junction == middle].all()


def test_a_larger_town_has_more_of_the_same() -> None:
    small, large = programme(5000), programme(50_000)
    assert small.households == 2273
    assert large.schools == 9
    assert len(Plan(50_000, 1, 1183.0).rings) > len(Plan(5000, 1, 418.0).rings)


@pytest.mark.slow
def test_the_largest_town_is_whole() -> None:
    city = newtown(50_000, seed=1)
    validate(city)
    cars = city["streets"].query("highway != 'busway'")
    assert components(cars["from_junction"], cars["to_junction"], len(city["junctions"])) == 1
    assert city["districts"]["population"].sum() == 50_000
    assert overlaps(city["buildings"], city["parks"]) == 0
    assert len(city["trees"]) > 40_000
