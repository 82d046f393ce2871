"""Korean-sounding names, made up, in Hangul and in Latin letters."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from gis.newtown.graph import Graph
from gis.newtown.plan import BANK, BUSWAYS, KINDS, LANE, LOCAL, OUTER, RINGS

__all__ = ["DONGS", "PARKS", "building_names", "street_names"]

DONGS = (
    ("가온동", "Gaon-dong"),
    ("한빛동", "Hanbit-dong"),
    ("새솔동", "Saesol-dong"),
    ("다솜동", "Dasom-dong"),
    ("누리동", "Nuri-dong"),
    ("해오름동", "Haeoreum-dong"),
    ("여울동", "Yeoul-dong"),
    ("푸른솔동", "Pureunsol-dong"),
    ("늘솔동", "Neulsol-dong"),
    ("온누리동", "Onnuri-dong"),
    ("햇살동", "Haetsal-dong"),
    ("들꽃동", "Deulkkot-dong"),
    ("샛별동", "Saetbyeol-dong"),
    ("물결동", "Mulgyeol-dong"),
    ("큰숲동", "Keunsup-dong"),
    ("너른들동", "Neoreundeul-dong"),
    ("산마루동", "Sanmaru-dong"),
    ("강마을동", "Gangmaeul-dong"),
    ("새나루동", "Saenaru-dong"),
    ("달빛동", "Dalbit-dong"),
    ("솔바람동", "Solbaram-dong"),
    ("은빛동", "Eunbit-dong"),
    ("마루동", "Maru-dong"),
    ("벼리동", "Byeori-dong"),
)
PARKS = (
    "솔빛",
    "다온",
    "은하",
    "초롱",
    "아름",
    "햇살",
    "바람",
    "나래",
    "도담",
    "여울",
    "온새",
    "마루",
)
MAIN = dict.fromkeys(range(OUTER), "가온대로") | dict.fromkeys(BUSWAYS, "새뜸대로")
MAIN |= dict.fromkeys(RINGS, "한울대로") | {OUTER: "둘레로", BANK: "물빛로"}


SCHOOLS = ("초등학교", "중학교", "고등학교")
SINGLE = {
    "hospital": "병원",
    "public": "청사",
    "parking": "주차빌딩",
    "office": "타워",
}


def building_names(
    use: NDArray[np.object_], block: NDArray[np.int64], level: NDArray[np.int64]
) -> list[str]:
    """Return a name for each building: apartments by estate and number, villas and shops none.

    ``level`` is a row of :data:`SCHOOLS` for schools.
    """
    names, houses, estates = [], Counter[int](), dict[int, int]()
    for kind, b, school in zip(use, block.tolist(), level.tolist(), strict=True):
        of = PARKS[b % len(PARKS)]
        if kind == "apartment":
            houses[b] += 1
            estate = estates.setdefault(b, len(estates) + 1)
            names.append(f"{of}마을 {estate}단지 {100 + houses[b]}동")
        elif kind == "school":
            names.append(f"{of}{SCHOOLS[school]}")
        else:
            names.append(f"{of}{SINGLE[kind]}" if kind in SINGLE else "")
    return names


def street_names(g: Graph) -> list[str]:
    """Return a name for each street: main streets by kind, the others by number."""
    nth = np.zeros(len(KINDS), dtype=np.int64)
    names = []
    for kind in g.kind:
        nth[kind] += 1
        small = f"{nth[kind]}번길" if kind in (LOCAL, LANE) else ""
        names.append(MAIN.get(int(kind), f"{PARKS[nth[kind] % len(PARKS)]}로{small}"))
    return names
