"""Pictures: the scene's counts, what a picture shows, and a coarse comparison with a stored one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image
from shapely.geometry import Polygon, box

from gis.city import City
from scenarios.shared_parking import SharedParking
from viz.camera import Spots, frame
from viz.develop import develop, hidden
from viz.panels import Caption
from viz.parked import place
from viz.render import HEART, Studio, before_after, car_scale, hearts, telling
from viz.scene import Scene, scene
from viz.style import DRAFT, states
from viz.things import things

KNOWN = states(SharedParking.look)
STORED = Path(__file__).parent / "stored" / "town.png"


@pytest.fixture(scope="module")
def stage(city: City, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return scene(city, profile=DRAFT)


def test_importing_the_scene_does_not_import_pyvista() -> None:
    code = "import sys, viz.scene, viz.render, viz.report; sys.exit('pyvista' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_scene_has_every_tree_and_every_height(city: City, stage: Scene) -> None:
    one = scene(city.edit(trees=city["trees"].iloc[:1]), profile=DRAFT).pieces["trees"].mesh
    assert len(stage.pieces["trees"].mesh.faces) == len(one.faces) * len(city["trees"])
    tallest = max(
        p.mesh.points[:, 2].max() for n, p in stage.pieces.items() if n.startswith("walls")
    )
    assert tallest == city["buildings"]["height_m"].max()


def test_roofs_cover_the_buildings_less_their_parapets(city: City, stage: Scene) -> None:
    from viz.mesh import area

    roof = area(stage.pieces["roofs 0"].mesh)
    plan = float(city["buildings"].area.sum())
    assert 0.85 * plan < roof < plan


def test_cars_have_the_colour_of_their_state() -> None:
    one = pd.DataFrame({"x": [0.0], "y": [0.0], "heading_rad": [0.0], "state": ["shared"]})
    mesh = things(one, KNOWN, scale=1.5)
    assert np.ptp(mesh.points[:, 0]) == pytest.approx(4.6 * 1.5)
    roof = mesh.colours[-4:]
    np.testing.assert_allclose(roof, np.tile(KNOWN["shared"].colour, (4, 1)), rtol=0.02)


def test_picture_resembles_the_stored_one(
    stage: Scene, area: Polygon, before: pd.DataFrame
) -> None:
    camera = frame(area, (800, 450))
    with Studio(stage, camera) as studio:
        shot = studio.shoot(place(stage.city, before).outdoors)
    image = develop(shot, camera)
    small = np.asarray(image.resize((160, 90), Image.Resampling.BOX), dtype=int)
    assert small.std() > 25
    stored = np.asarray(Image.open(STORED).convert("RGB"), dtype=int)
    assert np.abs(small - stored).mean() < 10


def test_depth_tells_the_distance_to_the_ground(
    stage: Scene, area: Polygon, before: pd.DataFrame
) -> None:
    camera = frame(area, (400, 225), pitch=75.0)
    with Studio(stage, camera) as studio:
        shot = studio.shoot(before)
    spot = np.array([[200_000 + 2.5 * 130, 550_000 + 260.0, 0.0]])
    column, row, depth = camera.project(spot)[0]
    assert shot.depth[int(row), int(column)] == pytest.approx(depth, rel=0.01)
    assert not hidden(shot, camera, spot)[0]


def test_cars_change_only_their_own_pixels(
    stage: Scene, area: Polygon, before: pd.DataFrame
) -> None:
    camera = frame(area, (400, 225))
    with Studio(stage, camera) as studio:
        full, none = studio.shoot(before), studio.shoot(before.iloc[:0])
    changed = (full.colour != none.colour).any(axis=2)
    assert 0.0005 < changed.mean() < 0.2
    assert (full.depth <= none.depth).all()


def test_before_and_after_are_written_and_differ(
    city: City, area: Polygon, before: pd.DataFrame, after: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        looks = SharedParking.look
        texts = (
            Caption("시험동", "전", looks=looks),
            Caption("시험동", "후", lang="ko", looks=looks),
        )
        files = before_after(city, before, after, area, tmp_path / "out", captions=texts)
    assert [f.name for f in files] == ["before.png", "after.png"]
    one, two = (np.asarray(Image.open(f), dtype=int) for f in files)
    assert one.shape == two.shape == (900, 1600, 3)
    # Same camera: the sky line is the same, the cars and the legend are not.
    np.testing.assert_array_equal(one[:20], two[:20])
    assert np.abs(one - two).max() > 60


def test_cars_are_enlarged_only_when_they_would_be_too_small(area: Polygon) -> None:
    assert car_scale(frame(area.buffer(-110))) == 1.0
    assert 1.0 < car_scale(frame(area.buffer(600))) <= 2.0


def test_a_wide_area_is_framed_where_the_telling_cars_are() -> None:
    wide = box(0, 0, 2_000, 2_000)
    xy = np.concatenate((np.full((3, 2), 100.0), 1_500 + np.arange(20.0)[:, None] * (3, 2)))
    spots = Spots(xy, np.ones(len(xy)))
    first, second = hearts(wide, spots)
    assert first.bounds[2] - first.bounds[0] == HEART[0]
    assert shapely.contains_xy(first, xy).tolist() == [False] * 3 + [True] * 20
    assert shapely.contains_xy(second, xy).tolist() == [True] * 3 + [False] * 20
    small = box(0, 0, HEART[0], HEART[1])
    assert hearts(small, spots) == [small]
    none = Spots(xy[:0], spots.worth[:0])
    assert hearts(wide, none)[0].centroid.equals(wide.centroid)


def test_cars_that_are_gone_afterwards_tell_most(
    city: City, area: Polygon, before: pd.DataFrame, after: pd.DataFrame
) -> None:
    before, after = before.iloc[:200], after.iloc[:200]
    spots = telling(
        box(*area.buffer(2_000).bounds), place(city, before, KNOWN), place(city, after, KNOWN)
    )
    illegal = [int((cars["state"] == "illegal").sum()) for cars in (before, after)]
    shared = int((after["state"] == "shared").sum())
    assert (spots.worth == 2).sum() == illegal[0] - illegal[1]
    assert (spots.worth == 1).sum() == illegal[1] + shared
    far = box(0, 0, 10, 10)
    assert not len(telling(far, place(city, before, KNOWN), place(city, after, KNOWN)).xy)
