"""A made-up comparison in the shape of results.json."""

from __future__ import annotations

from typing import Any

__all__ = ["results"]

KPIS = (
    ("parking.supply_rate", "%", "more", 37.2, 44.0),
    ("parking.illegal_daily", "veh/day", "less", 266.4, -81.0),
    ("parking.illegal_veh_h", "veh-h/day", "less", 812.0, -210.0),
    ("parking.search_time", "min", "less", 6.31, -1.42),
    ("parking.walk", "m", "less", 121.0, 24.0),
    ("parking.share_util", "%", "more", None, None),
    ("parking.fines", "KRW/day", "more", 412000.0, -120000.0),
)
WEIGHTS = {"shared": 1.0, "enforce": -0.2, "car park": 0.4}


def results() -> dict[str, Any]:
    """Return results with three alternatives, a ring, nulls and text that needs escaping."""
    return {
        "scenario": "Parking <around> the station & market",
        "city": "새론시",
        "synthetic": True,
        "attributions": [
            "© OpenStreetMap contributors, ODbL 1.0 (https://www.openstreetmap.org/copyright)"
        ],
        "replications": 10,
        "level": 0.95,
        "kpis": [_kpi(*row, ring=ring) for ring in (False, True) for row in KPIS],
        "appraisal": {name: _case(weight) for name, weight in WEIGHTS.items()},
        "verdict": [
            "shared: illegal parking falls from 266 to 185 veh/day (-81; interval -96 to -66).",
            "shared pays off for society: B/C 1.42, net present value KRW 812 million.",
            "shared would not outlive the national money, which ends before year 4.",
        ],
        "claims": [
            "T01 Supply rate 37 % to 109 %: +72 points\n  protocol: not stated\n  contradicts T04"
        ],
        "provenance": {
            "version": "0.1.0",
            "seed": 1,
            "started_by": "dongne demo --out out/demo",
            "packages": {"numpy": "2.4.6"},
            "city_hash": "ab12",
        },
    }


def _kpi(
    name: str, unit: str, better: str, base: float | None, effect: float | None, *, ring: bool
) -> dict[str, Any]:
    return {
        "name": name + (".ring" if ring else ""),
        "unit": unit,
        "better": better,
        "definition": "as counted",
        "base": {
            "mean": base,
            "low": None if base is None else base * 0.95,
            "high": None if base is None else base * 1.05,
        },
        "alternatives": {
            k: _entry(base, effect, w * (0.1 if ring else 1)) for k, w in WEIGHTS.items()
        },
    }


def _entry(base: float | None, effect: float | None, weight: float) -> dict[str, Any]:
    if base is None or effect is None:
        return dict.fromkeys(("mean", "diff", "low", "high", "n", "variance_ratio"))
    diff, half = effect * weight, abs(effect) * 0.25
    return {
        "mean": base + diff,
        "diff": diff,
        "low": diff - half,
        "high": diff + half,
        "n": 10,
        "variance_ratio": 0.2,
    }


def _case(weight: float) -> dict[str, Any]:
    book = {"pv_benefit": 24e8 * weight, "pv_cost": 17e8, "npv": 24e8 * weight - 17e8}
    parties = ("social", "national", "local", "users", "owners", "operator")
    return {
        "npv": book["npv"],
        "benefits": {"parking.ease_time": 30e8 * weight, "parking.ease_choice": -6e8 * weight},
        "bc": 1.42 * weight if weight > 0 else None,
        "bc_noise": {"low": 1.1, "high": None},
        "bc_cost_saving_as_benefit": 1.38,
        "payback_year": 6 if weight > 0.5 else None,
        "rate": 0.045,
        "horizon": 10,
        "price_year": 2024,
        "accounts": dict.fromkeys(parties, book),
        "flows": _flows(weight),
        "after_subsidy": _after_subsidy(weight),
        "assumptions": _assumptions(),
    }


def _flows(weight: float) -> list[dict[str, Any]]:
    """Return the money of each year: building, then use, with a subsidy of three years."""
    flows = [_flow(0, "national", "subsidy", -9e8), _flow(0, "local", "capex", -6e8)]
    for year in range(1, 11):
        flows.append(_flow(year, "users", "time", 3.2e8 * weight, kind="benefit"))
        flows.append(_flow(year, "operator", "opex", -0.9e8))
        if year < 4:
            flows.append(_flow(year, "national", "subsidy", -1.1e8))
    return flows


def _flow(year: int, account: str, item: str, amount: float, kind: str = "cost") -> dict[str, Any]:
    return {"year": year, "account": account, "item": item, "amount": amount, "kind": kind}


def _after_subsidy(weight: float) -> dict[str, Any]:
    return {
        "from_year": 4,
        "local_net_per_year": 0.0,
        "operator_net_per_year": -0.9e8,
        "sustained": weight > 0.5,
        "break_even": 2.4 if weight > 0 else None,
    }


def _assumptions() -> list[dict[str, Any]]:
    """Return an assumption with a source and one without."""
    return [
        {
            "name": "discount_rate",
            "value": 0.045,
            "unit": "1/year",
            "source": "Ministry guideline",
            "tag": "KEY",
            "price_year": None,
        },
        {
            "name": "owner_uptake",
            "value": 0.3,
            "unit": "share",
            "source": None,
            "tag": "GK",
            "price_year": None,
        },
    ]
