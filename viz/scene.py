"""A city as meshes: one for each layer and kind of wall, true heights, light baked in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gis.city import City
from viz.facade import BAYS, FACADES, FLOORS, USES, pattern, tints
from viz.ground import Ground, ground, open_land, roof_colours, wooded
from viz.mesh import Edges, Mesh, box_mesh, edges, join, lit, quads, roofs, stamp
from viz.relief import Window, hash01, noise
from viz.style import PRESENTATION, Profile

__all__ = [
    "Piece",
    "Scene",
    "buildings",
    "city_window",
    "landscape",
    "scene",
    "trees",
    "windows",
]

Floats = NDArray[np.float64]

FRONT_USES = ("shop", "office", "hospital")
PARAPET = 0.9  # m above the roof
MARGIN = 60.0  # m of land painted around the city
WIDEST = 1500.0  # m of city that one texture can hold before the area gets a finer one of its own


@dataclass(frozen=True)
class Piece:
    """A mesh and the picture on it (rows from the top, RGB), if any."""

    mesh: Mesh
    texture: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Scene:
    """Everything that stands still, and the windows of painted ground it stands on.

    ``origin`` (m) is taken off all coordinates, which single precision could not hold.
    """

    city: City
    profile: Profile
    pieces: Mapping[str, Piece]
    grounds: tuple[Ground, ...]
    origin: Floats


def scene(city: City, area: Any = None, *, profile: Profile = PRESENTATION) -> Scene:
    """Return the scene of a city, finest around an area (polygon, or None for the whole city)."""
    views = windows(city, area, profile)
    grounds = tuple(ground(city, view) for view in views)
    origin = np.array([*views[-1].centre, 0.0])
    pieces: dict[str, Piece] = {}
    for k, view in enumerate(grounds):
        hole = views[0] if k else None
        pieces[f"ground {k}"] = Piece(_plate(view.window, hole), view.image)
    pieces |= buildings(city["buildings"], grounds)
    if "trees" in city:
        pieces["trees"] = Piece(trees(city["trees"]))
    pieces["landscape"] = landscape(views[-1])
    pieces["woods"] = Piece(_woods(views[-1]))
    return Scene(city, profile, pieces, grounds, origin)


def city_window(city: City, pixels: int) -> Window:
    """Return the square that holds the city's streets and buildings and a margin."""
    frames = [city[name].total_bounds for name in ("streets", "buildings") if len(city[name])]
    x0, y0 = np.min([f[:2] for f in frames], axis=0) - MARGIN
    x1, y1 = np.max([f[2:] for f in frames], axis=0) + MARGIN
    size = float(max(x1 - x0, y1 - y0))
    return Window(float((x0 + x1 - size) / 2), float((y0 + y1 - size) / 2), size, pixels)


def windows(city: City, area: Any, profile: Profile) -> tuple[Window, ...]:
    """Return the windows to paint: the whole city, and before it a finer one around the area."""
    whole = city_window(city, profile.pixels)
    if area is None or whole.size <= WIDEST:
        return (whole,)
    x0, y0, x1, y1 = area.bounds
    size = max(900.0, 2.2 * max(x1 - x0, y1 - y0))
    if size > 0.7 * whole.size:
        return (whole,)
    near = Window((x0 + x1 - size) / 2, (y0 + y1 - size) / 2, size, profile.pixels)
    return (near, whole.at(profile.pixels // 2))


def _plate(window: Window, hole: Window | None) -> Mesh:
    """Return the window's ground as a level plate, less the square of a finer one."""
    whole = shapely.box(window.x, window.y, window.x + window.size, window.y + window.size)
    if hole is not None:
        whole -= shapely.box(hole.x, hole.y, hole.x + hole.size, hole.y + hole.size)
    flat = roofs([whole], [0.0], [(255, 255, 255)])
    return Mesh(flat.points, flat.faces, flat.colours, _over(window, flat.points))


def _over(window: Window, points: Floats) -> Floats:
    """Return the texture coordinates of points in a window's picture."""
    return np.column_stack(((points[:, 0] - window.x), (points[:, 1] - window.y))) / window.size


def buildings(layer: gpd.GeoDataFrame, grounds: tuple[Ground, ...]) -> dict[str, Piece]:
    """Return walls by kind, roofs (painted on the ground's texture), parapets and plant."""
    shapes, height = layer.geometry.to_numpy(), layer["height_m"].to_numpy(float)
    pieces = _walls(layer, grounds)
    inner = shapely.buffer(shapes, -0.35, join_style="mitre")
    raised = (shapely.area(inner) > 0.5 * shapely.area(shapes)) & (height > 4)
    level = np.where(raised, height - PARAPET, height)
    flat = roofs(np.where(raised, inner, shapes), level, np.full((len(shapes), 3), 255.0))
    home = np.where(grounds[0].window.contains(flat.points[::3, :2]), 0, len(grounds) - 1)
    for k, view in enumerate(grounds):
        faces = flat.faces[home == k]
        pieces[f"roofs {k}"] = Piece(
            Mesh(flat.points, faces, flat.colours, _over(view.window, flat.points)), view.image
        )
    pieces["parapets"] = Piece(
        _parapets(shapes[raised], inner[raised], height[raised], roof_colours(layer)[raised])
    )
    pieces["plant"] = Piece(_plant(layer))
    return pieces


def _walls(layer: gpd.GeoDataFrame, grounds: tuple[Ground, ...]) -> dict[str, Piece]:
    edge = edges(layer.geometry.to_numpy())
    use = layer["use"].to_numpy(object)[edge.owner]
    height = layer["height_m"].to_numpy(float)
    floor = (height / np.maximum(layer["floors"].to_numpy(float), 1)).clip(2.2, 6.0)
    front = np.where(np.isin(use, FRONT_USES), np.minimum(floor, height)[edge.owner], 0.0)
    kinds = np.array([USES.get(u, "shop") for u in use], dtype=object)
    blank = np.isin(use, ("apartment",)) & (edge.length < 15) & (edge.length < 0.5 * _longest(edge))
    kinds = np.where(blank, "gable", kinds)
    colour = tints(layer["use"].to_numpy(object))[edge.owner]
    pieces: dict[str, Piece] = {}
    for kind in FACADES:
        chosen = np.flatnonzero(front > 0) if kind == "front" else np.flatnonzero(kinds == kind)
        if not len(chosen):
            continue
        band = (
            (np.zeros(len(chosen)), front[chosen])
            if kind == "front"
            else (front[chosen], height[edge.owner[chosen]])
        )
        part = Edges(edge.a[chosen], edge.b[chosen], edge.owner[chosen])
        mesh = _band(part, band, (kind, floor[part.owner]), colour[chosen], grounds)
        pieces[f"walls {kind}"] = Piece(mesh, pattern(kind))
    return pieces


def _longest(edge: Edges) -> Floats:
    longest = np.zeros(int(edge.owner.max(initial=-1)) + 1)
    np.maximum.at(longest, edge.owner, edge.length)
    return longest[edge.owner]


def _band(
    part: Edges,
    band: tuple[Floats, Floats],
    tile: tuple[str, Floats],
    colour: Floats,
    grounds: tuple[Ground, ...],
) -> Mesh:
    """Return the walls between two heights, cut where the shadow of other buildings ends."""
    kind, floor = tile
    pieces, start, stop = part.split(9.0)
    row = pieces.owner
    low, high = band[0][row], band[1][row]
    bays = np.maximum(np.round(part.length / FACADES[kind].bay), 1)[row] / BAYS
    u = np.stack((start * bays, stop * bays), axis=1)
    out = pieces.normal
    shade = np.stack([_shade_at(grounds, p + out * 1.2) for p in (pieces.a, pieces.b)], axis=1)
    cut = np.clip(shade, low[:, None], high[:, None])
    light = lit(np.column_stack((out, np.zeros(len(out)))))
    dim = np.minimum(light, lit(np.zeros((1, 3)))) * 0.97
    both = []
    for z0, z1, glow in (
        (np.repeat(low[:, None], 2, 1), cut, dim),
        (cut, np.repeat(high[:, None], 2, 1), light),
    ):
        keep = (z1 - z0).max(axis=1) > 0.01
        z = np.stack((z0[:, 0], z0[:, 1], z1[:, 1], z1[:, 0]), axis=1)[keep]
        foot = 0.74 + 0.26 * np.clip(z / 9.0, 0, 1) ** 0.7
        tone = colour[row][keep][:, None] * glow[keep][:, None] * foot[..., None]
        uv = np.stack((u[keep][:, [0, 1, 1, 0]], z / (floor[row][keep] * FLOORS)[:, None]), axis=-1)
        kept = Edges(pieces.a[keep], pieces.b[keep], row[keep])
        both.append(quads(kept, z0[keep], z1[keep], tone, uv))
    return join(*both)


def _shade_at(grounds: tuple[Ground, ...], xy: Floats) -> Floats:
    """Return the height of the shadow at points, from the finest window that holds them."""
    out = np.zeros(len(xy))
    for view in reversed(grounds):
        inside = view.window.contains(xy)
        out[inside] = view.relief.sample(view.relief.shade, xy[inside])
    return out


def _parapets(shapes: Any, inner: Any, height: Floats, colour: Any) -> Mesh:
    tone = np.clip(np.asarray(colour, float) * 0.35 + 160, 0, 255)
    rim = roofs(shapely.difference(shapes, inner), height, tone)
    wall = edges(inner)
    back = Edges(wall.b, wall.a, wall.owner)
    low = np.repeat((height - PARAPET)[back.owner][:, None], 2, 1)
    light = lit(np.column_stack((back.normal, np.zeros(len(back.owner)))))
    sides = quads(
        back, low, low + PARAPET, np.repeat((tone[back.owner] * light * 0.9)[:, None], 4, 1)
    )
    return join(rim, _split(sides))


def _split(mesh: Mesh) -> Mesh:
    """Return the same mesh with its quads cut into triangles."""
    faces = np.concatenate((mesh.faces[:, [0, 1, 2]], mesh.faces[:, [0, 2, 3]]))
    return Mesh(mesh.points, faces, mesh.colours, mesh.uv)


def _plant(layer: gpd.GeoDataFrame) -> Mesh:
    """Return lift houses and plant on the roofs: boxes that lie wholly on their roof."""
    shapes, height = layer.geometry.to_numpy(), layer["height_m"].to_numpy(float)
    hull = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shapes)).reshape(-1, 5, 2)
    sides = hull[:, 1:3] - hull[:, 0:2]
    length = np.linalg.norm(sides, axis=2)
    first = np.arange(len(shapes)), length.argmax(axis=1)
    along = sides[first] / np.maximum(length[first], 1e-9)[:, None]
    middle = (hull[:, 0] + hull[:, 2]) / 2
    parts = []
    apartment = (layer["use"] == "apartment").to_numpy()
    for offset in (-0.3, 0.0, 0.3):
        wanted = np.where(apartment, (offset != 0) | (length.max(axis=1) < 30), offset == 0.3)
        wanted &= (height > 7) & (length.min(axis=1) > 7)
        at = middle + along * (length.max(axis=1) * offset)[:, None]
        size = np.where(apartment[:, None], (7.0, 5.5, 4.4), (4.2, 3.2, 2.6))
        foot = shapely.buffer(shapely.points(at), size[:, 0] * 0.75)
        fits = wanted & shapely.contains(shapes, foot)
        box = box_mesh((1, 1, 1), (0, 0, 0), (255, 255, 255))
        place = np.column_stack((at, height - PARAPET))[fits]
        angle = np.arctan2(along[fits, 1], along[fits, 0])
        tone = np.full((int(fits.sum()), 3), (0.82, 0.81, 0.79))
        parts.append(stamp(box, place, angle, size[fits], tone))
    return join(*parts)


def trees(layer: gpd.GeoDataFrame) -> Mesh:
    """Return a trunk and a crown for every tree: sizes and greens vary by the row."""
    xy = shapely.get_coordinates(layer.geometry.to_numpy())
    return _forest(np.column_stack((xy, np.zeros(len(xy)))))


def _forest(places: Floats, scale: float = 1.0) -> Mesh:
    n = np.arange(len(places))
    size = (0.75 + 0.6 * hash01(n, 1.0)) * max(scale, 1.0)
    wide = size * (0.9 + 0.3 * hash01(n, 4.0))
    greens = (
        np.array([(128, 166, 74), (100, 148, 68), (150, 174, 78), (84, 130, 68), (172, 176, 84)])
        / 255
    )
    clump = noise(places[:, 0], places[:, 1], 60.0) * 0.5 + hash01(n, 2.0) * 0.5
    tint = greens[(clump * 4.99).astype(int)] * (0.9 + 0.2 * hash01(n, 3.0))[:, None]
    return stamp(
        _tree(), places, np.zeros(len(n)), np.column_stack((wide, wide, size)), tint, flat=False
    )


def _tree() -> Mesh:
    """Return a crown of rings, its light baked in as greys, and a trunk."""
    rings, n = [(1.5, 2.0), (2.55, 3.1), (2.35, 4.6), (1.25, 5.9)], 6
    angle = np.arange(n) / n * 2 * np.pi
    points = [
        np.column_stack((r * np.cos(angle + k * 0.5), r * np.sin(angle + k * 0.5), np.full(n, z)))
        for k, (r, z) in enumerate(rings)
    ]
    crown = np.concatenate((*points, [[0.0, 0.0, 6.5]]))
    below = np.arange(3 * n)
    beside = below - below % n + (below + 1) % n
    faces = np.concatenate(
        (
            np.column_stack((below, beside, beside + n)),
            np.column_stack((below, beside + n, below + n)),
            np.column_stack(
                (np.arange(n) + 3 * n, (np.arange(n) + 1) % n + 3 * n, np.full(n, 4 * n))
            ),
        )
    )
    outward = crown - (0, 0, 3.6)
    light = lit(outward / np.linalg.norm(outward, axis=1)[:, None]).mean(axis=1)
    grey = np.clip(light * (0.55 + 0.45 * crown[:, 2] / 6.5), 0, 1)
    trunk = box_mesh((0.4, 0.4, 2.6), (0, 0, 0), (110, 88, 66))
    return join(Mesh(crown, faces, np.repeat(grey[:, None] * 255, 3, axis=1)), _split(trunk))


def landscape(window: Window) -> Piece:
    """Return open land to the horizon: level near the city, wooded hills behind."""
    wide = Window(window.x - 2 * window.size, window.y - 2 * window.size, 5 * window.size, 1024)
    rings = window.size * np.concatenate((np.linspace(0.34, 0.64, 8), np.geomspace(0.68, 7.0, 48)))
    around = np.linspace(0, 2 * np.pi, 241)[:-1]
    r, a = np.meshgrid(rings, around, indexing="ij")
    x, y = window.centre[0] + r * np.cos(a), window.centre[1] + r * np.sin(a)
    far = np.clip((r / window.size - 0.66) / 1.2, 0, 1)
    points = np.stack((x, y, _rise(window, x, y)), axis=-1)
    normal = np.cross(np.gradient(points, axis=0), np.roll(points, -1, 1) - points)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    wood = 1 + (np.array((0.62, 0.74, 0.66)) - 1) * np.clip(far * 1.6, 0, 1)[..., None]
    colour = 255 * wood * np.clip(lit(normal), 0.5, 1.0)
    i, j = np.meshgrid(np.arange(len(rings) - 1), np.arange(len(around)), indexing="ij")
    n = len(around)
    faces = np.stack(
        (i * n + j, (i + 1) * n + j, (i + 1) * n + (j + 1) % n, i * n + (j + 1) % n), -1
    )
    flat = points.reshape(-1, 3)
    return Piece(
        Mesh(flat, faces.reshape(-1, 4), colour.reshape(-1, 3), _over(wide, flat)), open_land(wide)
    )


def _rise(window: Window, x: Floats, y: Floats) -> Floats:
    """Return the height (m) of the land outside a window: hills that begin where the city ends."""
    away = np.hypot(x - window.centre[0], y - window.centre[1]) / window.size
    far = np.clip((away - 0.66) / 1.2, 0, 1)
    ridge = window.size / 1.3
    bumps = (
        noise(x, y, ridge) * 0.55
        + noise(x, y, ridge * 0.41) * 0.3
        + noise(x, y, ridge * 0.17) * 0.15
    )
    out: Floats = -1.2 + far**1.2 * np.clip(bumps - 0.2, 0, None) * min(0.5 * window.size, 700.0)
    return out


def _woods(window: Window, number: int = 22_000) -> Mesh:
    """Return trees where the land around a window is painted as wood, for looks only."""
    k = np.arange(1, number + 1)
    # The R2 sequence (Roberts, 2018) fills a ring evenly without clumps of its own.
    u, v = np.mod(k * 0.7548776662, 1), np.mod(k * 0.5698402910, 1)
    r = window.size * (0.5 + 0.9 * u) + 24 * hash01(k, 7.0)
    a = v * 2 * np.pi + 24 * hash01(k, 8.0) / r
    x, y = window.centre[0] + r * np.cos(a), window.centre[1] + r * np.sin(a)
    outside = ~window.contains(np.column_stack((x, y))) & (wooded(x, y) > 0.12)
    x, y = x[outside], y[outside]
    return _forest(np.column_stack((x, y, _rise(window, x, y) - 0.3)), min(window.size / 1100, 2.0))
