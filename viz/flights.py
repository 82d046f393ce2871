"""The ways of drones over a picture: a dotted line through the air, and where each hangs over."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from viz.camera import Camera
from viz.develop import Shot, hidden
from viz.parked import Parked

__all__ = ["flights"]

Floats = NDArray[np.float64]

DOT_M, RING_M, CLEAR_M = 6.0, 9.0, 7.0
"""m between the dots of a way, radius of the ring below a drone, and m kept clear around it."""

FINE = 2
SEEN, BEHIND = 255, 90


def flights(image: Image.Image, shot: Shot, camera: Camera, parked: Parked) -> Image.Image:
    """Return the image with the way of each drone in the air, its plumb line and a ring below it.

    Dots of a way are fainter where something stands before them.
    """
    drones = parked.outdoors
    if "trail" not in drones:
        return image
    drones = drones[drones["trail"].notna()]
    columns = (drones[name].tolist() for name in ("x", "y", "z", "state", "trail"))
    for x, y, z, state, trail in zip(*columns, strict=True):
        mask = Image.new("L", (image.width * FINE, image.height * FINE))
        draw, at = ImageDraw.Draw(mask), np.array((x, y, z))
        way = _spaced(np.asarray(trail, float), DOT_M)
        plumb = _spaced(np.array([at, (x, y, 0.3)]), DOT_M / 2)
        for points, size in ((way, 2.1), (plumb, 1.1)):
            clear = np.linalg.norm(points - at, axis=1) > CLEAR_M
            _dots(draw, points[clear], (shot, camera), size)
        _ring(draw, (x, y), (shot, camera))
        image = _laid(image, mask, parked.states[state].colour)
    return image


def _laid(image: Image.Image, mask: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Return the image with what the mask shows, in white with a glow of the colour around it."""
    glow = mask.filter(ImageFilter.GaussianBlur(3 * FINE)).resize(image.size, Image.Resampling.BOX)
    sharp = mask.resize(image.size, Image.Resampling.BOX)
    tone = Image.new("RGB", image.size, colour)
    image = Image.composite(tone, image, glow.point(lambda v: min(150, int(v * 1.5))))
    light = Image.blend(tone, Image.new("RGB", image.size, (255, 255, 255)), 0.55)
    return Image.composite(light, image, sharp)


def _spaced(points: Floats, step_m: float) -> Floats:
    """Return points (n, 3) along a line, evenly in each leg: there and back they are the same."""
    found = [points[:1]]
    for one, other in pairwise(points):
        parts = max(1, round(float(np.linalg.norm(other - one)) / step_m))
        share = np.arange(1, parts + 1)[:, None] / parts
        found.append(one + (other - one) * share)
    return np.concatenate(found)


def _dots(
    draw: ImageDraw.ImageDraw, points: Floats, view: tuple[Shot, Camera], size: float
) -> None:
    shot, camera = view
    seen, behind = camera.project(points), hidden(shot, camera, points, slack=6.0)
    inside = (np.abs(seen[:, :2] / camera.size - 0.5) < 0.5).all(axis=1) & (seen[:, 2] > 1)
    for (x, y, depth), covered in zip(seen[inside], behind[inside], strict=True):
        r = FINE * float(np.clip(size * camera.distance / depth, 0.8, 1.6 * size))
        ink = BEHIND if covered else SEEN
        draw.ellipse((FINE * x - r, FINE * y - r, FINE * x + r, FINE * y + r), fill=ink)


def _ring(draw: ImageDraw.ImageDraw, at: tuple[float, float], view: tuple[Shot, Camera]) -> None:
    """Draw two rings on the ground, faint where they are hidden."""
    shot, camera = view
    turn = np.linspace(0.0, 2.0 * np.pi, 73)
    for radius in (RING_M, RING_M * 0.55):
        points = np.column_stack(
            (at[0] + radius * np.cos(turn), at[1] + radius * np.sin(turn), np.full(73, 0.3))
        )
        seen, behind = camera.project(points), hidden(shot, camera, points, slack=3.0)
        for k, (one, other) in enumerate(pairwise(seen)):
            if min(one[2], other[2]) > 1:
                line = [float(v) * FINE for v in (*one[:2], *other[:2])]
                draw.line(line, fill=BEHIND if behind[k] else SEEN, width=2 * FINE)
