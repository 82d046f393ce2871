"""Pictures of a city and its parked cars: before and after, from the same place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from viz.camera import Camera, clearest
from viz.develop import Shot, develop, glow, outline
from viz.panels import Caption, Figure, badges, write
from viz.parked import Parked, place
from viz.scene import Piece, Scene, cars, scene

__all__ = ["Caption", "Figure", "Shot", "Studio", "before_after", "draw"]

FLOOR, SKY = 2.0, 40_000.0  # m: nothing nearer or farther is drawn


class Studio:
    """A scene set up once, photographed as often as wanted with other cars on it.

    Use as a context manager: the graphics memory is given back at the end.
    """

    def __init__(self, stage: Scene, camera: Camera) -> None:
        import pyvista as pv

        self.camera, self.stage = camera, stage
        size = [v * stage.profile.oversample for v in camera.size]
        self._plotter: Any = pv.Plotter(off_screen=True, window_size=size, lighting="none")
        for name, piece in stage.pieces.items():
            self._put(name, piece)
        self._aim()
        self._still: Shot | None = None

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self._plotter.close()

    def shoot(self, placed: pd.DataFrame, *, scale: float = 1.0) -> Shot:
        """Return the picture with these cars (x, y, heading_rad, state) standing in it.

        What stands still is drawn once; cars are drawn alone, and laid over it where nearer.
        """
        if self._still is None:
            self._still = self._render()
            for actor in list(self._plotter.actors.values()):
                actor.SetVisibility(False)
        self._put("cars", Piece(cars(placed, scale=scale)))
        moved = self._render()
        nearer = moved.depth < self._still.depth
        return Shot(
            np.where(nearer[..., None], moved.colour, self._still.colour),
            np.where(nearer, moved.depth, self._still.depth),
        )

    def _render(self) -> Shot:
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
        self._plotter.add_mesh(
            data,
            scalars="light",
            rgb=True,
            lighting=False,
            texture=texture,
            name=name,
            render=False,
            reset_camera=False,
            show_scalar_bar=False,
            copy_mesh=False,
        )

    def _aim(self) -> None:
        view = self._plotter.camera
        view.position = tuple(np.subtract(self.camera.eye, self.stage.origin))
        view.focal_point = tuple(np.subtract(self.camera.focus, self.stage.origin))
        view.up, view.view_angle = (0.0, 0.0, 1.0), self.camera.field
        view.clipping_range = (max(FLOOR, 0.02 * self.camera.distance), SKY)


def _read(window: Any, clip: tuple[float, float]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return what was last rendered, colours and depth (m), without rendering it again."""
    near, far = clip
    z = _buffer(window, "SetInputBufferTypeToZBuffer")[..., 0]
    metres: NDArray[np.float32] = np.maximum(np.float32(far) - np.float32(far - near) * z, 1e-6)
    np.divide(np.float32(near * far), metres, out=metres)
    metres[z >= 1] = np.inf
    return _buffer(window, "SetInputBufferTypeToRGB"), metres


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

    make: Any = pv.Texture
    texture = make(np.ascontiguousarray(image))
    texture.repeat = texture.interpolate = texture.mipmap = True
    # Without a GPU the anisotropic filter (on by default) makes a frame eight times as slow.
    texture.SetMaximumAnisotropicFiltering(1)
    texture.SetUseSRGBColorSpace(False)
    return texture


def draw(
    city: City,
    placed: pd.DataFrame,
    camera: Camera,
    out: Path,
    *,
    caption: Caption | None = None,
    area: Any = None,
) -> Path:
    """Draw one picture of a city with its parked cars and return its path.

    ``placed`` has the columns x, y (m), heading_rad and state (legal, illegal, shared).
    """
    stage = scene(city, area)
    with Studio(stage, camera) as studio:
        return _finish(studio, place(city, placed), Path(out), caption or Caption(city.name), area)


def before_after(
    city: City,
    before: pd.DataFrame,
    after: pd.DataFrame,
    area: Any,
    folder: Path,
    *,
    captions: tuple[Caption, Caption] | None = None,
) -> tuple[Path, Path]:
    """Draw before.png and after.png with one camera, framed on the area; return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stage = scene(city, area)
    parked = place(city, before), place(city, after)
    camera = _view(stage, area, parked)
    names = captions or (Caption(city.name, "Before"), Caption(city.name, "After"))
    files = folder / "before.png", folder / "after.png"
    with Studio(stage, camera) as studio:
        for which, cars_then in enumerate(parked):
            _finish(studio, cars_then, files[which], names[which], area)
    return files


def _view(stage: Scene, area: Any, parked: tuple[Parked, ...]) -> Camera:
    """Return the camera that sees most of the cars whose state is not the ordinary one."""
    whole = area if area is not None else shapely.box(*stage.city["streets"].total_bounds)
    every = pd.concat([p.outdoors for p in parked])
    spots = every.loc[every["state"] != "legal", ["x", "y"]].to_numpy(float)
    spots = spots[shapely.contains_xy(whole, spots)]
    view = stage.grounds[0].relief
    return clearest(
        whole, spots[:: max(1, len(spots) // 300)], lambda xy: view.sample(view.heights, xy)
    )


def _finish(studio: Studio, parked: Parked, out: Path, caption: Caption, area: Any) -> Path:
    scale = car_scale(studio.camera)
    shot = studio.shoot(parked.outdoors, scale=scale)
    image = glow(develop(shot, studio.camera), shot, studio.camera, parked.outdoors)
    if area is not None:
        image = outline(image, shot, studio.camera, area)
    image = badges(image, studio.stage.city, studio.camera, parked.indoors)
    image = write(image, studio.stage.city, studio.camera, parked, caption, scale=scale)
    image.save(out, optimize=False, compress_level=4)
    return out


def car_scale(camera: Camera) -> float:
    """Return how much larger than life cars are drawn: 9 pixels long, if 1.5 times is enough."""
    return float(np.round(np.clip(9 / (4.6 * camera.pixels_per_metre), 1.0, 1.5), 1))
