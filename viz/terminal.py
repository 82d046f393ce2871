"""The results in a terminal: what changes, who pays, and what is left after the subsidy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from viz.charts import judge
from viz.totals import because, total, total_unit
from viz.words import (
    Lang,
    amount,
    by_use,
    count,
    gaps,
    in_doubt,
    place,
    quantity,
    say,
    sections,
    shown_in,
    signed,
    unit,
    word,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["show"]

MILLION = 1e6
NOTHING = "–"
SIGNS = {"better": "✓", "worse": "✗", "not clear": "~", "unchanged": "=", "not defined": NOTHING}
COLOURS = {"better": "green", "worse": "red"}
PARTIES = ("national", "local", "users", "owners", "operator")


def show(
    results: Mapping[str, Any], console: Console, *, lang: Lang = "en", details: bool = False
) -> None:
    """Print the results (as in ``results.json``): two tables of measures, the money, the verdict.

    Money is in million KRW. ``details`` adds the number of pairs, the variance ratio, and the
    people and their day beside published figures. Measures that are nothing or undefined everywhere
    are left out. Counts that the twin was fitted to stand apart. Of a sweep the curves are printed,
    and what they say.
    """
    if results.get("curves"):
        _show_curves(results, console, lang)
        return
    known = [kpi for kpi in results["kpis"] if _says_something(kpi)]
    for ring, moving, rows in sections(known):
        title = _where(results, lang, ring=ring, moving=moving)
        console.print(title, style="bold", markup=False)
        console.print(_measures(rows, lang, details=details))
    console.print(say("✓ better  ✗ worse  ~ not clear from noise  = unchanged", lang) + "\n")
    for title, counts in by_use(results.get("observed") or []):
        console.print(say(title, lang), style="bold")
        console.print(_observed(counts, lang))
    if details and results.get("population"):
        console.print(say("The people and their day beside published figures", lang), style="bold")
        console.print(_population(results["population"], lang))
    if results["appraisal"]:
        console.print(_terms(results["appraisal"], lang), style="bold", markup=False)
        console.print(_money(results["appraisal"], lang))
    for sentence in (*results["verdict"], *_trusts(results.get("readiness") or {}, lang)):
        console.print(f"• {sentence}", highlight=False, markup=False)


def _trusts(readiness: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    """Yield how far each solution can be trusted on this city, and what its files do not tell."""
    for row in readiness.get("solutions") or []:
        yield f"{row['solution']}: {word(row['level'], lang)} ({because(row['because'], lang)})"
    told = gaps(readiness, lang)
    if told:
        yield told


def _show_curves(results: Mapping[str, Any], console: Console, lang: Lang) -> None:
    for one in results["curves"]:
        console.print(_curve(one, lang))
    for sentence in results["verdict"]:
        console.print(f"• {sentence}", highlight=False, markup=False)


def _curve(one: Mapping[str, Any], lang: Lang) -> Table:
    """Return the table of a curve: value, B/C, change of the headline, and what came of it."""
    headline, met = one["headline"], one["met"]
    heads = [_headed(in_doubt(one, lang), one["unit"], lang), say("benefit-cost ratio", lang)]
    heads += [_headed(quantity(k["name"], lang), k["unit"], lang) for k in (headline, met) if k]
    table = _table(heads)
    for point in one["points"]:
        word = judge(point["effect"], headline["better"])
        head, interval = _three(point["effect"], "diff", 1.0, lang, sign="+")
        cells = [f"{point['value']:,g}", _lines(*_three(point, "bc", 1.0, lang))]
        cells.append(_lines(_coloured(f"{head} {SIGNS[word]}", word), interval))
        table.add_row(*cells, *([amount(point["met"])] if met else []))
    return table


def _headed(name: str, named: str, lang: Lang) -> str:
    return _lines(name, unit(named, lang)) if named else name


def _where(results: Mapping[str, Any], lang: Lang, *, ring: bool, moving: bool) -> str:
    where = say("in the ring around it" if ring else "inside the area", lang)
    if moving:
        where += ": " + say("traffic, walking and buses", lang)
    level = f"{results['level']:.0%}"
    terms = say("runs: {0}, intervals: {1}", lang, results["replications"], level)
    return f"{place(results['area'], lang)}: {where} ({terms})"


def _terms(cases: Mapping[str, Mapping[str, Any]], lang: Lang) -> str:
    case = next(iter(cases.values()))
    terms = say(
        "Present values at {0:.1f} % a year over {1} years, prices of {2}.", lang,
        100 * case["rate"], case["horizon"], case["price_year"],
    )  # fmt: skip
    return f"{say('million KRW', lang)}. {terms}"


def _says_something(kpi: Mapping[str, Any]) -> bool:
    means = [kpi["base"]["mean"], *(one["mean"] for one in kpi["alternatives"].values())]
    return any(means)


def _table(heads: Sequence[str]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for column, head in enumerate(heads):
        table.add_column(head, justify="right" if column else "left", no_wrap=not column)
    return table


def _observed(rows: Sequence[Mapping[str, Any]], lang: Lang) -> Table:
    table = _table(["", say("counted", lang), say("in the twin", lang)])
    for row in rows:
        head, interval = _three(row, "mean", 1.0, lang)
        table.add_row(count(row, lang), amount(row["observed"]), _lines(head, interval))
    return table


def _population(rows: Sequence[Mapping[str, Any]], lang: Lang) -> Table:
    """Return the totals beside a figure; the report and ``results.json`` hold the others."""
    heads = ("aim", "aimed at"), ("published", "published"), ("value", "in the twin")
    table = _table(["", *(say(head, lang) for _, head in heads)])
    for row in rows:
        if row["aim"] is not None or row["published"] is not None:
            name = _lines(total(row["name"], lang), total_unit(row["unit"], lang))
            table.add_row(name, *(amount(row[key]) for key, _ in heads))
    return table


def _measures(rows: Sequence[Mapping[str, Any]], lang: Lang, *, details: bool) -> Table:
    table = _table(["", say("today", lang), *rows[0]["alternatives"]])
    for kpi in rows:
        table.add_row(*_cells(kpi, lang, details=details))
    return table


def _cells(kpi: Mapping[str, Any], lang: Lang, *, details: bool) -> Iterator[str]:
    """Yield the cells of a measure: name and unit, today, and each alternative's change."""
    scale, shown = shown_in(kpi["unit"], lang)
    yield f"{quantity(kpi['name'], lang)}\n[dim]{shown}[/dim]"
    base = kpi["base"]
    yield _lines(*_three(base, "mean", scale, lang))
    for effect in kpi["alternatives"].values():
        word = judge(effect, kpi["better"])
        head, interval = _three(effect, "diff", scale, lang, sign="+")
        if base["mean"] is None:  # nothing to compare with: the level itself
            head, interval = _three({"mean": effect["mean"]}, "mean", scale, lang)
        else:
            head = _coloured(f"{head} {SIGNS[word]}", word)
        yield _lines(head, interval, _details(effect) if details and effect["n"] else None)


def _lines(head: str, *quiet: str | None) -> str:
    return "\n".join([head, *(f"[dim]{text}[/dim]" for text in quiet if text is not None)])


def _coloured(text: str, word: str) -> str:
    return f"[{COLOURS[word]}]{text}[/{COLOURS[word]}]" if word in COLOURS else text


def _details(effect: Mapping[str, Any]) -> str:
    ratio = effect["variance_ratio"]
    return f"n {effect['n']}, VR {NOTHING if ratio is None else f'{ratio:.2f}'}"


def _three(
    of: Mapping[str, Any], middle: str, scale: float, lang: Lang, *, sign: str = ""
) -> tuple[str, str]:
    """Return a value and its interval with the same decimals; empty where there is no interval."""
    known = [of.get(key) for key in (middle, "low", "high")]
    values = [None if value is None else value * scale for value in known]
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    places = min(max(2 - math.floor(math.log10(largest)), 0), 3) if largest else 0
    head, low, high = (_plain(value, f"{sign},.{places}f") for value in values)
    interval = "" if values[1] == values[2] else say("{0} to {1}", lang, low, high)
    return head, interval


def _plain(value: float | None, form: str) -> str:
    if value is None:
        return NOTHING
    return f"{value:{form}}" if value else "0"


def _money(cases: Mapping[str, Mapping[str, Any]], lang: Lang) -> Table:
    table = _table(["", *cases])
    items = list(dict.fromkeys(item for one in cases.values() for item in one["benefits"]))
    rows = [_money_cells(one, items, lang) for one in cases.values()]
    for label in rows[0]:
        table.add_row(label, *(row[label] for row in rows))
    return table


def _money_cells(case: Mapping[str, Any], items: Sequence[str], lang: Lang) -> dict[str, str]:
    """Return the cells of one alternative by their labels; ``items`` are the benefits of all."""
    after, year, social = case["after_subsidy"], case["payback_year"], case["accounts"]["social"]
    ratio = _three({"bc": case["bc"], **case["bc_noise"]}, "bc", 1.0, lang)
    cells = {
        say("benefit-cost ratio", lang): _lines(*ratio),
        say("benefits", lang): _million(social["pv_benefit"]),
        **{
            "  " + say("of which: {0}", lang, quantity(item, lang)): _signed_million(
                case["benefits"].get(item)
            )
            for item in items
        },
        say("costs", lang): _million(social["pv_cost"]),
        say("net present value", lang): _signed_million(case["npv"]),
    }
    for party in PARTIES:
        balance = case["accounts"][party]["npv"]
        cells["  " + say("net for: {0}", lang, say(party, lang))] = _signed_million(balance)
    never = say("never in the period", lang)
    cells[say("payback year", lang)] = never if year is None else f"{year:g}"
    return {**cells, **_after_cells(after, lang)}


def _after_cells(after: Mapping[str, Any] | None, lang: Lang) -> dict[str, str]:
    labels = [
        say("after the subsidy", lang),
        "  " + say("a year: {0}", lang, say("local", lang)),
        "  " + say("a year: {0}", lang, say("operator", lang)),
    ]
    if after is None:
        return dict.fromkeys(labels, NOTHING)
    state = say("sustained" if after["sustained"] else "not sustained", lang)
    nets = (_signed_million(after[f"{who}_net_per_year"]) for who in ("local", "operator"))
    return dict(zip(labels, (state, *nets), strict=True))


def _million(won: float | None) -> str:
    return amount(None if won is None else won / MILLION)


def _signed_million(won: float | None) -> str:
    return signed(None if won is None else won / MILLION)
