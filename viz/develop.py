"""From what was rendered to a picture: haze and sky from depth, glow, outline, grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from viz.camera import Camera
from viz.parked import Parked
from viz.style import ACCENT, STATES, Rgb

__all__ = ["Shot", "develop", "glow", "hidden", "outline", "pins"]

Floats = NDArray[np.float64]
PIN = 4.2  # m above the ground, well over a car
PINNED = 150
CLEAR = 2.0  # distances of the middle: cars farther away get no pin
HORIZON, ZENITH = (214, 224, 228), (86, 146, 206)


@dataclass(frozen=True)
class Shot:
    """A picture as rendered: colours (rows, columns, 3) and depth (m, inf in the sky)."""

    colour: NDArray[np.uint8]
    depth: NDArray[np.float32]


def develop(shot: Shot, camera: Camera) -> Image.Image:
    """Return the picture in its own size, with haze over the distance and a sky behind it."""
    rows = shot.depth.shape[0]
    slope = camera.slopes(rows).clip(0, 0.6)[:, None] / 0.35
    sky = (
        np.array(HORIZON) + (np.array(ZENITH) - np.array(HORIZON, float)) * slope.clip(0, 1) ** 0.7
    )
    clear = np.float32(1.25 * camera.distance)
    veil = np.clip(shot.depth - clear, 0, None) / np.float32(4.2 * camera.distance)
    veil = 0.88 * (1 - np.exp(-veil))
    veil[np.isinf(shot.depth)] = 1.0
    mask = Image.fromarray((veil * 255).astype(np.uint8))
    air = Image.fromarray(sky.astype(np.uint8)[:, None]).resize(mask.size, Image.Resampling.NEAREST)
    image = Image.composite(air, Image.fromarray(np.ascontiguousarray(shot.colour)), mask)
    return _grade(image.resize(camera.size, Image.Resampling.BOX))


def _grade(image: Image.Image) -> Image.Image:
    """Return the image with a little more contrast and colour, sharpened once."""
    from PIL import ImageEnhance

    image = ImageEnhance.Color(image).enhance(1.12)
    image = ImageEnhance.Contrast(image).enhance(1.07)
    return image.filter(ImageFilter.UnsharpMask(1.0, 45, 2))


def hidden(shot: Shot, camera: Camera, points: Floats, *, slack: float = 2.5) -> NDArray[np.bool_]:
    """Return which points (n, 3) stand behind something, or outside of the picture."""
    seen = camera.project(points)
    rows, columns = shot.depth.shape
    factor = columns / camera.size[0]
    column, row = (seen[:, 0] * factor).astype(int), (seen[:, 1] * factor).astype(int)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows) & (seen[:, 2] > 0)
    front = shot.depth[row.clip(0, rows - 1), column.clip(0, columns - 1)]
    out: NDArray[np.bool_] = ~inside | (front < seen[:, 2] - slack)
    return out


def glow(image: Image.Image, shot: Shot, camera: Camera, parked: Parked) -> Image.Image:
    """Return the image with a soft light around illegal cars and those in solutions' places."""
    for state in ("illegal", *parked.solutions):
        own = parked.outdoors[parked.outdoors["state"] == state]
        z = own["z"].fillna(0.0) if "z" in own else np.zeros(len(own))
        points = np.column_stack((own["x"], own["y"], z + 1.0))
        if len(points):
            # A car behind a tree or a wall still shines through, fainter; not from afar.
            far = camera.project(points)[:, 2] > CLEAR * camera.distance
            share = np.where(hidden(shot, camera, points), np.where(far, 0.0, 0.4), 1.0)
            image = _halo(
                image, camera.project(points), parked.states[state].colour, (camera, share)
            )
    return image


def _halo(
    image: Image.Image, seen: Floats, colour: Rgb, view: tuple[Camera, Floats]
) -> Image.Image:
    from scipy.ndimage import gaussian_filter

    camera, share = view
    seen, share = seen[seen[:, 2] > 1], share[seen[:, 2] > 1]
    width, height = camera.size
    light = np.zeros((height, width), dtype=np.float32)
    # Far cars stand close together in the picture: without this their glow would be a fog.
    weight = np.clip((camera.distance / seen[:, 2]) ** 3, 0, 1) * share
    column, row = seen[:, 0].astype(int), seen[:, 1].astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    np.add.at(light, (row[inside], column[inside]), weight[inside])
    sigma = float(np.clip(2.6 * camera.pixels_per_metre, 2.0, 9.0))
    # A car alone gives a glow of 0.42 at its middle; many together never hide the street.
    light = gaussian_filter(light, sigma) * (2 * np.pi * sigma**2) * 0.42
    mask = Image.fromarray((light.clip(0, 0.55) * 255).astype(np.uint8))
    return Image.composite(Image.new("RGB", image.size, colour), image, mask)


def pins(image: Image.Image, shot: Shot, camera: Camera, placed: pd.DataFrame) -> Image.Image:
    """Return the image with a small pin over every illegal car near enough to be told apart.

    Pins of hidden cars are fainter. Where a picture has more than ``PINNED`` of them they would
    hide the cars themselves: it gets none.
    """
    own = placed[placed["state"] == "illegal"]
    points = np.column_stack((own["x"], own["y"], np.full(len(own), PIN)))
    seen, behind = camera.project(points), hidden(shot, camera, points)
    inside = (np.abs(seen[:, :2] / camera.size - 0.5) < 0.52).all(axis=1)
    kept = np.flatnonzero(inside & (seen[:, 2] > 1) & (seen[:, 2] < CLEAR * camera.distance))
    if not 0 < len(kept) <= PINNED:
        return image
    size = np.clip(18 * camera.distance / seen[:, 2], 10, 24)
    layer = Image.new("RGBA", (image.width * 2, image.height * 2))
    draw = ImageDraw.Draw(layer)
    for k in kept[np.argsort(-seen[kept, 2], kind="stable")]:
        (x, y), tall = seen[k, :2] * 2, float(size[k])
        body = [(x - tall * 0.6, y - tall), (x + tall * 0.6, y - tall), (x, y)]
        ink = 110 if behind[k] else 255
        draw.polygon(body, fill=(*STATES["illegal"].colour, ink), outline=(255, 255, 255, ink))
    small = layer.resize(image.size, Image.Resampling.BOX)
    return Image.alpha_composite(image.convert("RGBA"), small).convert("RGB")


def outline(image: Image.Image, shot: Shot, camera: Camera, area: Any) -> Image.Image:
    """Return the image with the border of an area on the ground, faint where it is hidden."""
    ring = shapely.get_coordinates(shapely.segmentize(area.exterior, 2.0))
    points = np.column_stack((ring, np.full(len(ring), 0.3)))
    seen = camera.project(points)
    behind = hidden(shot, camera, points, slack=1.5)
    mask = Image.new("L", (image.width * 2, image.height * 2))
    draw = ImageDraw.Draw(mask)
    for k in np.flatnonzero((seen[:-1, 2] > 1) & (seen[1:, 2] > 1)):
        line = [float(v) * 2 for v in (*seen[k, :2], *seen[k + 1, :2])]
        faint = bool(behind[k] or behind[k + 1])
        if not faint or k % 4 < 2:
            draw.line(line, fill=120 if faint else 255, width=5 if faint else 7)
    soft = mask.filter(ImageFilter.GaussianBlur(9)).resize(image.size, Image.Resampling.BOX)
    sharp = mask.resize(image.size, Image.Resampling.BOX)
    shine = Image.composite(
        Image.new("RGB", image.size, ACCENT), image, soft.point(lambda v: int(v * 0.8))
    )
    return Image.composite(Image.new("RGB", image.size, ACCENT), shine, sharp)
