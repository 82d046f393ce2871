"""A large anti-aliased canvas over a square of ground: shapes in metres, colours in bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from viz.relief import Window
from viz.style import Rgb

__all__ = ["Canvas", "rectangles"]

# Agg refuses paths with too many cells: long lists are painted in parts.
CHUNK = 400


class Canvas:
    """Paints shapely geometries in the units of a window onto an RGB image.

    Parameters
    ----------
    window
        The square of ground and its pixels.
    base
        Image (pixels, pixels, 3) to start from.
    """

    def __init__(self, window: Window, base: NDArray[np.uint8]) -> None:
        from matplotlib.backends import backend_agg

        agg: Any = backend_agg
        from matplotlib.transforms import Affine2D

        self.window = window
        self._renderer: Any = agg.RendererAgg(window.pixels, window.pixels, 72)
        self._pixels = np.asarray(self._renderer.buffer_rgba())
        self._pixels[..., :3] = base
        self._pixels[..., 3] = 255
        self._transform = Affine2D().translate(-window.x, -window.y).scale(window.scale)

    @property
    def image(self) -> NDArray[np.uint8]:
        """The picture so far (rows, columns, 3), north up."""
        return self._pixels[..., :3]

    def fill(self, geometries: Any, colour: Rgb, *, alpha: float = 1.0) -> None:
        """Fill polygons (an array or one geometry) with a colour."""
        parts = shapely.orient_polygons(_parts(geometries, 2))
        for part in _chunks(parts[shapely.get_dimensions(parts) == 2]):
            self._draw(shapely.get_rings(part), colour, alpha, width=0.0)

    def stroke(
        self, geometries: Any, colour: Rgb, width: float, *, alpha: float = 1.0, dash: float = 0.0
    ) -> None:
        """Draw lines, or the outlines of polygons, ``width`` m wide, dashed every ``dash`` m."""
        for part in _chunks(_parts(geometries, 1)):
            self._draw(part, colour, alpha, width=width, dash=dash)

    def _draw(
        self, lines: Any, colour: Rgb, alpha: float, *, width: float, dash: float = 0.0
    ) -> None:
        gc = self._renderer.new_gc()
        gc.set_linewidth(width * self.window.scale)
        gc.set_foreground(tuple(c / 255 for c in colour))
        gc.set_alpha(alpha)
        gc.set_capstyle("butt")
        if dash:
            length = dash * self.window.scale
            gc.set_dashes(0, [length, length * 1.6])
        face = None if width else tuple(c / 255 for c in colour)
        self._renderer.draw_path(gc, _path(lines), self._transform, face)


def rectangles(centres: Any, along: Any, size: tuple[float, float]) -> Any:
    """Return rectangles of a size (along, across) m around centres (n, 2), turned along vectors."""
    centres, along = np.asarray(centres, dtype=float), np.asarray(along, dtype=float)
    across = np.column_stack((-along[:, 1], along[:, 0]))
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2 * size
    corners = centres[:, None] + signs[:, :1] * along[:, None] + signs[:, 1:] * across[:, None]
    return shapely.polygons(corners)


def _parts(geometries: Any, dimension: int) -> Any:
    parts = shapely.get_parts(np.atleast_1d(np.asarray(geometries, dtype=object)))
    parts = parts[~shapely.is_empty(parts)]
    if dimension == 2:
        return parts
    areal = shapely.get_dimensions(parts) == 2
    return np.concatenate((shapely.get_rings(parts[areal]), shapely.get_parts(parts[~areal])))


def _chunks(parts: Any) -> Iterable[Any]:
    return (parts[k : k + CHUNK] for k in range(0, len(parts), CHUNK))


def _path(lines: Any) -> Any:
    from matplotlib.path import Path

    points, which = shapely.get_coordinates(lines, return_index=True)
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[np.flatnonzero(np.diff(which, prepend=-1))] = Path.MOVETO
    return Path(points, codes)
