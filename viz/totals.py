"""Totals of the people and their day, and why a solution is trusted, as a Korean reads them.

The names come made up of a quantity, what it is of, and an hour: each part is translated once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from viz.words import Lang, unit, word

__all__ = ["because", "source", "total", "total_unit"]

HOUR = re.compile(r" from (\d\d):00$")
HEADS: Mapping[str, str] = MappingProxyType(
    {
        "trips by bus: ": "버스 통행: {0}",
        "trips: ": "목적별 통행: {0}",
        "busiest hour: ": "통행이 가장 많은 시각: {0}",
        "all by ": "수단분담률: {0}",
        "tours by ": "나들이 수단: {0}",
        "by ": "세부 수단별 통행: {0}",
    }
)
"""How a name starts, and its Korean with a place for what it is of."""
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "home": "귀가",
        "work": "출근",
        "business": "업무",
        "shop": "쇼핑",
        "leisure": "여가",
        "school": "등교",
        "other": "기타",
        "car": "승용차",
        "passenger": "승용차 동승",
        "bus": "버스",
        "taxi": "택시",
        "bicycle": "자전거",
        "walk": "도보",
        "others": "그 밖의 수단",
        "not on foot": "도보 제외",
        "inside": "시내",
        "outside": "시외",
        "rode": "탑승",
        "walked, as no ride saves steps": "타도 덜 걷지 않아 도보",
        "found no bus": "탈 버스 없음",
        "gave up at a stop": "정류장에서 포기",
        "carried beyond the city's lines": "도시 밖 노선 이용",
    }
)
"""What a total is of: purposes, modes, places, and what came of a trip by bus."""
REASON = re.compile(r"(\w+)(\.\w+)? (?:(\d+%) )?(synthetic|derived|missing)")


def total(name: str, lang: Lang = "en") -> str:
    """Return the name of a total, with its hour, in a language."""
    if lang == "en":
        return name
    hour = HOUR.search(name)
    plain = _named(HOUR.sub("", name))
    return f"{plain}, {int(hour[1])}시대" if hour else plain


def total_unit(name: str, lang: Lang = "en") -> str:
    """Return the unit of a total in a language; its only hours are those of a clock."""
    if lang == "ko" and name == "h":
        return "시"
    return word(unit(name, lang), lang)


def source(text: str, lang: Lang = "en") -> str:
    """Return where a figure is from: the words in a language, what is in brackets as it is."""
    if lang == "en":
        return text
    return "".join(
        part if part.startswith(" (") else word(part, lang)
        for part in re.split(r"( \([^)]*\))", text)
    )


def because(text: str, lang: Lang = "en") -> str:
    """Return why a solution is trusted as it is; a column keeps the name its file gives it."""
    return text if lang == "en" else word(REASON.sub(_reason, text), lang)


def _named(name: str) -> str:
    for head, korean in HEADS.items():
        rest = name.removeprefix(head)
        if rest != name:
            parts = [rest] if rest in PARTS else rest.split(", ")
            return korean.format(", ".join(PARTS.get(part, part) for part in parts))
    return word(name, "ko")


def _reason(found: re.Match[str]) -> str:
    layer, column, share, state = found.groups()
    what = word(layer, "ko") + (column.replace(".", " ") if column else "")
    return " ".join(part for part in (what, word(state, "ko"), share) if part)
