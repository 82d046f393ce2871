"""Mesh builders against prisms whose area, volume and counts are known."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, box

from viz.mesh import Edges, Mesh, area, box_mesh, edges, join, lit, quads, roofs, stamp, volume
from viz.style import SUN

SQUARE = box(0, 0, 10, 6)
COURT = Polygon(box(0, 0, 20, 20).exterior.coords, [box(5, 5, 15, 15).exterior.coords])


def prism(shape: Polygon, height: float) -> Mesh:
    edge = edges([shape])
    low, high = np.zeros((len(edge.a), 2)), np.full((len(edge.a), 2), height)
    walls = quads(edge, low, high, np.zeros((len(edge.a), 4, 3)))
    faces = np.concatenate((walls.faces[:, [0, 1, 2]], walls.faces[:, [0, 2, 3]]))
    top = roofs([shape], [height], [(255, 255, 255)])
    return join(Mesh(walls.points, faces, walls.colours), top)


@pytest.mark.parametrize(("shape", "height"), [(SQUARE, 9.0), (COURT, 30.0)])
def test_prism_has_the_volume_and_area_of_its_plan(shape: Polygon, height: float) -> None:
    mesh = prism(shape, height)
    assert volume(mesh) == pytest.approx(shape.area * height)
    assert area(mesh) == pytest.approx(shape.length * height + shape.area)
    assert mesh.points[:, 2].max() == height


def test_edges_look_outwards_whichever_way_a_polygon_is_drawn() -> None:
    for shape in (SQUARE, shapely.reverse(SQUARE)):
        edge = edges([shape])
        ahead = (edge.a + edge.b) / 2 + edge.normal * 0.1
        assert len(edge.a) == 4
        assert not shapely.contains_xy(shape, ahead[:, 0], ahead[:, 1]).any()


def test_edges_know_their_owner_and_enter_courtyards() -> None:
    edge = edges([SQUARE, shapely.MultiPolygon([COURT, box(30, 0, 31, 1)])])
    assert np.bincount(edge.owner).tolist() == [4, 12]


def test_split_keeps_the_length_and_the_ends() -> None:
    edge = Edges(np.array([[0.0, 0.0]]), np.array([[25.0, 0.0]]), np.array([0]))
    pieces, start, stop = edge.split(9.0)
    assert pieces.length.sum() == pytest.approx(25.0)
    assert pieces.length.max() <= 9.0
    assert (start[0], stop[-1]) == (0.0, 1.0)
    np.testing.assert_allclose(start[1:], stop[:-1])


def test_stamp_places_turns_and_scales() -> None:
    template = box_mesh((4.0, 2.0, 1.0), (0, 0, 0), (255, 255, 255))
    mesh = stamp(
        template, [(10, 20, 0), (0, 0, 5)], [np.pi / 2, 0], np.full((2, 3), 2.0), [(1, 0, 0)] * 2
    )
    assert len(mesh.faces) == 2 * len(template.faces)
    first = mesh.points[: len(template.points)]
    np.testing.assert_allclose(np.ptp(first, axis=0), (4.0, 8.0, 2.0), atol=1e-9)
    np.testing.assert_allclose(first[:, :2].mean(axis=0), (10, 20), atol=1e-9)
    assert mesh.colours[:, 1].max() == 0.0


def test_light_is_one_on_level_ground_and_less_away_from_the_sun() -> None:
    east, north, _ = SUN.direction
    flat = np.hypot(east, north)
    normals = np.array(
        [(0, 0, 1), (east / flat, north / flat, 0), (-east / flat, -north / flat, 0)]
    )
    light = lit(normals).mean(axis=1)
    assert light[0] == pytest.approx(1.0)
    assert light[2] < light[1]
