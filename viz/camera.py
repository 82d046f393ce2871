"""Where the picture is taken from: framing, projection, true scale and north."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from viz.style import SUN

__all__ = ["PITCH", "Camera", "Spots", "clearest", "frame"]

Floats = NDArray[np.float64]

FIELD = 42.0  # vertical field of view, degrees
PITCH = 28.0  # degrees below the horizon that the middle of the area is seen
LIFT = 8.5  # degrees that the camera looks above the middle of the area: a little sky on top
NEAREST = 90.0  # m
# Least and greatest share of the picture (across, down) that the area may reach.
ROOM = ((0.08, 0.26), (0.92, 0.90))
# Where the camera may stand, degrees from north; the first wins where all show as much.
BEARINGS = (200, 185, 215, 170, 230, 155, 245, 140, 260, 125, 275, 290, 305, 320, 110, 95)
BARE = 0.3  # worth of a picture with open land behind, of one with the city behind
BACKLIT = 0.8  # worth of a picture taken against the sun, of one with the sun behind
HIDDEN = 0.3  # worth of a car that only shines through, of one that is seen


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    ``eye``, ``focus`` (what it aims at) and ``middle`` (where scale and north are measured) are
    points (m: east, north, up); ``field`` is vertical (degrees), ``size`` in pixels.
    """

    eye: tuple[float, float, float]
    focus: tuple[float, float, float]
    middle: tuple[float, float, float]
    size: tuple[int, int] = (1600, 900)
    field: float = FIELD

    @property
    def axes(self) -> Floats:
        """Unit vectors (3, 3): right, up, forward."""
        forward = np.subtract(self.focus, self.eye)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        return np.stack((right, np.cross(right, forward), forward))

    @property
    def distance(self) -> float:
        """Distance from the eye to the middle along the view (m)."""
        return float(np.dot(np.subtract(self.middle, self.eye), self.axes[2]))

    @property
    def pixels_per_metre(self) -> float:
        """Pixels that a metre across the view takes at the middle."""
        return float(self.size[1] / (2 * self.distance * np.tan(np.radians(self.field) / 2)))

    def project(self, points: Any) -> Floats:
        """Return column, row and depth (m along the view) of points (n, 3)."""
        seen = (np.asarray(points, dtype=float) - self.eye) @ self.axes.T
        depth = np.where(np.abs(seen[:, 2]) < 1e-6, 1e-6, seen[:, 2])
        zoom = self.size[1] / (2 * np.tan(np.radians(self.field) / 2))
        column = self.size[0] / 2 + seen[:, 0] / depth * zoom
        return np.column_stack((column, self.size[1] / 2 - seen[:, 1] / depth * zoom, seen[:, 2]))

    def ground(self, pixels: Floats) -> Floats:
        """Return where on level ground columns and rows (n, 2) look; nan above the horizon."""
        half = np.tan(np.radians(self.field) / 2) * 2 / self.size[1]
        away = (np.asarray(pixels, dtype=float) - np.array(self.size) / 2) * (half, -half)
        ray = self.axes[2] + away[:, :1] * self.axes[0] + away[:, 1:] * self.axes[1]
        fall = np.where(ray[:, 2] < -1e-9, -ray[:, 2], np.nan)
        out: Floats = np.array(self.eye[:2]) + ray[:, :2] * (self.eye[2] / fall)[:, None]
        return out

    def north(self) -> Floats:
        """Return where true north points in the picture: a unit vector (right, down)."""
        ends = self.project(np.array([self.middle, np.add(self.middle, (0.0, 1.0, 0.0))]))
        step = ends[1, :2] - ends[0, :2]
        out: Floats = step / np.linalg.norm(step)
        return out

    def bar(self, widest: float) -> tuple[float, float]:
        """Return a round length (m) and its pixels at the middle, at most ``widest``."""
        most = widest / self.pixels_per_metre
        power = 10.0 ** np.floor(np.log10(most))
        length = float(max(k for k in (1.0, 2.0, 5.0) if k * power <= most) * power)
        return length, length * self.pixels_per_metre

    def slopes(self, rows: int) -> Floats:
        """Return the tangent of the view's height above the horizon at the middle of each row."""
        half = np.tan(np.radians(self.field) / 2)
        y = (1 - (np.arange(rows) + 0.5) / rows * 2) * half
        ray = self.axes[2] + y[:, None] * self.axes[1]
        out: Floats = ray[:, 2] / np.hypot(ray[:, 0], ray[:, 1])
        return out


def frame(
    area: Any, size: tuple[int, int] = (1600, 900), *, bearing: float = 200.0, pitch: float = PITCH
) -> Camera:
    """Return the camera that just holds an area, with what lies behind it and a little sky.

    Parameters
    ----------
    area
        Polygon (m).
    size
        Picture (pixels).
    bearing
        Where the camera stands as seen from the area, degrees clockwise from north.
    pitch
        How far below the horizon the middle of the area is seen, degrees.
    """
    outline = shapely.get_coordinates(shapely.convex_hull(area))
    points = np.column_stack((outline, np.zeros(len(outline))))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    near, far = NEAREST, 50_000.0
    for _ in range(40):
        distance = (near + far) / 2
        seen = _stand(middle, distance, (bearing, pitch), size).project(points)
        low, high = (seen[:, :2] / size).min(axis=0), (seen[:, :2] / size).max(axis=0)
        fits = bool((seen[:, 2] > 1).all() and (low >= ROOM[0]).all() and (high <= ROOM[1]).all())
        near, far = (near, distance) if fits else (distance, far)
    return _stand(middle, far, (bearing, pitch), size)


def _stand(
    middle: Floats, distance: float, view: tuple[float, float], size: tuple[int, int]
) -> Camera:
    """Return the camera at a distance from the middle, aimed a little above it."""
    turn, tilt = np.radians(view)
    away = np.array([np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)])
    eye = middle + away * distance
    flat = distance * np.cos(tilt)
    aim = eye - (away[0] / np.cos(tilt) * flat, away[1] / np.cos(tilt) * flat, 0.0)
    aim[2] = eye[2] - flat * np.tan(tilt - np.radians(LIFT))
    return Camera(_triple(eye), _triple(aim), _triple(middle), size)


@dataclass(frozen=True)
class Spots:
    """Places worth a look: points (n, 2) m and how much each is worth."""

    xy: Floats
    worth: Floats


def clearest(
    areas: Sequence[Any],
    spots: Spots,
    heights: Callable[[Floats], Floats],
    size: tuple[int, int] = (1600, 900),
    *,
    built: Any = None,
    pitches: Sequence[float] = (PITCH,),
) -> Camera:
    """Return the camera on one of some areas that shows most, from the sunny side.

    What a spot adds falls with its distance, and where something stands before it; the city
    (polygon ``built``) is a better background than open land. ``heights`` gives the height (m) of
    what stands at points (n, 2); ``pitches`` are those to choose from, degrees below the horizon.
    """
    best, most = frame(areas[0], size), -1.0
    for area, pitch, bearing in product(areas, pitches, BEARINGS):
        camera = frame(area, size, bearing=float(bearing), pitch=pitch)
        worth = _worth(camera, spots, heights) * _behind(camera, built) * _lit(camera)
        if worth > most * 1.02:
            best, most = camera, worth
    return best


def _worth(camera: Camera, spots: Spots, heights: Callable[[Floats], Floats]) -> float:
    """Return what the spots in the picture are worth."""
    seen = camera.project(np.column_stack((spots.xy, np.zeros(len(spots.xy)))))
    share = seen[:, :2] / camera.size
    inside = (seen[:, 2] > 1) & (np.abs(share - 0.5) < (0.47, 0.42)).all(axis=1)
    if not inside.any():
        return 0.0
    clear = np.where(_sees(camera, spots.xy[inside], heights), 1.0, HIDDEN)
    near = np.minimum(1.0, (camera.distance / seen[inside, 2]) ** 4)
    return float((spots.worth[inside] * clear * near).sum())


def _lit(camera: Camera) -> float:
    """Return from ``BACKLIT`` to 1 how much the sun stands behind the camera."""
    view, sun = camera.axes[2, :2], np.array(SUN.direction[:2])
    turned = float(-view @ sun / np.linalg.norm(view) / np.linalg.norm(sun))
    return BACKLIT + (1 - BACKLIT) * min(1.0, 1.0 + turned)


def _behind(camera: Camera, built: Any) -> float:
    """Return from ``BARE`` to 1 how much of the upper part of the picture is city."""
    if built is None:
        return 1.0
    column, row = np.meshgrid(np.linspace(0.05, 0.95, 12), np.linspace(0.12, 0.7, 12))
    spots = camera.ground(np.column_stack((column.ravel(), row.ravel())) * camera.size)
    share = float(shapely.contains_xy(built, spots[:, 0], spots[:, 1]).mean())
    return BARE + (1 - BARE) * share


def _sees(camera: Camera, points: Floats, heights: Callable[[Floats], Floats]) -> NDArray[np.bool_]:
    """Return which ground points the camera sees over what stands between."""
    step = np.concatenate((np.arange(2.0, 60.0, 3.0), np.arange(60.0, 400.0, 9.0)))
    away = np.subtract(camera.eye, np.column_stack((points, np.ones(len(points)))))
    flat = np.linalg.norm(away[:, :2], axis=1)
    ray = away / flat[:, None]
    places = points[:, None] + ray[:, None, :2] * step[None, :, None]
    tall = heights(places.reshape(-1, 2)).reshape(len(points), len(step))
    out: NDArray[np.bool_] = (tall <= 1 + ray[:, 2:] * step).all(axis=1)
    return out


def _triple(values: Floats) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))
