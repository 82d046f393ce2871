"""Charts as inline SVG: effects with their intervals, cash by year, accounts by payer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from viz.style import FONTS, check_font
from viz.words import Lang, amount, in_doubt, quantity, say, signed, unit

__all__ = [
    "ACCOUNTS", "INK", "QUIET", "accounts", "cash_flow", "curves", "effects", "judge", "plain",
    "svg",
]  # fmt: skip

INK, QUIET, RULE = "#1f2d3a", "#6b7a88", "#d5dde4"
BETTER, WORSE, UNCLEAR = "#0f9d7a", "#d9482b", "#8794a1"
# Colours of the payers, told apart in grey print and by the colour-blind (Okabe and Ito, 2008).
ACCOUNTS: Mapping[str, str] = {
    "national": "#0072b2",
    "local": "#e69f00",
    "operator": "#009e73",
    "owners": "#cc79a7",
    "users": "#56b4e9",
    "social": "#5b6773",
}
ROW = 0.34  # inches


def judge(entry: Mapping[str, Any], better: str) -> str:
    """Return better, worse, unchanged or not clear for one alternative of one measure.

    ``entry`` has diff, low and high (null where undefined).
    """
    diff, low, high = (entry.get(k) for k in ("diff", "low", "high"))
    if diff is None or low is None or high is None:
        return "not defined"
    if diff == low == high == 0:
        return "unchanged"
    if low <= 0 <= high:
        return "not clear"
    return "better" if (diff > 0) == (better == "more") else "worse"


def effects(kpis: Sequence[Mapping[str, Any]], lang: Lang = "en") -> str:
    """Return the change of each measure under each alternative, with its interval and unit."""
    shown = [k for k in kpis if any(a.get("diff") is not None for a in k["alternatives"].values())]
    if not shown:
        return ""
    names = list(shown[0]["alternatives"])
    columns = min(len(shown), 3)
    rows = -(-len(shown) // columns)
    tall = rows * (ROW * len(names) + 1.05)

    def body(figure: Any) -> None:
        for place, kpi in enumerate(shown):
            axes = figure.add_subplot(rows, columns, place + 1)
            _effect(axes, kpi, (names, place % columns == 0, lang))

    return svg((10.2, tall), body, say("difference to today", lang))


def _effect(axes: Any, kpi: Mapping[str, Any], style: tuple[Sequence[str], bool, Lang]) -> None:
    names, first, lang = style
    axes.axvline(0, color=QUIET, linewidth=0.9)
    for row, name in enumerate(names):
        entry = kpi["alternatives"].get(name, {})
        colour = {"better": BETTER, "worse": WORSE}.get(judge(entry, kpi["better"]), UNCLEAR)
        if entry.get("diff") is None:
            axes.text(0, row, f" {say('not defined', lang)}", va="center", color=QUIET, fontsize=8)
            continue
        if entry.get("low") is not None and entry.get("high") is not None:
            axes.plot(
                [entry["low"], entry["high"]],
                [row, row],
                color=colour,
                linewidth=4,
                alpha=0.35,
                solid_capstyle="round",
            )
        axes.plot([entry["diff"]], [row], "o", color=colour, markersize=6)
        axes.annotate(
            signed(entry["diff"]),
            (entry["diff"], row),
            xytext=(0, 7),
            ha="center",
            textcoords="offset points",
            fontsize=8.5,
            color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    axes.set_yticks(range(len(names)), names if first else [""] * len(names))
    axes.set_ylim(len(names) - 0.4, -0.7)
    axes.set_title(
        quantity(kpi["name"], lang), loc="left", fontsize=10, weight="bold", color=INK, pad=14
    )
    axes.text(
        0,
        1.03,
        f"{say('change', lang)}, {unit(kpi['unit'], lang)}",
        transform=axes.transAxes,
        fontsize=8,
        color=QUIET,
    )
    plain(axes)
    axes.margins(x=0.22)


def cash_flow(appraisal: Mapping[str, Any], lang: Lang = "en") -> str:
    """Return cash by year and payer, million KRW, the end of the subsidy marked."""
    flows = appraisal.get("flows") or []
    years = sorted({f["year"] for f in flows})
    if not years:
        return ""
    ends = (appraisal.get("after_subsidy") or {}).get("from_year")

    def body(figure: Any) -> None:
        axes = figure.add_subplot()
        up, down = dict.fromkeys(years, 0.0), dict.fromkeys(years, 0.0)
        for account, colour in ACCOUNTS.items():
            sums = [
                sum(f["amount"] for f in flows if f["year"] == y and f["account"] == account) / 1e6
                for y in years
            ]
            base = [(up if v >= 0 else down)[y] for y, v in zip(years, sums, strict=True)]
            if any(sums):
                axes.bar(
                    years, sums, bottom=base, width=0.72, color=colour, label=say(account, lang)
                )
            for y, v in zip(years, sums, strict=True):
                (up if v >= 0 else down)[y] += v
        axes.axhline(0, color=INK, linewidth=0.9)
        if ends is not None:
            axes.axvline(ends - 0.5, color=WORSE, linewidth=1.3, linestyle=(0, (4, 3)))
            axes.annotate(
                say("subsidy ends", lang),
                (ends - 0.5, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                color=WORSE,
                fontsize=9,
            )
        axes.set_xticks(years[:: max(1, len(years) // 12)])
        axes.set_xlabel(say("year", lang), color=QUIET, fontsize=9)
        axes.set_ylabel(say("million KRW a year", lang), color=QUIET, fontsize=9)
        if axes.get_legend_handles_labels()[0]:  # some money moves
            axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        plain(axes)
        axes.yaxis.set_major_formatter(lambda v, _: f"{v:,.10g}")

    return svg((10.2, 2.9), body, say("million KRW a year", lang))


def accounts(appraisal: Mapping[str, Any], lang: Lang = "en") -> str:
    """Return each payer's present value of benefits and costs, and the net, million KRW."""
    books = appraisal.get("accounts") or {}
    names = [name for name in ACCOUNTS if name in books]
    if not names:
        return ""

    def body(figure: Any) -> None:
        axes = figure.add_subplot()
        for row, name in enumerate(names):
            book = {k: None if v is None else v / 1e6 for k, v in books[name].items()}
            gain, cost = book.get("pv_benefit") or 0.0, book.get("pv_cost") or 0.0
            axes.barh(row, gain, height=0.5, color=BETTER, alpha=0.55)
            # A negative benefit lies beyond the cost, so that the two never overlap.
            axes.barh(row, -cost, height=0.5, left=min(gain, 0.0), color=WORSE, alpha=0.5)
            if book.get("npv") is not None:
                axes.plot([book["npv"]], [row], "D", color=INK, markersize=6)
                axes.annotate(
                    signed(book["npv"]),
                    (book["npv"], row),
                    xytext=(0, 9),
                    ha="center",
                    textcoords="offset points",
                    fontsize=8.5,
                    color=INK,
                )
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.set_yticks(range(len(names)), [say(n, lang) for n in names])
        axes.set_ylim(len(names) - 0.4, -0.75)
        axes.set_xlabel(say("present value, million KRW", lang), color=QUIET, fontsize=9)
        plain(axes)
        axes.margins(x=0.12)
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:,.10g}")

    return svg((10.2, 0.9 + 0.42 * len(names)), body, say("present value, million KRW", lang))


def curves(found: Sequence[Mapping[str, Any]], lang: Lang = "en") -> str:
    """Return benefit over cost against each thing in doubt, with its noise and where it pays.

    ``found`` is what ``results.json`` holds as ``curves``; empty without any.
    """
    if not found:
        return ""
    columns = min(len(found), 2)
    rows = -(-len(found) // columns)

    def body(figure: Any) -> None:
        for place, one in enumerate(found):
            _curve(figure.add_subplot(rows, columns, place + 1), one, lang)

    return svg((10.2, 3.0 * rows), body, say("How good must it be to pay?", lang))


def _curve(axes: Any, one: Mapping[str, Any], lang: Lang) -> None:
    known = [point for point in one["points"] if point["bc"] is not None]
    values, ratio = ([point[name] for point in known] for name in ("value", "bc"))
    noisy = [point for point in known if None not in (point["low"], point["high"])]
    band = [[point[name] for point in noisy] for name in ("value", "low", "high")]
    axes.fill_between(*band, color=UNCLEAR, alpha=0.25, linewidth=0)
    axes.plot(values, ratio, "o-", color=INK, linewidth=1.6, markersize=5)
    axes.axhline(1.0, color=QUIET, linewidth=1.1, linestyle=(0, (4, 3)))
    for switch in one["switches"]:
        ends = (switch["low"], switch["high"])
        low, high = (
            x if end is None else end for x, end in zip((values[0], values[-1]), ends, strict=True)
        )
        axes.axvspan(low, high, color=BETTER, alpha=0.12, linewidth=0)
        axes.axvline(switch["value"], color=BETTER, linewidth=1.6)
        axes.annotate(
            amount(switch["value"]), (switch["value"], 1), xycoords=("data", "axes fraction"),
            xytext=(4, -11), textcoords="offset points", color=BETTER, fontsize=9, weight="bold",
        )  # fmt: skip
    for point in known if one["met"] else ():
        axes.annotate(
            amount(point["met"]), (point["value"], point["bc"]), xytext=(0, 7), ha="center",
            textcoords="offset points", fontsize=8, color=QUIET,
        )  # fmt: skip
    _curve_words(axes, one, lang)
    plain(axes)
    axes.margins(x=0.06, y=0.16)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]), top=max(1.15, axes.get_ylim()[1]))


def _curve_words(axes: Any, one: Mapping[str, Any], lang: Lang) -> None:
    """Write what is drawn: what is in doubt, in which unit, and what stands beside the points."""
    axes.set_title(in_doubt(one, lang), loc="left", fontsize=10, weight="bold", color=INK, pad=16)
    words = say("benefit-cost ratio", lang)
    if one["met"]:
        words += f"; {quantity(one['met']['name'], lang)}, {unit(one['met']['unit'], lang)}"
    axes.text(0, 1.03, words, transform=axes.transAxes, fontsize=8, color=QUIET)
    axes.set_xlabel(unit(one["unit"], lang), color=QUIET, fontsize=9)


def plain(axes: Any) -> None:
    """Leave only what is needed of an axis: ticks, a light grid, no frame."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0, labelsize=9)
    axes.locator_params(axis="x", nbins=5)


def _settings(salt: str) -> AbstractContextManager[None]:
    import matplotlib as mpl
    from matplotlib import font_manager

    for path in FONTS.values():
        font_manager.fontManager.addfont(str(check_font(path)))
    return mpl.rc_context(
        {
            "font.family": "NanumSquare",
            "axes.unicode_minus": False,
            "svg.fonttype": "path",
            "svg.hashsalt": salt,
        }
    )


def svg(size: tuple[float, float], body: Callable[[Any], None], title: str) -> str:
    """Return what ``body`` draws on a figure (inches) as SVG without any address outside of it."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _settings(title + repr(size)):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        body(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    label = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return re.sub(
        r'<svg ([^>]*?)width="[^"]*"', rf'<svg role="img" aria-label="{label}" \1', text, count=1
    ).replace(f'height="{size[1] * 72:g}pt"', "", 1)
