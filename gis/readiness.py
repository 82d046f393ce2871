"""How ready a city is: what was found, what was filled in, and what solutions can make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from gis.schema import ORIGINS, SCHEMA, TABLES, Layered, Need

__all__ = [
    "LEVELS", "ColumnState", "LayerState", "Readiness", "SignalState", "Trust", "check",
]  # fmt: skip

# A solution rests on data that is mostly found, partly found, or mostly made up. The limits are
# an assumption: half and four fifths are where a reader would change the word.
GOOD, FAIR = 0.8, 0.5
LEVELS = ("good", "fair", "illustration only", "not possible")


@dataclass(frozen=True)
class LayerState:
    """One layer: how many things, and which share of them was found, derived or made up."""

    layer: str
    need: Need
    state: str
    count: int
    found: float = 0.0
    derived: float = 0.0
    synthetic: float = 0.0
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnState:
    """One column whose values do not all come from the source of their layer."""

    column: str
    count: int
    found: float
    derived: float
    synthetic: float


@dataclass(frozen=True)
class Trust:
    """How far a solution can be trusted on this city: shares weighted by what it needs."""

    solution: str
    level: str
    found: float
    derived: float
    synthetic: float
    missing: float
    because: str


@dataclass(frozen=True)
class SignalState:
    """The signals: junctions with a plan, those whose plan was found, and turns that obey them."""

    junctions: int
    found: int
    turns: int
    controlled: int

    def __str__(self) -> str:
        made = self.junctions - self.found
        return (
            f"signals: plans at {self.junctions:,} junctions, {self.found:,} found and {made:,} "
            f"filled in; {self.controlled:,} of {self.turns:,} turns obey them"
        )


@dataclass(frozen=True)
class Readiness:
    """The report of :func:`check`; ``str()`` is a table for people."""

    city: str
    synthetic: bool
    layers: tuple[LayerState, ...]
    columns: tuple[ColumnState, ...] = ()
    solutions: tuple[Trust, ...] = ()
    signals: SignalState | None = None

    @property
    def ready(self) -> bool:
        """True where every required layer is there."""
        return not any(r.state == "missing" and r.need == "required" for r in self.layers)

    @property
    def gaps(self) -> dict[str, str]:
        """What the city's files do not tell: a layer that is ``missing``, or mostly ``made up``.

        Where the whole city is made in code only what is missing is told.
        """
        told = {"missing": "missing"} if self.synthetic else _GAPS
        return {row.layer: told[row.state] for row in self.layers if row.state in told}

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per layer: layer, need, state, count, found, derived, synthetic, lacks."""
        return [asdict(row) for row in self.layers]

    def as_dict(self) -> dict[str, Any]:
        """Return the whole report as plain dicts and lists, ready for JSON."""
        return {
            "city": self.city,
            "synthetic": self.synthetic,
            "ready": self.ready,
            "gaps": self.gaps,
            "layers": [{**row, "lacks": list(row["lacks"])} for row in self.rows()],
            "columns": [asdict(row) for row in self.columns],
            "solutions": [asdict(row) for row in self.solutions],
            "signals": asdict(self.signals) if self.signals else None,
        }

    def __str__(self) -> str:
        made_up = " (synthetic: made in code)" if self.synthetic else ""
        lines = [f"{self.city}{made_up}", ""]
        lines += _table(_HEAD, [_layer_cells(r) for r in self.layers])
        if self.signals:
            lines += ["", str(self.signals)]
        if self.columns:
            cells = [_share_cells(c.column, c.count, c) for c in self.columns]
            lines += ["", "values filled in within a layer:"]
            lines += _table(("column", "values", *ORIGINS), cells)
        if self.solutions:
            lines += ["", "how far each solution can be trusted here:"]
            trusts = [(t.solution, t.level, t.because) for t in self.solutions]
            lines += _table(("solution", "trust", "because"), trusts)
        return "\n".join(lines)


def check(
    city: Layered, solutions_needs: Mapping[str, Mapping[str, float]] | None = None
) -> Readiness:
    """Report what a city has, layer by layer, and how far each solution can be trusted on it.

    Parameters
    ----------
    city
        Any city, complete or not.
    solutions_needs
        Per solution the layers that it rests on, with weights above 0, e.g.
        ``{"shared_parking": {"car_parks": 2, "buildings": 1, "buildings.dwellings": 1}}``.
        A layer and a column may both be named.

    Raises
    ------
    ValueError
        A solution needs a layer that the schema does not know, or a weight is not above 0.
    """
    names = [*SCHEMA, *_TABLES, *(n for n in city.layers if n not in SCHEMA)]
    layers = tuple(_layer_state(name, city) for name in names)
    shares = _shares(city)
    solutions = tuple(
        _trust(solution, needs, city, shares) for solution, needs in (solutions_needs or {}).items()
    )
    columns = tuple(
        c
        for name, c in shares.items()
        if "." in name and c.found < 1 and not name.endswith(".name")
    )
    return Readiness(city.name, city.synthetic, layers, columns, solutions, _signals(city))


def _signals(city: Layered) -> SignalState | None:
    """Return what signals a city has, None where its turns are not known."""
    turns, plans = city.tables.get("turns"), city.tables.get("signal_plans")
    if turns is None or plans is None or "control" not in turns:
        return None
    found = plans[_origins(plans, city) == 0]
    return SignalState(
        plans["junction"].nunique(), found["junction"].nunique(), len(turns),
        int((turns["control"] == "signal").sum()),
    )  # fmt: skip


_GAPS = {"missing": "missing", "synthetic": "made up"}
# Tables that are filled in like layers, and say so row by row; lines of buses are not.
_FILLED = {n: columns for n, columns in TABLES.items() if any(c.name == "origin" for c in columns)}
_TABLES = {**_FILLED, "bus_lines": TABLES["bus_lines"]}


def _frames(city: Layered) -> dict[str, pd.DataFrame]:
    """Return the layers, and the tables that are filled in like layers."""
    return {**city.layers, **{n: t for n, t in city.tables.items() if n in _TABLES}}


def _layer_state(name: str, city: Layered) -> LayerState:
    need: Need = SCHEMA[name].need if name in SCHEMA else "optional"
    if name in _FILLED:
        need = "derivable"
    frame = _frames(city).get(name)
    if frame is None or not len(frame):
        return LayerState(name, need, "missing", 0)
    found, derived, made = _parts(_origins(frame, city))
    state = max(zip((found, derived, made), ORIGINS, strict=True), key=lambda pair: pair[0])[1]
    columns = SCHEMA[name].columns if name in SCHEMA else _TABLES.get(name, ())
    lacks = tuple(c.name for c in columns if c.need != "optional" and c.name not in frame)
    return LayerState(name, need, state, len(frame), found, derived, made, lacks)


def _shares(city: Layered) -> dict[str, ColumnState]:
    """Return the shares of origin of each layer and of each column that has marks of its own."""
    shares = {}
    for name, frame in _frames(city).items():
        if not len(frame):
            continue
        shares[name] = ColumnState(name, len(frame), *_parts(_origins(frame, city)))
        for mark in (str(c) for c in frame.columns if str(c).endswith("_origin")):
            key = f"{name}.{_marked_column(name, mark)}"
            shares[key] = ColumnState(key, len(frame), *_parts(_origins(frame, city, mark)))
    return shares


def _marked_column(layer: str, mark: str) -> str:
    """Return the column that a mark speaks of: height_origin of buildings means height_m."""
    stem = mark.removesuffix("_origin")
    columns = SCHEMA[layer].columns if layer in SCHEMA else _TABLES.get(layer, ())
    names = [c.name for c in columns]
    if stem in names:
        return stem
    return next((n for n in names if n.startswith(f"{stem}_")), stem)


def _origins(frame: pd.DataFrame, city: Layered, mark: str | None = None) -> pd.Series:
    """Return per row 0 found, 1 derived, 2 synthetic; a value is never better than its row."""
    rank = {word: number for number, word in enumerate(ORIGINS)}
    worst = pd.Series(rank["synthetic"] if city.synthetic else 0, index=frame.index)
    for column in ("origin", mark):
        if column in frame:
            worst = worst.combine(frame[column].astype("str").map(rank).fillna(0), max)
    return worst.astype("int64")


def _parts(origins: pd.Series) -> tuple[float, float, float]:
    found, derived, made = (float((origins == rank).mean()) for rank in range(len(ORIGINS)))
    return found, derived, made


def _trust(
    solution: str, needs: Mapping[str, float], city: Layered, shares: Mapping[str, ColumnState]
) -> Trust:
    total = 0.0
    sums = {"found": 0.0, "derived": 0.0, "synthetic": 0.0, "missing": 0.0}
    weak: list[tuple[float, str]] = []
    for need, weight in needs.items():
        _check_need(solution, need, weight, city)
        total += weight
        part = _share_of(need, city, shares)
        if part is None:
            sums["missing"] += weight
            weak.append((2.0 * weight, f"{need} missing"))
            continue
        for origin in ORIGINS:
            sums[origin] += weight * getattr(part, origin)
        if part.found < GOOD:
            weak.append((weight * (1 - part.found), _weakness(part)))
    shown = {name: value / total if total else 0.0 for name, value in sums.items()}
    reasons = list(dict.fromkeys(text for _, text in sorted(weak, reverse=True)))[:3]
    because = "; ".join(reasons) or "what it needs was found"
    return Trust(solution, _level(shown), **shown, because=because)


def _check_need(solution: str, need: str, weight: float, city: Layered) -> None:
    layer = need.partition(".")[0]
    if layer not in SCHEMA and layer not in _TABLES and layer not in city.layers:
        known = ", ".join([*SCHEMA, *_TABLES])
        raise ValueError(f"{solution} needs {need!r}, which is no layer; layers are: {known}")
    if not weight > 0:
        raise ValueError(f"{solution} must weigh {need} above 0, got {weight}")


def _share_of(need: str, city: Layered, shares: Mapping[str, ColumnState]) -> ColumnState | None:
    layer, _, column = need.partition(".")
    if layer not in shares or (column and column not in _frames(city)[layer]):
        return None
    return shares.get(need, shares[layer])


def _weakness(part: ColumnState) -> str:
    word = "synthetic" if part.synthetic >= part.derived else "derived"
    return f"{part.column} {max(part.synthetic, part.derived):.0%} {word}"


def _level(shares: Mapping[str, float]) -> str:
    if shares["missing"] > 0:
        return LEVELS[3]
    if shares["found"] >= GOOD:
        return LEVELS[0]
    # What is derived from found things by rule counts half of what was found.
    return LEVELS[1] if shares["found"] + shares["derived"] / 2 >= FAIR else LEVELS[2]


_HEAD = ("layer", "need", "state", "count", *ORIGINS, "lacks")


def _layer_cells(row: LayerState) -> tuple[str, ...]:
    _, count, *shares = _share_cells(row.layer, row.count, row)
    return (row.layer, row.need, row.state, count, *shares, ", ".join(row.lacks))


def _share_cells(name: str, count: int, row: LayerState | ColumnState) -> tuple[str, ...]:
    if not count:
        return (name, "0", "", "", "")
    return (name, f"{count:,}", *(f"{getattr(row, origin):.0%}" for origin in ORIGINS))


_RIGHT = {"count", "values", *ORIGINS}


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    lines = []
    for line in [head, *rows]:
        cells = [
            cell.rjust(width) if title in _RIGHT else cell.ljust(width)
            for cell, width, title in zip(line, widths, head, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
