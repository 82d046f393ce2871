"""Korean-sounding names, made up, in Hangul and in Latin letters."""

from __future__ import annotations

import numpy as np

from gis.newtown.graph import Graph
from gis.newtown.plan import ARTERIAL, BANK, BRT, BRT_ARTERIAL, KINDS, LANE, LOCAL, OUTER

__all__ = ["DONGS", "PARKS", "street_names"]

DONGS = (
    ("가온동", "Gaon-dong"), ("한빛동", "Hanbit-dong"), ("새솔동", "Saesol-dong"),
    ("다솜동", "Dasom-dong"), ("누리동", "Nuri-dong"), ("해오름동", "Haeoreum-dong"),
)
PARKS = ("솔빛", "다온", "은하", "초롱", "아름", "햇살", "바람", "나래", "도담", "여울", "온새", "마루")
MAIN = {BRT: "한울대로", ARTERIAL: "가온대로", BRT_ARTERIAL: "새뜸대로", OUTER: "둘레로",
        BANK: "물빛로"}


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
