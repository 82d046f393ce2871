"""Draw what checks kept as one HTML file that works without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from viz.charts import ACCOUNTS, INK, QUIET, plain, svg

__all__ = ["Check", "draw"]

SECTIONS: Mapping[str, tuple[str, str]] = {
    "signals": ("Signals, queues and gaps", "신호, 대기행렬, 간격"),
    "walkers": ("People on foot", "보행자"),
    "buses": ("Buses", "버스"),
    "fleets": ("Vehicles that take jobs", "호출을 받는 차량"),
    "incidents": ("Incidents", "사건"),
    "conservation": ("Nobody is lost", "보존 법칙: 아무도 사라지지 않는다"),
    "town": ("The whole town", "도시 전체의 교통류"),
    "peer": ("Beside SUMO", "SUMO와의 비교"),
    "world": ("Beside the world", "현실과의 비교"),
}
"""The sections in their order, in English and Korean."""

TONES = [ACCOUNTS[name] for name in ("national", "local", "operator", "owners", "users")]
SIZE = (5.2, 3.3)  # inches
NUMBER = ".4g"


class Check(NamedTuple):
    """How a test ended, and how long it took (s)."""

    outcome: str
    seconds: float


def draw(parts: Sequence[Mapping[str, Any]], checks: Mapping[str, Check], path: Path) -> Path:
    """Write the page of what was kept and of how each test ended; return its path."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    panels = [_panel(own, checks) for own in _shared(parts)]
    known = {part["panel"]["section"] for part in parts}
    sections = [
        (*names, [panel for panel in panels if panel["section"] == key])
        for key, names in SECTIONS.items()
        if key in known
    ]
    page = environment.get_template("page.html.j2").render(
        sections=sections, checks=sorted(checks.items()), failed=_failed(checks)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def _shared(parts: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the parts by panel, each where its first part stands."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for part in parts:
        if part["panel"]["section"] not in SECTIONS:
            raise KeyError(f"no section {part['panel']['section']!r}: {', '.join(SECTIONS)}")
        found.setdefault((part["panel"]["section"], part["panel"]["title"]), []).append(part)
    return list(found.values())


def _failed(checks: Mapping[str, Check]) -> list[str]:
    return sorted(test for test, check in checks.items() if check.outcome == "failed")


def _panel(own: Sequence[Mapping[str, Any]], checks: Mapping[str, Check]) -> dict[str, Any]:
    """Return a panel as the template reads it."""
    from markupsafe import Markup

    curves, bounds = (_first(own, kind) for kind in ("curves", "bounds"))
    points: dict[str, list[Any]] = {}
    for part in own:
        for name, each in part["points"].items():
            points.setdefault(name, []).extend(each)
    rows = [row for part in own for row in part["rows"]]
    panel = own[0]["panel"]
    drawn = curves or bounds or points
    return {
        **panel,
        "chart": Markup(_chart(panel, (curves, bounds, points))) if drawn else "",
        "columns": list(dict.fromkeys(name for row in rows for name in row)),
        "rows": [{name: _shown(value) for name, value in row.items()} for row in rows],
        "texts": [part["text"] for part in own if part["text"]],
        "failed": _failed({p["test"]: checks[p["test"]] for p in own if p["test"] in checks}),
    }


def _first(own: Sequence[Mapping[str, Any]], kind: str) -> dict[str, Any]:
    """Return the curves of all parts, of those of one name the first."""
    found: dict[str, Any] = {}
    for part in own:
        found |= {name: line for name, line in part[kind].items() if name not in found}
    return found


def _shown(value: Any) -> str:
    """Return a number with about four figures, thousands apart; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,{_figures(value)}}"


def _figures(value: float) -> str:
    return ".0f" if abs(value) >= 1_000 else NUMBER


def _chart(panel: Mapping[str, Any], series: tuple[dict[str, Any], ...]) -> str:
    """Return curves, limits (dashed) and points with their intervals as SVG."""
    curves, bounds, points = series

    def body(figure: Any) -> None:
        axes = figure.add_subplot()
        for row, (name, (x, y)) in enumerate(curves.items()):
            axes.plot(x, y, color=[INK, *TONES][row % 6], linewidth=1.6, label=name)
        for name, (x, y) in bounds.items():
            axes.plot(x, y, color=QUIET, linewidth=1.1, linestyle=(0, (4, 3)), label=name)
        for row, (name, each) in enumerate(points.items()):
            _scatter(axes, each, name, TONES[row % 5])
        axes.set_xlabel(panel["x"], color=QUIET, fontsize=9)
        axes.set_ylabel(panel["y"], color=QUIET, fontsize=9)
        plain(axes)
        axes.grid(axis="y", color="#eef2f5", linewidth=0.6)
        axes.legend(frameon=False, fontsize=8, loc="best")

    return svg(SIZE, body, panel["title"])


def _scatter(axes: Any, points: Sequence[Sequence[float]], name: str, tone: str) -> None:
    """Draw points: large ones with intervals, small ones where there are many."""
    x, y = [p[0] for p in points], [p[1] for p in points]
    half = [p[2] if len(p) > 2 else 0.0 for p in points]
    if any(half):
        axes.errorbar(x, y, half, fmt="none", ecolor=tone, elinewidth=1.6, capsize=3)
    many = len(points) > 60
    axes.plot(
        x, y, "o", color=tone, markersize=2.2 if many else 5, alpha=0.6 if many else 1, label=name
    )
