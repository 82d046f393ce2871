"""Pictures of a city and its parked cars: before and after, from the same place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from viz.camera import Camera, frame
from viz.develop import Shot, develop, glow, outline
from viz.panels import Caption, Figure, write
from viz.scene import Piece, Scene, cars, scene
from viz.style import PRESENTATION, Profile
from viz.words import Lang, say

__all__ = ["Caption", "Figure", "Shot", "Studio", "before_after", "draw"]

FLOOR, SKY = 2.0, 40_000.0  # m: nothing nearer or farther is drawn


class Studio:
    """A scene set up once, photographed as often as wanted with other cars on it.

    Use as a context manager: the graphics memory is given back at the end.
    """

    def __init__(self, stage: Scene, camera: Camera, *, profile: Profile = PRESENTATION) -> None:
        import pyvista as pv

        self.camera, self.stage, self._profile = camera, stage, profile
        size = tuple(int(v * profile.oversample) for v in camera.size)
        self._plotter = pv.Plotter(off_screen=True, window_size=size, lighting="none")
        for name, piece in stage.pieces.items():
            self._put(name, piece)
        self._aim()

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self._plotter.close()

    def shoot(self, placed: pd.DataFrame, *, scale: float = 1.0) -> Shot:
        """Return the picture with these cars (x, y, heading_rad, state) standing in it."""
        self._put("cars", Piece(cars(placed, scale=scale)))
        # Plotter.render() does nothing before the first show().
        self._plotter.render_window.Render()
        return Shot(*_read(self._plotter.render_window, self._plotter.camera.clipping_range))

    def _put(self, name: str, piece: Piece) -> None:
        import pyvista as pv

        mesh = piece.mesh
        if mesh.empty:
            self._plotter.remove_actor(name)
            return
        k = mesh.faces.shape[1]
        faces = np.column_stack((np.full(len(mesh.faces), k), mesh.faces)).ravel()
        data = pv.PolyData((mesh.points - self.stage.origin).astype(np.float32), faces=faces)
        data.point_data["light"] = mesh.colours.clip(0, 255).astype(np.uint8)
        texture = None
        if piece.texture is not None and mesh.uv is not None:
            data.active_texture_coordinates = mesh.uv.astype(np.float32)
            texture = _texture(piece.texture)
        self._plotter.add_mesh(data, scalars="light", rgb=True, lighting=False, texture=texture, name=name,
                               render=False, reset_camera=False, show_scalar_bar=False, copy_mesh=False)  # fmt: skip

    def _aim(self) -> None:
        view = self._plotter.camera
        view.position = tuple(np.subtract(self.camera.eye, self.stage.origin))
        view.focal_point = tuple(np.subtract(self.camera.focus, self.stage.origin))
        view.up, view.view_angle = (0.0, 0.0, 1.0), self.camera.field
        view.clipping_range = (max(FLOOR, 0.02 * self.camera.distance), SKY)


def _read(window: Any, clip: tuple[float, float]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return what was last rendered, colours and depth (m), without rendering it again."""
    near, far = clip
    z = _buffer(window, "SetInputBufferTypeToZBuffer")[..., 0].astype(np.float64)
    metres = np.where(z >= 1, np.inf, near * far / (far - (far - near) * z))
    return _buffer(window, "SetInputBufferTypeToRGB"), metres.astype(np.float32)


def _buffer(window: Any, kind: str) -> NDArray[Any]:
    import pyvista as pv
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    reader = vtkWindowToImageFilter()
    reader.SetInput(window)
    reader.ShouldRerenderOff()
    reader.ReadFrontBufferOff()
    getattr(reader, kind)()
    reader.Update()
    image = pv.wrap(reader.GetOutput())
    wide, tall, _ = image.dimensions
    return np.array(image.point_data.active_scalars).reshape(tall, wide, -1)[::-1]


def _texture(image: NDArray[np.uint8]) -> Any:
    import pyvista as pv

    texture = pv.Texture(np.ascontiguousarray(image))
    texture.repeat = texture.interpolate = texture.mipmap = True
    texture.SetMaximumAnisotropicFiltering(4)
    texture.SetUseSRGBColorSpace(False)
    return texture


def draw(city: City, placed: pd.DataFrame, camera: Camera, out: Path, *, caption: Caption | None = None,
         area: Any = None, profile: Profile = PRESENTATION) -> Path:  # fmt: skip
    """Draw one picture of a city with its parked cars and return its path.

    ``placed`` has the columns x, y (m), heading_rad and state (legal, illegal, shared).
    """
    stage = scene(city, area, profile=profile)
    with Studio(stage, camera, profile=profile) as studio:
        return _finish(studio, placed, Path(out), caption or Caption(city.name), area)


def before_after(city: City, before: pd.DataFrame, after: pd.DataFrame, area: Any, folder: Path, *,
                 captions: tuple[Caption, Caption] | None = None, lang: Lang = "en",
                 profile: Profile = PRESENTATION) -> tuple[Path, Path]:  # fmt: skip
    """Draw before.png and after.png from the same camera, framed on the area, and return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    ground_plan = area if area is not None else shapely.box(*city["streets"].total_bounds)
    camera = frame(ground_plan)
    texts = captions or (Caption(city.name, say("Before", lang), lang=lang), Caption(city.name, say("After", lang), lang=lang))
    stage = scene(city, area, profile=profile)
    with Studio(stage, camera, profile=profile) as studio:
        one = _finish(studio, before, folder / "before.png", texts[0], area)
        two = _finish(studio, after, folder / "after.png", texts[1], area)
    return one, two


def _finish(studio: Studio, placed: pd.DataFrame, out: Path, caption: Caption, area: Any) -> Path:
    scale = car_scale(studio.camera)
    shot = studio.shoot(placed, scale=scale)
    image = glow(develop(shot, studio.camera), shot, studio.camera, placed)
    if area is not None:
        image = outline(image, shot, studio.camera, area)
    image = write(image, studio.stage.city, studio.camera, placed, caption, scale=scale)
    image.save(out, optimize=False, compress_level=4)
    return out


def car_scale(camera: Camera) -> float:
    """Return how much larger than life cars are drawn, so that one is 9 pixels long; at most 1.5."""
    return float(np.round(np.clip(9 / (4.6 * camera.pixels_per_metre), 1.0, 1.5), 1))
