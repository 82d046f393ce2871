"""What stands, drives or flies in a scene, one small mesh each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np

from twin.solution import Look
from viz.devices import dock, drone, robot, wheel
from viz.mesh import Mesh, box_mesh, join, stamp
from viz.style import LARGER, STATES

__all__ = ["BUS_LENGTH", "bus", "things"]

BUS_LENGTH = 7.1
"""m, of a bus for about 16 riders, whose width and height the mesh has."""

GROUND = 0.06
"""m that things stand above the ground, so that it does not show through."""

BUS_WIDE, FLOOR, SILL, EAVES, ROOF = 2.1, 0.36, 1.12, 2.24, 2.6
WINDOW = 1.15
"""m from one pillar to the next."""

# A white that is not quite grey keeps its colour where grey takes the tint.
TINT, WHITE, GLASS, TYRE = (255, 255, 255), (250, 250, 246), (46, 58, 72), (34, 36, 40)
METAL, LAMP, REAR, SHOWN = (150, 158, 166), (255, 244, 206), (206, 34, 30), (255, 178, 44)


def things(placed: Any, states: Mapping[str, Look] = STATES, *, scale: float = 1.0) -> Mesh:
    """Return a mesh for each row (x, y, heading_rad, state; z where known), larger than life.

    ``scale`` times, and what is small in itself as many times more as ``LARGER`` says.
    """
    groups = placed.groupby("state", sort=False)
    parts = [_stamped(_mesh(states[state]), rows, states[state], scale) for state, rows in groups]
    return join(_stamped(_car(), placed[:0], STATES["legal"], scale), *parts)


def _mesh(look: Look) -> Mesh:
    if look.thing == "vehicle":
        return bus(look.length_m or BUS_LENGTH)
    return MESHES[look.thing]()


def _stamped(mesh: Mesh, placed: Any, look: Look, scale: float) -> Mesh:
    tint = np.tile(np.array(look.colour, dtype=float) / 255, (len(placed), 1))
    z = placed["z"].fillna(GROUND) if "z" in placed else np.full(len(placed), GROUND)
    place = np.column_stack((placed["x"], placed["y"], np.maximum(z, GROUND)))
    size = np.full((len(placed), 3), scale * LARGER.get(look.thing, 1.0))
    return stamp(mesh, place, placed["heading_rad"].astype(float), size, tint)


def _car() -> Mesh:
    tyre = (40, 42, 46)
    return join(
        box_mesh((3.9, 1.86, 0.4), (0, 0, 0), tyre),
        box_mesh((4.6, 1.84, 0.58), (0, 0, 0.28), TINT, taper=(0.97, 0.95)),
        box_mesh((2.7, 1.66, 0.5), (-0.25, 0, 0.86), (58, 68, 80), taper=(0.74, 0.86)),
        box_mesh((1.95, 1.4, 0.06), (-0.25, 0, 1.35), TINT),
    )


def _sign() -> Mesh:
    """Return a post beside the street with a panel that faces along it."""
    return join(
        box_mesh((0.14, 0.14, 2.6), (0, 0, 0), (96, 100, 106)),
        box_mesh((0.3, 1.9, 1.3), (0, 0, 2.5), TINT),
    )


def _stop() -> Mesh:
    """Return a shelter, its back away from the street, and a flag at its head."""
    posts = [
        box_mesh((0.1, 0.1, 2.4), (x, y, 0), METAL) for x, y in product((-1.7, 1.7), (-0.9, 0.3))
    ]
    return join(
        *posts,
        box_mesh((3.4, 0.06, 1.7), (0, -0.9, 0.5), (152, 186, 204)),
        box_mesh((2.4, 0.5, 0.45), (0, -0.55, 0), METAL),
        box_mesh((4.0, 1.9, 0.16), (0, -0.3, 2.4), TINT),
        box_mesh((0.12, 0.12, 3.4), (2.6, 0.2, 0), METAL),
        box_mesh((0.16, 0.95, 0.95), (2.6, 0.2, 2.7), TINT),
    )


def bus(length: float) -> Mesh:
    """Return a bus of a length (m): body, windows between pillars, doors, lamps, wheels."""
    return join(_body(length), _windows(length), _ends(length), *_wheels(length))


def _body(length: float) -> Mesh:
    wide = BUS_WIDE
    return join(
        box_mesh((length * 0.94, wide * 0.94, 0.3), (0, 0, FLOOR - 0.16), TYRE),
        box_mesh((length, wide, SILL - FLOOR), (0, 0, FLOOR), TINT),
        box_mesh((length * 1.002, wide * 1.012, 0.15), (0, 0, 0.72), WHITE),
        box_mesh((length, wide, ROOF - EAVES), (0, 0, EAVES), TINT, taper=(0.975, 0.9)),
        box_mesh((length * 0.95, wide * 0.82, 0.1), (0, 0, ROOF), TINT, taper=(0.98, 0.92)),
        box_mesh((length * 0.24, wide * 0.58, 0.2), (-length * 0.16, 0, ROOF + 0.1), WHITE),
    )


def _windows(length: float) -> Mesh:
    """Return the band of glass, the pillars that part it, and the doors on the right."""
    tall, wide = EAVES - SILL, BUS_WIDE
    count = max(2, round(length / WINDOW))
    pillars = [
        box_mesh((0.13, wide, tall), (x, 0, SILL), TINT)
        for x in np.linspace(-0.5, 0.5, count + 1)[1:-1] * length
    ]
    doors = [
        box_mesh((0.95, 0.06, EAVES - FLOOR - 0.15), (x, -wide / 2, FLOOR + 0.08), GLASS)
        for x in (length * 0.33, -length * 0.12)
    ]
    glass = box_mesh((length * 0.985, wide * 0.975, tall), (0, 0, SILL), GLASS)
    return join(glass, *pillars, *doors)


def _ends(length: float) -> Mesh:
    """Return windscreen, rear window, destination and lamps."""
    front, lamps = length / 2, []
    for side in (-1, 1):
        y = side * BUS_WIDE * 0.36
        lamps += [
            box_mesh((0.08, 0.36, 0.2), (front, y, 0.56), LAMP),
            box_mesh((0.08, 0.24, 0.34), (-front, y, 0.62), REAR),
        ]
    return join(
        box_mesh((0.08, BUS_WIDE * 0.9, EAVES - SILL + 0.25), (front, 0, SILL - 0.22), GLASS),
        box_mesh((0.08, BUS_WIDE * 0.7, 0.26), (front, 0, EAVES + 0.04), SHOWN),
        *lamps,
    )


def _wheels(length: float) -> list[Mesh]:
    return [
        wheel(0.46, 0.24, (x * length, y * (BUS_WIDE / 2 - 0.08), 0.46))
        for x in (-0.29, 0.31)
        for y in (-1, 1)
    ]


MESHES: Mapping[str, Callable[[], Mesh]] = MappingProxyType(
    {"car": _car, "sign": _sign, "stop": _stop, "drone": drone, "robot": robot, "dock": dock}
)
