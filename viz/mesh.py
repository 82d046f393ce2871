"""Meshes as plain arrays, a whole layer at a time, with the light baked into their colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from viz.style import SUN, Rgb

__all__ = [
    "Edges",
    "Mesh",
    "area",
    "box_mesh",
    "edges",
    "join",
    "lit",
    "quads",
    "roofs",
    "stamp",
    "volume",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Mesh:
    """Points (n, 3) m, faces of three or four corners, colours (n, 3) of 0-255, uv (n, 2)."""

    points: Floats
    faces: Ints
    colours: Floats
    uv: Floats | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not len(self.faces)


@dataclass(frozen=True)
class Edges:
    """The edges of polygons, outer rings anticlockwise: the outside lies to the right of a -> b.

    ``owner`` is the row of the polygon in the array that was given.
    """

    a: Floats
    b: Floats
    owner: Ints

    @property
    def length(self) -> Floats:
        """Length of each edge (m)."""
        out: Floats = np.linalg.norm(self.b - self.a, axis=1)
        return out

    @property
    def normal(self) -> Floats:
        """Unit vectors (n, 2) that point outwards."""
        step = self.b - self.a
        out: Floats = (
            np.column_stack((step[:, 1], -step[:, 0])) / np.maximum(self.length, 1e-9)[:, None]
        )
        return out

    def split(self, longest: float) -> tuple[Edges, Floats, Floats]:
        """Return pieces of at most ``longest`` m, and the shares where each begins and ends."""
        count = np.maximum(np.ceil(self.length / longest), 1).astype(int)
        row = np.repeat(np.arange(len(count)), count)
        k = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        start, stop = k / count[row], (k + 1) / count[row]
        step = (self.b - self.a)[row]
        begin, end = self.a[row] + step * start[:, None], self.a[row] + step * stop[:, None]
        return Edges(begin, end, row), start, stop


def edges(polygons: Any) -> Edges:
    """Return the edges of polygons or multipolygons, edges shorter than 5 cm left out."""
    parts, owner = shapely.get_parts(np.asarray(polygons, dtype=object), return_index=True)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    out = Edges(points[:-1][same], points[1:][same], owner[part[ring[:-1][same]]])
    keep = out.length > 0.05
    return Edges(out.a[keep], out.b[keep], out.owner[keep])


def quads(edge: Edges, low: Any, high: Any, colours: Any, uv: Any = None) -> Mesh:
    """Return upright quads on edges.

    ``low`` and ``high`` are heights (n, 2) at a and b; ``colours`` (n, 4, 3) and ``uv`` (n, 4, 2)
    go round: a low, b low, b high, a high.
    """
    corners = np.empty((len(edge.a), 4, 3))
    for corner, (xy, z) in enumerate(
        zip(
            (edge.a, edge.b, edge.b, edge.a),
            (low[:, 0], low[:, 1], high[:, 1], high[:, 0]),
            strict=True,
        )
    ):
        corners[:, corner, :2], corners[:, corner, 2] = xy, z
    faces = np.arange(len(corners) * 4).reshape(-1, 4)
    flat = None if uv is None else np.asarray(uv, dtype=float).reshape(-1, 2)
    return Mesh(
        corners.reshape(-1, 3), faces, np.asarray(colours, dtype=float).reshape(-1, 3), flat
    )


def roofs(polygons: Any, heights: Any, colours: Any) -> Mesh:
    """Return flat roofs: polygons, holes and all, cut into triangles that face up."""
    shapes = np.asarray(polygons, dtype=object)
    triangles, owner = shapely.get_parts(
        shapely.constrained_delaunay_triangles(shapes), return_index=True
    )
    triangles = shapely.orient_polygons(triangles)
    xy = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3].reshape(-1, 2)
    z = np.repeat(np.asarray(heights, dtype=float)[owner], 3)
    colour = np.repeat(np.asarray(colours, dtype=float)[owner], 3, axis=0)
    return Mesh(np.column_stack((xy, z)), np.arange(len(xy)).reshape(-1, 3), colour)


def box_mesh(
    size: tuple[float, float, float],
    base: tuple[float, float, float],
    colour: Rgb,
    *,
    taper: tuple[float, float] = (1.0, 1.0),
) -> Mesh:
    """Return a box without a floor: size, middle of its base (m); ``taper`` narrows the top."""
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2
    low = np.column_stack((signs * size[:2], np.zeros(4)))
    high = np.column_stack((signs * size[:2] * taper, np.full(4, size[2])))
    corner = np.concatenate((low, high)) + base
    sides = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7)]
    points = corner[np.array(sides)].reshape(-1, 3)
    return Mesh(
        points, np.arange(20).reshape(-1, 4), np.tile(np.array(colour, dtype=float), (20, 1))
    )


def join(*meshes: Mesh) -> Mesh:
    """Return one mesh of several with faces of the same number of corners."""
    offset = np.cumsum([0] + [len(m.points) for m in meshes])
    textured = all(m.uv is not None for m in meshes)
    return Mesh(
        np.concatenate([m.points for m in meshes]),
        np.concatenate([m.faces + k for m, k in zip(meshes, offset, strict=False)]),
        np.concatenate([m.colours for m in meshes]),
        np.concatenate([m.uv for m in meshes if m.uv is not None]) if textured else None,
    )


def lit(normals: Any) -> Floats:
    """Return the light (n, 3) on faces in the sun by their normals (n, 3); level ground gets 1."""
    sun = np.array(SUN.direction)
    facing = np.clip(np.asarray(normals, dtype=float) @ sun, 0.0, None)[..., None]
    level = np.array(SUN.key) * sun[2] + np.array(SUN.fill)
    out: Floats = (facing * np.array(SUN.key) + np.array(SUN.fill)) / level
    return out


def stamp(
    template: Mesh, places: Any, heading: Any, scale: Any, tint: Any, *, flat: bool = True
) -> Mesh:
    """Return copies of a small mesh.

    Parameters
    ----------
    template
        Mesh about the origin; its x axis points forward.
    places, heading, scale, tint
        Points (n, 3) m, angles (n,) rad, sizes (n, 3), and the colours (n, 3) of 0-1 that grey
        corners of the template take, as dark as their grey; coloured corners keep their own colour.
    flat
        Light each face by its own normal, turned with the copy.
    """
    places, scale, tint = (
        np.asarray(places, float),
        np.asarray(scale, float),
        np.asarray(tint, float),
    )
    cos, sin = np.cos(np.asarray(heading, float)), np.sin(np.asarray(heading, float))
    local = template.points[None] * scale[:, None]
    points = _turn(local, cos, sin) + places[:, None]
    grey = (np.ptp(template.colours, axis=1) == 0)[None, :, None]
    colours = np.where(grey, tint[:, None] * template.colours[None], template.colours[None])
    if flat:
        normals = np.repeat(_normals(template), template.faces.shape[1], axis=0)
        colours = colours * lit(_turn(np.broadcast_to(normals, local.shape), cos, sin))
    n, k = len(places), len(template.points)
    faces = (template.faces[None] + (np.arange(n) * k)[:, None, None]).reshape(
        -1, template.faces.shape[1]
    )
    return Mesh(points.reshape(-1, 3), faces, colours.reshape(-1, 3))


def _turn(points: Floats, cos: Floats, sin: Floats) -> Floats:
    x, y = points[..., 0], points[..., 1]
    c, s = cos[:, None], sin[:, None]
    return np.stack((x * c - y * s, x * s + y * c, points[..., 2]), axis=-1)


def _normals(mesh: Mesh) -> Floats:
    corner = mesh.points[mesh.faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 1])
    out: Floats = normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]
    return out


def _triangles(mesh: Mesh) -> Floats:
    corner = mesh.points[mesh.faces]
    if mesh.faces.shape[1] == 3:
        return corner
    return np.concatenate((corner[:, [0, 1, 2]], corner[:, [0, 2, 3]]))


def area(mesh: Mesh) -> float:
    """Return the area of a mesh (m2)."""
    t = _triangles(mesh)
    return float(np.linalg.norm(np.cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]), axis=1).sum() / 2)


def volume(mesh: Mesh) -> float:
    """Return the volume (m3) under a mesh with its floor at height 0 and faces that look out."""
    t = _triangles(mesh)
    return float(np.einsum("ij,ij->i", t[:, 0], np.cross(t[:, 1], t[:, 2])).sum() / 6)
