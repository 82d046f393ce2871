"""Korean-sounding names, made up, in Hangul and in Latin letters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.newtown.graph import Graph
from gis.newtown.plan import BANK, BUSWAYS, KINDS, LANE, LOCAL, OUTER, RINGS

__all__ = ["DONGS", "PARKS", "building_names", "street_names"]

DONGS = (
    ("가온동", "Gaon-dong"), ("한빛동", "Hanbit-dong"), ("새솔동", "Saesol-dong"),
    ("다솜동", "Dasom-dong"), ("누리동", "Nuri-dong"), ("해오름동", "Haeoreum-dong"),
)
PARKS = ("솔빛", "다온", "은하", "초롱", "아름", "햇살", "바람", "나래", "도담", "여울", "온새", "마루")
MAIN = {kind: "가온대로" for kind in range(OUTER)} | {kind: "새뜸대로" for kind in BUSWAYS}
MAIN |= {kind: "한울대로" for kind in RINGS} | {OUTER: "둘레로", BANK: "물빛로"}


SINGLE = {"school": "초등학교", "hospital": "병원", "public": "청사", "parking": "주차빌딩",
          "office": "타워"}


def building_names(use: NDArray[np.object_], block: NDArray[np.int64]) -> list[str]:
    """Return a name for each building: apartments by estate and number, villas and shops none."""
    names, houses = [], dict.fromkeys(range(int(block.max(initial=0)) + 1), 100)
    for kind, b in zip(use, block, strict=True):
        houses[b] += 1
        of = PARKS[int(b) % len(PARKS)]
        if kind == "apartment":
            names.append(f"{of}마을 {b}단지 {houses[b]}동")
        else:
            names.append(f"{of}{SINGLE[kind]}" if kind in SINGLE else "")
    return names


def street_names(g: Graph) -> list[str]:
    """Return a name for each street: main streets by kind, the others by number."""
    nth = np.zeros(len(KINDS), dtype=np.int64)
    names = []
    for kind in g.kind:
        nth[kind] += 1
        if kind in MAIN:
            names.append(MAIN[int(kind)])
        else:
            suffix = "번길" if kind in (LOCAL, LANE) else "로"
            names.append(f"{PARKS[int(nth[kind]) % len(PARKS)]}{int(kind)}{int(nth[kind])}{suffix}"
                         if suffix == "번길" else f"{PARKS[int(nth[kind]) % len(PARKS)]}로")
    return names
