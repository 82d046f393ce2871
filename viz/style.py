"""The look: colours, light, fonts and the two profiles, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from PIL import Image, ImageDraw, ImageFont

from twin.solution import Look

__all__ = [
    "ACCENT",
    "DRAFT",
    "FONTS",
    "LARGER",
    "LINES",
    "PRESENTATION",
    "STATES",
    "SUN",
    "Profile",
    "Rgb",
    "Sun",
    "check_font",
    "font",
    "states",
]

Rgb = tuple[int, int, int]

FONTS: Mapping[str, Path] = MappingProxyType(
    {
        w: Path(__file__).parent / "fonts" / f"NanumSquare{w[0].upper()}.ttf"
        for w in ("regular", "bold")
    }
)
ACCENT: Rgb = (62, 217, 176)
# What a parked car's colour means where no solution says more; cars in garages are only counted.
STATES: Mapping[str, Look] = MappingProxyType(
    {
        "legal": Look("", "Parked legally", "적법 주차", (238, 240, 242)),
        "illegal": Look("", "Parked illegally", "불법 주차", (255, 76, 46)),
        "garage": Look("", "In garages, not drawn", "차고 안(그리지 않음)", (116, 128, 140)),
    }
)
LARGER: Mapping[str, float] = MappingProxyType({"drone": 7.0, "robot": 3.5, "dock": 4.0})
"""How many times larger than cars small machines are drawn: a drone is as wide as a bay."""

# What runs in the city anyway, where a run has it.
LINES: Mapping[str, Look] = MappingProxyType(
    {"line_bus": Look("call", "Buses of lines", "노선버스", (66, 124, 188), "vehicle", 11.0)}
)


@dataclass(frozen=True)
class Sun:
    """Where the key light stands, and its colours.

    ``step`` is the way a shadow falls, in whole pixels east and north, so that shadows can be
    swept over a raster without resampling; ``elevation`` is tan(height of the sun).
    """

    step: tuple[int, int] = (2, 1)
    slope: float = 0.90
    key: tuple[float, float, float] = (0.66, 0.60, 0.50)
    fill: tuple[float, float, float] = (0.50, 0.54, 0.60)
    shade: tuple[float, float, float] = (0.50, 0.56, 0.66)

    @property
    def direction(self) -> tuple[float, float, float]:
        """Unit vector towards the sun (east, north, up)."""
        east, north = self.step
        flat = (east**2 + north**2) ** 0.5
        norm = (1 + self.slope**2) ** 0.5
        return (-east / flat / norm, -north / flat / norm, self.slope / norm)


SUN = Sun()


@dataclass(frozen=True)
class Profile:
    """How much work a picture is worth.

    ``pixels`` is the side of the ground texture, ``oversample`` the factor by which the picture is
    drawn larger before it is scaled down.
    """

    pixels: int
    oversample: int


DRAFT = Profile(pixels=2048, oversample=1)
PRESENTATION = Profile(pixels=4096, oversample=2)


def states(looks: Mapping[str, Look]) -> Mapping[str, Look]:
    """Return what every colour means, the solutions' own included, in the order of the legend."""
    taken = [name for name in looks if name in STATES]
    if taken:
        known = ", ".join(STATES)
        raise ValueError(f"the name of a look must not be among {known}, got {taken[0]!r}")
    drawn = {name: look for name, look in STATES.items() if name != "garage"}
    return MappingProxyType({**drawn, **looks, **STATES})


@lru_cache(maxsize=64)
def font(size: int, *, weight: str = "regular") -> ImageFont.FreeTypeFont:
    """Return the shipped font in a size (pixels), after checking that it draws Hangul."""
    check_font(FONTS[weight])
    return ImageFont.truetype(str(FONTS[weight]), size)


@lru_cache(maxsize=8)
def check_font(path: Path, sample: str = "동네 도시") -> Path:
    """Return the path of a font that leaves distinct ink for each of the sample's syllables.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        Where a syllable is blank, or all look alike (the box of a missing glyph).
    """
    if not path.exists():
        raise FileNotFoundError(f"the font {path.name} is missing from {path.parent}")
    face = ImageFont.truetype(str(path), 32)
    drawn = {_ink(face, letter) for letter in sample if not letter.isspace()}
    if None in drawn or len(drawn) < len(set(sample.replace(" ", ""))):
        raise ValueError(
            f"the font {path.name} must draw Hangul, but {sample!r} leaves no distinct ink"
        )
    return path


def _ink(face: ImageFont.FreeTypeFont, letter: str) -> bytes | None:
    image = Image.new("L", (48, 48))
    ImageDraw.Draw(image).text((4, 4), letter, 255, font=face)
    return image.tobytes() if image.getbbox() else None
