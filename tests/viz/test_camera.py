"""Framing, true scale, true north."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, box

from viz.camera import ROOM, Camera, Spots, clearest, frame

AREA = box(1_000, 2_000, 1_400, 2_250)


@pytest.mark.parametrize("bearing", [140.0, 200.0, 245.0])
def test_frame_holds_the_area_and_is_no_farther_than_needed(bearing: float) -> None:
    camera = frame(AREA, bearing=bearing)
    corners = shapely.get_coordinates(AREA)
    seen = camera.project(np.column_stack((corners, np.zeros(len(corners)))))[:, :2] / camera.size
    slack = np.concatenate((seen.min(axis=0) - ROOM[0], ROOM[1] - seen.max(axis=0)))
    assert (slack > -1e-6).all()
    assert slack.min() < 0.01


def test_scale_bar_is_as_long_as_the_metres_it_names() -> None:
    camera = frame(AREA)
    metres, pixels = camera.bar(190.0)
    ends = np.array(camera.middle) + np.outer((-0.5, 0.5), camera.axes[0] * metres)
    seen = camera.project(ends)
    assert np.hypot(*(seen[1, :2] - seen[0, :2])) == pytest.approx(pixels, rel=1e-9)
    assert pixels <= 190
    assert metres / 10 ** np.floor(np.log10(metres)) in {1.0, 2.0, 5.0}


@pytest.mark.parametrize(("bearing", "north"), [(180.0, (0, -1)), (270.0, (-1, 0)), (90.0, (1, 0))])
def test_north_arrow_turns_with_the_camera(bearing: float, north: tuple[int, int]) -> None:
    np.testing.assert_allclose(frame(AREA, bearing=bearing).north(), north, atol=0.05)


def test_horizon_lies_where_the_view_is_level() -> None:
    level = Camera((0, 0, 50), (0, 100, 50), (0, 100, 0))
    slopes = level.slopes(100)
    assert slopes[49] > 0 > slopes[50]


def test_ground_is_where_a_pixel_looks() -> None:
    camera = frame(AREA)
    spots = np.array([[1_050.0, 2_040.0], [1_390.0, 2_200.0]])
    seen = camera.project(np.column_stack((spots, np.zeros(2))))
    np.testing.assert_allclose(camera.ground(seen[:, :2]), spots, atol=1e-6)
    assert np.isnan(camera.ground(np.array([[800.0, -400.0]]))).all()


def nothing(xy: np.ndarray) -> np.ndarray:
    return np.zeros(len(xy))


def test_clearest_looks_past_a_wall() -> None:
    spots = Spots(np.array([[1_200.0, 2_125.0]]), np.ones(1))
    wall = Polygon([(1_000, 2_060), (1_195, 2_060), (1_195, 2_110), (1_000, 2_110)])

    def heights(xy: np.ndarray) -> np.ndarray:
        return np.where(shapely.contains_xy(wall, xy[:, 0], xy[:, 1]), 80.0, 0.0)

    chosen = clearest([AREA], spots, heights)
    assert chosen.eye != frame(AREA).eye
    assert clearest([AREA], spots, nothing).eye == frame(AREA).eye


def test_clearest_takes_the_part_that_is_worth_more() -> None:
    other = box(1_600, 2_000, 1_900, 2_200)
    spots = Spots(np.array([[1_200.0, 2_100.0], [1_750.0, 2_100.0]]), np.array([1.0, 2.0]))
    assert clearest([AREA, other], spots, nothing).middle[0] == pytest.approx(1_750)


def test_clearest_has_the_city_behind_rather_than_open_land() -> None:
    spots = Spots(np.array([[1_200.0, 2_125.0]]), np.ones(1))
    for west, side in ((0.0, 1), (1_300.0, -1)):
        town = box(west, 1_500, west + 1_100, 2_900)
        chosen = clearest([AREA], spots, nothing, built=town)
        assert np.sign(chosen.eye[0] - 1_200) == side
