"""What is written on a picture: glass panels with title, counts, figures, scale and sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from PIL import Image, ImageDraw, ImageFilter

from gis.city import City
from twin.solution import Look
from viz.camera import Camera
from viz.parked import Parked
from viz.style import ACCENT, LARGER, STATES, Rgb, font, states
from viz.words import Lang, say

__all__ = ["Caption", "Figure", "Sheet", "badges", "counts", "in_view", "legend", "marks",
           "riders", "write"]  # fmt: skip

INK, QUIET, BAD, RULE = (244, 246, 248), (176, 188, 198), (255, 128, 100), (92, 106, 118)
GLASS = (24, 34, 44)
ABOVE = 3.4  # m, where the foot of a pin stands over a vehicle
EDGE = 24  # px from the border of a picture of 1600


@dataclass(frozen=True)
class Figure:
    """One number of a panel: its label, its text, its change, and whether that is good."""

    label: str
    value: str
    change: str = ""
    good: bool | None = None


@dataclass(frozen=True)
class Caption:
    """What a picture says: title, subtitle, up to three figures, language.

    ``looks`` are those of the solutions in it: what the colours of their cars mean.
    """

    title: str
    subtitle: str = ""
    figures: tuple[Figure, ...] = ()
    heading: str = ""
    lang: Lang = "en"
    looks: Mapping[str, Look] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.figures) > 3:
            raise ValueError(
                f"Caption.figures must hold at most 3 figures, got {len(self.figures)}"
            )

    @property
    def states(self) -> Mapping[str, Look]:
        """What every colour means."""
        return states(self.looks)


def counts(cars: Any, known: Mapping[str, Look] = STATES) -> Mapping[str, int]:
    """Return how many cars are in each of the known states, in the order of the legend."""
    found = np.asarray(cars, dtype=object)
    unknown = set(found) - set(known)
    if unknown:
        raise ValueError(f"state must be one of {', '.join(known)}, got {sorted(unknown)[0]!r}")
    return {state: int((found == state).sum()) for state in known}


def marks(city: City, lang: Lang = "en") -> list[str]:
    """Return the lines every picture carries: what is made up, and whose data it shows."""
    made = [
        name for name, layer in city.layers.items() if (layer.get("origin") == "synthetic").any()
    ]
    if city.synthetic:
        first = say("합성 Synthetic city", lang)
    elif made:
        first = say("합성 Partly synthetic", lang) + ": " + ", ".join(sorted(made))
    else:
        first = ""
    lines = [
        first,
        say("simulated cars", lang),
        say("land in the distance drawn for looks", lang),
        *city.attributions(),
    ]
    return [line for line in lines if line]


class Sheet:
    """A picture that text and glass panes are put on; sizes are those of a picture 1600 wide."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image.copy()
        self._unit = image.width / 1600

    def px(self, value: float) -> int:
        """Return pixels of this picture for pixels of a picture 1600 wide."""
        return round(value * self._unit)

    def glass(self, left: float, top: float, width: float, height: float) -> None:
        """Lay a dark pane with round corners over the picture, what lies behind it blurred."""
        x, y = self.px(left), self.px(top)
        size = (self.px(left + width) - x, self.px(top + height) - y)
        behind = self.image.crop((x, y, x + size[0], y + size[1])).filter(
            ImageFilter.GaussianBlur(self.px(9))
        )
        pane = Image.blend(behind, Image.new("RGB", size, GLASS), 0.74)
        mask = Image.new("L", (size[0] * 4, size[1] * 4))
        ImageDraw.Draw(mask).rounded_rectangle(
            (0, 0, size[0] * 4 - 1, size[1] * 4 - 1), self.px(12) * 4, fill=255
        )
        self.image.paste(pane, (x, y), mask.resize(size, Image.Resampling.BOX))

    def text(
        self,
        at: tuple[float, float],
        words: str,
        size: float,
        *,
        colour: Rgb = INK,
        weight: str = "regular",
        anchor: str = "ls",
    ) -> None:
        """Write words at a point; ``anchor`` as in Pillow (l, m, r and s for the baseline)."""
        ImageDraw.Draw(self.image).text(
            (self.px(at[0]), self.px(at[1])),
            words,
            fill=colour,
            font=font(self.px(size), weight=weight),
            anchor=anchor,
        )

    def width(self, words: str, size: float, *, weight: str = "regular") -> float:
        """Return how wide words are, in pixels of a picture 1600 wide."""
        return font(self.px(size), weight=weight).getlength(words) / self._unit

    def shape(self, points: list[tuple[float, float]], colour: Rgb) -> None:
        """Fill a polygon, smooth at its edges."""
        spots = np.array(points) * self._unit
        low = np.floor(spots.min(axis=0)).astype(int) - 1
        size = np.ceil(spots.max(axis=0)).astype(int) + 1 - low
        mask = Image.new("L", (int(size[0]) * 8, int(size[1]) * 8))
        ImageDraw.Draw(mask).polygon(((spots - low) * 8).ravel().tolist(), fill=255)
        small = mask.resize((int(size[0]), int(size[1])), Image.Resampling.BOX)
        self.image.paste(Image.new("RGB", small.size, colour), (int(low[0]), int(low[1])), small)

    def dot(self, at: tuple[float, float], radius: float, colour: Rgb) -> None:
        """Fill a circle."""
        turn = np.linspace(0, 2 * np.pi, 33)[:-1]
        self.shape(
            [(at[0] + radius * float(np.cos(t)), at[1] + radius * float(np.sin(t))) for t in turn],
            colour,
        )


def write(
    image: Image.Image,
    city: City,
    camera: Camera,
    parked: Parked,
    caption: Caption,
    *,
    scale: float = 1.0,
) -> Image.Image:
    """Return the image with its panels: title, figures, legend, scale and north, sources."""
    sheet = Sheet(image)
    bottom = 1600 * image.height / image.width
    _title(sheet, caption)
    if caption.figures:
        _figures(sheet, caption)
    legend = _legend(sheet, bottom, camera, parked, (caption.lang, scale))
    _scale(sheet, bottom, camera, caption.lang)
    _sources(sheet, bottom, legend, marks(city, caption.lang))
    return sheet.image


def badges(image: Image.Image, city: City, camera: Camera, parked: Parked) -> Image.Image:
    """Return the image with the cars in solutions' places in each building above it."""
    inside = parked.indoors[parked.indoors["state"].isin(parked.solutions)]
    number = inside.groupby(["building", "state"]).size()
    number = number.sort_values(ascending=False, kind="stable")
    if number.empty:
        return image
    sheet = Sheet(image)
    building = number.index.get_level_values("building").to_numpy()
    colours = [parked.states[state].colour for state in number.index.get_level_values("state")]
    own = city["buildings"].iloc[building]
    roof = shapely.get_coordinates(shapely.point_on_surface(own.geometry.to_numpy()))
    top = camera.project(np.column_stack((roof, own["height_m"].to_numpy(float))))
    taken: list[tuple[float, float]] = []
    low = 1600 * image.height / image.width
    for (x, y, depth), cars, colour in zip(
        top / (image.width / 1600, image.width / 1600, 1), number, colours, strict=True
    ):
        if depth > 0 and 0 < x < 1600 and 0 < y < low:
            head = _free((float(x), float(y) - 34), taken)
            _badge(sheet, (float(x), float(y)), head, f"{cars:,}", colour)
    return sheet.image


def _free(wanted: tuple[float, float], taken: list[tuple[float, float]]) -> float:
    """Return the row at which a pin's head hides no other, and take it."""
    x, head = wanted
    while any(abs(x - u) < 62 and abs(head - v) < 28 for u, v in taken):
        head -= 4
    taken.append((x, head))
    return head


def riders(image: Image.Image, camera: Camera, parked: Parked, scale: float) -> Image.Image:
    """Return the image with who is aboard above each vehicle of a solution."""
    own = parked.vehicles[parked.vehicles["state"].isin(parked.solutions)]
    own = own[in_view(camera, own)]
    sheet, unit = Sheet(image), image.width / 1600
    taken: list[tuple[float, float]] = []
    top = np.column_stack((own[["x", "y"]].to_numpy(float), np.full(len(own), ABOVE * scale)))
    for (x, y, _), one in zip(camera.project(top), own.itertuples(), strict=True):
        foot, colour = (float(x / unit), float(y / unit)), parked.states[one.state].colour
        head = _free((foot[0], foot[1] - 30), taken)
        _badge(sheet, foot, head, f"{int(one.aboard)}", colour, who=True)
    return sheet.image


def _badge(
    sheet: Sheet, foot: tuple[float, float], head: float, number: str, colour: Rgb, *,
    who: bool = False,
) -> None:  # fmt: skip
    """Draw a pin whose foot stands on a roof, its head at a row: a P or a person, and a number."""
    x, y = foot
    half = 17 + sheet.width(number, 15, weight="bold") / 2
    sheet.shape([(x - 1, y), (x + 1, y), (x + 1, head + 10), (x - 1, head + 10)], INK)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 13)
    right = [(x + half - 12 + 12 * float(np.cos(t)), head + 12 * float(np.sin(t))) for t in turn]
    left = [(2 * x - u, v) for u, v in reversed(right)]
    sheet.shape(right + left, colour)
    ink = INK if who else GLASS
    if who:
        _person(sheet, (x - half + 13, head), ink)
    else:
        sheet.text((x - half + 9, head), "P", 15, weight="bold", colour=ink, anchor="lm")
    sheet.text((x + half - 9, head), number, 15, weight="bold", colour=ink, anchor="rm")


def _person(sheet: Sheet, at: tuple[float, float], colour: Rgb) -> None:
    """Draw head and shoulders."""
    x, y = at
    sheet.dot((x, y - 3.4), 3.1, colour)
    turn = np.linspace(np.pi, 2 * np.pi, 13)
    sheet.shape([(x + 5.4 * float(np.cos(t)), y + 7 + 6 * float(np.sin(t))) for t in turn], colour)


def _title(sheet: Sheet, caption: Caption) -> None:
    wide = (
        max(sheet.width(caption.title, 32, weight="bold"), sheet.width(caption.subtitle, 18)) + 60
    )
    tall = 96 if caption.subtitle else 66
    sheet.glass(EDGE, EDGE, wide, tall)
    sheet.shape(
        [
            (EDGE + 16, EDGE + 17),
            (EDGE + 20, EDGE + 17),
            (EDGE + 20, EDGE + tall - 17),
            (EDGE + 16, EDGE + tall - 17),
        ],
        ACCENT,
    )
    sheet.text((EDGE + 36, EDGE + 44), caption.title, 32, weight="bold")
    sheet.text((EDGE + 36, EDGE + 76), caption.subtitle, 18, colour=QUIET)


def _figures(sheet: Sheet, caption: Caption) -> None:
    wide, row = 330.0, 62.0
    head = 40.0 if caption.heading else 8.0
    left = 1600 - EDGE - wide
    sheet.glass(left, EDGE, wide, head + row * len(caption.figures) + 12)
    sheet.text((left + 20, EDGE + 32), caption.heading, 17, weight="bold")
    for k, figure in enumerate(caption.figures):
        y = EDGE + head + row * k
        if k or caption.heading:
            sheet.shape(
                [
                    (left + 20, y + 4),
                    (left + wide - 20, y + 4),
                    (left + wide - 20, y + 5),
                    (left + 20, y + 5),
                ],
                RULE,
            )
        sheet.text((left + 20, y + 26), figure.label, 15, colour=QUIET)
        sheet.text((left + 20, y + 54), figure.value, 25)
        colour = {True: ACCENT, False: BAD, None: QUIET}[figure.good]
        sheet.text((left + wide - 20, y + 54), figure.change, 20, colour=colour, anchor="rs")


def _legend(
    sheet: Sheet, bottom: float, camera: Camera, parked: Parked, style: tuple[Lang, float]
) -> float:
    """Draw the legend, cars in the picture and in the whole city; return where it ends."""
    lang, scale = style
    rows = legend(camera, parked, lang)
    heads = say("in this picture", lang), say("whole city", lang)
    small = _notes(parked, lang, scale)
    first = 62 + max(sheet.width(row[0], 18) for row in rows)
    columns = [max(sheet.width(head, 13.5), 46.0) for head in heads]
    wide = first + sum(columns) + 16 + 20
    wide = max([wide] + [sheet.width(line, 14) + 44 for line in small])
    tall = 46 + 32 * len(rows) + 22 * len(small) + (4 if small else 0)
    top, right = bottom - EDGE - tall, EDGE + wide - 20
    ends = right - columns[1] - 16, right
    sheet.glass(EDGE, top, wide, tall)
    for head, end in zip(heads, ends, strict=True):
        sheet.text((end, top + 28), head, 13.5, colour=QUIET, anchor="rs")
    for k, (words, here, all_, colour) in enumerate(rows):
        y = top + 58 + 32 * k
        sheet.dot((EDGE + 28, y - 6), 7.5, colour)
        sheet.text((EDGE + 50, y), words, 18)
        sheet.text((ends[0], y), here, 18, weight="bold", anchor="rs")
        sheet.text((ends[1], y), all_, 18, colour=QUIET, anchor="rs")
    for k, line in enumerate(small):
        sheet.text((EDGE + 22, top + 58 + 32 * len(rows) + 22 * k), line, 14, colour=QUIET)
    return EDGE + wide


def legend(camera: Camera, parked: Parked, lang: Lang) -> list[tuple[str, str, str, Rgb]]:
    """Return of each state the words, the cars in the picture and in the city, and the colour."""
    every, known = parked.all, parked.states
    here = counts(every["state"][in_view(camera, every)], known)
    whole = counts(every["state"], known)
    return [
        (
            look.korean if lang == "ko" else look.english,
            f"{here[state]:,}", f"{whole[state]:,}", look.colour,
        )
        for state, look in known.items()
    ]  # fmt: skip


def _notes(parked: Parked, lang: Lang, scale: float) -> list[str]:
    """Return what the legend has to add: cars that are counted but not drawn, and their size."""
    inside, beyond = len(parked.indoors), len(parked.beyond)
    lines = [
        say("inside buildings, not drawn: {0:,}", lang, inside) if inside else "",
        say("in full lots, not drawn: {0:,}", lang, beyond) if beyond else "",
        say("cars drawn {0:g} x life size", lang, scale) if scale > 1 else "",
        *_larger(parked, lang, scale),
    ]
    return [line for line in lines if line]


def _larger(parked: Parked, lang: Lang, scale: float) -> list[str]:
    """Return how much larger than life the machines are drawn that there are."""
    words = {
        "drone": "drones drawn {0:g} x life size", "dock": "docks drawn {0:g} x life size",
        "robot": "robots drawn {0:g} x life size",
    }  # fmt: skip
    there = {parked.states[state].thing for state in parked.outdoors["state"].unique()}
    return [say(words[t], lang, LARGER[t] * scale) for t in words if t in there]


def in_view(camera: Camera, places: pd.DataFrame) -> Any:
    """Return which places (x, y; m) lie within the picture, hidden or not."""
    xy = places[["x", "y"]].to_numpy(float)
    seen = camera.project(np.column_stack((xy, np.zeros(len(xy)))))
    inside = ((seen[:, :2] >= 0) & (seen[:, :2] < camera.size)).all(axis=1)
    return inside & (seen[:, 2] > 0)


def _scale(sheet: Sheet, bottom: float, camera: Camera, lang: Lang) -> None:
    """Draw a bar of true length at the focus and an arrow to true north there."""
    wide, tall = 300.0, 78.0
    left, top = 1600 - EDGE - wide, bottom - EDGE - tall
    sheet.glass(left, top, wide, tall)
    unit = sheet.image.width / 1600
    metres, pixels = camera.bar(190 * unit)
    x, y, bar = left + 22, top + 38, pixels / unit
    for box in ((x, y, bar, 3.0), (x, y - 5, 2.0, 13.0), (x + bar - 2, y - 5, 2.0, 13.0)):
        sheet.shape(
            [
                (box[0], box[1]),
                (box[0] + box[2], box[1]),
                (box[0] + box[2], box[1] + box[3]),
                (box[0], box[1] + box[3]),
            ],
            INK,
        )
    sheet.text((x, y - 12), "0", 15)
    sheet.text((x + bar, y - 12), f"{metres:g} m", 15, anchor="ms" if bar < 150 else "rs")
    sheet.text((x, y + 26), say("in the middle of the picture", lang), 13, colour=QUIET)
    _arrow(sheet, (left + wide - 44, top + 40), camera)


def _arrow(sheet: Sheet, at: tuple[float, float], camera: Camera) -> None:
    north = camera.north()
    side = np.array([-north[1], north[0]])
    middle = np.array(at)
    tip, tail = middle + north * 21, middle - north * 15
    notch = middle - north * 8
    for hand, colour in ((1, INK), (-1, QUIET)):
        sheet.shape([tuple(tip), tuple(tail + side * 10 * hand), tuple(notch)], colour)
    spot = middle + north * 29 + (0, 5)
    sheet.text((float(spot[0]), float(spot[1])), "N", 13, weight="bold", anchor="ms")


def _sources(sheet: Sheet, bottom: float, left: float, lines: list[str]) -> None:
    """Write the sources between the legend and the scale, in as many lines as they need."""
    room = 1600 - EDGE - 300 - 16 - (left + 16) - 32
    rows = _wrap(sheet, "  ·  ".join(lines), room)
    tall = 12 + 19 * len(rows)
    wide = max(sheet.width(row, 13.5) for row in rows) + 32
    top = bottom - EDGE - tall
    sheet.glass(left + 16, top, wide, tall)
    for k, row in enumerate(rows):
        sheet.text((left + 32, top + 20 + 19 * k), row, 13.5, colour=(222, 228, 232))


def _wrap(sheet: Sheet, words: str, room: float) -> list[str]:
    rows = [""]
    for word in words.split(" "):
        longer = f"{rows[-1]} {word}".strip() if rows[-1] else word
        if rows[-1] and sheet.width(longer, 13.5) > room:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows
