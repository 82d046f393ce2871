"""Small machines as meshes in life size: a drone, its dock, a robot on a footway."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from viz.mesh import Mesh, box_mesh, join
from viz.style import Rgb

__all__ = ["dock", "drone", "robot", "wheel"]

Floats = NDArray[np.float64]

TINT: Rgb = (255, 255, 255)
# A white that is not quite grey keeps its colour where grey takes the tint.
SHELL: Rgb = (246, 247, 243)
DARK: Rgb = (38, 43, 50)
STEEL: Rgb = (138, 146, 156)
BLADE: Rgb = (70, 78, 88)
LENS: Rgb = (18, 22, 30)
LAMP: Rgb = (255, 236, 170)
REAR: Rgb = (222, 44, 38)

ARM, ROTOR, DECK = 0.36, 0.24, 0.2
"""m: from the middle of a drone to a rotor, the radius of that, and how high it hangs."""


def drone() -> Mesh:
    """Return a drone with four rotors in guards of the tint, a camera under its nose, and skids."""
    turns = np.radians((45.0, 135.0, 225.0, 315.0))
    arms = [_turned(box_mesh((ARM, 0.05, 0.04), (ARM / 2, 0, DECK - 0.05), DARK), t) for t in turns]
    rotors = [_rotor((ARM * np.cos(t), ARM * np.sin(t)), t) for t in turns]
    return join(
        box_mesh((0.42, 0.2, 0.07), (0, 0, DECK - 0.1), SHELL),
        box_mesh((0.36, 0.17, 0.06), (0, 0, DECK - 0.03), TINT, taper=(0.7, 0.7)),
        box_mesh((0.1, 0.12, 0.1), (0.17, 0, DECK - 0.19), DARK),
        box_mesh((0.03, 0.07, 0.07), (0.225, 0, DECK - 0.175), LENS),
        box_mesh((0.02, 0.05, 0.03), (0.215, 0, DECK - 0.06), LAMP),
        box_mesh((0.02, 0.05, 0.03), (-0.215, 0, DECK - 0.06), REAR),
        *_skids(), *arms, *rotors,
    )  # fmt: skip


def _skids() -> list[Mesh]:
    legs = [
        box_mesh((0.03, 0.03, DECK - 0.1), (x, y, 0.0), STEEL)
        for x, y in product((-0.11, 0.11), (-0.12, 0.12))
    ]
    return [*legs, *(box_mesh((0.38, 0.03, 0.025), (0, y, 0), STEEL) for y in (-0.12, 0.12))]


def _rotor(middle: tuple[float, float], turn: float) -> Mesh:
    """Return a motor, two blades as they stand, and a guard around them."""
    x, y = middle
    blades = box_mesh((2 * ROTOR * 0.92, 0.035, 0.012), (0, 0, DECK + 0.03), BLADE)
    return join(
        box_mesh((0.06, 0.06, 0.08), (x, y, DECK - 0.05), DARK),
        _moved(_turned(blades, turn + 0.7), (x, y, 0.0)),
        _moved(_band(ROTOR, 0.035, (DECK - 0.01, DECK + 0.04)), (x, y, 0.0)),
    )


def dock() -> Mesh:
    """Return a dock, its lid open: a pad of the tint with its mark, two wings, a weather mast."""
    wings = [
        _moved(_tilted(box_mesh((0.62, 1.24, 0.06), (0, 0, 0), SHELL), lean), (x, 0.0, 0.56))
        for x, lean in ((0.92, -0.6), (-0.92, 0.6))
    ]
    feet = [
        box_mesh((0.16, 0.16, 0.14), (x, y, 0), DARK) for x, y in product((-0.5, 0.5), (-0.5, 0.5))
    ]
    bars = ((0.09, 0.5, -0.17, 0.0), (0.09, 0.5, 0.17, 0.0), (0.3, 0.09, 0.0, 0.0))
    mark = [box_mesh((w, d, 0.012), (x, y, 0.6), SHELL) for w, d, x, y in bars]
    return join(
        *feet,
        box_mesh((1.36, 1.36, 0.36), (0, 0, 0.12), SHELL),
        box_mesh((1.4, 1.4, 0.08), (0, 0, 0.46), DARK),
        box_mesh((1.16, 1.16, 0.06), (0, 0, 0.54), TINT),
        *mark, *wings,
        box_mesh((0.5, 0.02, 0.16), (0, -0.69, 0.22), TINT),
        box_mesh((0.05, 0.05, 1.5), (-0.58, 0.58, 0.5), STEEL),
        box_mesh((0.34, 0.05, 0.04), (-0.58, 0.58, 1.9), STEEL),
        box_mesh((0.12, 0.12, 0.12), (-0.58, 0.58, 2.0), TINT),
    )  # fmt: skip


def robot() -> Mesh:
    """Return a robot on six wheels: a box with a lid of the tint, sensors, lamps and a pennant."""
    wheels = [wheel(0.13, 0.1, (x, y, 0.13)) for x, y in product((-0.3, 0.0, 0.3), (-0.3, 0.3))]
    lamps = [box_mesh((0.02, 0.1, 0.07), (0.455, y, 0.42), LAMP) for y in (-0.16, 0.16)] + [
        box_mesh((0.02, 0.12, 0.05), (-0.455, y, 0.44), REAR) for y in (-0.17, 0.17)
    ]
    return join(
        *wheels,
        box_mesh((0.82, 0.46, 0.12), (0, 0, 0.16), DARK),
        box_mesh((0.9, 0.58, 0.26), (0, 0, 0.27), SHELL),
        box_mesh((0.905, 0.585, 0.05), (0, 0, 0.33), TINT),
        box_mesh((0.9, 0.58, 0.16), (0, 0, 0.53), TINT, taper=(0.86, 0.8)),
        box_mesh((0.5, 0.3, 0.03), (-0.04, 0, 0.69), SHELL),
        box_mesh((0.06, 0.36, 0.08), (0.44, 0, 0.55), LENS),
        box_mesh((0.12, 0.12, 0.1), (0.26, 0, 0.69), DARK),
        *lamps,
        box_mesh((0.025, 0.025, 0.75), (-0.4, 0.22, 0.6), STEEL),
        box_mesh((0.28, 0.02, 0.17), (-0.54, 0.22, 1.16), TINT),
    )


def _turned(mesh: Mesh, angle: float) -> Mesh:
    """Return a mesh turned about the upright axis through the origin."""
    x, y, z = mesh.points.T
    c, s = np.cos(angle), np.sin(angle)
    return Mesh(np.column_stack((c * x - s * y, s * x + c * y, z)), mesh.faces, mesh.colours)


def _tilted(mesh: Mesh, angle: float) -> Mesh:
    """Return a mesh turned about the axis to the left through the origin."""
    x, y, z = mesh.points.T
    c, s = np.cos(angle), np.sin(angle)
    return Mesh(np.column_stack((c * x + s * z, y, c * z - s * x)), mesh.faces, mesh.colours)


def _moved(mesh: Mesh, by: tuple[float, float, float]) -> Mesh:
    return Mesh(mesh.points + by, mesh.faces, mesh.colours)


def _band(radius: float, thick: float, height: tuple[float, float]) -> Mesh:
    """Return a ring that stands on its edge: sixteen corners, seen from outside and above."""
    turn = np.arange(17) * np.pi / 8
    across = np.column_stack((np.cos(turn), np.sin(turn)))
    outer, inner = across * radius, across * (radius - thick)
    low, high = (np.full((17, 1), z) for z in height)
    corners = [
        np.hstack(pair) for pair in ((outer, low), (outer, high), (inner, high), (inner, low))
    ]
    faces = [np.stack((a[:-1], a[1:], b[1:], b[:-1]), axis=1) for a, b in pairwise(corners)]
    points = np.concatenate(faces).reshape(-1, 3)
    colours = np.tile(np.array(TINT, dtype=float), (len(points), 1))
    return Mesh(points, np.arange(len(points)).reshape(-1, 4), colours)


def wheel(radius: float, wide: float, middle: tuple[float, float, float]) -> Mesh:
    """Return a wheel of eight corners that rolls forward: its tread and both its sides (m)."""
    turn = (np.arange(8) + 0.5) * np.pi / 4
    rim = np.column_stack((radius * np.cos(turn), np.zeros(8), radius * np.sin(turn)))
    aside = np.array((0.0, wide / 2, 0.0))
    left, right = rim + aside, rim - aside
    following = np.roll(np.arange(8), -1)
    tread = np.stack((right, left, left[following], right[following]), axis=1)
    quarters = np.array([(0, 1, 2, 3), (0, 3, 4, 7), (4, 5, 6, 7)])
    faces = np.concatenate((tread, right[quarters], left[quarters[:, ::-1]]))
    points = faces.reshape(-1, 3) + middle
    colours = np.tile(np.array(DARK, dtype=float), (len(points), 1))
    return Mesh(points, np.arange(len(points)).reshape(-1, 4), colours)
