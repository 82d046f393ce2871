"""Pictures of a city, its cars and machines: before and after, from the same place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from twin.solution import Look
from viz.camera import PITCH, Camera, Spots, clearest
from viz.develop import Shot, develop, glow, outline, pins
from viz.flights import flights
from viz.offscreen import screenless
from viz.panels import Caption, Figure, badges, riders, write
from viz.parked import Parked, place
from viz.scene import Piece, Scene, scene
from viz.style import STATES
from viz.things import things

__all__ = ["Caption", "Figure", "Shot", "Studio", "before_after", "draw", "hearts", "telling"]

HEART = (210.0, 160.0)  # m, east-west and north-south
CHOICES = 4
VEHICLE = 100.0  # cars, what one vehicle is worth
DOCK, ROBOT, DRONE = 20.0, 60.0, 1_000.0  # cars, what these are worth, a drone in the air
MACHINES: Mapping[str, float] = {"dock": DOCK, "robot": ROBOT, "drone": DRONE}
STEEP = (PITCH, 40.0)  # degrees: between houses a street shows from above
NEAR = 0.4  # of a heart: how much nearer one goes to see vehicles
BACKGROUND = 1200.0  # m around the hearts that are drawn, and looked into
FLOOR, SKY = 2.0, 40_000.0  # m: nothing nearer or farther is drawn


class Studio:
    """A scene set up once, photographed as often as wanted with other cars on it.

    Use as a context manager: the graphics memory is given back at the end.
    """

    def __init__(self, stage: Scene, camera: Camera) -> None:
        import pyvista as pv

        self.camera, self.stage = camera, stage
        size = [v * stage.profile.oversample for v in camera.size]
        with screenless():
            self._plotter: Any = pv.Plotter(off_screen=True, window_size=size, lighting="none")
        for name, piece in stage.pieces.items():
            self._put(name, piece)
        self._aim()
        self._still: Shot | None = None

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self._plotter.close()

    def shoot(
        self, placed: pd.DataFrame, states: Mapping[str, Look] = STATES, *, scale: float = 1.0
    ) -> Shot:
        """Return the picture with these cars (x, y, heading_rad, state) standing in it.

        What stands still is drawn once; cars are drawn alone, and laid over it where nearer.
        """
        if self._still is None:
            self._still = self._render()
            for actor in list(self._plotter.actors.values()):
                actor.SetVisibility(False)
        self._put("cars", Piece(things(placed, states, scale=scale)))
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
            data.active_texture_coordinates = mesh.uv
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
    behind = np.maximum(np.float32(far) - np.float32(far - near) * z, np.float32(1e-6))
    metres: Any = np.float32(near * far) / behind
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

    ``placed`` has the columns x, y (m), heading_rad and state (legal, illegal, or a look's name).
    """
    stage, caption = scene(city, area), caption or Caption(city.name)
    with Studio(stage, camera) as studio:
        return _finish(studio, place(city, placed, caption.states), Path(out), caption, area)


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
    names = captions or (Caption(city.name, "Before"), Caption(city.name, "After"))
    parked = place(city, before, names[0].states), place(city, after, names[1].states)
    whole = area if area is not None else shapely.box(*city["streets"].total_bounds)
    spots = telling(whole, *parked)
    targets = hearts(whole, spots)
    stage = _stage(city, shapely.union_all(targets).envelope)
    view = stage.grounds[0].relief
    camera = clearest(
        targets, spots, lambda xy: view.sample(view.heights, xy), built=_built(city, targets),
        pitches=STEEP if (spots.worth >= VEHICLE).any() else (PITCH,),
    )  # fmt: skip
    files = folder / "before.png", folder / "after.png"
    with Studio(stage, camera) as studio:
        for which, cars_then in enumerate(parked):
            _finish(studio, cars_then, files[which], names[which], area)
    return files


def _stage(city: City, part: Any) -> Scene:
    """Return the scene around a part of a city: of a large city, what haze lets one see."""
    x0, y0, x1, y1 = city["streets"].total_bounds
    if max(x1 - x0, y1 - y0) <= 2.5 * BACKGROUND:
        return scene(city, part)
    return replace(scene(city.clip(part, BACKGROUND), part), city=city)


def telling(area: Any, before: Parked, after: Parked) -> Spots:
    """Return at most about 400 places in the area that tell what changes, and their worth.

    An illegal car of today counts once, once more where it is gone afterwards; what a solution
    brought, and a car that is illegal only afterwards, count once; a vehicle as ``VEHICLE`` cars,
    and once more for each who is aboard; docks, robots and drones in the air as ``MACHINES`` says.
    """
    old, new = (
        p.all[p.all["state"] == "illegal"][["x", "y"]].to_numpy(float) for p in (before, after)
    )
    gone, come = _apart(old, new), _apart(new, old)
    own = after.all[after.all["state"].isin(after.solutions)]
    xy = np.concatenate((old, new[come], own[["x", "y"]].to_numpy(float)))
    brought = np.where(_are(own, after, "vehicle"), VEHICLE * (1 + own["aboard"]), 1.0)
    for thing, cars in MACHINES.items():
        brought[_are(own, after, thing)] = cars
    worth = np.concatenate((1.0 + gone, np.ones(int(come.sum())), brought))
    inside = shapely.contains_xy(area, xy)
    step = 1 + int(inside.sum()) // 400
    kept = inside & (((np.cumsum(inside) - 1) % step == 0) | (worth >= DOCK))
    return Spots(xy[kept], worth[kept])


def _are(things: pd.DataFrame, parked: Parked, kind: str) -> NDArray[np.bool_]:
    """Return which things are of a kind."""
    return np.array([parked.states[s].thing == kind for s in things["state"]], dtype=bool)


def _apart(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points (n, 2) have none of some others within 3 m."""
    if not len(some) or not len(others):
        return np.ones(len(some), dtype=bool)
    tree = shapely.STRtree(shapely.points(others))
    near, _ = tree.query(shapely.points(some), predicate="dwithin", distance=3.0)
    out = np.ones(len(some), dtype=bool)
    out[near] = False
    return out


def hearts(area: Any, spots: Spots) -> list[Any]:
    """Return parts of an area to choose a picture from, the most telling first.

    A small area is its own heart. In a picture much wider than ``HEART`` cars cannot be told apart:
    of a wide area the hearts are where the spots lie thickest, at most ``CHOICES``; one where a
    drone is in the air, and it is there.
    """
    flies = bool((spots.worth == DRONE).any())
    x0, y0, x1, y1 = area.bounds
    closer = NEAR if (spots.worth >= VEHICLE).any() else 1.0
    wide, tall = min(x1 - x0, HEART[0] * closer), min(y1 - y0, HEART[1] * closer)
    if wide == x1 - x0 and tall == y1 - y0:
        return [area]
    left = spots.worth.copy()
    out: list[Any] = []
    while len(out) < (1 if flies else CHOICES) and left.any():
        near: Any = (np.abs(spots.xy[:, None] - spots.xy[None]) < (wide / 2, tall / 2)).all(axis=2)
        best = near[int(np.argmax(near @ left))]
        middle = np.average(spots.xy[best], axis=0, weights=spots.worth[best])
        out.append(_around(shapely.Point(middle), wide, tall))
        left[best] = 0.0
    return out or [_around(area.centroid, wide, tall)]


def _built(city: City, targets: list[Any]) -> Any:
    """Return the ground near some targets that is built up, as one polygon to look into."""
    near = shapely.buffer(shapely.union_all(targets), BACKGROUND)
    layer = city["buildings"]
    seen = layer.geometry.to_numpy()[np.sort(layer.sindex.query(near))]
    whole = shapely.union_all(shapely.buffer(shapely.envelope(seen), 45.0, quad_segs=2))
    shapely.prepare(whole)
    return whole


def _around(point: Any, wide: float, tall: float) -> Any:
    return shapely.box(
        point.x - wide / 2, point.y - tall / 2, point.x + wide / 2, point.y + tall / 2
    )


def _finish(studio: Studio, parked: Parked, out: Path, caption: Caption, area: Any) -> Path:
    scale = car_scale(studio.camera)
    shot = studio.shoot(parked.outdoors, parked.states, scale=scale)
    image = glow(develop(shot, studio.camera), shot, studio.camera, parked)
    image = pins(image, shot, studio.camera, parked.outdoors)
    if area is not None:
        image = outline(image, shot, studio.camera, area)
    image = badges(image, studio.stage.city, studio.camera, parked)
    image = flights(image, shot, studio.camera, parked)
    image = riders(image, studio.camera, parked, scale)
    image = write(image, studio.stage.city, studio.camera, parked, caption, scale=scale)
    image.save(out, optimize=False, compress_level=4)
    return out


def car_scale(camera: Camera) -> float:
    """Return how much larger than life cars are drawn: 17 pixels long, if twice life is enough."""
    return float(np.round(np.clip(17 / (4.6 * camera.pixels_per_metre), 1.0, 2.0), 1))
