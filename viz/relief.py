"""Heights as a raster, and how high each shadow reaches over it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from viz.style import SUN, Sun

__all__ = ["Relief", "Window", "cast", "hash01", "noise", "relief"]

Floats = NDArray[np.float64]
Raster = NDArray[np.float32]


@dataclass(frozen=True)
class Window:
    """A square of ground as a raster: south-west corner, side (m) and in pixels; row 0 is north."""

    x: float
    y: float
    size: float
    pixels: int

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        return self.pixels / self.size

    def at(self, pixels: int) -> Window:
        """Return the same ground with another number of pixels."""
        return Window(self.x, self.y, self.size, pixels)

    def to_pixels(self, xy: Floats) -> Floats:
        """Return columns and rows (fractions of pixels) of points (n, 2)."""
        return np.column_stack(
            ((xy[:, 0] - self.x) * self.scale, (self.y + self.size - xy[:, 1]) * self.scale)
        )

    def contains(self, xy: Floats) -> NDArray[np.bool_]:
        """Return which points (n, 2) lie in the square."""
        inside: NDArray[np.bool_] = np.all(np.abs(xy - self.centre) < self.size / 2, axis=1)
        return inside

    @property
    def centre(self) -> Floats:
        """Middle of the square (m)."""
        return np.array([self.x + self.size / 2, self.y + self.size / 2])


@dataclass(frozen=True)
class Relief:
    """Height of what stands (m) and height up to which it is in shadow (m), pixel by pixel."""

    window: Window
    heights: Raster
    shade: Raster

    def sample(self, raster: Raster, xy: Floats) -> Floats:
        """Return a raster's values at points (n, 2); 0 outside."""
        last = self.window.pixels - 1
        cells = self.window.to_pixels(xy).astype(int)
        values = raster[cells[:, 1].clip(0, last), cells[:, 0].clip(0, last)].astype(float)
        return np.where(self.window.contains(xy), values, 0.0)


def relief(buildings: gpd.GeoDataFrame, window: Window, *, sun: Sun = SUN) -> Relief:
    """Return the relief of buildings (column ``height_m``) in a window."""
    image = Image.new("F", (window.pixels, window.pixels))
    draw = ImageDraw.Draw(image)
    polygons, which = shapely.get_parts(buildings.geometry.to_numpy(), return_index=True)
    tall = buildings["height_m"].to_numpy(float)[which]
    for row in np.argsort(tall, kind="stable"):
        rings = [polygons[row].exterior, *polygons[row].interiors]
        for ring, value in zip(rings, [float(tall[row])] + [0.0] * len(rings), strict=False):
            draw.polygon(
                window.to_pixels(shapely.get_coordinates(ring)).ravel().tolist(), fill=value
            )
    heights = np.asarray(image, dtype=np.float32)
    return Relief(window, heights, cast(heights, window.scale, sun=sun))


def cast(heights: Raster, scale: float, *, sun: Sun = SUN) -> Raster:
    """Return the height (m) up to which each pixel is in shadow, by doubling sweeps along the sun.

    ``scale`` is pixels per metre; a pixel's own height counts: a roof in the sun equals its height.
    """
    east, north = sun.step
    drop = float(np.hypot(east, north)) / scale * sun.slope
    shade = heights.copy()
    reach, tallest = 1, float(heights.max(initial=0.0))
    while (
        drop * reach < tallest and east * reach < shade.shape[1] and north * reach < shade.shape[0]
    ):
        dx, dy = east * reach, north * reach
        # Shadows fall east and north: rows run south, so the source lies dx left and dy below.
        source = shade[dy:, : shade.shape[1] - dx] - np.float32(drop * reach)
        moved = shade.copy()
        np.maximum(moved[: shade.shape[0] - dy, dx:], source, out=moved[: shade.shape[0] - dy, dx:])
        shade, reach = moved, reach * 2
    return shade


def hash01(number: Floats | NDArray[np.int64], salt: float = 0.0) -> Floats:
    """Return a fixed, irregular number in [0, 1) for each number: for looks, never for results."""
    value = np.sin(np.asarray(number, dtype=float) * 12.9898 + salt * 78.233 + 4.1414) * 43758.5453
    out: Floats = value - np.floor(value)
    return out


def noise(x: Floats, y: Floats, wavelength: float) -> Floats:
    """Return smooth value noise in [0, 1] at points, one bump about every ``wavelength`` metres."""
    u, v = x / wavelength, y / wavelength
    i, j = np.floor(u), np.floor(v)
    a, b = u - i, v - j
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    corner = [hash01((i + di) * 1.7 + (j + dj) * 57.31) for dj in (0, 1) for di in (0, 1)]
    low = corner[0] * (1 - a) + corner[1] * a
    high = corner[2] * (1 - a) + corner[3] * a
    return low * (1 - b) + high * b
