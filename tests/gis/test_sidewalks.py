"""Derived ways on foot: sides, corners and what leads over a street, on a crossroads by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.derive.sidewalks import footways, with_paths

CRS = "EPSG:5186"
CENTRE, ARM_M, WIDTH_M = 0, 100.0, 12.0
ENDS = [(ARM_M, 0.0), (0.0, ARM_M), (-ARM_M, 0.0), (0.0, -ARM_M)]
FORTH = [(CENTRE, n + 1, [(0.0, 0.0), end]) for n, end in enumerate(ENDS)]


def streets(**more: object) -> gpd.GeoDataFrame:
    """Return four streets of two directions that meet in the middle."""
    rows = [*FORTH, *((b, a, line[::-1]) for a, b, line in FORTH)]
    frame = {
        "from_junction": [a for a, _, _ in rows], "to_junction": [b for _, b, _ in rows],
        "way": [*range(4), *range(4)], "width_m": WIDTH_M, "highway": "residential",
        "sidewalk": True, **more,
    }  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=[shapely.LineString(r[2]) for r in rows], crs=CRS)


def marks(*points: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.Point(p) for p in points], crs=CRS)


def test_a_crossroads_has_four_corners_and_a_way_over_each_arm() -> None:
    made = footways(streets(), marks())
    over = made[made["kind"] == "street"]
    assert (made["kind"] == "sidewalk").sum() == 8, "two sides of four streets"
    assert len(over) == 4, "at their far ends streets go round, and nothing leads over"
    nodes = set(made["from_node"]) | set(made["to_node"])
    assert len(nodes) == 4 + 4
    for line in over.geometry:
        x, y = np.abs(np.array(line.coords)).T
        assert x == pytest.approx((8.0 + WIDTH_M / 2 + 1.5) / 2)
        assert y == pytest.approx((8.0 + WIDTH_M / 2 + 1.5) / 2)


def test_sides_keep_to_their_side() -> None:
    made = footways(streets(), marks())
    east = [line for line in made.geometry[made["kind"] == "sidewalk"] if line.bounds[2] > 60]
    assert len(east) == 2
    beside = sorted(line.coords[1][1] for line in east)
    assert beside == pytest.approx([-WIDTH_M / 2 - 1.5, WIDTH_M / 2 + 1.5])


def test_marks_make_a_crossing_of_the_arm_they_are_on() -> None:
    made = footways(streets(), marks((9.0, 1.0), (50.0, 0.0)))
    (line,) = made.geometry[made["kind"] == "crossing"]
    assert line.crosses(streets().geometry.iloc[0])
    assert line.centroid.x > 5
    assert abs(line.centroid.y) < 1e-9


def test_everything_hangs_together_and_ends_lie_where_lines_end() -> None:
    made = footways(streets(), marks((9.0, 1.0)))
    ends = made[["from_node", "to_node"]].to_numpy()
    count = ends.max() + 1
    link = coo_array((np.ones(len(ends)), ends.T), shape=(count, count))
    assert connected_components(link, directed=False)[0] == 1
    places: dict[int, tuple[float, float]] = {}
    for (a, b), line in zip(ends.tolist(), made.geometry, strict=True):
        for node, spot in ((a, line.coords[0]), (b, line.coords[-1])):
            assert places.setdefault(node, spot) == pytest.approx(spot)
    assert made["length_m"].to_numpy() == pytest.approx(made.length.to_numpy())


def test_nobody_walks_along_a_motorway_and_lanes_have_no_sidewalk() -> None:
    highways = ["motorway", *["residential"] * 3] * 2
    made = footways(streets(highway=highways, sidewalk=False), marks())
    assert len(made) == 3 * 2 + 3
    assert set(made["kind"]) == {"street"}
    assert set(made["origin"]) == {"derived"}


def test_without_streets_for_feet_there_is_nothing() -> None:
    made = footways(streets(highway="motorway"), marks())
    assert len(made) == 0
    assert {"from_node", "to_node", "length_m", "kind", "origin"} <= set(made.columns)


def test_paths_that_are_mapped_are_joined_to_the_next_corner() -> None:
    made = footways(streets(), marks())
    path = [shapely.LineString([(30.0, 0.0), (30.0, 40.0)]), shapely.LineString([(0, 0), (100, 0)])]
    found = gpd.GeoDataFrame(
        {
            "from_node": [7, 0], "to_node": [9, 7], "length_m": [40.0, 100.0],
            "kind": ["path", "street"], "origin": ["found", "derived"],
        },
        geometry=path,
        crs=CRS,
    )  # fmt: skip
    whole = with_paths(made, found)
    (joint,) = whole[whole["kind"] == "footway"].itertuples()
    assert joint.geometry.coords[0] == (30.0, 0.0)
    assert joint.length_m == pytest.approx(joint.geometry.length)
    assert (whole["kind"] == "path").sum() == 1
    assert len(whole) == len(made) + 2, "the street gives way to its sides"
    ends = whole[["from_node", "to_node"]].to_numpy()
    link = coo_array((np.ones(len(ends)), ends.T), shape=(ends.max() + 1,) * 2)
    assert connected_components(link, directed=False)[0] == 1
