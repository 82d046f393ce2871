"""Window patterns: one small repeating picture for each kind of wall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from viz.relief import hash01
from viz.style import Rgb

__all__ = ["BAYS", "FACADES", "FLOORS", "TINTS", "USES", "Facade", "pattern", "tints"]

BAYS, FLOORS = 4, 4  # bays and floors in one picture
CELL = 64  # pixels of a bay and of a floor


@dataclass(frozen=True)
class Facade:
    """A kind of wall: bay (m), the window in it (left, bottom, right, top as shares), its glass."""

    bay: float
    window: tuple[float, float, float, float]
    glass: Rgb
    panes: int = 2
    slab: int = 0
    wall: Rgb = (250, 250, 250)


FACADES: Mapping[str, Facade] = MappingProxyType(
    {
        "apartment": Facade(3.6, (0.08, 0.26, 0.92, 0.88), (116, 136, 152), panes=4, slab=200),
        "gable": Facade(6.0, (0.44, 0.38, 0.56, 0.68), (128, 142, 154), panes=1),
        "glass": Facade(
            3.0, (0.02, 0.14, 0.98, 0.98), (120, 158, 186), panes=2, wall=(206, 218, 226)
        ),
        "villa": Facade(3.4, (0.22, 0.32, 0.78, 0.80), (92, 110, 126), panes=2, slab=226),
        "shop": Facade(3.2, (0.12, 0.30, 0.88, 0.84), (98, 118, 136), panes=3),
        "school": Facade(4.0, (0.05, 0.34, 0.95, 0.82), (104, 134, 152), panes=4, slab=214),
        "industry": Facade(5.0, (0.20, 0.64, 0.80, 0.84), (140, 156, 168), panes=3),
        "parking": Facade(5.0, (0.04, 0.34, 0.96, 0.92), (70, 74, 80), panes=1),
        "front": Facade(4.5, (0.05, 0.05, 0.95, 0.70), (88, 104, 118), panes=3),
    }
)
USES: Mapping[str, str] = MappingProxyType(
    {
        "apartment": "apartment",
        "villa": "villa",
        "house": "villa",
        "office": "glass",
        "hospital": "school",
        "public": "school",
        "school": "school",
        "shop": "shop",
        "industry": "industry",
        "parking": "parking",
    }
)
TINTS: Mapping[str, tuple[Rgb, ...]] = MappingProxyType(
    {
        "apartment": (
            (236, 229, 216),
            (228, 224, 220),
            (240, 232, 214),
            (224, 218, 206),
            (232, 222, 208),
        ),
        "villa": (
            (196, 128, 100),
            (222, 204, 178),
            (206, 150, 118),
            (226, 218, 206),
            (178, 116, 92),
        ),
        "house": ((232, 220, 200), (214, 190, 164), (236, 230, 220)),
        "office": ((196, 216, 232), (210, 222, 230), (176, 202, 224), (222, 224, 226)),
        "shop": ((226, 220, 212), (206, 196, 186), (232, 226, 220), (200, 180, 164)),
        "school": ((232, 212, 178), (236, 222, 196)),
        "hospital": ((240, 242, 242),),
        "public": ((226, 222, 214), (214, 210, 206)),
        "industry": ((176, 192, 206), (204, 208, 210)),
        "parking": ((206, 206, 204),),
    }
)
PLAIN: tuple[Rgb, ...] = ((224, 220, 214), (212, 208, 202), (230, 226, 218))
SIGNS: tuple[Rgb, ...] = (
    (214, 72, 58),
    (44, 116, 180),
    (236, 176, 52),
    (60, 150, 104),
    (240, 240, 236),
    (120, 84, 150),
)


@lru_cache(maxsize=16)
def pattern(kind: str) -> NDArray[np.uint8]:
    """Return the picture of a kind of wall (rows from the top, RGB): light walls, dark glass."""
    facade = FACADES[kind]
    image = Image.new("RGB", (BAYS * CELL, FLOORS * CELL), facade.wall)
    draw = ImageDraw.Draw(image)
    for bay in range(BAYS):
        for floor in range(FLOORS):
            _window(draw, facade, bay, floor)
            if kind == "front":
                _sign(draw, bay, floor)
    for floor in range(FLOORS if facade.slab else 0):
        y = floor * CELL
        draw.rectangle((0, y, BAYS * CELL, y + 4), fill=(facade.slab,) * 3)
    return np.asarray(image)


def tints(use: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the wall colour (n, 3) of buildings by use, varied by the row."""
    pick = hash01(np.arange(len(use)), salt=1.0)
    out = [
        TINTS.get(u, PLAIN)[int(p * len(TINTS.get(u, PLAIN)))]
        for u, p in zip(use, pick, strict=True)
    ]
    shade = 0.95 + 0.1 * hash01(np.arange(len(use)), salt=2.0)
    return np.array(out, dtype=float).reshape(-1, 3) * shade[:, None]


def _window(draw: ImageDraw.ImageDraw, facade: Facade, bay: int, floor: int) -> None:
    left, low, right, top = facade.window
    x0, x1 = (bay + left) * CELL, (bay + right) * CELL - 1
    y0, y1 = (floor + 1 - top) * CELL, (floor + 1 - low) * CELL - 1
    draw.rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), fill=(222, 222, 220))
    width = (x1 - x0) / facade.panes
    for pane in range(facade.panes):
        # Some panes mirror the sky, some have the curtain drawn.
        mood = float(hash01(np.array([bay * 7 + floor * 31 + pane * 3.0]), salt=5.0)[0])
        glass = tuple(int(c * (0.80 + 0.36 * mood)) for c in facade.glass)
        draw.rectangle((x0 + pane * width, y0, x0 + (pane + 1) * width - 2, y1), fill=glass)
        draw.rectangle(
            (x0 + pane * width, y0, x0 + (pane + 1) * width - 2, y0 + 4),
            fill=tuple(int(c * 0.72) for c in glass),
        )


def _sign(draw: ImageDraw.ImageDraw, bay: int, floor: int) -> None:
    colour = SIGNS[(bay * 2 + floor * 3) % len(SIGNS)]
    y = floor * CELL
    draw.rectangle((bay * CELL + 3, y + 4, (bay + 1) * CELL - 4, y + 16), fill=colour)
