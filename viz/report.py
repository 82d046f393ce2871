"""The report: one HTML file that works without a network, for those who decide."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twin.solution import RING
from viz.charts import accounts, cash_flow, curves, effects, judge
from viz.totals import because, source, total, total_unit
from viz.words import (
    NOTHING,
    Lang,
    amount,
    by_use,
    check_language,
    count,
    gaps,
    in_doubt,
    money,
    place,
    quantity,
    say,
    sections,
    shown_in,
    signed,
    unit,
    word,
)

__all__ = ["write_report"]

CHARTED = 9  # measures in the chart of effects; the table has them all
QUALITY = 88  # of the pictures inside the report
SIGNS = {"better": "✓", "worse": "✗", "not clear": "~", "unchanged": "=", "not defined": ""}


def write_report(
    results: Mapping[str, Any], pictures: Mapping[str, Path], path: Path, *, lang: Lang = "en"
) -> Path:
    """Write the report of a comparison and return its path.

    Parameters
    ----------
    results
        What ``results.json`` holds: scenario, city, synthetic, kpis, appraisal, verdict, claims,
        attributions, provenance. Numbers may be null: they are shown as a dash.
    pictures
        Image files by name: ``before`` and ``after`` get a slider; others follow in their order.
    path
        Where to write; the file appears whole or not at all.
    lang
        ``en`` or ``ko``.
    """
    check_language(lang)
    page = _template().render(**_content(results, pictures, lang))
    path = Path(path)
    part = path.with_name(path.name + ".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)
    return path


def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent
    loader = FileSystemLoader(folder)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2")


def _content(
    results: Mapping[str, Any], pictures: Mapping[str, Path], lang: Lang
) -> dict[str, Any]:
    from markupsafe import Markup

    kpis = list(results.get("kpis") or [])
    cases = results.get("appraisal") or {}
    asked = results.get("curves") or []
    plain = [k for k in kpis if not k["name"].endswith(RING) and _charted(k)]
    return {
        "lang": lang,
        "say": partial(_say, lang),
        "results": {**results, "city": place(results["city"], lang)},
        "verdict": _verdict(results.get("verdict") or [], _names(kpis, cases)),
        "drawn": next(iter(_names(kpis, cases)), ""),
        "images": {name: _picture(Path(file)) for name, file in pictures.items()},
        "effects": Markup(effects(plain[:CHARTED], lang)),
        "places": [
            _place(rows, lang, ring=ring, moving=moving) for ring, moving, rows in sections(kpis)
        ],
        # The alternatives of a sweep are points of a curve: one by one they would fill a book.
        "cases": [] if asked else [_case(name, case, lang, Markup) for name, case in cases.items()],
        "curves": Markup(curves(asked, lang)),
        "points": [_points(one, lang) for one in asked],
        "definitions": [
            (quantity(k["name"], lang), k["definition"])
            for k in kpis
            if not k["name"].endswith(RING)
        ],
        "trusts": _trusts(results.get("readiness") or {}, lang),
        "packages": _packages(results, lang),
        "claims": [_claim(claim) for claim in results.get("claims") or []],
        "counts": [
            (say(title, lang), [_count(row, lang) for row in rows])
            for title, rows in by_use(results.get("observed") or [])
        ],
        "population": [_total(row, lang) for row in results.get("population") or []],
        "assumptions": _assumptions(cases, lang),
        "provenance": _flat(results.get("provenance") or {}),
        "level": 100 * (results.get("level") or 0.95),
    }


def _names(kpis: Sequence[Mapping[str, Any]], cases: Mapping[str, Any]) -> list[str]:
    """Return the alternatives in their order; the first is the one that is drawn."""
    return list(kpis[0]["alternatives"]) if kpis else list(cases)


def _charted(kpi: Mapping[str, Any]) -> bool:
    """Return whether a measure has a change worth a chart, and no money in it."""
    known = [judge(entry, kpi["better"]) for entry in kpi["alternatives"].values()]
    return not kpi["unit"].startswith("KRW") and not set(known) <= {"unchanged", "not defined"}


def _verdict(sentences: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """Return the verdict's first sentence, what is said of each alternative, and the rest."""
    own: dict[str, list[str]] = {name: [] for name in names}
    rest = []
    for sentence in sentences[1:]:
        named = [name for name in names if _says(sentence, name)]
        if named:
            line = sentence.removeprefix(f"{named[0]}: ")
            own[named[0]].append(line[:1].upper() + line[1:] if line != sentence else line)
        else:
            rest.append(sentence)
    return {
        "first": sentences[0] if sentences else "",
        "own": [(name, lines) for name, lines in own.items() if lines],
        "rest": rest,
    }


def _says(sentence: str, name: str) -> bool:
    """Return whether a sentence names an alternative; Korean particles may follow the name."""
    return bool(re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", sentence))


def _say(lang: Lang, english: str, *values: object) -> str:
    return say(english, lang, *values)


def _picture(file: Path) -> str:
    from PIL import Image

    out = io.BytesIO()
    with Image.open(file) as image:
        image.convert("RGB").save(out, format="JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _place(
    kpis: Sequence[Mapping[str, Any]], lang: Lang, *, ring: bool, moving: bool
) -> dict[str, Any]:
    """Return a table of measures inside the area or in the ring around it, of movement or not."""
    name = say("in the ring around it" if ring else "inside the area", lang)
    return {
        "name": f"{name}: {say('traffic, walking and buses', lang)}" if moving else name,
        "alternatives": list(kpis[0]["alternatives"]),
        "rows": [_row(kpi, lang) for kpi in kpis],
    }


def _row(kpi: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return a measure's row; money in millions."""
    scale, name = shown_in(kpi["unit"], lang)
    cells = [_cell(_scaled(e, scale), kpi["better"], lang) for e in kpi["alternatives"].values()]
    return {
        "name": quantity(kpi["name"], lang),
        "definition": kpi.get("definition", ""),
        "unit": name,
        "base": amount(_scaled(kpi.get("base") or {}, scale).get("mean")),
        "cells": cells,
    }


def _scaled(entry: Mapping[str, Any], scale: float) -> dict[str, Any]:
    keys = ("mean", "diff", "low", "high")
    return {k: None if entry.get(k) is None else entry[k] * scale for k in keys}


def _cell(entry: Mapping[str, Any], better: str, lang: Lang) -> dict[str, str]:
    """Return what a change is shown as; a measure that has no today is shown as it is."""
    verdict = judge(entry, better)
    known = verdict not in {"unchanged", "not defined"}
    alone = entry["diff"] is None and entry["mean"] is not None
    return {
        "diff": amount(entry["mean"]) if alone else signed(entry["diff"]),
        "range": say("{0} to {1}", lang, signed(entry["low"]), signed(entry["high"]))
        if known
        else "",
        "verdict": verdict.replace(" ", "-"),
        "sign": SIGNS[verdict],
        "words": "" if alone else say(verdict, lang),
    }


def _case(name: str, case: Mapping[str, Any], lang: Lang, markup: Any) -> dict[str, Any]:
    year, never = case.get("payback_year"), say("never in the period", lang)
    books = case.get("accounts") or {}
    noise = case.get("bc_noise") or {}
    known = noise.get("low") is not None and noise.get("high") is not None
    return {
        "name": name,
        "npv": money(case.get("npv"), lang),
        "good": case.get("npv") is not None and case["npv"] >= 0,
        "bc": amount(case.get("bc")),
        "noise": _range("simulation noise alone: {0} to {1}", noise, lang) if known else "",
        "other_bc": amount(case.get("bc_cost_saving_as_benefit")),
        "payback": never if year is None else say("year {0}", lang, f"{year:g}"),
        "terms": say(
            "Present values at {0:.1f} % a year over {1} years, prices of {2}.",
            lang,
            100 * (case.get("rate") or 0),
            case.get("horizon"),
            case.get("price_year"),
        ),
        "benefits": [
            (say("of which: {0}", lang, quantity(item, lang)), money(worth, lang))
            for item, worth in (case.get("benefits") or {}).items()
        ],
        "books": [_book(account, book, lang) for account, book in books.items()],
        "accounts": markup(accounts(case, lang)),
        "flows": markup(cash_flow(case, lang)),
        "after": _after(case.get("after_subsidy"), lang),
    }


def _points(one: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return the table of a curve: heads, and a row for each value of what is in doubt."""
    heads = [_titled(in_doubt(one, lang), one["unit"], lang), say("benefit-cost ratio", lang)]
    heads.append(_titled(quantity(one["headline"]["name"], lang), one["headline"]["unit"], lang))
    if one["met"]:
        heads.append(_titled(quantity(one["met"]["name"], lang), one["met"]["unit"], lang))
    return {"heads": heads, "rows": [_point(point, one, lang) for point in one["points"]]}


def _titled(name: str, named: str, lang: Lang) -> str:
    return f"{name}, {unit(named, lang)}" if named else name


def _point(point: Mapping[str, Any], one: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Return the cells of a point, each with its interval."""
    known = point["low"] is not None and point["high"] is not None
    effect = _cell(_scaled(point["effect"], 1.0), one["headline"]["better"], lang)
    cells = [
        (f"{point['value']:,g}", ""),
        (amount(point["bc"]), _range("{0} to {1}", point, lang) if known else ""),
        (effect["diff"], effect["range"] or effect["words"]),
    ]
    return [*cells, (amount(point["met"]), "")] if one["met"] else cells


def _range(words: str, interval: Mapping[str, Any], lang: Lang) -> str:
    return say(words, lang, amount(interval["low"]), amount(interval["high"]))


def _book(account: str, book: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    return {
        "account": say(account, lang),
        **{k: money(book.get(k), lang) for k in ("pv_benefit", "pv_cost", "npv")},
    }


def _after(after: Mapping[str, Any] | None, lang: Lang) -> dict[str, Any]:
    if not after:
        return {"text": say("There is no subsidy to end.", lang), "sustained": None, "state": ""}
    net = [money(after.get(f"{who}_net_per_year"), lang) for who in ("local", "operator")]
    words = "From year {0} on no subsidy is paid. Net a year: local government {1}, operator {2}."
    text = say(words, lang, after.get("from_year", NOTHING), *net)
    if after.get("break_even") is not None:
        share = "City and operator together lose nothing if users pay {0} times what they do."
        text += " " + say(share, lang, amount(after["break_even"]))
    lasts = bool(after.get("sustained"))
    return {
        "text": text,
        "sustained": lasts,
        "state": say("sustained" if lasts else "not sustained", lang),
    }


def _count(row: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """Return a count beside the twin's mean and its interval."""
    known = row["low"] is not None and row["low"] != row["high"]
    return {
        "name": count(row, lang),
        "observed": amount(row["observed"]),
        "mean": amount(row["mean"]),
        "range": _range("{0} to {1}", row, lang) if known else "",
    }


def _trusts(readiness: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return how far each solution can be trusted on the city, and what its files do not tell."""
    rows = [
        {**row, "level": word(row["level"], lang), "because": because(row["because"], lang)}
        for row in readiness.get("solutions") or []
    ]
    return {"rows": rows, "gaps": gaps(readiness, lang)}


def _packages(results: Mapping[str, Any], lang: Lang) -> list[tuple[str, list[dict[str, str]]]]:
    """Return by package its clear interactions: measures that are more or less than the sum."""
    units = {kpi["name"]: kpi["unit"] for kpi in results.get("kpis") or []}
    found = []
    for package, rows in (results.get("together") or {}).items():
        shown = [_between(row, units[row["kpi"]], lang) for row in rows if _plain(row)]
        found.append((package, shown))
    return [(package, rows) for package, rows in found if rows]


def _plain(row: Mapping[str, Any]) -> bool:
    """Return whether an interaction is of the area, and beyond the noise."""
    known = row["low"] is not None and row["high"] is not None
    return not row["kpi"].endswith(RING) and known and (row["low"] > 0 or row["high"] < 0)


def _between(row: Mapping[str, Any], kind: str, lang: Lang) -> dict[str, str]:
    scale, shown = shown_in(kind, lang)
    names = ("parts", "package", "interaction", "low", "high")
    parts, package, between, low, high = (row[n] * scale for n in names)
    return {
        "name": quantity(row["kpi"], lang),
        "unit": shown,
        "parts": signed(parts), "package": signed(package), "between": signed(between),
        "range": say("{0} to {1}", lang, signed(low), signed(high)),
    }  # fmt: skip


def _total(row: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """Return a total of the people beside what it aims at and what is published."""
    return {
        "name": total(row["name"], lang),
        "value": amount(row["value"]),
        "aim": amount(row["aim"]),
        "published": amount(row["published"]),
        "unit": total_unit(row["unit"], lang),
        "source": source(row["source"], lang),
        "known": "" if row["aim"] is None and row["published"] is None else "yes",
    }


def _claim(claim: Any) -> dict[str, Any]:
    """Return a claim's headline and its lines: claims come as text or as a mapping."""
    if isinstance(claim, Mapping):
        head = str(claim.get("claim") or claim.get("name") or "")
        rest = [
            f"{key}: {_text(value)}" for key, value in claim.items() if key not in {"claim", "name"}
        ]
        return {"head": head, "lines": rest}
    lines = [line for line in str(claim).splitlines() if line.strip()]
    return {"head": lines[0] if lines else "", "lines": [line.strip() for line in lines[1:]]}


def _assumptions(cases: Mapping[str, Any], lang: Lang) -> list[dict[str, str]]:
    """Return every assumption of every alternative once, those without a source first."""
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for case in cases.values():
        for item in case.get("assumptions") or []:
            weak = item.get("tag") in {None, "GK"}
            row = {
                "name": str(item.get("name", "")).replace("_", " "),
                "value": _text(item.get("value")),
                "unit": unit(str(item.get("unit") or ""), lang),
                "year": str(item.get("price_year") or ""),
                "source": str(item.get("source") or ""),
                "tag": say("assumption", lang) if weak else str(item["tag"]),
                "weak": "weak" if weak else "",
            }
            seen.setdefault((row["name"], row["value"]), row)
    return sorted(seen.values(), key=lambda row: not row["weak"])


def _text(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int | float):
        return amount(float(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_text(v)}" for k, v in value.items())
    return ", ".join(_text(v) for v in value)


def _flat(tree: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the provenance as lines; numbers as they are, for they are seeds and versions."""
    return [
        (
            key,
            ", ".join(f"{k} {v}" for k, v in value.items())
            if isinstance(value, Mapping)
            else str(value),
        )
        for key, value in tree.items()
        if value is not None
    ]
