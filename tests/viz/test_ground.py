"""Relief, shadows and the painted ground."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from gis.city import City
from viz.ground import LAND, ground, paint
from viz.relief import Window, cast, relief
from viz.scene import city_window, windows
from viz.style import DRAFT, SUN


def one_building(height: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"height_m": [height]}, geometry=[box(40, 40, 60, 60)], crs="EPSG:5186")


def test_relief_holds_the_height_of_a_building_and_nothing_beside_it() -> None:
    view = relief(one_building(12.0), Window(0, 0, 100, 200))
    assert view.sample(
        view.heights, np.array([[50.0, 50.0], [20.0, 50.0], [500.0, 0.0]])
    ).tolist() == [12, 0, 0]


def test_shadow_is_as_long_as_the_sun_is_low() -> None:
    height = 12.0
    view = relief(one_building(height), Window(0, 0, 100, 400))
    step = np.array(SUN.step) / np.hypot(*SUN.step)
    corner = np.array([60.0, 60.0])
    reach = height / SUN.slope
    inside, outside = corner + step * (reach - 1.5), corner + step * (reach + 1.5)
    shade = view.sample(view.shade, np.array([inside, outside]))
    assert 0 < shade[0] < 2.0
    assert shade[1] == 0


def test_a_roof_in_the_sun_casts_no_shadow_on_itself() -> None:
    heights = np.zeros((64, 64), dtype=np.float32)
    heights[20:40, 20:40] = 7.0
    np.testing.assert_array_equal(cast(heights, 1.0)[20:40, 20:40], 7.0)


def test_streets_are_painted_where_they_lie(city: City) -> None:
    view = Window(*city["streets"].total_bounds[:2] - 50, 750, 1024)
    bare = city.edit(buildings=city["buildings"].iloc[:0], trees=city["trees"].iloc[:0])
    image = paint(bare, view, relief(bare["buildings"], view))
    spot = view.to_pixels(np.array([[200_065.0, 550_261.8]])).astype(int)[0]
    np.testing.assert_allclose(image[spot[1], spot[0]], LAND["asphalt"], atol=12)


def test_ground_comes_from_the_cache_until_a_layer_changes(city: City, tmp_path: Path) -> None:
    view = city_window(city, 256)
    first = ground(city, view, cache=tmp_path)
    assert len(list(tmp_path.glob("*.jpg"))) == 1
    again = ground(city, view, cache=tmp_path)
    assert np.abs(first.image.astype(int) - again.image).mean() < 3
    taller = city["buildings"].assign(height_m=city["buildings"]["height_m"] + 1)
    ground(city.edit(buildings=taller), view, cache=tmp_path)
    assert len(list(tmp_path.glob("*.jpg"))) == 2


def test_a_cache_that_cannot_be_written_stops_nothing(city: City, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert ground(city, city_window(city, 256), cache=blocked).image.shape == (256, 256, 3)


def test_a_wide_city_gets_a_finer_window_around_the_area(city: City) -> None:
    far = city["streets"].copy()
    far.geometry = far.geometry.scale(8, 8, origin=(200_000, 550_000))
    wide = city.edit(streets=far)
    near, whole = windows(wide, box(200_100, 550_100, 200_400, 550_400), DRAFT)
    assert near.scale > 2 * whole.scale
    assert near.centre == pytest.approx((200_250, 550_250))
    assert windows(wide, None, DRAFT)[0].size == whole.size
