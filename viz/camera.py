"""Where the picture is taken from: framing, projection, true scale and north."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Camera", "frame"]

Floats = NDArray[np.float64]

FIELD = 38.0  # vertical field of view, degrees


@dataclass(frozen=True)
class Camera:
    """A pinhole camera: eye and focus (m, east north up), vertical field (degrees), picture size (pixels)."""

    eye: tuple[float, float, float]
    focus: tuple[float, float, float]
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
        """Distance from the eye to the focus (m)."""
        return float(np.linalg.norm(np.subtract(self.focus, self.eye)))

    @property
    def pixels_per_metre(self) -> float:
        """Pixels that a metre across the view takes at the focus."""
        return self.size[1] / (2 * self.distance * np.tan(np.radians(self.field) / 2))

    def project(self, points: Any) -> Floats:
        """Return column, row and depth (m along the view) of points (n, 3)."""
        seen = (np.asarray(points, dtype=float) - self.eye) @ self.axes.T
        depth = np.where(np.abs(seen[:, 2]) < 1e-6, 1e-6, seen[:, 2])
        zoom = self.size[1] / (2 * np.tan(np.radians(self.field) / 2))
        column = self.size[0] / 2 + seen[:, 0] / depth * zoom
        return np.column_stack((column, self.size[1] / 2 - seen[:, 1] / depth * zoom, seen[:, 2]))

    def north(self) -> Floats:
        """Return where true north points in the picture at the focus: a unit vector (right, down)."""
        ends = self.project(np.array([self.focus, np.add(self.focus, (0.0, 1.0, 0.0))]))
        step = ends[1, :2] - ends[0, :2]
        out: Floats = step / np.linalg.norm(step)
        return out

    def bar(self, widest: float) -> tuple[float, float]:
        """Return a round length (m: 1, 2 or 5 times a power of ten) and its pixels, at most ``widest``."""
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


def frame(area: Any, size: tuple[int, int] = (1600, 900), *, bearing: float = 196.0,
          pitch: float = 31.0, fill: tuple[float, float] = (0.72, 0.52)) -> Camera:  # fmt: skip
    """Return the camera that just holds an area.

    Parameters
    ----------
    area
        Polygon (m).
    size
        Picture (pixels).
    bearing
        Where the camera stands as seen from the area, degrees clockwise from north.
    pitch
        How far the camera looks down, degrees.
    fill
        Shares of the picture's width and height that the area may take.
    """
    outline = shapely.get_coordinates(shapely.convex_hull(area))
    points = np.column_stack((outline, np.zeros(len(outline))))
    low, high = points.min(axis=0), points.max(axis=0)
    focus = (low + high) / 2
    turn, tilt = np.radians(bearing), np.radians(pitch)
    away = np.array([np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)])
    near, far = 1.0, 50_000.0
    for _ in range(40):
        distance = (near + far) / 2
        seen = Camera(_triple(focus + away * distance), _triple(focus), size).project(points)
        reach = np.abs(seen[:, :2] / size - 0.5).max(axis=0) * 2
        fits = bool((seen[:, 2] > 1).all() and (reach <= fill).all())
        near, far = (near, distance) if fits else (distance, far)
    return Camera(_triple(focus + away * max(far, 60.0)), _triple(focus), size)


def _triple(values: Floats) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))
