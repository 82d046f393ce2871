"""What is written on pictures: counts, marks, the font."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from shapely.geometry import box

from gis.city import City
from scenarios.shared_parking import SharedParking
from twin.solution import Look
from viz import parked
from viz.camera import frame
from viz.korean import KOREAN
from viz.panels import Caption, Figure, Sheet, badges, counts, in_view, legend, marks, write
from viz.style import FONTS, check_font, states
from viz.words import QUANTITIES, amount, money, say, signed

KNOWN = states(SharedParking.look)


def test_legend_counts_equal_the_data(before: pd.DataFrame, after: pd.DataFrame) -> None:
    for cars in (before, after):
        number = counts(cars["state"], KNOWN)
        assert sum(number.values()) == len(cars)
        assert number["shared"] == int((cars["state"] == "shared").sum())


def test_only_cars_within_the_picture_are_counted_in_it() -> None:
    camera = frame(box(0, 0, 300, 200))
    xy = [(150.0, 100.0), (5_000.0, 100.0), (camera.eye[0] * 2, camera.eye[1] * 2)]
    places = pd.DataFrame(xy, columns=["x", "y"])
    assert in_view(camera, places).tolist() == [True, False, False]


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(
        ValueError, match="state must be one of legal, illegal, shared, garage, got 'flying'"
    ):
        counts(["legal", "flying"], KNOWN)


def test_every_picture_says_what_is_made_up(city: City) -> None:
    lines = marks(city)
    assert lines[0].startswith("합성")
    assert "simulated cars" in lines
    assert "Hand-made test city" in lines
    real = replace(city, synthetic=False)
    assert marks(real)[0].startswith("합성 Partly synthetic: buildings")


def test_four_figures_are_too_many() -> None:
    with pytest.raises(ValueError, match="at most 3 figures, got 4"):
        Caption("Title", figures=(Figure("a", "1"),) * 4)


def test_shipped_fonts_draw_hangul() -> None:
    for path in FONTS.values():
        assert check_font(path) == path


def test_a_font_without_hangul_is_refused(tmp_path: Path) -> None:
    from matplotlib import font_manager

    latin = Path(font_manager.findfont("DejaVu Sans"))
    with pytest.raises(ValueError, match=r"DejaVuSans\.ttf must draw Hangul"):
        check_font(latin)
    with pytest.raises(FileNotFoundError, match=r"none\.ttf is missing"):
        check_font(tmp_path / "none.ttf")


def test_hangul_leaves_ink_on_a_sheet() -> None:
    sheet = Sheet(Image.new("RGB", (400, 225)))
    sheet.text((100, 400), "불법 주차", 60)
    assert np.asarray(sheet.image).any()


def test_badges_stand_only_for_shared_cars_inside_buildings(city: City) -> None:
    plain = Image.new("RGB", (1600, 900))
    camera = frame(city["buildings"].geometry.iloc[:60].union_all().envelope)
    place = city["buildings"].geometry.iloc[30].representative_point()
    cars = pd.DataFrame(
        {"x": place.x, "y": place.y, "heading_rad": 0.0, "state": ["legal", "shared", "shared"]}
    )
    none, some = (parked.place(city, cars[:n], KNOWN) for n in (1, 3))
    assert not np.asarray(badges(plain, city, camera, none)).any()
    assert np.asarray(badges(plain, city, camera, some)).any()


MADE_UP = Look("hovered", "Hovering", "공중 부양", (250, 10, 240))


def test_the_look_of_a_new_solution_reaches_picture_and_legend(
    city: City, before: pd.DataFrame
) -> None:
    known = states({"hovering": MADE_UP})
    cars = before.assign(state=["hovering"] * 7 + before["state"].tolist()[7:])
    there = parked.place(city, cars, known)
    camera = frame(city["buildings"].geometry.union_all().envelope)
    rows = legend(camera, there, "ko")
    assert [row[0] for row in rows][:3] == ["적법 주차", "불법 주차", "공중 부양"]
    assert rows[2][2:] == ("7", MADE_UP.colour)
    assert legend(camera, there, "en")[2][0] == "Hovering"
    caption = Caption("Title", looks={"hovering": MADE_UP})
    assert caption.states == known
    drawn = write(Image.new("RGB", (1600, 900)), city, camera, there, caption)
    assert MADE_UP.colour in {colour for _, colour in drawn.getcolors(1 << 24) or ()}


def test_a_look_may_not_take_a_name_that_has_a_meaning() -> None:
    with pytest.raises(ValueError, match="must not be among legal, illegal, garage, got"):
        states({"illegal": MADE_UP})


def test_all_words_have_korean() -> None:
    assert all(say(words, "ko") for words in QUANTITIES.values())
    assert all(KOREAN.values())
    with pytest.raises(KeyError, match="no Korean for 'Nonsense'"):
        say("Nonsense", "ko")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (266.4, "266"),
        (12_345.6, "12,346"),
        (3.14159, "3.14"),
        (0.0123, "0.0123"),
    ],
)
def test_amounts(value: float | None, text: str) -> None:
    assert amount(value) == text


def test_signs_and_money() -> None:
    assert [signed(v) for v in (1.5, -81.0, 0.0, None)] == ["+1.50", "-81.0", "±0", "–"]
    assert money(-8.12e8) == "-KRW 812 million"
    assert money(2.5e8, "ko") == "2.50억 원"
    assert money(350_000.0, "ko") == "35.0만 원"
