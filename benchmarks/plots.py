"""Plots of time and memory over sizes, which grow by factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viz.style import FONTS, check_font

__all__ = ["Panel", "plot"]

INK, QUIET, RULE, GOAL = "#1f2d3a", "#6b7a88", "#d5dde4", "#d9482b"
# Told apart in grey print and by the colour-blind (Okabe and Ito, 2008); the first line matters.
COLOURS = ("#1f2d3a", "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8794a1")
BOLD, THIN, HEADROOM = 2.6, 1.4, 1.1


@dataclass(frozen=True)
class Panel:
    """One plot: its lines by name, over the sizes; a goal is a broken line.

    What grows by factors has a logarithmic axis, all else one from 0.
    """

    title: str
    lines: Mapping[str, Sequence[float]]
    goal: float | None = None
    grows: bool = False


def plot(path: Path, sizes: Sequence[int], along: str, panels: Sequence[Panel]) -> Path:
    """Draw panels side by side and write them as a picture; ``along`` names the sizes."""
    import matplotlib as mpl
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    for file in FONTS.values():
        font_manager.fontManager.addfont(str(check_font(file)))
    with mpl.rc_context({"font.family": "NanumSquare", "axes.unicode_minus": False}):
        figure = Figure(figsize=(4.6 * len(panels), 4.8), dpi=150, layout="constrained")
        for place, panel in enumerate(panels):
            _draw(figure.add_subplot(1, len(panels), place + 1), panel, sizes, along)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, bbox_inches="tight")
    return path


def _draw(axes: Any, panel: Panel, sizes: Sequence[int], along: str) -> None:
    axes.set(xscale="log", yscale="log" if panel.grows else "linear")
    for (name, values), colour in zip(panel.lines.items(), COLOURS, strict=False):
        width = BOLD if colour == COLOURS[0] else THIN
        axes.plot(sizes, values, "o-", color=colour, linewidth=width, markersize=4, label=name)
    if panel.goal is not None:
        axes.axhline(panel.goal, color=GOAL, linewidth=1.2, linestyle=(0, (4, 3)), label="goal")
    axes.set_title(panel.title, loc="left", fontsize=10, weight="bold", color=INK)
    axes.set_xlabel(along, color=QUIET, fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(RULE)
    axes.grid(color=RULE, linewidth=0.6)
    axes.tick_params(colors=INK, length=0, labelsize=9)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=45, ha="right")
    axes.tick_params(which="minor", length=0, labelbottom=False, labelleft=False)
    if not panel.grows:
        axes.set_ylim(0, HEADROOM * axes.get_ylim()[1])
    if len(panel.lines) > 1 or panel.goal is not None:
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.24), "ncols": 2}
        axes.legend(frameon=False, fontsize=8, **below)
