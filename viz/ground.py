"""The ground and the roofs of a city painted into one texture, shadows and all."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gis.city import City
from viz.canvas import Canvas, rectangles
from viz.parked import lots
from viz.relief import Relief, Window, hash01, noise, relief
from viz.style import SUN, Rgb

__all__ = [
    "LAND",
    "Ground",
    "cache_dir",
    "ground",
    "land",
    "open_land",
    "paint",
    "roof_colours",
    "tangents",
    "wooded",
]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

VERSION = 5  # part of the cache key: raise it with every change of the look
KEPT = 12  # pictures kept in the cache
RELIEF = 2048

LAND: Mapping[str, Rgb] = MappingProxyType(
    {
        "lawn": (137, 171, 98),
        "paved": (205, 199, 188),
        "yard": (214, 209, 199),
        "park": (128, 170, 86),
        "path": (224, 211, 180),
        "sidewalk": (198, 193, 184),
        "kerb": (160, 156, 150),
        "sand": (212, 198, 160),
        "asphalt": (84, 87, 92),
        "lane": (93, 96, 101),
        "white": (238, 238, 232),
        "yellow": (240, 190, 70),
        "bus": (178, 86, 58),
        "water": (58, 118, 158),
        "shallow": (118, 172, 188),
        "bay": (232, 234, 234),
        "lot": (108, 111, 116),
        "school": (206, 176, 132),
        "dry": (176, 178, 122),
        "wood": (92, 134, 70),
    }
)
# Flat roofs: waterproofing paint is green on small Korean houses, grey and white elsewhere.
ROOFS: Mapping[str, tuple[Rgb, ...]] = MappingProxyType(
    {
        "apartment": ((196, 192, 186), (186, 184, 180), (204, 198, 190)),
        "villa": ((112, 150, 116), (126, 158, 124), (186, 180, 172), (168, 110, 88)),
        "house": ((172, 98, 76), (150, 88, 70), (118, 150, 118)),
        "office": ((202, 206, 210), (188, 194, 200)),
        "shop": ((190, 188, 184), (122, 152, 124), (200, 196, 190)),
        "school": ((206, 200, 188), (150, 172, 150)),
        "industry": ((150, 168, 184), (176, 182, 186)),
        "parking": ((150, 152, 156),),
    }
)
CROPS = ((150, 180, 92), (134, 170, 84), (168, 186, 104), (188, 184, 122), (120, 160, 84))
PLAIN: tuple[Rgb, ...] = ((196, 194, 190), (186, 186, 184))
GREEN_USES = ("apartment",)


@dataclass(frozen=True)
class Ground:
    """A painted window: image (rows from the north, RGB) and the relief its shadows came from."""

    window: Window
    image: Bytes
    relief: Relief


def ground(city: City, window: Window, *, cache: Path | None = None) -> Ground:
    """Return the painted ground of a window, from the cache where nothing has changed.

    ``cache`` is a folder, by default :func:`cache_dir`.
    """
    heights = relief(city["buildings"], window.at(min(RELIEF, window.pixels)))
    image = _kept(
        (cache or cache_dir()) / f"ground-{_key(city, window)}.jpg",
        lambda: paint(city, window, heights),
    )
    return Ground(window, image, heights)


def open_land(window: Window, *, cache: Path | None = None) -> Bytes:
    """Return :func:`land`, from the cache where it has been painted before."""
    key = hashlib.blake2b(repr((VERSION, window)).encode(), digest_size=12).hexdigest()
    return _kept((cache or cache_dir()) / f"ground-land-{key}.jpg", lambda: land(window))


def _kept(file: Path, make: Callable[[], Bytes]) -> Bytes:
    """Return the image in a file of the cache, or make it and keep it there."""
    with contextlib.suppress(OSError):
        return np.asarray(Image.open(file).convert("RGB"))
    image = make()
    # The cache only saves time: a full or read-only disk must not stop the picture.
    with contextlib.suppress(OSError):
        _store(image, file)
    return image


def cache_dir() -> Path:
    """Return the user's cache folder for painted ground (``XDG_CACHE_HOME`` or ``~/.cache``)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dongne" / "ground"


def paint(city: City, window: Window, heights: Relief) -> Bytes:
    """Return the image of a window: land, water, streets, markings, roofs, then the light."""
    canvas = Canvas(window, land(window))
    near = city.edit(**{name: _clip(layer, window) for name, layer in city.layers.items()})
    for step in (
        _blocks,
        _parks,
        _water,
        _streets,
        _markings,
        _paths,
        _car_parks,
        _crossings,
        _roofs,
    ):
        step(canvas, near)
    return _light(canvas.image, near, heights)


def land(window: Window) -> Bytes:
    """Return open land: grass, dry grass and woods by smooth noise in world coordinates."""
    n = min(window.pixels, 1024)
    step = (np.arange(n) + 0.5) / n * window.size
    x, y = np.meshgrid(window.x + step, window.y + window.size - step)
    broad, fine = _broad(x, y), noise(x, y, 13.0)
    colour = _mix(LAND["lawn"], LAND["dry"], ((broad - 0.45) * 2.2).clip(0, 0.7))
    colour += (_fields(x, y) - colour) * (0.8 * (noise(x, y, 420.0) > 0.42))[..., None]
    colour += (np.array(LAND["wood"]) - colour) * wooded(x, y)[..., None]
    colour *= (0.93 + 0.12 * fine)[..., None]
    small = Image.fromarray(colour.clip(0, 255).astype(np.uint8))
    return np.asarray(small.resize((window.pixels, window.pixels), Image.Resampling.BICUBIC))


def _fields(x: Floats, y: Floats) -> Floats:
    """Return paddies and fields: long parcels, ridges between them, the grid turned here and there.

    For looks only, as everything beyond the city.
    """
    patch = np.floor(x / 520.0) * 3.0 + np.floor(y / 520.0) * 7.0
    turn = hash01(patch, 11.0) * np.pi
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    row = np.floor(across / 34.0)
    shift = along + 60.0 * hash01(row, 12.0)
    tone = hash01(row * 31.0 + np.floor(shift / 78.0) + patch, 13.0)
    crops = np.array(CROPS, dtype=float)
    colour = crops[(tone * (len(crops) - 0.01)).astype(int)]
    # Coarser than 2 m a pixel, a ridge would be a row of dots.
    if x.shape[1] < 2 or abs(x[0, 1] - x[0, 0]) < 2.0:
        ridge = (np.mod(across, 34.0) < 2.2) | (np.mod(shift, 78.0) < 2.2)
        colour[ridge] = LAND["path"]
    out: Floats = colour
    return out


def wooded(x: Floats, y: Floats) -> Floats:
    """Return how densely wooded open land is at points, 0 to 0.8."""
    out: Floats = ((0.52 - _broad(x, y)) * 3).clip(0, 0.8)
    return out


def _broad(x: Floats, y: Floats) -> Floats:
    return noise(x, y, 170.0) * 0.6 + noise(x, y, 47.0) * 0.4


def roof_colours(buildings: gpd.GeoDataFrame) -> Bytes:
    """Return the colour of each building's roof (n, 3), by use, varied by the row."""
    pick = hash01(np.arange(len(buildings)), salt=3.0)
    out = [
        ROOFS.get(use, PLAIN)[int(p * len(ROOFS.get(use, PLAIN)))]
        for use, p in zip(buildings["use"], pick, strict=True)
    ]
    return np.array(out, dtype=np.uint8).reshape(-1, 3)


def _mix(a: Rgb, b: Rgb, share: Floats) -> Floats:
    out: Floats = np.array(a) + (np.array(b) - np.array(a, dtype=float)) * share[..., None]
    return out


def _clip(layer: gpd.GeoDataFrame, window: Window) -> gpd.GeoDataFrame:
    reach = window.size + 30
    seen = layer.sindex.query(
        shapely.box(window.x - 30, window.y - 30, window.x + reach, window.y + reach)
    )
    return layer.iloc[np.sort(seen)]


def _ways(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row per carriageway, narrow ones first."""
    return streets.drop_duplicates("way").sort_values("width_m", kind="stable")


def _blocks(canvas: Canvas, city: City) -> None:
    """Paint each block between streets by what stands on it."""
    buildings = city["buildings"]
    lines = shapely.get_parts(_ways(city["streets"]).geometry.to_numpy())
    noded = shapely.node(shapely.multilinestrings(lines))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside, face = shapely.STRtree(faces).query(
        shapely.centroid(buildings.geometry.to_numpy()), predicate="within"
    )
    green = buildings["use"].isin(GREEN_USES).to_numpy()
    count = np.bincount(face, minlength=len(faces))
    greens = np.bincount(face, weights=green[inside], minlength=len(faces))
    size = shapely.area(faces)
    built = (count > 0) & (size < 150_000)
    town = shapely.convex_hull(shapely.multilinestrings(lines))
    canvas.fill(shapely.buffer(town, 20.0), LAND["lawn"], alpha=0.8)
    canvas.fill(faces[built & (greens * 2 < count)], LAND["paved"])
    canvas.fill(faces[built & (greens * 2 >= count)], LAND["lawn"])
    shapes = buildings.geometry.to_numpy()
    canvas.fill(shapely.buffer(shapes[~green], 5.0, join_style="mitre"), LAND["yard"])
    canvas.fill(shapely.buffer(shapes[green], 5.5, join_style="mitre"), LAND["yard"])


def _parks(canvas: Canvas, city: City) -> None:
    if "parks" not in city:
        return
    parks = city["parks"].geometry.to_numpy()
    canvas.fill(parks, LAND["park"])
    canvas.stroke(parks, LAND["path"], 1.6)


def _water(canvas: Canvas, city: City) -> None:
    if "water" not in city:
        return
    water = city["water"].geometry.to_numpy()
    canvas.fill(shapely.buffer(water, 4.0), LAND["sand"])
    depth = np.linspace(0.0, 1.0, 5)
    for share in depth:
        colour = tuple(int(v) for v in _mix(LAND["shallow"], LAND["water"], np.array(share)))
        canvas.fill(shapely.buffer(water, -9.0 * share), (colour[0], colour[1], colour[2]))


def _streets(canvas: Canvas, city: City) -> None:
    ways = _ways(city["streets"])
    lines, half = ways.geometry.to_numpy(), ways["width_m"].to_numpy(float) / 2
    canvas.fill(shapely.buffer(lines, half + np.where(half > 4, 3.2, 1.4)), LAND["sidewalk"])
    canvas.fill(shapely.buffer(lines, half + 0.35), LAND["kerb"])
    canvas.fill(shapely.buffer(lines, half), LAND["asphalt"])
    bus = (ways["highway"] == "busway").to_numpy()
    canvas.fill(shapely.buffer(lines[bus], half[bus] - 0.3, cap_style="flat"), LAND["bus"])


def _markings(canvas: Canvas, city: City) -> None:
    ways = _ways(city["streets"])
    width = ways["width_m"].to_numpy(float)
    lines = ways.geometry.to_numpy()
    both = ways["way"].map(city["streets"]["way"].value_counts()).to_numpy() > 1
    canvas.stroke(lines[both & (width >= 6)], LAND["yellow"], 0.32)
    lanes = np.where(both, 2, 1) * ways["lanes"].to_numpy(int)
    for k in range(1, int(lanes.max(initial=0))):
        wide = (lanes > k) & (~both | (lanes != 2 * k)) & (width >= 6)
        offset = width[wide] * (k / lanes[wide] - 0.5) * 0.94
        canvas.stroke(
            shapely.offset_curve(lines[wide], offset), LAND["white"], 0.22, alpha=0.85, dash=3.0
        )
    for side in (-1, 1):
        wide = width >= 10
        canvas.stroke(
            shapely.offset_curve(lines[wide], side * (width[wide] / 2 - 0.5)),
            LAND["white"],
            0.2,
            alpha=0.7,
        )
    ends = shapely.points(
        np.concatenate([shapely.get_coordinates(shapely.get_point(lines, k)) for k in (0, -1)])
    )
    canvas.fill(shapely.buffer(ends, np.tile(width / 2 - 0.05, 2)), LAND["asphalt"])


def _paths(canvas: Canvas, city: City) -> None:
    if "footways" not in city:
        return
    ways = city["footways"]
    apart = ways["kind"].isin(["footway", "path", "steps"]).to_numpy()
    canvas.stroke(ways.geometry.to_numpy()[apart], LAND["path"], 2.4)


def _car_parks(canvas: Canvas, city: City) -> None:
    """Paint kerb bays: white boxes where cars may stand, a yellow line where they may not."""
    if "car_parks" not in city:
        return
    parks = city["car_parks"]
    kerb = (parks.geom_type == "LineString").to_numpy()
    illegal = (parks["kind"] == "kerb_illegal").to_numpy()
    shapes = parks.geometry.to_numpy()
    canvas.stroke(shapes[kerb & illegal], LAND["yellow"], 0.3, alpha=0.8)
    legal = shapes[kerb & ~illegal]
    canvas.fill(shapely.buffer(legal, 1.1, cap_style="flat"), LAND["lane"])
    canvas.stroke(shapely.buffer(legal, 1.1, cap_style="flat"), LAND["bay"], 0.18, alpha=0.9)
    for lot in lots(city):
        canvas.fill(lot.surface, LAND["lot"])
        canvas.stroke(lot.outlines, LAND["bay"], 0.16, alpha=0.9)


def _crossings(canvas: Canvas, city: City) -> None:
    """Paint zebra stripes across the street each crossing belongs to."""
    if "crossings" not in city or city["crossings"].empty:
        return
    crossings, streets = city["crossings"], city["streets"]
    known = crossings["street"].isin(streets.index).to_numpy()
    own = streets.loc[crossings.loc[known, "street"]]
    points = shapely.get_coordinates(crossings.geometry.to_numpy()[known])
    along = tangents(own.geometry.to_numpy(), points)
    half = own["width_m"].to_numpy(float) / 2 - 0.6
    for offset in np.arange(-20.0, 20.5, 1.0):
        fits = np.abs(offset) <= half
        across = np.column_stack((-along[fits, 1], along[fits, 0]))
        stripes = rectangles(points[fits] + across * offset, along[fits], (4.0, 0.5))
        canvas.fill(stripes, LAND["white"], alpha=0.92)


def tangents(lines: Any, points: Floats) -> Floats:
    """Return unit vectors along lines where points lie next to them."""
    at = shapely.line_locate_point(lines, shapely.points(points))
    a = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(at - 1.0, 0.0)))
    b = shapely.get_coordinates(shapely.line_interpolate_point(lines, at + 1.0))
    step = b - a
    out: Floats = step / np.maximum(np.linalg.norm(step, axis=1), 1e-9)[:, None]
    return out


def _roofs(canvas: Canvas, city: City) -> None:
    buildings = city["buildings"]
    shapes = shapely.buffer(buildings.geometry.to_numpy(), 0.25, join_style="mitre")
    colours = roof_colours(buildings)
    for colour in np.unique(colours, axis=0):
        same = (colours == colour).all(axis=1)
        rgb = (int(colour[0]), int(colour[1]), int(colour[2]))
        canvas.fill(shapes[same], rgb)


def _light(image: Bytes, city: City, heights: Relief) -> Bytes:
    """Return the image with the sun's shadows, trees' shadows and the dark at the walls' feet."""
    from scipy.ndimage import gaussian_filter, zoom

    dark = (heights.shade > heights.heights + 0.4).astype(np.float32)
    if "trees" in city:
        dark = np.maximum(dark, _tree_shadows(city["trees"], heights.window))
    dark = gaussian_filter(dark, 0.8)
    built = (heights.heights > 0).astype(np.float32)[::4, ::4]
    feet = zoom(gaussian_filter(built, 2.2 * heights.window.scale / 4), 4, order=1) * (
        heights.heights <= 0
    )
    out = image.copy()
    for channel, shade in enumerate(SUN.shade):
        light = (255 * (1 - dark * (1 - shade)) * (1 - 0.34 * feet)).astype(np.uint8)
        big = np.asarray(Image.fromarray(light).resize(image.shape[:2], Image.Resampling.BILINEAR))
        out[..., channel] = (image[..., channel].astype(np.uint16) * big) >> 8
    return out


def _tree_shadows(trees: gpd.GeoDataFrame, window: Window) -> NDArray[np.float32]:
    image = Image.new("F", (window.pixels, window.pixels))
    draw = ImageDraw.Draw(image)
    east, north = SUN.step
    flat = float(np.hypot(east, north))
    middle = window.to_pixels(shapely.get_coordinates(trees.geometry.to_numpy()))
    radius = 2.4 * window.scale
    shift = np.array([east, -north]) / flat * 3.0 / SUN.slope * window.scale
    for x, y in middle + shift:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0.85)
    return np.asarray(image, dtype=np.float32)


def _key(city: City, window: Window) -> str:
    digest = hashlib.blake2b(repr((VERSION, window, SUN)).encode(), digest_size=12)
    for name in sorted(city.layers):
        layer = city[name]
        digest.update(name.encode())
        digest.update(b"".join(shapely.to_wkb(layer.geometry.to_numpy())))
        plain = layer.drop(columns=layer.geometry.name)
        digest.update(plain.to_csv(index=False).encode())
    return digest.hexdigest()


def _store(image: Bytes, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    Image.fromarray(image).save(part, format="JPEG", quality=95, subsampling=0)
    part.replace(file)
    kept = sorted(file.parent.glob("ground-*.jpg"), key=lambda f: f.stat().st_mtime)
    for old in kept[:-KEPT]:
        old.unlink(missing_ok=True)
